//! What a run starts from: what is for sale, where, and how fast the world is.

use std::time::Duration;

use crate::{
    basis::{Cents, ListingId, Point, ProductId, WarehouseId},
    carrier::model::{CarrierDisk, Wanted},
    sim::{CommitPace, Dice, shoppers::Shoppers},
    store::model::{Line, Listing, Site, StoreDisk},
    world::model::{LinkRules, Pace, Physics, Rules},
};

/// The beginning of a run.
#[derive(Debug, Clone)]
pub struct Setup {
    pub seed: u64,
    pub orders: usize,
    /// The time over which orders are placed.
    pub ordering: Duration,
    pub warehouses: i32,
    pub products: i64,
    pub trucks: u32,
    /// Simulated seconds in a second.
    pub simspeed: u32,
    /// Percentage of requests that the world drops.
    pub flakiness: u8,
    /// How long an order can be cancelled where its pieces are there.
    pub pack_after: Duration,
    pub commits: CommitPace,
}

impl Setup {
    /// 200 orders for a small shop.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            orders: 200,
            ordering: Duration::from_secs(60),
            warehouses: 3,
            products: 12,
            trucks: 8,
            simspeed: 200,
            flakiness: 0,
            pack_after: Duration::from_secs(2),
            commits: CommitPace::default(),
        }
    }

    /// Two sellers offer each third product, so that a product is not a listing.
    pub(super) fn store_disk(&self) -> StoreDisk {
        let listings = (1..=self.listings()).map(|id| Listing {
            id: ListingId(id),
            product: ProductId(self.product_of(id)),
            name: format!("product {}", self.product_of(id)),
            price: Cents(100 * id),
            active: true,
            reorder_level: 10,
            reorder_target: 30,
        });
        let sites = (1..=self.warehouses)
            .map(|id| Site::new(WarehouseId(id), Point::new(40 - 30 * id, 25 * id - 50)));
        // Some shelves are empty at first, so that there are back-orders.
        let opening = (1..=self.warehouses).map(|warehouse| {
            let stocked = (1..=self.listings()).filter(|id| (id + i64::from(warehouse)) % 3 != 0);
            let lines = stocked.map(|id| Line::new(ListingId(id), 20)).collect();
            (WarehouseId(warehouse), lines)
        });
        let disk = StoreDisk::seeded("store-of-the-simulation", listings, sites, opening);
        StoreDisk { pack_after: self.pack_after, ..disk }
    }

    pub(super) fn carrier_disk(&self) -> CarrierDisk {
        CarrierDisk::new("carrier-of-the-simulation", Wanted { trucks: self.trucks, world: None })
    }

    pub(super) fn world_rules(&self) -> Rules {
        let pace = Pace { simspeed: self.simspeed, ..Pace::default() };
        let physics = Physics { pace, ..Physics::default() };
        let link = LinkRules { flakiness: self.flakiness, seed: self.seed, ..LinkRules::default() };
        Rules { physics, link, ..Rules::default() }
    }

    pub(super) fn shoppers(&self, dice: &mut Dice) -> Shoppers {
        Shoppers::draw(self.orders, self.ordering, self.listings(), dice)
    }

    fn listings(&self) -> i64 {
        self.products + self.products / 3
    }

    fn product_of(&self, listing: i64) -> i64 {
        if listing > self.products { 3 * (listing - self.products) } else { listing }
    }
}
