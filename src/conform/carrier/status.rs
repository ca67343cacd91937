//! Checks of ShipmentStatusRequest: what a carrier says of a shipment, along its way.

use serde_json::Value;

use super::{
    say::{ANY, loaded, status},
    stage::{Parcel, Stage},
};
use crate::conform::{
    check::{Check, Failure, Verdict, checks, same, that},
    peer::{Reply, reply::is_moment, say, shapes::Party as _},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "carrier.status.known" Must ["C-STAT-1"] "A status has the shipment, its tracking number, a word, a truck and two times." needs World => known;
        "carrier.status.text-id" Must ["C-MSG-2", "C-STAT-1"] "A status is asked for by an id as a decimal string as well." needs World => text_id;
        "carrier.status.generic" Must ["C-GEN-1"] "The generic entrance answers a ShipmentStatusRequest." needs World => generic;
        "carrier.status.moves" Must ["C-STAT-1"] "The word of a delivered shipment is another than of a new one." needs World => moves;
        "carrier.status.truck" Ours ["C-STAT-1"] "The status names the truck that has arrived." needs World => truck;
        "carrier.status.delivered" Ours ["C-STAT-1"] "A delivered shipment is remembered, with its truck and the time of its delivery." needs World => delivered;
        "carrier.status.changes-nothing" Ours ["C-STAT-3"] "Asking twenty times at once is answered twenty times, and delays nothing." needs World => harmless;
    ]
}

async fn ask(stage: &Stage, parcel: &Parcel) -> Verdict<Reply> {
    let (path, message) = status(parcel.id);
    let reply = stage.post(path, &message).await?;
    judge(&reply)?;
    Ok(reply)
}

fn judge(reply: &Reply) -> Verdict {
    reply.expect_envelope("ShipmentStatusResponse")?;
    let payload = reply.body["payload"].as_object();
    let is_whole = payload.is_some_and(|payload| {
        let times = ["estimated_delivery", "actual_delivery", "truck_id", "truck_status"];
        let is_text = |name: &str| payload.get(name).is_some_and(Value::is_string);
        is_text("status")
            && is_text("tracking_number")
            && payload.contains_key("shipment_id")
            && times.iter().all(|name| payload.contains_key(*name))
    });
    that(is_whole, || {
        let expected = "shipment_id, tracking_number, status, and estimated_delivery, \
                        actual_delivery, truck_id, truck_status or null";
        Failure::new(expected, reply.shown())
    })
}

async fn known(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let reply = ask(&stage, &parcel).await?;
    let id = reply.field("shipment_id");
    let id = id.as_i64().or_else(|| id.as_str()?.parse().ok());
    same("shipment_id", &Some(parcel.id), &id)?;
    stage.end(&parcel).await
}

async fn text_id(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let (path, message) = status(parcel.id);
    judge(&stage.post(path, &say::with_text_ids(message)).await?)?;
    stage.end(&parcel).await
}

async fn generic(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    judge(&stage.post(ANY, &status(parcel.id).1).await?)?;
    stage.end(&parcel).await
}

async fn moves(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let word = |reply: &Reply| reply.field("status").clone();
    let new = word(&ask(&stage, &parcel).await?);
    stage.end(&parcel).await?;
    let old = ask(&stage, &parcel).await?;
    that(word(&old) != new, || Failure::new(format!("another status than {new}"), old.shown()))
}

async fn truck(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let truck = stage.load(&parcel).await?;
    let reply = ask(&stage, &parcel).await?;
    same("truck_id", &Some(truck), &reply.field("truck_id").as_i64())?;
    that(reply.field("truck_status").is_string(), || {
        Failure::new("a truck_status", reply.shown())
    })?;
    stage.leave(&parcel).await
}

async fn delivered(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let truck = stage.load(&parcel).await?;
    stage.leave(&parcel).await?;
    let reply = ask(&stage, &parcel).await?;
    same("status", &Value::from("delivered"), reply.field("status"))?;
    same("truck_id", &Some(truck), &reply.field("truck_id").as_i64())?;
    that(reply.field("actual_delivery").as_str().is_some_and(is_moment), || {
        Failure::new("actual_delivery in ISO 8601", reply.shown())
    })
}

async fn harmless(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let (path, message) = status(parcel.id);
    let asked = (0..20).map(|_| stage.post(path, &message));
    for reply in futures_util::future::join_all(asked).await {
        judge(&reply?)?;
    }
    stage.load(&parcel).await?;
    stage.tell(loaded(parcel.id)).await?;
    stage.hears("ShipmentDelivered", &parcel, 1).await.map(drop)
}
