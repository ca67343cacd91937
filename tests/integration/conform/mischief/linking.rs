//! Misbehaviours with numbers, acks, repetition and speed.
//!
//! What a command does is not meddled with here.

use std::collections::{BTreeMap, BTreeSet};

use waybill::{wire::proto::ups::UResponses, world::Side};

use super::{
    super::{message::Message, saboteur::Reaction},
    Misbehaviour, mischief,
};

pub fn all() -> Vec<Misbehaviour> {
    let mut all = acks_of_the_world();
    all.extend(repetition());
    all.extend(acks_of_clients());
    all.extend(resending());
    all.extend(numbers());
    all.extend(speed());
    all
}

fn acks_of_the_world() -> Vec<Misbehaviour> {
    vec![
        mischief("no-acks", &["link.amazon.acks", "link.ups.acks"], || {
            Box::new(|message, _| {
                if let Some(acks) = message.world_acks() {
                    acks.clear();
                }
                Reaction::Pass
            })
        }),
        mischief("acks-once", &["link.amazon.acks-again", "link.ups.acks-again"], || {
            let mut acked = BTreeSet::<(Side, i64, i64)>::new();
            Box::new(move |message, at| {
                if let Some(acks) = message.world_acks() {
                    acks.retain(|seq| acked.insert((at.side, at.world, *seq)));
                }
                Reaction::Pass
            })
        }),
        mischief("failures-are-not-acked", &["link.failed-is-acked"], || {
            let mut failed = BTreeSet::<(i64, i64)>::new();
            Box::new(move |message, at| {
                failed.extend(message.errors().iter().map(|(_, origin)| (at.world, **origin)));
                if let Some(acks) = message.world_acks() {
                    acks.retain(|seq| !failed.contains(&(at.world, *seq)));
                }
                Reaction::Pass
            })
        }),
        mischief("acks-backwards", &["link.acks-rise"], || {
            Box::new(|message, _| {
                if let Some(acks) = message.world_acks() {
                    acks.reverse();
                }
                Reaction::Pass
            })
        }),
        mischief("answers-everything", &["link.says-something"], || {
            Box::new(|message, _| match message {
                Message::UpsSays(it) if !it.acks.is_empty() => {
                    Reaction::Answer(Message::UpsHears(UResponses::default()))
                }
                _ => Reaction::Pass,
            })
        }),
        mischief("acks-acks", &["link.amazon.acks-no-acks", "link.ups.acks-no-acks"], || {
            let mut heard = BTreeMap::<u64, Vec<i64>>::new();
            Box::new(move |message, at| {
                if let Some(acks) = message.client_acks() {
                    heard.entry(at.connection).or_default().extend(acks.iter());
                }
                if let Some(acks) = message.world_acks() {
                    acks.extend(heard.remove(&at.connection).unwrap_or_default());
                }
                Reaction::Pass
            })
        }),
    ]
}

fn repetition() -> Vec<Misbehaviour> {
    const FRESH: i64 = 1_000_000_000_000;
    vec![
        mischief(
            "does-everything-again",
            &[
                "link.amazon.answers-once",
                "link.ups.answers-once",
                "link.amazon.done-once",
                "link.ups.done-once",
                "link.failed-once",
                "replay.done-once",
            ],
            || {
                let mut times = BTreeMap::<(Side, i64, i64), i64>::new();
                Box::new(move |message, at| {
                    for seq in message.commands() {
                        let times = times.entry((at.side, at.world, *seq)).or_default();
                        *seq += *times * FRESH;
                        *times += 1;
                    }
                    if let Some(acks) = message.world_acks() {
                        acks.iter_mut().for_each(|seq| *seq %= FRESH);
                    }
                    Reaction::Pass
                })
            },
        ),
        mischief("numbers-only-rise", &["link.amazon.any-order", "link.ups.any-order"], || {
            let mut last = BTreeMap::<u64, i64>::new();
            Box::new(move |message, at| {
                let last = last.entry(at.connection).or_default();
                message.retain_commands(|seq| seq >= *last);
                *last =
                    message.commands().iter().map(|seq| **seq).max().unwrap_or(*last).max(*last);
                Reaction::Pass
            })
        }),
        mischief("loses-a-tenth", &["link.loses-nothing"], || {
            let mut count = 0;
            Box::new(move |message, _| {
                count += usize::from(!message.commands().is_empty());
                let is_lost = !message.commands().is_empty() && count % 10 == 0;
                if is_lost { Reaction::Swallow } else { Reaction::Pass }
            })
        }),
    ]
}

