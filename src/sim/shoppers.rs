//! Those who order: each asks again, under the same key, until it is answered.
//!
//! They know nothing but the answers; what became of their orders is for the
//! invariants to find out.

mod doubts;

pub use doubts::{Doubt, DoubtKind, DoubtOutcome};

use super::Dice;
use crate::{
    basis::{AccountId, ListingId, OrderId, PackageId, Point, SimTime},
    runtime::ReplyId,
    store::model::{CancelOutcome, Letter, Place, PlaceAnswer, RedirectOutcome},
};

/// A wish, and how far it has come.
#[derive(Debug, Clone)]
pub struct Wish {
    pub at: SimTime,
    pub items: Vec<(ListingId, u32)>,
    pub destination: Point,
    /// How often it was asked for.
    pub attempts: u32,
    /// None: not yet.
    pub outcome: Option<Outcome>,
}

/// How a wish was answered in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Accepted(OrderId),
    Turned(String),
}

/// What the store says to those who ask.
#[derive(Debug, Clone)]
pub(super) enum Told {
    Placed(PlaceAnswer),
    Cancelled(CancelOutcome),
    Redirected(RedirectOutcome),
}

/// All wishes of a run, by number, and after them the second thoughts.
#[derive(Debug, Default)]
pub struct Shoppers {
    wishes: Vec<Wish>,
    doubts: Vec<Doubt>,
}

impl Shoppers {
    /// Draws wishes: when, what and where to.
    pub fn draw(
        orders: usize,
        within: std::time::Duration,
        listings: i64,
        dice: &mut Dice,
    ) -> Self {
        let wish = |_| {
            let lines = 1 + dice.below(3);
            let mut item = || (ListingId(dice.whole(1, listings)), dice.whole(1, 5) as u32);
            let items = (0..lines).map(|_| item()).collect();
            let destination = Point::new(dice.whole(-60, 60) as i32, dice.whole(-60, 60) as i32);
            let at = SimTime::ZERO + dice.span(std::time::Duration::ZERO, within);
            Wish { at, items, destination, attempts: 0, outcome: None }
        };
        Self { wishes: (0..orders).map(wish).collect(), doubts: Vec::new() }
    }

    /// Lets some of them think better of it.
    pub fn with_doubts(mut self, dice: &mut Dice) -> Self {
        self.doubts = Doubt::draw(&self.wishes, dice);
        self
    }

    pub fn wishes(&self) -> &[Wish] {
        &self.wishes
    }

    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// When each of them first asks, by number.
    pub(super) fn moments(&self) -> impl Iterator<Item = SimTime> {
        let doubts = self.doubts.iter().map(|doubt| doubt.at);
        self.wishes.iter().map(|wish| wish.at).chain(doubts)
    }

    /// Whether everybody was answered.
    pub fn are_answered(&self) -> bool {
        self.wishes.iter().all(|wish| wish.outcome.is_some())
            && self.doubts.iter().all(|doubt| doubt.outcome.is_some())
    }

    /// Whose idempotency key this is.
    pub fn number_of(key: &str) -> Option<usize> {
        key.strip_prefix("wish-")?.parse().ok()
    }

    /// What is asked under this number, as it comes to the store. `packages_of`: an order's.
    pub(super) fn letter(
        &self,
        number: usize,
        reply: ReplyId,
        packages_of: impl FnOnce(OrderId) -> Vec<PackageId>,
    ) -> Option<Letter> {
        let Some(doubt) = self.doubt(number) else {
            return self.place(number, reply).map(Letter::Place);
        };
        let Some(Outcome::Accepted(order)) = &self.wishes.get(doubt.wish)?.outcome else {
            return None;
        };
        let packages = packages_of(*order);
        let package = packages.get(doubt.nth % packages.len().max(1))?;
        Some(doubt.letter(reply, *package))
    }

    /// Whether what is asked under this number can be asked already.
    pub(super) fn can_ask(&self, number: usize) -> bool {
        let Some(doubt) = self.doubt(number) else { return true };
        self.wishes.get(doubt.wish).is_some_and(|wish| wish.outcome.is_some())
    }

    fn doubt(&self, number: usize) -> Option<&Doubt> {
        self.doubts.get(number.checked_sub(self.wishes.len())?)
    }

    fn place(&self, number: usize, reply: ReplyId) -> Option<Place> {
        let wish = self.wishes.get(number)?;
        let mut body_hash = [0; 32];
        body_hash[..8].copy_from_slice(&(number as u64).to_le_bytes());
        Some(Place {
            reply,
            account: AccountId(1 + (number % 7) as i64),
            email: format!("buyer{}@example.org", number % 7),
            idempotency_key: format!("wish-{number}"),
            body_hash,
            items: wish.items.clone(),
            destination: wish.destination,
            carrier_account: None,
            expected_total: None,
            only_in_stock: false,
        })
    }

    pub(super) fn asked(&mut self, number: usize) {
        if let Some(wish) = self.wishes.get_mut(number) {
            wish.attempts += 1;
        }
    }

    /// Takes in an answer; false where it has to be asked again.
    pub(super) fn answered(&mut self, number: usize, told: &Told) -> bool {
        let outcome = match told {
            Told::Placed(answer) => return self.placed(number, answer),
            Told::Redirected(RedirectOutcome::Busy) => return false,
            Told::Cancelled(outcome) => DoubtOutcome::Cancel(*outcome),
            Told::Redirected(outcome) => DoubtOutcome::Redirect(outcome.clone()),
        };
        self.conclude(number, outcome);
        true
    }

    /// The first answer counts; a repeat may find the package further on.
    fn conclude(&mut self, number: usize, outcome: DoubtOutcome) {
        let nth = number.checked_sub(self.wishes.len());
        if let Some(doubt) = nth.and_then(|nth| self.doubts.get_mut(nth)) {
            doubt.outcome.get_or_insert(outcome);
        }
    }

    /// Who was turned down has nothing to think better of.
    fn drop_doubts(&mut self, wish: usize) {
        for doubt in self.doubts.iter_mut().filter(|doubt| doubt.wish == wish) {
            doubt.outcome = Some(DoubtOutcome::Moot);
        }
    }

    fn placed(&mut self, number: usize, answer: &PlaceAnswer) -> bool {
        let outcome = match answer {
            PlaceAnswer::Placed(placed) => Outcome::Accepted(placed.order),
            PlaceAnswer::Repeated { order } => Outcome::Accepted(*order),
            PlaceAnswer::Conflict { order } => {
                panic!("wish {number} conflicts with itself: order {order}")
            }
            PlaceAnswer::Rejected(rejection) => Outcome::Turned(rejection.to_string()),
            PlaceAnswer::Busy => return false,
        };
        if let Outcome::Turned(_) = outcome {
            self.drop_doubts(number);
        }
        if let Some(wish) = self.wishes.get_mut(number) {
            if let (Some(before), now) = (&wish.outcome, &outcome) {
                assert_eq!(before, now, "wish {number} was answered twice, differently");
            }
            wish.outcome = Some(outcome);
        }
        true
    }
}
