//! Checks of sequence numbers and acks, of either side: acked each time, done
//! once, sent again until acked.
//!
//! What outlives a connection is in `replay`.

use super::{
    client::Client,
    side::{Amazon, NOBODYS, Side, Ups},
    stage::Stage,
    town::{TEA, Town, UNKNOWN, buy, deliver, follows, pack, pickup, thing},
};
use crate::{
    basis::Seq,
    conform::check::{Check, Failure, Verdict, checks, same, that},
    wire::{Commands, Numbered, Responses, amazon},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "link.amazon.acks" Must ["W-ACK-1"] "Every command of an amazon is acked by its seqnum." => acks::<Amazon>;
        "link.ups.acks" Must ["W-ACK-1"] "Every command of a ups is acked by its seqnum." => acks::<Ups>;
        "link.amazon.acks-again" Must ["W-ACK-2"] "A command that an amazon sends again is acked again." => acks_again::<Amazon>;
        "link.ups.acks-again" Must ["W-ACK-2"] "A command that a ups sends again is acked again." => acks_again::<Ups>;
        "link.amazon.answers-once" Must ["W-ACK-2"] "A query that comes again is not answered again (amazon)." => answers_once::<Amazon>;
        "link.ups.answers-once" Must ["W-ACK-2"] "A query that comes again is not answered again (ups)." => answers_once::<Ups>;
        "link.amazon.done-once" Must ["W-ACK-2"] "A purchase and a packing that come again are not done again." => amazon_done_once;
        "link.ups.done-once" Must ["W-ACK-2"] "A pickup and a delivery that come again are not done again." => ups_done_once;
        "link.amazon.acks-no-acks" Must ["W-ACK-7"] "Acks of an amazon are not acked." => acks_no_acks::<Amazon>;
        "link.ups.acks-no-acks" Must ["W-ACK-7"] "Acks of a ups are not acked." => acks_no_acks::<Ups>;
        "link.amazon.unknown-acks" Must ["W-ACK-7"] "Acks of numbers that an amazon never heard are ignored." => unknown_acks::<Amazon>;
        "link.ups.unknown-acks" Must ["W-ACK-7"] "Acks of numbers that a ups never heard are ignored." => unknown_acks::<Ups>;
        "link.amazon.repeated-acks" Must ["W-ACK-7"] "Repeated acks of an amazon are ignored." => repeated_acks::<Amazon>;
        "link.ups.repeated-acks" Must ["W-ACK-7"] "Repeated acks of a ups are ignored." => repeated_acks::<Ups>;
        "link.amazon.resends" Must ["W-SEND-1"] "What an amazon has not acked is sent again, the same under the same seqnum." => resends::<Amazon>;
        "link.ups.resends" Must ["W-SEND-1"] "What a ups has not acked is sent again, the same under the same seqnum." => resends::<Ups>;
        "link.amazon.acked-rests" Must ["W-SEND-1"] "What an amazon has acked is not sent again." => acked_rests::<Amazon>;
        "link.ups.acked-rests" Must ["W-SEND-1"] "What a ups has acked is not sent again." => acked_rests::<Ups>;
        "link.packed-acks" Must ["W-MSG-4"] "A client may send its acks as one packed field." => packed_acks;
        "link.amazon.any-order" Must ["W-SEQ-2"] "Commands of an amazon are done whatever their seqnums, 0 too, and in any order." => any_order::<Amazon>;
        "link.ups.any-order" Must ["W-SEQ-2"] "Commands of a ups are done whatever their seqnums, 0 too, and in any order." => any_order::<Ups>;
        "link.error-names-command" Must ["W-CMD-3"] "An error's originseqnum is the failed command's seqnum." => error_names_command;
        "link.failed-is-acked" Must ["W-ACK-1", "W-CMD-3"] "A command that fails is acked, too." => failed_is_acked;
        "link.failed-once" Must ["W-ACK-2"] "A failed command that comes again is acked, and its error is not made again." => failed_once;
        "link.acks-rise" Ours ["W-ACK-5"] "The acks of a message rise, each is there once." => acks_rise;
        "link.one-fails-alone" Ours ["W-CMD-2"] "A command that fails keeps no other of its message from being done." => one_fails_alone;
        "link.says-something" Ours ["W-SEND-5", "W-ACK-7"] "A world sends no message with nothing in it, to acks alone neither." => says_something;
        "link.loses-nothing" Must ["W-BYE-9"] "The given percentage of requests is dropped, silently; none unless one is given." => loses_nothing;
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
    town.ups.repeat(Numbered::new(parked, pickup(Town::TRUCK, Town::HERE))).await?;
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
    let ack = |seq| S::commands(&Commands { acks: vec![seq], ..Commands::default() }).to_vec();
    rests_after::<S>(stage, ack).await
}

