//! Five hundred clients that misbehave and leave, beside two that do not.

use bytes::BytesMut;
use futures_util::{StreamExt as _, stream};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::*;
use crate::{
    basis::Seq,
    wire::{
        Commands, Connect, Numbered,
        framing::{delimited, put_body},
    },
};

const CLIENTS: u64 = 500;
const AT_A_TIME: usize = 50;
/// Within this everything that they left behind is gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a message that is longer than most.
const LONG: usize = 1_000_000;

/// How a client misbehaves.
#[derive(Debug, Clone, Copy)]
enum Manner {
    LeavesAtOnce,
    SendsHalfAMessage,
    SendsAnything,
    AnnouncesTooMuch,
    SendsEndlessLengths,
    IsSlow,
    SpeaksOutOfTurn,
    SpoilsItsWorld,
    RepeatsItself,
    NeverReads,
}

const MANNERS: [Manner; 10] = [
    Manner::LeavesAtOnce,
    Manner::SendsHalfAMessage,
    Manner::SendsAnything,
    Manner::AnnouncesTooMuch,
    Manner::SendsEndlessLengths,
    Manner::IsSlow,
    Manner::SpeaksOutOfTurn,
    Manner::SpoilsItsWorld,
    Manner::RepeatsItself,
    Manner::NeverReads,
];

impl Manner {
    /// Those that begin as they should make a world of their own.
    fn joins(self) -> bool {
        matches!(self, Self::SpoilsItsWorld | Self::RepeatsItself | Self::NeverReads)
    }
}

fn connect() -> Bytes {
    let initial = vec![(WAREHOUSE, Point::new(1, 1))];
    delimited(&amazon::encode_connect(&Connect { world: None, initial, is_amazon: true }))
}

fn query(seq: i64) -> Bytes {
    let commands = vec![Numbered::new(Seq(seq), amazon::Command::Query { package: PACKAGE })];
    delimited(&amazon::encode_commands(&Commands { commands, ..Commands::default() }))
}

/// What it sends, in pieces; errors are what it came for.
fn pieces(manner: Manner, dice: &mut ChaCha8Rng) -> Vec<Bytes> {
    let anything = |length: usize, dice: &mut ChaCha8Rng| {
        let mut bytes = vec![0; length];
        dice.fill_bytes(&mut bytes);
        Bytes::from(bytes)
    };
    match manner {
        Manner::LeavesAtOnce => Vec::new(),
        Manner::SendsHalfAMessage => vec![connect().slice(..connect().len() / 2)],
        Manner::SendsAnything => vec![anything(5_000, dice)],
        Manner::AnnouncesTooMuch => vec![Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1])],
        Manner::SendsEndlessLengths => vec![Bytes::from_static(&[0x80; 64])],
        Manner::IsSlow => query(1).chunks(1).map(Bytes::copy_from_slice).collect(),
        Manner::SpeaksOutOfTurn => (0..50).map(query).collect(),
        Manner::SpoilsItsWorld => {
            let body = anything(40, dice);
            vec![query(1), [&[40], body.as_ref()].concat().into(), query(2)]
        }
        Manner::RepeatsItself => vec![query(1).repeat(300).into()],
        Manner::NeverReads => (0..2_000).map(query).collect(),
    }
}

/// Comes, misbehaves, and leaves without a word; true where it has made a world.
async fn misbehave(world: [SocketAddr; 2], number: u64) -> bool {
    let manner = MANNERS[number as usize % MANNERS.len()];
    let mut dice = ChaCha8Rng::seed_from_u64(number);
    // Some that never join come through the other door.
    let addr = if manner.joins() || number % 20 < 10 { world[0] } else { world[1] };
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let mut has_joined = false;
    if manner.joins() {
        stream.write_all(&connect()).await.unwrap();
        let mut connected = [0; 64];
        let length = timeout(PATIENCE, stream.read(&mut connected)).await.unwrap().unwrap();
        has_joined = connected[..length].ends_with(b"connected!");
        assert!(has_joined, "{manner:?} was not let in");
    }
    for piece in pieces(manner, &mut dice) {
        // The world may have hung up, or stopped reading.
        let written = timeout(Duration::from_secs(1), stream.write_all(&piece)).await;
        if !matches!(written, Ok(Ok(()))) {
            break;
        }
        if matches!(manner, Manner::IsSlow) {
            tokio::task::yield_now().await;
        }
    }
    has_joined
}

