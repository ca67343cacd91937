//! Who may what: every route of the store, asked by everybody, over the real router.
//!
//! The routes are read from the API's description and from the sources of the pages, so that
//! none can be left out of [`RULES`]. What a route does for whom it lets in is tested
//! elsewhere; here it must neither send him away nor fail.

use std::{collections::BTreeSet, path::Path};

use axum::{
    body::Body,
    http::{Method, Response},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::site::{Ask, Site};
use crate::support::on_each_database;

/// Whom a route lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whom {
    Anybody,
    SignedIn,
    /// Whoever is signed in, and has no such thing: to all of them it does not exist.
    ItsOwner,
    /// The buyer whose thing it is; to everybody else it does not exist.
    ItsBuyer,
    Sellers,
    /// The seller whose thing it is; to other sellers it does not exist.
    ItsSeller,
    Admins,
}

/// What stands for what is in braces in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    None,
    /// Somebody's who has nothing to do with the matter.
    Account,
    /// The buyer's.
    Order,
    Session,
    Token,
    /// What the seller offers.
    Listing,
    /// What the seller brought into the catalog.
    Product,
    /// An order of something of the seller's.
    Sale,
    /// Something that the buyer was told.
    Notice,
    /// Nobody's who acts here.
    Review,
    /// The same for everybody.
    Fixed(&'static str),
}

use Thing::{
    Account, Fixed, Listing, None as Nothing, Notice, Order, Product, Review, Sale, Session, Token,
};
use Whom::{Admins, Anybody, ItsBuyer, ItsOwner, ItsSeller, Sellers, SignedIn};

