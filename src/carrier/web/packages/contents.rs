//! What is in a package, asked of its store once and then remembered.
//!
//! A store that does not answer keeps nobody from the rest of the page.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    basis::{PackageId, ProductId},
    carrier::web::AppState,
    runtime::Admission,
    web::Problem,
    wire::dialect::DetailReport,
};

/// Questions to the store that are under way at once; a further one is told to wait.
const AT_ONCE_MAX: usize = 16;
/// More than this of one package is not kept.
const ITEMS_MAX: usize = 1_000;
const DESCRIPTION_CHARS_MAX: usize = 300;

/// Places for questions; cheap to clone.
#[derive(Clone)]
pub struct Questions(Admission);

impl Default for Questions {
    fn default() -> Self {
        Self(Admission::new(AT_ONCE_MAX))
    }
}

/// Something in a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Item {
    #[schema(value_type = i64)]
    pub product_id: ProductId,
    #[schema(example = "Blue kettle")]
    pub description: String,
    pub quantity: u32,
}

/// The items; None: the store does not say at present.
pub async fn of(state: &AppState, shipment: PackageId) -> Result<Option<Vec<Item>>, Problem> {
    if let Some(items) = remembered(state, shipment).await? {
        return Ok(Some(items));
    }
    let Some(_place) = state.questions.0.enter() else { return Ok(None) };
    match state.edge.ask_contents(shipment).await {
        Ok(report) => {
            let items = items_of(report);
            remember(state, shipment, &items).await?;
            Ok(Some(items))
        }
        Err(reason) => {
            tracing::info!(package = shipment.0, reason, "the store does not say what is in it");
            Ok(None)
        }
    }
}

fn items_of(report: DetailReport) -> Vec<Item> {
    let plain = |text: String| -> String {
        text.chars().filter(|c| !c.is_control()).take(DESCRIPTION_CHARS_MAX).collect()
    };
    let item = |(product_id, description, quantity)| Item {
        product_id,
        description: plain(description),
        quantity,
    };
    report.items.into_iter().take(ITEMS_MAX).map(item).collect()
}

async fn remembered(state: &AppState, shipment: PackageId) -> Result<Option<Vec<Item>>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT items FROM carrier.contents WHERE shipment_id = $1";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_opt(&statement, &[&shipment.0]).await?;
    // What can not be read is asked for again.
    Ok(row.and_then(|row| serde_json::from_value(row.get(0)).ok()))
}

async fn remember(state: &AppState, shipment: PackageId, items: &[Item]) -> Result<(), Problem> {
    let client = state.db.client().await?;
    let insert = "INSERT INTO carrier.contents (shipment_id, items) VALUES ($1, $2)
        ON CONFLICT (shipment_id) DO UPDATE SET items = excluded.items";
    let statement = client.prepare_cached(insert).await?;
    let items = serde_json::to_value(items).unwrap_or_default();
    client.execute(&statement, &[&shipment.0, &items]).await?;
    Ok(())
}
