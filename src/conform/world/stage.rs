//! What a check is given: where the world is, how patient to be, and a place to
//! write down what happens.
//!
//! Each check makes worlds of its own on it; what it makes of them is its own.

use std::{sync::Arc, time::Duration};

use super::{
    client::Client,
    side::{Side, first_of_its_kind},
    town::Town,
};
use crate::{
    basis::{Point, TruckId, WarehouseId, WorldId},
    conform::{check::Verdict, trace::Trace},
};

/// Everything that takes simulated time takes next to none.
pub(super) const FAST: u32 = 90_000_000;
/// What is far away or takes a minute is not over while a check looks at it.
pub(super) const SLOW: u32 = 1;

/// The two doors of the world under test.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) amazon: String,
    pub(super) ups: String,
}

/// The stage of one check.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) target: Arc<Target>,
    /// Any one thing that is waited for comes within this.
    pub(super) patience: Duration,
    /// Percentage of requests that the world is said to drop.
    pub(super) flakiness: u8,
    /// A silent connection is said to be closed after this.
    pub(super) idle_timeout: Duration,
    pub(super) trace: Trace,
}

impl Stage {
    /// A connection that has said nothing yet.
    pub(super) async fn open<S: Side>(&self) -> Verdict<Client<S>> {
        Client::open(self).await
    }

    /// One side of a new world, and nobody on the other.
    pub(super) async fn alone<S: Side>(&self) -> Verdict<Client<S>> {
        self.founding(first_of_its_kind::<S>()).await
    }

    /// The same with other warehouses or trucks.
    pub(super) async fn founding<S: Side>(
        &self,
        initial: Vec<(S::Id, Point)>,
    ) -> Verdict<Client<S>> {
        let mut client = self.open().await?;
        client.join(None, initial).await?;
        Ok(client)
    }

    /// One side of a world that there is.
    pub(super) async fn joining<S: Side>(
        &self,
        world: WorldId,
        initial: Vec<(S::Id, Point)>,
    ) -> Verdict<Client<S>> {
        let mut client = self.open().await?;
        client.join(Some(world), initial).await?;
        Ok(client)
    }

    /// A new world with two warehouses and two trucks, in which nothing takes long.
    pub(super) async fn town(&self) -> Verdict<Town> {
        let warehouses = vec![(Town::HERE, Town::HERE_AT), (Town::THERE, Town::THERE_AT)];
        let trucks = vec![(Town::TRUCK, Town::TRUCK_AT), (Town::OTHER_TRUCK, Town::OTHER_TRUCK_AT)];
        self.town_of(warehouses, trucks).await
    }

    pub(super) async fn town_of(
        &self,
        warehouses: Vec<(WarehouseId, Point)>,
        trucks: Vec<(TruckId, Point)>,
    ) -> Verdict<Town> {
        let amazon = self.founding(warehouses).await?;
        let ups = self.joining(amazon.world, trucks).await?;
        let mut town = Town { id: amazon.world, amazon, ups };
        town.set_speed(FAST);
        Ok(town)
    }
}
