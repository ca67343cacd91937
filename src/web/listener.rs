//! The open door: connections with bounded headers, bounded in number, and an
//! end in order.
//!
//! TLS and HTTP/2 to the public are a reverse proxy's work.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Extension, Router, extract::FromRequestParts, http::request::Parts};
use hyper::{
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{Peer, patience::Patient};

/// Bounds of a listener.
#[derive(Debug, Clone, Copy)]
pub struct ListenerSettings {
    /// Connections at once; further ones wait in the operating system's queue.
    pub connections_max: usize,
    /// Bytes of a request's line and headers.
    pub header_bytes_max: usize,
    /// A connection that sends no complete header for this long is closed.
    pub header_timeout: Duration,
    /// A connection that takes nothing of an answer for this long is closed.
    pub write_timeout: Duration,
    /// What is under way at the end gets this long.
    pub farewell: Duration,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self {
            connections_max: 4_096,
            header_bytes_max: 16 * 1024,
            header_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            farewell: Duration::from_secs(5),
        }
    }
}

/// A door that is open until [`Listening::close`].
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    closing: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

/// Opens the door at `address` (port 0: any that is free) and serves `site` there.
pub async fn listen(
    address: SocketAddr,
    site: Router,
    settings: ListenerSettings,
) -> std::io::Result<Listening> {
    listen_on(TcpListener::bind(address).await?, site, settings)
}

/// The same at an address that was taken before.
pub fn listen_on(
    listener: TcpListener,
    site: Router,
    settings: ListenerSettings,
) -> std::io::Result<Listening> {
    let address = listener.local_addr()?;
    let closing = watch::Sender::new(false);
    let site = site.layer(Extension(Closing(Some(closing.subscribe()))));
    let door = Door { listener, site, settings, closing: closing.subscribe() };
    Ok(Listening { address, closing, task: tokio::spawn(door.serve()) })
}

impl Listening {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets nobody in any more and waits for those inside.
    pub async fn close(self) {
        self.closing.send_replace(true);
        // A panic in there was logged where it happened.
        let _ = self.task.await;
    }
}

/// Tells endless answers (streams of events) when the door closes; an extractor.
#[derive(Debug, Clone)]
pub struct Closing(Option<watch::Receiver<bool>>);

impl Closing {
    /// Returns when the door closes; never, where there is no door, as in a test.
    pub async fn closed(mut self) {
        match &mut self.0 {
            Some(closing) => drop(closing.wait_for(|closing| *closing).await),
            None => std::future::pending().await,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Closing {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or(Self(None)))
    }
}

struct Door {
    listener: TcpListener,
    site: Router,
    settings: ListenerSettings,
    closing: watch::Receiver<bool>,
}

impl Door {
    async fn serve(mut self) {
        let places = Arc::new(Semaphore::new(self.settings.connections_max));
        let (mut inside, closing) = (JoinSet::new(), self.closing.clone());
        loop {
            tokio::select! {
                _ = self.closing.wait_for(|closing| *closing) => break,
                Some(_) = inside.join_next() => {}
                Some((stream, peer, place)) = accept(&self.listener, &places) => {
                    let visitor = (stream, peer);
                    let visit = visit(visitor, self.site.clone(), self.settings, closing.clone());
                    inside.spawn(async move {
                        visit.await;
                        drop(place);
                    });
                }
            }
        }
        drop(self.listener);
        let all_gone = async { while inside.join_next().await.is_some() {} };
        // Who is still there after that is cut off with the set.
        let _ = tokio::time::timeout(self.settings.farewell, all_gone).await;
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, Peer, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return Some((stream, Peer(address), place)),
            Err(error) => {
                // Out of file handles, mostly: the next ones may be luckier.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn visit(
    (stream, peer): (TcpStream, Peer),
    site: Router,
    settings: ListenerSettings,
    mut closing: watch::Receiver<bool>,
) {
    // Small answers must not wait for more; where it can not be set, they do.
    let _ = stream.set_nodelay(true);
    let site = TowerToHyperService::new(site);
    let site = service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer);
        site.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_buf_size(settings.header_bytes_max)
        .serve_connection(TokioIo::new(Patient::new(stream, settings.write_timeout)), site);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        end = connection.as_mut() => return log_end(end),
        _ = closing.wait_for(|closing| *closing) => {}
    }
    connection.as_mut().graceful_shutdown();
    log_end(connection.await);
}

fn log_end(end: Result<(), hyper::Error>) {
    if let Err(error) = end {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    async fn door(settings: ListenerSettings) -> Listening {
        let site = Router::new().route("/", get(|| async { "in" }));
        listen(SocketAddr::from(([127, 0, 0, 1], 0)), site, settings).await.unwrap()
    }

    #[tokio::test]
    async fn headers_without_end_are_refused() {
        let door = door(ListenerSettings::default()).await;
        let url = format!("http://{}/", door.address());
        let client = reqwest::Client::new();
        let plain = client.get(&url).send().await.unwrap();
        assert_eq!(plain.text().await.unwrap(), "in");
        let huge = client.get(&url).header("x-much", "a".repeat(100_000)).send().await;
        assert!(!huge.is_ok_and(|answer| answer.status().is_success()));
        door.close().await;
        assert!(client.get(&url).send().await.is_err());
    }

    #[tokio::test]
    async fn who_does_not_read_an_endless_answer_loses_its_place() {
        let (place, left) = tokio::sync::oneshot::channel::<()>();
        let place = Arc::new(std::sync::Mutex::new(Some(place)));
        let endless = get(move || async move {
            let place = place.lock().unwrap().take();
            let chunks = futures_util::stream::unfold(place, |place| async move {
                let chunk = axum::body::Bytes::from_static(&[b'.'; 64 * 1024]);
                Some((Ok::<_, Infallible>(chunk), place))
            });
            axum::body::Body::from_stream(chunks)
        });
        let settings = ListenerSettings {
            write_timeout: Duration::from_millis(50),
            ..ListenerSettings::default()
        };
        let site = Router::new().route("/endless", endless);
        let door = listen(SocketAddr::from(([127, 0, 0, 1], 0)), site, settings).await.unwrap();
        let mut visitor = TcpStream::connect(door.address()).await.unwrap();
        visitor.write_all(b"GET /endless HTTP/1.1\r\nHost: here\r\n\r\n").await.unwrap();
        let given_up = tokio::time::timeout(Duration::from_secs(60), left).await;
        assert!(given_up.expect("the answer ends").is_err());
        door.close().await;
    }
}
