//! What was said to second thoughts is kept: who was told "cancelled" gets nothing, who
//! was told "too late" gets it, and who was told "it goes there" had it sent there.
//!
//! That it went nowhere but to the last place is another file's.

use crate::{
    sim::{
        System,
        shoppers::{Doubt, DoubtKind, DoubtOutcome, Outcome},
    },
    store::model::{CancelOutcome, RedirectOutcome},
};

pub(super) fn check(system: &System, wrong: &mut Vec<String>) {
    let wishes = system.shoppers().wishes();
    for (number, doubt) in system.shoppers().doubts().iter().enumerate() {
        let wish = wishes.get(doubt.wish).and_then(|wish| wish.outcome.as_ref());
        let Some(Outcome::Accepted(order)) = wish else { continue };
        if let Some(what) = broken(system, doubt, *order) {
            wrong.push(format!("doubt {number} about order {order} ({doubt:?}): {what}"));
        }
    }
}

fn broken(system: &System, doubt: &Doubt, order: crate::basis::OrderId) -> Option<&'static str> {
    let history = system.history();
    let order = history.orders.get(&order)?;
    let package = *order.packages.keys().nth(doubt.nth % order.packages.len().max(1))?;
    let is_cancelled = history.cancelled.contains(&package);
    let went = history.redirected.get(&package).into_iter().flatten();
    let mut places = went.copied().chain([order.destination]);
    match (doubt.kind, doubt.outcome.as_ref()?) {
        (DoubtKind::Cancel, DoubtOutcome::Cancel(CancelOutcome::Cancelled)) => {
            (!is_cancelled).then_some("it is sent all the same")
        }
        (DoubtKind::Cancel, DoubtOutcome::Cancel(CancelOutcome::TooLate { .. })) => {
            is_cancelled.then_some("it was cancelled all the same")
        }
        (DoubtKind::Redirect(to), DoubtOutcome::Redirect(RedirectOutcome::Changed)) => {
            places.all(|place| place != to).then_some("it never went there")
        }
        (_, DoubtOutcome::Redirect(RedirectOutcome::Rejected(_))) => Some("the place is in reach"),
        _ => None,
    }
}
