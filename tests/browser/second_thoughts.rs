//! Who thinks better of an order: in time, and too late, with a page that does not know yet
//! how far the order is.
//!
//! What is ordered here has to be bought first, and nothing is bought while an admin keeps the
//! store away from its world: so everybody has as much time as they need.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::{
    api::Api,
    house::{self, ADMIN, House},
    person::Person,
};

const EMAIL: &str = "ada@example.org";
/// A truck is on its way there for minutes.
const FAR: (&str, &str) = ("60000", "0");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs chromium and chromedriver; .ci/run runs it"]
async fn second_thoughts_come_true_in_time_and_are_told_plainly_when_too_late() {
    house::open("second-thoughts", &["--simspeed", "200"], walk).await;
}

async fn walk(house: Arc<House>) -> WebDriverResult<()> {
    let admin = Api::sign_in(&house.up.store, ADMIN).await;
    let product = Api::register(&house.up.store, "ott@example.org").await.offer("Paper boat").await;
    admin.ask(Method::DELETE, "admin/world/connection", &Value::Null).await;
    admin.until("admin/world", |world| world["connected"] == false).await;

    let buyer = house.person().await?;
    buyer.register(EMAIL).await?;
    cancels_in_time(&buyer, product).await?;
    let moved = sends_elsewhere_in_time(&buyer, product).await?;
    let late = order(&buyer, product, FAR).await?;
    let tabs = open_and_leave_asleep(&buyer, &late).await?;

    admin.ask(Method::PUT, "admin/world/connection", &json!({})).await;
    let program = Api::sign_in(&house.up.store, EMAIL).await;
    program.until(late.trim_start_matches('/'), |order| order["status"] == "delivering").await;
    is_told_that_it_was_too_late(&buyer, tabs).await?;
    finds_it_at_the_other_place(&buyer, &moved).await
}

/// The path of the new order's page, which is shown.
async fn order(buyer: &Person, product: i64, (x, y): (&str, &str)) -> WebDriverResult<String> {
    buyer.goto(&format!("/products/{product}")).await?;
    buyer.type_into("#x", x).await?;
    buyer.type_into("#y", y).await?;
    buyer.press("#order-now").await?;
    buyer.find("[data-order-status][data-status=created]").await?;
    buyer.path().await
}

async fn cancels_in_time(buyer: &Person, product: i64) -> WebDriverResult<()> {
    order(buyer, product, ("3", "4")).await?;
    buyer.press("form[data-until=created] button").await?;
    buyer.reads("[role=status]", "It is cancelled.").await?;
    buyer.find("[data-order-status][data-status=cancelled]").await?;
    assert!(buyer.driver.find_all(By::Css("form[data-until]")).await?.is_empty());
    Ok(())
}

async fn sends_elsewhere_in_time(buyer: &Person, product: i64) -> WebDriverResult<String> {
    let path = order(buyer, product, ("3", "4")).await?;
    type_another_place(buyer, ("7", "-9")).await?;
    buyer.press(".elsewhere button").await?;
    buyer.reads("[role=status]", "The address is changed.").await?;
    buyer.reads("[data-to]", "7, -9").await?;
    Ok(path)
}

async fn type_another_place(buyer: &Person, (x, y): (&str, &str)) -> WebDriverResult<()> {
    buyer.press(".elsewhere summary").await?;
    buyer.type_into(".elsewhere #x", x).await?;
    buyer.type_into(".elsewhere #y", y).await
}

/// Two tabs with an order's page that hear nothing any more, as a phone in a pocket: in the
/// first one it is about to be cancelled, in the second one to be sent elsewhere.
async fn open_and_leave_asleep(buyer: &Person, path: &str) -> WebDriverResult<[WindowHandle; 2]> {
    let cancelling = buyer.driver.window().await?;
    fall_asleep(buyer).await?;
    let redirecting = buyer.driver.new_tab().await?;
    buyer.driver.switch_to_window(redirecting.clone()).await?;
    buyer.goto(path).await?;
    type_another_place(buyer, ("5", "5")).await?;
    fall_asleep(buyer).await?;
    Ok([cancelling, redirecting])
}

/// What a browser tells a page that it puts away.
async fn fall_asleep(buyer: &Person) -> WebDriverResult<()> {
    let script = "window.dispatchEvent(new Event('pagehide'))";
    buyer.driver.execute(script, Vec::new()).await.map(drop)
}

async fn is_told_that_it_was_too_late(
    buyer: &Person,
    [cancelling, redirecting]: [WindowHandle; 2],
) -> WebDriverResult<()> {
    let late = [
        (redirecting, ".elsewhere button", "sent elsewhere"),
        (cancelling, "form[data-until=created] button", "cancelled"),
    ];
    for (tab, button, what) in late {
        buyer.driver.switch_to_window(tab).await?;
        buyer.find("[data-order-status][data-status=created]").await?;
        buyer.press(button).await?;
        let words = format!("is out for delivery already, so it could not be {what}.");
        buyer.reads("[role=alert]", "Too late:").await?;
        buyer.reads("[role=alert]", &words).await?;
        // With it comes what is true by now.
        buyer.find("[data-order-status][data-status=delivering]").await?;
        buyer.reads("[data-to]", "60000, 0").await?;
        assert!(buyer.driver.find_all(By::Css(button)).await?.is_empty());
    }
    // The truck drives on, and its carrier says where.
    buyer.find("[data-told]:not([hidden])").await?;
    buyer.find("[data-route][data-is-told]").await?;
    buyer.reads("[data-where]", "is on its way from").await?;
    buyer.picture("too-late").await
}

async fn finds_it_at_the_other_place(buyer: &Person, path: &str) -> WebDriverResult<()> {
    buyer.goto(path).await?;
    buyer.find("[data-order-status][data-status=delivered]").await?;
    buyer.reads("[data-where]", "has brought it to 7, -9").await
}
