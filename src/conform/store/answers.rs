//! Checks of what a store answers about shipments that it does not know, and to messages in
//! which something is missing.

use serde_json::json;

use super::{
    say::{
        Said, arrived, asked, delivered, dispatched, flat_arrived, flat_delivered, status, tracking,
    },
    stage::Stage,
};
use crate::conform::{
    check::{Check, Failure, Verdict, checks, same, that},
    peer::{say, shapes::Party as _},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "store.answer.unknown" Must ["C-ANS-2", "C-DISP-2"] "A message in an envelope about an unknown shipment is refused." => unknown;
        "store.answer.unknown-flat" Must ["C-ANS-3"] "A flat message about an unknown shipment has success false." => unknown_flat;
        "store.answer.unknown-code" Ours ["C-ANS-4"] "An unknown shipment is refused with code 2000." => unknown_code;
        "store.answer.envelope" Must ["C-ANS-2"] "A refusal at an entrance for envelopes is an Error with status fail, a code and words." => envelope;
        "store.answer.flat" Ours ["C-ANS-3"] "An answer at a flat entrance has success, a message, and acks." => flat;
        "store.answer.acks" Must ["C-ANS-3", "C-NUM-1"] "The acks of a flat answer are the seqnum of the message, where it had one." => flat_acks;
        "store.answer.missing" Must ["C-MSG-6"] "A message in an envelope without one of its fields is refused." => missing;
        "store.answer.missing-flat" Must ["C-MSG-6", "C-ANS-3"] "A flat message without one of its fields is answered with 400, success false, and words." => missing_flat;
        "store.answer.missing-code" Ours ["C-MSG-6", "C-ANS-4"] "A missing field is refused with code 1001, and null is missing." => missing_code;
        "store.answer.text-ids" Must ["C-MSG-2"] "Ids as decimal strings are understood." => text_ids;
        "store.answer.other-kind" Must ["C-MSG-5"] "A message is refused at the entrance for another." => other_kind;
        "store.answer.status-word" Ours ["C-UPD-1"] "A status that is neither delivering nor delivered is refused." => status_word;
        "store.answer.slash" Ours ["C-HTTP-2"] "An entrance has a slash at its end as well." => slash;
        "store.answer.flat-in-envelope" Ours ["C-MSG-8"] "An envelope is understood at a flat entrance." => flat_in_envelope;
    ]
}

/// One of each that has an envelope.
fn enveloped(shipment: i64) -> [Said; 4] {
    [dispatched(shipment, 1), arrived(shipment, 1, 1), delivered(shipment), asked(shipment)]
}

fn flat_ones(shipment: i64) -> [Said; 3] {
    [flat_delivered(shipment), tracking(shipment, "T1"), status(shipment, "delivering")]
}

async fn unknown(stage: Stage) -> Verdict {
    for (path, message) in enveloped(stage.new_id()) {
        let reply = stage.post(path, &message).await?;
        reply.expect_refusal(&format!("{path} about an unknown shipment"))?;
    }
    Ok(())
}

async fn unknown_flat(stage: Stage) -> Verdict {
    for (path, message) in flat_ones(stage.new_id()) {
        let reply = stage.post(path, &message).await?;
        that(reply.body["success"] == false, || {
            Failure::new(format!("{path}: success false"), reply.shown())
        })?;
    }
    Ok(())
}

async fn unknown_code(stage: Stage) -> Verdict {
    for (path, message) in enveloped(stage.new_id()).into_iter().chain(flat_ones(stage.new_id())) {
        let reply = stage.post(path, &message).await?;
        reply.expect_code(&format!("{path} about an unknown shipment"), 2000)?;
    }
    Ok(())
}

async fn envelope(stage: Stage) -> Verdict {
    for (path, message) in enveloped(stage.new_id()) {
        let reply = stage.post(path, &message).await?;
        reply.expect_envelope("Error")?;
        let is_whole = reply.field("status") == "fail"
            && reply.code().is_some()
            && reply.field("message").is_string();
        that(is_whole, || Failure::new("status fail, a code, a message", reply.shown()))?;
    }
    Ok(())
}

