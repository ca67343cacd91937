//! A client that does what a check says, and besides only what every client of
//! the protocol must: it sends again what is not acked, and acks what it hears.
//!
//! It judges nothing but whether messages can be read.

mod greeting;
mod hearing;

use std::collections::{BTreeMap, VecDeque};

use tokio::{
    io::AsyncWriteExt as _,
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};
use tokio_util::codec::FramedRead;

use super::{show, side::Side, stage::Stage};
use crate::{
    basis::{Seq, WorldId},
    conform::check::{Failure, Verdict, that},
    wire::{Commands, Numbered, Responses, framing::Delimited},
};

/// A side's connection to the world under test, and what is known of it.
pub(super) struct Client<S: Side> {
    stage: Stage,
    reader: FramedRead<OwnedReadHalf, Delimited>,
    writer: OwnedWriteHalf,
    /// The one that was joined last.
    pub(super) world: WorldId,
    /// The number given last to a command.
    pub(super) last_seq: Seq,
    /// Goes along with every command.
    pub(super) speed: Option<u32>,
    /// Whether it acks what it hears.
    pub(super) is_acking: bool,
    /// Sent, to be sent again until it is acked.
    unacked: BTreeMap<Seq, Numbered<S::Command>>,
    /// How often each number was acked.
    pub(super) acked: BTreeMap<Seq, usize>,
    /// Events that no check has looked at, each once.
    fresh: VecDeque<Numbered<S::Event>>,
    /// Every event, however often it came.
    pub(super) heard: BTreeMap<Seq, Vec<S::Event>>,
    /// Every message.
    pub(super) messages: Vec<Responses<S::Event>>,
    pub(super) is_finished: bool,
    pub(super) is_closed: bool,
}

impl<S: Side> Client<S> {
    pub(super) async fn open(stage: &Stage) -> Verdict<Self> {
        let (reader, writer) = dial::<S>(stage).await?;
        Ok(Self {
            stage: stage.clone(),
            reader,
            writer,
            world: WorldId(0),
            last_seq: Seq::ZERO,
            speed: None,
            is_acking: true,
            unacked: BTreeMap::new(),
            acked: BTreeMap::new(),
            fresh: VecDeque::new(),
            heard: BTreeMap::new(),
            messages: Vec::new(),
            is_finished: false,
            is_closed: false,
        })
    }

    /// Another connection in place of this one, which is closed without a word.
    pub(super) async fn redial(&mut self) -> Verdict {
        self.stage.trace.happened(S::NAME, "hangs up, and connects again");
        (self.reader, self.writer) = dial::<S>(&self.stage).await?;
        (self.is_closed, self.is_finished) = (false, false);
        Ok(())
    }

    /// [`Self::redial`], and back into the same world.
    pub(super) async fn rejoin(&mut self) -> Verdict {
        self.redial().await?;
        self.join(Some(self.world), Vec::new()).await
    }

    /// Sends commands in one message, under the next numbers, and does not wait.
    pub(super) async fn issue(&mut self, commands: Vec<S::Command>) -> Verdict<Vec<Seq>> {
        let mut numbered = Vec::with_capacity(commands.len());
        for body in commands {
            self.last_seq = self.last_seq.next();
            numbered.push(Numbered::new(self.last_seq, body));
        }
        let seqs = numbered.iter().map(|it| it.seq).collect();
        self.issue_as(numbered).await?;
        Ok(seqs)
    }

    pub(super) async fn issue_as(&mut self, commands: Vec<Numbered<S::Command>>) -> Verdict {
        self.unacked.extend(commands.iter().map(|it| (it.seq, it.clone())));
        self.send(Commands { commands, simspeed: self.speed, ..Commands::default() }).await
    }

    /// Sends a command until it is acked.
    pub(super) async fn order(&mut self, command: S::Command) -> Verdict<Seq> {
        let seq = self.issue(vec![command]).await?[0];
        self.acks(&[seq]).await?;
        Ok(seq)
    }

    /// Waits until all of them are acked.
    pub(super) async fn acks(&mut self, seqs: &[Seq]) -> Verdict {
        let what = format!("acks of {}", numbers(seqs));
        let is_acked = |it: &Self| seqs.iter().all(|seq| it.acked.contains_key(seq)).then_some(());
        self.until(&what, |it| is_acked(it)).await
    }

