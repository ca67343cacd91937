//! World and carrier as those at the other ends of our links: where they are, when they
//! were heard, what they have not acked.
//!
//! Nothing is changed here.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    store::{
        model::{
            outputs::LinkName,
            wishes::{Matter, Outstanding},
        },
        web::AppState,
    },
    web::moments::timestamp,
};

pub use crate::web::running::peer::Peer;

/// What is known of the peer at the other end of a link.
pub fn peer(state: &AppState, link: LinkName, unacked: usize) -> Peer {
    let (address, name) = match link {
        LinkName::World => (&state.settings.world_addr, "world"),
        LinkName::Carrier => (&state.settings.carrier_url, "carrier"),
    };
    Peer::new((name, address), state.shop.past(link), state.shop.tap(), unacked)
}

/// How things stand with the carrier.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Carrier)]
pub struct CarrierView {
    /// Null: it was not tried yet.
    pub reachable: Option<bool>,
    /// Why not, in words; else empty.
    pub reason: String,
    #[serde(flatten)]
    pub peer: Peer,
}

impl CarrierView {
    pub fn new(state: &AppState, unacked: usize) -> Self {
        let status = state.shop.carrier_status();
        let peer = peer(state, LinkName::Carrier, unacked);
        Self { reachable: status.reachable, reason: status.reason, peer }
    }
}

/// A message that is not acked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Unacked {
    pub seq: i64,
    /// buy, pack, load or query; to the carrier shipment created, shipment loaded or another.
    pub kind: &'static str,
    pub order_id: Option<i64>,
    pub package_id: Option<i64>,
    pub warehouse_id: Option<i32>,
    pub truck_id: Option<i32>,
    /// Of the warehouse.
    pub purchase_id: Option<i64>,
    /// How often it was sent.
    pub sends: u32,
    /// Seconds that it waits, at least since the start of the store.
    pub age_s: i64,
}

impl Unacked {
    pub fn new(outstanding: &Outstanding, now: Timestamp) -> Self {
        let Outstanding { seq, matter, sends, since } = *outstanding;
        let age_s = (now.as_second() - timestamp(since).as_second()).max(0);
        let nothing = Self {
            seq: seq.0,
            kind: "query",
            order_id: None,
            package_id: None,
            warehouse_id: None,
            truck_id: None,
            purchase_id: None,
            sends,
            age_s,
        };
        match matter {
            Matter::Query => nothing,
            Matter::Buy { warehouse, purchase } => Self {
                kind: "buy",
                warehouse_id: Some(warehouse.0),
                purchase_id: Some(purchase.0),
                ..nothing
            },
            Matter::Pack { order, package, warehouse } => Self {
                kind: "pack",
                order_id: order.map(|order| order.0),
                package_id: Some(package.0),
                warehouse_id: Some(warehouse.0),
                ..nothing
            },
            Matter::Load { order, package, warehouse, truck } => Self {
                kind: "load",
                order_id: order.map(|order| order.0),
                package_id: Some(package.0),
                warehouse_id: Some(warehouse.0),
                truck_id: Some(truck.0),
                ..nothing
            },
            Matter::Tell { what, order, package } => {
                Self { kind: what, order_id: Some(order.0), package_id: Some(package.0), ..nothing }
            }
        }
    }
}
