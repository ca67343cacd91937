//! The pages of sellers: each with something, with nothing, for strangers, and with mistakes.

use waybill::{
    basis::{ListingId, WarehouseId},
    store::model::Output,
};

use super::{offer, order, pot};
use crate::{
    store_web::site::{Answer, Ask, Site},
    support::on_each_database,
};

const HTML: &str = "text/html";

/// A person with a browser: the cookie, and a token for what a test needs besides.
struct Visitor<'a> {
    site: &'a Site,
    cookie: String,
    token: String,
}

impl<'a> Visitor<'a> {
    async fn new(site: &'a Site, email: &str) -> Self {
        let token = site.token(email).await;
        let login = Ask::form("/login", &format!("email={email}&password=correct+horse+battery"));
        let login = site.ask(login).await;
        assert_eq!(login.status, 303, "{}", login.text);
        let cookie = login.header("set-cookie").split(';').next().unwrap().to_owned();
        Self { site, cookie, token }
    }

    async fn seller(site: &'a Site, name: &str) -> Self {
        let visitor = Self::new(site, &format!("{name}@x.example")).await;
        let founded = visitor.post("/selling", &format!("name={name}")).await;
        assert_eq!((founded.status, founded.header("location")), (303, "/selling"));
        visitor
    }

    async fn get(&self, path: &str) -> Answer {
        let ask = Ask::get(path).header("accept", HTML).header("cookie", &self.cookie);
        self.site.ask(ask).await
    }

    async fn post(&self, path: &str, fields: &str) -> Answer {
        let ask = Ask::form(path, fields).header("accept", HTML).header("cookie", &self.cookie);
        self.site.ask(ask).await
    }
}

fn alert(answer: &Answer) -> &str {
    let (_, rest) =
        answer.text.split_once("role=\"alert\"").unwrap_or_else(|| panic!("{}", answer.text));
    rest.split("</div>").next().unwrap()
}

fn hidden<'a>(text: &'a str, name: &str) -> &'a str {
    let start = format!("name=\"{name}\" value=\"");
    text.split_once(&start)
        .unwrap_or_else(|| panic!("no {name} in {text}"))
        .1
        .split('"')
        .next()
        .unwrap()
}