/// One line a route: keep them in the order of the parts.
const RULES: &[(&str, &str, Whom, Thing)] = &[
    // The catalog.
    ("GET", "/", Anybody, Nothing),
    ("GET", "/products/{id}", Anybody, Fixed("1")),
    ("POST", "/products/{id}", SignedIn, Fixed("1")),
    ("GET", "/products/{id}/picture.svg", Anybody, Fixed("1")),
    ("GET", "/api/v1/products", Anybody, Nothing),
    // Orders.
    ("GET", "/orders", SignedIn, Nothing),
    ("GET", "/orders/{id}", ItsBuyer, Order),
    ("GET", "/orders/{id}/events", ItsBuyer, Order),
    ("GET", "/orders/{id}/trucks", ItsBuyer, Order),
    ("POST", "/api/v1/orders", SignedIn, Nothing),
    ("GET", "/api/v1/orders", SignedIn, Nothing),
    ("GET", "/api/v1/orders/{id}", ItsBuyer, Order),
    ("GET", "/api/v1/orders/{id}/events", ItsBuyer, Order),
    // Coming in.
    ("GET", "/register", Anybody, Nothing),
    ("POST", "/register", Anybody, Nothing),
    ("GET", "/login", Anybody, Nothing),
    ("POST", "/login", Anybody, Nothing),
    ("POST", "/logout", Anybody, Nothing),
    ("POST", "/api/v1/accounts", Anybody, Nothing),
    ("POST", "/api/v1/tokens", Anybody, Nothing),
    // One's own account.
    ("GET", "/account", SignedIn, Nothing),
    ("POST", "/account", SignedIn, Nothing),
    ("GET", "/account/email", SignedIn, Nothing),
    ("POST", "/account/email", SignedIn, Nothing),
    ("GET", "/account/password", SignedIn, Nothing),
    ("POST", "/account/password", SignedIn, Nothing),
    ("GET", "/account/delete", SignedIn, Nothing),
    ("POST", "/account/delete", SignedIn, Nothing),
    ("GET", "/account/sessions", SignedIn, Nothing),
    ("POST", "/account/sessions", SignedIn, Nothing),
    ("GET", "/account/tokens", SignedIn, Nothing),
    ("POST", "/account/tokens", SignedIn, Nothing),
    ("GET", "/api/v1/account", SignedIn, Nothing),
    ("PUT", "/api/v1/account", SignedIn, Nothing),
    ("PUT", "/api/v1/account/email", SignedIn, Nothing),
    ("PUT", "/api/v1/account/password", SignedIn, Nothing),
    ("POST", "/api/v1/account/deletion", SignedIn, Nothing),
    ("GET", "/api/v1/tokens", SignedIn, Nothing),
    ("DELETE", "/api/v1/tokens/{id}", ItsBuyer, Token),
    ("GET", "/api/v1/sessions", SignedIn, Nothing),
    ("DELETE", "/api/v1/sessions", SignedIn, Nothing),
    ("DELETE", "/api/v1/sessions/{id}", ItsBuyer, Session),
    // Admins.
    ("GET", "/admin/accounts", Admins, Nothing),
    ("GET", "/admin/accounts/{id}", Admins, Account),
    ("POST", "/admin/accounts/{id}", Admins, Account),
    ("GET", "/admin/audit", Admins, Nothing),
    ("GET", "/admin/audit.csv", Admins, Nothing),
    ("GET", "/admin/audit.json", Admins, Nothing),
    ("GET", "/api/v1/admin/accounts", Admins, Nothing),
    ("GET", "/api/v1/admin/accounts/{id}", Admins, Account),
    ("PATCH", "/api/v1/admin/accounts/{id}", Admins, Account),
    ("GET", "/api/v1/admin/audit", Admins, Nothing),
    // Admins: the shop.
    ("DELETE", "/api/v1/admin/world/connection", Admins, Nothing),
    ("GET", "/admin", Admins, Nothing),
    ("GET", "/admin/actor-events", Admins, Nothing),
    ("GET", "/admin/actors", Admins, Nothing),
    ("GET", "/admin/actors/{kind}", Admins, Fixed("desk")),
    ("GET", "/admin/carrier", Admins, Nothing),
    ("GET", "/admin/messages", Admins, Nothing),
    ("GET", "/admin/messages/events", Admins, Nothing),
    ("GET", "/admin/messages/export", Admins, Nothing),
    ("GET", "/admin/warehouses", Admins, Nothing),
    ("GET", "/admin/warehouses/{id}", Admins, Fixed("1")),
    ("GET", "/admin/world", Admins, Nothing),
    ("POST", "/admin/world", Admins, Nothing),
    ("GET", "/admin/world/events", Admins, Nothing),
    ("GET", "/api/v1/admin/actor-events", Admins, Nothing),
    ("GET", "/api/v1/admin/actors", Admins, Nothing),
    ("GET", "/api/v1/admin/actors/{kind}", Admins, Fixed("desk")),
    ("GET", "/api/v1/admin/carrier", Admins, Nothing),
    ("GET", "/api/v1/admin/carrier/unacked", Admins, Nothing),
    ("GET", "/api/v1/admin/messages", Admins, Nothing),
    ("GET", "/api/v1/admin/messages/events", Admins, Nothing),
    ("GET", "/api/v1/admin/messages/export", Admins, Nothing),
    ("GET", "/api/v1/admin/overview", Admins, Nothing),
    ("GET", "/api/v1/admin/warehouses", Admins, Nothing),
    ("GET", "/api/v1/admin/warehouses/{id}", Admins, Fixed("1")),
    ("GET", "/api/v1/admin/warehouses/{id}/stock", Admins, Fixed("1")),
    ("GET", "/api/v1/admin/world", Admins, Nothing),
    ("GET", "/api/v1/admin/world/unacked", Admins, Nothing),
    ("PATCH", "/api/v1/admin/warehouses/{id}", Admins, Fixed("1")),
    ("POST", "/admin/warehouses", Admins, Nothing),
    ("POST", "/admin/warehouses/{id}", Admins, Fixed("1")),
    ("POST", "/api/v1/admin/warehouses", Admins, Nothing),
    ("PUT", "/api/v1/admin/world/connection", Admins, Nothing),
    ("PUT", "/api/v1/admin/world/speed", Admins, Nothing),
    // The cart.
    ("DELETE", "/api/v1/cart", SignedIn, Nothing),
    ("DELETE", "/api/v1/cart/items/{listing_id}", ItsOwner, Fixed("1")),
    ("GET", "/api/v1/cart", SignedIn, Nothing),
    ("GET", "/api/v1/cart/estimate", SignedIn, Nothing),
    ("GET", "/cart", Anybody, Nothing),
    ("GET", "/checkout", SignedIn, Nothing),
    ("GET", "/checkout/map.svg", Anybody, Nothing),
    ("POST", "/api/v1/cart/items", SignedIn, Nothing),
    ("POST", "/cart", Anybody, Nothing),
    ("POST", "/cart/clear", Anybody, Nothing),
    ("POST", "/cart/{listing}", Anybody, Fixed("1")),
    ("POST", "/checkout", SignedIn, Nothing),
    ("PUT", "/api/v1/cart/items/{listing_id}", SignedIn, Fixed("1")),
    // The catalog and reviews.
    ("DELETE", "/api/v1/products/{id}/review", ItsOwner, Fixed("1")),
    ("DELETE", "/api/v1/reviews/{id}/vote", SignedIn, Review),
    ("DELETE", "/api/v1/sellers/{id}/review", ItsOwner, Fixed("1")),
    ("GET", "/api/v1/categories", Anybody, Nothing),
    ("GET", "/api/v1/products/{id}", Anybody, Fixed("1")),
    ("GET", "/api/v1/products/{id}/reviews", Anybody, Fixed("1")),
    ("GET", "/api/v1/reviews", SignedIn, Nothing),
    ("GET", "/api/v1/sellers/{id}", Anybody, Fixed("1")),
    ("GET", "/api/v1/sellers/{id}/reviews", Anybody, Fixed("1")),
    ("GET", "/catalog", Anybody, Nothing),
    ("GET", "/products/{id}/review", SignedIn, Fixed("1")),
    ("GET", "/reviews", SignedIn, Nothing),
    ("GET", "/sellers/{id}", Anybody, Fixed("1")),
    ("GET", "/sellers/{id}/review", SignedIn, Fixed("1")),
    ("POST", "/products/{id}/review", SignedIn, Fixed("1")),
    ("POST", "/products/{id}/review/withdraw", ItsOwner, Fixed("1")),
    ("POST", "/reviews/{id}/vote", SignedIn, Review),
    ("POST", "/sellers/{id}/review", SignedIn, Fixed("1")),
    ("POST", "/sellers/{id}/review/withdraw", ItsOwner, Fixed("1")),
    ("PUT", "/api/v1/products/{id}/review", SignedIn, Fixed("1")),
    ("PUT", "/api/v1/reviews/{id}/vote", SignedIn, Review),
    ("PUT", "/api/v1/sellers/{id}/review", SignedIn, Fixed("1")),
    // Notices.
    ("GET", "/api/v1/notices", SignedIn, Nothing),
    ("GET", "/api/v1/notices/events", SignedIn, Nothing),
    ("GET", "/notices", SignedIn, Nothing),
    ("GET", "/notices/events", SignedIn, Nothing),
    ("POST", "/api/v1/notices/read", SignedIn, Nothing),
    ("POST", "/api/v1/notices/{id}/read", ItsBuyer, Notice),
    ("POST", "/notices/read", SignedIn, Nothing),
    ("POST", "/notices/{id}", ItsBuyer, Notice),
    // Orders, changed.
    ("GET", "/api/v1/orders/{id}/trucks", ItsBuyer, Order),
    ("GET", "/orders/{id}/receipt", ItsBuyer, Order),
    ("POST", "/api/v1/orders/{id}/again", ItsBuyer, Order),
    ("POST", "/api/v1/orders/{id}/cancel", ItsBuyer, Order),
    ("POST", "/orders/{id}/again", ItsBuyer, Order),
    ("POST", "/orders/{id}/cancel", ItsBuyer, Order),
    ("POST", "/orders/{id}/destination", ItsBuyer, Order),
    ("PUT", "/api/v1/orders/{id}/destination", ItsBuyer, Order),
    // Selling.
    ("GET", "/api/v1/selling", Sellers, Nothing),
    ("GET", "/api/v1/selling/export/listings", Sellers, Nothing),
    ("GET", "/api/v1/selling/export/orders", Sellers, Nothing),
    ("GET", "/api/v1/selling/listings", Sellers, Nothing),
    ("GET", "/api/v1/selling/listings/{id}", ItsSeller, Listing),
    ("GET", "/api/v1/selling/listings/{id}/purchases", ItsSeller, Listing),
    ("GET", "/api/v1/selling/orders", Sellers, Nothing),
    ("GET", "/api/v1/selling/orders/{id}", ItsSeller, Sale),
    ("GET", "/selling", SignedIn, Nothing),
    ("GET", "/selling/export", Sellers, Nothing),
    ("GET", "/selling/export/listings.csv", Sellers, Nothing),
    ("GET", "/selling/export/orders.csv", Sellers, Nothing),
    ("GET", "/selling/listings", Sellers, Nothing),
    ("GET", "/selling/listings/{id}", ItsSeller, Listing),
    ("GET", "/selling/name", Sellers, Nothing),
    ("GET", "/selling/offer", Sellers, Nothing),
    ("GET", "/selling/offer/new", Sellers, Nothing),
    ("GET", "/selling/offer/{id}", Sellers, Fixed("1")),
    ("GET", "/selling/orders", Sellers, Nothing),
    ("GET", "/selling/orders/{id}", ItsSeller, Sale),
    ("PATCH", "/api/v1/selling", Sellers, Nothing),
    ("PATCH", "/api/v1/selling/listings/{id}", ItsSeller, Listing),
    ("PATCH", "/api/v1/selling/products/{id}", ItsSeller, Product),
    ("POST", "/api/v1/selling", SignedIn, Nothing),
    ("POST", "/api/v1/selling/listings", Sellers, Nothing),
    ("POST", "/api/v1/selling/listings/{id}/purchases", ItsSeller, Listing),
    ("POST", "/selling", SignedIn, Nothing),
    ("POST", "/selling/listings/{id}", ItsSeller, Listing),
    ("POST", "/selling/listings/{id}/offered", ItsSeller, Listing),
    ("POST", "/selling/listings/{id}/product", ItsSeller, Listing),
    ("POST", "/selling/listings/{id}/purchases", ItsSeller, Listing),
    ("POST", "/selling/name", Sellers, Nothing),
    ("POST", "/selling/offer/new", Sellers, Nothing),
    ("POST", "/selling/offer/{id}", Sellers, Fixed("1")),
    // The API's description.
    ("GET", "/openapi.json", Anybody, Nothing),
    ("GET", "/docs", Anybody, Nothing),
];