/// Field 6 of a ups's Commands as one field of three acks; the first numbers of a world take a byte.
async fn packed_acks(stage: Stage) -> Verdict {
    rests_after::<Ups>(stage, |seq| [&[5, 0x32, 3], &[seq.0 as u8; 3][..]].concat()).await
}

/// What is acked so is not sent again, while something else is.
async fn rests_after<S: Side>(stage: Stage, ack: fn(Seq) -> Vec<u8>) -> Verdict {
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
        client.send_bytes(&format!("an ack of #{acked}"), &ack(acked)).await?;
        client.until(&what, |it| (it.messages.len() > last).then_some(())).await?;
        last = client.messages.len();
    }
    Ok(())
}

/// How often one was sent since the other was sent last.
fn resent_alone<S: Side>(client: &Client<S>, acked: Seq, other: Seq) -> usize {
    let has = |it: &&Responses<S::Event>, seq| it.events.iter().any(|e| e.seq == seq);
    let since = client.messages.iter().rev().take_while(|it| !has(it, acked));
    since.filter(|it| has(it, other)).count()
}

async fn any_order<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    for seq in [50, 3, 1_000_000_007, 2, 0] {
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

async fn acks_rise(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Ups>().await?;
    let seqs = [7, 5, 6, 5, 4];
    let commands = seqs.iter().map(|seq| Numbered::new(Seq(*seq), Ups::probe())).collect();
    client.issue_as(commands).await?;
    client.acks(&seqs.map(Seq)).await?;
    let wrong = client.messages.iter().find(|it| !it.acks.is_sorted_by(|one, next| one < next));
    that(wrong.is_none(), || {
        Failure::new("acks that rise, each once", format!("{:?}", wrong.map(|it| &it.acks)))
    })
}

async fn one_fails_alone(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    let (warehouse, things) = (Town::HERE, vec![thing(TEA, 1)]);
    let commands = vec![buy(things.clone()), pack(1, vec![thing(404, 1)])];
    let seqs = town.amazon.issue(commands).await?;
    town.amazon.acks(&seqs).await?;
    let failed = amazon::Event::Failed { text: UNKNOWN.to_owned(), origin: seqs[1] };
    town.amazon.heard_of(&failed).await?;
    town.amazon.heard_of(&amazon::Event::Arrived { warehouse, things }).await
}

async fn says_something(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Ups>().await?;
    for _ in 0..3 {
        let told = client.now().await?;
        client.send_acks(&[told.0, 999]).await?;
        client.send_bytes("disconnect=false", &Ups::staying()).await?;
    }
    client.now().await?;
    let is_nothing = |it: &&Responses<_>| it.events.is_empty() && it.acks.is_empty();
    let nothing = client.messages.iter().filter(is_nothing).count();
    same("how many messages had nothing in them", &0, &nothing)
}

async fn loses_nothing(stage: Stage) -> Verdict {
    const ASKED: i64 = 200;
    let mut client = stage.alone::<Ups>().await?;
    for seq in 1..=ASKED {
        let commands = vec![Numbered::new(Seq(seq), Ups::probe())];
        client.send(Commands { commands, ..Commands::default() }).await?;
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
