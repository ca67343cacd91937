//! Why a world refuses something, in the words that clients know.
//!
//! The first three texts are the original's, letter by letter; the others say
//! what is wrong and what would be right.

use crate::basis::{PackageId, ProductId, Seq, WarehouseId};

/// Why something can not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "error: warehouse id/product_id/package id/truck id in certain world and warehouse(if product_id) does not exist"
    )]
    Unknown,
    #[error(
        "cannot find truck or package you specified\nPossible reasons: do not exist, not in proper status or not in the same warehouse!"
    )]
    WrongState,
    #[error("error: warehouse_id/truck_id already exists.")]
    IdTaken,
    #[error("error: things is empty; name at least one product and a count of at least 1")]
    NoThings,
    #[error(
        "error: packages is empty, and the truck has no delivery to go on with; name at least one package and its destination"
    )]
    NoPackages,
    #[error("error: the count of product {product} is {count}; it must be at least 1")]
    BadCount { product: ProductId, count: i32 },
    #[error("error: {count} things are too many for one command; send at most {max}")]
    TooManyThings { count: usize, max: usize },
    #[error("error: the description of product {product} is longer than {max_bytes} bytes")]
    LongDescription { product: ProductId, max_bytes: usize },
    #[error(
        "error: product {product} is known by another description, \"{known}\"; use that one, or another product id"
    )]
    OtherDescription { product: ProductId, known: String },
    #[error(
        "error: warehouse {warehouse} has {stock} of product {product}, and {wanted} are to be packed; buy more and wait for it to arrive"
    )]
    TooLittleStock { warehouse: WarehouseId, product: ProductId, stock: i64, wanted: i64 },
    #[error("error: shipid {package} was used before; use a new one for each package")]
    ShipidUsed { package: PackageId },
    #[error("error: this world has as many {what} as it holds, {max}; use another world")]
    Full { what: &'static str, max: usize },
    #[error(
        "error: seqnum {seq} is between numbers of which too many are too far apart to remember each; it may have been done before; count up by one, or use a number higher than all before"
    )]
    Forgotten { seq: Seq },
}

impl Refusal {
    /// Its kind in metrics: few and fixed.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown_id",
            Self::WrongState => "wrong_state",
            Self::IdTaken => "id_taken",
            Self::NoThings | Self::NoPackages => "empty",
            Self::BadCount { .. } => "bad_count",
            Self::TooManyThings { .. } => "too_many_things",
            Self::LongDescription { .. } => "long_description",
            Self::OtherDescription { .. } => "other_description",
            Self::TooLittleStock { .. } => "too_little_stock",
            Self::ShipidUsed { .. } => "shipid_used",
            Self::Full { .. } => "full",
            Self::Forgotten { .. } => "forgotten_number",
        }
    }
}
