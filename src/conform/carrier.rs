//! Conformance of a carrier, tried by a store that is none.
//!
//! Each check has shipments of its own under ids that nobody else has, and every one of them
//! goes all the way, so that no truck is left waiting. No carrier is imported here.

mod address;
mod answers;
mod created;
mod delivery;
mod say;
mod stage;
mod status;
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
use stage::{Stage, Store};

/// One check takes so many times the patience at most.
const PATIENCES: u32 = 12;

/// What can be tried, in order.
pub fn list(only: &[String], with_ours: bool) -> anyhow::Result<Vec<Listed>> {
    Ok(listed(chosen(all(), only, with_ours)?))
}

/// Tries it; an error where nothing could be tried.
pub async fn run(subject: &PeerSubject) -> anyhow::Result<Findings> {
    let checks = chosen(all(), &subject.only, subject.with_ours)?;
    let store = Arc::new(Box::pin(Store::open(subject)).await?);
    let plan = Plan {
        jobs: subject.jobs,
        limit: subject.patience * PATIENCES,
        show_progress: subject.show_progress,
    };
    let started = Instant::now();
    let stage = |_: &Check<Stage>, trace| Stage { store: Arc::clone(&store), trace };
    let found = Box::pin(runner::run(checks, plan, stage, |check| skips(&store, check))).await;
    let name = format!("carrier at {}", subject.url);
    Ok(Findings::new(name, started.elapsed().as_secs_f64(), found))
}

fn skips(store: &Store, check: &Check<Stage>) -> Option<&'static str> {
    check.needs.iter().find_map(|needs| match needs {
        Needs::Shipments => store.lacks_ear(),
        Needs::World => store.lacks_ear().or_else(|| store.lacks_world()),
        Needs::Greeting => store.lacks_ear().or_else(|| store.lacks_greeting()),
        Needs::Secret => store.lacks_secret(),
        Needs::NoLoss | Needs::Speed | Needs::IdleTimeout => Some("it is about a world"),
    })
}

fn all() -> Vec<Check<Stage>> {
    let groups = [
        answers::checks(),
        shaped(),
        counted(),
        signed(),
        batched(),
        created::checks(),
        trucks::checks(),
        delivery::checks(),
        address::checks(),
        status::checks(),
    ];
    groups.into_iter().flatten().collect()
}

fn shaped() -> Vec<Check<Stage>> {
    checks![
        "carrier.shape.not-json" Must ["C-MSG-5", "C-SEC-2"] "A body that is not JSON is refused, and harms nobody." => shapes::not_json;
        "carrier.shape.empty" Must ["C-MSG-5", "C-MSG-6"] "A body with nothing in it is refused." => shapes::empty;
        "carrier.shape.no-object" Must ["C-MSG-5"] "JSON that is no object is refused." => shapes::no_object;
        "carrier.shape.no-payload" Must ["C-MSG-5"] "A payload that is no object is refused." => shapes::no_payload;
        "carrier.shape.wrong-types" Must ["C-MSG-5", "C-MSG-7"] "An id of another type is refused, and harms nobody." => shapes::wrong_types;
        "carrier.shape.unknown-kind" Must ["C-MSG-5"] "A message_type that is not known is refused." => shapes::unknown_kind;
        "carrier.shape.code" Must ["C-MSG-5", "C-ANS-4"] "What is no message is refused with code 1000." => shapes::malformed_code;
        "carrier.shape.huge-numbers" Ours ["C-MSG-7", "C-SEC-2"] "Numbers beyond 64 bits are refused in words." => shapes::huge_numbers;
        "carrier.shape.extra-fields" Ours ["C-MSG-3"] "Fields that nobody knows are passed over." => shapes::extra_fields;
        "carrier.shape.timestamps" Ours ["C-MSG-4"] "A message is taken whatever form of ISO 8601 its time has." => shapes::any_timestamp;
        "carrier.shape.truncated" Ours ["C-SEC-2"] "A body that ends in its middle harms nobody." => shapes::truncated;
        "carrier.shape.vanishing" Ours ["C-SEC-2", "C-RACE-1"] "Who hangs up before the answer harms nobody." => shapes::vanishing;
        "carrier.shape.deep" Ours ["C-SEC-2"] "A body that is nested 100,000 deep is refused in words, and harms nobody." => shapes::deep;
        "carrier.shape.oversized" Ours ["C-HTTP-3", "C-SEC-2"] "A body of 8 MiB is no failure, and harms nobody." => shapes::oversized;
        "carrier.shape.content-type" Ours ["C-HTTP-2"] "Another content type is no failure." => shapes::content_type;
        "carrier.shape.method" Ours ["C-HTTP-1"] "Another method than POST is refused with HTTP 4xx." => shapes::method;
    ]
}

fn counted() -> Vec<Check<Stage>> {
    checks![
        "carrier.number.refused" Ours ["C-NUM-2"] "The answer to a numbered message acks it, where it is refused too." => counting::acked_refusal;
        "carrier.number.again" Ours ["C-NUM-2", "C-NUM-3"] "A number that comes again is acked again." => counting::acked_again;
        "carrier.number.text" Ours ["C-NUM-1", "C-MSG-2"] "A number may be a decimal string." => counting::text_number;
        "carrier.number.none" Ours ["C-NUM-2"] "A message without a number is acked by none." => counting::unnumbered;
    ]
}

fn signed() -> Vec<Check<Stage>> {
    checks![
        "carrier.sign.right" Ours ["C-SIG-1", "C-SIG-4"] "A message that is signed within five minutes is taken." needs Secret => signing::right;
        "carrier.sign.unsigned" Ours ["C-SIG-3"] "An unsigned message is refused with 401 at every entrance." needs Secret => signing::unsigned;
        "carrier.sign.wrong" Ours ["C-SIG-3"] "A signature with another secret, or none at all, is refused with 401." needs Secret => signing::wrong;
        "carrier.sign.missing-header" Ours ["C-SIG-3"] "A message without one of the three headers is refused with 401." needs Secret => signing::missing_header;
        "carrier.sign.other-body" Ours ["C-SIG-1", "C-SIG-3"] "A signature of another body is refused with 401." needs Secret => signing::other_body;
        "carrier.sign.other-id" Ours ["C-SIG-1", "C-SIG-3"] "A signature of another id is refused with 401." needs Secret => signing::other_id;
        "carrier.sign.old" Ours ["C-SIG-4"] "A message signed more than five minutes from now is refused with 401." needs Secret => signing::old;
        "carrier.sign.rotation" Ours ["C-SIG-5"] "Of several signatures one that is right is enough." needs Secret => signing::rotation;
    ]
}

fn batched() -> Vec<Check<Stage>> {
    checks![
        "carrier.batch.order" Ours ["C-BAT-1", "C-BAT-2"] "A batch is answered message by message, in its order, good and bad side by side." => counting::batch_in_order;
        "carrier.batch.none" Ours ["C-BAT-1"] "A batch of none is answered by none." => counting::batch_of_none;
        "carrier.batch.array" Ours ["C-BAT-3"] "What is no array is refused where a batch is due." => counting::batch_is_array;
        "carrier.batch.long" Ours ["C-BAT-4"] "A batch of more than 4,096 messages is refused in words." => counting::batch_too_long;
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conform::choice::assert_well_formed;

    #[test]
    fn each_check_has_a_name_of_its_own_and_a_rule_that_is_a_sentence() {
        assert_well_formed(&all());
        assert!(all().iter().all(|check| check.name.starts_with("carrier.")));
    }
}
