//! Checks of how a connection ends: `disconnect`, `finished`, silence.
//!
//! Ends without a word are in `join`, `replay` and `hostile`.

use super::{
    side::{Amazon, Side, Ups},
    stage::Stage,
    town::{TEA, Town, buy, thing},
};
use crate::{
    basis::Seq,
    conform::check::{Check, Failure, Verdict, checks, that},
    wire::{Commands, Numbered, amazon::Event},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "close.amazon-finished" Must ["W-BYE-1", "W-BYE-2"] "An amazon's `disconnect: true` is answered with `finished = true`." => finished::<Amazon>;
        "close.ups-finished" Must ["W-BYE-1", "W-BYE-2"] "A ups' `disconnect: true` is answered with `finished = true`." => finished::<Ups>;
        "close.amazon-closes" Must ["W-BYE-2"] "After `finished` the connection of an amazon is closed." => closes::<Amazon>;
        "close.ups-closes" Must ["W-BYE-2"] "After `finished` the connection of a ups is closed." => closes::<Ups>;
        "close.commands-at-hand" Must ["W-BYE-2"] "Commands that come along with `disconnect: true` are done and acked before." needs NoLoss => commands_at_hand;
        "close.half-closed" Ours ["W-FRAME-9"] "What a client sent before it closed its sending direction is done, and acked before the other is closed." needs NoLoss => half_closed;
        "close.frees-side" Must ["W-CONN-16"] "After `finished` the side is free for another client." => frees_side;
        "close.other-side-stays" Must ["W-BYE-5"] "One side's farewell means nothing to the other." => other_side_stays;
        "close.amazon-stays" Must ["W-BYE-1"] "An amazon's `disconnect: false` means nothing." => stays::<Amazon>;
        "close.ups-stays" Must ["W-BYE-1"] "A ups' `disconnect: false` means nothing." => stays::<Ups>;
        "close.silence" Must ["W-BYE-6"] "A connection that is silent for 10 minutes is closed." needs IdleTimeout => silence;
    ]
}

async fn finished<S: Side>(stage: Stage) -> Verdict {
    stage.alone::<S>().await?.disconnect().await
}

async fn closes<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    client.disconnect().await?;
    client.hung_up().await
}

async fn commands_at_hand(stage: Stage) -> Verdict {
    last_commands(stage, Ending::Farewell).await
}

async fn half_closed(stage: Stage) -> Verdict {
    last_commands(stage, Ending::NothingMoreSent).await
}

/// How a client ends what it has to say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// `disconnect: true` with the last commands.
    Farewell,
    /// Its half of the connection is closed behind them.
    NothingMoreSent,
}

/// Two commands, and then the end.
async fn last_commands(stage: Stage, ending: Ending) -> Verdict {
    let mut town = stage.town().await?;
    town.amazon.now().await?;
    let before = town.amazon.last_seq;
    let commands = vec![
        Numbered::new(Seq(before.0 + 1), buy(vec![thing(TEA, 1)])),
        Numbered::new(Seq(before.0 + 2), Amazon::probe()),
    ];
    let disconnect = ending == Ending::Farewell;
    town.amazon.send(Commands { commands, disconnect, ..Commands::default() }).await?;
    if ending == Ending::NothingMoreSent {
        town.amazon.is_acking = false;
        town.amazon.end_sending().await;
    }
    town.amazon.listen(stage.patience).await?;
    let acked: Vec<_> = town.amazon.acked.keys().filter(|seq| **seq > before).collect();
    let (end, is_over) = match ending {
        Ending::Farewell => ("finished", town.amazon.is_finished),
        Ending::NothingMoreSent => ("the end of the stream", town.amazon.is_closed),
    };
    that(acked.len() == 2 && is_over, || {
        let no = if is_over { "" } else { "not " };
        Failure::new(format!("two acks and then {end}"), format!("acks of {acked:?}, {no}{end}"))
    })?;
    town.amazon.is_acking = true;
    town.amazon.last_seq = Seq(before.0 + 2);
    town.amazon.rejoin().await?;
    // What takes time may be told after the farewell, to whoever comes next.
    let (warehouse, things) = (Town::HERE, vec![thing(TEA, 1)]);
    town.amazon.heard_of(&Event::Arrived { warehouse, things }).await?;
    town.expect_stock(TEA, 1).await
}

async fn frees_side(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Ups>().await?;
    client.disconnect().await?;
    let mut next = stage.joining::<Ups>(client.world, Vec::new()).await?;
    next.last_seq = client.last_seq;
    next.is_well("a predecessor's farewell").await
}

async fn other_side_stays(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.amazon.disconnect().await?;
    town.ups.is_well("the other's farewell").await
}

async fn stays<S: Side>(stage: Stage) -> Verdict {
    let mut client = stage.alone::<S>().await?;
    for _ in 0..3 {
        client.send_bytes("disconnect=false", &S::staying()).await?;
        client.is_well("disconnect=false").await?;
    }
    that(!client.is_finished, || Failure::new("no farewell", "finished=true"))
}

async fn silence(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Ups>().await?;
    client.now().await?;
    let silent_since = tokio::time::Instant::now();
    client.listen(stage.idle_timeout + stage.patience).await?;
    let after = silent_since.elapsed();
    that(client.is_closed, || Failure::new("the connection is closed", "it is open"))?;
    that(after * 10 >= stage.idle_timeout * 9, || {
        let expected = format!("it is closed after {} s", stage.idle_timeout.as_secs_f64());
        Failure::new(expected, format!("after {} s", after.as_secs_f64()))
    })
}
