//! Many records as few rows: what a batch of records comes to, table by table.
//!
//! No SQL here.

use std::collections::BTreeMap;

use crate::{
    basis::{ListingId, PackageId, PurchaseId, Seq, SimTime, TruckId, WarehouseId, WorldId},
    store::model::{
        Line, Record,
        records::{OrderPlaced, Patch},
    },
};

/// What has to be written, each row once.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    pub orders: Vec<&'a OrderPlaced>,
    pub patches: BTreeMap<PackageId, Patch>,
    pub stock: BTreeMap<(WarehouseId, ListingId), i64>,
    pub purchases: Vec<NewPurchase<'a>>,
    pub purchase_seqs: BTreeMap<(WarehouseId, PurchaseId), Seq>,
    pub arrivals: BTreeMap<(WarehouseId, PurchaseId), Arrival>,
    pub trucks: BTreeMap<WarehouseId, TruckId>,
    pub world_seq: Option<Seq>,
    pub carrier_seq: Option<Seq>,
    /// Which world knows which warehouse, and whether it did before it was told.
    pub registered: Vec<(WorldId, WarehouseId, bool)>,
    pub world_held: Option<bool>,
    pub world_speed: Option<Option<u32>>,
    /// The world that we are in now, or that we are in none. Comes after all of the above:
    /// what follows it is in the next batch.
    pub world: Option<Option<WorldId>>,
}

#[derive(Debug)]
pub(super) struct NewPurchase<'a> {
    pub warehouse: WarehouseId,
    pub id: PurchaseId,
    pub lines: &'a [Line],
    pub at: SimTime,
}

#[derive(Debug)]
pub(super) struct Arrival {
    pub world: Option<WorldId>,
    pub seq: Seq,
    pub at: SimTime,
}

impl<'a> Batch<'a> {
    /// The records as one batch, or more where one of them changes whole tables.
    pub(super) fn fold(records: &'a [Record]) -> Vec<Self> {
        let (mut batches, mut batch) = (Vec::new(), Self::default());
        for record in records {
            batch.add(record);
            if batch.world.is_some() {
                batches.push(std::mem::take(&mut batch));
            }
        }
        batches.push(batch);
        batches
    }

    fn add(&mut self, record: &'a Record) {
        match record {
            Record::OrderPlaced(placed) => self.orders.push(placed),
            Record::Stepped { package, step, at } => {
                self.patches.entry(*package).or_default().add(step, *at);
            }
            Record::StockTaken { warehouse, lines } => self.put(*warehouse, lines, -1),
            Record::PurchaseMade { warehouse, purchase, lines, at } => {
                let (warehouse, id, at) = (*warehouse, *purchase, *at);
                self.purchases.push(NewPurchase { warehouse, id, lines, at });
            }
            Record::PurchaseCommanded { warehouse, purchase, seq } => {
                self.purchase_seqs.insert((*warehouse, *purchase), *seq);
            }
            Record::PurchaseArrived { warehouse, purchase, lines, world, seq, at } => {
                self.put(*warehouse, lines, 1);
                let arrival = Arrival { world: *world, seq: *seq, at: *at };
                self.arrivals.insert((*warehouse, *purchase), arrival);
            }
            Record::TruckAtWarehouse { warehouse, truck } => {
                self.trucks.insert(*warehouse, *truck);
            }
            Record::WorldSeq(seq) => self.world_seq = self.world_seq.max(Some(*seq)),
            Record::CarrierSeq(seq) => self.carrier_seq = self.carrier_seq.max(Some(*seq)),
            Record::WorldChosen(world) => self.world = Some(Some(*world)),
            Record::WorldLeft => self.world = Some(None),
            Record::WorldHeld(is_held) => self.world_held = Some(*is_held),
            Record::WorldSpeed(speed) => self.world_speed = Some(*speed),
            Record::Registered { world, warehouses, was_there } => {
                let row = |warehouse: &WarehouseId| (*world, *warehouse, *was_there);
                self.registered.extend(warehouses.iter().map(row));
            }
        }
    }

    fn put(&mut self, warehouse: WarehouseId, lines: &[Line], sign: i64) {
        for Line { listing, quantity } in lines {
            *self.stock.entry((warehouse, *listing)).or_default() += sign * i64::from(*quantity);
        }
    }
}
