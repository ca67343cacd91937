//! The store's face: the JSON API, the pages, the accounts behind both.
//!
//! It decides nothing about orders, it carries them to the [`Shop`] and shows
//! what became of them. Reading goes to the database; placing an order takes no
//! query at all.
//!
//! ```text
//! /api/v1/…, /openapi.json   programs: bearer token, problem+json
//! everything else            people: session cookie, pages
//! ```
//!
//! A folder for each part of the shop. It has an `api` and `pages`, which take the
//! same decisions from the files beside them; who may ask is said by an extractor of
//! `roles` in the handler's signature.

mod api;
mod cart;
mod catalog;
mod cookie;
mod finishing;
mod frame;
pub mod limits;
mod notices;
mod orders;
pub mod people;
mod reviews;
mod roles;
mod running;
mod selling;

use std::time::Duration;

use axum::{
    Router,
    http::{HeaderValue, header},
};
use tower_http::set_header::SetResponseHeaderLayer;

use self::{
    limits::{LimitSettings, Limits},
    notices::{bells::Bells, writer},
    orders::watchers::Watchers,
    people::sessions::Sessions,
};
use super::shop::Shop;
use crate::{
    db::Db,
    runtime::Admission,
    web::{
        Cors, CorsOrigin, Guarded, Hosts, PublicUrl, Wording, assets, chart, guard,
        people::{Proving, caller, caller::Fronted, passwords::HashFailed},
        running::live::FOLLOWERS_MAX,
    },
};

/// Tables that are sent at once; each holds a piece of itself.
const EXPORTS_MAX: usize = 32;

/// What the web front may be told.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// The carrier's tracking pages as people reach them; a number is appended.
    pub tracking_url: String,
    /// Where the peers are, for admins to see.
    pub world_addr: String,
    pub carrier_url: String,
    pub public: PublicSettings,
    /// How often products are told what has been sold and what is in stock.
    pub tally_every: Duration,
    /// Its hosts and other sites are those of [`PublicSettings`].
    pub guarded: Guarded,
}

/// How the store stands towards the public.
#[derive(Debug, Clone)]
pub struct PublicSettings {
    /// As people reach it, the usual one first; none: only from this machine, or by numbers.
    pub urls: Vec<PublicUrl>,
    /// Proxies of ours in front, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: usize,
    /// Other sites whose pages may use the API with tokens.
    pub cors_origins: Vec<CorsOrigin>,
    /// None: no limits.
    pub limits: Option<LimitSettings>,
}

impl Default for PublicSettings {
    fn default() -> Self {
        let (urls, cors_origins) = Default::default();
        let limits = Some(LimitSettings::default());
        Self { urls, trusted_proxies: 0, cors_origins, limits }
    }
}

impl PublicSettings {
    fn is_secure(&self) -> bool {
        self.urls.first().is_some_and(|url| url.is_secure)
    }
}

impl Default for WebSettings {
    fn default() -> Self {
        let (world_addr, carrier_url) = Default::default();
        Self {
            tracking_url: "http://127.0.0.1:8081/track".to_owned(),
            world_addr,
            carrier_url,
            public: PublicSettings::default(),
            tally_every: Duration::from_secs(10),
            guarded: Guarded::default(),
        }
    }
}

/// What every handler can reach; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    db: Db,
    shop: Shop,
    sessions: Sessions,
    proving: Proving,
    limits: Limits,
    watchers: Watchers,
    _tally: catalog::Tally,
    /// Tables that are being sent.
    exports: Admission,
    /// Changes of warehouses reach the models one after the other.
    warehouse_changes: Admission,
    admin_followers: Admission,
    bells: Bells,
    settings: std::sync::Arc<WebSettings>,
}

impl AppState {
    /// Must be called within the runtime: it starts to watch the shop's packages, and to
    /// keep the catalog's tally.
    pub fn new(db: Db, shop: Shop, settings: WebSettings) -> Result<Self, HashFailed> {
        let bells = Bells::default();
        writer::start(db.clone(), bells.clone(), (shop.changes(), shop.sales()));
        Ok(Self {
            bells,
            sessions: Sessions::new(db.clone()),
            proving: Proving::new(db.clone(), settings.public.limits.map(|it| it.entry))?,
            limits: Limits::new(settings.public.limits),
            watchers: Watchers::start(shop.changes()),
            _tally: catalog::keep_tally(db.clone(), settings.tally_every),
            exports: Admission::new(EXPORTS_MAX),
            warehouse_changes: Admission::new(1),
            admin_followers: Admission::new(FOLLOWERS_MAX),
            settings: std::sync::Arc::new(settings),
            db,
            shop,
        })
    }

    /// Where the carrier shows a parcel to anybody who knows its number.
    fn tracking_url(&self, number: &str) -> String {
        let pages = self.settings.tracking_url.trim_end_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let number: String = number.chars().filter(|c| plain(*c)).collect();
        format!("{pages}/{number}")
    }
}

impl Fronted for AppState {
    fn trusted_proxies(&self) -> usize {
        self.settings.public.trusted_proxies
    }

    fn is_secure(&self) -> bool {
        self.settings.public.is_secure()
    }
}

/// Everything that a person or a program may ask the store, behind its guard.
pub fn router(state: AppState) -> Router {
    let wording = Wording::Problem { page: Some(frame::problem_page) };
    let hosts = Hosts::only(&state.settings.public.urls);
    let cors = Cors::only(&state.settings.public.cors_origins);
    let guarded = Guarded { wording, hosts, cors, ..state.settings.guarded.clone() };
    let is_secure = state.settings.public.is_secure();
    let routes = api::routes().merge(pages()).merge(assets()).with_state(state);
    let site = guard(routes, guarded);
    if !is_secure {
        return site;
    }
    let year = HeaderValue::from_static("max-age=31536000");
    site.layer(SetResponseHeaderLayer::overriding(header::STRICT_TRANSPORT_SECURITY, year))
}

fn pages() -> Router<AppState> {
    let fresh = HeaderValue::from_static("private, no-cache");
    catalog::pages::routes()
        .merge(cart::pages::routes())
        .merge(notices::pages::routes())
        .merge(orders::pages::routes())
        .merge(people::pages::routes())
        .merge(reviews::pages::routes())
        .merge(selling::pages::routes())
        .merge(running::pages::routes())
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, fresh))
}
