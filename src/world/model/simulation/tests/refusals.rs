//! What a world refuses: in the right words, and without doing half of it.

use std::sync::Arc;

use super::{super::*, stage::*};
use crate::wire::{
    Numbered,
    amazon::{Command, Event},
    ups,
};

const UNKNOWN: &str = "error: warehouse id/product_id/package id/truck id in certain world and warehouse(if product_id) does not exist";
const WRONG_STATE: &str = "cannot find truck or package you specified\nPossible reasons: do not exist, not in proper status or not in the same warehouse!";

impl Stage {
    /// Asserts that a store's command is refused with this text, and acked, and changes nothing.
    fn refuses_amazon(&mut self, at_ms: u64, command: Command, text: &str) {
        self.advance(at_ms);
        let before = self.simulation.clone();
        let said = self.amazon(at_ms, command);
        let [(seq, Event::Failed { text: reason, origin })] = said.as_slice() else {
            panic!("not a refusal: {said:?}")
        };
        assert_eq!((reason.as_str(), *origin), (text, self.asked()));
        let acks = self.simulation.amazon().take_acks();
        assert_eq!(acks.last(), Some(origin), "acked, too");
        self.is_as_before(before, *seq);
    }

    /// The same for a carrier's.
    fn refuses_ups(&mut self, at_ms: u64, command: ups::Command, text: &str) {
        self.advance(at_ms);
        let before = self.simulation.clone();
        let said = self.ups(at_ms, command);
        let [(seq, ups::Event::Failed { text: reason, origin })] = said.as_slice() else {
            panic!("not a refusal: {said:?}")
        };
        assert_eq!((reason.as_str(), *origin), (text, self.asked()));
        assert_eq!(self.simulation.ups().take_acks().last(), Some(origin), "acked, too");
        self.is_as_before(before, *seq);
    }

    fn is_as_before(&self, before: Simulation, seq: i64) {
        let now = self.simulation.clone();
        let (amazon, ups) = (now.amazon.clone(), now.ups.clone());
        let same = Simulation { last_seq: Seq(seq), amazon, ups, ..before };
        assert_eq!(now, same, "something more than a refusal");
    }
}

#[test]
fn unknown_ids_are_refused() {
    let mut stage = Stage::new();
    stage.pack_one(7);
    let (nowhere, truck, package) = (WarehouseId(99), TRUCK, PackageId(7));
    let things = || vec![thing(1, "tea", 1)];
    stage.refuses_amazon(1_600, Command::Buy { warehouse: nowhere, things: things() }, UNKNOWN);
    let pack_nowhere = Command::Pack { warehouse: nowhere, things: things(), package };
    stage.refuses_amazon(1_600, pack_nowhere, UNKNOWN);
    stage.refuses_amazon(1_600, pack(8, &[(2, 1)]), UNKNOWN);
    stage.refuses_amazon(1_600, load(8), UNKNOWN);
    stage.refuses_amazon(1_600, Command::Load { warehouse: nowhere, truck, package }, UNKNOWN);
    let no_truck = Command::Load { warehouse: HERE, truck: TruckId(9), package };
    stage.refuses_amazon(1_600, no_truck, UNKNOWN);
    stage.refuses_amazon(1_600, Command::Query { package: PackageId(8) }, UNKNOWN);
    stage.refuses_ups(1_600, pickup(TruckId(9), HERE), UNKNOWN);
    stage.refuses_ups(1_600, pickup(TRUCK, nowhere), UNKNOWN);
    stage.refuses_ups(1_600, deliver(&[(8, (0, 0))]), UNKNOWN);
    stage.refuses_ups(1_600, ups::Command::Query { truck: TruckId(9) }, UNKNOWN);
}

#[test]
fn a_load_needs_the_package_packed_and_the_truck_there() {
    let mut stage = Stage::new();
    stage.pack_one(7);
    stage.refuses_amazon(1_600, load(7), WRONG_STATE);
    stage.ups(1_600, pickup(TRUCK, THERE));
    stage.refuses_amazon(1_620, load(7), WRONG_STATE);
    stage.refuses_amazon(1_800, load(7), WRONG_STATE);
    stage.ups(1_800, pickup(TRUCK, HERE));
    stage.amazon(1_950, buy(1, "tea", 1));
    stage.amazon(2_950, pack(8, &[(1, 1)]));
    stage.refuses_amazon(3_000, load(8), WRONG_STATE);
    stage.amazon(3_000, load(7));
    stage.refuses_amazon(3_000, load(7), WRONG_STATE);
}

