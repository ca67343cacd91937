//! Second thoughts about an order, in words: not to get it, or to get it elsewhere.
//!
//! Each package decides for itself. What came too late is said plainly; a wish of which
//! nothing came true is refused.

use serde::Serialize;
use utoipa::ToSchema;

use super::{events::no_order, placing::NewPlace};
use crate::{
    basis::{AccountId, OrderId, PackageId, Point},
    store::{
        model::{PackageStatus, RedirectOutcome},
        shop::{AmendError, CancelAnswer, RedirectAnswer},
        web::AppState,
    },
    web::{Kind, Problem},
};

/// What became of a wish, package by package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Amended {
    pub packages: Vec<AmendedPackage>,
}

/// What became of it for one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AmendedPackage {
    #[schema(value_type = i64, example = 4)]
    pub package_id: PackageId,
    /// cancelled, changed, pending (the carrier was asked and has not answered yet), replaced
    /// (by a later wish), refused (by the carrier) or too_late.
    #[schema(example = "changed")]
    pub outcome: &'static str,
    /// The same as a sentence.
    #[schema(example = "Package 4 goes to 3, -7.")]
    pub text: String,
}

impl Amended {
    /// Whether every package does as was wished.
    pub fn is_whole(&self) -> bool {
        self.packages.iter().all(AmendedPackage::came_true)
    }

    pub fn is_pending(&self) -> bool {
        self.packages.iter().any(|package| package.outcome == "pending")
    }

    /// Refused where nothing came true.
    fn or_refused(self) -> Result<Self, Problem> {
        if self.packages.iter().any(AmendedPackage::came_true) {
            return Ok(self);
        }
        let sentences: Vec<_> = self.packages.iter().map(|it| it.text.as_str()).collect();
        Err(Problem::new(Kind::Conflict, sentences.join(" ")))
    }
}

impl AmendedPackage {
    fn came_true(&self) -> bool {
        matches!(self.outcome, "cancelled" | "changed" | "pending")
    }

    fn cancelled(package_id: PackageId) -> Self {
        let text = format!("Package {package_id} is cancelled.");
        Self { package_id, outcome: "cancelled", text }
    }

    fn too_late((package_id, status): (PackageId, PackageStatus), what: &str) -> Self {
        let now = so_far(status);
        let text = format!("Too late: package {package_id} {now}, so it could not be {what}.");
        Self { package_id, outcome: "too_late", text }
    }

    fn redirected(package_id: PackageId, outcome: RedirectOutcome, to: Point) -> Self {
        let Point { x, y } = to;
        let (outcome, text) = match outcome {
            RedirectOutcome::TooLate { status } => {
                return Self::too_late((package_id, status), "sent elsewhere");
            }
            RedirectOutcome::Changed => {
                ("changed", format!("Package {package_id} goes to {x}, {y}."))
            }
            RedirectOutcome::Refused { text } => {
                let says = format!("Package {package_id} keeps its address: {text}");
                ("refused", says)
            }
            RedirectOutcome::Replaced => {
                let says = format!("A later wish for package {package_id} has replaced this one.");
                ("replaced", says)
            }
            // The others never come out of the shop.
            RedirectOutcome::Pending
            | RedirectOutcome::Rejected(_)
            | RedirectOutcome::NotUnderWay
            | RedirectOutcome::Busy => {
                let says = format!(
                    "The carrier was asked to bring package {package_id} to {x}, {y} and has not answered yet."
                );
                ("pending", says)
            }
        };
        Self { package_id, outcome, text }
    }
}

/// How far a package is, to go on after its name.
fn so_far(status: PackageStatus) -> &'static str {
    match status {
        PackageStatus::Created => "is about to be packed",
        PackageStatus::Packing => "is being packed already",
        PackageStatus::Packed => "is packed already",
        PackageStatus::Loading => "is being loaded already",
        PackageStatus::Loaded => "is in the truck already",
        PackageStatus::Delivering => "is out for delivery already",
        PackageStatus::Delivered => "has been delivered already",
        PackageStatus::Cancelled => "was cancelled before",
    }
}

/// Cancels whatever of an account's order is not being packed yet.
pub async fn cancel(
    state: &AppState,
    account: AccountId,
    order: OrderId,
) -> Result<Amended, Problem> {
    let too_late =
        |late: Vec<_>| late.into_iter().map(|it| AmendedPackage::too_late(it, "cancelled"));
    let packages = match state.shop.cancel(&state.db, account, order).await? {
        CancelAnswer::Unknown => return Err(no_order(order)),
        CancelAnswer::Cancelled | CancelAnswer::AlreadyCancelled => {
            let found = super::events::find_own(state, account, order).await?;
            found.packages.iter().map(|package| AmendedPackage::cancelled(package.id)).collect()
        }
        CancelAnswer::Partly { cancelled, too_late: late } => {
            let cancelled = cancelled.into_iter().map(AmendedPackage::cancelled);
            cancelled.chain(too_late(late)).collect()
        }
        CancelAnswer::TooLate { too_late: late } => too_late(late).collect(),
    };
    Amended { packages }.or_refused()
}

/// Sends whatever of an account's order is not out for delivery yet elsewhere.
pub async fn redirect(
    state: &AppState,
    account: AccountId,
    order: OrderId,
    to: &NewPlace,
) -> Result<Amended, Problem> {
    let to = to.check()?;
    match state.shop.redirect(&state.db, account, order, to).await? {
        RedirectAnswer::Unknown => Err(no_order(order)),
        RedirectAnswer::Rejected(why) => {
            Err(Problem::invalid_field("destination", why.to_string()))
        }
        RedirectAnswer::Packages(packages) => {
            let told = |(package, outcome)| AmendedPackage::redirected(package, outcome, to);
            Amended { packages: packages.into_iter().map(told).collect() }.or_refused()
        }
    }
}

impl From<AmendError> for Problem {
    fn from(error: AmendError) -> Self {
        match error {
            AmendError::Db(error) => error.into(),
            AmendError::Closed(_) | AmendError::Starting => Self::new(
                Kind::Unavailable,
                "What became of it is not known yet. Try again in a few seconds: that is harmless.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(status: PackageStatus) -> AmendedPackage {
        AmendedPackage::too_late((PackageId(7), status), "cancelled")
    }

    #[test]
    fn a_race_that_was_lost_is_said_plainly() {
        let lost = Amended { packages: vec![late(PackageStatus::Packing)] };
        let problem = lost.or_refused().unwrap_err();
        let words = "Too late: package 7 is being packed already, so it could not be cancelled.";
        assert_eq!((problem.status().as_u16(), problem.detail()), (409, words));
    }

    #[test]
    fn half_in_time_is_half_done() {
        let packages =
            vec![AmendedPackage::cancelled(PackageId(6)), late(PackageStatus::Delivering)];
        let half = Amended { packages }.or_refused().unwrap();
        assert!(!half.is_whole() && !half.is_pending());
    }
}
