//! Checks of what a store does when it hears of trucks, of tracking numbers and of ways.
//!
//! What it says when something is loaded is in `loading`.

use serde_json::json;

use super::{
    say::{arrived, dispatched, flat_arrived, status, tracking},
    stage::Stage,
};
use crate::conform::{
    check::{Check, Verdict, checks},
    peer::{counting, say},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "store.dispatched.taken" Must ["C-DISP-1", "C-ANS-1"] "That a truck is on its way is taken, and answered by an Acknowledgement." needs Shipments => dispatched_taken;
        "store.dispatched.again" Must ["C-DISP-1", "C-RACE-2"] "The same again is answered well." needs Shipments => dispatched_again;
        "store.dispatched.text-ids" Must ["C-MSG-2"] "Ids as decimal strings mean the same shipment." needs Shipments => dispatched_text;
        "store.dispatched.number" Ours ["C-NUM-2", "C-NUM-3"] "A numbered message is acked, each time it comes." needs Shipments => dispatched_number;
        "store.dispatched.shown" Ours ["C-DISP-1"] "The store's buyer is told which truck comes." needs Shipments => dispatched_shown;
        "store.tracking.taken" Must ["C-TRK-1"] "A tracking number is taken." needs Shipments => tracking_taken;
        "store.tracking.shown" Ours ["C-TRK-1"] "The store's buyer is told the tracking number." needs Shipments => tracking_shown;
        "store.status.taken" Must ["C-UPD-1"] "That a shipment is out for delivery is taken, whatever case the word has." needs Shipments => status_taken;
        "store.arrived.loads" Must ["C-ARR-1", "C-LOAD-1"] "Where the truck is there, the package is loaded, and the carrier is told." needs World => loads;
        "store.arrived.early" Must ["C-RACE-3", "C-ARR-1"] "A truck that is there before the package is packed is loaded all the same." needs World => early;
        "store.arrived.again" Must ["C-RACE-2", "C-ARR-1"] "An arrival that comes twice loads once." needs World => arrived_again;
        "store.arrived.text-ids" Must ["C-MSG-2"] "An arrival with ids as decimal strings loads, too." needs World => arrived_text;
        "store.arrived.undispatched" Must ["C-RACE-5"] "A truck that arrives without having been dispatched is loaded." needs World => loads;
        "store.arrived.flat" Must ["C-ARR-2"] "A flat arrival loads what is packed at that warehouse." needs World => flat;
        "store.arrived.flat-waits" Ours ["C-ARR-2", "C-RACE-3"] "A flat arrival at a warehouse where nothing is packed is answered well." needs World => flat_waits;
        "store.arrived.flat-gone" Ours ["C-ARR-2", "C-RACE-8"] "A truck that was announced to a whole warehouse and has left keeps no later parcel from being loaded." needs World => flat_gone;
        "store.arrived.batch" Ours ["C-BAT-2", "C-ARR-1"] "Dispatch, tracking number and arrival in one batch do what they do alone." needs World => in_batch;
    ]
}

const TRUCK: i32 = 7;
/// That no world has.
const NO_TRUCK: i32 = i32::MAX;

async fn dispatched_taken(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let reply = stage.tell(dispatched(parcel.id, TRUCK)).await?;
    reply.expect_envelope("Acknowledgement")?;
    stage.end(&parcel).await
}

async fn dispatched_again(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    for _ in 0..3 {
        stage.tell(dispatched(parcel.id, TRUCK)).await?;
    }
    stage.end(&parcel).await
}

async fn dispatched_text(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let (path, message) = dispatched(parcel.id, TRUCK);
    stage.tell((path, say::with_text_ids(message))).await?;
    stage.end(&parcel).await
}

async fn dispatched_number(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let (path, message) = dispatched(parcel.id, TRUCK);
    let message = say::numbered(message, &say::new_sender(), 1);
    for _ in 0..2 {
        stage.tell((path, message.clone())).await?.expect_ack("its answer", 1)?;
    }
    stage.end(&parcel).await
}

async fn dispatched_shown(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.tell(dispatched(parcel.id, TRUCK)).await?;
    stage.becomes(parcel.order, "truck_id", &json!(TRUCK)).await?;
    stage.end(&parcel).await
}

async fn tracking_taken(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    for _ in 0..2 {
        stage.tell(tracking(parcel.id, "CONF1")).await?;
    }
    stage.end(&parcel).await
}

async fn tracking_shown(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.tell(tracking(parcel.id, "CONF2")).await?;
    stage.becomes(parcel.order, "tracking_number", &json!("CONF2")).await?;
    stage.end(&parcel).await
}

