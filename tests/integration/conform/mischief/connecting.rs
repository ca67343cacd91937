//! Misbehaviours with bytes, with Connects and with whole worlds.
//!
//! What is said once a world is joined is not meddled with here.

use std::collections::BTreeSet;

use waybill::world::Side;

use super::{
    super::{
        message::Message,
        saboteur::{Manner, Reaction},
    },
    Misbehaviour, manner, mischief,
};

pub fn all() -> Vec<Misbehaviour> {
    let mut all = bytes();
    all.extend(answers());
    all.extend(arrivals());
    all.extend(worlds());
    all
}

fn bytes() -> Vec<Misbehaviour> {
    vec![
        manner(
            "whole-messages-only",
            Manner::WholeMessagesOnly,
            &["frame.byte-by-byte", "frame.split-length"],
        ),
        manner(
            "one-message-a-segment",
            Manner::OneMessageASegment,
            &["frame.several-in-one-segment"],
        ),
        manner("short-lengths-only", Manner::ShortLengthsOnly, &["frame.long-length"]),
        mischief("one-form-of-each-message", &["frame.unknown-fields", "link.packed-acks"], || {
            Box::new(|message, at| {
                if message.encode().len() == at.bytes { Reaction::Pass } else { Reaction::HangUp }
            })
        }),
        manner("length-apart", Manner::LengthApart, &["frame.length-with-body"]),
        mischief("no-heartbeats", &["frame.heartbeat"], || {
            Box::new(|message, _| match message {
                Message::Heartbeat => Reaction::HangUp,
                _ => Reaction::Pass,
            })
        }),
        mischief("small-messages-only", &["frame.large-message"], || {
            Box::new(|_, at| if at.bytes > 50_000 { Reaction::HangUp } else { Reaction::Pass })
        }),
        mischief("one-command-a-message", &["frame.several-commands"], || {
            Box::new(|message, _| {
                let first = message.commands().first().map(|seq| **seq);
                message.retain_commands(|seq| Some(seq) == first);
                Reaction::Pass
            })
        }),
    ]
}

fn answers() -> Vec<Misbehaviour> {
    vec![
        mischief("another-greeting", &["connect.amazon-founds", "connect.ups-founds"], || {
            Box::new(|message, _| {
                if let Some((_, result)) = message.result() {
                    *result = result.replace("connected!", "Connected!");
                }
                Reaction::Pass
            })
        }),
        mischief("another-not-available", &["connect.unknown-world", "join.amazon-taken"], || {
            Box::new(|message, _| {
                if let Some((_, result)) = message.result() {
                    *result = result.replace("\n possible", "\npossible");
                }
                Reaction::Pass
            })
        }),
        mischief("a-ups-is-called-ups", &["connect.unknown-world-ups", "join.ups-taken"], || {
            Box::new(|message, _| {
                if let Message::UpsConnected(it) = message {
                    it.result = it.result.replace("for amazon to", "for ups to");
                }
                Reaction::Pass
            })
        }),
        mischief("refusals-without-prefix", &["connect.error-prefix"], || {
            Box::new(|message, _| {
                if let Some((_, result)) = message.result() {
                    *result = result.replace("error: ", "");
                }
                Reaction::Pass
            })
        }),
        mischief("another-exists", &["join.warehouse-exists", "join.truck-exists"], || {
            Box::new(|message, _| {
                if let Some((_, result)) = message.result() {
                    *result = result.replace("already exists.", "already exists");
                }
                Reaction::Pass
            })
        }),
        mischief(
            "hangs-up-after-refusal",
            &["connect.again-after-error", "connect.again-after-error-ups"],
            || {
                Box::new(|message, _| match message.result() {
                    Some((_, result)) if result != "connected!" => Reaction::PassAndHangUp,
                    _ => Reaction::Pass,
                })
            },
        ),
    ]
}

