//! The world's page: how things stand, which world, how fast, what is not acked.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::overview::After;
use crate::{
    store::{
        model::outputs::LinkName,
        web::{
            AppState,
            caller::Caller,
            frame::Frame,
            people::sessions::Person,
            roles::SignedAdmin,
            running::{
                peers::Unacked,
                world::{self, Connection, Speed, WorldView},
            },
        },
    },
    web::{self, Closing, FormBody, Kind, Params, Problem, running::live},
};

const PATH: &str = "/admin/world";

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/world", get(show).post(steer))
        .route("/admin/world/events", get(events))
}

#[derive(Template)]
#[template(path = "store/admin/world.html")]
struct WorldPage {
    frame: Frame,
    world: WorldView,
    unacked: Vec<Unacked>,
    next: Option<i64>,
    path: &'static str,
    form: WorldForm,
    /// The change of worlds that has to be confirmed.
    is_unconfirmed: bool,
    problem: Option<Problem>,
}

/// The part of the page that is kept current.
#[derive(Template)]
#[template(path = "store/admin/world_status.html")]
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
    confirmed: String,
    #[serde(default)]
    simspeed: String,
    /// Tenths of the power of ten.
    #[serde(default)]
    slider: String,
}

async fn show(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
    Params(After { after }): Params<After>,
) -> Result<Response, Problem> {
    page(&state, frame, after, WorldForm::default(), None).await
}

async fn page(
    state: &AppState,
    frame: Frame,
    after: Option<i64>,
    form: WorldForm,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    let world = world::find(state).await?;
    let (unacked, next) = world::unacked(state, LinkName::World, after, 50).await?;
    let may_leave = world.packages_in_world == 0 && world.world_id.is_some();
    let is_unconfirmed = may_leave && form.is_change() && problem.is_some();
    let is_unconfirmed = is_unconfirmed && form.confirmed.is_empty();
    let path = PATH;
    Ok(web::page(&WorldPage { frame, world, unacked, next, path, form, is_unconfirmed, problem }))
}

async fn steer(
    State(state): State<AppState>,
    SignedAdmin { person, frame }: SignedAdmin,
    caller: Caller,
    FormBody(form): FormBody<WorldForm>,
) -> Result<Response, Problem> {
    match form.steer(&state, &person, &caller).await {
        Ok(()) => Ok(Redirect::to(PATH).into_response()),
        Err(problem) => {
            let status = problem.status();
            let page = page(&state, frame, None, form, Some(problem)).await?;
            Ok((status, page).into_response())
        }
    }
}

impl WorldForm {
    fn is_change(&self) -> bool {
        matches!(self.act.as_str(), "join" | "new")
    }

    async fn steer(
        &self,
        state: &AppState,
        person: &Person,
        caller: &Caller,
    ) -> Result<(), Problem> {
        let leave_present = self.confirmed == "yes";
        let to = |world_id, new_world| Connection { world_id, new_world, leave_present };
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
            "slide" => {
                let simspeed = Some(slid(whole("slider", &self.slider)?)?);
                world::set_speed(state, person, caller, Speed { simspeed }).await
            }
            "leave_speed" => {
                world::set_speed(state, person, caller, Speed { simspeed: None }).await
            }
            _ => Err(Problem::new(Kind::BadRequest, "This form is not one of the page's.")),
        }
    }
}

fn whole(field: &str, text: &str) -> Result<i64, Problem> {
    let wrong = |_| Problem::invalid_field(field, "must be a whole number");
    text.trim().parse().map_err(wrong)
}

/// The speed of a place of the slider: ten steps are ten times as fast.
fn slid(place: i64) -> Result<i64, Problem> {
    let tenths = u8::try_from(place).ok().filter(|it| *it <= SLIDER_MAX);
    let tenths = tenths.ok_or_else(|| {
        Problem::invalid_field("slider", format!("must be from 0 to {SLIDER_MAX}"))
    })?;
    Ok(10_f64.powf(f64::from(tenths) / 10.0).round() as i64)
}

/// Of the slider: 10 million.
pub const SLIDER_MAX: u8 = 70;

/// Where the slider is for a speed.
pub fn slider_place(speed: &Option<u32>) -> u32 {
    let tenths = (f64::from(speed.unwrap_or(100).max(1)).log10() * 10.0).round();
    (tenths as u32).min(u32::from(SLIDER_MAX))
}

/// The status, as it changes.
async fn events(
    State(state): State<AppState>,
    SignedAdmin { .. }: SignedAdmin,
    closing: Closing,
) -> Result<Response, Problem> {
    let followers = state.admin_followers.clone();
    live::part(&followers, state, closing, |state| async move {
        let world = world::find(&state).await.ok()?;
        StatusPart { world: &world }.render().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slider_goes_from_one_to_ten_million_and_back() {
        assert_eq!((slid(0).unwrap(), slid(20).unwrap(), slid(70).unwrap()), (1, 100, 10_000_000));
        assert!(slid(71).is_err() && slid(-1).is_err());
        for tenths in 0..=i64::from(SLIDER_MAX) {
            // The slowest speeds are whole numbers that lie far apart on the slider.
            let speed = u32::try_from(slid(tenths).unwrap()).unwrap();
            assert_eq!(slid(slider_place(&Some(speed)).into()).unwrap(), i64::from(speed));
        }
    }
}
