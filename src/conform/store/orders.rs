//! Checks of what a store tells of a shipment: ShipmentCreated, and what it does where the
//! answer is lost or is a refusal.

use serde_json::json;

use super::{
    say::{delivered, is_created},
    shop::Order,
    stage::Stage,
};
use crate::conform::{
    check::{Check, Failure, Verdict, checks, same, that},
    peer::{Heard, Manner, reply::is_moment},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "store.created.fields" Must ["C-SHIP-1", "C-MSG-1"] "An order brings a ShipmentCreated with all its fields, at the entrance for it." needs Shipments => fields;
        "store.created.numbers" Must ["C-MSG-2"] "Ids and coordinates are sent as numbers." needs Shipments => numbers;
        "store.created.once" Must ["C-SHIP-1", "C-NUM-4"] "A ShipmentCreated that is answered is not sent again." needs Shipments => once;
        "store.created.lost-answer" Must ["C-NUM-4", "C-RACE-1"] "Where the answer is lost, the same shipment is told of again." needs Shipments => lost_answer;
        "store.created.same-again" Ours ["C-NUM-1", "C-NUM-4"] "What is sent again has the same number, sender and payload." needs Shipments => same_again;
        "store.created.failure" Must ["C-NUM-4", "C-ANS-4"] "A failure of the carrier's (HTTP 500, code 3000) is asked again." needs Shipments => failure;
        "store.created.no-truck" Ours ["C-ANS-4"] "A refusal for want of a truck (code 2001) is asked again." needs Shipments => no_truck;
        "store.created.exists" Must ["C-SHIP-3"] "That the shipment exists (code 1002) is a success on a repeat." needs Shipments => exists;
        "store.created.distinct" Ours ["C-SHIP-1", "C-NUM-1"] "Two orders are two shipments under two numbers of one sender." needs Shipments => distinct;
        "store.created.signed" Ours ["C-SIG-1", "C-SIG-2"] "What a store posts is signed, and under the same id when it is sent again." needs Shipments, Secret => signed;
    ]
}

/// Whatever comes of it, nothing is left under way.
async fn end(stage: &Stage, heard: &Heard) -> Verdict {
    let shipment = heard.int("shipment_id").unwrap_or_default();
    stage.tell(delivered(shipment)).await.map(drop)
}

async fn fields(stage: Stage) -> Verdict {
    let order = stage.order().await?;
    let heard = stage.announced(order, 1).await?.remove(0);
    same("the path", &"/api/shipment", &heard.path.as_str())?;
    let is_whole = heard.whole["timestamp"].as_str().is_some_and(is_moment)
        && heard.field("email").as_str().is_some_and(|email| email.contains('@'))
        && ["user_id", "shipment_id", "warehouse_id", "destination_x", "destination_y"]
            .iter()
            .all(|name| heard.int(name).is_some());
    that(is_whole, || {
        let expected = "a timestamp, and user_id, email, shipment_id, warehouse_id, destination_x, destination_y";
        Failure::new(expected, heard.whole.to_string())
    })?;
    end(&stage, &heard).await
}

async fn numbers(stage: Stage) -> Verdict {
    let heard = stage.announced(stage.order().await?, 1).await?.remove(0);
    for name in ["user_id", "shipment_id", "warehouse_id", "destination_x", "destination_y"] {
        that(heard.field(name).is_i64(), || {
            Failure::new(format!("{name} is a number"), heard.whole.to_string())
        })?;
    }
    end(&stage, &heard).await
}

async fn once(stage: Stage) -> Verdict {
    let order = stage.order().await?;
    let first = stage.announced(order, 1).await?.remove(0);
    let all = stage.desk()?.heard_after(stage.quiet(), |heard| is_created(heard, order.to)).await;
    same("how often it is told of", &1, &all.len())?;
    end(&stage, &first).await
}

/// The first ShipmentCreated of each order is answered so; gives what came until it was answered
/// well.
async fn answered(stage: &Stage, manners: &'static [Manner]) -> Verdict<(Order, Vec<Heard>)> {
    // Where it will go is known only afterwards, so all of these are meant that are ours.
    let shop = stage.shop()?;
    let to = shop.next_place();
    stage.desk()?.answer(move |heard| is_created(heard, to), manners);
    let order = shop.order_to(&stage.trace, to).await?;
    let heard = stage.announced(order, manners.len() + 1).await?;
    Ok((order, heard))
}

async fn lost_answer(stage: Stage) -> Verdict {
    let (_, heard) = answered(&stage, &[Manner::Lost, Manner::Lost]).await?;
    let ids: Vec<_> = heard.iter().map(|it| it.int("shipment_id")).collect();
    same("the shipment, each time", &vec![ids[0]; ids.len()], &ids)?;
    end(&stage, &heard[0]).await
}

async fn same_again(stage: Stage) -> Verdict {
    let (_, heard) = answered(&stage, &[Manner::Lost, Manner::Refused(500, 3000)]).await?;
    let sameness = |it: &Heard| (it.seq(), it.whole["sender"].clone(), it.whole["payload"].clone());
    for again in &heard[1..] {
        same("number, sender and payload", &sameness(&heard[0]), &sameness(again))?;
    }
    that(heard[0].seq().is_some(), || {
        Failure::new("a sequence_number", heard[0].whole.to_string())
    })?;
    end(&stage, &heard[0]).await
}

async fn failure(stage: Stage) -> Verdict {
    let (_, heard) =
        answered(&stage, &[Manner::Refused(500, 3000), Manner::Refused(503, 3000)]).await?;
    end(&stage, &heard[0]).await
}

async fn no_truck(stage: Stage) -> Verdict {
    let (_, heard) = answered(&stage, &[Manner::Refused(400, 2001)]).await?;
    end(&stage, &heard[0]).await
}

async fn exists(stage: Stage) -> Verdict {
    let manners = &[Manner::Lost, Manner::Refused(400, 1002)];
    let shop = stage.shop()?;
    let to = shop.next_place();
    stage.desk()?.answer(move |heard| is_created(heard, to), manners);
    let order = shop.order_to(&stage.trace, to).await?;
    let heard = stage.announced(order, 2).await?;
    let all = stage.desk()?.heard_after(stage.quiet(), |heard| is_created(heard, to)).await;
    same("how often it is told of", &2, &all.len())?;
    end(&stage, &heard[0]).await
}

async fn distinct(stage: Stage) -> Verdict {
    let one = stage.announced(stage.order().await?, 1).await?.remove(0);
    let two = stage.announced(stage.order().await?, 1).await?.remove(0);
    let is_other = one.int("shipment_id") != two.int("shipment_id") && one.seq() != two.seq();
    that(is_other, || Failure::new("other ids and numbers", two.whole.to_string()))?;
    same("the sender", &one.whole["sender"], &two.whole["sender"])?;
    that(one.whole["sender"] != json!(null), || Failure::new("a sender", one.whole.to_string()))?;
    end(&stage, &one).await?;
    end(&stage, &two).await
}

async fn signed(stage: Stage) -> Verdict {
    let (_, heard) = answered(&stage, &[Manner::Lost]).await?;
    for it in &heard {
        that(it.is_signed, || Failure::new("a right signature", it.whole.to_string()))?;
    }
    same("webhook-id of the repeat", &heard[0].id, &heard[1].id)?;
    end(&stage, &heard[0]).await
}
