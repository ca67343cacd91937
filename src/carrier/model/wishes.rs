//! What staff wants of the connection to the world, and what can be seen of the links:
//! plain values.
//!
//! What comes of a wish is in [`WorldLink`](super::WorldLink).

use super::outputs::LinkName;
use crate::{
    basis::{PackageId, Seq, SimTime, TruckId, WarehouseId, WorldId},
    runtime::ReplyId,
};

/// A wish of staff's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorldWish {
    pub reply: ReplyId,
    pub wish: Wish,
}

/// What the connection to the world shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Be connected to this world; None: to the one that the carrier is in, or shall join.
    Connect(Option<WorldId>),
    /// Have a new world made, and be in it.
    ConnectToNew,
    /// Be connected to none until staff wants it, over restarts too.
    Disconnect,
    /// Simulated seconds a second; None: whatever others set.
    Speed(Option<u32>),
}

/// Why a wish is not fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectRefusal {
    #[error(
        "{trucks} trucks of world {world} are out for shipments, which would be lost; try again when they have delivered them"
    )]
    UnderWay { world: WorldId, trucks: usize },
}

/// A question for what is under way on a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub reply: ReplyId,
    pub link: LinkName,
    /// Only what has a later number.
    pub after: Seq,
    pub limit: usize,
}

/// A link as its resident sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkView {
    /// Messages that are not acked.
    pub unacked: usize,
    /// The oldest of them after [`Look::after`].
    pub outstanding: Vec<Outstanding>,
    pub wishes: WorldWishes,
}

/// Where staff has wanted the carrier to be; nothing of it concerns the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorldWishes {
    /// The world that the carrier is in.
    pub world: Option<WorldId>,
    /// The one that it shall join where it is in none; None: a new one.
    pub next: Option<WorldId>,
    /// Not to be connected.
    pub is_held: bool,
    pub speed: Option<u32>,
    /// The world has confirmed that it heard of the speed.
    pub is_speed_told: bool,
}

/// A message that is not acked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outstanding {
    pub seq: Seq,
    pub matter: Matter,
    /// How often it was sent.
    pub sends: u32,
    /// Since when, or since the carrier's start where that was later.
    pub since: SimTime,
}

/// What a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matter {
    Pickup {
        truck: TruckId,
        warehouse: WarehouseId,
    },
    Deliver {
        truck: TruckId,
        shipments: Vec<PackageId>,
    },
    Query {
        truck: TruckId,
    },
    /// To the store: what is told of which shipment.
    Tell {
        what: &'static str,
        shipment: Option<PackageId>,
        truck: Option<TruckId>,
    },
}
