//! Checks of the numbers that a world gives to what it tells.
//!
//! That they are the same when something is told again is in `link`.

use std::collections::BTreeSet;

use super::{
    side::{Amazon, Side, Ups},
    stage::Stage,
    town::{TEA, Town, deliver, pickup, thing},
};
use crate::{
    basis::{Point, Seq},
    conform::check::{Check, Failure, Verdict, checks, same, that},
    wire::{Numbered, Responses, amazon},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "numbers.amazon-from-one" Must ["W-SEQ-3"] "The first thing that a world tells an amazon has the seqnum 1." => from_one::<Amazon>;
        "numbers.ups-from-one" Must ["W-SEQ-3"] "The first thing that a world tells a ups has the seqnum 1." => from_one::<Ups>;
        "numbers.one-counter" Must ["W-SEQ-3"] "One counter gives the seqnums of both sides of a world: no number twice, none left out." => one_counter;
        "numbers.delivered-before-completion" Must ["W-SEND-7", "W-DEL-2"] "The seqnum of the last `delivered` is one below its completion's." => delivered_before_completion;
        "numbers.delivered-with-completion" Must ["W-SEND-7"] "The last `delivered` and its completion come in one message." => delivered_with_completion;
        "numbers.rise" Ours ["W-SEQ-5"] "What is told in one list of a message is in rising order of its seqnums." => rise;
    ]
}

async fn from_one<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    same("the first seqnum", &Seq(1), &client.now().await?)
}

async fn one_counter(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    for package in [1, 2] {
        town.ups.now().await?;
        town.packed(package).await?;
    }
    town.ups.order(pickup(Town::TRUCK, Town::HERE)).await?;
    town.ups.event("an arrival").await?;
    town.amazon.now().await?;
    let count = town.amazon.heard.len() + town.ups.heard.len();
    let numbers: BTreeSet<i64> =
        town.amazon.heard.keys().chain(town.ups.heard.keys()).map(|seq| seq.0).collect();
    let expected: BTreeSet<i64> = (1..).take(count).collect();
    that(numbers == expected, || {
        Failure::new(
            format!("1 to {count} over both sides"),
            format!("amazon {:?}, ups {:?}", keys(&town.amazon.heard), keys(&town.ups.heard)),
        )
    })
}

fn keys<T>(heard: &std::collections::BTreeMap<Seq, T>) -> Vec<i64> {
    heard.keys().map(|seq| seq.0).collect()
}

/// Two packages to two doorsteps; gives the numbers of the last delivery and of the completion.
async fn trip(town: &mut Town) -> Verdict<(Seq, Seq)> {
    town.park(Town::TRUCK, Town::HERE).await?;
    town.buy(vec![thing(TEA, 2)]).await?;
    for package in [1, 2] {
        town.pack(package, vec![thing(TEA, 1)]).await?;
        town.load(package).await?;
    }
    let (first, last) = (Point::new(4, 4), Point::new(6, 1));
    town.ups.order(deliver(&[(1, first), (2, last)])).await?;
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(town.ups.event("two deliveries and a completion").await?);
    }
    let seq_of = |what: &str, is: fn(&crate::wire::ups::Event) -> bool| {
        let found = told.iter().filter(|event| is(&event.body)).map(|event| event.seq).max();
        found.ok_or_else(|| Failure::new(what, "no such thing among the next three"))
    };
    let delivered =
        seq_of("a delivery", |it| matches!(it, crate::wire::ups::Event::Delivered { .. }))?;
    let finished =
        seq_of("a completion", |it| matches!(it, crate::wire::ups::Event::Finished { .. }))?;
    Ok((delivered, finished))
}

async fn delivered_before_completion(stage: Stage) -> Verdict {
    let (delivered, finished) = trip(&mut stage.town().await?).await?;
    super::town::follows("the completion of a trip", delivered, finished)
}

async fn delivered_with_completion(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let (delivered, finished) = trip(&mut town).await?;
    let has = |it: &crate::wire::Responses<_>, seq| {
        it.events.iter().any(|event: &crate::wire::Numbered<_>| event.seq == seq)
    };
    let first = town.ups.messages.iter().find(|it| has(it, delivered) || has(it, finished));
    that(first.is_some_and(|it| has(it, delivered) && has(it, finished)), || {
        Failure::new(
            format!("#{delivered} and #{finished} in one message"),
            "one without the other",
        )
    })
}

async fn rise(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Amazon>().await?;
    let seqs = client.issue(vec![Amazon::probe(); 5]).await?;
    client.acks(&seqs).await?;
    client.now().await?;
    let is_wrong = |it: &&Responses<_>| {
        !it.events.is_sorted_by_key(|event: &Numbered<amazon::Event>| event.seq)
    };
    let wrong = client.messages.iter().filter(is_wrong).count();
    same("how many messages are out of order", &0, &wrong)
}
