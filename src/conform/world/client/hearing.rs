//! How a client listens: until something is the case, for a while, to the end.
//!
//! What is not acked is said again meanwhile, and what is heard is acked.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::{
    io::AsyncReadExt as _,
    time::{Instant, timeout, timeout_at},
};

use super::Client;
use crate::{
    conform::{
        check::{Failure, Verdict, that},
        world::{show, side::Side},
    },
    wire::{Commands, Numbered, Responses, framing::FramingError},
};

/// In one patience it sends again so often.
const RESENDS: u32 = 8;
/// The same where the world is said to lose some of it.
const RESENDS_TO_A_LOSSY_WORLD: u32 = 40;

impl<S: Side> Client<S> {
    /// Waits until the world closes the connection.
    pub(in crate::conform::world) async fn hung_up(&mut self) -> Verdict {
        let deadline = Instant::now() + self.stage.patience;
        while !self.is_closed {
            let Ok(frame) = timeout_at(deadline, self.reader.next()).await else {
                return Err(Failure::new("the world closes the connection", "it stays open"));
            };
            self.take(frame).await?;
        }
        Ok(())
    }

    /// Asks to part until the world says finished or hangs up.
    pub(in crate::conform::world) async fn disconnect(&mut self) -> Verdict {
        let deadline = Instant::now() + self.stage.patience;
        while !self.is_finished && !self.is_closed && Instant::now() < deadline {
            let farewell = Commands { disconnect: true, ..Commands::default() };
            if self.send(farewell).await.is_err() {
                break;
            }
            self.listen(self.resend_pause()).await?;
        }
        that(self.is_finished, || {
            let instead =
                if self.is_closed { "the connection was closed" } else { "no such thing" };
            Failure::new("finished = true in answer to disconnect: true", instead)
        })
    }

    /// Takes in what comes within a time, or until the farewell.
    pub(in crate::conform::world) async fn listen(&mut self, span: Duration) -> Verdict {
        let until = Instant::now() + span;
        while !self.is_closed && !self.is_finished {
            let Ok(frame) = timeout_at(until, self.reader.next()).await else { break };
            self.take(frame).await?;
        }
        Ok(())
    }

    /// Listens, sending again what is not acked, until something is the case.
    pub(in crate::conform::world) async fn until<T>(
        &mut self,
        what: &str,
        mut ready: impl FnMut(&mut Self) -> Option<T>,
    ) -> Verdict<T> {
        let deadline = Instant::now() + self.stage.patience;
        let mut resend_at = Instant::now() + self.resend_pause();
        loop {
            if let Some(it) = ready(self) {
                return Ok(it);
            }
            if self.is_closed {
                return Err(Failure::new(what, "the connection was closed"));
            }
            match timeout_at(deadline.min(resend_at), self.reader.next()).await {
                Ok(frame) => self.take(frame).await?,
                Err(_) if Instant::now() >= deadline => {
                    return Err(Failure::new(what, self.nothing()));
                }
                Err(_) => {
                    self.resend().await?;
                    resend_at = Instant::now() + self.resend_pause();
                }
            }
        }
    }

    /// Sends a command and gives the bytes that come first, up to a pause of the world's.
    pub(in crate::conform::world) async fn first_segment(
        &mut self,
        command: S::Command,
    ) -> Verdict<BytesMut> {
        self.issue(vec![command]).await?;
        // Part of a message that was said again, perhaps.
        let mut bytes = self.reader.read_buffer_mut().split();
        if bytes.is_empty() {
            let read = self.reader.get_mut().read_buf(&mut bytes);
            let read = timeout(self.stage.patience, read).await;
            let read = read.map_err(|_| Failure::new("an answer to a command", self.nothing()))?;
            read.map_err(|error| Failure::new("an answer", error.to_string()))?;
        }
        Ok(bytes)
    }

    async fn resend(&mut self) -> Verdict {
        if self.unacked.is_empty() {
            return Ok(());
        }
        let commands = self.unacked.values().cloned().collect();
        self.send(Commands { commands, simspeed: self.speed, ..Commands::default() }).await
    }

    async fn take(&mut self, frame: Option<Result<Bytes, FramingError>>) -> Verdict {
        let bytes = match frame {
            Some(Ok(bytes)) => bytes,
            Some(Err(FramingError::Wire(error))) => {
                return Err(Failure::new("a message with its length", error.to_string()));
            }
            // Reset is closed, too.
            Some(Err(FramingError::Io(_))) | None => {
                self.stage.trace.happened(S::NAME, "the world closed the connection");
                self.is_closed = true;
                return Ok(());
            }
        };
        let responses = S::responses(&bytes);
        let responses = responses
            .map_err(|error| Failure::new("a message of the protocol", error.to_string()))?;
        self.stage.trace.received(S::NAME, &show::responses::<S>(&responses));
        self.take_in(&responses);
        let acks: Vec<i64> = responses.events.iter().map(|event| event.seq.0).collect();
        if self.is_acking && !acks.is_empty() && !responses.finished {
            // A connection that is just being closed can not take it.
            let _ = self.send_acks(&acks).await;
        }
        self.messages.push(responses);
        Ok(())
    }

    fn take_in(&mut self, responses: &Responses<S::Event>) {
        for seq in &responses.acks {
            *self.acked.entry(*seq).or_default() += 1;
            self.unacked.remove(seq);
        }
        for Numbered { seq, body } in &responses.events {
            let copies = self.heard.entry(*seq).or_default();
            if copies.is_empty() {
                self.fresh.push_back(Numbered::new(*seq, body.clone()));
            }
            copies.push(body.clone());
        }
        self.is_finished |= responses.finished;
    }

    fn resend_pause(&self) -> Duration {
        let is_lossy = self.stage.flakiness > 0;
        self.stage.patience / if is_lossy { RESENDS_TO_A_LOSSY_WORLD } else { RESENDS }
    }

    pub(super) fn nothing(&self) -> String {
        format!("no such thing within {} s", self.stage.patience.as_secs_f64())
    }
}
