//! What those who watch are told: counts and facts, as plain data.
//!
//! Nothing depends on it; a model can neither log nor count by itself.

use crate::basis::{PackageId, Seq, TruckId, WorldId};

use super::{Population, Side};

/// What one call brought about, for metrics and logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// None: no world in particular.
    pub world: Option<WorldId>,
    pub side: Option<Side>,
    /// Messages taken in.
    pub received: usize,
    /// Messages dropped by flakiness.
    pub dropped: usize,
    /// Commands that had been taken before.
    pub duplicates: usize,
    /// Events sent again, by side.
    pub resent: [u64; 2],
    /// Events that are not acked, of both sides; None where the call changed nothing.
    pub unacked: Option<[usize; 2]>,
    /// What there is in the world now; None likewise.
    pub population: Option<Population>,
    pub facts: Vec<Fact>,
}

/// Something that happened in a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// A short fixed name: `packed`, `delivered`, `refused`.
    pub what: &'static str,
    /// Why it was refused, where it was.
    pub refusal: Option<&'static str>,
    pub seq: Option<Seq>,
    pub package: Option<PackageId>,
    pub truck: Option<TruckId>,
}

impl Fact {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, refusal: None, seq: None, package: None, truck: None }
    }

    pub(super) fn package(self, package: PackageId) -> Self {
        Self { package: Some(package), ..self }
    }

    pub(super) fn truck(self, truck: TruckId) -> Self {
        Self { truck: Some(truck), ..self }
    }

    pub(super) fn seq(self, seq: Seq) -> Self {
        Self { seq: Some(seq), ..self }
    }
}

impl Observed {
    pub(super) fn of(world: Option<WorldId>, side: Option<Side>) -> Self {
        Self {
            world,
            side,
            received: 0,
            dropped: 0,
            duplicates: 0,
            resent: [0; 2],
            unacked: None,
            population: None,
            facts: Vec::new(),
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::of(self.world, self.side)
    }
}
