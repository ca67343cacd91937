//! Clients that begin long messages and leave: what they sent is not kept.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::support::{TestDb, simulator::Simulator};

const CLIENTS: usize = 500;
const AT_A_TIME: usize = 50;
/// Of each; a wave of them is 250 MB.
const SENT_BYTES: usize = 512 * 1024;
/// An allocator keeps some of what was freed.
const KEPT_BYTES: u64 = 48 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_is_back_where_it_was_after_waves_of_clients_that_leave() {
    let database = TestDb::embedded();
    let simulator = Simulator::start(&database).await;
    wave(&simulator).await;
    let after_one = simulator.memory_bytes();
    for _ in 0..3 {
        wave(&simulator).await;
    }
    let bound = after_one + KEPT_BYTES;
    let began = Instant::now();
    while simulator.memory_bytes() > bound {
        let (now, waited) = (simulator.memory_bytes(), began.elapsed());
        assert!(waited < PATIENCE, "{now} bytes; after the first wave it was {after_one}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn wave(simulator: &Simulator) {
    let clients = stream::iter(0..CLIENTS).map(|nth| leave_halfway(&simulator.amazon, nth));
    clients.buffer_unordered(AT_A_TIME).collect::<Vec<()>>().await;
}

/// Announces seven megabytes, sends some of them, and is gone: some by ending their stream and
/// hearing the other's end, some by closing everything at once.
async fn leave_halfway(addr: &str, nth: usize) {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    // 7 MiB as a varint.
    let mut sent = vec![0x80, 0x80, 0xc0, 0x03];
    sent.resize(SENT_BYTES, u8::try_from(nth % 251).unwrap());
    socket.write_all(&sent).await.unwrap();
    if nth.is_multiple_of(2) {
        socket.shutdown().await.unwrap();
        let mut rest = Vec::new();
        // A reset is an end as well.
        let _ = socket.read_to_end(&mut rest).await;
        assert!(rest.is_empty(), "a part of a message is answered");
    }
}
