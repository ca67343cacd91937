//! `waybill up`: the three services in one process, over loopback.
//!
//! They talk to each other as if they were apart; only the database pool and
//! the listener for metrics are shared.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use clap::Args;

use super::{
    carrier::{self, FleetOptions},
    house::House,
    options::{DatabaseOptions, WatchOptions, WebhookOptions},
    store::{self, DemoPast, StoreDoor, StorePace},
    world::{self, WorldOptions},
};
use crate::{
    carrier::CarrierSettings,
    db::{Claim, Schema},
    store::StoreSettings,
    wire::signature::{Keys, Secret},
};

/// Starts store, carrier and world on this machine, with demo data in an empty database.
///
/// Prints one line when an order can be placed. Ctrl-C stops everything in order; a second start
/// carries on where it was.
#[derive(Debug, Args)]
pub(super) struct UpCommand {
    #[command(flatten)]
    door: StoreDoor,
    #[command(flatten)]
    pace: StorePace,
    #[command(flatten)]
    past: DemoPast,
    #[command(flatten)]
    fleet: FleetOptions,
    #[command(flatten)]
    webhooks: WebhookOptions,
    #[command(flatten)]
    world: WorldOptions,
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    watch: WatchOptions,
}

pub(super) async fn run(command: UpCommand) -> anyhow::Result<()> {
    let mut house = House::open(&command.database, &command.watch).await?;
    let Some(claims) = house.claim(Schema::ALL).await? else {
        house.stop().await;
        return Ok(());
    };
    match Box::pin(start_all(&mut house, claims, &command)).await {
        Ok(line) => house.run(line).await,
        Err(error) => {
            house.stop().await;
            Err(error)
        }
    }
}

/// World, store, carrier; they stop the other way round.
async fn start_all(
    house: &mut House,
    [world_claim, store_claim, carrier_claim]: [Claim; 3],
    command: &UpCommand,
) -> anyhow::Result<String> {
    if store::seed(&house.db, &command.database.data_dir, command.past).await? {
        carrier::seed(&house.db, &command.database.data_dir).await?;
    }
    let world = world::start(house, world_claim, command.world.settings()).await?;
    let (amazon, ups) = (world.amazon_addr(), world.ups_addr());
    let where_world_is = world::addresses(&world);
    house.add(world);

    let carrier_addr = settled(command.fleet.carrier_addr)?;
    let webhook_keys = own_keys(&command.webhooks)?;
    let store = StoreSettings {
        store_addr: command.door.store_addr,
        world_addr: nearby(amazon).to_string(),
        carrier_url: format!("http://{}/api", nearby(carrier_addr)),
        public: command.door.public(),
        pack_after: command.pace.pack_after,
        webhook_keys: webhook_keys.clone(),
        ..StoreSettings::default()
    };
    let store = store::start(house, store_claim, store).await?;
    let store_url = format!("http://{}", nearby(store.addr()));
    house.add(store);

    let carrier = CarrierSettings {
        carrier_addr,
        world_addr: nearby(ups).to_string(),
        trucks: command.fleet.trucks,
        store_url: store_url.clone(),
        webhook_keys,
        public: command.fleet.public(&command.door.front),
        ..CarrierSettings::default()
    };
    let carrier = carrier::start(house, carrier_claim, carrier).await?;
    let carrier_url = format!("http://{}/track", nearby(carrier.addr()));
    house.add(carrier);

    let metrics = house.metrics_addr();
    Ok(format!(
        "waybill is ready: store {store_url} carrier {carrier_url} {where_world_is} metrics http://{metrics}/metrics"
    ))
}

/// The two sides know nobody else: they have a secret of their own, unless one is given.
fn own_keys(given: &WebhookOptions) -> anyhow::Result<Keys> {
    let keys = given.keys()?;
    if !keys.is_empty() {
        return Ok(keys);
    }
    let secret = Secret::from_bytes(&rand::random::<[u8; 32]>())?;
    Ok(Keys::from_iter([secret]))
}

/// Chooses the port now where any will do: the store is told of the carrier's
/// before the carrier listens.
fn settled(addr: SocketAddr) -> std::io::Result<SocketAddr> {
    if addr.port() == 0 { TcpListener::bind(addr)?.local_addr() } else { Ok(addr) }
}

/// How to reach from this machine what listens on all of its addresses.
fn nearby(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_reach_each_other_where_they_listen_on_all_addresses() {
        let addr = nearby(SocketAddr::from(([0, 0, 0, 0], 8080)));
        assert_eq!(addr, SocketAddr::from(([127, 0, 0, 1], 8080)));
        let named = SocketAddr::from(([192, 0, 2, 1], 80));
        assert_eq!(nearby(named), named);
    }
}
