//! The store's API as a buyer uses it.
//!
//! Only what the load needs of it, and of each answer only the fields it reads.

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Method, StatusCode, header::RETRY_AFTER};
use serde::Deserialize;
use serde_json::json;

use super::connection::{Answer, Connection, Origin};

const PRODUCTS_PER_PAGE: usize = 100;

/// Somebody who may order.
#[derive(Debug, Clone)]
pub struct Account {
    bearer: String,
}

/// An order that the store has taken.
#[derive(Debug, Clone, Deserialize)]
pub struct Placed {
    pub id: i64,
    pub status: String,
    #[serde(default)]
    pub packages: Vec<serde::de::IgnoredAny>,
}

/// What came of one try to place an order.
#[derive(Debug)]
pub(super) enum Attempt {
    Placed(Placed),
    /// 503: come again after so many seconds.
    Busy {
        retry_after_s: u64,
    },
    /// It will be refused again.
    Refused(String),
}

/// The way to a store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    origin: Origin,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Product>,
    next: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Product {
    offers: Vec<Offer>,
}

#[derive(Deserialize)]
struct Offer {
    listing_id: i64,
}

impl Api {
    pub fn new(store_url: &str) -> anyhow::Result<Self> {
        Ok(Self { origin: Origin::parse(store_url).context("--store-url")? })
    }

    pub(super) fn connect(&self) -> Connection {
        Connection::new(&self.origin)
    }

    /// Registers so many new buyers and signs them in.
    pub async fn open_accounts(&self, count: usize) -> anyhow::Result<Vec<Account>> {
        let run: u64 = rand::random();
        let mut connection = self.connect();
        let mut accounts = Vec::with_capacity(count);
        for number in 0..count {
            let email = format!("load-{run:016x}-{number}@example.org");
            let password = format!("{:032x}", rand::random::<u128>());
            accounts.push(open_account(&mut connection, &email, &password).await?);
        }
        Ok(accounts)
    }

    /// Every listing on offer.
    pub async fn listings(&self) -> anyhow::Result<Vec<i64>> {
        let mut connection = self.connect();
        let mut listings = Vec::new();
        let mut path = format!("/api/v1/products?limit={PRODUCTS_PER_PAGE}");
        loop {
            let answer = connection.send(Method::GET, &path, &[], None).await?;
            let page: Page = read(&answer, StatusCode::OK)?;
            listings.extend(page.items.iter().flat_map(|p| &p.offers).map(|o| o.listing_id));
            let next = match page.next {
                Some(serde_json::Value::String(next)) if !next.is_empty() => next,
                Some(serde_json::Value::Number(next)) => next.to_string(),
                _ => return Ok(listings),
            };
            path = format!("/api/v1/products?limit={PRODUCTS_PER_PAGE}&cursor={next}");
        }
    }
}

/// Tries once to place an order. An error means that its outcome is not known.
pub(super) async fn place(
    connection: &mut Connection,
    account: &Account,
    key: &str,
    order: Bytes,
) -> anyhow::Result<Attempt> {
    let headers = [("authorization", account.bearer.as_str()), ("idempotency-key", key)];
    let answer = connection.send(Method::POST, "/api/v1/orders", &headers, Some(order)).await?;
    Ok(match answer.status {
        StatusCode::CREATED | StatusCode::OK => Attempt::Placed(read(&answer, answer.status)?),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            Attempt::Busy { retry_after_s: retry_after_s(&answer) }
        }
        _ => Attempt::Refused(refusal(&answer)),
    })
}

/// How an order stands.
pub(super) async fn look_up(
    connection: &mut Connection,
    account: &Account,
    order: i64,
) -> anyhow::Result<Placed> {
    let path = format!("/api/v1/orders/{order}");
    let headers = [("authorization", account.bearer.as_str())];
    let answer = connection.send(Method::GET, &path, &headers, None).await?;
    read(&answer, StatusCode::OK)
}

async fn open_account(
    connection: &mut Connection,
    email: &str,
    password: &str,
) -> anyhow::Result<Account> {
    let person = json!({
        "email": email, "password": password, "first_name": "Load", "last_name": "Tester",
    });
    let answer = connection.send(Method::POST, "/api/v1/accounts", &[], body(&person)).await?;
    if answer.status == StatusCode::TOO_MANY_REQUESTS {
        bail!(
            "the store limits how many accounts one makes: run it with --rate-limits off, or this with fewer --accounts"
        );
    }
    expect(&answer, StatusCode::CREATED).context("registering an account")?;
    let credentials = json!({ "email": email, "password": password });
    let answer = connection.send(Method::POST, "/api/v1/tokens", &[], body(&credentials)).await?;
    let token: Token = read(&answer, StatusCode::CREATED).context("signing in")?;
    Ok(Account { bearer: format!("Bearer {}", token.token) })
}

fn body(value: &serde_json::Value) -> Option<Bytes> {
    Some(Bytes::from(value.to_string()))
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer, status: StatusCode) -> anyhow::Result<T> {
    expect(answer, status)?;
    serde_json::from_slice(&answer.body).context("the store's answer is not what the API promises")
}

fn expect(answer: &Answer, status: StatusCode) -> anyhow::Result<()> {
    if answer.status != status {
        bail!("the store answered {}", refusal(answer));
    }
    Ok(())
}

/// The status and the sentence of a problem.
fn refusal(answer: &Answer) -> String {
    let problem: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    let detail = problem.as_ref().and_then(|problem| problem.get("detail"));
    let detail = detail.and_then(serde_json::Value::as_str).unwrap_or_default();
    format!("{} {detail}", answer.status.as_u16()).trim_end().to_owned()
}

fn retry_after_s(answer: &Answer) -> u64 {
    let text = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(1)
}
