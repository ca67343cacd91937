//! Checks with bytes that no client should send: whatever becomes of the one
//! who sends them, other worlds and connections go on.
//!
//! What is a message and makes no sense is with its command.

use super::{
    client::Client,
    side::{Amazon, Side, Ups},
    stage::Stage,
    town::Town,
};
use crate::{
    basis::Seq,
    conform::check::{Check, Failure, Verdict, checks, that},
    wire::{Commands, Numbered},
};

/// Connections that say nothing.
const SILENT: usize = 64;

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "hostile.random-bytes" Ours ["W-SEC-2"] "Random bytes harm nobody else." => random_bytes;
        "hostile.no-message" Ours ["W-SEC-2", "W-MSG-6"] "A body that is no message harms nobody else." => no_message;
        "hostile.truncated" Ours ["W-SEC-2", "W-FRAME-9"] "A message that ends in its middle harms nobody else." => truncated;
        "hostile.huge-length" Ours ["W-SEC-2", "W-FRAME-8"] "A length of 4 GB with nothing behind it harms nobody else." => huge_length;
        "hostile.endless-length" Ours ["W-SEC-2", "W-FRAME-8"] "A length that does not end harms nobody else." => endless_length;
        "hostile.length-too-short" Ours ["W-SEC-2"] "A length that is shorter than its message harms nobody else." => length_too_short;
        "hostile.length-too-long" Ours ["W-SEC-2"] "A length that is longer than its message harms nobody else." => length_too_long;
        "hostile.missing-field" Ours ["W-SEC-2", "W-MSG-2"] "A message without a required field harms nobody else." => missing_field;
        "hostile.commands-first" Ours ["W-SEC-2", "W-CONN-13"] "Commands before a Connect harm nobody else." => commands_first;
        "hostile.connect-twice" Ours ["W-SEC-2", "W-CONN-15"] "A second Connect in place of commands harms nobody else." => connect_twice;
        "hostile.text" Ours ["W-SEC-2"] "A client of another protocol harms nobody else." => text;
        "hostile.silent-crowd" Ours ["W-SEC-2"] "Many connections that say nothing keep nobody out." => silent_crowd;
        "hostile.unread" Ours ["W-SEC-2", "W-SEC-3"] "A client that asks much and reads nothing harms nobody else." => unread;
        "hostile.comes-back" Ours ["W-SEC-2"] "After nonsense the same side can join again, and its world is what it was." => comes_back;
        "hostile.nonsense-ends-connection" Ours ["W-MSG-6"] "Who sends what is no message is disconnected." needs NoLoss => nonsense_ends_connection;
    ]
}

/// What the attackers must not harm: a world with both sides, and a package on a truck.
struct Neighbours(Town);

impl Neighbours {
    async fn on(stage: &Stage) -> Verdict<Self> {
        let mut town = stage.town().await?;
        town.aboard(&[1]).await?;
        Ok(Self(town))
    }

    async fn are_well(mut self, stage: &Stage, after: &str) -> Verdict {
        self.0.amazon.is_well(after).await?;
        self.0.ups.is_well(after).await?;
        self.0.expect_package(1, "loaded").await?;
        stage.alone::<Amazon>().await?.is_well(after).await?;
        stage.alone::<Ups>().await?.is_well(after).await
    }
}

/// Sends bytes to both ports, before and after a Connect, and looks after the neighbours.
async fn attack(stage: &Stage, what: &str, bytes: &[u8]) -> Verdict {
    let neighbours = Neighbours::on(stage).await?;
    attack_port::<Amazon>(stage, what, bytes).await?;
    attack_port::<Ups>(stage, what, bytes).await?;
    neighbours.are_well(stage, what).await
}

async fn attack_port<S: Side>(stage: &Stage, what: &str, bytes: &[u8]) -> Verdict {
    let mut stranger = stage.open::<S>().await?;
    strike(&mut stranger, what, bytes).await;
    let mut member = stage.alone::<S>().await?;
    strike(&mut member, what, bytes).await;
    Ok(())
}

/// How the world takes it is its own affair, so that errors are not looked at.
async fn strike<S: Side>(client: &mut Client<S>, what: &str, bytes: &[u8]) {
    for chunk in bytes.chunks(64 * 1024) {
        if client.send_bytes(what, chunk).await.is_err() {
            return;
        }
    }
    client.end_sending().await;
}

