//! A listener of its own for machines that watch: `/metrics`, `/healthz`, `/readyz`.
//!
//! It is apart from the doors for people, so that it can stay on an inner
//! network, and answers when those doors are full.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{ProcessSampler, Readiness};

const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What there is to be seen.
pub struct Observed {
    pub metrics: PrometheusHandle,
    pub process: ProcessSampler,
    pub readiness: Readiness,
}

/// The listener while it runs.
pub struct MetricsListener {
    addr: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl MetricsListener {
    pub async fn start(addr: SocketAddr, observed: Observed) -> anyhow::Result<Self> {
        let socket = TcpListener::bind(addr).await;
        let socket = socket.with_context(|| format!("listening on {addr}"))?;
        let addr = socket.local_addr()?;
        let stop = CancellationToken::new();
        let until = stop.clone().cancelled_owned();
        let app = router(observed);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(socket, app).with_graceful_shutdown(until).await {
                tracing::error!(%error, "the metrics listener ended");
            }
        });
        tracing::info!(%addr, "metrics and health");
        Ok(Self { addr, stop, task })
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends it; a scraper that keeps its connection open does not hold us up.
    pub async fn stop(self) {
        self.stop.cancel();
        let abort = self.task.abort_handle();
        if tokio::time::timeout(std::time::Duration::from_secs(1), self.task).await.is_err() {
            abort.abort();
        }
    }
}

fn router(observed: Observed) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| std::future::ready("alive\n")))
        .route("/readyz", get(ready))
        .with_state(Arc::new(observed))
}

async fn metrics(State(observed): State<Arc<Observed>>) -> Response {
    observed.process.sample();
    ([(header::CONTENT_TYPE, EXPOSITION)], observed.metrics.render()).into_response()
}

async fn ready(State(observed): State<Arc<Observed>>) -> Response {
    let report = observed.readiness.report().await;
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}
