//! How far a package has come, as a store is told and people are shown.
//!
//! Where it is meanwhile is the simulation's to know.

/// The statuses of every package, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageStatus {
    Packing,
    Packed,
    Loading,
    Loaded,
    Delivering,
    Delivered,
}

impl PackageStatus {
    pub const ALL: [Self; 6] = [
        Self::Packing,
        Self::Packed,
        Self::Loading,
        Self::Loaded,
        Self::Delivering,
        Self::Delivered,
    ];

    /// The number of the last one, and so of those before it.
    pub const DELIVERED: usize = Self::Delivered as usize;

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Packing => "packing",
            Self::Packed => "packed",
            Self::Loading => "loading",
            Self::Loaded => "loaded",
            Self::Delivering => "delivering",
            Self::Delivered => "delivered",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}
