//! Running the shop, for admins themselves.

mod actors;
mod messages;
mod overview;
mod warehouses;
mod world;

pub use warehouses::in_world;
pub use world::{SLIDER_MAX, slider_place};

use axum::Router;
use jiff::Timestamp;

use crate::store::web::AppState;

pub fn routes() -> Router<AppState> {
    overview::routes()
        .merge(warehouses::routes())
        .merge(world::routes())
        .merge(messages::routes())
        .merge(actors::routes())
}

/// A moment to the second, in UTC; a dash where there was none.
pub fn moment(at: &Option<Timestamp>) -> String {
    at.map_or_else(|| "–".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// A moment to the millisecond.
pub fn precise(at: &Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// So many seconds in words.
pub fn age(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        86_400.. => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        assert_eq!([0, 59, 60, 7_200, 200_000].map(age), ["0 s", "59 s", "1 min", "2 h", "2 d"]);
    }
}
