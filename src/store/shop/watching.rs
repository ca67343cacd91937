//! Where the trucks of an order are, as its carrier tells.
//!
//! Nothing is promised here.

use futures_util::future::join_all;

use super::Shop;
use crate::{
    basis::{AccountId, OrderId, PackageId},
    db::{Db, DbError},
    store::{
        db::tracked_of,
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
}
