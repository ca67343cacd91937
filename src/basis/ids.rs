//! A newtype for every id, so that a truck's number is never taken for a
//! warehouse's. The widths are the wire's.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }
    };
}

id!(/// An account of the store.
    AccountId(i64));
id!(/// A seller's offer of a product.
    ListingId(i64));
id!(/// A buyer's order; it consists of packages.
    OrderId(i64));
id!(/// A package: the world's shipid, the carrier's shipment id.
    PackageId(i64));
id!(/// A product, known by this number to store and world alike.
    ProductId(i64));
id!(/// One request of the store to the world for more stock.
    PurchaseId(i64));
id!(/// What a buyer says of a product or of a seller.
    ReviewId(i64));
id!(/// Who offers products in the store.
    SellerId(i64));
id!(/// A truck of a world.
    TruckId(i32));
id!(/// A warehouse of a world.
    WarehouseId(i32));
id!(/// One of the worlds that a simulator keeps.
    WorldId(i64));
id!(/// A sequence number on a link. Ours count from 1; a stranger's may be anything.
    Seq(i64));

impl Seq {
    /// The number before the first.
    pub const ZERO: Self = Self(0);

    /// The number after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
