//! Second thoughts of those who order: not to get a package, or to get it elsewhere.
//!
//! Each is asked again until it is answered; whether the answers were kept is for the
//! invariants to find out.

use std::time::Duration;

use super::{Dice, Wish};
use crate::{
    basis::{PackageId, Point, SimTime},
    runtime::ReplyId,
    store::model::{Cancel, CancelOutcome, Letter, Redirect, RedirectOutcome},
};

/// Until when after a wish its buyer has second thoughts.
const CANCELS_WITHIN: Duration = Duration::from_secs(12);
const REDIRECTS_WITHIN: Duration = Duration::from_secs(40);

/// A second thought, and how far it has come.
#[derive(Debug, Clone)]
pub struct Doubt {
    pub at: SimTime,
    /// Of which wish.
    pub wish: usize,
    /// Which of its packages, counted around.
    pub nth: usize,
    pub kind: DoubtKind,
    /// None: not yet.
    pub outcome: Option<DoubtOutcome>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoubtKind {
    Cancel,
    Redirect(Point),
}

/// How it was answered in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoubtOutcome {
    Cancel(CancelOutcome),
    Redirect(RedirectOutcome),
    /// There is no order to have doubts about.
    Moot,
}

impl Doubt {
    /// Draws second thoughts about some of the wishes, several about a few.
    pub(super) fn draw(wishes: &[Wish], dice: &mut Dice) -> Vec<Self> {
        let mut doubts = Vec::new();
        for (wish, wished) in wishes.iter().enumerate() {
            if !dice.chance(0.5) {
                continue;
            }
            for _ in 0..dice.whole(1, 3) {
                let nth = dice.below(2);
                let is_cancel = dice.chance(0.35);
                let within = if is_cancel { CANCELS_WITHIN } else { REDIRECTS_WITHIN };
                let at = wished.at + dice.span(Duration::ZERO, within);
                let mut place = || dice.whole(-60, 60) as i32;
                let elsewhere = Point::new(place(), place());
                let kind =
                    if is_cancel { DoubtKind::Cancel } else { DoubtKind::Redirect(elsewhere) };
                doubts.push(Self { at, wish, nth, kind, outcome: None });
            }
        }
        doubts
    }

    /// The wish as it comes to the store.
    pub(super) fn letter(&self, reply: ReplyId, package: PackageId) -> Letter {
        match self.kind {
            DoubtKind::Cancel => Letter::Cancel(Cancel { reply, package }),
            DoubtKind::Redirect(to) => Letter::Redirect(Redirect { reply, package, to }),
        }
    }
}
