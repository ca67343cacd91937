//! Where the store's outputs go: the world's socket, the carrier's HTTP, those
//! who wait for answers, metrics and the log.
//!
//! Nothing is decided here; what can not be sent at once is given up, and the
//! links send it again.

mod observe;
mod poster;
mod socket;

use std::sync::Arc;

use self::{observe::Observer, poster::Poster, socket::WorldSocket};
use super::{
    db::Census,
    model::{Letter, Output, Store, letters::Address},
    shop::{Inside, ResidentView, Shop, ShopSettings},
};
use crate::{
    runtime::{Edge, PartyView, Service},
    wire::signature::Keys,
};

pub(super) use poster::client;

/// The store's edge.
pub(super) struct StoreEdge {
    pub shop: Shop,
    world: WorldSocket,
    carrier: Poster,
    observer: Observer,
}

/// Where the store's peers are.
#[derive(Debug, Clone)]
pub(super) struct Peers {
    pub world_addr: String,
    pub carrier_url: String,
    /// What we and the carrier sign with.
    pub webhook_keys: Keys,
}

impl StoreEdge {
    pub(super) fn new(
        service: Service<Store>,
        peers: Peers,
        client: reqwest::Client,
        shop: ShopSettings,
        census: Census,
    ) -> Self {
        let tell = {
            let service = service.clone();
            Arc::new(move |letter: Letter| service.post(letter))
        };
        let shop = Shop::new(Box::new(service), shop);
        let tap = shop.tap();
        Self {
            world: WorldSocket::new(peers.world_addr, tell.clone(), tap.clone()),
            carrier: Poster::new(&peers.carrier_url, client, peers.webhook_keys, tell, tap.clone()),
            observer: Observer::new(census, shop.order_counts().clone()),
            shop,
        }
    }

    /// Ends what is open towards the peers.
    pub(super) fn close(&self) {
        self.world.close();
    }
}

/// How the edge's parts write to the party.
pub(super) type Tell = Arc<dyn Fn(Letter) + Send + Sync>;

impl Inside for Service<Store> {
    fn post(&self, letter: Letter) {
        Self::post(self, letter);
    }

    fn is_healthy(&self) -> bool {
        Self::is_healthy(self)
    }

    fn look(&self) -> Option<PartyView> {
        Self::look(self)
    }

    fn busiest(&self, kind: &str, max: usize) -> Vec<ResidentView> {
        let busiest = self.office().map(|office| office.busiest(kind, max)).unwrap_or_default();
        let view = |(address, queued): (Address, usize)| ResidentView {
            resident: address.to_string(),
            queued,
        };
        busiest.into_iter().map(view).collect()
    }
}

impl Edge<Store> for StoreEdge {
    fn perform(&self, outputs: Vec<Output>) {
        for output in outputs {
            self.observer.observe(&output);
            let Some(output) = self.shop.take(output) else { continue };
            match output {
                Output::Dial { connection } => self.world.dial(connection),
                Output::SendWorld { connection, bytes } => self.world.send(connection, bytes),
                Output::HangUp { connection } => self.world.hang_up(connection),
                Output::Post { post, envelopes } => self.carrier.post(post, envelopes),
                // Taken by the shop, or only observed.
                Output::AnswerCarrier { .. }
                | Output::Answer { .. }
                | Output::Replenished { .. }
                | Output::Cancelled { .. }
                | Output::Redirected { .. }
                | Output::Wished { .. }
                | Output::Looked { .. }
                | Output::Changed(_)
                | Output::Stock { .. }
                | Output::World(_)
                | Output::Carrier(_)
                | Output::Load(_)
                | Output::Noted(_) => {}
            }
        }
    }
}
