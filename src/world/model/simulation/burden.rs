//! What the texts and shelves of a world come to, so that they can be bounded.
//!
//! Packages, trucks and the like are counted where they are kept.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::world::model::Bounds;

const USUAL_BYTES: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Burden {
    /// Of the descriptions of all products.
    pub(super) description_bytes: usize,
    /// Of all purchases on their way.
    pub(super) purchase_bytes: usize,
    /// Products of each warehouse, those that are out of stock too.
    pub(super) shelves: usize,
    /// Those that purchases on their way may add.
    pub(super) shelves_to_come: usize,
}

impl Burden {
    /// Why so much more can not be taken on, if it can not.
    pub(super) fn takes(self, more: Self, bounds: &Bounds) -> Result<(), Refusal> {
        let within = |what, now: usize, more: usize, max| {
            let is_within = more == 0 || now.saturating_add(more) <= max;
            is_within.then_some(()).ok_or(Refusal::Full { what, max })
        };
        let Bounds { text_bytes_max, shelves_max, .. } = *bounds;
        let (now, what) = (self.description_bytes, "bytes of product descriptions");
        within(what, now, more.description_bytes, text_bytes_max)?;
        let (now, what) = (self.purchase_bytes, "bytes of purchases on their way");
        within(what, now, more.purchase_bytes, text_bytes_max)?;
        let now = self.shelves + self.shelves_to_come;
        within("products on shelves", now, more.shelves_to_come, shelves_max)
    }

    /// As how many things of the usual size it is written.
    pub(super) fn size(self) -> usize {
        self.shelves + (self.description_bytes + self.purchase_bytes) / USUAL_BYTES
    }

    pub(super) fn take_on(&mut self, more: Self) {
        self.description_bytes += more.description_bytes;
        self.purchase_bytes += more.purchase_bytes;
        self.shelves_to_come += more.shelves_to_come;
    }
}
