//! Second thoughts about an order: not to get it, or to get it elsewhere.
//!
//! Which packages an order has is asked of the database and never changes; what can
//! still be done each package decides, so an order of several may be half in time.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use super::{PlaceError, Shared, Shop};
use crate::{
    basis::{AccountId, OrderId, PackageId, Point},
    db::{Db, DbError},
    runtime::{AskError, Replies, ReplyId},
    store::{
        db::packages_of,
        model::{
            Cancel, CancelOutcome, Letter, PackageStatus, Redirect, RedirectOutcome, Rejection,
        },
    },
};

/// What became of a wish not to get an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelAnswer {
    /// The account has no such order.
    Unknown,
    /// Nothing of it will be sent.
    Cancelled,
    /// These will not be sent; those are being packed, or further.
    Partly { cancelled: Vec<PackageId>, too_late: Vec<(PackageId, PackageStatus)> },
    /// Nothing more was cancelled: these are being packed, or further.
    TooLate { too_late: Vec<(PackageId, PackageStatus)> },
    /// All of it was cancelled before.
    AlreadyCancelled,
}

/// What became of a wish to get an order elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedirectAnswer {
    /// The account has no such order.
    Unknown,
    /// No package goes there: it is out of reach.
    Rejected(Rejection),
    /// What each package does, in order. A package that is cancelled is `TooLate`.
    Packages(Vec<(PackageId, RedirectOutcome)>),
}

/// Why it is not known what became of a wish; to wish again is harmless, and may help.
#[derive(Debug, thiserror::Error)]
pub enum AmendError {
    #[error(transparent)]
    Closed(#[from] PlaceError),
    #[error("the store is starting")]
    Starting,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<AskError> for AmendError {
    fn from(error: AskError) -> Self {
        Self::Closed(error.into())
    }
}

impl Shop {
    /// Cancels whatever of the account's order is not being packed yet. Answers when it is
    /// durable; wished again it changes nothing.
    pub async fn cancel(
        &self,
        db: &Db,
        account: AccountId,
        order: OrderId,
    ) -> Result<CancelAnswer, AmendError> {
        let cancels = &self.shared.cancels;
        let letter = |package, reply| Letter::Cancel(Cancel { reply, package });
        let is_over = |outcome: &CancelOutcome| *outcome == CancelOutcome::NotUnderWay;
        let told = self.ask_all(db, account, order, cancels, letter, is_over).await?;
        let Some(told) = told else { return Ok(CancelAnswer::Unknown) };
        let (mut cancelled, mut too_late) = (Vec::new(), Vec::new());
        for (package, outcome) in told {
            match outcome {
                Ok(CancelOutcome::Cancelled) => cancelled.push(package),
                Ok(CancelOutcome::TooLate { status }) => too_late.push((package, status)),
                Ok(CancelOutcome::NotUnderWay) => return Err(AmendError::Starting),
                Err(PackageStatus::Cancelled) => {}
                Err(status) => too_late.push((package, status)),
            }
        }
        Ok(match (cancelled.is_empty(), too_late.is_empty()) {
            (true, true) => CancelAnswer::AlreadyCancelled,
            (false, true) => CancelAnswer::Cancelled,
            (true, false) => CancelAnswer::TooLate { too_late },
            (false, false) => CancelAnswer::Partly { cancelled, too_late },
        })
    }

    /// Sends whatever of the account's order is not out for delivery yet elsewhere. Answers
    /// when it is durable and the carrier has decided, where it knows of the package; where it
    /// does not answer within seconds the wish is [pending](RedirectOutcome::Pending), and kept.
    pub async fn redirect(
        &self,
        db: &Db,
        account: AccountId,
        order: OrderId,
        to: Point,
    ) -> Result<RedirectAnswer, AmendError> {
        let redirects = &self.shared.redirects;
        let letter = |package, reply| Letter::Redirect(Redirect { reply, package, to });
        let is_over = |outcome: &RedirectOutcome| *outcome == RedirectOutcome::NotUnderWay;
        let told = self.ask_all(db, account, order, redirects, letter, is_over).await?;
        let Some(told) = told else { return Ok(RedirectAnswer::Unknown) };
        let mut packages = Vec::new();
        for (package, outcome) in told {
            let outcome = outcome.unwrap_or_else(|status| RedirectOutcome::TooLate { status });
            match outcome {
                RedirectOutcome::Busy | RedirectOutcome::NotUnderWay => {
                    return Err(AmendError::Starting);
                }
                RedirectOutcome::Rejected(why) => return Ok(RedirectAnswer::Rejected(why)),
                outcome => packages.push((package, outcome)),
            }
        }
        Ok(RedirectAnswer::Packages(packages))
    }

    /// Asks each package of the order what it does; where one has come to its end, in which
    /// status. None where the account has no such order.
    async fn ask_all<A: Send>(
        &self,
        db: &Db,
        account: AccountId,
        order: OrderId,
        replies: &Replies<A>,
        letter: impl Fn(PackageId, ReplyId) -> Letter,
        is_over: impl Fn(&A) -> bool,
    ) -> Result<Option<Vec<(PackageId, Result<A, PackageStatus>)>>, AmendError> {
        let _permit = self.enter(&self.shared.order_door)?;
        let Some(mut known) = packages_of(db, account, order).await? else { return Ok(None) };
        let is_under_way = |(_, status): &(&PackageId, &PackageStatus)| !status.is_final();
        let under_way = known.iter().filter(is_under_way).map(|(package, _)| *package);
        let Shared { inside, settings, .. } = &*self.shared;
        let asking = under_way.map(|package| {
            let letter = &letter;
            let post = move |reply| inside.post(letter(package, reply));
            let answer = replies.ask(settings.answer_within, post);
            async move { Ok::<_, AskError>((package, answer.await?)) }
        });
        let mut answers: BTreeMap<_, _> = try_join_all(asking).await?.into_iter().collect();
        if answers.values().any(&is_over) {
            // What it says was committed before it said so.
            known = packages_of(db, account, order).await?.unwrap_or(known);
        }
        let told = known.into_iter().map(|(package, status)| {
            let is_final = |answer: &A| is_over(answer) && status.is_final();
            let answer = answers.remove(&package).filter(|answer| !is_final(answer));
            (package, answer.ok_or(status))
        });
        Ok(Some(told.collect()))
    }
}