fn acks_of_clients() -> Vec<Misbehaviour> {
    vec![
        mischief(
            "unknown-acks-offend",
            &["link.amazon.unknown-acks", "link.ups.unknown-acks"],
            || {
                let mut told = BTreeSet::<(u64, i64)>::new();
                Box::new(move |message, at| {
                    told.extend(message.events().iter().map(|seq| (at.connection, **seq)));
                    let is_known = |seq: &i64| told.contains(&(at.connection, *seq));
                    match message.client_acks() {
                        Some(acks) if !acks.iter().all(is_known) => Reaction::HangUp,
                        _ => Reaction::Pass,
                    }
                })
            },
        ),
        mischief(
            "repeated-acks-offend",
            &["link.amazon.repeated-acks", "link.ups.repeated-acks"],
            || {
                let mut seen = BTreeSet::<(u64, i64)>::new();
                Box::new(move |message, at| match message.client_acks() {
                    Some(acks) if !acks.iter().all(|seq| seen.insert((at.connection, *seq))) => {
                        Reaction::HangUp
                    }
                    _ => Reaction::Pass,
                })
            },
        ),
        mischief(
            "hears-no-acks",
            &["link.amazon.acked-rests", "link.ups.acked-rests", "replay.not-what-is-acked"],
            || {
                Box::new(|message, _| {
                    if let Some(acks) = message.client_acks() {
                        acks.clear();
                    }
                    Reaction::Pass
                })
            },
        ),
    ]
}

fn resending() -> Vec<Misbehaviour> {
    vec![
        mischief("tells-once", &["link.amazon.resends", "link.ups.resends"], || {
            let mut told = BTreeSet::<(u64, i64)>::new();
            Box::new(move |message, at| {
                message.retain_events(|seq| told.insert((at.connection, seq)));
                Reaction::Pass
            })
        }),
        mischief("tells-again-as-new", &["link.amazon.resends", "link.ups.resends"], || {
            let mut times = BTreeMap::<(u64, i64), i64>::new();
            Box::new(move |message, at| {
                for seq in message.events() {
                    let times = times.entry((at.connection, *seq)).or_default();
                    *seq += *times * 1_000_000;
                    *times += 1;
                }
                Reaction::Pass
            })
        }),
        mischief(
            "forgets-with-the-connection",
            &["replay.amazon.unacked", "replay.ups.unacked", "replay.missed"],
            || {
                let mut first = BTreeMap::<(Side, i64), u64>::new();
                let mut forgotten = BTreeMap::<u64, BTreeSet<i64>>::new();
                Box::new(move |message, at| {
                    if message.result().is_some() {
                        first.entry((at.side, at.world)).or_insert(at.connection);
                    }
                    let is_first = first.get(&(at.side, at.world)) == Some(&at.connection);
                    if is_first || message.events().is_empty() {
                        return Reaction::Pass;
                    }
                    // The first that a later connection is told is what an earlier one missed.
                    let missed = message.events().iter().map(|seq| **seq).collect();
                    forgotten.entry(at.connection).or_insert(missed);
                    let forgotten = forgotten.get(&at.connection);
                    message.retain_events(|seq| !forgotten.is_some_and(|it| it.contains(&seq)));
                    Reaction::Pass
                })
            },
        ),
        mischief(
            "one-thing-a-message",
            &["replay.one-message", "numbers.delivered-with-completion"],
            || {
                Box::new(|message, _| {
                    let seqs: Vec<i64> = message.events().iter().map(|seq| **seq).collect();
                    if seqs.len() < 2 {
                        return Reaction::Pass;
                    }
                    let only = |kept: &i64| {
                        let mut one = message.clone();
                        one.retain_events(|seq| seq == *kept);
                        one
                    };
                    Reaction::Instead(seqs.iter().map(only).collect())
                })
            },
        ),
    ]
}