#[tokio::test]
async fn a_seller_begins_offers_buys_sells_and_looks() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let visitor = Visitor::new(&site, "new@x.example").await;
        let start = visitor.get("/selling").await;
        assert!(start.text.contains("Become a seller"), "{}", start.text);
        let bad = visitor.post("/selling", "name=%22%3E%3Cb%3E%00").await;
        assert_eq!(bad.status, 422);
        assert!(alert(&bad).contains("Name") && !bad.text.contains("\"><b>"));
        assert_eq!(visitor.post("/selling", "name=New+Shop").await.status, 303);
        let dashboard = visitor.get("/selling").await;
        for words in ["New Shop", "Nothing was sold", "<svg", "The same as a table", "$0.00"] {
            assert!(dashboard.text.contains(words), "{words}: {}", dashboard.text);
        }
        let nothing = visitor.get("/selling/listings").await;
        assert!(nothing.text.contains("You offer nothing yet"));

        let found = visitor.get("/selling/offer?q=stock+pot").await;
        assert!(found.text.contains("Enamel stock pot") && found.text.contains("/selling/offer/1\""));
        let form = visitor.get("/selling/offer/1").await;
        assert!(form.text.contains("Offer Enamel stock pot"), "{}", form.text);
        let made = visitor.post("/selling/offer/1", "price=12.5&auto_reorder=on&reorder_level=3&reorder_target=9").await;
        assert_eq!(made.status, 303, "{}", made.text);
        let known = visitor.get("/selling/offer/1").await;
        assert_eq!(known.header("location"), made.header("location"), "there it is");
        let fields = "name=Tin+cup&category=Kitchen&description=Small.&price=%243&reorder_level=1&reorder_target=2";
        let new = visitor.post("/selling/offer/new", fields).await;
        assert_eq!(new.status, 303, "{}", new.text);
        let path = new.header("location").to_owned();
        let listing = visitor.get(&path).await;
        for words in ["Tin cup", "value=\"3.00\"", "North Quay", "Nothing yet", "Its name stays"] {
            assert!(listing.text.contains(words), "{words}: {}", listing.text);
        }
        assert!(!listing.text.contains("name=\"auto_reorder\" checked"));
        assert!(!listing.text.contains("selling.js"), "nothing is awaited");

        let key = hidden(&listing.text, "key");
        let fields = format!("key={key}&warehouse_id=2&quantity=30");
        let buy = format!("{path}/purchases");
        for _ in 0..2 {
            let bought = visitor.post(&buy, &fields).await;
            assert_eq!((bought.status, bought.header("location")), (303, path.as_str()));
        }
        let listing = visitor.get(&path).await;
        assert_eq!(listing.text.matches(">Requested</span>").count(), 1, "{}", listing.text);
        assert!(listing.text.contains("selling.js") && listing.text.contains("Reload this page"));

        let id: i64 = path.rsplit('/').next().unwrap().parse().unwrap();
        let levels = vec![(ListingId(id), 28)];
        site.shop.take(Output::Stock { warehouse: WarehouseId(2), levels });
        let order = order(&site, &visitor.token, "k", &[id]).await;
        let orders = visitor.get("/selling/orders").await;
        assert!(orders.text.contains("2 × Tin cup") && orders.text.contains("To be packed"));
        let one = visitor.get(&format!("/selling/orders/{order}")).await;
        for words in ["Tin cup", "$6.00", "to 3, -4", "In stock", "Package 10"] {
            assert!(one.text.contains(words), "{words}: {}", one.text);
        }
        assert!(!one.text.contains("new@x.example"));
        let listings = visitor.get("/selling/listings?show=active&q=tin").await;
        assert!(listings.text.contains("Tin cup") && !listings.text.contains("Enamel"));
        assert!(listings.text.contains("<td class=\"number\">28</td>"), "{}", listings.text);

        let ended = visitor.post(&format!("{path}/offered"), "active=false").await;
        assert_eq!(ended.status, 303);
        let listing = visitor.get(&path).await;
        assert!(listing.text.contains("Start this listing") && !listing.text.contains("Buy more"));
    })
    .await;
}

#[tokio::test]
async fn mistakes_come_back_with_what_was_typed() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let visitor = Visitor::seller(&site, "clumsy").await;
        let id = offer(&site, &visitor.token, &pot("Pot")).await;
        let path = format!("/selling/listings/{id}");
        let terms = visitor.post(&path, "price=cheap&reorder_level=77&reorder_target=1").await;
        assert_eq!(terms.status, 422);
        assert!(alert(&terms).contains("Price") && terms.text.contains("value=\"cheap\""));
        assert!(terms.text.contains("value=\"77\""));
        let below = visitor.post(&path, "price=1&reorder_level=77&reorder_target=1").await;
        assert!(alert(&below).contains("Buy up to"), "{}", alert(&below));
        let product =
            visitor.post(&format!("{path}/product"), "category=&description=Long+text").await;
        assert_eq!(product.status, 422);
        assert!(
            alert(&product).contains("Category") && product.text.contains(">Long text</textarea>")
        );
        let buy =
            visitor.post(&format!("{path}/purchases"), "key=k&warehouse_id=3&quantity=0").await;
        assert_eq!(buy.status, 422);
        assert!(alert(&buy).contains("Quantity") && buy.text.contains("value=\"3\" selected"));
        let new = visitor
            .post(
                "/selling/offer/new",
                "name=&category=Tea&description=%3Cb%3E&price=x&reorder_level=&reorder_target=5",
            )
            .await;
        assert_eq!(new.status, 422);
        let complaints = alert(&new);
        for field in ["Name", "Price", "Buy when below"] {
            assert!(complaints.contains(field), "{field}: {complaints}");
        }
        assert!(new.text.contains("value=\"Tea\"") && !new.text.contains("<b>"));
        let twice = visitor
            .post(
                "/selling/offer/new",
                "name=pot&category=K&description=D&price=1&reorder_level=1&reorder_target=5",
            )
            .await;
        assert_eq!(twice.status, 409);
        assert!(alert(&twice).contains("already"));
        let name = visitor.post("/selling/name", "name=+").await;
        assert_eq!(name.status, 422);
        let export = visitor.get("/selling/export/orders.csv?from=2023-01-01&to=never").await;
        assert_eq!(export.status, 422);
        assert!(
            alert(&export).contains("Last day") && export.text.contains("value=\"2023-01-01\"")
        );
    })
    .await;
}

