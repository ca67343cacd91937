//! A world simulator that is killed again and again while a store is at work: what was acked
//! is done, what was not is sent again, and each command takes effect once.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_util::codec::Framed;
use waybill::{
    basis::{PackageId, Point, ProductId, Seq, WarehouseId, WorldId},
    wire::{
        Commands, Connect, Connected, Numbered, Responses,
        amazon::{self, Command, Event, Thing},
        framing::Delimited,
    },
};

use super::support::{TestDb, simulator::Simulator};

const KILLS: usize = 8;
/// Commands that are new in each life of the simulator.
const NEW: i64 = 120;
/// A purchase at the beginning, so that nothing that is packed is missing.
const BEGINNING: i32 = 100_000;
const EACH_PURCHASE: i32 = 3;
const WAREHOUSE: WarehouseId = WarehouseId(1);
const SIMSPEED: u32 = 90_000_000;
const PATIENCE: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_world_has_done_what_it_acked_and_does_the_rest_once() {
    for database in TestDb::each().await {
        let mut dice = ChaCha8Rng::seed_from_u64(11);
        let mut store = Store::default();
        store.want(buying(BEGINNING));
        let mut simulator = Simulator::start(&database).await;
        store.work(&simulator, usize::MAX).await;
        store.hear_out(&simulator).await;
        let mut lost = 0;
        for _ in 0..KILLS {
            store.want_some(NEW);
            let acks = dice.random_range(0..usize::try_from(NEW).unwrap());
            store.work(&simulator, acks).await;
            simulator.child.kill().await.unwrap();
            lost += store.unacked.len();
            simulator = Simulator::start(&database).await;
        }
        assert!(lost > 0, "no kill came between a command and its ack");
        store.work(&simulator, usize::MAX).await;
        store.hear_out(&simulator).await;
        let books = books_of(&simulator, store.world.unwrap()).await;
        assert_eq!(books, store.books(), "on the shelf, and packages packed");
        simulator.child.kill().await.unwrap();
        let mut simulator = Simulator::start(&database).await;
        assert_eq!(books_of(&simulator, store.world.unwrap()).await, books);
        simulator.child.kill().await.unwrap();
        database.remove().await;
    }
}

/// Pieces on the shelf, and packages that are packed.
async fn books_of(simulator: &Simulator, world: WorldId) -> (i64, i64) {
    let stock = simulator.look(&format!("{world}/warehouses/{WAREHOUSE}")).await;
    let packages = simulator.look(&world.to_string()).await;
    let number = |value: &Value| value.as_i64().unwrap_or_else(|| panic!("{value}"));
    (number(&stock["items"][0]["pieces"]), number(&packages["packages"]["packed"]))
}

/// A store that keeps no more than the protocol asks for.
#[derive(Default)]
struct Store {
    world: Option<WorldId>,
    wanted: Vec<Command>,
    /// What was sent, or will be, and never acked; what was acked is not sent again.
    unacked: BTreeMap<Seq, Command>,
    /// What the world told, by its number.
    heard: BTreeMap<Seq, Event>,
}

impl Store {
    fn want(&mut self, command: Command) {
        let seq = Seq(i64::try_from(self.wanted.len()).unwrap() + 1);
        self.unacked.insert(seq, command.clone());
        self.wanted.push(command);
    }

    fn want_some(&mut self, count: i64) {
        for nth in 0..count {
            let package = PackageId(i64::try_from(self.wanted.len()).unwrap());
            let packing = Command::Pack { warehouse: WAREHOUSE, things: things(1), package };
            self.want(if nth % 3 == 0 { buying(EACH_PURCHASE) } else { packing });
        }
    }

