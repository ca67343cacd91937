//! The store's real router over a real database, in front of a store that takes
//! every order at once and lets a test move the packages.

use std::{
    collections::{BTreeMap, HashMap},
    io::Read as _,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, Response, StatusCode, header},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tower::ServiceExt;
use waybill::{
    basis::{
        Cents, ListingId, OrderId, PackageId, PurchaseId, Seq, SimTime, TruckId, WarehouseId,
        WorldId,
    },
    db::{Db, Schema, migrate},
    runtime::{Failure, KindView, LedgerView, PartyView},
    store::{
        demo::{self, DemoAccounts, Scale},
        model::{
            Cancel, CancelOutcome, Letter, Line, Output, PackageChange, PackageStatus, Place,
            PlaceAnswer, PlacedOrder, Redirect, RedirectOutcome, Rejection,
            letters::Replenish,
            outputs::{Change, PlacedPackage, ReplenishRefusal},
            wishes::{LinkView, Matter, Outstanding, Wish, WishRefusal, WorldWish, WorldWishes},
        },
        shop::{Inside, ResidentView, Shop, ShopSettings},
        web::{AppState, PublicSettings, WebSettings, people::admins, router},
        webhooks,
    },
    web::{Guarded, ListenerSettings, Listening, listen},
    wire::signature::Keys,
};

const PLACED_US: i64 = 1_700_000_000_000_000;

pub struct Site {
    pub db: Db,
    pub shop: Shop,
    pub demo: DemoAccounts,
    pub dir: TempDir,
    /// What the models were told beside orders.
    pub told: Arc<Mutex<Vec<Letter>>>,
    router: Router,
    healthy: Arc<AtomicBool>,
}

impl Site {
    pub async fn open(db: Db) -> Self {
        Self::open_with(db, ShopSettings::default()).await
    }

    pub async fn open_with(db: Db, settings: ShopSettings) -> Self {
        Self::open_guarded(db, settings, Guarded::default()).await
    }

    pub async fn open_guarded(db: Db, settings: ShopSettings, guarded: Guarded) -> Self {
        let urls = vec!["http://shop.test".parse().unwrap()];
        let public = PublicSettings { urls, limits: None, ..PublicSettings::default() };
        Self::open_to(db, settings, WebSettings { guarded, public, ..WebSettings::default() }).await
    }

    pub async fn open_to(db: Db, settings: ShopSettings, web: WebSettings) -> Self {
        migrate(&db, Schema::Store).await.unwrap();
        let dir = TempDir::new().unwrap();
        let goods = Scale::demo(0);
        let demo = demo::seed_if_empty(&db, dir.path(), goods).await.unwrap().unwrap();
        let (letters, inbox) = mpsc::unbounded_channel();
        let healthy = Arc::new(AtomicBool::new(true));
        let inside = FakeInside { letters, healthy: Arc::clone(&healthy) };
        let shop = Shop::new(Box::new(inside), settings);
        let told = Arc::default();
        tokio::spawn(take_orders(db.clone(), shop.clone(), Arc::clone(&told), inbox));
        let guarded = web.guarded.clone();
        let tally_every = Duration::from_millis(50);
        let web = WebSettings { tally_every, ..web };
        let state = AppState::new(db.clone(), shop.clone(), web).unwrap();
        let webhooks = webhooks::router(shop.clone(), db.clone(), Keys::default(), guarded);
        let router = router(state).merge(webhooks);
        Self { db, shop, demo, dir, told, router, healthy }
    }

    /// The site on a socket of its own.
    pub async fn serve(&self) -> Listening {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        listen(any_port, self.router.clone(), ListenerSettings::default()).await.unwrap()
    }

    /// How many rows each of the store's tables has.
    pub async fn rows(&self) -> BTreeMap<String, i64> {
        let client = self.db.client().await.unwrap();
        // Notices are written a moment after what they tell of.
        let tables = "SELECT tablename::text FROM pg_tables
            WHERE schemaname = 'store' AND tablename <> 'notices'";
        let mut rows = BTreeMap::new();
        for table in client.query(tables, &[]).await.unwrap() {
            let table: String = table.get(0);
            let count = format!("SELECT count(*) FROM store.{table}");
            let count = client.query_one(&count, &[]).await.unwrap().get(0);
            rows.insert(table, count);
        }
        rows
    }

