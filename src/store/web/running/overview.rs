//! How the shop stands, on one page.

use serde::Serialize;
use utoipa::ToSchema;

use super::{peers::CarrierView, world::WorldView};
use crate::{
    basis::Seq,
    store::{
        model::outputs::LinkName,
        web::{AppState, orders::views::Status},
    },
    web::Problem,
};

/// The shop at this moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Overview {
    /// False: the database takes no writes at present, and so no orders are taken.
    pub ledger: bool,
    pub world: WorldView,
    pub carrier: CarrierView,
    /// How many orders are in which state; of an order the state of its last package.
    pub orders: Vec<OrdersInState>,
}

/// So many orders.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OrdersInState {
    #[schema(value_type = String, example = "packing")]
    pub status: Status,
    pub orders: i64,
}

pub async fn find(state: &AppState) -> Result<Overview, Problem> {
    let world = super::world::find(state).await?;
    let orders = state.shop.order_counts().read();
    let orders = orders.into_iter();
    let orders = orders.map(|(status, orders)| OrdersInState { status: Status(status), orders });
    Ok(Overview {
        ledger: state.shop.readiness().ledger,
        world,
        carrier: carrier(state).await?,
        orders: orders.collect(),
    })
}

pub async fn carrier(state: &AppState) -> Result<CarrierView, Problem> {
    let link = state.shop.look(LinkName::Carrier, Seq::ZERO, 0).await;
    Ok(CarrierView::new(state, link.map_err(super::world::not_now)?.unacked))
}
