//! Misbehaviours with what a carrier asks for.
//!
//! The world behind is honest, so that trucks go wrong by changing what they
//! are told, or what is told of them.

use std::collections::{BTreeMap, BTreeSet};

use waybill::wire::proto::ups::{UCommands, UDeliveryMade, UErr, UFinished, UResponses};

use super::{
    super::{
        message::Message,
        saboteur::{Mischief, Reaction},
    },
    Misbehaviour, mischief,
};

pub fn all() -> Vec<Misbehaviour> {
    let mut all = completions();
    all.extend(pickups());
    all.extend(deliveries());
    all.extend(telling());
    all
}

/// Changes what a carrier asks.
fn asked(change: fn(&mut UCommands)) -> Mischief {
    Box::new(move |message, _| {
        if let Message::UpsSays(it) = message {
            change(it);
        }
        Reaction::Pass
    })
}

/// Changes what a carrier is told.
fn told(change: fn(&mut UResponses)) -> Mischief {
    Box::new(move |message, _| {
        if let Message::UpsHears(it) = message {
            change(it);
        }
        Reaction::Pass
    })
}

/// In place of doing it: the ack of a command, and an error about it.
fn refuse(originseqnum: i64) -> Reaction {
    let error = UErr { err: "no".to_owned(), originseqnum, seqnum: 1_000_000 + originseqnum };
    let responses =
        UResponses { error: vec![error], acks: vec![originseqnum], ..UResponses::default() };
    Reaction::Answer(Message::UpsHears(responses))
}

fn completions() -> Vec<Misbehaviour> {
    vec![
        mischief("completions-in-lower-case", &["ups.pickup.arrives"], || {
            told(|it| it.completions.iter_mut().for_each(|it| it.status.make_ascii_lowercase()))
        }),
        mischief("idle-in-lower-case", &["ups.deliver.completion"], || {
            told(|it| {
                let idle = it.completions.iter_mut().filter(|it| it.status == "IDLE");
                idle.for_each(|it| it.status.make_ascii_lowercase());
            })
        }),
        mischief("places-that-are-not", &["ups.pickup.place", "ups.query.rests"], || {
            told(|it| {
                it.completions.iter_mut().for_each(|it| it.x ^= 1);
                it.truckstatus.iter_mut().for_each(|it| it.y ^= 1);
            })
        }),
        mischief(
            "never-delivered",
            &[
                "ups.deliver.delivered",
                "ups.deliver.same-destination",
                "ups.deliver.where-it-stands",
            ],
            || told(|it| it.delivered.clear()),
        ),
        mischief("delivers-at-the-warehouse", &["ups.way.interrupted-stays-aboard"], || {
            let mut on_their_way = BTreeSet::new();
            Box::new(move |message, at| {
                match message {
                    Message::UpsSays(it) if !it.deliveries.is_empty() => {
                        on_their_way.insert(at.world);
                    }
                    Message::UpsHears(it) if on_their_way.contains(&at.world) => {
                        for arrived in &mut it.completions {
                            let (truckid, seqnum) = (arrived.truckid, arrived.seqnum);
                            it.delivered.push(UDeliveryMade { truckid, packageid: 1, seqnum });
                            arrived.seqnum += 1;
                        }
                    }
                    _ => {}
                }
                Reaction::Pass
            })
        }),
    ]
}

fn pickups() -> Vec<Misbehaviour> {
    const SECOND: &[&str] =
        &["ups.pickup.at-warehouse", "ups.pickup.same-warehouse", "ups.way.pickup-interrupts"];
    vec![
        mischief("one-pickup-a-truck", SECOND, || {
            let mut first = BTreeMap::<(i64, i32), i64>::new();
            Box::new(move |message, at| {
                let Message::UpsSays(it) = message else { return Reaction::Pass };
                let is_second = it.pickups.iter().find(|it| {
                    *first.entry((at.world, it.truckid)).or_insert(it.seqnum) != it.seqnum
                });
                is_second.map_or(Reaction::Pass, |it| refuse(it.seqnum))
            })
        }),
        mischief("one-truck-for-all", &["ups.pickup.two-trucks"], || {
            asked(|it| it.pickups.retain(|it| it.truckid == 1))
        }),
        mischief("picks-up-twice", &["ups.pickup.once"], || {
            Box::new(|message, _| match message {
                Message::UpsSays(it) if !it.pickups.is_empty() => {
                    let mut again =
                        UCommands { pickups: it.pickups.clone(), ..UCommands::default() };
                    again.pickups.iter_mut().for_each(|it| it.seqnum += 1_000_000_000);
                    Reaction::Instead(vec![message.clone(), Message::UpsSays(again)])
                }
                _ => Reaction::Pass,
            })
        }),
    ]
}

