//! Misbehaviours with what a store asks for.
//!
//! The world behind is honest, so that stock is got wrong by changing what it
//! is asked.

use std::collections::{BTreeMap, BTreeSet};

use waybill::{
    wire::proto::amazon::{ACommands, AResponses},
    world::Side,
};

use super::{
    super::{
        message::Message,
        saboteur::{Mischief, Reaction},
    },
    Misbehaviour, mischief,
};

pub fn all() -> Vec<Misbehaviour> {
    let mut all = texts();
    all.extend(buying());
    all.extend(packing());
    all.extend(loading());
    all.extend(telling());
    all
}

/// Changes what a store asks.
fn asked(change: fn(&mut ACommands)) -> Mischief {
    Box::new(move |message, _| {
        if let Message::AmazonSays(it) = message {
            change(it);
        }
        Reaction::Pass
    })
}

/// Changes what a store is told.
fn told(change: fn(&mut AResponses)) -> Mischief {
    Box::new(move |message, _| {
        if let Message::AmazonHears(it) = message {
            change(it);
        }
        Reaction::Pass
    })
}

fn texts() -> Vec<Misbehaviour> {
    const ABOUT_IDS: &[&str] = &[
        "amazon.buy.unknown-warehouse",
        "amazon.pack.unknown-warehouse",
        "amazon.pack.unknown-product",
        "amazon.load.unknown-warehouse",
        "amazon.load.unknown-truck",
        "amazon.load.unknown-package",
        "amazon.load.unknown-ids",
        "amazon.query.unknown",
        "ups.pickup.unknown-truck",
        "ups.pickup.unknown-id",
        "ups.pickup.unknown-warehouse",
        "ups.deliver.unknown-package",
        "ups.deliver.unknown-truck",
        "ups.deliver.unknown-ids",
        "ups.query.unknown",
    ];
    const ABOUT_STATES: &[&str] = &[
        "amazon.load.before-packed",
        "amazon.load.truck-elsewhere",
        "amazon.load.truck-at-other-warehouse",
        "amazon.load.package-elsewhere",
        "amazon.load.on-the-way",
        "amazon.load.twice",
        "ups.pickup.busy",
        "ups.deliver.not-packed",
        "ups.deliver.other-truck",
        "ups.deliver.travelling",
        "ups.deliver.delivered-before",
        "ups.deliver.while-loading",
    ];
    const WITHOUT_TEXT: &[&str] = &[
        "amazon.buy.empty-list",
        "amazon.buy.other-description",
        "amazon.pack.too-little-stock",
        "amazon.pack.empty-list",
        "ups.deliver.empty-list",
    ];
    vec![
        mischief("another-text-about-ids", ABOUT_IDS, || {
            Box::new(|message, _| {
                for (text, _) in message.errors() {
                    *text = text.replace("warehouse(if product_id)", "warehouse (if product_id)");
                }
                Reaction::Pass
            })
        }),
        mischief("another-text-about-states", ABOUT_STATES, || {
            Box::new(|message, _| {
                for (text, _) in message.errors() {
                    *text = text.replace("cannot find", "can not find");
                }
                Reaction::Pass
            })
        }),
        mischief("no-errors", WITHOUT_TEXT, || {
            Box::new(|message, _| {
                message.clear_errors();
                Reaction::Pass
            })
        }),
    ]
}

fn buying() -> Vec<Misbehaviour> {
    vec![
        mischief(
            "arrives-in-capitals",
            &["amazon.buy.arrives", "amazon.buy.any-description"],
            || {
                told(|it| {
                    let things = it.arrived.iter_mut().flat_map(|it| &mut it.things);
                    things.for_each(|it| it.description = it.description.to_uppercase());
                })
            },
        ),
        mischief("arrives-backwards", &["amazon.buy.in-order"], || {
            told(|it| it.arrived.iter_mut().for_each(|it| it.things.reverse()))
        }),
        mischief("buys-with-a-ups-only", &["amazon.buy.without-ups"], || {
            let mut with_ups = BTreeSet::new();
            Box::new(move |message, at| {
                if at.side == Side::Ups {
                    with_ups.insert(at.world);
                }
                if let Message::AmazonHears(it) = message
                    && !with_ups.contains(&at.world)
                {
                    it.arrived.clear();
                }
                Reaction::Pass
            })
        }),
        mischief("one-fails-all-fail", &["link.one-fails-alone"], || {
            Box::new(|message, _| {
                if let Message::AmazonSays(it) = message
                    && !it.topack.is_empty()
                {
                    it.buy.iter_mut().for_each(|buy| buy.whnum = 404);
                }
                Reaction::Pass
            })
        }),
        mischief("buys-once", &["amazon.buy.several"], || {
            let mut bought = BTreeMap::<i64, i64>::new();
            Box::new(move |message, at| {
                if let Message::AmazonSays(it) = message {
                    it.buy.retain(|it| *bought.entry(at.world).or_insert(it.seqnum) == it.seqnum);
                }
                Reaction::Pass
            })
        }),
        mischief("buys-for-the-first-warehouse", &["amazon.buy.one-warehouse"], || {
            asked(|it| it.buy.iter_mut().for_each(|it| it.whnum = 1))
        }),
        mischief("counts-a-product-once", &["amazon.buy.twice-in-one-list"], || {
            asked(|it| it.buy.iter_mut().for_each(|it| it.things.dedup_by_key(|it| it.id)))
        }),
        mischief("minus-is-plus", &["amazon.buy.bad-count", "amazon.pack.bad-count"], || {
            asked(|it| {
                let bought = it.buy.iter_mut().flat_map(|it| &mut it.things);
                let packed = it.topack.iter_mut().flat_map(|it| &mut it.things);
                bought.chain(packed).for_each(|it| it.count = it.count.saturating_abs().max(1));
            })
        }),
        mischief("counts-in-16-bits", &["amazon.buy.huge-count"], || {
            asked(|it| {
                let things = it.buy.iter_mut().flat_map(|it| &mut it.things);
                things.for_each(|it| it.count &= 0xffff);
            })
        }),
    ]
}

