//! What the store commits.
//!
//! A package's records are *steps*; several of one package fold into one
//! [`Patch`] of its row, by the same function in memory and for the database.

use super::{
    catalog::Line,
    letters::{Plan, Task},
    status::PackageStatus,
};
use crate::basis::{
    AccountId, Cents, ListingId, OrderId, PackageId, Point, ProductId, PurchaseId, Seq, SimTime,
    TruckId, WarehouseId, WorldId,
};

/// A change to the store's committed state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    OrderPlaced(Box<OrderPlaced>),
    /// Something has happened to a package.
    Stepped {
        package: PackageId,
        step: Step,
        at: SimTime,
    },
    /// A package's pieces have left the shelves. Always beside the step that says why.
    StockTaken {
        warehouse: WarehouseId,
        lines: Vec<Line>,
    },
    PurchaseMade {
        warehouse: WarehouseId,
        purchase: PurchaseId,
        lines: Vec<Line>,
        at: SimTime,
    },
    /// The purchase has gone to the world under this number; zero: was refused.
    PurchaseCommanded {
        warehouse: WarehouseId,
        purchase: PurchaseId,
        seq: Seq,
    },
    /// The purchase's pieces are on the shelves.
    PurchaseArrived {
        warehouse: WarehouseId,
        purchase: PurchaseId,
        lines: Vec<Line>,
        world: Option<WorldId>,
        seq: Seq,
        at: SimTime,
    },
    /// A truck has come for whatever is packed.
    TruckAtWarehouse {
        warehouse: WarehouseId,
        truck: TruckId,
    },
    /// The last number used towards the world.
    WorldSeq(Seq),
    /// The last number used towards the carrier.
    CarrierSeq(Seq),
    /// We belong to this world. Shelves in another one are empty, and what was
    /// bought there will be bought here.
    WorldChosen(WorldId),
    /// We belong to no world (any more), with the same consequences.
    WorldLeft,
    /// The world knows these warehouses.
    Registered {
        world: WorldId,
        warehouses: Vec<WarehouseId>,
        /// It did before it was told.
        was_there: bool,
    },
    /// Whether an admin has disconnected us from the world.
    WorldHeld(bool),
    /// The speed of the world that an admin wants.
    WorldSpeed(Option<u32>),
}

/// An accepted order with its packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPlaced {
    pub order: OrderId,
    pub account: AccountId,
    pub email: String,
    pub idempotency_key: String,
    pub body_hash: [u8; 32],
    pub destination: Point,
    pub carrier_account: Option<String>,
    pub items: Vec<OrderItem>,
    pub total: Cents,
    pub packages: Vec<(PackageId, Plan)>,
    pub at: SimTime,
}

/// What was ordered, at the price of one piece at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderItem {
    pub listing: ListingId,
    pub product: ProductId,
    pub quantity: u32,
    pub price: Cents,
}

/// What has happened to a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Its pieces are promised.
    Granted,
    /// The package has decided that it will be packed: from here on it is not cancelled.
    PackBegun,
    PackCommanded {
        seq: Seq,
    },
    PackRefused,
    Packed,
    LoadCommanded {
        seq: Seq,
    },
    LoadRefused,
    Loaded,
    Delivering,
    Delivered,
    Cancelled,
    TruckDispatched {
        truck: TruckId,
    },
    TruckArrived {
        truck: TruckId,
    },
    Tracking {
        number: String,
    },
    /// The carrier is being told of the shipment.
    AnnounceCommanded {
        seq: Seq,
    },
    AnnounceRefused,
    Announced,
    /// The carrier is being told that it is loaded.
    LoadedCommanded {
        seq: Seq,
    },
    LoadedRefused,
    /// It goes there from now on; a change that was asked for is over.
    Redirected {
        to: Point,
    },
    /// The carrier will be asked to take it there.
    RedirectAsked {
        to: Point,
    },
    /// The same once it has answered the question before.
    RedirectQueued {
        to: Option<Point>,
    },
    /// The carrier is being asked.
    RedirectCommanded {
        seq: Seq,
    },
    /// It goes where it went; `reason`: a sentence for the buyer.
    RedirectRefused {
        reason: String,
    },
}

/// Changes to a package's row; None leaves a column as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patch {
    pub status: Option<PackageStatus>,
    pub granted: Option<bool>,
    pub pack_seq: Option<Seq>,
    pub load_seq: Option<Seq>,
    pub announce_seq: Option<Seq>,
    pub loaded_seq: Option<Seq>,
    pub announced: Option<bool>,
    pub truck_here: Option<bool>,
    pub tracking_number: Option<String>,
    pub truck: Option<TruckId>,
    pub redirection: RedirectionPatch,
    /// When each moment was, of those that are new.
    pub times: [Option<SimTime>; Moment::COUNT],
}

