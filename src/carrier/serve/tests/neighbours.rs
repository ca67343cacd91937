//! The least of a world and of a store that a carrier can work with.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::codec::FramedRead;

use crate::{
    basis::{Point, Seq, WorldId},
    wire::{
        Connected, Numbered, Responses,
        framing::{Delimited, delimited},
        ups::{self, Command, Event},
    },
};

/// A world whose trucks arrive at once.
pub(super) struct World {
    addr: SocketAddr,
    state: Arc<Mutex<WorldState>>,
    cuts: watch::Sender<()>,
}

#[derive(Default)]
struct WorldState {
    worlds_made: u32,
    done: BTreeSet<Seq>,
    next_seq: i64,
    unacked: BTreeMap<Seq, Event>,
    deliveries: BTreeMap<i64, u32>,
}

impl World {
    pub(super) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (state, cuts) = (Arc::<Mutex<WorldState>>::default(), watch::Sender::new(()));
        let (shared, cut) = (Arc::clone(&state), cuts.subscribe());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, mut cut) = (Arc::clone(&shared), cut.clone());
                tokio::spawn(async move {
                    cut.mark_unchanged();
                    tokio::select! {
                        () = talk(stream, &shared) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self { addr, state, cuts }
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends every connection.
    pub(super) fn cut(&self) {
        self.cuts.send_replace(());
    }

    pub(super) fn deliveries_of(&self, shipment: i64) -> u32 {
        self.state.lock().unwrap().deliveries.get(&shipment).copied().unwrap_or(0)
    }

    pub(super) fn worlds_made(&self) -> u32 {
        self.state.lock().unwrap().worlds_made
    }
}

async fn talk(stream: TcpStream, state: &Mutex<WorldState>) {
    let (reader, mut writer) = stream.into_split();
    let mut frames = FramedRead::new(reader, Delimited::default());
    let mut is_greeted = false;
    while let Some(Ok(bytes)) = frames.next().await {
        let answer = if is_greeted {
            delimited(&ups::encode_responses(&state.lock().unwrap().command(&bytes)))
        } else {
            is_greeted = true;
            state.lock().unwrap().greet(&bytes)
        };
        if writer.write_all(&answer).await.is_err() {
            return;
        }
    }
}

impl WorldState {
    fn greet(&mut self, bytes: &Bytes) -> Bytes {
        let connect = ups::decode_connect(bytes).unwrap();
        self.worlds_made += u32::from(connect.world.is_none());
        assert!(!connect.is_amazon);
        let result = "connected!".to_owned();
        let welcome = delimited(&ups::encode_connected(&Connected { world: WorldId(4), result }));
        let again = delimited(&ups::encode_responses(&self.responses(Vec::new())));
        [welcome, again].concat().into()
    }

    fn command(&mut self, bytes: &Bytes) -> Responses<Event> {
        let message = ups::decode_commands(bytes).unwrap();
        for ack in message.acks {
            self.unacked.remove(&ack);
        }
        let mut acks = Vec::new();
        for Numbered { seq, body } in message.commands {
            acks.push(seq);
            if self.done.insert(seq) {
                self.act(body);
            }
        }
        self.responses(acks)
    }

    fn act(&mut self, command: Command) {
        match command {
            Command::Pickup { truck, .. } => {
                let status = "ARRIVE WAREHOUSE".to_owned();
                self.happen(Event::Finished { truck, at: Point::new(1, 1), status });
            }
            Command::Deliver { truck, packages } => {
                for (package, at) in packages {
                    *self.deliveries.entry(package.0).or_default() += 1;
                    self.happen(Event::Delivered { truck, package });
                    self.happen(Event::Finished { truck, at, status: "IDLE".to_owned() });
                }
            }
            Command::Query { .. } => {}
        }
    }

    fn happen(&mut self, event: Event) {
        self.next_seq += 1;
        self.unacked.insert(Seq(self.next_seq), event);
    }

    fn responses(&self, acks: Vec<Seq>) -> Responses<Event> {
        let number = |(seq, event): (&Seq, &Event)| Numbered::new(*seq, event.clone());
        let events = self.unacked.iter().map(number).collect();
        Responses { events, acks, finished: false }
    }
}

/// A store that writes down what it hears.
pub(super) struct Store {
    addr: SocketAddr,
    takes_batches: bool,
    heard: Mutex<Vec<(String, i64)>>,
    worlds: Mutex<u32>,
    /// Of each post; empty where it had none.
    signatures: Mutex<Vec<String>>,
}

impl Store {
    pub(super) async fn open(takes_batches: bool) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (heard, worlds, signatures) = Default::default();
        let store = Arc::new(Self { addr, takes_batches, heard, worlds, signatures });
        let site = Router::new().fallback(hear).with_state(Arc::clone(&store));
        tokio::spawn(async move { axum::serve(listener, site).await });
        store
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.addr)
    }

    /// The kinds of messages about a shipment, as they came.
    pub(super) fn heard(&self, shipment: i64) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|(_, id)| *id == shipment).map(|(kind, _)| kind.clone()).collect()
    }

    pub(super) fn has_heard(&self, kind: &str, shipment: i64) -> bool {
        self.heard.lock().unwrap().iter().any(|(heard, id)| heard == kind && *id == shipment)
    }

    pub(super) fn worlds(&self) -> u32 {
        *self.worlds.lock().unwrap()
    }

    pub(super) fn signatures(&self) -> Vec<String> {
        self.signatures.lock().unwrap().clone()
    }

    fn note(&self, kind: &str, fields: &Value) {
        let shipment = fields["shipment_id"].as_i64().unwrap();
        self.heard.lock().unwrap().push((kind.to_owned(), shipment));
    }
}

async fn hear(
    State(store): State<Arc<Store>>,
    uri: Uri,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let signature = headers.get("webhook-signature").map(|value| value.to_str().unwrap());
    store.signatures.lock().unwrap().push(signature.unwrap_or_default().to_owned());
    let good = json!({
        "message_type": "Acknowledgement", "payload": { "status": "success", "code": 200 },
    });
    match uri.path() {
        "/set_worldid" => {
            assert_eq!(body["worldid"], 4);
            *store.worlds.lock().unwrap() += 1;
        }
        "/api/webhooks/messages" if store.takes_batches => {
            let messages = body.as_array().unwrap();
            for message in messages {
                store.note(message["message_type"].as_str().unwrap(), &message["payload"]);
            }
            return Json(vec![good; messages.len()]).into_response();
        }
        "/api/webhooks/messages" => return StatusCode::NOT_FOUND.into_response(),
        "/api/ups/tracking" => store.note("Tracking", &body),
        "/api/ups/status-update" => store.note("StatusUpdate", &body),
        path if path.starts_with("/api/webhooks/") => {
            store.note(body["message_type"].as_str().unwrap(), &body["payload"]);
        }
        other => panic!("nobody posts to {other}"),
    }
    Json(good).into_response()
}
