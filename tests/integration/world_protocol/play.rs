//! The example of the specification, played against a real world: what its
//! clients send is sent, and what its world says has to come, byte for byte.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use waybill::{
    link::ResendPolicy,
    world::{self, WorldSettings},
};

use super::document::{Document, Example};
use crate::support::on_each_database;

/// Nothing takes this long; what does has not happened.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_answers_as_it_is_written() {
    on_each_database(|db| async move {
        let world = world::start(db.clone(), settings()).await.unwrap();
        let addr = BTreeMap::from([("amazon", world.amazon_addr()), ("ups", world.ups_addr())]);
        let mut sockets = BTreeMap::new();
        for example in &Document::read().examples {
            let side = if example.from == "world" { &example.to } else { &example.from };
            if !sockets.contains_key(side) {
                let socket = TcpStream::connect(addr[side.as_str()]).await.unwrap();
                sockets.insert(side.clone(), socket);
            }
            play(example, sockets.get_mut(side).unwrap()).await;
        }
        world.stop().await;
        db.close();
    })
    .await;
}

/// The documented defaults, but that nothing is said twice however slow this machine is.
fn settings() -> WorldSettings {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let resend = ResendPolicy { first: PATIENCE * 9, cap: PATIENCE * 9, ..ResendPolicy::default() };
    WorldSettings {
        amazon_addr: any_port,
        ups_addr: any_port,
        http_addr: any_port,
        resend,
        ..WorldSettings::default()
    }
}

async fn play(example: &Example, socket: &mut TcpStream) {
    let Example { line, from, subject, bytes, .. } = example;
    if from != "world" {
        return socket.write_all(bytes).await.unwrap();
    }
    // Of a socket that is closed one byte more is wanted than comes.
    let mut said = vec![0; bytes.len().max(1)];
    let reading = timeout(PATIENCE, socket.read_exact(&mut said)).await;
    let is_whole = reading.unwrap_or_else(|_| panic!("line {line}: nothing comes")).is_ok();
    assert_eq!(is_whole, subject != "closed", "line {line}: {subject}");
    if is_whole {
        assert_eq!(&said, bytes, "the {subject} in line {line}");
    }
}
