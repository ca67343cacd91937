//! Checks of ShipmentCreated: how a carrier takes a shipment, and takes it once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{
    say::{ANY, Said},
    stage::{Parcel, Stage},
};
use crate::conform::{
    check::{Check, Failure, Verdict, checks, same, that},
    peer::{Heard, counting, say, shapes::Party as _},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "carrier.created.taken" Must ["C-SHIP-1", "C-ANS-1"] "A shipment is taken, and answered by an Acknowledgement with success and code 200." needs World => taken;
        "carrier.created.exists" Must ["C-SHIP-2", "C-RACE-2"] "A shipment that exists is refused with code 1002." needs World => exists;
        "carrier.created.other-terms" Must ["C-SHIP-2"] "A shipment that exists is not changed by another of its id." needs World => other_terms;
        "carrier.created.text-ids" Must ["C-MSG-2"] "Ids and coordinates as decimal strings are taken." needs World => text_ids;
        "carrier.created.account" Must ["C-SHIP-1"] "The account at the carrier may be there, as a text, a number or null." needs World => account;
        "carrier.created.generic" Must ["C-GEN-1"] "The generic entrance takes a shipment." needs World => generic;
        "carrier.created.hangs-up" Must ["C-RACE-1", "C-SHIP-2"] "Who hangs up before the answer and asks again has one shipment." needs World => hangs_up;
        "carrier.created.at-once" Must ["C-SHIP-2"] "Of ten that come at once one is taken, and nine are told that it exists." needs World => at_once;
        "carrier.created.tracking" Ours ["C-SHIP-4"] "The answer has a tracking number." needs World => tracking;
        "carrier.created.again" Ours ["C-SHIP-5", "C-NUM-3"] "The same number of the same sender has the same answer again." needs World => again;
        "carrier.created.other-sender" Ours ["C-SHIP-5", "C-NUM-1"] "The same number of another sender is another message." needs World => other_sender;
        "carrier.created.batch" Ours ["C-BAT-1", "C-BAT-2"] "A batch of shipments is taken, each with its tracking number." needs World => batch;
    ]
}

async fn taken(stage: Stage) -> Verdict {
    let parcel = stage.plan();
    let reply = stage.tell(stage.created(&parcel)).await?;
    reply.expect_envelope("Acknowledgement")?;
    let words = (reply.field("status").clone(), reply.field("code").clone());
    same("status and code", &(json!("success"), json!(200)), &words)?;
    stage.end(&parcel).await
}

async fn exists(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    for _ in 0..2 {
        let (path, message) = stage.created(&parcel);
        stage.post(path, &message).await?.expect_code("the same shipment again", 1002)?;
    }
    stage.end(&parcel).await?;
    let (path, message) = stage.created(&parcel);
    stage.post(path, &message).await?.expect_code("the same shipment after its delivery", 1002)
}

async fn other_terms(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let elsewhere = (parcel.to.0 + 500, parcel.to.1);
    let (path, message) = stage.created(&Parcel { to: elsewhere, ..parcel });
    stage.post(path, &message).await?.expect_code("another shipment of the same id", 1002)?;
    stage.end(&parcel).await
}

/// A shipment as it was asked for is taken and goes its way.
async fn goes(stage: &Stage, change: impl FnOnce(Said) -> Said) -> Verdict {
    let parcel = stage.plan();
    stage.tell(change(stage.created(&parcel))).await?;
    stage.end(&parcel).await
}

async fn text_ids(stage: Stage) -> Verdict {
    goes(&stage, |(path, message)| (path, say::with_text_ids(message))).await
}

async fn account(stage: Stage) -> Verdict {
    for account in [json!("ann"), json!(77), json!(null)] {
        goes(&stage, |(path, message)| (path, say::with(&message, "ups_account", account))).await?;
    }
    Ok(())
}

async fn generic(stage: Stage) -> Verdict {
    goes(&stage, |(_, message)| (ANY, message)).await
}