/// Changes to where a package goes; None leaves a column as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedirectionPatch {
    pub destination: Option<Point>,
    pub asked: Option<Option<Point>>,
    pub seq: Option<Seq>,
    pub queued: Option<Option<Point>>,
    /// Why the last change was not made; for people.
    pub refusal: Option<Option<String>>,
}

/// The moments of a package that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Granted,
    Packing,
    Packed,
    TruckDispatched,
    TruckArrived,
    Loading,
    Loaded,
    Delivering,
    Delivered,
    Cancelled,
}

impl Moment {
    pub const COUNT: usize = 10;
}

impl Patch {
    /// Adds a step to what was changed before.
    pub fn add(&mut self, step: &Step, at: SimTime) {
        match step {
            Step::Granted => {
                self.granted = Some(true);
                self.moment(Moment::Granted, at);
            }
            Step::PackBegun => self.reach(PackageStatus::Packing, Moment::Packing, at),
            Step::PackCommanded { seq } => {
                self.pack_seq = Some(*seq);
                self.reach(PackageStatus::Packing, Moment::Packing, at);
            }
            Step::PackRefused => self.pack_seq = Some(Seq::ZERO),
            Step::Packed => self.reach(PackageStatus::Packed, Moment::Packed, at),
            Step::LoadCommanded { seq } => {
                self.load_seq = Some(*seq);
                self.reach(PackageStatus::Loading, Moment::Loading, at);
            }
            Step::LoadRefused => self.load_seq = Some(Seq::ZERO),
            Step::Loaded => self.reach(PackageStatus::Loaded, Moment::Loaded, at),
            Step::Delivering => self.reach(PackageStatus::Delivering, Moment::Delivering, at),
            Step::Delivered => self.reach(PackageStatus::Delivered, Moment::Delivered, at),
            Step::Cancelled => self.reach(PackageStatus::Cancelled, Moment::Cancelled, at),
            Step::TruckDispatched { truck } => {
                self.truck = Some(*truck);
                self.moment(Moment::TruckDispatched, at);
            }
            Step::TruckArrived { truck } => {
                self.truck = Some(*truck);
                self.truck_here = Some(true);
                self.moment(Moment::TruckArrived, at);
            }
            Step::Tracking { number } => self.tracking_number = Some(number.clone()),
            Step::AnnounceCommanded { seq } => self.announce_seq = Some(*seq),
            Step::AnnounceRefused => self.announce_seq = Some(Seq::ZERO),
            Step::Announced => self.announced = Some(true),
            Step::LoadedCommanded { seq } => self.loaded_seq = Some(*seq),
            Step::LoadedRefused => self.loaded_seq = Some(Seq::ZERO),
            Step::Redirected { .. }
            | Step::RedirectAsked { .. }
            | Step::RedirectQueued { .. }
            | Step::RedirectCommanded { .. }
            | Step::RedirectRefused { .. } => self.redirection.add(step),
        }
    }

    fn reach(&mut self, status: PackageStatus, moment: Moment, at: SimTime) {
        // Never back: a command that was given before may be saved after what overtook it.
        self.status = self.status.max(Some(status));
        self.moment(moment, at);
    }

    fn moment(&mut self, moment: Moment, at: SimTime) {
        self.times[moment as usize].get_or_insert(at);
    }
}

impl RedirectionPatch {
    fn add(&mut self, step: &Step) {
        match step {
            Step::Redirected { to } => {
                self.destination = Some(*to);
                self.answered(None);
            }
            Step::RedirectAsked { to } => {
                self.answered(None);
                (self.asked, self.queued) = (Some(Some(*to)), Some(None));
            }
            Step::RedirectQueued { to } => self.queued = Some(*to),
            Step::RedirectCommanded { seq } => self.seq = Some(*seq),
            Step::RedirectRefused { reason } => self.answered(Some(reason.clone())),
            _ => {}
        }
    }

    fn answered(&mut self, refusal: Option<String>) {
        (self.asked, self.seq) = (Some(None), Some(Seq::ZERO));
        self.refusal = Some(refusal);
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Record {
    /// The record of a command that has a number now.
    pub fn commanded(task: Task, seq: Seq, at: SimTime) -> Self {
        match task {
            Task::Buy { warehouse, purchase } => {
                Self::PurchaseCommanded { warehouse, purchase, seq }
            }
            Task::Pack(package) => Self::Stepped { package, step: Step::PackCommanded { seq }, at },
            Task::Load(package) => Self::Stepped { package, step: Step::LoadCommanded { seq }, at },
        }
    }

    /// The record of a command that the world will not do.
    pub fn refused(task: Task, at: SimTime) -> Self {
        match task {
            Task::Buy { warehouse, purchase } => {
                Self::PurchaseCommanded { warehouse, purchase, seq: Seq::ZERO }
            }
            Task::Pack(package) => Self::Stepped { package, step: Step::PackRefused, at },
            Task::Load(package) => Self::Stepped { package, step: Step::LoadRefused, at },
        }
    }
}
