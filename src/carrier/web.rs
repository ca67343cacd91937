//! The carrier's door: entrances for stores in the dialect; accounts and tracking for people.
//!
//! What a message means is for the models; here it is let in and answered.

mod addresses;
mod api;
mod entrances;
mod frame;
mod notices;
mod packages;
pub mod people;
mod roles;
mod staff;
mod tracking;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderValue, header},
    response::Redirect,
    routing::get,
};
use tower_http::set_header::SetResponseHeaderLayer;

use self::{packages::Questions, people::Sessions, roles::Visitor, staff::FleetLive};
use super::{edge::CarrierEdge, model::Carrier};
use crate::{
    db::Db,
    runtime::{Admission, Service},
    web::{
        Guarded, Hosts, PublicUrl, Wording, assets,
        bells::Bells,
        guard, guard_part,
        people::{EntrySettings, Proving, caller::Fronted},
        running::live::FOLLOWERS_MAX,
    },
    wire::signature::Keys,
};

/// Batches that are under way at once; a store of ours posts one at a time.
const BATCHES_AT_ONCE_MAX: usize = 16;

/// People who watch a shipment at once; a further one has to reload.
const WATCHERS_MAX: usize = 512;

/// How the carrier stands towards the public.
#[derive(Debug, Clone)]
pub struct PublicSettings {
    /// As people reach it, the usual one first; none: only from this machine, or by numbers.
    pub urls: Vec<PublicUrl>,
    /// Proxies of ours in front, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: usize,
    /// None: no limits.
    pub limits: Option<EntrySettings>,
}

impl Default for PublicSettings {
    fn default() -> Self {
        Self { urls: Vec::new(), trusted_proxies: 0, limits: Some(EntrySettings::default()) }
    }
}

impl PublicSettings {
    fn is_secure(&self) -> bool {
        self.urls.first().is_some_and(|url| url.is_secure)
    }
}

/// What the routes need; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    db: Db,
    service: Service<Carrier>,
    edge: Arc<CarrierEdge>,
    messages_max: usize,
    messages: Admission,
    batches: Admission,
    watchers: Admission,
    sessions: Sessions,
    proving: Proving,
    public: Arc<PublicSettings>,
    bells: Bells,
    questions: Questions,
    /// Those of the staff who follow the fleet, and those who follow something else.
    fleet: FleetLive,
    followers: Admission,
}

impl AppState {
    /// Must be called within the runtime: it starts to watch the shipments.
    pub(super) fn new(
        db: Db,
        service: Service<Carrier>,
        edge: Arc<CarrierEdge>,
        messages_max: usize,
        (proving, public): (Proving, PublicSettings),
    ) -> Self {
        let (messages, batches) =
            (Admission::new(messages_max), Admission::new(BATCHES_AT_ONCE_MAX));
        let watchers = Admission::new(WATCHERS_MAX);
        let sessions = Sessions::new(db.clone());
        let (public, bells) = (Arc::new(public), Bells::default());
        notices::writer::start(db.clone(), bells.clone(), edge.changes());
        Self {
            db,
            service,
            edge,
            messages_max,
            messages,
            batches,
            watchers,
            sessions,
            proving,
            public,
            bells,
            questions: Questions::default(),
            fleet: FleetLive::default(),
            followers: Admission::new(FOLLOWERS_MAX),
        }
    }
}

impl Fronted for AppState {
    fn trusted_proxies(&self) -> usize {
        self.public.trusted_proxies
    }

    fn is_secure(&self) -> bool {
        self.public.is_secure()
    }
}

/// Every route of the carrier. With keys its entrances take only what is signed.
pub(super) fn router(state: AppState, keys: Keys) -> Router {
    let wording = Wording::Problem { page: Some(frame::problem_page) };
    // Stores may call the carrier what they like; people's browsers keep its cookies.
    let hosts = Hosts::only(&state.public.urls);
    let mut site = guard(
        api::routes().merge(pages()).merge(assets()),
        Guarded { wording, hosts, ..Guarded::default() },
    );
    if state.public.is_secure() {
        let year = HeaderValue::from_static("max-age=31536000");
        site =
            site.layer(SetResponseHeaderLayer::overriding(header::STRICT_TRANSPORT_SECURITY, year));
    }
    let tracking = guard_part(api::tracking_routes(), Guarded { wording, ..Guarded::default() });
    let entrances = entrances::routes(state.messages_max, keys, state.edge.tap());
    site.merge(tracking).merge(entrances).with_state(state)
}

fn pages() -> Router<AppState> {
    let fresh = HeaderValue::from_static("private, no-cache");
    tracking::routes()
        .merge(packages::pages::routes())
        .merge(addresses::pages::routes())
        .merge(notices::pages::routes())
        .merge(people::pages::routes())
        .merge(staff::pages::routes())
        .route("/", get(home))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, fresh))
}

/// To one's packages, or to whoever has only a number.
async fn home(Visitor(person): Visitor) -> Redirect {
    Redirect::to(if person.is_some() { "/packages" } else { "/track" })
}