async fn status_taken(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    for word in ["delivering", "DELIVERING", "Delivered"] {
        stage.tell(status(parcel.id, word)).await?;
    }
    Ok(())
}

async fn loads(stage: Stage) -> Verdict {
    let _turn = stage.among_others().await;
    let parcel = stage.parcel().await?;
    let truck = stage.truck_arrives(&parcel).await?;
    stage.loaded(&parcel, 1).await?;
    stage.bring(&parcel, truck).await
}

/// A truck waits where the next parcel will be packed, as far as one can know.
async fn early(stage: Stage) -> Verdict {
    let _turn = stage.among_others().await;
    let before = stage.parcel().await?;
    stage.end(&before).await?;
    let truck = stage.fetch(&before).await?;
    let parcel = stage.parcel().await?;
    stage.tell(arrived(parcel.id, truck, parcel.warehouse)).await?;
    if parcel.warehouse != before.warehouse {
        let other = stage.truck_arrives(&parcel).await?;
        stage.loaded(&parcel, 1).await?;
        return stage.bring(&parcel, other).await;
    }
    stage.loaded(&parcel, 1).await?;
    stage.bring(&parcel, truck).await
}

async fn arrived_again(stage: Stage) -> Verdict {
    let _turn = stage.among_others().await;
    let parcel = stage.parcel().await?;
    let truck = stage.fetch(&parcel).await?;
    for _ in 0..3 {
        stage.tell(arrived(parcel.id, truck, parcel.warehouse)).await?;
    }
    stage.loaded(&parcel, 1).await?;
    stage.tell(arrived(parcel.id, truck, parcel.warehouse)).await?;
    super::loading::said_once(&stage, &parcel).await?;
    stage.bring(&parcel, truck).await
}

async fn arrived_text(stage: Stage) -> Verdict {
    let _turn = stage.among_others().await;
    let parcel = stage.parcel().await?;
    let truck = stage.fetch(&parcel).await?;
    let (path, message) = arrived(parcel.id, truck, parcel.warehouse);
    stage.tell((path, say::with_text_ids(message))).await?;
    stage.loaded(&parcel, 1).await?;
    stage.bring(&parcel, truck).await
}

async fn flat(stage: Stage) -> Verdict {
    let _turn = stage.alone().await;
    let parcel = stage.parcel().await?;
    let truck = stage.fetch(&parcel).await?;
    // It is for what is packed by then, so it is said until the package is.
    let deadline = tokio::time::Instant::now() + stage.patience();
    loop {
        stage.tell(flat_arrived(truck, parcel.warehouse)).await?;
        let heard = stage.desk()?.heard_after(stage.patience() / 40, |heard| {
            heard.is_about("ShipmentLoaded", parcel.id)
        });
        if !heard.await.is_empty() || tokio::time::Instant::now() >= deadline {
            break;
        }
    }
    stage.loaded(&parcel, 1).await?;
    stage.bring(&parcel, truck).await
}

async fn flat_waits(stage: Stage) -> Verdict {
    let _turn = stage.alone().await;
    let parcel = stage.parcel().await?;
    stage.end(&parcel).await?;
    let reply = stage.tell(flat_arrived(NO_TRUCK, parcel.warehouse)).await?;
    reply.expect_flat(true)
}

/// The store must not wait for a truck that has left, or was never there.
async fn flat_gone(stage: Stage) -> Verdict {
    let _turn = stage.alone().await;
    let before = stage.parcel().await?;
    stage.end(&before).await?;
    stage.tell(flat_arrived(NO_TRUCK, before.warehouse)).await?;
    let parcel = stage.parcel().await?;
    let truck = stage.truck_arrives(&parcel).await?;
    stage.loaded(&parcel, 1).await?;
    stage.bring(&parcel, truck).await
}

async fn in_batch(stage: Stage) -> Verdict {
    let _turn = stage.among_others().await;
    let parcel = stage.parcel().await?;
    let truck = stage.fetch(&parcel).await?;
    let sender = say::new_sender();
    let number =
        say::envelope("Tracking", json!({ "shipment_id": parcel.id, "tracking_id": "CONF3" }));
    let messages = [
        say::numbered(dispatched(parcel.id, truck).1, &sender, 1),
        say::numbered(number, &sender, 2),
        say::numbered(arrived(parcel.id, truck, parcel.warehouse).1, &sender, 3),
    ];
    let answers = counting::batch(&stage, &messages).await?;
    for (answer, seq) in answers.iter().zip(1..) {
        answer.expect_good(&format!("the answer to message {seq} of the batch"))?;
        answer.expect_ack("it", seq)?;
    }
    stage.loaded(&parcel, 1).await?;
    stage.bring(&parcel, truck).await
}
