//! From a stranger to a parcel at the door: register, search, fill the cart, check out by a
//! click on the map, and watch the order come without touching the page; then, into the world.

use std::sync::Arc;

use thirtyfour::prelude::*;

use crate::{
    house::{self, House},
    person::Person,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs chromium and chromedriver; .ci/run runs it"]
async fn an_order_is_watched_from_click_to_doorstep() {
    // Slow enough that the order page sees the last stages happen.
    house::open("buying", &["--simspeed", "60"], walk).await;
}

async fn walk(house: Arc<House>) -> WebDriverResult<()> {
    let buyer = house.person().await?;
    buyer.register("ada@example.org").await?;
    search_and_fill_the_cart(&buyer).await?;
    let place = check_out_by_the_map(&buyer).await?;
    watch_until_delivered(&buyer, &place).await?;
    look_into_the_world(&buyer, &house.up.world).await?;
    a_wrong_address_is_explained(&buyer).await?;
    no_page_is_wider_than_a_phone(&buyer, &house.up.world).await
}

async fn search_and_fill_the_cart(buyer: &Person) -> WebDriverResult<()> {
    buyer.goto("/").await?;
    let name = buyer.find("a.tile .name").await?.text().await?;
    let word = name.split_whitespace().last().unwrap().to_owned();
    buyer.picture("catalog").await?;
    buyer.type_into("#q", &word).await?;
    buyer.press("form.search button[type=submit]").await?;
    // The page that searches has tiles, too.
    buyer.find("#q[value]:not([value=''])").await?;
    let query = buyer.driver.current_url().await?.query().map(str::to_owned);
    assert!(query.is_some_and(|query| query.contains("q=")));
    buyer.press("a.tile").await?;
    buyer.find("#quantity").await?;
    buyer.picture("product").await?;
    buyer.press("button[formaction='/cart']").await?;
    buyer.reads("[role=status]", "It is in your cart.").await?;
    buyer.type_into(".cart-change input", "2").await?;
    buyer.press(".cart-change button:not([name])").await?;
    buyer.reads("aside", "2 pieces").await?;
    buyer.picture("cart").await
}

/// Where the order goes, as the page writes it.
async fn check_out_by_the_map(buyer: &Person) -> WebDriverResult<String> {
    buyer.press("a[href='/checkout']").await?;
    let map = buyer.find("[data-map]").await?;
    map.scroll_into_view().await?;
    // From its middle.
    let click = buyer.driver.action_chain().move_to_element_with_offset(&map, 20, -30).click();
    click.perform().await?;
    let is_filled = async |buyer: &Person| {
        Ok(!buyer.value_of("#x").await?.is_empty() && !buyer.value_of("#y").await?.is_empty())
    };
    buyer.until("the map fills in the place", is_filled).await?;
    buyer.reads("[data-estimate]", "Delivery:").await?;
    buyer.picture("checkout").await?;
    let place = format!("{}, {}", buyer.value_of("#x").await?, buyer.value_of("#y").await?);
    buyer.press("[data-checkout] button[type=submit]").await?;
    buyer.reads("[role=status]", "Thank you").await?;
    assert!(buyer.path().await?.starts_with("/orders/"));
    Ok(place)
}

async fn watch_until_delivered(buyer: &Person, place: &str) -> WebDriverResult<()> {
    buyer.mark().await?;
    let first = buyer.find("[data-order-status]").await?.attr("data-status").await?;
    assert_ne!(first.as_deref(), Some("delivered"), "over before it could be watched");
    assert_eq!(buyer.find("[data-to]").await?.text().await?, place);
    buyer.picture("order").await?;
    buyer.find("[data-order-status][data-status=delivered]").await?;
    buyer.still_on_the_marked_page().await?;
    for done in ["packed", "loaded", "delivered"] {
        buyer.find(&format!("[data-stage={done}][data-done]")).await?;
    }
    buyer.reads("[data-where]", &format!("has brought it to {place}")).await?;
    buyer.picture("delivered").await?;
    let number = buyer.find("[data-tracking] a").await?.text().await?;
    assert!(!number.is_empty());
    buyer.press("[data-tracking] a").await?;
    buyer.reads("main", &number).await?;
    buyer.find("[data-shipment-status][data-status=delivered]").await?;
    buyer.picture("tracking").await
}

/// Another order's truck moves on the map, and the counts go on, without a reload.
async fn look_into_the_world(buyer: &Person, world: &str) -> WebDriverResult<()> {
    buyer.goto("/products/1").await?;
    // So far that the truck is still on its way when the page is open.
    buyer.type_into("#x", "1200").await?;
    buyer.type_into("#y", "-4").await?;
    buyer.press("#order-now").await?;
    buyer.find("[data-order-status]").await?;
    buyer.driver.goto(format!("{world}/worlds/1")).await?;
    buyer.mark().await?;
    let before = delivered_count(buyer).await?;
    buyer.find("[data-way][d]").await?;
    buyer.picture("world").await?;
    let goes_on = async |buyer: &Person| Ok(delivered_count(buyer).await? > before);
    buyer.until("another one is delivered", goes_on).await?;
    buyer.still_on_the_marked_page().await?;
    buyer.find("[data-link=ups] [data-status=on]").await.map(drop)
}

async fn delivered_count(buyer: &Person) -> WebDriverResult<u64> {
    Ok(buyer.find("[data-count=delivered]").await?.text().await?.parse().unwrap())
}

/// What the browser shows, which is its own page where it can not read ours.
async fn a_wrong_address_is_explained(buyer: &Person) -> WebDriverResult<()> {
    buyer.goto("/nothing").await?;
    buyer.reads("main", "There is nothing under this address.").await?;
    buyer.picture("not-found").await
}

async fn no_page_is_wider_than_a_phone(buyer: &Person, world: &str) -> WebDriverResult<()> {
    buyer.driver.set_window_rect(0, 0, 360, 800).await?;
    let of_store = ["/", "/catalog?q=a", "/sellers/1", "/orders", "/products/1", "/login"];
    let of_world = ["/", "/worlds/1", "/worlds/1/packages", "/worlds/1/messages"];
    let of_store = of_store.map(|path| format!("{}{path}", buyer.store));
    let of_world = of_world.map(|path| format!("{world}{path}"));
    for path in of_store.into_iter().chain(of_world) {
        buyer.driver.goto(&path).await?;
        let script = "return document.documentElement.scrollWidth - window.innerWidth";
        let excess = buyer.driver.execute(script, Vec::new()).await?;
        let excess = excess.json().as_i64().unwrap_or(i64::MAX);
        assert!(excess <= 0, "{path} is {excess} pixels wider than the window");
    }
    Ok(())
}
