//! Each rule of the models by what it brings about, then the whole under crashes.

mod by_hand;
mod dispatching;
mod house;
mod joining;
mod links;
mod outsiders;
mod plain;
mod queueing;
mod recovery;
mod shipping;
mod wishes;

use super::*;
use crate::{
    basis::{PackageId, Point, Seq, SimTime, TruckId, WarehouseId, WorldId},
    runtime::{Outbox, ReplyId},
    wire::dialect::{Answer, Content, Envelope, ToCarrier, ToStore},
};

const WORLD: WorldId = WorldId(7);
const TRUCK: TruckId = TruckId(0);
const SHIPMENT: PackageId = PackageId(41);
const WAREHOUSE: WarehouseId = WarehouseId(2);
const HOME: Point = Point::new(9, -9);

fn at(ms: u64) -> SimTime {
    SimTime::from_micros(ms * 1000)
}

fn created(shipment: PackageId) -> ToCarrier {
    ToCarrier::ShipmentCreated {
        shipment,
        warehouse: WAREHOUSE,
        destination: HOME,
        user: 1,
        email: "ann@example.org".to_owned(),
        ups_account: None,
    }
}

fn from_our_store(seq: i64) -> Origin {
    Origin { sender: Some("store-1".to_owned()), seq: Some(Seq(seq)) }
}

fn request(index: usize) -> Request {
    Request { reply: ReplyId(1), index }
}

/// What a call brought about, taken out of the box.
fn take(out: &mut Outbox<Carrier>) -> (Vec<Letter>, Vec<Record>, Vec<Output>) {
    let Outbox { letters, records, outputs } = std::mem::take(out);
    (letters, records, outputs)
}