    /// Waits until who was here before is gone.
    async fn connect(&mut self, simulator: &Simulator) -> Framed<TcpStream, Delimited> {
        let free = async {
            loop {
                let (line, connected) = self.join(simulator).await;
                if connected.is_good() {
                    return (line, connected.world);
                }
                assert!(connected.result.contains("not available"), "{}", connected.result);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let (line, world) = timeout(PATIENCE, free).await.expect("the side is never free");
        self.world = Some(world);
        line
    }

    async fn join(&self, simulator: &Simulator) -> (Framed<TcpStream, Delimited>, Connected) {
        let stream = TcpStream::connect(&simulator.amazon).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut line = Framed::new(stream, Delimited::default());
        let initial = match self.world {
            None => vec![(WAREHOUSE, Point::new(0, 0))],
            Some(_) => vec![],
        };
        let connect = Connect { world: self.world, initial, is_amazon: true };
        line.send(&amazon::encode_connect(&connect)).await.unwrap();
        let answer = timeout(PATIENCE, line.next()).await.unwrap().unwrap().unwrap();
        (line, amazon::decode_connected(&answer).unwrap())
    }

    /// Sends what was not acked, a command a message, and hears until so many more are acked;
    /// then it may be in the middle of anything.
    async fn work(&mut self, simulator: &Simulator, acks: usize) {
        let mut line = self.connect(simulator).await;
        let mut ahead: VecDeque<(Seq, Command)> = self.unacked.clone().into_iter().collect();
        let enough = self.unacked.len().saturating_sub(acks);
        while self.unacked.len() > enough {
            if let Some((seq, command)) = ahead.pop_front() {
                let commands = vec![Numbered::new(seq, command)];
                let simspeed = Some(SIMSPEED);
                let said = Commands { commands, simspeed, ..Commands::default() };
                line.send(&amazon::encode_commands(&said)).await.unwrap();
                // Some are under way at a time.
                if seq.0 % 7 != 0 && !ahead.is_empty() {
                    continue;
                }
            }
            self.hear(&mut line).await;
        }
    }

    /// Hears until every command has had its outcome.
    async fn hear_out(&mut self, simulator: &Simulator) {
        let mut line = self.connect(simulator).await;
        while self.heard.len() < self.wanted.len() {
            self.hear(&mut line).await;
        }
        let numbers: Vec<i64> = self.heard.keys().map(|seq| seq.0).collect();
        let gapless: Vec<i64> = (1..=i64::try_from(self.wanted.len()).unwrap()).collect();
        assert_eq!(numbers, gapless, "one message for each command, numbered without a gap");
    }

    async fn hear(&mut self, line: &mut Framed<TcpStream, Delimited>) {
        let said = timeout(PATIENCE, line.next()).await.expect("the world fell silent");
        let Responses { events, acks, .. } =
            amazon::decode_responses(&said.unwrap().unwrap()).unwrap();
        for ack in acks {
            self.unacked.remove(&ack);
        }
        let acks = events.iter().map(|event| event.seq).collect::<Vec<_>>();
        for Numbered { seq, body } in events {
            assert!(!matches!(body, Event::Failed { .. }), "{body:?}");
            let before = self.heard.insert(seq, body.clone());
            assert!(before.is_none_or(|before| before == body), "{seq} means two things");
        }
        if !acks.is_empty() {
            let said = Commands { acks, ..Commands::default() };
            line.send(&amazon::encode_commands(&said)).await.unwrap();
        }
    }

    /// What the world has to come to.
    fn books(&self) -> (i64, i64) {
        let (mut pieces, mut packed) = (0, 0);
        for command in &self.wanted {
            match command {
                Command::Buy { things, .. } => pieces += i64::from(things[0].count),
                Command::Pack { .. } => (pieces, packed) = (pieces - 1, packed + 1),
                Command::Load { .. } | Command::Query { .. } => {}
            }
        }
        (pieces, packed)
    }
}

fn buying(count: i32) -> Command {
    Command::Buy { warehouse: WAREHOUSE, things: things(count) }
}

fn things(count: i32) -> Vec<Thing> {
    vec![Thing { product: ProductId(1), description: "a thing".to_owned(), count }]
}