#[test]
fn a_truck_that_travels_or_loads_is_busy() {
    let mut stage = Stage::new();
    stage.load_some(&[7]);
    stage.amazon(1_900, buy(1, "tea", 1));
    stage.amazon(2_900, pack(8, &[(1, 1)]));
    stage.amazon(3_500, load(8));
    stage.refuses_ups(3_600, pickup(TRUCK, HERE), WRONG_STATE);
    stage.refuses_ups(3_600, deliver(&[(7, (0, 0))]), WRONG_STATE);
    stage.ups(3_800, pickup(TRUCK, THERE));
    stage.refuses_ups(3_810, pickup(TRUCK, HERE), WRONG_STATE);
    stage.refuses_ups(3_810, deliver(&[(7, (0, 0))]), WRONG_STATE);
}

#[test]
fn a_delivery_needs_every_package_aboard() {
    let mut stage = Stage::new();
    stage.load_some(&[7]);
    stage.amazon(1_900, buy(1, "tea", 1));
    stage.amazon(2_900, pack(8, &[(1, 1)]));
    stage.refuses_ups(3_500, deliver(&[(7, (1, 1)), (8, (1, 1))]), WRONG_STATE);
    stage.refuses_ups(3_500, deliver(&[(7, (1, 1)), (99, (1, 1))]), UNKNOWN);
    let empty = "error: packages is empty, and the truck has no delivery to go on with; name at least one package and its destination";
    stage.refuses_ups(3_500, deliver(&[]), empty);
    stage.ups(3_500, deliver(&[(7, (5, 1))]));
    stage.refuses_ups(3_600, deliver(&[(7, (1, 1))]), WRONG_STATE);
}

#[test]
fn counts_and_things_make_sense_or_are_refused() {
    let mut stage = Stage::new();
    let empty = "error: things is empty; name at least one product and a count of at least 1";
    stage.refuses_amazon(0, Command::Buy { warehouse: HERE, things: Vec::new() }, empty);
    stage.refuses_amazon(0, pack(1, &[]), empty);
    for count in [0, -1, i32::MIN] {
        let text = format!("error: the count of product 1 is {count}; it must be at least 1");
        stage.refuses_amazon(0, buy(1, "tea", count), &text);
        stage.refuses_amazon(0, pack(1, &[(1, count)]), &text);
    }
    let things = vec![thing(1, "tea", 1); 1_001];
    let text = "error: 1001 things are too many for one command; send at most 1000";
    stage.refuses_amazon(0, Command::Buy { warehouse: HERE, things }, text);
    let text = "error: the description of product 1 is longer than 4096 bytes";
    stage.refuses_amazon(0, buy(1, &"x".repeat(4_097), 1), text);
}

#[test]
fn a_product_has_one_description() {
    let mut stage = Stage::new();
    stage.amazon(0, buy(1, "tea", 1));
    let text = "error: product 1 is known by another description, \"tea\"; use that one, or another product id";
    stage.refuses_amazon(0, buy(1, "coffee", 1), text);
    let things = vec![thing(2, "cup", 1), thing(2, "mug", 1)];
    let text = "error: product 2 is known by another description, \"cup\"; use that one, or another product id";
    stage.refuses_amazon(0, Command::Buy { warehouse: HERE, things }, text);
}

#[test]
fn too_little_stock_takes_nothing() {
    let mut stage = Stage::new();
    stage.amazon(0, buy(1, "tea", 5));
    stage.amazon(0, buy(2, "cups", 5));
    let text = "error: warehouse 1 has 5 of product 2, and 6 are to be packed; buy more and wait for it to arrive";
    stage.refuses_amazon(1_000, pack(7, &[(1, 5), (2, 5), (2, 1)]), text);
    let wanted = 1_000 * i64::from(i32::MAX);
    let text = format!(
        "error: warehouse 1 has 5 of product 1, and {wanted} are to be packed; buy more and wait for it to arrive"
    );
    stage.refuses_amazon(1_000, pack(7, &[(1, i32::MAX); 1_000]), &text);
}

#[test]
fn a_shipid_is_used_once_and_for_ever() {
    let mut stage = Stage::new();
    stage.load_some(&[7]);
    let text = "error: shipid 7 was used before; use a new one for each package";
    stage.amazon(1_900, buy(1, "tea", 9));
    stage.refuses_amazon(2_900, pack(7, &[(1, 1)]), text);
    stage.ups(3_000, deliver(&[(7, (5, 1))]));
    stage.refuses_amazon(3_010, pack(7, &[(1, 1)]), text);
}

#[test]
fn a_full_world_says_so() {
    let mut physics = Physics::default();
    physics.bounds.packages_max = 1;
    physics.bounds.products_max = 1;
    physics.bounds.happenings_max = 2;
    let mut stage = Stage::with(physics);
    stage.amazon(0, buy(1, "tea", 9));
    let full = |what, max| {
        format!("error: this world has as many {what} as it holds, {max}; use another world")
    };
    stage.refuses_amazon(0, buy(2, "cups", 9), &full("products", 1));
    stage.amazon(0, buy(1, "tea", 9));
    stage.refuses_amazon(0, buy(1, "tea", 9), &full("things that go on at a time", 2));
    stage.refuses_ups(0, pickup(TRUCK, HERE), &full("things that go on at a time", 2));
    stage.amazon(1_000, pack(7, &[(1, 1)]));
    stage.refuses_amazon(1_000, pack(8, &[(1, 1)]), &full("packages on their way", 1));
}

