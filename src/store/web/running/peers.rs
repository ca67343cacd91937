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
        shop::LinkPast,
        web::{AppState, moments::timestamp},
    },
    wire::tape::Way,
};

/// What is known of a peer, since the start of the process.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Peer {
    /// Where it is, as the store was told at its start.
    pub address: String,
    /// When it changed from well to not, or back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failed_at: Option<Timestamp>,
    /// How it failed last.
    pub failure: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_sent_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_received_at: Option<Timestamp>,
    /// Messages that are not acked.
    pub unacked: usize,
}

impl Peer {
    pub fn of(state: &AppState, link: LinkName, unacked: usize) -> Self {
        let LinkPast { since, failure, .. } = state.shop.past(link);
        let (address, name) = match link {
            LinkName::World => (&state.settings.world_addr, "world"),
            LinkName::Carrier => (&state.settings.carrier_url, "carrier"),
        };
        let last = |way| state.shop.tap().last_at(name, way).map(timestamp);
        let (failed_at, failure) = failure.unzip();
        Self {
            address: without_password(address),
            since,
            failed_at,
            failure,
            last_sent_at: last(Way::Sent),
            last_received_at: last(Way::Received),
            unacked,
        }
    }
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
        let peer = Peer::of(state, LinkName::Carrier, unacked);
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

/// An address may bear a name and a password before an `@`: nobody has to see them.
fn without_password(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let shown = without_password("https://store:s3cret@carrier.example:8081/api/@x");
        assert_eq!(shown, "https://carrier.example:8081/api/@x");
        assert_eq!(without_password("127.0.0.1:23456"), "127.0.0.1:23456");
    }
}
