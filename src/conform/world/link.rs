//! Checks of sequence numbers and acks, of either side: acked each time, done
//! once, sent again until acked.
//!
//! What outlives a connection is in `replay`.

use super::{
    client::Client,
    side::{Amazon, NOBODYS, Side, Ups},
    stage::Stage,
    town::{TEA, UNKNOWN, buy, deliver, follows, pack, pickup, thing},
};
use crate::{
    basis::Seq,
    conform::check::{Check, Failure, Verdict, checks, same, that},
    wire::{Numbered, amazon},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "link.amazon.acks" Must "Every command of an amazon is acked by its seqnum." => acks::<Amazon>;
        "link.ups.acks" Must "Every command of a ups is acked by its seqnum." => acks::<Ups>;
        "link.amazon.acks-again" Must "A command that an amazon sends again is acked again." => acks_again::<Amazon>;
        "link.ups.acks-again" Must "A command that a ups sends again is acked again." => acks_again::<Ups>;
        "link.amazon.answers-once" Must "A query that comes again is not answered again (amazon)." => answers_once::<Amazon>;
        "link.ups.answers-once" Must "A query that comes again is not answered again (ups)." => answers_once::<Ups>;
        "link.amazon.done-once" Must "A purchase and a packing that come again are not done again." => amazon_done_once;
        "link.ups.done-once" Must "A pickup and a delivery that come again are not done again." => ups_done_once;
        "link.amazon.acks-no-acks" Must "Acks of an amazon are not acked." => acks_no_acks::<Amazon>;
        "link.ups.acks-no-acks" Must "Acks of a ups are not acked." => acks_no_acks::<Ups>;
        "link.amazon.unknown-acks" Must "Acks of numbers that an amazon never heard are ignored." => unknown_acks::<Amazon>;
        "link.ups.unknown-acks" Must "Acks of numbers that a ups never heard are ignored." => unknown_acks::<Ups>;
        "link.amazon.repeated-acks" Must "Repeated acks of an amazon are ignored." => repeated_acks::<Amazon>;
        "link.ups.repeated-acks" Must "Repeated acks of a ups are ignored." => repeated_acks::<Ups>;
        "link.amazon.resends" Must "What an amazon has not acked is sent again, the same under the same seqnum." => resends::<Amazon>;
        "link.ups.resends" Must "What a ups has not acked is sent again, the same under the same seqnum." => resends::<Ups>;
        "link.amazon.acked-rests" Must "What an amazon has acked is not sent again." => acked_rests::<Amazon>;
        "link.ups.acked-rests" Must "What a ups has acked is not sent again." => acked_rests::<Ups>;
        "link.amazon.any-order" Must "Commands of an amazon are done whatever the order of their seqnums." => any_order::<Amazon>;
        "link.ups.any-order" Must "Commands of a ups are done whatever the order of their seqnums." => any_order::<Ups>;
        "link.error-names-command" Must "An error's originseqnum is the failed command's seqnum." => error_names_command;
        "link.failed-is-acked" Must "A command that fails is acked, too." => failed_is_acked;
        "link.failed-once" Must "A failed command that comes again is acked, and its error is not made again." => failed_once;
        "link.loses-nothing" Must "The given percentage of requests is dropped, silently; none unless one is given." => loses_nothing;
    ]
}

async fn acks<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    for count in [1, 3] {
        let seqs = client.issue(vec![S::probe(); count]).await?;
        client.acks(&seqs).await?;
    }
    Ok(())
}

async fn acks_again<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    let seq = client.order(S::probe()).await?;
    client.repeat(Numbered::new(seq, S::probe())).await?;
    client.repeat(Numbered::new(seq, S::probe())).await
}

async fn answers_once<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    let before = client.now().await?;
    let seq = client.last_seq;
    client.repeat(Numbered::new(seq, S::probe())).await?;
    client.repeat(Numbered::new(seq, S::probe())).await?;
    follows("the next thing that is told", before, client.now().await?)
}

async fn amazon_done_once(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let things = vec![thing(TEA, 2)];
    town.buy(things.clone()).await?;
    let bought = town.amazon.last_seq;
    town.amazon.repeat(Numbered::new(bought, buy(things.clone()))).await?;
    town.expect_stock(TEA, 2).await?;
    town.buy(things.clone()).await?;
    let things = vec![thing(TEA, 1)];
    town.pack(5, things.clone()).await?;
    let packed = town.amazon.last_seq;
    town.amazon.repeat(Numbered::new(packed, pack(5, things))).await?;
    town.pack(6, vec![thing(TEA, 1)]).await.map(drop)
}

async fn ups_done_once(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.aboard(&[1]).await?;
    let parked = town.ups.last_seq;
    let here = super::town::Town::HERE;
    let truck = super::town::Town::TRUCK;
    town.ups.repeat(Numbered::new(parked, pickup(truck, here))).await?;
    let before = town.ups.now().await?;
    let to = crate::basis::Point::new(4, 4);
    town.ups.order(deliver(&[(1, to)])).await?;
    let sent = town.ups.last_seq;
    follows("the delivery", before, town.expect_delivered(1).await?)?;
    let idle = town.expect_idle(to).await?;
    town.ups.repeat(Numbered::new(sent, deliver(&[(1, to)]))).await?;
    follows("the next thing that is told", idle, town.ups.now().await?)
}