#[test]
fn what_a_world_keeps_of_texts_shelves_and_ids_is_bounded() {
    let full = |what, max| {
        format!("error: this world has as many {what} as it holds, {max}; use another world")
    };
    let with = |bound: fn(&mut Bounds)| {
        let mut physics = Physics::default();
        bound(&mut physics.bounds);
        Stage::with(physics)
    };
    let mut stage = with(|bounds| bounds.shelves_max = 2);
    stage.amazon(0, buy(1, "tea", 9));
    stage.amazon(0, Command::Buy { warehouse: THERE, things: vec![thing(1, "tea", 9)] });
    let shelves = full("products on shelves", 2);
    stage.refuses_amazon(0, buy(2, "cups", 9), &shelves);
    stage.refuses_amazon(1_000, buy(2, "cups", 9), &shelves);
    assert_eq!(stage.amazon(1_000, buy(1, "tea", 9)), [], "more of what is there");

    let mut stage = with(|bounds| bounds.text_bytes_max = 200);
    let bytes = full("bytes of product descriptions", 200);
    stage.refuses_amazon(0, buy(1, &"x".repeat(201), 1), &bytes);
    stage.amazon(0, buy(1, &"x".repeat(100), 1));
    stage.refuses_amazon(
        0,
        buy(1, &"x".repeat(100), 1),
        &full("bytes of purchases on their way", 200),
    );
    // It has arrived, and was heard of.
    stage.advance(1_000);
    stage.acknowledge(1_000, 3);
    assert_eq!(stage.amazon(1_000, buy(1, &"x".repeat(100), 1)), []);

    let mut stage = with(|bounds| bounds.id_runs_max = 2);
    stage.load_some(&[7, 20]);
    stage.amazon(1_900, buy(1, "tea", 9));
    stage.ups(2_000, deliver(&[(7, (5, 0)), (20, (5, 0))]));
    stage.refuses_amazon(3_000, pack(40, &[(1, 1)]), &full("runs of shipids", 2));
    stage.simulation.check();
}

#[test]
fn a_text_that_is_quoted_is_cut_short() {
    let mut stage = Stage::new();
    stage.amazon(0, buy(1, &"x".repeat(4_096), 1));
    let text = format!(
        "error: product 1 is known by another description, \"{}…\"; use that one, or another product id",
        "x".repeat(120)
    );
    stage.refuses_amazon(0, buy(1, "", 1), &text);
}

#[test]
fn ids_are_new_to_the_world_and_among_themselves() {
    let stage = Stage::new();
    let at = Point::new(1, 1);
    let refuses = |initial| stage.simulation.refuses(&initial).map(|it| it.to_string());
    let taken = Some("error: warehouse_id/truck_id already exists.".to_owned());
    assert_eq!(refuses(Initial::Warehouses(vec![(HERE, at)])), taken);
    assert_eq!(refuses(Initial::Trucks(vec![(TruckId(5), at), (TruckId(5), at)])), taken);
    assert_eq!(refuses(Initial::Trucks(vec![(TruckId(-5), at), (TruckId(5), at)])), None);
}

#[test]
fn a_command_that_came_before_is_acked_and_not_done() {
    let mut stage = Stage::new();
    stage.amazon(0, buy(1, "tea", 5));
    let (seq, mailbag) = (stage.asked(), stage.simulation.amazon());
    let command = |seq| Numbered::new(seq, ());
    assert_eq!(mailbag.take_acks(), [seq]);
    assert_eq!(mailbag.sift(&Arc::new(vec![command(seq), command(seq)]), 9).0.len(), 0);
    assert_eq!(mailbag.take_acks(), [seq]);
    let (new, _) = mailbag.sift(&Arc::new(vec![command(Seq(9)), command(Seq(9))]), 9);
    assert_eq!(*new, [command(Seq(9))], "twice in one message is once");
}

#[test]
fn more_packages_than_a_command_may_name_are_refused() {
    let mut stage = Stage::new();
    let many = vec![(7, (1, 1)); 1_001];
    let text = "error: 1001 things are too many for one command; send at most 1000";
    stage.refuses_ups(10, deliver(&many), text);
}

#[test]
fn rules_about_something_else_leave_the_speed_that_a_client_chose() {
    let mut stage = Stage::new();
    stage.set_speed(10, 700);
    let mut physics = *stage.simulation.physics();
    physics.bounds.things_max = 9;
    stage.enter(20, Input::Ruled(physics));
    assert_eq!(stage.simulation.simspeed(), 700);
    physics.pace.simspeed = 5;
    stage.enter(30, Input::Ruled(physics));
    assert_eq!(stage.simulation.simspeed(), 5);
}
