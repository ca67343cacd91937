//! From an idea to a sale: become a seller, make a product, have a warehouse buy some, and see
//! somebody else order it.

use std::sync::Arc;

use thirtyfour::prelude::*;

use crate::{
    house::{self, House},
    person::Person,
};

const NAME: &str = "Zeppelin kit";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs chromium and chromedriver; .ci/run runs it"]
async fn a_new_product_is_replenished_and_sold() {
    house::open("selling", &["--simspeed", "500"], walk).await;
}

async fn walk(house: Arc<House>) -> WebDriverResult<()> {
    let seller = house.person().await?;
    seller.register("ott@example.org").await?;
    becomes_a_seller(&seller).await?;
    makes_a_product(&seller).await?;
    let (listing, product) = (seller.path().await?, product_path(&seller).await?);
    buys_some_and_waits(&seller).await?;
    let before = available(&seller).await?;
    assert!(before >= 12, "{before}");

    let buyer = house.person().await?;
    buyer.register("ada@example.org").await?;
    orders(&buyer, &product).await?;
    sees_the_sale(&seller).await?;
    seller.goto(&listing).await?;
    assert_eq!(available(&seller).await?, before - 3);
    Ok(())
}

async fn becomes_a_seller(seller: &Person) -> WebDriverResult<()> {
    seller.goto("/selling").await?;
    seller.type_into("#name", "Ott & Co").await?;
    seller.press("main form button[type=submit]").await?;
    seller.reads("h1", "Ott & Co").await?;
    seller.reads("main", "Nothing was sold in the last").await
}

async fn makes_a_product(seller: &Person) -> WebDriverResult<()> {
    seller.goto("/selling/offer").await?;
    seller.type_into("#q", NAME).await?;
    seller.press("form.search button").await?;
    seller.reads("main", "The shop has no such product").await?;
    seller.press("a[href='/selling/offer/new']").await?;
    let fields = [
        ("#name", NAME),
        ("#category", "Toys"),
        ("#description", "To be built on a long evening."),
        ("#price", "1250.50"),
        ("#reorder_level", "0"),
        ("#reorder_target", "0"),
    ];
    for (field, text) in fields {
        seller.type_into(field, text).await?;
    }
    let by_themselves = seller.find("[name=auto_reorder]").await?;
    if by_themselves.is_selected().await? {
        by_themselves.click().await?;
    }
    seller.press("form[action='/selling/offer/new'] button").await?;
    seller.reads("h1", NAME).await?;
    seller.reads("#state", "Running out").await
}

/// Of the listing that is shown.
async fn product_path(seller: &Person) -> WebDriverResult<String> {
    let link = seller.find("main a[href^='/products/']").await?;
    Ok(link.attr("href").await?.expect("it leads to the product"))
}

/// The page tells of the purchase until the pieces are on the shelf.
async fn buys_some_and_waits(seller: &Person) -> WebDriverResult<()> {
    seller.reads("#stock", "Nothing yet.").await?;
    seller.type_into("#quantity", "12").await?;
    seller.press("form[action$='/purchases'] button").await?;
    seller.reads("#stock", "you").await?;
    seller.mark().await?;
    seller.find("#stock td [data-status=on]").await?;
    seller.find("#state [data-status=on]").await?;
    seller.still_on_the_marked_page().await?;
    seller.picture("replenished").await
}

/// Pieces of the listing that is shown, wherever they lie.
async fn available(seller: &Person) -> WebDriverResult<i64> {
    let text = seller.find("#stock tfoot td:nth-of-type(3)").await?.text().await?;
    Ok(text.parse().unwrap())
}

async fn orders(buyer: &Person, product: &str) -> WebDriverResult<()> {
    buyer.goto("/").await?;
    buyer.type_into("#q", "zeppelin").await?;
    buyer.press("form.search button[type=submit]").await?;
    buyer.press(&format!("a.tile[href='{product}']")).await?;
    for (field, text) in [("#quantity", "3"), ("#x", "3"), ("#y", "-4")] {
        buyer.type_into(field, text).await?;
    }
    buyer.press("#order-now").await?;
    buyer.find("[data-order-status]").await.map(drop)
}

async fn sees_the_sale(seller: &Person) -> WebDriverResult<()> {
    seller.goto("/selling").await?;
    for (figure, count) in [("Revenue", "$3,751.50"), ("Orders", "1"), ("Pieces", "3")] {
        seller.reads(".figures .card", &format!("{figure}\n{count}")).await?;
    }
    seller.reads("section[aria-labelledby=best]", NAME).await?;
    seller.picture("sold").await?;
    seller.goto("/selling/orders").await?;
    seller.reads(".order-line", &format!("3 × {NAME}")).await?;
    seller.press(".order-line").await?;
    seller.reads("section[aria-labelledby=items]", NAME).await?;
    seller.reads("section[aria-labelledby^=package]", "Yours in it").await
}