async fn acks_no_acks<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    // Far from the numbers of what the world tells.
    client.last_seq = Seq(5_000);
    for _ in 0..3 {
        client.now().await?;
    }
    let wrong = client.acked.keys().find(|seq| seq.0 <= 5_000).copied();
    that(wrong.is_none(), || {
        Failure::new("acks of commands only, which began at 5001", format!("an ack of {wrong:?}"))
    })
}

async fn unknown_acks<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    client.send_acks(&[77, 0, -5, i64::MAX, i64::MIN]).await?;
    let first = client.now().await?;
    client.send_acks(&[999]).await?;
    follows("the next thing that is told", first, client.now().await?)
}

async fn repeated_acks<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    let seq = client.now().await?;
    client.send_acks(&[seq.0, seq.0, seq.0]).await?;
    client.send_acks(&[seq.0]).await?;
    follows("the next thing that is told", seq, client.now().await?)
}

async fn resends<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    client.is_acking = false;
    let seq = client.now().await?;
    let what = format!("#{seq} once more, and once again");
    let copies = client
        .until(&what, |it| it.heard.get(&seq).filter(|copies| copies.len() >= 3).cloned())
        .await?;
    for copy in &copies {
        same(&format!("#{seq} again"), &copies[0], copy)?;
    }
    same("how many things were told", &1, &client.heard.len())
}

/// Enough to tell that it is not just the other's turn.
const ALONE: usize = 3;

async fn acked_rests<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    client.is_acking = false;
    let (acked, other) = (client.now().await?, client.now().await?);
    let what = format!("#{other} sent again and again without #{acked}, which is acked");
    let deadline = tokio::time::Instant::now() + stage.patience;
    let mut last = client.messages.len();
    while resent_alone(&client, acked, other) < ALONE {
        that(tokio::time::Instant::now() < deadline && !client.is_closed, || {
            Failure::new(what.as_str(), "no such thing")
        })?;
        // An ack may be lost: it is said again as often as there is a reason.
        client.send_acks(&[acked.0]).await?;
        client.until(&what, |it| (it.messages.len() > last).then_some(())).await?;
        last = client.messages.len();
    }
    Ok(())
}

/// How often one was sent since the other was sent last.
fn resent_alone<S: Side>(client: &Client<S>, acked: Seq, other: Seq) -> usize {
    let has = |it: &&crate::wire::Responses<S::Event>, seq| it.events.iter().any(|e| e.seq == seq);
    let since = client.messages.iter().rev().take_while(|it| !has(it, acked));
    since.filter(|it| has(it, other)).count()
}

async fn any_order<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    for seq in [50, 3, 1_000_000_007, 2] {
        client.issue_as(vec![Numbered::new(Seq(seq), S::probe())]).await?;
        client.acks(&[Seq(seq)]).await?;
        client.event(&format!("an answer to query #{seq}")).await?;
    }
    Ok(())
}

async fn error_names_command(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Amazon>().await?;
    client.last_seq = Seq(700);
    for _ in 0..2 {
        let seq = client.order(Amazon::probe()).await?;
        let failed = amazon::Event::Failed { text: UNKNOWN.to_owned(), origin: seq };
        client.expect(&failed).await?;
    }
    Ok(())
}

async fn failed_is_acked(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let commands = vec![pack(1, vec![thing(TEA, 1)]), amazon::Command::Query { package: NOBODYS }];
    let seqs = town.amazon.issue(commands).await?;
    town.amazon.acks(&seqs).await
}

async fn failed_once(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let command = pack(1, vec![thing(TEA, 1)]);
    town.amazon_refuses(command.clone()).await?;
    let seq = town.amazon.last_seq;
    let before = town.amazon.now().await?;
    town.amazon.repeat(Numbered::new(seq, command)).await?;
    follows("the next thing that is told", before, town.amazon.now().await?)
}

async fn loses_nothing(stage: Stage) -> Verdict {
    const ASKED: i64 = 200;
    let mut client = stage.alone::<Ups>().await?;
    for seq in 1..=ASKED {
        let commands = vec![Numbered::new(Seq(seq), Ups::probe())];
        client.send(crate::wire::Commands { commands, ..Default::default() }).await?;
    }
    let expected = ASKED as f64 * (1.0 - f64::from(stage.flakiness) / 100.0);
    // Five standard deviations of so many throws.
    let slack = 5.0 * (expected * f64::from(stage.flakiness) / 100.0).sqrt();
    let deadline = tokio::time::Instant::now() + stage.patience;
    let is_enough = |it: &Client<Ups>| it.acked.len() as f64 >= expected + slack;
    while !is_enough(&client) && tokio::time::Instant::now() < deadline && !client.is_closed {
        client.listen(stage.patience / 8).await?;
        let quiet = stage.flakiness > 0 && client.acked.len() as f64 >= expected - slack;
        if quiet {
            client.listen(stage.patience / 4).await?;
            break;
        }
    }
    let acked = client.acked.len() as f64;
    that((acked - expected).abs() <= slack, || {
        let about = if slack > 0.0 {
            format!("about {expected:.0} ± {slack:.0}")
        } else {
            format!("all {ASKED}")
        };
        Failure::new(format!("{about} of {ASKED} messages are acked"), format!("{acked} are"))
    })
}
