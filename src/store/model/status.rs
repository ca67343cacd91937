//! Where a package is on its way from click to doorstep.
//!
//! Only the name of the place: what may follow what is decided by the package
//! itself.

use std::fmt;

/// A package's condition as people and other programs see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageStatus {
    Created,
    Packing,
    Packed,
    Loading,
    Loaded,
    Delivering,
    Delivered,
    Cancelled,
}

impl PackageStatus {
    pub const ALL: [Self; 8] = [
        Self::Created,
        Self::Packing,
        Self::Packed,
        Self::Loading,
        Self::Loaded,
        Self::Delivering,
        Self::Delivered,
        Self::Cancelled,
    ];

    /// The word in the API, the database and the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Packing => "packing",
            Self::Packed => "packed",
            Self::Loading => "loading",
            Self::Loaded => "loaded",
            Self::Delivering => "delivering",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing more will happen to the package.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Cancelled)
    }

    /// What an order of packages in these states is called: the least advanced
    /// that is not cancelled; cancelled where all are.
    pub fn of_order(packages: impl IntoIterator<Item = Self>) -> Self {
        let under_way = packages.into_iter().filter(|status| *status != Self::Cancelled);
        under_way.min().unwrap_or(Self::Cancelled)
    }
}

impl fmt::Display for PackageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_found_by_its_word() {
        for status in PackageStatus::ALL {
            assert_eq!(PackageStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(PackageStatus::parse("lost"), None);
    }

    #[test]
    fn an_order_is_delivered_when_its_last_package_is() {
        use PackageStatus::{Cancelled, Delivered, Packed};
        assert_eq!(PackageStatus::of_order([Delivered, Packed, Cancelled]), Packed);
        assert_eq!(PackageStatus::of_order([Delivered, Cancelled]), Delivered);
        assert_eq!(PackageStatus::of_order([Cancelled, Cancelled]), Cancelled);
    }
}
