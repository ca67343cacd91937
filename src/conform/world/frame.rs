//! Checks of how messages are cut out of a stream of bytes.
//!
//! Bytes that are no messages are in `hostile`.

use std::time::Duration;

use tokio_util::codec::Decoder as _;

use super::{
    client::Client,
    side::{Amazon, Side, Ups, first_of_its_kind},
    stage::Stage,
};
use crate::{
    basis::Seq,
    conform::check::{Check, Failure, Verdict, checks, same, that},
    wire::{CONNECTED, Commands, Connect, Numbered, framing::Delimited},
};

pub(super) fn checks() -> Vec<Check<Stage>> {
    checks![
        "frame.heartbeat" Must ["W-FRAME-4"] "A message of length zero is a heartbeat: before, between and after others it means nothing." needs NoLoss => heartbeat;
        "frame.byte-by-byte" Must ["W-FRAME-5"] "A length and its message may come a byte at a time." needs NoLoss => byte_by_byte;
        "frame.split-length" Must ["W-FRAME-5"] "A length of several bytes may be cut in its middle." needs NoLoss => split_length;
        "frame.several-in-one-segment" Must ["W-FRAME-2", "W-FRAME-5", "W-CONN-14"] "Several messages may come in one segment, a Connect and the first commands too." needs NoLoss => several_in_one_segment;
        "frame.several-commands" Must ["W-MSG-1"] "One message may carry several commands; each is done and acked." needs NoLoss => several_commands;
        "frame.long-length" Must ["W-FRAME-3"] "A length may take more bytes than it needs, up to five." needs NoLoss => long_length;
        "frame.unknown-fields" Must ["W-MSG-3"] "Fields that the schema does not have are passed over." needs NoLoss => unknown_fields;
        "frame.large-message" Ours ["W-FRAME-7"] "A message of 100,000 bytes is a message like any other." => large_message;
        "frame.length-with-body" Ours ["W-FRAME-6"] "A length and the body behind it are sent in one segment, for clients that read a body with one recv." needs NoLoss => length_with_body;
    ]
}

async fn heartbeat(stage: Stage) -> Verdict {
    let mut client = stage.open::<Amazon>().await?;
    client.send_bytes("a heartbeat", &[0]).await?;
    client.join(None, first_of_its_kind::<Amazon>()).await?;
    client.send_bytes("three heartbeats", &[0, 0, 0]).await?;
    client.is_well("heartbeats").await?;
    client.send_bytes("a heartbeat", &[0]).await?;
    client.is_well("a heartbeat").await
}

async fn byte_by_byte(stage: Stage) -> Verdict {
    let mut client = stage.open::<Ups>().await?;
    let initial = first_of_its_kind::<Ups>();
    let connect = Connect { world: None, initial, is_amazon: false };
    drip(&mut client, "a Connect, one by one", &Ups::connect(&connect)).await?;
    let result = client.connect_answer().await?.result;
    same("the result", &CONNECTED.to_owned(), &result)?;
    drip(&mut client, "a query, one by one", &query(1)).await?;
    client.acks(&[Seq(1)]).await
}

async fn drip<S: Side>(client: &mut Client<S>, what: &str, bytes: &[u8]) -> Verdict {
    for byte in bytes {
        client.send_bytes(what, &[*byte]).await?;
        // So that they are not put together on their way.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

fn query(seq: i64) -> Vec<u8> {
    let commands = vec![Numbered::new(Seq(seq), Ups::probe())];
    Ups::commands(&Commands { commands, ..Commands::default() }).to_vec()
}

async fn split_length(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Ups>().await?;
    let commands = (1..=60).map(|seq| Numbered::new(Seq(seq), Ups::probe())).collect();
    let bytes = Ups::commands(&Commands { commands, ..Commands::default() });
    that(bytes.len() > 200, || Failure::new("a length of two bytes", bytes.len().to_string()))?;
    client.send_bytes("half of a length", &bytes[..1]).await?;
    tokio::time::sleep(Duration::from_millis(30)).await;
    client.send_bytes("the rest of 60 queries", &bytes[1..]).await?;
    client.acks(&(1..=60).map(Seq).collect::<Vec<_>>()).await
}

async fn long_length(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Ups>().await?;
    client.send_bytes("a heartbeat of two bytes", &[0x80, 0]).await?;
    for (seq, rest) in [(1, &[0][..]), (2, &[0x80, 0x80, 0x80, 0])] {
        let bytes = query(seq);
        let bytes = [&[bytes[0] | 0x80], rest, &bytes[1..]].concat();
        client.send_bytes("a query with a long length", &bytes).await?;
        client.acks(&[Seq(seq)]).await?;
    }
    Ok(())
}

async fn unknown_fields(stage: Stage) -> Verdict {
    // Field 31, a number, and field 1023, two bytes.
    const UNKNOWN: &[u8] = &[0xf8, 0x01, 5, 0xfa, 0x3f, 2, b'h', b'i'];
    let mut client = stage.alone::<Ups>().await?;
    let bytes = query(1);
    let length = bytes[0] + 2 * UNKNOWN.len() as u8;
    let bytes = [&[length], UNKNOWN, &bytes[1..], UNKNOWN].concat();
    client.send_bytes("a query between unknown fields", &bytes).await?;
    client.acks(&[Seq(1)]).await
}

async fn several_in_one_segment(stage: Stage) -> Verdict {
    let mut client = stage.open::<Ups>().await?;
    let initial = first_of_its_kind::<Ups>();
    let connect = Connect { world: None, initial, is_amazon: false };
    let all = [Ups::connect(&connect).to_vec(), query(1), vec![0], query(2), query(3)].concat();
    client.send_bytes("a Connect, a query, a heartbeat and two queries", &all).await?;
    same("the result", &CONNECTED.to_owned(), &client.connect_answer().await?.result)?;
    client.acks(&[Seq(1), Seq(2), Seq(3)]).await
}

async fn several_commands(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Amazon>().await?;
    let seqs = [Seq(1), Seq(2), Seq(3)];
    let commands = seqs.iter().map(|seq| Numbered::new(*seq, Amazon::probe())).collect();
    client.send(Commands { commands, ..Commands::default() }).await?;
    client.acks(&seqs).await?;
    for _ in &seqs {
        client.event("an answer to each of three queries").await?;
    }
    Ok(())
}

async fn large_message(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Amazon>().await?;
    let acks = (0..10_000).map(|nth| Seq(i64::MAX - nth)).collect();
    let commands = vec![Numbered::new(Seq(1), Amazon::probe())];
    let message = Commands { commands, acks, ..Commands::default() };
    let bytes = Amazon::commands(&message).len();
    that(bytes >= 100_000, || Failure::new("100,000 bytes to send", bytes.to_string()))?;
    client.last_seq = Seq(1);
    for _ in 0..8 {
        client.send(message.clone()).await?;
        client.listen(stage.patience / 8).await?;
        if client.acked.contains_key(&Seq(1)) {
            return Ok(());
        }
    }
    client.acks(&[Seq(1)]).await
}

async fn length_with_body(stage: Stage) -> Verdict {
    let mut client = stage.alone::<Ups>().await?;
    let mut first = client.first_segment(Ups::probe()).await?;
    let (count, mut codec) = (first.len(), Delimited::default());
    while let Ok(Some(_)) = codec.decode(&mut first) {}
    that(count > 0 && first.is_empty(), || {
        let parts = format!("{count} bytes, the last {} of which are not a whole one", first.len());
        Failure::new("whole messages in the first segment", parts)
    })
}
