//! World and store as those at the other ends of the carrier's links.
//!
//! Nothing is changed here.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::not_now;
use crate::{
    basis::Seq,
    carrier::{
        model::{
            LinkName, StoreStatus,
            wishes::{LinkView, Matter, Outstanding},
        },
        web::AppState,
    },
    web::{Problem, moments::timestamp, running::peer::Peer},
};

/// What is known of the peer at the other end of a link.
pub fn peer(state: &AppState, link: LinkName, unacked: usize) -> Peer {
    let (name, address) = match link {
        LinkName::World => ("world", state.edge.world_addr()),
        LinkName::Store => ("store", state.edge.store_url()),
    };
    Peer::new((name, address), state.edge.past(link), state.edge.tap(), unacked)
}

/// How things stand with the store.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Store)]
pub struct StoreView {
    /// Null: it was not tried yet.
    pub reachable: Option<bool>,
    /// It answers, but does not go to our world.
    pub refuses_world: bool,
    /// Why not, in words; else empty.
    pub reason: String,
    #[serde(flatten)]
    pub peer: Peer,
}

pub async fn store(state: &AppState) -> Result<StoreView, Problem> {
    let unacked = look(state, LinkName::Store, 0, 0).await?.unacked;
    let (reachable, refuses_world, reason) = match &*state.edge.store_status().borrow() {
        StoreStatus::Unknown => (None, false, String::new()),
        StoreStatus::Reachable => (Some(true), false, String::new()),
        StoreStatus::Unreachable { reason } => (Some(false), false, reason.clone()),
        StoreStatus::WorldRefused { reason } => (Some(true), true, reason.clone()),
    };
    let peer = peer(state, LinkName::Store, unacked);
    Ok(StoreView { reachable, refuses_world, reason, peer })
}

/// A message that is not acked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UnackedByPeer)]
pub struct Unacked {
    pub seq: i64,
    /// pickup, deliver or query; to the store what is told.
    pub kind: &'static str,
    pub shipment_ids: Vec<i64>,
    pub truck_id: Option<i32>,
    pub warehouse_id: Option<i32>,
    /// How often it was sent.
    pub sends: u32,
    /// Seconds that it waits, at least since the start of the carrier.
    pub age_s: i64,
}

impl Unacked {
    fn new(outstanding: &Outstanding, now: Timestamp) -> Self {
        let Outstanding { seq, matter, sends, since } = outstanding;
        let age_s = (now.as_second() - timestamp(*since).as_second()).max(0);
        let (kind, shipment_ids, truck_id, warehouse_id) = match matter {
            Matter::Pickup { truck, warehouse } => {
                ("pickup", vec![], Some(truck.0), Some(warehouse.0))
            }
            Matter::Deliver { truck, shipments } => {
                ("deliver", shipments.iter().map(|it| it.0).collect(), Some(truck.0), None)
            }
            Matter::Query { truck } => ("query", vec![], Some(truck.0), None),
            Matter::Tell { what, shipment, truck } => {
                let shipments = shipment.iter().map(|it| it.0).collect();
                (*what, shipments, truck.map(|it| it.0), None)
            }
        };
        Self { seq: seq.0, kind, shipment_ids, truck_id, warehouse_id, sends: *sends, age_s }
    }
}

/// What is sent and not acked, the oldest first, and where the next part is.
pub async fn unacked(
    state: &AppState,
    link: LinkName,
    after: Option<i64>,
    limit: i64,
) -> Result<(Vec<Unacked>, Option<i64>), Problem> {
    let limit = usize::try_from(limit).unwrap_or(1);
    let view = look(state, link, after.unwrap_or(0), limit + 1).await?;
    let now = Timestamp::now();
    let mut items: Vec<_> = view.outstanding.iter().map(|it| Unacked::new(it, now)).collect();
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| has_more).map(|last| last.seq);
    Ok((items, next))
}

pub async fn look(
    state: &AppState,
    link: LinkName,
    after: i64,
    limit: usize,
) -> Result<LinkView, Problem> {
    state.edge.look(link, Seq(after), limit).await.map_err(not_now)
}
