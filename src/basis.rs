//! Plain values that every room uses: ids, time, places and money.
//!
//! No behaviour beyond arithmetic lives here, and nothing that could fail.

mod geometry;
mod ids;
mod money;
mod time;

pub use geometry::Point;
pub use ids::{
    AccountId, ListingId, OrderId, PackageId, ProductId, PurchaseId, ReviewId, SellerId, Seq,
    TruckId, WarehouseId, WorldId,
};
pub use money::Cents;
pub use time::SimTime;