    pub fn stall(&self) {
        self.healthy.store(false, Ordering::SeqCst);
    }

    pub fn recover(&self) {
        self.healthy.store(true, Ordering::SeqCst);
    }

    /// Whatever the store's tables should be made to hold.
    pub async fn sql(&self, statements: &str) {
        self.db.client().await.unwrap().batch_execute(statements).await.unwrap();
    }

    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::read(self.send(Ask::get(path).build()).await).await
    }

    pub async fn ask(&self, ask: Ask) -> Answer {
        Answer::read(self.send(ask.build()).await).await
    }

    /// A new account's token.
    pub async fn token(&self, email: &str) -> String {
        let account = json!({"email": email, "password": "correct horse battery", "first_name": "A", "last_name": "B"});
        assert_eq!(self.ask(Ask::post("/api/v1/accounts", &account)).await.status, 201);
        let credentials = json!({"email": email, "password": "correct horse battery"});
        let answer = self.ask(Ask::post("/api/v1/tokens", &credentials)).await;
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// A new admin's token.
    pub async fn admin_token(&self, email: &str) -> String {
        let token = self.token(email).await;
        admins::promote(&self.db, email).await.unwrap();
        token
    }

    /// A new session of an account of [`Self::token`]'s.
    pub async fn session(&self, email: &str) -> String {
        let fields = format!("email={email}&password=correct+horse+battery");
        let answer = self.ask(Ask::form("/login", &fields)).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.session().expect("a session")
    }

    pub async fn execute(&self, statement: &str) {
        self.db.client().await.unwrap().batch_execute(statement).await.unwrap();
    }

    pub async fn place(&self, token: &str, key: &str) -> i64 {
        let ask = Ask::post("/api/v1/orders", &order()).token(token).header("idempotency-key", key);
        let answer = self.ask(ask).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["id"].as_i64().unwrap()
    }

    /// Has the packages of an order delivered, as the ledger would write it.
    pub async fn deliver(&self, order: i64) {
        let deliver = format!(
            "UPDATE store.packages SET status = 'delivered', delivered_us = created_us + 1
            WHERE order_id = {order}"
        );
        self.run(&deliver).await;
    }

    /// Statements that a test needs.
    pub async fn run(&self, statements: &str) {
        self.db.client().await.unwrap().batch_execute(statements).await.unwrap();
    }

    /// A new account that has received product 1 (listing 1, of seller 1), and its token.
    pub async fn customer(&self, email: &str) -> String {
        let token = self.token(email).await;
        let order = self.place(&token, "k").await;
        self.deliver(order).await;
        token
    }

    /// A new session of the demo's buyer.
    pub async fn cookie(&self) -> String {
        let (email, password) = (self.demo.buyer.email, &self.demo.buyer.password);
        let fields = format!("email={email}&password={password}");
        let answer = self.ask(Ask::form("/login", &fields)).await;
        let cookie = answer.header("set-cookie").to_owned();
        let value = cookie.split(';').next().and_then(|pair| pair.split_once('='));
        value.unwrap_or_else(|| panic!("no session: {answer:?}")).1.to_owned()
    }

    /// Another web front over the same database, as after a crash.
    pub fn start_again(&self) {
        let web = WebSettings::default();
        AppState::new(self.db.clone(), self.shop.clone(), web).unwrap();
    }

    /// Tells of a package's next status, as the store would.
    pub fn change(&self, order: i64, status: PackageStatus, at_us: u64) {
        let change = PackageChange {
            order: OrderId(order),
            package: PackageId(order * 10),
            warehouse: WarehouseId(1),
            change: Change::Status,
            status,
            tracking_number: Some("WB-7".to_owned()),
            truck: Some(TruckId(3)),
            seq: None,
            at: SimTime(PLACED_US as u64 + at_us),
            since: None,
        };
        assert!(self.shop.take(Output::Changed(change)).is_none());
    }
}

