//! A database that goes away, and one that somebody else writes to.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use waybill::{
    db::{Claim, Db, DbTarget},
    runtime::Party,
};

use super::toy::{self, Body, Output, Running, Toy};
use crate::support::{TestDb, on_each_database};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_nothing_keeps_out_ends_the_service_which_says_why() {
    on_each_database(async |db| {
        toy::migrate(&db).await;
        let running = Running::start(&db).await;
        running.post(1, Body::Open);
        running.post(1, Body::Add(1));
        running.ear.hears(Output::Total(1, 1)).await;
        // As one does that knows the ledger, but not the lock.
        let client = db.client().await.unwrap();
        client.execute("UPDATE toy.ledger SET position = position + 1", &[]).await.unwrap();
        drop(client);
        running.post(1, Body::Add(1));
        let failure = running.service.ended().await.unwrap_err();
        assert!(failure.is_final, "{failure}");
        assert!(failure.reason.contains("another process"), "{failure}");
        assert_eq!(toy::totals(&db).await, [(1, 1)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_and_comes_back_loses_nothing_and_writes_nothing_twice() {
    // The embedded server does not survive connections that are cut in the middle of
    // a message, and has none but ours, which nobody cuts.
    let Some(real) = TestDb::real().await else { return };
    let DbTarget::Url(url) = &real.target else { unreachable!("a real one has a URL") };
    survives_cuts(url).await;
    real.remove().await;
}

async fn survives_cuts(url: &str) {
    let config: tokio_postgres::Config = url.parse().unwrap();
    let tokio_postgres::config::Host::Tcp(host) = &config.get_hosts()[0] else {
        panic!("the test's proxy needs a database that is reached by TCP: {url}");
    };
    let server = format!("{host}:{}", config.get_ports()[0]);
    let proxy = Proxy::start(server.clone()).await;
    let proxied = url.replace(&server, &proxy.address.to_string());
    let proxied = proxied.replace("localhost", "127.0.0.1");
    let db = Db::open(&DbTarget::Url(proxied), 1).await.unwrap();
    toy::migrate(&db).await;
    // The claim is not cut: it would have the service reopened, and what is shown here is
    // that the ledger alone neither loses nor repeats a batch.
    let uncut = Db::open(&DbTarget::Url(url.to_owned()), 1).await.unwrap();
    let claim = Claim::new(&uncut, Toy::NAME);
    let running = Running::start_claiming(&db, claim, toy::settings()).await;
    running.post(1, Body::Open);
    let mut posted = 0;
    for _ in 0..12 {
        for _ in 0..40 {
            posted += 1;
            running.post(1, Body::Add(posted));
        }
        tokio::time::sleep(Duration::from_millis(7)).await;
        proxy.cut(true);
        for _ in 0..5 {
            posted += 1;
            running.post(1, Body::Add(posted));
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
        proxy.cut(false);
    }
    running.ear.hears(Output::Total(1, (1..=posted).sum())).await;
    assert!(proxy.connections() > 1, "nothing was cut");
    let expected: Vec<_> = (1..=posted).map(|by| (1, by)).collect();
    assert_eq!(toy::log(&db).await, expected);
    assert!(running.service.is_healthy());
    running.service.stop().await;
}

/// A TCP proxy that cuts every connection when told to.
struct Proxy {
    address: SocketAddr,
    cut: watch::Sender<bool>,
    connections: Arc<Mutex<usize>>,
}

impl Proxy {
    async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, is_cut) = watch::channel(false);
        let connections = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (server, mut is_cut) = (server.clone(), is_cut.clone());
                *counted.lock().unwrap() += 1;
                tokio::spawn(async move {
                    let Ok(mut upstream) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut upstream) => {}
                        _ = is_cut.wait_for(|is_cut| *is_cut) => {}
                    }
                });
            }
        });
        Self { address, cut, connections }
    }

    /// While cut, connections end as soon as they are made.
    fn cut(&self, is_cut: bool) {
        self.cut.send_replace(is_cut);
    }

    fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}
