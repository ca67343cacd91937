//! Conformance of a store, tried by a carrier that is none.
//!
//! Each check has an order of its own, so that several run at a time. The store's own API is
//! used for nothing but to order and to read what became of it. No store is imported here.

mod answers;
mod details;
mod helper;
mod joining;
mod late;
mod loading;
mod orders;
mod say;
mod shop;
mod stage;
mod trucks;

use std::{sync::Arc, time::Instant};

use super::{
    check::{Check, Needs, checks},
    choice::{chosen, listed},
    peer::{counting, shapes, signing},
    report::Findings,
    runner::{self, Plan},
};
pub use super::{choice::Listed, peer::PeerSubject};
use stage::{Carrier, Stage};

/// One check takes so many times the patience at most.
const PATIENCES: u32 = 12;

/// What can be tried, in order.
pub fn list(only: &[String], with_ours: bool) -> anyhow::Result<Vec<Listed>> {
    Ok(listed(chosen(all(), only, with_ours)?))
}

/// Tries it; an error where nothing could be tried.
pub async fn run(subject: &PeerSubject) -> anyhow::Result<Findings> {
    let checks = chosen(all(), &subject.only, subject.with_ours)?;
    let carrier = Arc::new(Box::pin(Carrier::open(subject)).await?);
    let plan = Plan {
        jobs: subject.jobs,
        limit: subject.patience * PATIENCES,
        show_progress: subject.show_progress,
    };
    let started = Instant::now();
    let stage = |_: &Check<Stage>, trace| Stage { carrier: Arc::clone(&carrier), trace };
    let found = Box::pin(runner::run(checks, plan, stage, |check| skips(&carrier, check))).await;
    let name = format!("store at {}", subject.url);
    Ok(Findings::new(name, started.elapsed().as_secs_f64(), found))
}

fn skips(carrier: &Carrier, check: &Check<Stage>) -> Option<&'static str> {
    check.needs.iter().find_map(|needs| match needs {
        Needs::Shipments => carrier.lacks_shipments(),
        Needs::World => carrier.lacks_shipments().or_else(|| carrier.lacks_world()),
        Needs::Secret => carrier.lacks_secret(),
        Needs::NoLoss | Needs::Speed | Needs::IdleTimeout | Needs::Greeting => {
            Some("it is about a world")
        }
    })
}

fn all() -> Vec<Check<Stage>> {
    let groups = [
        answers::checks(),
        shaped(),
        counted(),
        signed(),
        batched(),
        joining::checks(),
        orders::checks(),
        details::checks(),
        trucks::checks(),
        loading::checks(),
        late::checks(),
        helper::checks(),
    ];
    groups.into_iter().flatten().collect()
}

fn shaped() -> Vec<Check<Stage>> {
    checks![
        "store.shape.not-json" Must ["C-MSG-5", "C-SEC-2"] "A body that is not JSON is refused, and harms nobody." => shapes::not_json;
        "store.shape.empty" Must ["C-MSG-5", "C-MSG-6"] "A body with nothing in it is refused." => shapes::empty;
        "store.shape.no-object" Must ["C-MSG-5"] "JSON that is no object is refused." => shapes::no_object;
        "store.shape.no-payload" Must ["C-MSG-5"] "A payload that is no object is refused." => shapes::no_payload;
        "store.shape.wrong-types" Must ["C-MSG-5", "C-MSG-7"] "An id of another type is refused, and harms nobody." => shapes::wrong_types;
        "store.shape.unknown-kind" Must ["C-MSG-5"] "A message_type that is not known is refused." => shapes::unknown_kind;
        "store.shape.code" Ours ["C-MSG-5", "C-ANS-4"] "What is no message is refused with code 1000." => shapes::malformed_code;
        "store.shape.huge-numbers" Ours ["C-MSG-7", "C-SEC-2"] "Numbers beyond 64 bits are refused in words." => shapes::huge_numbers;
        "store.shape.extra-fields" Ours ["C-MSG-3"] "Fields that nobody knows are passed over." => shapes::extra_fields;
        "store.shape.timestamps" Ours ["C-MSG-4"] "A message is taken whatever form of ISO 8601 its time has." => shapes::any_timestamp;
        "store.shape.truncated" Ours ["C-SEC-2"] "A body that ends in its middle harms nobody." => shapes::truncated;
        "store.shape.vanishing" Ours ["C-SEC-2", "C-RACE-1"] "Who hangs up before the answer harms nobody." => shapes::vanishing;
        "store.shape.deep" Ours ["C-SEC-2"] "A body that is nested 100,000 deep is refused in words, and harms nobody." => shapes::deep;
        "store.shape.oversized" Ours ["C-HTTP-3", "C-SEC-2"] "A body of 8 MiB is no failure, and harms nobody." => shapes::oversized;
        "store.shape.content-type" Ours ["C-HTTP-2"] "Another content type is no failure." => shapes::content_type;
        "store.shape.method" Ours ["C-HTTP-1"] "Another method than POST is refused with HTTP 4xx." => shapes::method;
    ]
}

