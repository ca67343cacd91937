//! Running the shop: leave the world and join it again, say how fast it shall be, follow what
//! is said, and try another world.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::{
    api::Api,
    house::{self, ADMIN, House},
    person::Person,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs chromium and chromedriver; .ci/run runs it"]
async fn an_admin_steers_the_world_and_follows_what_is_said() {
    house::open("running", &["--simspeed", "100"], walk).await;
}

async fn walk(house: Arc<House>) -> WebDriverResult<()> {
    let admin = house.person().await?;
    admin.log_in(ADMIN).await?;
    let program = Api::sign_in(&house.up.store, ADMIN).await;
    leaves_the_world_and_joins_it_again(&admin, &program).await?;
    sets_the_speed(&admin, &house).await?;
    follows_the_messages(&admin, &program).await?;
    program.until("admin/world", |world| world["packages_under_way"] == 0).await;
    tries_another_world(&admin).await
}

/// The button of one of the page's forms.
fn button(form: &str) -> String {
    format!("form:has(input[name=do][value={form}]) button")
}

async fn leaves_the_world_and_joins_it_again(admin: &Person, program: &Api) -> WebDriverResult<()> {
    admin.goto("/admin/world").await?;
    admin.find("[data-live] [data-status=on]").await?;
    admin.mark().await?;
    // Somebody else does it: this page hears of it.
    program.ask(Method::DELETE, "admin/world/connection", &Value::Null).await;
    admin.find("[data-live] [data-status=off]").await?;
    admin.still_on_the_marked_page().await?;
    admin.goto("/admin/world").await?;
    admin.press(&button("connect")).await?;
    admin.find("[data-live] [data-status=on]").await?;
    admin.press(&button("disconnect")).await?;
    admin.find("[data-live] [data-status=off]").await?;
    admin.press(&button("connect")).await?;
    admin.find("[data-live] [data-status=on]").await?;
    admin.find(&button("disconnect")).await?;
    admin.picture("admin-world").await
}

async fn sets_the_speed(admin: &Person, house: &House) -> WebDriverResult<()> {
    // Three tenths of a power of ten faster than 100.
    let slider = admin.find("#slider").await?;
    for _ in 0..3 {
        slider.send_keys(Key::Right + "").await?;
    }
    let follows = async |admin: &Person| Ok(admin.value_of("#simspeed").await? == "200");
    admin.until("the number follows the slider", follows).await?;
    admin.press(&button("slide")).await?;
    admin.reads("[data-live]", "200, and the world has heard it").await?;
    admin.type_into("#simspeed", "2000").await?;
    admin.press(&button("speed")).await?;
    admin.reads("[data-live]", "2,000, and the world has heard it").await?;
    let seen = reqwest::get(format!("{}/api/v1/worlds/1", house.up.world)).await.unwrap();
    let seen: Value = seen.json().await.unwrap();
    assert_eq!(seen["simspeed"], 2_000, "{seen}");
    Ok(())
}

async fn follows_the_messages(admin: &Person, program: &Api) -> WebDriverResult<()> {
    admin.goto("/admin/messages?link=world&kind=topack").await?;
    admin.reads("[data-empty]", "Nothing here").await?;
    admin.mark().await?;
    let order = json!({
        "items": [{ "listing_id": 1, "quantity": 2 }], "destination": { "x": 3, "y": -4 },
    });
    let order = program.ask(Method::POST, "orders", &order).await;
    admin.reads(".messages li", "→ to the world").await?;
    let package = order["packages"][0]["id"].to_string();
    admin.reads(".messages li pre", &package).await?;
    admin.still_on_the_marked_page().await?;
    admin.picture("admin-messages").await
}

/// And comes back: the first world has kept everything.
async fn tries_another_world(admin: &Person) -> WebDriverResult<()> {
    admin.goto("/admin/world").await?;
    admin.press(&button("new")).await?;
    admin.reads("h2", "Leave world 1?").await?;
    admin.press("form:has([name=confirmed]) button").await?;
    admin.reads("[data-live] dl", "World\n2").await?;
    admin.find("[data-live] [data-status=on]").await?;
    admin.type_into("#world_id", "1").await?;
    admin.press(&button("join")).await?;
    admin.reads("h2", "Leave world 2?").await?;
    admin.press("form:has([name=confirmed]) button").await?;
    admin.reads("[data-live] dl", "World\n1").await?;
    admin.find("[data-live] [data-status=on]").await.map(drop)
}