    /// Sends a command again that was acked, until it is acked once more.
    pub(super) async fn repeat(&mut self, command: Numbered<S::Command>) -> Verdict {
        let seq = command.seq;
        let before = self.acked.remove(&seq).unwrap_or(0);
        self.issue_as(vec![command]).await?;
        let what = format!("another ack of #{seq}");
        let again = self.until(&what, |it| it.acked.get(&seq).copied()).await?;
        self.acked.insert(seq, before + again);
        Ok(())
    }

    /// The next event that was not looked at before.
    pub(super) async fn event(&mut self, what: &str) -> Verdict<Numbered<S::Event>> {
        self.until(what, |it| it.fresh.pop_front()).await
    }

    /// Waits until this was told, now or before, and looks at nothing of what was told so far.
    pub(super) async fn heard_of(&mut self, event: &S::Event) -> Verdict {
        let is_heard = |it: &Self| it.heard.values().any(|copies| copies.contains(event));
        self.until(&S::show_event(event), |it| is_heard(it).then_some(())).await?;
        self.fresh.clear();
        Ok(())
    }

    /// Fails unless the next event is this one; gives its number.
    pub(super) async fn expect(&mut self, expected: &S::Event) -> Verdict<Seq> {
        let what = S::show_event(expected);
        let Numbered { seq, body } = self.event(&what).await?;
        that(body == *expected, || Failure::new(what, format!("#{seq} {}", S::show_event(&body))))?;
        Ok(seq)
    }

    /// Sends a command, waits for its ack, and gives the event that it brings about.
    pub(super) async fn answer(&mut self, command: S::Command) -> Verdict<Numbered<S::Event>> {
        let what = format!("the outcome of: {}", S::show_command(&command));
        self.order(command).await?;
        self.event(&what).await
    }

    /// The number of an event that is made now: whatever the world told either side before has a
    /// lower one.
    pub(super) async fn now(&mut self) -> Verdict<Seq> {
        let seq = self.order(S::probe()).await?;
        let what = format!("an error about #{seq}");
        self.until(&what, |it| {
            let place = it.fresh.iter().position(|event| S::origin(&event.body) == Some(seq))?;
            it.fresh.remove(place).map(|event| event.seq)
        })
        .await
    }

    /// Whether it still is what it was: both directions work.
    pub(super) async fn is_well(&mut self, after: &str) -> Verdict {
        self.now().await.map(drop).map_err(|failure| {
            Failure::new(
                format!("{} of world {} goes on after {after}", S::NAME, self.world),
                format!("{} was awaited: {}", failure.expected, failure.received),
            )
        })
    }

    /// Acks whatever numbers it is told to.
    pub(super) async fn send_acks(&mut self, acks: &[i64]) -> Verdict {
        let acks = acks.iter().copied().map(Seq).collect();
        self.send(Commands { acks, ..Commands::default() }).await
    }

    /// Sends a message as it is, once.
    pub(super) async fn send(&mut self, commands: Commands<S::Command>) -> Verdict {
        self.stage.trace.sent(S::NAME, &show::commands::<S>(&commands));
        self.write(&S::commands(&commands)).await
    }

    /// Sends bytes that may be anything.
    pub(super) async fn send_bytes(&mut self, what: &str, bytes: &[u8]) -> Verdict {
        self.stage.trace.sent(S::NAME, &format!("{} bytes: {what}", bytes.len()));
        self.write(bytes).await
    }

    /// Says that nothing more will be sent.
    pub(super) async fn end_sending(&mut self) {
        let _ = self.writer.shutdown().await;
    }

    async fn write(&mut self, bytes: &[u8]) -> Verdict {
        let written = timeout(self.stage.patience, self.writer.write_all(bytes)).await;
        let why = match written {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the world does not read".to_owned(),
        };
        Err(Failure::new(format!("{} is read by the world", S::NAME), why))
    }
}

async fn dial<S: Side>(
    stage: &Stage,
) -> Verdict<(FramedRead<OwnedReadHalf, Delimited>, OwnedWriteHalf)> {
    let addr = S::addr(&stage.target);
    let failed = |why: String| Failure::new(format!("a connection to {addr}"), why);
    let stream = timeout(stage.patience, TcpStream::connect(addr)).await;
    let stream = stream.map_err(|_| failed("no answer".to_owned()))?;
    let stream = stream.map_err(|error| failed(error.to_string()))?;
    stream.set_nodelay(true).map_err(|error| failed(error.to_string()))?;
    let (reader, writer) = stream.into_split();
    Ok((FramedRead::new(reader, Delimited::default()), writer))
}

fn numbers(seqs: &[Seq]) -> String {
    let all: Vec<_> = seqs.iter().map(|seq| format!("#{seq}")).collect();
    all.join(", ")
}
