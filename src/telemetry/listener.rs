//! A listener of its own for machines that watch: `/metrics`, `/healthz`, `/readyz`.
//!
//! It is apart from the doors for people, so that it can stay on an inner
//! network, and answers when those doors are full.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;

use super::{ProcessSampler, Readiness};
use crate::web::{Guarded, ListenerSettings, Listening, guard, listen};

const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Few watch, and they keep their connections.
const CONNECTIONS_MAX: usize = 256;

const FAREWELL: Duration = Duration::from_secs(1);

/// What there is to be seen.
pub struct Observed {
    pub metrics: PrometheusHandle,
    pub process: ProcessSampler,
    pub readiness: Readiness,
}

/// The listener while it runs.
pub struct MetricsListener {
    door: Listening,
}

impl MetricsListener {
    pub async fn start(addr: SocketAddr, observed: Observed) -> anyhow::Result<Self> {
        let site = guard(router(observed), Guarded::default());
        let settings = ListenerSettings {
            connections_max: CONNECTIONS_MAX,
            farewell: FAREWELL,
            ..ListenerSettings::default()
        };
        let door = listen(addr, site, settings).await;
        let door = door.with_context(|| format!("listening on {addr}"))?;
        tracing::info!(addr = %door.address(), "metrics and health");
        Ok(Self { door })
    }

    pub fn addr(&self) -> SocketAddr {
        self.door.address()
    }

    /// Ends it; a scraper that keeps its connection open does not hold us up.
    pub async fn stop(self) {
        self.door.close().await;
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

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;
    use reqwest::{Client, Method};

    use super::*;

    #[tokio::test]
    async fn who_watches_is_answered_and_who_does_not_is_refused() {
        let observed = Observed {
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            process: ProcessSampler::new(None),
            readiness: Readiness::default(),
        };
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = MetricsListener::start(any_port, observed).await.unwrap();
        let ask = async |method: Method, path: &str, body: String| {
            let url = format!("http://{}{path}", listener.addr());
            let answer = Client::new().request(method, url).body(body).send().await.unwrap();
            let kind = answer.headers().get(header::CONTENT_TYPE).unwrap().clone();
            (answer.status().as_u16(), kind.to_str().unwrap().to_owned())
        };
        let metrics = ask(Method::GET, "/metrics", String::new()).await;
        assert_eq!(metrics, (200, EXPOSITION.to_owned()));
        assert_eq!(ask(Method::GET, "/healthz", String::new()).await.0, 200);
        let huge = "x".repeat(10 * 1024 * 1024);
        for (method, path, body, status) in [
            (Method::POST, "/metrics", huge, 413),
            (Method::POST, "/metrics", "{".to_owned(), 405),
            (Method::GET, "/nowhere", String::new(), 404),
        ] {
            let refusal = ask(method, path, body).await;
            assert_eq!(refusal, (status, "application/problem+json".to_owned()));
        }
        listener.stop().await;
    }
}
