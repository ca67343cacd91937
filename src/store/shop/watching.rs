//! What a buyer may want to know before and after: how soon it could be there, and
//! where its trucks are.
//!
//! Nothing is promised here.

use std::{collections::BTreeMap, sync::PoisonError, time::Duration};

use futures_util::future::join_all;

use super::Shop;
use crate::{
    basis::{AccountId, OrderId, PackageId, Point, WarehouseId},
    db::{Db, DbError},
    store::{
        db::tracked_of,
        model::{Estimate, Line, Site, WorldPace, estimate},
        trucks::{TruckLeg, Trucks},
    },
};

impl Shop {
    /// Says where to ask for trucks; the first one counts.
    pub fn see_trucks(&self, trucks: Trucks) {
        // Somebody was faster: it is the same carrier.
        let _ = self.shared.trucks.set(trucks);
    }

    /// The trucks of an account's order, as far as its carrier tells, by package; none where
    /// the account has no such order.
    pub async fn trucks_of(
        &self,
        db: &Db,
        account: AccountId,
        order: OrderId,
    ) -> Result<Vec<(PackageId, TruckLeg)>, DbError> {
        let Some(trucks) = self.shared.trucks.get() else { return Ok(Vec::new()) };
        let tracked = tracked_of(db, account, order).await?;
        let asking = tracked
            .iter()
            .map(|(package, number)| async move { Some((*package, trucks.find(number).await?)) });
        Ok(join_all(asking).await.into_iter().flatten().collect())
    }

    /// The soonest that such an order could be there, by what is on the shelves now: a lower
    /// bound, see [`estimate()`]. `sites`: the warehouses. `lines`: each listing once.
    pub fn estimate(
        &self,
        sites: &BTreeMap<WarehouseId, Site>,
        lines: &[Line],
        destination: Point,
        pace: WorldPace,
        pack_after: Duration,
    ) -> Option<Estimate> {
        let stock = self.shared.stock.read().unwrap_or_else(PoisonError::into_inner);
        let available = |warehouse, listing| {
            let levels = stock.levels.get(&listing);
            levels.and_then(|levels| levels.get(&warehouse)).copied().unwrap_or(0)
        };
        estimate(lines, destination, sites, available, pace, pack_after)
    }
}