fn numbers() -> Vec<Misbehaviour> {
    vec![
        mischief("numbers-from-zero", &["numbers.amazon-from-one", "numbers.ups-from-one"], || {
            Box::new(|message, _| {
                message.events().into_iter().for_each(|seq| *seq -= 1);
                if let Some(acks) = message.client_acks() {
                    acks.iter_mut().for_each(|seq| *seq += 1);
                }
                Reaction::Pass
            })
        }),
        mischief("a-counter-for-each-side", &["numbers.one-counter"], || {
            let mut given = BTreeMap::<(Side, i64), Vec<i64>>::new();
            Box::new(move |message, at| {
                let given = given.entry((at.side, at.world)).or_default();
                for seq in message.events() {
                    let place = given.iter().position(|it| it == seq).unwrap_or_else(|| {
                        given.push(*seq);
                        given.len() - 1
                    });
                    *seq = place as i64 + 1;
                }
                if let Some(acks) = message.client_acks() {
                    for seq in acks {
                        *seq = given.get(*seq as usize - 1).copied().unwrap_or(*seq);
                    }
                }
                Reaction::Pass
            })
        }),
        mischief("completion-first", &["numbers.delivered-before-completion"], || {
            Box::new(|message, _| {
                if let Message::UpsHears(it) = message
                    && let (Some(finished), Some(delivered)) =
                        (it.completions.last_mut(), it.delivered.last_mut())
                {
                    std::mem::swap(&mut finished.seqnum, &mut delivered.seqnum);
                }
                Reaction::Pass
            })
        }),
        mischief("last-things-first", &["numbers.rise"], || {
            Box::new(|message, _| {
                if let Message::AmazonHears(it) = message {
                    it.error.reverse();
                }
                Reaction::Pass
            })
        }),
        mischief("errors-of-nothing", &["link.error-names-command"], || {
            Box::new(|message, _| {
                message.errors().into_iter().for_each(|(_, origin)| *origin = 0);
                Reaction::Pass
            })
        }),
    ]
}

fn speed() -> Vec<Misbehaviour> {
    fn with(change: fn(Option<u32>) -> Option<u32>) -> super::super::saboteur::Mischief {
        Box::new(move |message, _| {
            let says_something = !message.commands().is_empty();
            if let Some(simspeed) = message.simspeed().filter(|it| says_something || it.is_some()) {
                *simspeed = change(*simspeed);
            }
            Reaction::Pass
        })
    }
    vec![
        mischief("never-fast", &["speed.ninety-million"], || with(|it| it.map(|_| 1))),
        mischief("for-one-message", &["speed.stays"], || with(|it| Some(it.unwrap_or(1)))),
        mischief("always-fast", &["speed.future-only"], || with(|it| it.map(|_| 90_000_000))),
        mischief("twice-as-fast", &["speed.travel"], || {
            with(|it| it.map(|it| it.saturating_mul(2)))
        }),
        mischief("deaf-to-a-ups", &["speed.of-both-sides"], || {
            Box::new(|message, _| {
                if let Message::UpsSays(it) = message {
                    it.simspeed = None;
                }
                Reaction::Pass
            })
        }),
        mischief("zero-is-the-end", &["speed.zero"], || {
            Box::new(|message, _| match message.simspeed() {
                Some(Some(0)) => Reaction::HangUp,
                _ => Reaction::Pass,
            })
        }),
    ]
}