#[tokio::test]
async fn strangers_log_in_first_and_others_find_nothing() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let seller = Visitor::seller(&site, "mine").await;
        let id = offer(&site, &seller.token, &pot("Pot")).await;
        let order = order(&site, &seller.token, "k", &[id]).await;
        let pages = [
            "/selling/name".to_owned(),
            "/selling/listings".to_owned(),
            "/selling/offer".to_owned(),
            "/selling/offer/new".to_owned(),
            "/selling/offer/1".to_owned(),
            "/selling/orders".to_owned(),
            "/selling/export".to_owned(),
            "/selling/export/orders.csv".to_owned(),
            "/selling/export/listings.csv".to_owned(),
            format!("/selling/listings/{id}"),
            format!("/selling/orders/{order}"),
        ];
        let buyer = Visitor::new(&site, "buyer@x.example").await;
        for path in &pages {
            let stranger = site.ask(Ask::get(path).header("accept", HTML)).await;
            assert_eq!(stranger.status, 303, "{path}");
            assert!(stranger.header("location").starts_with("/login?next=/selling"), "{path}");
            assert_eq!(buyer.get(path).await.status, 403, "{path}");
            assert_eq!(seller.get(path).await.status, 200, "{path}");
        }
        let stranger = site.ask(Ask::form("/selling", "name=x")).await;
        assert_eq!(stranger.status, 303);
        let other = Visitor::seller(&site, "other").await;
        let listing = format!("/selling/listings/{id}");
        for path in [&listing, &format!("/selling/orders/{order}")] {
            assert_eq!(other.get(path).await.status, 404, "{path}");
        }
        let told = site.told.lock().unwrap().len();
        for (path, fields) in [
            (listing.clone(), "price=1&reorder_level=1&reorder_target=1"),
            (format!("{listing}/product"), "category=X&description=X"),
            (format!("{listing}/offered"), "active=false"),
            (format!("{listing}/purchases"), "key=k&warehouse_id=1&quantity=1"),
        ] {
            assert_eq!(other.post(&path, fields).await.status, 404, "{path}");
            assert_eq!(buyer.post(&path, fields).await.status, 403, "{path}");
            let foreign = Ask::form(&path, fields)
                .header("cookie", &seller.cookie)
                .header("origin", "https://elsewhere.example");
            assert_eq!(site.ask(foreign).await.status, 403, "{path}");
        }
        assert_eq!(site.told.lock().unwrap().len(), told);
    })
    .await;
}

#[tokio::test]
async fn names_of_products_are_text_on_every_page() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let visitor = Visitor::seller(&site, "markup").await;
        let name = "<script>alert(1)</script>\"><b>";
        let mut new = pot(name);
        new["product"]["category"] = serde_json::json!("<b>\"");
        new["product"]["description"] = serde_json::json!("</textarea><b>");
        let id = offer(&site, &visitor.token, &new).await;
        let order = order(&site, &visitor.token, "k", &[id]).await;
        for path in [
            "/selling".to_owned(),
            "/selling/listings".to_owned(),
            format!("/selling/listings/{id}"),
            "/selling/orders?q=%22%3E%3Cb%3E".to_owned(),
            "/selling/orders".to_owned(),
            format!("/selling/orders/{order}"),
            "/selling/offer?q=%3Cscript%3E".to_owned(),
        ] {
            let page = visitor.get(&path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(!page.text.contains("<script>") && !page.text.contains("<b>"), "{path}");
            assert!(!page.text.contains(" style="), "{path}");
        }
    })
    .await;
}
