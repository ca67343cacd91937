//! Checks of the end of a shipment's way, and of messages that come late, early, in another
//! order, or from somebody who does not wait for the answer.

use serde_json::json;

use super::{
    say::{Said, arrived, delivered, dispatched, flat_delivered, status, tracking},
    stage::{Parcel, Stage},
};
use crate::conform::{
    check::{Check, Verdict, checks, same},
    peer::{Heard, say, shapes::Party as _},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "store.delivered.taken" Must ["C-DLV-1"] "That a shipment is delivered is taken, and answered by an Acknowledgement." needs Shipments => taken;
        "store.delivered.flat" Must ["C-DLV-2"] "The flat form means the same." needs Shipments => flat;
        "store.delivered.by-status" Must ["C-UPD-1"] "A status of delivered means the same." needs Shipments => by_status;
        "store.delivered.again" Must ["C-RACE-2", "C-DLV-1"] "The same again is answered well, in each form." needs Shipments => again;
        "store.delivered.number" Ours ["C-NUM-2", "C-NUM-3"] "A numbered delivery that comes again is acked again." needs Shipments => number;
        "store.delivered.early" Must ["C-RACE-4"] "A delivery that is told before anything was loaded is taken." needs Shipments => early;
        "store.delivered.place" Ours ["C-DLV-3"] "A delivery may say where to." needs Shipments => place;
        "store.delivered.hangs-up" Must ["C-RACE-1"] "Who hangs up before the answer and tells again is answered well." needs Shipments => hangs_up;
        "store.late.taken" Must ["C-RACE-5"] "What comes after the delivery is answered well." needs Shipments => late;
        "store.late.changes-nothing" Must ["C-RACE-5"] "What comes after the delivery loads nothing, and the shipment stays delivered." needs Shipments => changes_nothing;
        "store.late.reordered" Must ["C-RACE-5"] "The way told backwards ends delivered." needs Shipments => reordered;
        "store.late.whole-way" Must ["C-DLV-1", "C-LOAD-1", "C-UPD-1"] "A parcel goes the whole way, step by step." needs World => whole_way;
    ]
}

async fn is_delivered(stage: &Stage, parcel: &Parcel) -> Verdict {
    stage.becomes(parcel.order, "status", &json!("delivered")).await
}

async fn ends_with(stage: &Stage, said: fn(i64) -> Said) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.tell(said(parcel.id)).await?;
    is_delivered(stage, &parcel).await
}

async fn taken(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.tell(delivered(parcel.id)).await?.expect_envelope("Acknowledgement")?;
    is_delivered(&stage, &parcel).await
}

async fn flat(stage: Stage) -> Verdict {
    ends_with(&stage, flat_delivered).await
}

async fn by_status(stage: Stage) -> Verdict {
    ends_with(&stage, |shipment| status(shipment, "delivered")).await
}

async fn again(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    for _ in 0..2 {
        stage.tell(delivered(parcel.id)).await?;
        stage.tell(flat_delivered(parcel.id)).await?;
        stage.tell(status(parcel.id, "delivered")).await?;
    }
    is_delivered(&stage, &parcel).await
}

async fn number(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let (path, message) = delivered(parcel.id);
    let message = say::numbered(message, &say::new_sender(), 12);
    for _ in 0..3 {
        stage.tell((path, message.clone())).await?.expect_ack("its answer", 12)?;
    }
    is_delivered(&stage, &parcel).await
}

async fn early(stage: Stage) -> Verdict {
    ends_with(&stage, delivered).await
}

async fn place(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let (x, y) = parcel.order.to;
    let (path, message) = delivered(parcel.id);
    let message =
        say::with(&say::with(&message, "destination_x", json!(x)), "destination_y", json!(y));
    stage.tell((path, message)).await?;
    is_delivered(&stage, &parcel).await
}

async fn hangs_up(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let said = [dispatched(parcel.id, 3), delivered(parcel.id)];
    for (path, message) in said {
        let message = say::numbered(message, &say::new_sender(), 1);
        stage.caller().post_and_vanish(&stage.trace, path, &message).await?;
        stage.tell((path, message)).await?;
    }
    is_delivered(&stage, &parcel).await
}

fn backwards(parcel: &Parcel) -> [Said; 5] {
    [
        delivered(parcel.id),
        status(parcel.id, "delivering"),
        arrived(parcel.id, 3, parcel.warehouse),
        dispatched(parcel.id, 3),
        tracking(parcel.id, "CONF4"),
    ]
}

async fn late(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    for said in backwards(&parcel) {
        stage.tell(said).await?;
    }
    Ok(())
}

async fn changes_nothing(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.end(&parcel).await?;
    is_delivered(&stage, &parcel).await?;
    for said in backwards(&parcel) {
        stage.tell(said).await?;
    }
    let id = parcel.id;
    let is_ours = |heard: &Heard| heard.is_about("ShipmentLoaded", id);
    let loaded = stage.desk()?.heard_after(stage.quiet(), is_ours).await;
    same("ShipmentLoaded after the delivery", &0, &loaded.len())?;
    is_delivered(&stage, &parcel).await
}

async fn reordered(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    for said in backwards(&parcel) {
        stage.tell(said).await?;
    }
    is_delivered(&stage, &parcel).await
}

async fn whole_way(stage: Stage) -> Verdict {
    let _turn = stage.among_others().await;
    let parcel = stage.parcel().await?;
    stage.tell(tracking(parcel.id, "CONF5")).await?;
    let truck = stage.fetch(&parcel).await?;
    stage.tell(dispatched(parcel.id, truck)).await?;
    stage.tell(arrived(parcel.id, truck, parcel.warehouse)).await?;
    stage.loaded(&parcel, 1).await?;
    stage.tell(status(parcel.id, "delivering")).await?;
    stage.becomes(parcel.order, "status", &json!("delivering")).await?;
    stage.bring(&parcel, truck).await?;
    is_delivered(&stage, &parcel).await
}
