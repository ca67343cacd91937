//! Two clients that do just what a test says: nothing is sent or acked behind
//! its back, but for the acks of what it takes.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use futures_util::StreamExt as _;
use tokio::{
    io::AsyncWriteExt as _,
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};
use tokio_util::codec::FramedRead;

use crate::{
    basis::{Point, Seq, WorldId},
    wire::{
        Commands, Connect, Connected, Numbered, Responses, amazon,
        framing::{Delimited, delimited},
        ups,
    },
};

/// Nothing takes this long; a test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

macro_rules! client {
    ($name:ident, $side:ident, $id:ty, $is_amazon:literal) => {
        pub(super) struct $name {
            reader: FramedRead<OwnedReadHalf, Delimited>,
            writer: OwnedWriteHalf,
            events: VecDeque<Numbered<$side::Event>>,
            seen: Seq,
            acked: Vec<i64>,
            finished: bool,
            is_silent: bool,
        }

        #[allow(dead_code)]
        impl $name {
            pub(super) async fn open(addr: SocketAddr) -> Self {
                let (reader, writer) = TcpStream::connect(addr).await.unwrap().into_split();
                Self {
                    reader: FramedRead::new(reader, Delimited::default()),
                    writer,
                    events: VecDeque::new(),
                    seen: Seq::ZERO,
                    acked: Vec::new(),
                    finished: false,
                    is_silent: false,
                }
            }

            pub(super) async fn join(
                &mut self,
                world: Option<WorldId>,
                initial: Vec<($id, Point)>,
            ) -> Connected {
                self.send_join(world, initial).await;
                self.connected().await
            }

            pub(super) async fn send_join(
                &mut self,
                world: Option<WorldId>,
                initial: Vec<($id, Point)>,
            ) {
                let connect = Connect { world, initial, is_amazon: $is_amazon };
                self.send_raw(&delimited(&$side::encode_connect(&connect))).await;
            }

            pub(super) async fn connected(&mut self) -> Connected {
                let bytes = timeout(PATIENCE, self.reader.next()).await.unwrap().unwrap().unwrap();
                $side::decode_connected(&bytes).unwrap()
            }

            /// The world may notice a little later that the predecessor has gone.
            pub(super) async fn join_when_free(&mut self, world: WorldId) {
                let joined = async {
                    while !self.join(Some(world), Vec::new()).await.is_good() {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                };
                timeout(PATIENCE, joined).await.unwrap();
            }

            pub(super) async fn ask(&mut self, seq: i64, command: $side::Command) {
                let commands = vec![Numbered::new(Seq(seq), command)];
                self.send(Commands { commands, ..Commands::default() }).await;
            }

            pub(super) async fn ask_until_acked(&mut self, seq: i64, command: $side::Command) {
                while !self.acked.contains(&seq) {
                    self.ask(seq, command.clone()).await;
                    let _ = timeout(Duration::from_millis(50), self.take_in()).await;
                }
            }

            pub(super) async fn disconnect(&mut self) {
                self.send(Commands { disconnect: true, ..Commands::default() }).await;
            }

            pub(super) async fn send(&mut self, commands: Commands<$side::Command>) {
                self.send_raw(&delimited(&$side::encode_commands(&commands))).await;
            }

            pub(super) async fn send_raw(&mut self, bytes: &[u8]) {
                self.writer.write_all(bytes).await.unwrap();
            }

            /// Closes its sending side, and acks nothing either.
            pub(super) async fn send_no_more(&mut self) {
                self.is_silent = true;
                self.writer.shutdown().await.unwrap();
            }

            /// From now on it acks nothing.
            pub(super) fn keep_silent(&mut self) {
                self.is_silent = true;
            }

            /// The next event that was not seen before.
            pub(super) async fn event(&mut self) -> $side::Event {
                self.numbered().await.body
            }

            pub(super) async fn numbered(&mut self) -> Numbered<$side::Event> {
                loop {
                    if let Some(event) = self.events.pop_front() {
                        return event;
                    }
                    assert!(self.take_in().await, "hung up while an event was awaited");
                }
            }

            pub(super) fn acked(&self) -> &[i64] {
                &self.acked
            }

            pub(super) async fn is_finished(&mut self) -> bool {
                while !self.finished && self.take_in().await {}
                self.finished
            }

            pub(super) async fn is_hung_up(&mut self) -> bool {
                while self.take_in().await {}
                true
            }

            /// False where the world hung up.
            async fn take_in(&mut self) -> bool {
                let next = timeout(PATIENCE, self.reader.next()).await.expect("a silent world");
                let Some(Ok(bytes)) = next else { return false };
                let Responses { events, acks, finished } = $side::decode_responses(&bytes).unwrap();
                self.acked.extend(acks.iter().map(|seq| seq.0));
                self.finished |= finished;
                let acks: Vec<Seq> = events.iter().map(|event| event.seq).collect();
                for event in events.into_iter().filter(|event| event.seq > self.seen) {
                    self.events.push_back(event);
                }
                self.seen = self.seen.max(acks.iter().copied().max().unwrap_or(Seq::ZERO));
                if !self.is_silent && !acks.is_empty() && !finished {
                    self.send(Commands { acks, ..Commands::default() }).await;
                }
                true
            }
        }
    };
}

client!(AmazonClient, amazon, crate::basis::WarehouseId, true);
client!(UpsClient, ups, crate::basis::TruckId, false);
