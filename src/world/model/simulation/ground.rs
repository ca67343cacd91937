//! Warehouses and packages: plain state, and small questions about it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::basis::{Point, ProductId, TruckId, WarehouseId};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Warehouse {
    pub(super) at: Point,
    /// Pieces by product; shelves that hold as many as can be counted get no fuller.
    pub(super) stock: BTreeMap<ProductId, i64>,
}

impl Warehouse {
    pub(super) fn new(at: Point) -> Self {
        Self { at, stock: BTreeMap::new() }
    }
}

/// A package on its way from a warehouse's shelves to a doorstep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Package {
    Packing { warehouse: WarehouseId },
    Packed { warehouse: WarehouseId },
    Loading { truck: TruckId },
    Loaded { truck: TruckId },
    Delivering { truck: TruckId },
}

impl Package {
    /// As a store is told.
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Packing { .. } => "packing",
            Self::Packed { .. } => "packed",
            Self::Loading { .. } => "loading",
            Self::Loaded { .. } => "loaded",
            Self::Delivering { .. } => "delivering",
        }
    }

    /// Whether it is on that truck for good.
    pub(super) fn is_aboard(self, of: TruckId) -> bool {
        match self {
            Self::Loaded { truck } | Self::Delivering { truck } => truck == of,
            Self::Packing { .. } | Self::Packed { .. } | Self::Loading { .. } => false,
        }
    }
}

/// What a delivered package's status is called.
pub(super) const DELIVERED: &str = "delivered";

/// Whether new ids are new, to the world and among themselves, and find room.
pub(super) fn refuses_ids<I: Ord + Copy, V>(
    known: &BTreeMap<I, V>,
    new: &[(I, Point)],
    full: Refusal,
    max: usize,
) -> Option<Refusal> {
    let ids: BTreeSet<I> = new.iter().map(|(id, _)| *id).collect();
    if ids.len() < new.len() || ids.iter().any(|id| known.contains_key(id)) {
        return Some(Refusal::IdTaken);
    }
    (known.len() + new.len() > max).then_some(full)
}
