//! Checks of what a carrier answers about shipments that it does not know, and to messages in
//! which something is missing.

use serde_json::json;

use super::{
    say::{ANY, Said, address, created, loaded, status},
    stage::Stage,
};
use crate::conform::{
    check::{Check, Failure, Verdict, checks, that},
    peer::{say, shapes::Party as _},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "carrier.answer.unknown" Must ["C-ANS-2", "C-LOAD-2", "C-STAT-2", "C-ADDR-3"] "A message about an unknown shipment is refused." => unknown;
        "carrier.answer.unknown-code" Must ["C-ANS-4"] "An unknown shipment is refused with code 2000." => unknown_code;
        "carrier.answer.envelope" Must ["C-ANS-2"] "A refusal is an Error with status fail, a code and words." => envelope;
        "carrier.answer.missing" Must ["C-MSG-6"] "A message without one of its fields is refused." => missing;
        "carrier.answer.missing-code" Ours ["C-MSG-6", "C-ANS-4"] "A missing field is refused with code 1001, and null is missing." => missing_code;
        "carrier.answer.text-ids" Must ["C-MSG-2"] "Ids and coordinates as decimal strings are understood." => text_ids;
        "carrier.answer.other-kind" Must ["C-MSG-5"] "A message is refused with code 1000 at the entrance for another." => other_kind;
        "carrier.answer.generic" Must ["C-GEN-1"] "The generic entrance answers each message as its own entrance does." => generic;
        "carrier.answer.generic-unknown" Must ["C-GEN-1", "C-MSG-5"] "The generic entrance refuses a message_type that is not known with code 1000." => generic_unknown;
        "carrier.answer.for-a-store" Ours ["C-MSG-5"] "What is for a store is refused by a carrier." => for_a_store;
        "carrier.answer.slash" Ours ["C-HTTP-2"] "An entrance has a slash at its end as well." => slash;
        "carrier.answer.early-loaded" Must ["C-LOAD-2", "C-RACE-5"] "A shipment that was loaded before it was created is unknown, and creates none." => early;
    ]
}

/// One of each about a shipment that there is not.
fn about(shipment: i64) -> [Said; 3] {
    [loaded(shipment), status(shipment), address(shipment, (1, 2))]
}

async fn unknown(stage: Stage) -> Verdict {
    for (path, message) in about(stage.new_id()) {
        let reply = stage.post(path, &message).await?;
        reply.expect_refusal(&format!("{path} about an unknown shipment"))?;
    }
    Ok(())
}

async fn unknown_code(stage: Stage) -> Verdict {
    for (path, message) in about(stage.new_id()) {
        let reply = stage.post(path, &message).await?;
        reply.expect_code(&format!("{path} about an unknown shipment"), 2000)?;
    }
    Ok(())
}

async fn envelope(stage: Stage) -> Verdict {
    for (path, message) in about(stage.new_id()) {
        let reply = stage.post(path, &message).await?;
        reply.expect_envelope("Error")?;
        let is_whole = reply.field("status") == "fail"
            && reply.code().is_some()
            && reply.field("message").is_string();
        that(is_whole, || Failure::new("status fail, a code, a message", reply.shown()))?;
    }
    Ok(())
}

const FIELDS: [&str; 8] = [
    "message_type",
    "payload",
    "shipment_id",
    "email",
    "user_id",
    "warehouse_id",
    "destination_x",
    "destination_y",
];

/// Each message without each of its fields.
fn in_part(stage: &Stage) -> Vec<(&'static str, &'static str, serde_json::Value)> {
    let whole = about(stage.new_id()).into_iter().chain([created(stage.new_id(), 1, (1, 2))]);
    let parts = whole.flat_map(|(path, message)| {
        FIELDS.map(|field| (path, field, say::without(&message, field), message.clone()))
    });
    let parts = parts.filter(|(_, _, part, whole)| part != whole);
    parts.map(|(path, field, part, _)| (path, field, part)).collect()
}

async fn missing(stage: Stage) -> Verdict {
    for (path, field, part) in in_part(&stage) {
        let reply = stage.post(path, &part).await?;
        reply.expect_refusal(&format!("{path} without {field}"))?;
    }
    Ok(())
}

async fn missing_code(stage: Stage) -> Verdict {
    for (path, field, part) in in_part(&stage) {
        let reply = stage.post(path, &part).await?;
        reply.expect_code(&format!("{path} without {field}"), 1001)?;
    }
    for (path, message) in about(stage.new_id()) {
        let null = say::with(&message, "shipment_id", json!(null));
        stage.post(path, &null).await?.expect_code(&format!("{path} with a null"), 1001)?;
    }
    Ok(())
}

async fn text_ids(stage: Stage) -> Verdict {
    for (path, message) in about(stage.new_id()) {
        let reply = stage.post(path, &say::with_text_ids(message)).await?;
        reply.expect_code(&format!("{path} with ids as strings"), 2000)?;
    }
    Ok(())
}

async fn other_kind(stage: Stage) -> Verdict {
    let (path, _) = loaded(1);
    for (_, message) in [status(stage.new_id()), address(stage.new_id(), (1, 2))] {
        let reply = stage.post(path, &message).await?;
        reply.expect_code("another message at the entrance for ShipmentLoaded", 1000)?;
    }
    Ok(())
}

async fn generic(stage: Stage) -> Verdict {
    for (path, message) in about(stage.new_id()) {
        let reply = stage.post(ANY, &message).await?;
        reply.expect_code(&format!("what is for {path}, at the generic entrance"), 2000)?;
    }
    Ok(())
}

async fn generic_unknown(stage: Stage) -> Verdict {
    let message = say::envelope("ShipmentLost", json!({ "shipment_id": stage.new_id() }));
    stage.post(ANY, &message).await?.expect_code("a ShipmentLost", 1000)
}

async fn for_a_store(stage: Stage) -> Verdict {
    let message = say::envelope("ShipmentDelivered", json!({ "shipment_id": stage.new_id() }));
    stage.post(ANY, &message).await?.expect_code("a ShipmentDelivered", 1000)
}

async fn slash(stage: Stage) -> Verdict {
    for (path, message) in about(stage.new_id()) {
        let reply = stage.post(&format!("{path}/"), &message).await?;
        reply.expect_code(&format!("{path}/ about an unknown shipment"), 2000)?;
    }
    Ok(())
}

async fn early(stage: Stage) -> Verdict {
    let shipment = stage.new_id();
    for (path, message) in [loaded(shipment), address(shipment, (1, 2)), status(shipment)] {
        stage.post(path, &message).await?.expect_code("a shipment nobody asked for", 2000)?;
    }
    Ok(())
}
