//! Checks of shipment-detail-request: what is inside a shipment that the store has.

use serde_json::{Value, json};

use super::{
    say::asked,
    stage::{Parcel, Stage},
};
use crate::conform::{
    check::{Check, Failure, Verdict, checks, same, that},
    peer::{Reply, say, shapes::Party as _},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "store.details.known" Must ["C-DET-1"] "A shipment's details are its warehouse, its destination and its items." needs Shipments => known;
        "store.details.text-id" Must ["C-MSG-2", "C-DET-1"] "Details are asked for by an id as a string, and with an email_id, as well." needs Shipments => text_id;
        "store.details.many" Ours ["C-DET-1", "C-BAT-1"] "Details are told in a batch as well." needs Shipments => many;
    ]
}

fn judge(reply: &Reply, parcel: &Parcel) -> Verdict {
    reply.expect_envelope("ShipmentDetailResponse")?;
    let numbers = ["shipment_id", "warehouse_id", "destination_x", "destination_y"]
        .map(|name| reply.field(name).as_i64());
    let (x, y) = parcel.order.to;
    same("ids and destination", &[parcel.id, parcel.warehouse, x, y].map(Some), &numbers)?;
    let items = reply.field("items").as_array().map(Vec::as_slice).unwrap_or_default();
    let is_item = |item: &Value| {
        item["product_id"].is_i64() && item["description"].is_string() && item["quantity"] == 1
    };
    that(items.len() == 1 && items.iter().all(is_item), || {
        Failure::new("one item: product_id, description, quantity 1", reply.shown())
    })
}

async fn known(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let (path, message) = asked(parcel.id);
    judge(&stage.post(path, &message).await?, &parcel)?;
    stage.end(&parcel).await
}

async fn text_id(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let (path, message) = asked(parcel.id);
    let message = say::with(&say::with_text_ids(message), "email_id", json!("ann@example.org"));
    judge(&stage.post(path, &message).await?, &parcel)?;
    stage.end(&parcel).await
}

async fn many(stage: Stage) -> Verdict {
    let parcel = stage.parcel().await?;
    let messages = [asked(parcel.id).1, asked(stage.new_id()).1, asked(parcel.id).1];
    let answers = crate::conform::peer::counting::batch(&stage, &messages).await?;
    judge(&answers[0], &parcel)?;
    answers[1].expect_refusal_in_batch("the details of an unknown shipment", 2000)?;
    judge(&answers[2], &parcel)?;
    stage.end(&parcel).await
}
