//! What an admin wants of the connection to the world, and what can be seen of the links:
//! plain values.
//!
//! What comes of a wish is in [`WorldLink`](super::world_link::WorldLink).

use super::outputs::LinkName;
use crate::{
    basis::{OrderId, PackageId, PurchaseId, Seq, SimTime, TruckId, WarehouseId, WorldId},
    runtime::ReplyId,
};

/// An admin's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorldWish {
    pub reply: ReplyId,
    pub wish: Wish,
}

/// What the connection to the world shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Be connected to this world; None: to the one that the store is in.
    Connect(Option<WorldId>),
    /// Have a new world made, and be in it.
    ConnectToNew,
    /// Be connected to none until an admin wants it, over restarts too.
    Disconnect,
    /// Simulated seconds a second; None: whatever others set.
    Speed(Option<u32>),
}

/// Why a wish is not fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WishRefusal {
    #[error(
        "{packages} packages are under way in world {world} and would be lost; try again when they are delivered"
    )]
    UnderWay { world: WorldId, packages: usize },
    #[error("the store is in no world yet; say which it shall be in, or have a new one made")]
    NoWorld,
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
    /// Packages that the world knows of and that are not delivered; of the carrier none.
    pub packages: usize,
    pub wishes: WorldWishes,
}

/// What an admin has wanted last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorldWishes {
    /// Not to be connected.
    pub is_held: bool,
    /// To be in a new world, which is not made yet.
    pub new_world: bool,
    pub speed: Option<u32>,
    /// The world has confirmed that it heard of the speed.
    pub is_speed_told: bool,
}

/// A message that is not acked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outstanding {
    pub seq: Seq,
    pub matter: Matter,
    /// How often it was sent.
    pub sends: u32,
    /// Since when, or since the store's start where that was later.
    pub since: SimTime,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    Buy {
        warehouse: WarehouseId,
        purchase: PurchaseId,
    },
    Pack {
        order: Option<OrderId>,
        package: PackageId,
        warehouse: WarehouseId,
    },
    Load {
        order: Option<OrderId>,
        package: PackageId,
        warehouse: WarehouseId,
        truck: TruckId,
    },
    /// Whether the world is there.
    Query,
    /// To the carrier: what is told, as [`Sent::what`](super::outputs::Sent).
    Tell {
        what: &'static str,
        order: OrderId,
        package: PackageId,
    },
}