async fn random_bytes(stage: Stage) -> Verdict {
    // The same ones each time: xorshift, from a seed whose first length is one of several bytes.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    for length in [7, 300, 200_000] {
        let bytes: Vec<u8> = std::iter::repeat_with(&mut next).take(length).collect();
        attack(&stage, "random", &bytes).await?;
    }
    Ok(())
}

async fn no_message(stage: Stage) -> Verdict {
    let body = [6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    attack(&stage, "a length and no message", &body).await
}

async fn truncated(stage: Stage) -> Verdict {
    attack(&stage, "100 bytes are announced, and 5 come", &[100, 8, 1, 24, 1, 8]).await
}

async fn huge_length(stage: Stage) -> Verdict {
    attack(&stage, "4 GB are announced", &[0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3]).await
}

async fn endless_length(stage: Stage) -> Verdict {
    attack(&stage, "a length without an end", &[0x80; 40]).await
}

/// A message of a ups, as a stranger's it is one of two.
fn query() -> Vec<u8> {
    let commands = vec![Numbered::new(Seq(1), Ups::probe())];
    Ups::commands(&Commands { commands, ..Commands::default() }).to_vec()
}

async fn length_too_short(stage: Stage) -> Verdict {
    let mut bytes = query();
    bytes[0] -= 3;
    attack(&stage, "a length that is 3 too short", &bytes).await
}

async fn length_too_long(stage: Stage) -> Verdict {
    let mut bytes = [query(), query()].concat();
    bytes[0] += 3;
    attack(&stage, "a length that is 3 too long", &bytes).await
}

async fn missing_field(stage: Stage) -> Verdict {
    // Field 1 of either side's commands, an empty submessage, whose fields are all required.
    attack(&stage, "a command without its fields", &[2, 0x0a, 0]).await
}

async fn commands_first(stage: Stage) -> Verdict {
    attack(&stage, "commands", &query()).await
}

async fn connect_twice(stage: Stage) -> Verdict {
    let neighbours = Neighbours::on(&stage).await?;
    let mut client = stage.alone::<Amazon>().await?;
    let connect = crate::wire::Connect { world: None, initial: Vec::new(), is_amazon: true };
    strike(&mut client, "a second Connect", &Amazon::connect(&connect)).await;
    neighbours.are_well(&stage, "a second Connect").await
}

async fn text(stage: Stage) -> Verdict {
    let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n";
    attack(&stage, "a request of HTTP", request).await
}

async fn silent_crowd(stage: Stage) -> Verdict {
    let neighbours = Neighbours::on(&stage).await?;
    let mut crowd = Vec::new();
    for _ in 0..SILENT / 2 {
        crowd.push((stage.open::<Amazon>().await?, stage.open::<Ups>().await?));
    }
    neighbours.are_well(&stage, "64 connections that say nothing").await?;
    drop(crowd);
    Ok(())
}

async fn unread(stage: Stage) -> Verdict {
    const ROUNDS: i64 = 40;
    const QUERIES: i64 = 500;
    let neighbours = Neighbours::on(&stage).await?;
    let mut greedy = stage.alone::<Amazon>().await?;
    for round in 0..ROUNDS {
        let first = 1 + round * QUERIES;
        let commands = (first..first + QUERIES).map(|seq| Numbered::new(Seq(seq), Amazon::probe()));
        let message = Commands { commands: commands.collect(), ..Commands::default() };
        // A world that has enough of it may stop to read, or hang up.
        let bytes = Amazon::commands(&message);
        let sent = greedy.send_bytes("500 queries", &bytes);
        if !matches!(tokio::time::timeout(stage.patience / 8, sent).await, Ok(Ok(()))) {
            break;
        }
    }
    neighbours.are_well(&stage, "a client that does not read").await
}

async fn comes_back(stage: Stage) -> Verdict {
    let mut town = stage.town().await?;
    town.packed(1).await?;
    strike(&mut town.amazon, "nonsense", &[3, 0xff, 0xff, 0xff]).await;
    town.ups.is_well("nonsense from the other side").await?;
    town.amazon.rejoin().await?;
    town.expect_package(1, "packed").await
}

async fn nonsense_ends_connection(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Amazon>().await?;
    client.send_bytes("a length and no message", &[3, 0xff, 0xff, 0xff]).await?;
    client.hung_up().await?;
    that(!client.is_finished, || Failure::new("no farewell", "finished=true"))
}
