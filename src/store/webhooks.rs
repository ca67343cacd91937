//! Where the carrier reports to: the dialect's entrances, single, flat and batched.
//!
//! Bodies become messages or refusals here; what they mean is for the models.
//! Only a question for a shipment's details is answered here, from the database.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::Value;

use super::shop::Shop;
use crate::{
    basis::{OrderId, PackageId, Point, ProductId, WarehouseId},
    db::{Db, DbError},
    wire::dialect::{
        Answer, BATCH_PATH_AT_STORE, Content, DetailReport, Envelope, EnvelopeKind, FlatKind,
        Refusal, ToStore, code, parse_batch_to_store, parse_flat, parse_to_store, render_answer,
        render_answers, render_flat_answer,
    },
};

/// The largest body that is read: a full batch.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

const RETRY_AFTER_S: &str = "1";

#[derive(Clone)]
struct Entrance {
    shop: Shop,
    db: Db,
}

/// All entrances for the carrier.
pub fn router(shop: Shop, db: Db) -> Router {
    use EnvelopeKind as E;
    use FlatKind as F;
    Router::new()
        .route("/set_worldid", flat(F::SetWorld))
        .route("/api/webhooks/truck-dispatched", enveloped(E::TruckDispatched))
        .route("/api/webhooks/truck-arrived", enveloped(E::TruckArrived))
        .route("/api/webhooks/shipment-delivered", enveloped(E::ShipmentDelivered))
        .route("/api/webhooks/shipment-detail-request", enveloped(E::PackageDetailRequest))
        .route(BATCH_PATH_AT_STORE, post(batched))
        .route("/api/ups/truck-arrived", flat(F::TruckArrived))
        .route("/api/ups/package-delivered", flat(F::PackageDelivered))
        .route("/api/ups/tracking", flat(F::Tracking))
        .route("/api/ups/status-update", flat(F::StatusUpdate))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Entrance { shop, db })
}

fn enveloped(kind: EnvelopeKind) -> axum::routing::MethodRouter<Entrance> {
    post(async move |State(entrance): State<Entrance>, body: Bytes| {
        let parsed = parse_to_store(Some(kind), &body);
        match entrance.answer(vec![parsed]).await {
            Ok(answers) => {
                respond(answers.first().map(|answer| render_answer(answer, &timestamp())))
            }
            Err(busy) => busy,
        }
    })
}

fn flat(kind: FlatKind) -> axum::routing::MethodRouter<Entrance> {
    post(async move |State(entrance): State<Entrance>, body: Bytes| {
        let parsed = parse_flat(kind, &body);
        match entrance.answer(vec![parsed]).await {
            Ok(answers) => respond(answers.first().map(render_flat_answer)),
            Err(busy) => busy,
        }
    })
}

async fn batched(State(entrance): State<Entrance>, body: Bytes) -> Response {
    let parsed = match parse_batch_to_store(&body) {
        Ok(parsed) => parsed,
        Err(refusal) => {
            let answer = Answer { outcome: Err(refusal), acks: Vec::new() };
            return respond(Some(render_answer(&answer, &timestamp())));
        }
    };
    match entrance.answer(parsed).await {
        Ok(answers) => Json(render_answers(&answers, &timestamp())).into_response(),
        Err(busy) => busy,
    }
}

impl Entrance {
    /// Answers in the order of the messages: events by the models, questions by
    /// the database, what is no message by saying so.
    async fn answer(
        &self,
        messages: Vec<Result<Envelope<ToStore>, Refusal>>,
    ) -> Result<Vec<Answer>, Response> {
        let mut answers: Vec<Option<Answer>> = vec![None; messages.len()];
        let (mut places, mut events) = (Vec::new(), Vec::new());
        for (place, message) in messages.into_iter().enumerate() {
            match message {
                Err(refusal) => {
                    answers[place] = Some(Answer { outcome: Err(refusal), acks: Vec::new() });
                }
                Ok(Envelope { seq, message: ToStore::DetailRequest { shipment }, .. }) => {
                    let outcome = detail(&self.db, shipment).await.map_err(|_| busy())?;
                    answers[place] = Some(Answer { outcome, acks: seq.into_iter().collect() });
                }
                Ok(event) => {
                    places.push(place);
                    events.push(event);
                }
            }
        }
        if !events.is_empty() {
            let heard = self.shop.hear_carrier(events).await.map_err(|_| busy())?;
            for (place, answer) in places.into_iter().zip(heard) {
                answers[place] = Some(answer);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

/// What is in a package and where it goes.
async fn detail(db: &Db, shipment: PackageId) -> Result<Result<Content, Refusal>, DbError> {
    let client = db.client().await?;
    let sql = "SELECT p.order_id, p.warehouse_id, o.destination_x, o.destination_y
         FROM store.packages p JOIN store.orders o ON o.id = p.order_id WHERE p.id = $1";
    let Some(package) = client.query_opt(sql, &[&shipment.0]).await? else {
        let message = format!("there is no shipment {shipment}");
        return Ok(Err(Refusal { code: code::SHIPMENT_NOT_FOUND, message }));
    };
    let sql = "SELECT i.product_id, p.name, i.quantity
         FROM store.package_items i JOIN store.products p ON p.id = i.product_id
         WHERE i.package_id = $1 ORDER BY i.listing_id";
    let items = client.query(sql, &[&shipment.0]).await?;
    let item = |row: &tokio_postgres::Row| {
        let quantity = u32::try_from(row.get::<_, i32>(2)).unwrap_or(0);
        (ProductId(row.get(0)), row.get(1), quantity)
    };
    Ok(Ok(Content::Detail(DetailReport {
        shipment,
        order: Some(OrderId(package.get(0))),
        warehouse: WarehouseId(package.get(1)),
        destination: Point::new(package.get(2), package.get(3)),
        items: items.iter().map(item).collect(),
    })))
}

fn respond(answer: Option<(u16, Value)>) -> Response {
    let Some((status, body)) = answer else { return busy() };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}

/// Nothing was done, or it is not known whether: send it again.
fn busy() -> Response {
    let refusal = Refusal::new(code::INTERNAL, "the store can not answer now; send it again");
    let answer = Answer { outcome: Err(refusal), acks: Vec::new() };
    let (_, body) = render_answer(&answer, &timestamp());
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response();
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
    response
}

fn timestamp() -> String {
    jiff::Timestamp::now().to_string()
}