/// An order from purchase to doorstep.
async fn deliver_one(amazon: &mut AmazonClient, ups: &mut UpsClient, number: i64) {
    let package = PackageId(number);
    let (first, warehouse) = (number * 10, WAREHOUSE);
    amazon.ask(first, buy()).await;
    amazon.event().await;
    amazon.ask(first + 1, amazon::Command::Pack { warehouse, things: things(), package }).await;
    assert_eq!(amazon.event().await, amazon::Event::Ready { package });
    ups.ask(first, pickup()).await;
    ups.event().await;
    amazon.ask(first + 2, amazon::Command::Load { warehouse, truck: TRUCK, package }).await;
    assert_eq!(amazon.event().await, amazon::Event::Loaded { package });
    let packages = vec![(package, Point::new(8, 8))];
    ups.ask(first + 1, ups::Command::Deliver { truck: TRUCK, packages }).await;
    assert_eq!(ups.event().await, ups::Event::Delivered { truck: TRUCK, package });
    ups.event().await;
}

/// Residents, sockets, and tasks of sockets.
fn left_behind(world: &Running) -> (usize, usize, usize) {
    let residents = world.service.office().unwrap().population();
    (residents, world.sockets.count(), world.tasks.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_misbehave_and_leave_harm_nobody_and_leave_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let db = database(&dir).await;
    let world = start(db, WorldSettings::for_testing()).await.unwrap();
    let (mut amazon, mut ups, _) = both_sides(&world).await;
    deliver_one(&mut amazon, &mut ups, 1).await;
    let before = left_behind(&world);
    let tasks_before = tokio::runtime::Handle::current().metrics().num_alive_tasks();

    let doors = [world.amazon_addr(), world.ups_addr()];
    let crowd = tokio::spawn(async move {
        let crowd = stream::iter(0..CLIENTS).map(|number| misbehave(doors, number));
        let mut crowd = crowd.buffer_unordered(AT_A_TIME);
        let mut worlds_made = 0;
        while let Some(made) = crowd.next().await {
            worlds_made += usize::from(made);
        }
        worlds_made
    });
    let mut number = 2;
    while !crowd.is_finished() {
        deliver_one(&mut amazon, &mut ups, number).await;
        number += 1;
    }
    let worlds_made = crowd.await.unwrap();
    assert_eq!(worlds_made, 150);

    // Their worlds stay, and nothing else of them.
    let (residents, sockets, tasks) = before;
    let expected = (residents + worlds_made, sockets, tasks);
    let gone = async {
        while left_behind(&world) != expected {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let in_time = timeout(PATIENCE, gone).await;
    assert!(in_time.is_ok(), "{:?} are left, not {expected:?}", left_behind(&world));
    let tasks_now = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let per_world = tasks_before + 2 * worlds_made + 8;
    assert!(tasks_now <= per_world, "{tasks_now} tasks are alive, and {tasks_before} were");
    deliver_one(&mut amazon, &mut ups, number).await;
    assert!(world.is_healthy());
    world.stop().await;
}

/// A connection of which all but the last byte of a long message has come; what that
/// would be is no Connect, and would be answered as such.
async fn begin_long_message(world: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(world.amazon_addr()).await.unwrap();
    let mut message = BytesMut::new();
    put_body(vec![0xff; LONG].into(), &mut message);
    stream.write_all(&message[..message.len() - 1]).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_half_a_message_and_waits_gives_way_to_those_who_come_later() {
    let dir = tempfile::tempdir().unwrap();
    let settings =
        WorldSettings { partial_bytes_max: 5 * LONG / 2, ..WorldSettings::for_testing() };
    let settings = WorldSettings { message_bytes_max: LONG, ..settings };
    let world = start(database(&dir).await, settings).await.unwrap();
    let (mut amazon, mut ups, _) = both_sides(&world).await;
    let mut heard = [0; 256];

    let mut waiting = begin_long_message(&world).await;
    let mut later = [begin_long_message(&world).await, begin_long_message(&world).await];
    let end = timeout(PATIENCE, waiting.read(&mut heard)).await.expect("it is disconnected");
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    for stream in &mut later {
        stream.write_all(&[0xff]).await.unwrap();
        let length = timeout(PATIENCE, stream.read(&mut heard)).await.unwrap().unwrap();
        let answer = String::from_utf8_lossy(&heard[..length]);
        assert!(answer.contains("the first message is a Connect"), "{answer}");
    }
    deliver_one(&mut amazon, &mut ups, 1).await;
    world.stop().await;
}