fn deliveries() -> Vec<Misbehaviour> {
    const SECOND: &[&str] =
        &["ups.way.added-deliveries", "ups.way.added-completion", "ups.way.idle-carries"];
    const OTHER: &[&str] = &["ups.way.changed-destination", "ups.way.changed-later-destination"];
    vec![
        mischief("delivers-backwards", &["ups.deliver.listed-order"], || {
            asked(|it| it.deliveries.iter_mut().for_each(|it| it.packages.reverse()))
        }),
        mischief("delivers-nearby", &["ups.deliver.anywhere"], || {
            asked(|it| {
                let places = it.deliveries.iter_mut().flat_map(|it| &mut it.packages);
                places.for_each(|it| it.x = it.x.clamp(-1000, 1000));
            })
        }),
        mischief("delivers-the-first", &["ups.deliver.all-or-nothing"], || {
            asked(|it| it.deliveries.iter_mut().for_each(|it| it.packages.truncate(1)))
        }),
        mischief("idle-after-the-first", &["ups.deliver.one-completion"], idle_after_the_first),
        mischief("one-delivery-a-truck", SECOND, || {
            let mut first = BTreeMap::<(i64, i32), i64>::new();
            Box::new(move |message, at| {
                let Message::UpsSays(it) = message else { return Reaction::Pass };
                let is_second = it.deliveries.iter().find(|it| {
                    *first.entry((at.world, it.truckid)).or_insert(it.seqnum) != it.seqnum
                });
                is_second.map_or(Reaction::Pass, |it| refuse(it.seqnum))
            })
        }),
        mischief("first-destination-stays", OTHER, || {
            let mut first = BTreeMap::<(i64, i64), (i32, i32)>::new();
            Box::new(move |message, at| {
                if let Message::UpsSays(it) = message {
                    for to in it.deliveries.iter_mut().flat_map(|it| &mut it.packages) {
                        let key = (at.world, to.packageid);
                        (to.x, to.y) = *first.entry(key).or_insert((to.x, to.y));
                    }
                }
                Reaction::Pass
            })
        }),
        mischief("forgets-what-was-interrupted", &["ups.way.interrupted-resumes"], || {
            told(|it| it.delivered.retain(|it| it.packageid != 1))
        }),
    ]
}

/// One more completion, right after the first delivery; what comes later moves up by one.
fn idle_after_the_first() -> Mischief {
    let mut firsts = BTreeMap::<i64, i64>::new();
    Box::new(move |message, at| {
        let Message::UpsHears(it) = message else { return Reaction::Pass };
        let delivered = it.delivered.iter().min_by_key(|it| it.seqnum).cloned();
        let is_new = delivered.is_some() && !firsts.contains_key(&at.world);
        if let (true, Some(first)) = (is_new, &delivered) {
            firsts.insert(at.world, first.seqnum);
        }
        let Some(first) = firsts.get(&at.world).copied() else { return Reaction::Pass };
        let numbers = it.delivered.iter_mut().map(|it| &mut it.seqnum);
        let numbers = numbers.chain(it.completions.iter_mut().map(|it| &mut it.seqnum));
        let numbers = numbers.chain(it.truckstatus.iter_mut().map(|it| &mut it.seqnum));
        let numbers = numbers.chain(it.error.iter_mut().map(|it| &mut it.seqnum));
        numbers.filter(|number| **number > first).for_each(|number| *number += 1);
        if let (true, Some(delivered)) = (is_new, delivered) {
            let (truckid, seqnum) = (delivered.truckid, first + 1);
            let early = UFinished { truckid, x: 0, y: 0, status: "IDLE".into(), seqnum };
            it.completions.insert(0, early);
        }
        Reaction::Pass
    })
}

fn telling() -> Vec<Misbehaviour> {
    let elsewhere = || -> Mischief {
        let mut last = BTreeMap::<i32, (i32, i32)>::new();
        Box::new(move |message, _| {
            if let Message::UpsHears(it) = message {
                last.extend(it.completions.iter().map(|it| (it.truckid, (it.x, it.y))));
                for truck in &mut it.truckstatus {
                    (truck.x, truck.y) =
                        last.get(&truck.truckid).copied().unwrap_or((truck.x, truck.y));
                }
            }
            Reaction::Pass
        })
    };
    const STATUSES: &[&str] = &[
        "ups.query.idle",
        "ups.query.traveling",
        "ups.query.arrive-warehouse",
        "ups.query.loading",
        "ups.query.loaded",
        "ups.query.delivering",
    ];
    vec![
        mischief("trucks-in-lower-case", STATUSES, || {
            told(|it| it.truckstatus.iter_mut().for_each(|it| it.status.make_ascii_lowercase()))
        }),
        mischief("one-truck-in-all-worlds", &["connect.worlds-are-apart"], elsewhere),
        mischief("tells-of-a-truck-once", &["ups.query.again"], || {
            let mut told = BTreeMap::<(i64, i32), i64>::new();
            Box::new(move |message, at| {
                if let Message::UpsHears(it) = message {
                    it.truckstatus.retain(|it| {
                        *told.entry((at.world, it.truckid)).or_insert(it.seqnum) == it.seqnum
                    });
                }
                Reaction::Pass
            })
        }),
        mischief("trucks-seem-to-stand", &["ups.query.moves"], || {
            let mut first = BTreeMap::<(i64, i32), (i32, i32)>::new();
            Box::new(move |message, at| {
                if let Message::UpsHears(it) = message {
                    for truck in &mut it.truckstatus {
                        let place = first.entry((at.world, truck.truckid));
                        (truck.x, truck.y) = *place.or_insert((truck.x, truck.y));
                    }
                }
                Reaction::Pass
            })
        }),
    ]
}
