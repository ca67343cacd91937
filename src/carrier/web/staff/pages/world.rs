//! The world's page: how things stand, which world, how fast, what is not acked; and the store's.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::fleet::whole;
use crate::{
    carrier::{
        model::LinkName,
        web::{
            AppState,
            frame::Frame,
            people::Person,
            roles::SignedStaff,
            staff::{
                peers::{self, StoreView, Unacked},
                world::{self, Connection, Speed, WorldView},
            },
        },
    },
    web::{self, Closing, FormBody, Kind, Params, Problem, people::Caller, running::live},
};

const PATH: &str = "/staff/world";
const SHOWN: i64 = 50;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/world", get(show).post(steer))
        .route("/staff/world/events", get(events))
        .route("/staff/store", get(store))
}

#[derive(Template)]
#[template(path = "carrier/staff/world.html")]
struct WorldPage {
    frame: Frame,
    world: WorldView,
    unacked: Vec<Unacked>,
    next: Option<i64>,
    path: &'static str,
    form: WorldForm,
    problem: Option<Problem>,
}

/// The part of the page that is kept current.
#[derive(Template)]
#[template(path = "carrier/staff/world_status.html")]
struct StatusPart<'a> {
    world: &'a WorldView,
}

/// One of the page's forms, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
struct WorldForm {
    #[serde(default, rename = "do")]
    act: String,
    #[serde(default)]
    world_id: String,
    #[serde(default)]
    simspeed: String,
}

/// Where to go on in a list of what is not acked.
#[derive(Debug, Deserialize)]
struct After {
    after: Option<i64>,
}

async fn show(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
    Params(After { after }): Params<After>,
) -> Result<Response, Problem> {
    Ok(web::page(&page(&state, frame, after, WorldForm::default(), None).await?))
}

async fn page(
    state: &AppState,
    frame: Frame,
    after: Option<i64>,
    form: WorldForm,
    problem: Option<Problem>,
) -> Result<WorldPage, Problem> {
    let world = world::find(state).await?;
    let (unacked, next) = peers::unacked(state, LinkName::World, after, SHOWN).await?;
    Ok(WorldPage { frame, world, unacked, next, path: PATH, form, problem })
}

async fn steer(
    State(state): State<AppState>,
    SignedStaff { person, frame }: SignedStaff,
    caller: Caller,
    FormBody(form): FormBody<WorldForm>,
) -> Result<Response, Problem> {
    match form.steer(&state, &person, &caller).await {
        Ok(()) => Ok(Redirect::to(PATH).into_response()),
        Err(problem) => {
            let told = Some(problem.clone());
            Ok(web::refused(&problem, &page(&state, frame, None, form, told).await?))
        }
    }
}

impl WorldForm {
    async fn steer(
        &self,
        state: &AppState,
        person: &Person,
        caller: &Caller,
    ) -> Result<(), Problem> {
        let to = |world_id, new_world| Connection { world_id, new_world };
        match self.act.as_str() {
            "connect" => world::connect(state, person, caller, to(None, false)).await,
            "join" => {
                let world = Some(whole("world_id", &self.world_id)?);
                world::connect(state, person, caller, to(world, false)).await
            }
            "new" => world::connect(state, person, caller, to(None, true)).await,
            "disconnect" => world::disconnect(state, person, caller).await,
            "speed" => {
                let simspeed = Some(whole("simspeed", &self.simspeed)?);
                world::set_speed(state, person, caller, Speed { simspeed }).await
            }
            "leave_speed" => {
                world::set_speed(state, person, caller, Speed { simspeed: None }).await
            }
            _ => Err(Problem::new(Kind::BadRequest, "This form is not one of the page's.")),
        }
    }
}

/// The status, as it changes.
async fn events(
    State(state): State<AppState>,
    SignedStaff { .. }: SignedStaff,
    closing: Closing,
) -> Result<Response, Problem> {
    let followers = state.followers.clone();
    live::part(&followers, state, closing, |state| async move {
        let world = world::find(&state).await.ok()?;
        StatusPart { world: &world }.render().ok()
    })
}

#[derive(Template)]
#[template(path = "carrier/staff/store.html")]
struct StorePage {
    frame: Frame,
    store: StoreView,
    unacked: Vec<Unacked>,
    next: Option<i64>,
    path: &'static str,
}

async fn store(
    State(state): State<AppState>,
    SignedStaff { frame, .. }: SignedStaff,
    Params(After { after }): Params<After>,
) -> Result<Response, Problem> {
    let store = peers::store(&state).await?;
    let (unacked, next) = peers::unacked(&state, LinkName::Store, after, SHOWN).await?;
    Ok(web::page(&StorePage { frame, store, unacked, next, path: "/staff/store" }))
}