fn packing() -> Vec<Misbehaviour> {
    vec![
        mischief("never-ready", &["amazon.pack.ready"], || told(|it| it.ready.clear())),
        mischief("packs-twice-the-count", &["amazon.buy.adds-up"], || {
            asked(|it| {
                let things = it.topack.iter_mut().flat_map(|it| &mut it.things);
                things.for_each(|it| it.count = it.count.saturating_mul(2));
            })
        }),
        mischief("packs-one-of-each", &["amazon.pack.takes-stock"], || {
            asked(|it| {
                let things = it.topack.iter_mut().flat_map(|it| &mut it.things);
                things.for_each(|it| it.count = it.count.min(1));
            })
        }),
        mischief(
            "packs-the-first-product",
            &["amazon.pack.all-or-nothing", "amazon.pack.several-products"],
            || asked(|it| it.topack.iter_mut().for_each(|it| it.things.truncate(1))),
        ),
        mischief("one-shelf-for-all", &["amazon.pack.other-warehouse"], || {
            asked(|it| it.topack.iter_mut().for_each(|it| it.whnum = 1))
        }),
        mischief("packs-by-description", &["amazon.pack.any-description"], || {
            Box::new(|message, _| {
                if let Message::AmazonSays(it) = message {
                    let things = it.topack.iter_mut().flat_map(|it| &mut it.things);
                    things
                        .filter(|it| !it.description.starts_with("product "))
                        .for_each(|it| it.id = 404);
                }
                Reaction::Pass
            })
        }),
        mischief("a-shipid-has-one-chance", &["amazon.pack.failed-shipid"], || {
            let mut tried = BTreeMap::<(i64, i64), i64>::new();
            Box::new(move |message, at| {
                if let Message::AmazonSays(it) = message {
                    for pack in &mut it.topack {
                        let first = tried.entry((at.world, pack.shipid)).or_insert(pack.seqnum);
                        if *first != pack.seqnum {
                            pack.things.clear();
                        }
                    }
                }
                Reaction::Pass
            })
        }),
        mischief("shipids-of-32-bits", &["amazon.pack.any-shipid"], || {
            told(|it| it.ready.iter_mut().for_each(|it| it.shipid = i64::from(it.shipid as i32)))
        }),
        mischief(
            "renames-used-shipids",
            &["amazon.pack.shipid-twice", "amazon.pack.shipid-of-delivered"],
            || {
                let mut used = BTreeMap::<(i64, i64), i64>::new();
                Box::new(move |message, at| {
                    if let Message::AmazonSays(it) = message {
                        for pack in &mut it.topack {
                            let first = *used.entry((at.world, pack.shipid)).or_insert(pack.seqnum);
                            if first != pack.seqnum {
                                pack.shipid += 1_000_000;
                            }
                        }
                    }
                    Reaction::Pass
                })
            },
        ),
    ]
}

fn loading() -> Vec<Misbehaviour> {
    vec![
        mischief("never-loaded", &["amazon.load.loaded"], || told(|it| it.loaded.clear())),
        mischief("bears-a-grudge", &["amazon.load.retry-after-error"], || {
            let mut asked = BTreeMap::<(i64, i64), i64>::new();
            Box::new(move |message, at| {
                if let Message::AmazonSays(it) = message {
                    it.load.retain(|it| {
                        *asked.entry((at.world, it.shipid)).or_insert(it.seqnum) == it.seqnum
                    });
                }
                Reaction::Pass
            })
        }),
        mischief("loads-one", &["amazon.load.several"], || {
            let mut loaded = BTreeMap::<i64, i64>::new();
            Box::new(move |message, at| {
                if let Message::AmazonSays(it) = message {
                    it.load.retain(|it| *loaded.entry(at.world).or_insert(it.seqnum) == it.seqnum);
                }
                Reaction::Pass
            })
        }),
    ]
}

fn telling() -> Vec<Misbehaviour> {
    const STATUSES: &[&str] = &[
        "amazon.query.packing",
        "amazon.query.packed",
        "amazon.query.loading",
        "amazon.query.loaded",
        "amazon.query.delivering",
        "amazon.query.delivered",
    ];
    vec![
        mischief("packages-in-capitals", STATUSES, || {
            told(|it| it.packagestatus.iter_mut().for_each(|it| it.status.make_ascii_uppercase()))
        }),
        mischief("tells-of-a-package-once", &["amazon.query.again"], || {
            let mut told = BTreeMap::<(i64, i64), i64>::new();
            Box::new(move |message, at| {
                if let Message::AmazonHears(it) = message {
                    it.packagestatus.retain(|it| {
                        *told.entry((at.world, it.packageid)).or_insert(it.seqnum) == it.seqnum
                    });
                }
                Reaction::Pass
            })
        }),
    ]
}
