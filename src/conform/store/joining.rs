//! Checks of `/set_worldid`: how a store is told of the world.

use serde_json::json;

use super::stage::Stage;
use crate::conform::{
    check::{Check, Verdict, checks},
    peer::shapes::Party as _,
};

const PATH: &str = "/set_worldid";

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "store.world.again" Must ["C-WID-2"] "The same world again changes nothing, and is answered well." needs World => again;
        "store.world.text" Must ["C-MSG-2", "C-WID-1"] "The world's id may be a decimal string." needs World => text;
        "store.world.goes-on" Must ["C-WID-2"] "While the same world is told again and again a parcel is loaded and delivered." needs World => goes_on;
        "store.world.no-number" Must ["C-WID-1", "C-MSG-5"] "What is no number is refused as a world's id." => no_number;
    ]
}

async fn again(stage: Stage) -> Verdict {
    let world = stage.world()?;
    for _ in 0..3 {
        let reply = stage.post(PATH, &json!({ "worldid": world.0 })).await?;
        reply.expect_good("the answer to the world where it is")?;
    }
    Ok(())
}

async fn text(stage: Stage) -> Verdict {
    let world = stage.world()?;
    let reply = stage.post(PATH, &json!({ "worldid": world.0.to_string() })).await?;
    reply.expect_good("the answer to the world's id as a string")
}

async fn goes_on(stage: Stage) -> Verdict {
    let _turn = stage.among_others().await;
    let world = json!({ "worldid": stage.world()?.0 });
    let parcel = stage.parcel().await?;
    stage.post(PATH, &world).await?.expect_good("the answer to the same world")?;
    let truck = stage.truck_arrives(&parcel).await?;
    stage.post(PATH, &world).await?.expect_good("the answer to the same world")?;
    stage.loaded(&parcel, 1).await?;
    stage.bring(&parcel, truck).await?;
    stage.becomes(parcel.order, "status", &json!("delivered")).await
}

async fn no_number(stage: Stage) -> Verdict {
    for value in [json!("new"), json!([1]), json!(true), json!(1.5)] {
        let shown = format!("a world's id of {value}");
        stage.post(PATH, &json!({ "worldid": value })).await?.expect_refusal(&shown)?;
    }
    Ok(())
}
