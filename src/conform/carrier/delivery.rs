//! Checks of ShipmentLoaded, and of what a carrier tells its store when it has delivered.

use serde_json::json;

use super::{
    say::{ANY, loaded},
    stage::{Parcel, Stage},
};
use crate::conform::{
    check::{Check, Verdict, checks, same},
    peer::{Heard, Manner, say, shapes::Party as _},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "carrier.loaded.delivers" Must ["C-LOAD-1", "C-DLV-1"] "What is loaded is delivered, and the store is told, at the entrance for it." needs World => delivers;
        "carrier.loaded.answer" Must ["C-ANS-1", "C-LOAD-1"] "ShipmentLoaded is answered by an Acknowledgement." needs World => answer;
        "carrier.loaded.again" Must ["C-RACE-2", "C-LOAD-2"] "ShipmentLoaded that comes again is answered well, before the delivery and after." needs World => again;
        "carrier.loaded.once" Must ["C-RACE-2", "C-LOAD-2"] "ShipmentLoaded that comes again delivers once." needs World => delivers_once;
        "carrier.loaded.text-id" Must ["C-MSG-2"] "An id as a decimal string means the same shipment." needs World => text_id;
        "carrier.loaded.generic" Must ["C-GEN-1"] "The generic entrance takes ShipmentLoaded." needs World => generic;
        "carrier.loaded.hangs-up" Must ["C-RACE-1"] "Who hangs up before the answer and says it again has the shipment delivered once." needs World => hangs_up;
        "carrier.loaded.before-answer" Must ["C-RACE-3", "C-RACE-1"] "A store that loads before it has answered the arrival has the shipment delivered." needs World => before_answer;
        "carrier.loaded.number" Ours ["C-NUM-2", "C-NUM-3"] "A numbered ShipmentLoaded is acked, each time it comes." needs World => number;
        "carrier.delivered.lost-answer" Must ["C-NUM-4", "C-RACE-1"] "Where the answer is lost, the delivery is told again." needs World => lost_answer;
        "carrier.delivered.failure" Must ["C-NUM-4", "C-ANS-4"] "A failure of the store's is told again." needs World => failure;
        "carrier.delivered.place" Ours ["C-DLV-3"] "The delivery is told with its place." needs World => place;
        "carrier.status-update.told" Ours ["C-UPD-1"] "A store is told when a shipment is out for delivery." needs World => delivering;
    ]
}

async fn delivers(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.end(&parcel).await?;
    let heard = stage.hears("ShipmentDelivered", &parcel, 1).await?.remove(0);
    same("the path", &"/api/webhooks/shipment-delivered", &heard.path.as_str())?;
    same("the id, a number", &json!(parcel.id), heard.field("shipment_id"))
}

async fn answer(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.load(&parcel).await?;
    stage.tell(loaded(parcel.id)).await?.expect_envelope("Acknowledgement")?;
    stage.leave(&parcel).await
}

async fn again(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.load(&parcel).await?;
    for _ in 0..3 {
        stage.tell(loaded(parcel.id)).await?;
    }
    stage.leave(&parcel).await?;
    stage.tell(loaded(parcel.id)).await.map(drop)
}

async fn said_once(stage: &Stage, parcel: &Parcel) -> Verdict {
    let id = parcel.id;
    let is_ours = |heard: &Heard| heard.is_about("ShipmentDelivered", id);
    let all = stage.desk()?.heard_after(stage.quiet(), is_ours).await;
    same("how often it is said to be delivered", &1, &all.len())
}

async fn delivers_once(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.load(&parcel).await?;
    for _ in 0..3 {
        stage.tell(loaded(parcel.id)).await?;
    }
    stage.leave(&parcel).await?;
    said_once(&stage, &parcel).await
}

async fn text_id(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.load(&parcel).await?;
    let (path, message) = loaded(parcel.id);
    stage.tell((path, say::with_text_ids(message))).await?;
    stage.hears("ShipmentDelivered", &parcel, 1).await.map(drop)
}

async fn generic(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.load(&parcel).await?;
    stage.tell((ANY, loaded(parcel.id).1)).await?;
    stage.hears("ShipmentDelivered", &parcel, 1).await.map(drop)
}

async fn hangs_up(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.load(&parcel).await?;
    let (path, message) = loaded(parcel.id);
    stage.caller().post_and_vanish(&stage.trace, path, &message).await?;
    stage.leave(&parcel).await?;
    said_once(&stage, &parcel).await
}

async fn before_answer(stage: Stage) -> Verdict {
    let parcel = stage.plan();
    let id = parcel.id;
    let is_ours = move |heard: &Heard| heard.is_about("TruckArrived", id);
    stage.desk()?.answer(is_ours, &[Manner::Lost, Manner::Refused(500, 3000)]);
    stage.tell(stage.created(&parcel)).await?;
    stage.end(&parcel).await
}

async fn number(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.load(&parcel).await?;
    let (path, message) = loaded(parcel.id);
    let message = say::numbered(message, &say::new_sender(), 8);
    for _ in 0..2 {
        stage.tell((path, message.clone())).await?.expect_ack("its answer", 8)?;
    }
    stage.hears("ShipmentDelivered", &parcel, 1).await.map(drop)
}

async fn delivered_as(stage: &Stage, manners: &[Manner]) -> Verdict {
    let parcel = stage.plan();
    let id = parcel.id;
    stage.desk()?.answer(move |heard| heard.is_about("ShipmentDelivered", id), manners);
    stage.tell(stage.created(&parcel)).await?;
    stage.end(&parcel).await?;
    stage.hears("ShipmentDelivered", &parcel, manners.len() + 1).await.map(drop)
}

async fn lost_answer(stage: Stage) -> Verdict {
    delivered_as(&stage, &[Manner::Lost, Manner::Lost]).await
}

async fn failure(stage: Stage) -> Verdict {
    delivered_as(&stage, &[Manner::Refused(500, 3000)]).await
}

async fn place(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.end(&parcel).await?;
    let heard = stage.hears("ShipmentDelivered", &parcel, 1).await?.remove(0);
    let place = (heard.int("destination_x"), heard.int("destination_y"));
    same("where to", &(Some(parcel.to.0), Some(parcel.to.1)), &place)
}

async fn delivering(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.end(&parcel).await?;
    let heard = stage.hears("status-update", &parcel, 1).await?.remove(0);
    same("the status", &json!("delivering"), heard.field("status"))
}