fn arrivals() -> Vec<Misbehaviour> {
    vec![
        mischief(
            "either-port-for-either",
            &["connect.amazon-port-is-for-amazon", "connect.ups-port-is-for-ups"],
            || {
                Box::new(|message, _| {
                    match message {
                        Message::AmazonConnects(it) => it.is_amazon = true,
                        Message::UpsConnects(it) => it.is_amazon = false,
                        _ => {}
                    }
                    Reaction::Pass
                })
            },
        ),
        mischief("hangs-up-on-nonsense", &["connect.no-connect"], || {
            Box::new(|message, _| match message {
                Message::Nonsense(_) => Reaction::HangUp,
                _ => Reaction::Pass,
            })
        }),
        mischief("a-hundred-trucks", &["connect.many-trucks"], || {
            Box::new(|message, _| {
                if let Message::UpsConnects(it) = message {
                    it.trucks.truncate(100);
                }
                Reaction::Pass
            })
        }),
        mischief("ids-from-one", &["connect.ids-from-zero"], || {
            Box::new(|message, _| {
                match message {
                    Message::AmazonConnects(it) => it.initwh.retain(|it| it.id > 0),
                    Message::UpsConnects(it) => it.trucks.retain(|it| it.id > 0),
                    _ => {}
                }
                Reaction::Pass
            })
        }),
        mischief("no-negative-coordinates", &["connect.negative-coordinates"], || {
            Box::new(|message, _| {
                if let Message::UpsConnects(it) = message {
                    it.trucks.iter_mut().for_each(|it| it.x = it.x.abs());
                }
                Reaction::Pass
            })
        }),
        mischief("first-of-an-id", &["connect.id-twice"], || {
            Box::new(|message, _| {
                if let Message::UpsConnects(it) = message {
                    it.trucks.dedup_by_key(|it| it.id);
                }
                Reaction::Pass
            })
        }),
        mischief("nothing-is-not-enough", &["connect.empty-world"], || {
            Box::new(|message, at| match message {
                Message::AmazonConnects(it) if it.initwh.is_empty() && it.worldid.is_none() => {
                    Reaction::Answer(Message::refusal(at.side, 0, "error: no warehouses"))
                }
                _ => Reaction::Pass,
            })
        }),
        mischief("adds-nothing-later", &["join.adds-warehouses", "join.adds-trucks"], || {
            Box::new(|message, _| {
                match message {
                    Message::AmazonConnects(it) if it.worldid.is_some() => it.initwh.clear(),
                    Message::UpsConnects(it) if it.worldid.is_some() => it.trucks.clear(),
                    _ => {}
                }
                Reaction::Pass
            })
        }),
        mischief("adds-what-is-new", &["join.refusal-changes-nothing"], || {
            Box::new(|message, _| {
                match message {
                    Message::UpsConnects(it) if it.worldid.is_some() => {
                        it.trucks.retain(|it| it.id != 1);
                    }
                    _ => {}
                }
                Reaction::Pass
            })
        }),
    ]
}

fn worlds() -> Vec<Misbehaviour> {
    const ABOVE: i64 = 1_000_000_000;
    vec![
        mischief("ids-count-down", &["connect.ids-count-up"], || {
            Box::new(|message, _| {
                if let Some((world, _)) = message.result() {
                    *world = ABOVE - *world;
                }
                if let Some(Some(world)) = message.asked_world() {
                    *world = ABOVE - *world;
                }
                Reaction::Pass
            })
        }),
        mischief("only-founders", &["join.ups-joins-amazon", "join.amazon-joins-ups"], || {
            Box::new(|message, at| match message.asked_world() {
                Some(Some(world)) => {
                    Reaction::Answer(Message::refusal(at.side, *world, "error: it is not yours"))
                }
                _ => Reaction::Pass,
            })
        }),
        mischief("sides-stay-taken", &["join.free-after-hanging-up", "close.frees-side"], || {
            let mut taken = BTreeSet::<(Side, i64)>::new();
            Box::new(move |message, at| {
                if let Some(Some(world)) = message.asked_world()
                    && taken.contains(&(at.side, *world))
                {
                    let text = "error: not available";
                    return Reaction::Answer(Message::refusal(at.side, *world, text));
                }
                if let Some((world, _)) = message.result() {
                    taken.insert((at.side, *world));
                }
                Reaction::Pass
            })
        }),
        mischief("worlds-are-forgotten", &["replay.world-remains"], || {
            let mut seen = BTreeSet::<(Side, i64)>::new();
            Box::new(move |message, at| {
                if let Some(asked) = message.asked_world()
                    && asked.is_some_and(|world| !seen.insert((at.side, world)))
                {
                    *asked = None;
                }
                if let Some((world, _)) = message.result() {
                    seen.insert((at.side, *world));
                }
                Reaction::Pass
            })
        }),
    ]
}
