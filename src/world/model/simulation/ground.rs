//! Warehouses and the states of packages: plain data, and small questions about it.
//!
//! A package's past is kept in `parcels`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::{
    basis::{Point, ProductId, TruckId, WarehouseId},
    world::model::PackageStatus,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Warehouse {
    pub(super) at: Point,
    /// Pieces by product; shelves that hold as many as can be counted get no fuller.
    pub(super) stock: BTreeMap<ProductId, i64>,
    /// Of all products.
    pub(super) pieces: i128,
}

impl Warehouse {
    pub(super) fn new(at: Point) -> Self {
        Self { at, stock: BTreeMap::new(), pieces: 0 }
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
    pub(super) fn status(self) -> PackageStatus {
        match self {
            Self::Packing { .. } => PackageStatus::Packing,
            Self::Packed { .. } => PackageStatus::Packed,
            Self::Loading { .. } => PackageStatus::Loading,
            Self::Loaded { .. } => PackageStatus::Loaded,
            Self::Delivering { .. } => PackageStatus::Delivering,
        }
    }

    /// The truck that it is on, or is being loaded onto.
    pub(super) fn truck(self) -> Option<TruckId> {
        match self {
            Self::Packing { .. } | Self::Packed { .. } => None,
            Self::Loading { truck } | Self::Loaded { truck } | Self::Delivering { truck } => {
                Some(truck)
            }
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
