//! Checks of what a carrier tells its store of trucks and numbers, and what it does where the
//! answer is lost or is a refusal.

use serde_json::json;

use super::stage::Stage;
use crate::conform::{
    check::{Check, Failure, Verdict, checks, same, that},
    peer::{Heard, Manner, reply::is_moment},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "carrier.world.told" Must ["C-WID-1"] "A carrier says which world it is in, as a number." needs Greeting => world_told;
        "carrier.truck.dispatched" Must ["C-DISP-1", "C-MSG-1"] "A store is told which truck is on its way, at the entrance for it." needs World => dispatched;
        "carrier.truck.arrived" Must ["C-ARR-1", "C-MSG-2"] "A store is told which truck has arrived where and for which shipment, in numbers." needs World => arrived;
        "carrier.truck.is-there" Must ["C-ARR-1"] "A truck that is said to be there can be loaded." needs World => is_there;
        "carrier.truck.once" Must ["C-NUM-4"] "An arrival that is answered is not told again." needs World => once;
        "carrier.truck.lost-answer" Must ["C-NUM-4", "C-RACE-1"] "Where the answer is lost, the arrival is told again." needs World => lost_answer;
        "carrier.truck.failure" Must ["C-NUM-4", "C-ANS-4"] "A failure of the store's (HTTP 500, code 3000) is told again." needs World => failure;
        "carrier.truck.unknown-yet" Ours ["C-RACE-6"] "A store that does not know the shipment yet is told again." needs World => unknown_yet;
        "carrier.truck.same-again" Ours ["C-NUM-1", "C-NUM-4"] "What is told again has the same number, sender and payload." needs World => same_again;
        "carrier.truck.signed" Ours ["C-SIG-1", "C-SIG-2"] "What a carrier posts is signed, and under the same id when it is sent again." needs World, Secret => signed;
        "carrier.tracking.told" Ours ["C-TRK-1", "C-SHIP-4"] "A store is told the tracking number, the same as in the answer." needs World => tracking;
    ]
}

async fn world_told(stage: Stage) -> Verdict {
    let is_world = |heard: &Heard| heard.path == "/set_worldid";
    let heard = stage.desk()?.heard(is_world);
    that(heard.iter().all(|it| it.whole["worldid"].is_i64()) && !heard.is_empty(), || {
        let shown: Vec<_> = heard.iter().map(|it| it.whole.to_string()).collect();
        Failure::new("worldid, a number", shown.join(", "))
    })
}

async fn dispatched(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let heard = stage.hears("TruckDispatched", &parcel, 1).await?.remove(0);
    same("the path", &"/api/webhooks/truck-dispatched", &heard.path.as_str())?;
    let is_whole = heard.whole["timestamp"].as_str().is_some_and(is_moment)
        && heard.field("truck_id").is_i64()
        && heard.field("shipment_id").is_i64();
    that(is_whole, || {
        Failure::new("a timestamp, truck_id and shipment_id as numbers", heard.whole.to_string())
    })?;
    stage.end(&parcel).await
}

async fn arrived(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let heard = stage.hears("TruckArrived", &parcel, 1).await?.remove(0);
    same("the path", &"/api/webhooks/truck-arrived", &heard.path.as_str())?;
    let (_, message) = stage.created(&parcel);
    same("the warehouse", &message["payload"]["warehouse_id"], heard.field("warehouse_id"))?;
    that(heard.field("truck_id").is_i64() && heard.field("shipment_id").is_i64(), || {
        Failure::new("truck_id and shipment_id as numbers", heard.whole.to_string())
    })?;
    stage.end(&parcel).await
}

async fn is_there(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.end(&parcel).await?;
    same(
        "the world's word for the package",
        &"delivered".to_owned(),
        &stage.world_says(&parcel).await?,
    )
}

async fn once(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    stage.hears("TruckArrived", &parcel, 1).await?;
    let id = parcel.id;
    let is_ours = |heard: &Heard| heard.is_about("TruckArrived", id);
    let all = stage.desk()?.heard_after(stage.quiet(), is_ours).await;
    same("how often the arrival is told", &1, &all.len())?;
    stage.end(&parcel).await
}

/// Has an arrival told again and again, and the parcel delivered; gives what was heard.
async fn again(stage: &Stage, manners: &[Manner]) -> Verdict<Vec<Heard>> {
    let parcel = stage.plan();
    let id = parcel.id;
    stage.desk()?.answer(move |heard| heard.is_about("TruckArrived", id), manners);
    stage.tell(stage.created(&parcel)).await?;
    let heard = stage.hears("TruckArrived", &parcel, manners.len() + 1).await?;
    stage.end(&parcel).await?;
    Ok(heard)
}

async fn lost_answer(stage: Stage) -> Verdict {
    again(&stage, &[Manner::Lost, Manner::Lost]).await.map(drop)
}

async fn failure(stage: Stage) -> Verdict {
    again(&stage, &[Manner::Refused(500, 3000), Manner::Refused(503, 3000)]).await.map(drop)
}

async fn unknown_yet(stage: Stage) -> Verdict {
    again(&stage, &[Manner::Refused(400, 2000), Manner::Refused(500, 2000)]).await.map(drop)
}

async fn same_again(stage: Stage) -> Verdict {
    let heard = again(&stage, &[Manner::Lost]).await?;
    that(heard[0].seq().is_some(), || {
        Failure::new("a sequence_number", heard[0].whole.to_string())
    })?;
    let sameness = |it: &Heard| (it.seq(), it.whole["sender"].clone(), it.whole["payload"].clone());
    same("number, sender and payload", &sameness(&heard[0]), &sameness(&heard[1]))
}

async fn signed(stage: Stage) -> Verdict {
    let heard = again(&stage, &[Manner::Lost]).await?;
    for it in &heard {
        that(it.is_signed, || Failure::new("a right signature", it.whole.to_string()))?;
    }
    same("webhook-id of the repeat", &heard[0].id, &heard[1].id)
}

async fn tracking(stage: Stage) -> Verdict {
    let parcel = stage.plan();
    let reply = stage.tell(stage.created(&parcel)).await?;
    let heard = stage.hears("tracking", &parcel, 1).await?.remove(0);
    same("the tracking number", reply.field("tracking_number"), heard.field("tracking_id"))?;
    that(*heard.field("tracking_id") != json!(null), || {
        Failure::new("a tracking_id", heard.whole.to_string())
    })?;
    stage.end(&parcel).await
}