async fn hangs_up(stage: Stage) -> Verdict {
    let parcel = stage.plan();
    let (path, message) = stage.created(&parcel);
    let message = say::numbered(message, &say::new_sender(), 1);
    stage.caller().post_and_vanish(&stage.trace, path, &message).await?;
    let reply = stage.post(path, &message).await?;
    // One that knows no numbers says that the shipment exists.
    that(reply.is_good() || reply.code() == Some(1002), || {
        Failure::new("success, or code 1002", reply.shown())
    })?;
    stage.end(&parcel).await?;
    delivered_once(&stage, &parcel).await
}

async fn delivered_once(stage: &Stage, parcel: &Parcel) -> Verdict {
    let id = parcel.id;
    let is_ours = |heard: &Heard| heard.is_about("ShipmentDelivered", id);
    let all = stage.desk()?.heard_after(stage.quiet(), is_ours).await;
    same("how often it is said to be delivered", &1, &all.len())
}

async fn at_once(stage: Stage) -> Verdict {
    let parcel = stage.plan();
    let (path, message) = stage.created(&parcel);
    let replies = join_all((0..10).map(|_| stage.post(path, &message))).await;
    let mut taken = 0;
    for reply in replies {
        let reply = reply?;
        if reply.is_good() {
            taken += 1;
        } else {
            reply.expect_code("one of ten that come at once", 1002)?;
        }
    }
    same("how many of ten are taken", &1, &taken)?;
    stage.end(&parcel).await
}

fn tracking_of(reply: &crate::conform::peer::Reply) -> Verdict<String> {
    let number = reply.field("tracking_number").as_str().filter(|number| !number.is_empty());
    number.map(str::to_owned).ok_or_else(|| Failure::new("a tracking_number", reply.shown()))
}

async fn tracking(stage: Stage) -> Verdict {
    let parcel = stage.plan();
    let reply = stage.tell(stage.created(&parcel)).await?;
    tracking_of(&reply)?;
    stage.end(&parcel).await
}

async fn again(stage: Stage) -> Verdict {
    let parcel = stage.plan();
    let (path, message) = stage.created(&parcel);
    let message = say::numbered(message, &say::new_sender(), 5);
    let first = stage.tell((path, message.clone())).await?;
    first.expect_ack("the first answer", 5)?;
    let second = stage.tell((path, message.clone())).await?;
    same("the payload of the answer", &first.body["payload"], &second.body["payload"])?;
    stage.end(&parcel).await?;
    let late = stage.tell((path, message)).await?;
    same("the tracking number after the delivery", &tracking_of(&first)?, &tracking_of(&late)?)
}

async fn other_sender(stage: Stage) -> Verdict {
    let (one, other) = (stage.plan(), stage.plan());
    for parcel in [&one, &other] {
        let (path, message) = stage.created(parcel);
        stage.tell((path, say::numbered(message, &say::new_sender(), 1))).await?;
    }
    let (path, message) = stage.created(&one);
    let reply = stage.post(path, &say::numbered(message, &say::new_sender(), 1)).await?;
    reply.expect_code("the same shipment of another sender", 1002)?;
    stage.end(&one).await?;
    stage.end(&other).await
}

async fn batch(stage: Stage) -> Verdict {
    let parcels = [stage.plan(), stage.plan(), stage.plan()];
    let sender = say::new_sender();
    let numbered = |(parcel, seq): (&Parcel, i64)| -> Value {
        say::numbered(stage.created(parcel).1, &sender, seq)
    };
    let messages: Vec<Value> = parcels.iter().zip(1..).map(numbered).collect();
    let answers = counting::batch(&stage, &messages).await?;
    for (answer, seq) in answers.iter().zip(1..) {
        answer.expect_good(&format!("the answer to message {seq} of the batch"))?;
        answer.expect_ack("it", seq)?;
        tracking_of(answer)?;
    }
    for parcel in &parcels {
        stage.end(parcel).await?;
    }
    Ok(())
}