/// What is sent where it is read before it is known whose the thing is; else nothing is.
const BODIES: [(&str, &str); 3] = [
    ("/destination", r#"{"x": 1, "y": 2}"#),
    ("/purchases", r#"{"warehouse_id": 1, "quantity": 1}"#),
    ("/offered", "active=false"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Actor {
    Visitor,
    Buyer,
    OtherBuyer,
    Seller,
    OtherSeller,
    Admin,
}

impl Actor {
    const ALL: [Self; 6] = [
        Self::Visitor,
        Self::Buyer,
        Self::OtherBuyer,
        Self::Seller,
        Self::OtherSeller,
        Self::Admin,
    ];

    fn email(self) -> String {
        format!("{self:?}@matrix.example").to_lowercase()
    }

    fn is_seller(self) -> bool {
        matches!(self, Self::Seller | Self::OtherSeller)
    }
}

/// What becomes of a request, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    LetIn,
    /// 401, or the way to the login.
    WhoAreYou,
    Forbidden,
    NotThere,
    Failed,
}

fn expected(whom: Whom, actor: Actor) -> Fate {
    match (whom, actor) {
        (Anybody, _) | (ItsBuyer, Actor::Buyer) => Fate::LetIn,
        (_, Actor::Visitor) => Fate::WhoAreYou,
        (SignedIn, _) | (Admins, Actor::Admin) | (ItsSeller, Actor::Seller) => Fate::LetIn,
        (ItsOwner | ItsBuyer, _) | (ItsSeller, Actor::OtherSeller) => Fate::NotThere,
        (Sellers, actor) if actor.is_seller() => Fate::LetIn,
        (Sellers | ItsSeller | Admins, _) => Fate::Forbidden,
    }
}

fn fate(response: &Response<Body>) -> Fate {
    let to = response.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or("");
    match response.status().as_u16() {
        303 if to.starts_with("/login") => Fate::WhoAreYou,
        401 => Fate::WhoAreYou,
        403 => Fate::Forbidden,
        404 => Fate::NotThere,
        200..=499 => Fate::LetIn,
        _ => Fate::Failed,
    }
}

/// The site with one account for each actor, and whatever of theirs is asked for.
struct People {
    site: Site,
    order: i64,
    sale: i64,
}

impl People {
    async fn gather(site: Site) -> Self {
        site.execute(
            "INSERT INTO store.accounts (email, password_hash, first_name, last_name, is_admin)
            SELECT n || '@matrix.example', '', n, 'Matrix', n = 'admin' FROM unnest(ARRAY['buyer',
                'otherbuyer', 'seller', 'otherseller', 'admin', 'nobody']) n;
            UPDATE store.sellers SET account_id = (SELECT id FROM store.accounts
                WHERE email = 'seller@matrix.example') WHERE id = 2;
            UPDATE store.sellers SET account_id = (SELECT id FROM store.accounts
                WHERE email = 'otherseller@matrix.example') WHERE id = 3;
            INSERT INTO store.reviews (account_id, product_id, stars)
            SELECT id, 2, 4 FROM store.accounts WHERE email = 'nobody@matrix.example';",
        )
        .await;
        let mut people = Self { site, order: 0, sale: 0 };
        let token = people.pass(Actor::Buyer, "tokens").await.0;
        people.order = people.site.place(&token, "matrix").await;
        let listing: i64 = people.id(Listing).await.parse().unwrap();
        let item = json!({"listing_id": listing, "quantity": 1});
        let sale = json!({"items": [item], "destination": {"x": 3, "y": -4}});
        let ask =
            Ask::post("/api/v1/orders", &sale).token(&token).header("idempotency-key", "sale");
        people.sale = people.site.ask(ask).await.json()["id"].as_i64().unwrap();
        people
    }

    /// A fresh session or token of an actor's, and its id: whatever a route ends is not missed
    /// by the next one.
    async fn pass(&self, actor: Actor, table: &str) -> (String, i64) {
        let secret = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
        let hash: [u8; 32] = Sha256::digest(&secret).into();
        let idle = if table == "sessions" { ("idle_hours,", "9,") } else { ("", "") };
        let insert = format!(
            "INSERT INTO store.{table} (hash, {} account_id, expires_at)
            SELECT $1, {} id, now() + interval '1 day' FROM store.accounts WHERE email = $2
            RETURNING id",
            idle.0, idle.1
        );
        let client = self.site.db.client().await.unwrap();
        let row = client.query_one(&insert, &[&hash.as_slice(), &actor.email()]).await.unwrap();
        (secret, row.get(0))
    }

    async fn id(&self, thing: Thing) -> String {
        match thing {
            Nothing => String::new(),
            Fixed(id) => id.to_owned(),
            Order => self.order.to_string(),
            Session => self.pass(Actor::Buyer, "sessions").await.1.to_string(),
            Token => self.pass(Actor::Buyer, "tokens").await.1.to_string(),
            Sale => self.sale.to_string(),
            Account => {
                self.one("SELECT id FROM store.accounts WHERE email = 'nobody@matrix.example'")
                    .await
            }
            Listing => {
                self.one("SELECT id FROM store.listings WHERE seller_id = 2 ORDER BY id LIMIT 1")
                    .await
            }
            Product => self.one("SELECT min(id) FROM store.products WHERE created_by = 2").await,
            Review => self.one("SELECT id FROM store.reviews WHERE stars = 4").await,
            Notice => {
                self.one(
                    "INSERT INTO store.notices (account_id, kind, order_id, package_id, at_us)
                    SELECT a.id, 'delivered', 1, (SELECT count(*) FROM store.notices), 1
                    FROM store.accounts a WHERE a.email = 'buyer@matrix.example' RETURNING id",
                )
                .await
            }
        }
    }

    async fn one(&self, query: &str) -> String {
        let client = self.site.db.client().await.unwrap();
        client.query_one(query, &[]).await.unwrap().get::<_, i64>(0).to_string()
    }

    async fn ask(&self, method: &str, path: &str, thing: Thing, actor: Actor) -> Fate {
        let path = filled(path, &self.id(thing).await);
        let is_api = path.starts_with("/api/");
        let mut ask = Ask::new(method.parse::<Method>().unwrap(), &path);
        if method != "GET" {
            let kind =
                if is_api { "application/json" } else { "application/x-www-form-urlencoded" };
            let body = BODIES.iter().find(|(end, _)| path.ends_with(end));
            let body = body.map_or(if is_api { "{}" } else { "" }, |(_, body)| *body);
            let key = ("idempotency-key", "matrix");
            ask = ask.header("content-type", kind).header(key.0, key.1).body(body);
        }
        if actor != Actor::Visitor {
            let table = if is_api { "tokens" } else { "sessions" };
            let (secret, _) = self.pass(actor, table).await;
            ask = if is_api { ask.token(&secret) } else { ask.cookie(&secret) };
        }
        // Some answers are streams without end: the head tells enough.
        let fate = fate(&self.site.send(ask.build()).await);
        // An empty form proves nothing, and is told so by the status that means: not let in.
        if path == "/login" && fate == Fate::WhoAreYou { Fate::LetIn } else { fate }
    }
}

fn filled(path: &str, id: &str) -> String {
    let segments = path.split('/').map(|part| if part.starts_with('{') { id } else { part });
    segments.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    on_each_database(async |db| {
        let people = People::gather(Site::open(db).await).await;
        let mut wrong = Vec::new();
        for &(method, path, whom, thing) in RULES {
            for actor in Actor::ALL {
                let (is, should_be) =
                    (people.ask(method, path, thing, actor).await, expected(whom, actor));
                if is != should_be {
                    wrong.push(format!("{method} {path} by {actor:?}: {is:?}, not {should_be:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn every_route_is_in_the_matrix() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let mut routes = routes_of_pages();
        let api = site.get("/openapi.json").await.json();
        for (path, methods) in api["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                routes.insert((method.to_uppercase(), path.clone()));
            }
        }
        assert!(routes.len() > 40, "they were not found: {routes:?}");
        let rule =
            |&(method, path, ..): &(&str, &str, Whom, Thing)| (method.to_owned(), path.to_owned());
        let rules: BTreeSet<_> = RULES.iter().map(rule).collect();
        let missing: Vec<_> = routes.difference(&rules).collect();
        assert!(missing.is_empty(), "say in RULES who may use these: {missing:#?}");
        let gone: Vec<_> = rules.difference(&routes).collect();
        assert!(gone.is_empty(), "these are no routes any more: {gone:#?}");
        assert_eq!(rules.len(), RULES.len(), "a route is there twice");
    })
    .await;
}

/// Each `.route("path", get(…).post(…))` in the sources of the store's pages.
fn routes_of_pages() -> BTreeSet<(String, String)> {
    let alone = ["src/store/web.rs", "src/web/openapi.rs"];
    let mut sources: Vec<_> = alone.map(|file| std::fs::read_to_string(file).unwrap()).into();
    read_all(Path::new("src/store/web"), &mut sources);
    let mut routes = BTreeSet::new();
    for source in sources {
        for call in source.split(".route(").skip(1) {
            let Some((path, rest)) =
                call.trim_start().strip_prefix('"').and_then(|call| call.split_once('"'))
            else {
                continue;
            };
            let handlers = &rest[..end_of_call(rest)];
            for method in ["get", "post", "put", "patch", "delete"] {
                if handlers
                    .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '(')
                    .any(|word| word.starts_with(&format!("{method}(")))
                {
                    routes.insert((method.to_uppercase(), path.to_owned()));
                }
            }
        }
    }
    routes
}

/// Where the bracket closes that was open before `text`.
fn end_of_call(text: &str) -> usize {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return at,
            ')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn read_all(folder: &Path, sources: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, sources);
        } else {
            sources.push(std::fs::read_to_string(path).unwrap());
        }
    }
}
