//! Checks of what a store tells its carrier later: ShipmentLoaded and AddressChange.

use serde_json::json;

use super::stage::{Parcel, Stage};
use crate::conform::{
    check::{Check, Failure, Verdict, checks, same, that},
    peer::{Heard, Manner},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "store.loaded.once" Must ["C-LOAD-1", "C-NUM-4"] "A ShipmentLoaded that is answered is not sent again." needs World => once;
        "store.loaded.not-before" Must ["C-LOAD-1"] "Nothing is said to be loaded while no truck is there." needs World => not_before;
        "store.loaded.lost-answer" Must ["C-NUM-4", "C-RACE-1"] "Where the answer is lost, it is said again." needs World => lost_answer;
        "store.loaded.failure" Must ["C-NUM-4", "C-ANS-4"] "A failure of the carrier's is asked again." needs World => failure;
        "store.loaded.same-again" Ours ["C-NUM-1", "C-NUM-4"] "What is sent again has the same number and sender." needs World => same_again;
        "store.address.asked" Must ["C-ADDR-1"] "A change of address brings an AddressChange with the new place." needs Shipments => asked;
        "store.address.refused" Ours ["C-ADDR-2", "C-RACE-7"] "A change that the carrier refuses is told to the buyer, and the old place holds." needs Shipments => refused;
        "store.address.lost-answer" Ours ["C-NUM-4", "C-RACE-1"] "Where the answer to an AddressChange is lost, it is asked again under the same number." needs Shipments => address_again;
    ]
}

/// After a while it still was said once.
pub(super) async fn said_once(stage: &Stage, parcel: &Parcel) -> Verdict {
    let id = parcel.id;
    let is_ours = |heard: &Heard| heard.is_about("ShipmentLoaded", id);
    let all = stage.desk()?.heard_after(stage.quiet(), is_ours).await;
    same("how often it is said to be loaded", &1, &all.len())
}

async fn once(stage: Stage) -> Verdict {
    let _turn = stage.among_others().await;
    let parcel = stage.parcel().await?;
    let truck = stage.truck_arrives(&parcel).await?;
    let heard = stage.loaded(&parcel, 1).await?.remove(0);
    same("the path", &"/api/shipment_loaded", &heard.path.as_str())?;
    said_once(&stage, &parcel).await?;
    stage.bring(&parcel, truck).await
}

async fn not_before(stage: Stage) -> Verdict {
    let _turn = stage.among_others().await;
    let parcel = stage.parcel().await?;
    let id = parcel.id;
    let is_ours = |heard: &Heard| heard.is_about("ShipmentLoaded", id);
    let early = stage.desk()?.heard_after(stage.quiet(), is_ours).await;
    same("ShipmentLoaded without a truck", &0, &early.len())?;
    stage.end(&parcel).await
}

/// Has the store say it so often, and brings the parcel to its door.
async fn again(stage: &Stage, manners: &[Manner]) -> Verdict<Vec<Heard>> {
    let _turn = stage.among_others().await;
    let parcel = stage.parcel().await?;
    let id = parcel.id;
    stage.desk()?.answer(move |heard| heard.is_about("ShipmentLoaded", id), manners);
    let truck = stage.truck_arrives(&parcel).await?;
    let heard = stage.loaded(&parcel, manners.len() + 1).await?;
    stage.bring(&parcel, truck).await?;
    Ok(heard)
}

async fn lost_answer(stage: Stage) -> Verdict {
    again(&stage, &[Manner::Lost, Manner::Lost]).await.map(drop)
}

async fn failure(stage: Stage) -> Verdict {
    again(&stage, &[Manner::Refused(500, 3000)]).await.map(drop)
}

async fn same_again(stage: Stage) -> Verdict {
    let heard = again(&stage, &[Manner::Lost]).await?;
    that(heard[0].seq().is_some(), || {
        Failure::new("a sequence_number", heard[0].whole.to_string())
    })?;
    let sameness = |it: &Heard| (it.seq(), it.whole["sender"].clone());
    same("number and sender", &sameness(&heard[0]), &sameness(&heard[1]))
}

/// A buyer changes the address while nobody fetches the parcel; gives the questions.
async fn redirect(
    stage: &Stage,
    parcel: &Parcel,
    manners: &[Manner],
    times: usize,
) -> Verdict<Vec<Heard>> {
    let id = parcel.id;
    let is_ours = move |heard: &Heard| heard.is_about("AddressChange", id);
    stage.desk()?.answer(is_ours, manners);
    let (x, y) = parcel.order.to;
    // It answers when the carrier has, or that the carrier has not yet, or refuses.
    let _ = stage.shop()?.redirect(&stage.trace, parcel.order, (x + 1, y - 1)).await?;
    let what = "an AddressChange";
    stage.desk()?.wait_for(&stage.trace, stage.patience(), what, times, is_ours).await
}

async fn asked(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let heard = redirect(&stage, &parcel, &[], 1).await?.remove(0);
    same("the path", &"/api/address_change", &heard.path.as_str())?;
    let (x, y) = parcel.order.to;
    let place = ["destination_x", "destination_y"].map(|name| heard.int(name));
    same("the new place", &[Some(x + 1), Some(y - 1)], &place)?;
    stage.end(&parcel).await
}

async fn refused(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    redirect(&stage, &parcel, &[Manner::Refused(400, 1003)], 1).await?;
    let (x, y) = parcel.order.to;
    stage.becomes(parcel.order, "asked_destination", &json!(null)).await?;
    stage.becomes(parcel.order, "destination", &json!({ "x": x, "y": y })).await?;
    let package = stage.shop()?.package(&stage.trace, parcel.order).await?;
    that(package["redirect_refusal"].is_string(), || {
        Failure::new("redirect_refusal has the reason", package.to_string())
    })?;
    stage.end(&parcel).await
}

async fn address_again(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let heard = redirect(&stage, &parcel, &[Manner::Lost], 2).await?;
    let sameness = |it: &Heard| (it.seq(), it.whole["payload"].clone());
    same("number and payload", &sameness(&heard[0]), &sameness(&heard[1]))?;
    stage.end(&parcel).await
}