async fn flat(stage: Stage) -> Verdict {
    for (path, message) in flat_ones(stage.new_id()) {
        stage.post(path, &message).await?.expect_flat(false)?;
        stage.post(path, &json!({})).await?.expect_flat(false)?;
    }
    Ok(())
}

async fn flat_acks(stage: Stage) -> Verdict {
    for (path, mut message) in flat_ones(stage.new_id()) {
        message["seqnum"] = json!(41);
        let reply = stage.post(path, &message).await?;
        reply.expect_ack(&format!("the answer of {path} to seqnum 41"), 41)?;
        message["seqnum"] = json!(null);
        let reply = stage.post(path, &message).await?;
        same("acks of a message without a number", &Vec::new(), &reply.acks())?;
    }
    Ok(())
}

const FIELDS: [&str; 5] = ["message_type", "payload", "truck_id", "warehouse_id", "shipment_id"];

async fn missing(stage: Stage) -> Verdict {
    for (path, message) in enveloped(stage.new_id()) {
        for field in FIELDS {
            let part = say::without(&message, field);
            if part != message {
                let reply = stage.post(path, &part).await?;
                reply.expect_refusal(&format!("{path} without {field}"))?;
            }
        }
    }
    Ok(())
}

async fn missing_flat(stage: Stage) -> Verdict {
    let others = [flat_arrived(1, 1), ("/set_worldid", json!({ "worldid": 1 }))];
    for (path, message) in flat_ones(stage.new_id()).into_iter().chain(others) {
        for field in ["truck_id", "warehouse_id", "shipment_id", "tracking_id", "status", "worldid"]
        {
            let part = say::without(&message, field);
            if part == message {
                continue;
            }
            let reply = stage.post(path, &part).await?;
            let what = format!("{path} without {field}");
            reply.expect_status(&what, 400)?;
            reply.expect_flat(false)?;
        }
    }
    Ok(())
}

async fn missing_code(stage: Stage) -> Verdict {
    let all = enveloped(stage.new_id()).into_iter().chain(flat_ones(stage.new_id()));
    for (path, message) in all {
        let part = say::without(&message, "shipment_id");
        stage.post(path, &part).await?.expect_code(&format!("{path} without an id"), 1001)?;
        let null = say::with(&message, "shipment_id", json!(null));
        stage.post(path, &null).await?.expect_code(&format!("{path} with a null"), 1001)?;
    }
    Ok(())
}

async fn text_ids(stage: Stage) -> Verdict {
    let all = enveloped(stage.new_id()).into_iter().chain(flat_ones(stage.new_id()));
    for (path, message) in all {
        let expected = stage.post(path, &message).await?;
        let reply = stage.post(path, &say::with_text_ids(message)).await?;
        let told = |reply: &crate::conform::peer::Reply| (reply.status, reply.code());
        same(&format!("status and code of {path}"), &told(&expected), &told(&reply))?;
    }
    Ok(())
}

async fn other_kind(stage: Stage) -> Verdict {
    let (path, _) = dispatched(1, 1);
    for (_, message) in [arrived(stage.new_id(), 1, 1), delivered(stage.new_id())] {
        let reply = stage.post(path, &message).await?;
        reply.expect_refusal("another message at the entrance for TruckDispatched")?;
    }
    Ok(())
}

async fn status_word(stage: Stage) -> Verdict {
    let (path, message) = status(stage.new_id(), "lost");
    stage.post(path, &message).await?.expect_code("a status of lost", 1000)
}

async fn slash(stage: Stage) -> Verdict {
    let all = enveloped(stage.new_id()).into_iter().chain(flat_ones(stage.new_id()));
    for (path, message) in all {
        let reply = stage.post(&format!("{path}/"), &message).await?;
        reply.expect_code(&format!("{path}/ about an unknown shipment"), 2000)?;
    }
    Ok(())
}

async fn flat_in_envelope(stage: Stage) -> Verdict {
    for (path, payload) in flat_ones(stage.new_id()) {
        let reply = stage.post(path, &say::envelope("Whatever", payload)).await?;
        reply.expect_code(&format!("{path} with an envelope"), 2000)?;
    }
    Ok(())
}
