//! Which warehouses the world is offered with the next hello.
//!
//! A world takes all that a hello offers or, where it has one of them already,
//! nothing, and does not say which. So what it refused together is halved until
//! it has taken or refused each part; a warehouse that is refused alone is
//! there. That asks for nothing but hellos, which every world understands: for
//! `n` warehouses `2 n` of them at most, and a new connection for each part
//! that is taken.
//!
//! What is known of the world already is not kept here.

use crate::basis::WarehouseId;

/// Parts of which the world has at least one warehouse, or may have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Offers {
    /// The next one last.
    doubted: Vec<Vec<WarehouseId>>,
}

impl Offers {
    /// `unknown`: all that the world is not known to have.
    pub(super) fn next(&self, unknown: Vec<WarehouseId>) -> Vec<WarehouseId> {
        self.doubted.last().cloned().unwrap_or(unknown)
    }

    /// The world has one of these. Where that tells which, it is known to have it.
    pub(super) fn refused(&mut self, offered: &[WarehouseId]) -> Option<WarehouseId> {
        self.settle(offered);
        if let [alone] = *offered {
            return Some(alone);
        }
        let (first, second) = offered.split_at(offered.len() / 2);
        self.doubted.extend([second.to_vec(), first.to_vec()]);
        None
    }

    /// The world has taken these.
    pub(super) fn taken(&mut self, offered: &[WarehouseId]) {
        self.settle(offered);
    }

    fn settle(&mut self, offered: &[WarehouseId]) {
        self.doubted.pop_if(|next| next == offered);
    }
}