fn counted() -> Vec<Check<Stage>> {
    checks![
        "store.number.refused" Ours ["C-NUM-2"] "The answer to a numbered message acks it, where it is refused too." => counting::acked_refusal;
        "store.number.again" Ours ["C-NUM-2", "C-NUM-3"] "A number that comes again is acked again." => counting::acked_again;
        "store.number.text" Ours ["C-NUM-1", "C-MSG-2"] "A number may be a decimal string." => counting::text_number;
        "store.number.none" Ours ["C-NUM-2"] "A message without a number is acked by none." => counting::unnumbered;
    ]
}

fn signed() -> Vec<Check<Stage>> {
    checks![
        "store.sign.right" Ours ["C-SIG-1", "C-SIG-4"] "A message that is signed within five minutes is taken." needs Secret => signing::right;
        "store.sign.unsigned" Ours ["C-SIG-3"] "An unsigned message is refused with 401 at every entrance." needs Secret => signing::unsigned;
        "store.sign.wrong" Ours ["C-SIG-3"] "A signature with another secret, or none at all, is refused with 401." needs Secret => signing::wrong;
        "store.sign.missing-header" Ours ["C-SIG-3"] "A message without one of the three headers is refused with 401." needs Secret => signing::missing_header;
        "store.sign.other-body" Ours ["C-SIG-1", "C-SIG-3"] "A signature of another body is refused with 401." needs Secret => signing::other_body;
        "store.sign.other-id" Ours ["C-SIG-1", "C-SIG-3"] "A signature of another id is refused with 401." needs Secret => signing::other_id;
        "store.sign.old" Ours ["C-SIG-4"] "A message signed more than five minutes from now is refused with 401." needs Secret => signing::old;
        "store.sign.rotation" Ours ["C-SIG-5"] "Of several signatures one that is right is enough." needs Secret => signing::rotation;
    ]
}

fn batched() -> Vec<Check<Stage>> {
    checks![
        "store.batch.order" Ours ["C-BAT-1", "C-BAT-2"] "A batch is answered message by message, in its order, good and bad side by side." => counting::batch_in_order;
        "store.batch.none" Ours ["C-BAT-1"] "A batch of none is answered by none." => counting::batch_of_none;
        "store.batch.array" Ours ["C-BAT-3"] "What is no array is refused where a batch is due." => counting::batch_is_array;
        "store.batch.long" Ours ["C-BAT-4"] "A batch of more than 4,096 messages is refused in words." => counting::batch_too_long;
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conform::choice::assert_well_formed;

    #[test]
    fn each_check_has_a_name_of_its_own_and_a_rule_that_is_a_sentence() {
        assert_well_formed(&all());
        assert!(all().iter().all(|check| check.name.starts_with("store.")));
    }
}