/// An order that is acceptable.
pub fn order() -> Value {
    json!({"items": [{"listing_id": 1, "quantity": 2}], "destination": {"x": 3, "y": -4}})
}

/// A request in the making.
pub struct Ask(axum::http::request::Builder, Body);

impl Ask {
    pub fn new(method: Method, path: &str) -> Self {
        let builder = Request::builder().method(method).uri(path).header(header::HOST, "shop.test");
        Self(builder, Body::empty())
    }

    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &str, body: &Value) -> Self {
        Self::new(Method::POST, path)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    pub fn put(path: &str, body: &Value) -> Self {
        Self::new(Method::PUT, path)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    pub fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub fn form(path: &str, fields: &str) -> Self {
        Self::new(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(fields.to_owned())
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value), self.1)
    }

    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn cookie(self, token: &str) -> Self {
        self.header("cookie", &format!("waybill_session={token}"))
    }

    pub fn body(self, body: impl Into<Body>) -> Self {
        Self(self.0, body.into())
    }

    pub fn build(self) -> Request<Body> {
        self.0.body(self.1).unwrap()
    }
}

fn unzipped(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

/// An answer that was read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

impl Answer {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = match parts.headers.get(header::CONTENT_ENCODING) {
            Some(encoding) if encoding == "gzip" => unzipped(&bytes),
            _ => String::from_utf8(bytes.to_vec()).unwrap(),
        };
        Self { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// The session that it gives the browser, if it gives one.
    pub fn session(&self) -> Option<String> {
        let (_, rest) = self.header("set-cookie").split_once("waybill_session=")?;
        Some(rest.split(';').next()?.to_owned()).filter(|secret| !secret.is_empty())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is a problem that says what to do, of this status.
    #[track_caller]
    pub fn assert_problem(&self, status: StatusCode) -> Value {
        assert_eq!(self.status, status.as_u16(), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status.as_u16());
        for member in ["type", "title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        problem
    }
}

struct FakeInside {
    letters: mpsc::UnboundedSender<Letter>,
    healthy: Arc<AtomicBool>,
}

impl Inside for FakeInside {
    fn post(&self, letter: Letter) {
        let _ = self.letters.send(letter);
    }

    fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::SeqCst)
    }

    fn look(&self) -> Option<PartyView> {
        let (at, whose) = (SystemTime::UNIX_EPOCH, "Package(PackageId(7))".to_owned());
        let failure = Some(Failure { at, whose, reason: "<no> \"good\"".to_owned() });
        let kind = |kind, failure| KindView {
            kind,
            residents: 2,
            queued: 5,
            queued_max: 4,
            handled: 1_234,
            restarts: 1,
            failure,
        };
        let ledger = LedgerView { queued: 3, queue_max: 16_384, committed: 99, is_stalled: false };
        Some(PartyView {
            party: "store",
            opened_at: at,
            reopened: 0,
            failure: None,
            ledger,
            kinds: vec![kind("desk", None), kind("package", failure)],
        })
    }

    fn busiest(&self, kind: &str, max: usize) -> Vec<ResidentView> {
        let view = |n: usize| ResidentView { resident: format!("{kind} {n}"), queued: 9 - n };
        (0..2).map(view).take(max).collect()
    }
}

/// The store that says yes: one package an order, from warehouse 1.
async fn take_orders(
    db: Db,
    shop: Shop,
    told: Arc<Mutex<Vec<Letter>>>,
    mut inbox: mpsc::UnboundedReceiver<Letter>,
) {
    let mut known: HashMap<(i64, String), (i64, [u8; 32])> = HashMap::new();
    while let Some(letter) = inbox.recv().await {
        let place = match letter {
            Letter::Place(place) => place,
            Letter::Replenish(wish) => {
                let (reply, outcome) = (wish.reply, buy(&db, &wish).await);
                shop.take(Output::Replenished { reply, outcome });
                continue;
            }
            letter @ (Letter::Cancel(_) | Letter::Redirect(_)) => {
                amend(&db, &shop, letter).await;
                continue;
            }
            other => {
                told.lock().unwrap().push(other.clone());
                answer_admin(&shop, &other);
                continue;
            }
        };
        let next = known.len() as i64 + 1;
        let key = (place.account.0, place.idempotency_key.clone());
        let answer = match known.get(&key) {
            Some((order, hash)) if *hash == place.body_hash => {
                PlaceAnswer::Repeated { order: OrderId(*order) }
            }
            Some((order, _)) => PlaceAnswer::Conflict { order: OrderId(*order) },
            None => match price(&db, &shop, &place).await {
                Err(rejection) => PlaceAnswer::Rejected(rejection),
                Ok(total) => {
                    known.insert(key, (next, place.body_hash));
                    save(&db, (next, total), &place).await;
                    PlaceAnswer::Placed(placed((next, total), &place))
                }
            },
        };
        // A reply that nobody gets: an order for the place at which no answer comes.
        if place.destination.x != 404_404 {
            shop.take(Output::Answer { reply: place.reply, answer });
        }
    }
}

/// Makes a purchase that the world has not been told of.
async fn buy(db: &Db, wish: &Replenish) -> Result<PurchaseId, ReplenishRefusal> {
    let (client, warehouse) = (db.client().await.unwrap(), wish.warehouse.0);
    let known = "SELECT FROM store.warehouses WHERE id = $1";
    if client.query_opt(known, &[&warehouse]).await.unwrap().is_none() {
        return Err(ReplenishRefusal::UnknownWarehouse(wish.warehouse));
    }
    let insert = "INSERT INTO store.purchases (warehouse_id, id, requested_us)
        SELECT $1, coalesce(max(id), 0) + 1, $2 FROM store.purchases WHERE warehouse_id = $1
        RETURNING id";
    let now_us = jiff::Timestamp::now().as_microsecond();
    let id: i64 = client.query_one(insert, &[&warehouse, &now_us]).await.unwrap().get(0);
    for line in &wish.lines {
        let item = "INSERT INTO store.purchase_items VALUES ($1, $2, $3, $4)";
        let quantity = line.quantity as i32;
        client.execute(item, &[&warehouse, &id, &line.listing.0, &quantity]).await.unwrap();
    }
    Ok(PurchaseId(id))
}

/// World 13 is one that the store may not go to; of what is under way there is one command.
fn answer_admin(shop: &Shop, letter: &Letter) {
    let answer = match letter {
        Letter::Wish(WorldWish { reply, wish }) => {
            let refusal = WishRefusal::UnderWay { world: WorldId(1), packages: 3 };
            let is_refused = *wish == Wish::Connect(Some(WorldId(13)));
            let outcome = if is_refused { Err(refusal) } else { Ok(()) };
            Output::Wished { reply: *reply, outcome }
        }
        Letter::Look(look) => {
            let (package, warehouse) = (PackageId(70), WarehouseId(1));
            let matter = Matter::Pack { order: Some(OrderId(7)), package, warehouse };
            let since = SimTime(PLACED_US as u64);
            let one = Outstanding { seq: Seq(5), matter, sends: 4, since };
            let outstanding = [one].into_iter().filter(|it| it.seq > look.after);
            let outstanding = outstanding.take(look.limit).collect();
            let wishes = WorldWishes { speed: Some(250), ..WorldWishes::default() };
            let view = LinkView { unacked: 1, outstanding, packages: 3, wishes };
            Output::Looked { reply: look.reply, view }
        }
        _ => return,
    };
    assert!(shop.take(answer).is_none());
}

/// Cancels what is created, and sends elsewhere what is not on its way.
async fn amend(db: &Db, shop: &Shop, letter: Letter) {
    let client = db.client().await.unwrap();
    let status = async |package: PackageId| {
        let select = "SELECT status FROM store.packages WHERE id = $1";
        let row = client.query_one(select, &[&package.0]).await.unwrap();
        PackageStatus::parse(row.get(0)).unwrap()
    };
    match letter {
        Letter::Cancel(Cancel { reply, package }) => {
            let outcome = match status(package).await {
                PackageStatus::Created => {
                    let cancel = "UPDATE store.packages SET status = 'cancelled' WHERE id = $1";
                    client.execute(cancel, &[&package.0]).await.unwrap();
                    CancelOutcome::Cancelled
                }
                status => CancelOutcome::TooLate { status },
            };
            shop.take(Output::Cancelled { reply, outcome });
        }
        Letter::Redirect(Redirect { reply, package, to }) => {
            let outcome = match status(package).await {
                status if status >= PackageStatus::Delivering => {
                    RedirectOutcome::TooLate { status }
                }
                _ => {
                    let redirect = "UPDATE store.packages
                        SET destination_x = $2, destination_y = $3 WHERE id = $1";
                    client.execute(redirect, &[&package.0, &to.x, &to.y]).await.unwrap();
                    RedirectOutcome::Changed
                }
            };
            shop.take(Output::Redirected { reply, outcome });
        }
        _ => {}
    }
}

/// What it costs, if it can be ordered on the buyer's terms.
async fn price(db: &Db, shop: &Shop, place: &Place) -> Result<Cents, Rejection> {
    let client = db.client().await.unwrap();
    let mut total = Cents(0);
    for (listing, quantity) in &place.items {
        let select = "SELECT price_cents FROM store.listings WHERE id = $1 AND active";
        let row = client.query_opt(select, &[&listing.0]).await.unwrap();
        let row = row.ok_or(Rejection::UnknownListing(*listing))?;
        total = Cents(total.0 + Cents(row.get(0)).times(*quantity).0);
        if place.only_in_stock && shop.stock(*listing) < i64::from(*quantity) {
            return Err(Rejection::NotInStock);
        }
    }
    match place.expected_total {
        Some(expected) if expected != total => Err(Rejection::PriceChanged { expected, total }),
        _ => Ok(total),
    }
}

fn placed((order, total): (i64, Cents), place: &Place) -> PlacedOrder {
    let lines = place.items.iter().map(|(listing, quantity)| Line::new(*listing, *quantity));
    PlacedOrder {
        order: OrderId(order),
        total,
        placed_at: SimTime(PLACED_US as u64),
        packages: vec![PlacedPackage {
            id: PackageId(order * 10),
            warehouse: WarehouseId(1),
            status: PackageStatus::Created,
            in_stock: true,
            lines: lines.collect(),
        }],
    }
}

async fn save(db: &Db, (order, total): (i64, Cents), place: &Place) {
    let client = db.client().await.unwrap();
    let hash = place.body_hash.as_slice();
    let (x, y) = (place.destination.x, place.destination.y);
    let insert = "INSERT INTO store.orders (id, account_id, email, idempotency_key, body_hash,
        destination_x, destination_y, carrier_account, total_cents, placed_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $9)";
    let (account, email, key) = (place.account.0, &place.email, &place.idempotency_key);
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 10] =
        [&order, &account, email, key, &hash, &x, &y, &place.carrier_account, &PLACED_US, &total.0];
    client.execute(insert, &params).await.unwrap();
    let package = "INSERT INTO store.packages (id, order_id, warehouse_id, status, granted, created_us, granted_us)
        VALUES ($1, $2, 1, 'created', true, $3, $3)";
    client.execute(package, &[&(order * 10), &order, &PLACED_US]).await.unwrap();
    for (listing, quantity) in &place.items {
        let (ListingId(listing), quantity) = (listing, *quantity as i32);
        let items = "INSERT INTO store.order_items (order_id, listing_id, product_id, quantity, price_cents)
            SELECT $1, id, product_id, $3, price_cents FROM store.listings WHERE id = $2";
        client.execute(items, &[&order, listing, &quantity]).await.unwrap();
        let contents = "INSERT INTO store.package_items SELECT $1, id, product_id, $3
            FROM store.listings WHERE id = $2";
        client.execute(contents, &[&(order * 10), listing, &quantity]).await.unwrap();
    }
}
