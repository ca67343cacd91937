//! Checks of `/api/world/event`, the entrance for a helper process of the store's.

use serde_json::json;

use super::{say::world_event, stage::Stage};
use crate::conform::{
    check::{Check, Verdict, checks},
    peer::{say, shapes::Party as _},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "store.event.missing" Must ["C-EVT-1", "C-MSG-6"] "An event without its kind or its data is answered with 400 and success false." => missing;
        "store.event.unknown" Must ["C-EVT-1"] "An event of a kind that nobody knows, or of an unknown shipment, has success false." => unknown;
        "store.event.acks" Must ["C-EVT-1", "C-NUM-1"] "The answer to an event acks its seqnum." => acks;
        "store.event.ready" Must ["C-EVT-1"] "An event about a shipment that there is is taken, and again." needs Shipments => ready;
        "store.event.arrival" Ours ["C-EVT-2"] "An arrival of goods is taken." => arrival;
    ]
}

async fn missing(stage: Stage) -> Verdict {
    let (path, message) = world_event("package_ready", json!({ "shipment_id": stage.new_id() }));
    for field in ["event_type", "event_data"] {
        let reply = stage.post(path, &say::without(&message, field)).await?;
        reply.expect_status(&format!("an event without {field}"), 400)?;
        reply.expect_flat(false)?;
    }
    Ok(())
}

async fn unknown(stage: Stage) -> Verdict {
    let data = json!({ "shipment_id": stage.new_id(), "truck_id": 1 });
    for kind in ["package_ready", "package_loaded", "package_lost"] {
        let (path, message) = world_event(kind, data.clone());
        stage.post(path, &message).await?.expect_refusal(&format!("{kind} of a stray shipment"))?;
    }
    Ok(())
}

async fn acks(stage: Stage) -> Verdict {
    let (path, mut message) =
        world_event("package_ready", json!({ "shipment_id": stage.new_id() }));
    message["seqnum"] = json!(5);
    stage.post(path, &message).await?.expect_ack("the answer to seqnum 5", 5)
}

async fn ready(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    for _ in 0..2 {
        stage.tell(world_event("package_ready", json!({ "shipment_id": parcel.id }))).await?;
    }
    stage.end(&parcel).await
}

async fn arrival(stage: Stage) -> Verdict {
    let data = json!({
        "warehouse_id": 1, "product_id": 1, "description": "tea", "quantity": 1,
    });
    stage.tell(world_event("product_arrived", data)).await.map(drop)
}
