//! Misbehaviours at the end of a connection, and with clients that misbehave
//! themselves.
//!
//! A simulator that falls over takes everybody's connections with it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        message::Message,
        saboteur::{Manner, Reaction},
    },
    Misbehaviour, manner, mischief,
};

pub fn all() -> Vec<Misbehaviour> {
    let mut all = farewells();
    all.extend(hostility());
    all
}

fn farewells() -> Vec<Misbehaviour> {
    vec![
        manner("never-closes", Manner::NeverCloses, &["close.amazon-closes", "close.ups-closes"]),
        manner("closes-with-the-client", Manner::ClosesWithTheClient, &["close.half-closed"]),
        mischief("never-finished", &["close.amazon-finished", "close.ups-finished"], || {
            Box::new(|message, _| {
                if let Some(finished) = message.finished() {
                    *finished = None;
                }
                Reaction::Pass
            })
        }),
        mischief("drops-the-last-commands", &["close.commands-at-hand"], || {
            Box::new(|message, _| {
                if let Some(Some(true)) = message.disconnect() {
                    message.retain_commands(|_| false);
                }
                Reaction::Pass
            })
        }),
        mischief("both-sides-part", &["close.other-side-stays"], || {
            let mut left = BTreeSet::new();
            Box::new(move |message, at| {
                if let Some(Some(true)) = message.finished() {
                    left.insert(at.world);
                    return Reaction::Pass;
                }
                if left.contains(&at.world) { Reaction::HangUp } else { Reaction::Pass }
            })
        }),
        mischief("any-disconnect-parts", &["close.amazon-stays", "close.ups-stays"], || {
            Box::new(|message, _| {
                if let Some(Some(disconnect)) = message.disconnect() {
                    *disconnect = true;
                }
                Reaction::Pass
            })
        }),
    ]
}

fn hostility() -> Vec<Misbehaviour> {
    const NONSENSE: &[&str] = &[
        "hostile.random-bytes",
        "hostile.no-message",
        "hostile.truncated",
        "hostile.huge-length",
        "hostile.endless-length",
        "hostile.length-too-short",
        "hostile.length-too-long",
        "hostile.missing-field",
        "hostile.commands-first",
        "hostile.connect-twice",
        "hostile.text",
        "hostile.comes-back",
    ];
    vec![
        mischief("falls-over-nonsense", NONSENSE, || {
            Box::new(|message, _| match message {
                Message::Nonsense(_) => Reaction::FallOver,
                Message::AmazonConnects(it) if !it.is_amazon => Reaction::FallOver,
                _ => Reaction::Pass,
            })
        }),
        manner("few-connections", Manner::AtMost(12), &["hostile.silent-crowd"]),
        mischief("falls-over-much", &["hostile.unread"], || {
            let mut asked = BTreeMap::<u64, usize>::new();
            Box::new(move |message, at| {
                let asked = asked.entry(at.connection).or_default();
                *asked += message.commands().len();
                if *asked > 5_000 { Reaction::FallOver } else { Reaction::Pass }
            })
        }),
        mischief("bears-nonsense", &["hostile.nonsense-ends-connection"], || {
            Box::new(|message, _| match message {
                Message::Nonsense(_) => Reaction::Swallow,
                _ => Reaction::Pass,
            })
        }),
    ]
}
