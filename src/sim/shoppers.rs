//! Those who order: each asks again, under the same key, until it is answered.
//!
//! They know nothing but the answers; what became of their orders is for the
//! invariants to find out.

use super::Dice;
use crate::{
    basis::{AccountId, ListingId, OrderId, Point, SimTime},
    runtime::ReplyId,
    store::model::{Place, PlaceAnswer},
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

/// All wishes of a run, by number.
#[derive(Debug, Default)]
pub struct Shoppers {
    wishes: Vec<Wish>,
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
        Self { wishes: (0..orders).map(wish).collect() }
    }

    pub fn wishes(&self) -> &[Wish] {
        &self.wishes
    }

    /// Whether everybody was answered.
    pub fn are_answered(&self) -> bool {
        self.wishes.iter().all(|wish| wish.outcome.is_some())
    }

    /// Whose idempotency key this is.
    pub fn number_of(key: &str) -> Option<usize> {
        key.strip_prefix("wish-")?.parse().ok()
    }

    /// The order as it comes to the store.
    pub(super) fn ask(&self, number: usize, reply: ReplyId) -> Option<Place> {
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
        })
    }

    pub(super) fn asked(&mut self, number: usize) {
        if let Some(wish) = self.wishes.get_mut(number) {
            wish.attempts += 1;
        }
    }

    /// Takes in an answer; false where the wish has to be asked for again.
    pub(super) fn answered(&mut self, number: usize, answer: &PlaceAnswer) -> bool {
        let outcome = match answer {
            PlaceAnswer::Placed(placed) => Outcome::Accepted(placed.order),
            PlaceAnswer::Repeated { order } => Outcome::Accepted(*order),
            PlaceAnswer::Conflict { order } => {
                panic!("wish {number} conflicts with itself: order {order}")
            }
            PlaceAnswer::Rejected(rejection) => Outcome::Turned(rejection.to_string()),
            PlaceAnswer::Busy => return false,
        };
        if let Some(wish) = self.wishes.get_mut(number) {
            if let (Some(before), now) = (&wish.outcome, &outcome) {
                assert_eq!(before, now, "wish {number} was answered twice, differently");
            }
            wish.outcome = Some(outcome);
        }
        true
    }
}
