//! Checks of what outlives a connection: what is not acked is told again to
//! the client that comes back, and what is done stays done.
//!
//! Who may come back is in `join`.

use std::time::Duration;

use super::{
    side::{Amazon, Side, Ups},
    stage::Stage,
    town::{TEA, Town, buy, follows, pickup, thing},
};
use crate::{
    basis::{Point, Seq},
    conform::check::{Check, Failure, Verdict, checks, same, that},
    wire::{Numbered, amazon, ups},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "replay.amazon.unacked" Must ["W-SEND-4"] "What an amazon has not acked is told again after it reconnects, under the same seqnum." => unacked::<Amazon>;
        "replay.ups.unacked" Must ["W-SEND-4"] "What a ups has not acked is told again after it reconnects, under the same seqnum." => unacked::<Ups>;
        "replay.one-message" Must ["W-SEND-4"] "All that is unacked is told again in one message." => one_message;
        "replay.not-what-is-acked" Must ["W-SEND-4"] "What is acked is not told again after a reconnect." => not_what_is_acked;
        "replay.missed" Must ["W-SEND-4", "W-BYE-3"] "What happens while a side is away is told to it when it comes back." needs Speed => missed;
        "replay.done-once" Ours ["W-ACK-2"] "A command that comes again on another connection is acked, and not done again." => done_once;
        "replay.world-remains" Must ["W-CONN-3", "W-CONN-17"] "Stock and packages of a world remain while nobody is connected." => world_remains;
    ]
}

async fn unacked<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    client.is_acking = false;
    let seq = client.now().await?;
    client.rejoin().await?;
    let before = client.heard.get(&seq).map_or(0, Vec::len);
    let what = format!("#{seq} on the new connection");
    let copies = client
        .until(&what, |it| it.heard.get(&seq).filter(|copies| copies.len() > before).cloned())
        .await?;
    same(&what, &copies[0], &copies[copies.len() - 1])
}

async fn one_message(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Amazon>().await?;
    client.is_acking = false;
    let seqs = [client.now().await?, client.now().await?, client.now().await?];
    client.rejoin().await?;
    let before = client.messages.len();
    let is_event = |it: &crate::wire::Responses<amazon::Event>| !it.events.is_empty();
    let first = client
        .until("what was not acked", |it| {
            it.messages[before..].iter().find(|m| is_event(m)).cloned()
        })
        .await?;
    let told: Vec<Seq> = first.events.iter().map(|event| event.seq).collect();
    same("the numbers in the first message after a reconnect", &seqs.to_vec(), &told)
}

async fn not_what_is_acked(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Ups>().await?;
    let acked = client.now().await?;
    // The ack is behind when the next command is acked, unless it was lost.
    client.send_acks(&[acked.0]).await?;
    client.is_acking = false;
    let other = client.now().await?;
    client.send_acks(&[acked.0]).await?;
    client.now().await?;
    client.rejoin().await?;
    let before = client.messages.len();
    let what = format!("#{other} on the new connection, and not #{acked}");
    let has = |it: &crate::wire::Responses<_>, seq| {
        it.events.iter().any(|event: &Numbered<_>| event.seq == seq)
    };
    client
        .until(&what, |it| it.messages[before..].iter().any(|m| has(m, other)).then_some(()))
        .await?;
    let is_again = client.messages[before..].iter().any(|m| has(m, acked));
    that(!is_again, || Failure::new(what, format!("#{acked} again")))
}

async fn missed(stage: Stage) -> Verdict {
    const SPEED: u32 = 100_000;
    let warehouses = vec![(Town::HERE, Point::new(50_000, 0))];
    let mut town = stage.town_of(warehouses, vec![(Town::TRUCK, Point::new(0, 0))]).await?;
    town.ups.is_acking = false;
    town.set_speed(SPEED);
    town.ups.order(pickup(Town::TRUCK, Town::HERE)).await?;
    town.ups.redial().await?;
    // It takes half a second to get there; meanwhile the other side goes on.
    tokio::time::sleep(Duration::from_secs(1)).await;
    town.amazon.now().await?;
    let before = town.ups.messages.len();
    town.ups.join(Some(town.id), Vec::new()).await?;
    let is_arrival = |it: &Numbered<ups::Event>| matches!(it.body, ups::Event::Finished { .. });
    town.ups
        .until("an arrival that happened while the ups was away", |it| {
            it.messages[before..].iter().any(|m| m.events.iter().any(is_arrival)).then_some(())
        })
        .await
}

async fn done_once(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let things = vec![thing(TEA, 2)];
    town.buy(things.clone()).await?;
    let seq = town.amazon.last_seq;
    town.amazon.rejoin().await?;
    let before = town.amazon.now().await?;
    town.amazon.repeat(Numbered::new(seq, buy(things))).await?;
    follows("the next thing that is told", before, town.amazon.now().await?)?;
    town.expect_stock(TEA, 2).await
}

async fn world_remains(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    town.buy(vec![thing(TEA, 3)]).await?;
    town.ups.redial().await?;
    town.amazon.rejoin().await?;
    town.ups.join(Some(town.id), Vec::new()).await?;
    town.expect_package(1, "packed").await?;
    town.expect_stock(TEA, 3).await
}
