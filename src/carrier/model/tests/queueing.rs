//! The dispatcher decides as its plain rule does, whatever comes in whatever order.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::{plain::PlainDispatcher, *};

/// One thing that happens. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Letter(DispatcherLetter),
    /// A truck that is out comes to its end, well or not.
    Deliver(usize),
    GiveBack(usize),
    /// Time passes, and what is due is done.
    Wait(u64),
}

fn letter() -> impl Strategy<Value = DispatcherLetter> {
    let point = || (-9..9, -9..9).prop_map(|(x, y)| Point::new(x, y));
    let truck = || (0..6).prop_map(TruckId);
    let shipment = || (1_i64..30).prop_map(PackageId);
    let warehouse = || (0..3).prop_map(WarehouseId);
    let trucks = proptest::collection::vec((truck(), point()), 0..4);
    prop_oneof![
        8 => (shipment(), warehouse())
            .prop_map(|(shipment, warehouse)| DispatcherLetter::Waiting { shipment, warehouse }),
        2 => (1_i64..20, trucks).prop_map(|(world, trucks)| DispatcherLetter::FleetJoined {
            // Seldom another one.
            world: WorldId(1 + i64::from(world == 1)),
            trucks,
        }),
        1 => (truck(), point(), shipment())
            .prop_map(|(truck, at, after)| DispatcherLetter::Idle { truck, at, after }),
        1 => (truck(), shipment(), warehouse()).prop_map(|(truck, shipment, warehouse)| {
            DispatcherLetter::GivenBack { truck, shipment, warehouse, sent_at: at(1) }
        }),
        1 => (warehouse(), point())
            .prop_map(|(warehouse, at)| DispatcherLetter::WarehouseFound { warehouse, at }),
        2 => (truck(), shipment()).prop_map(|(truck, shipment)| {
            DispatcherLetter::Assign { reply: ReplyId(1), shipment, truck }
        }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => letter().prop_map(Step::Letter),
        4 => any::<usize>().prop_map(Step::Deliver),
        4 => any::<usize>().prop_map(Step::GiveBack),
        2 => (0_u64..40_000).prop_map(Step::Wait),
    ]
}

/// Both dispatchers, and the trips that they agreed on.
struct Pair {
    now: SimTime,
    real: Dispatcher,
    plain: PlainDispatcher,
    trips: Vec<(TruckId, PackageId, SimTime)>,
}

impl Pair {
    fn new() -> Self {
        let real = Dispatcher::new(None, BTreeMap::new());
        Self { now: at(1), real, plain: PlainDispatcher::new(), trips: Vec::new() }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Letter(letter) => self.tell(&letter),
            Step::Deliver(nth) => {
                if let Some((truck, after, _)) = self.end_trip(nth) {
                    self.tell(&DispatcherLetter::Idle { truck, at: HOME, after });
                }
            }
            Step::GiveBack(nth) => {
                if let Some((truck, shipment, sent_at)) = self.end_trip(nth) {
                    let warehouse = WAREHOUSE;
                    self.tell(&DispatcherLetter::GivenBack { truck, shipment, warehouse, sent_at });
                }
            }
            Step::Wait(ms) => {
                self.now += Duration::from_millis(ms);
                let (mut real, mut plain) = (Outbox::new(), Outbox::new());
                self.real.wake(self.now, &mut real);
                self.plain.wake(self.now, &mut plain);
                self.compare(real, plain);
            }
        }
    }

    fn end_trip(&mut self, nth: usize) -> Option<(TruckId, PackageId, SimTime)> {
        let count = self.trips.len();
        (count > 0).then(|| self.trips.swap_remove(nth % count))
    }

    fn tell(&mut self, letter: &DispatcherLetter) {
        let (mut real, mut plain) = (Outbox::new(), Outbox::new());
        self.real.handle(self.now, letter, &mut real);
        self.plain.handle(self.now, letter, &mut plain);
        self.compare(real, plain);
    }

    fn compare(&mut self, mut real: Outbox<Carrier>, mut plain: Outbox<Carrier>) {
        let decided = take(&mut real);
        assert_eq!(decided, take(&mut plain));
        assert_eq!(self.real.next_wake(), self.plain.next_wake());
        assert_eq!(self.real.queue_length(), self.plain.queue_length());
        self.trips.extend(decided.1.into_iter().filter_map(|record| match record {
            Record::Dispatched { truck, shipment, at, .. } => Some((truck, shipment, at)),
            _ => None,
        }));
    }
}

proptest! {
    #[test]
    fn every_decision_is_that_of_the_plain_rule(steps in proptest::collection::vec(step(), 0..200)) {
        let mut pair = Pair::new();
        steps.into_iter().for_each(|step| pair.take(step));
    }
}
