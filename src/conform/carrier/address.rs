//! Checks of AddressChange: in time, too late, and in a race with the truck.

use serde_json::json;

use super::{
    say::{ANY, address, loaded},
    stage::{Parcel, Stage},
};
use crate::conform::{
    check::{Check, Failure, Verdict, checks, same, that},
    peer::{say, shapes::Party as _},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "carrier.address.in-time" Must ["C-ADDR-1"] "Before anything is loaded an address is changed." needs World => in_time;
        "carrier.address.again" Must ["C-RACE-2", "C-ADDR-1"] "The same change again is answered well." needs World => again;
        "carrier.address.text-ids" Must ["C-MSG-2"] "A change in decimal strings is taken." needs World => text_ids;
        "carrier.address.generic" Must ["C-GEN-1"] "The generic entrance takes an AddressChange." needs World => generic;
        "carrier.address.late" Must ["C-ADDR-2"] "After the delivery a change is refused." needs World => late;
        "carrier.address.late-code" Ours ["C-ADDR-2", "C-ANS-4"] "A change that comes too late is refused with code 1003." needs World => late_code;
        "carrier.address.place" Ours ["C-ADDR-1", "C-DLV-3"] "What was changed in time is delivered to the new place." needs World => new_place;
        "carrier.address.race" Ours ["C-RACE-7", "C-DLV-3"] "Of a change while the truck is out the answer and the place of the delivery tell the same." needs World => race;
        "carrier.address.back" Ours ["C-ADDR-1", "C-NUM-3"] "A change that comes again after a later one does not undo that." needs World => back;
    ]
}

fn aside((x, y): (i64, i64)) -> (i64, i64) {
    (x + 11, y - 7)
}

async fn in_time(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let reply = stage.tell(address(parcel.id, aside(parcel.to))).await?;
    reply.expect_envelope("Acknowledgement")?;
    stage.end(&parcel).await
}

async fn again(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    for _ in 0..3 {
        stage.tell(address(parcel.id, aside(parcel.to))).await?;
    }
    stage.end(&parcel).await
}

async fn text_ids(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let (path, message) = address(parcel.id, aside(parcel.to));
    stage.tell((path, say::with_text_ids(message))).await?;
    stage.end(&parcel).await
}

async fn generic(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.tell((ANY, address(parcel.id, aside(parcel.to)).1)).await?;
    stage.end(&parcel).await
}

async fn late(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.end(&parcel).await?;
    let (path, message) = address(parcel.id, aside(parcel.to));
    let reply = stage.post(path, &message).await?;
    reply.expect_refusal("a change after the delivery")
}

async fn late_code(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.end(&parcel).await?;
    let (path, message) = address(parcel.id, aside(parcel.to));
    stage.post(path, &message).await?.expect_code("a change after the delivery", 1003)
}

async fn delivered_to(stage: &Stage, parcel: &Parcel, to: (i64, i64)) -> Verdict {
    let heard = stage.hears("ShipmentDelivered", parcel, 1).await?.remove(0);
    let place = (heard.int("destination_x"), heard.int("destination_y"));
    same("where it was delivered", &(Some(to.0), Some(to.1)), &place)
}

async fn new_place(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let to = aside(parcel.to);
    stage.tell(address(parcel.id, to)).await?;
    stage.end(&parcel).await?;
    delivered_to(&stage, &parcel, to).await
}

/// Far enough that the truck is still out when it is asked.
const FAR: i64 = 12_000;

async fn race(stage: Stage) -> Verdict {
    let parcel = Parcel { to: (FAR, -FAR), ..stage.plan() };
    stage.tell(stage.created(&parcel)).await?;
    stage.load(&parcel).await?;
    stage.tell(loaded(parcel.id)).await?;
    let to = aside(parcel.to);
    let (path, message) = address(parcel.id, to);
    let reply = stage.post(path, &message).await?;
    that(reply.is_good() || reply.is_refusal(), || {
        Failure::new("success or a refusal", reply.shown())
    })?;
    delivered_to(&stage, &parcel, if reply.is_good() { to } else { parcel.to }).await
}

async fn back(stage: Stage) -> Verdict {
    let plan = stage.plan();
    let sender = say::new_sender();
    let numbered = |(path, message), seq| (path, say::numbered(message, &sender, seq));
    stage.tell(numbered(stage.created(&plan), 1)).await?;
    let (first, second) = (aside(plan.to), aside(aside(plan.to)));
    stage.tell(numbered(address(plan.id, first), 2)).await?;
    stage.tell(numbered(address(plan.id, second), 3)).await?;
    let late = stage.tell(numbered(address(plan.id, first), 2)).await?;
    late.expect_ack("the answer to what came before", 2)?;
    same("status", &json!("success"), late.field("status"))?;
    stage.end(&plan).await?;
    delivered_to(&stage, &plan, second).await
}
