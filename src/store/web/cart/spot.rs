//! The map on which a buyer clicks to say where to.
//!
//! It is a picture of fixed size in a form: without scripts a browser sends the point that
//! was clicked, and the chart tells which place that is.

use std::fmt::Write;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use crate::{
    basis::Point,
    store::web::{
        AppState,
        chart::{Chart, SIDE},
        orders::depots::{self, Depot},
    },
    web::{Params, Problem},
};

/// The place that is marked, where one is.
#[derive(Debug, Default, Deserialize)]
pub struct Marked {
    x: Option<i32>,
    y: Option<i32>,
}

/// What part of the grid the map shows: the same for everybody.
pub fn chart<'a>(depots: impl IntoIterator<Item = &'a Depot>) -> Chart {
    Chart::around(depots.into_iter().map(|depot| depot.at))
}

/// The place that was clicked; None: the map was used by keyboard, which says no point.
pub fn clicked(chart: &Chart, x: &str, y: &str) -> Option<Point> {
    let pixel = |text: &str| text.parse::<u16>().ok().map(f64::from);
    let (x, y) = (pixel(x)?, pixel(y)?);
    let is_on_it = x <= SIDE && y <= SIDE && (x, y) != (0.0, 0.0);
    is_on_it.then(|| chart.place(x, y))
}

pub async fn map(
    State(state): State<AppState>,
    Params(Marked { x, y }): Params<Marked>,
) -> Result<Response, Problem> {
    let depots: Vec<Depot> = depots::all(&state).await?.into_values().collect();
    let marked = x.zip(y).map(|(x, y)| Point::new(x, y));
    let headers =
        [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "private, max-age=60")];
    Ok((headers, draw(&depots, marked)).into_response())
}

/// The colours of [`draw`] on a dark page, whose scheme a picture in it knows.
const DARK: &str = "@media (prefers-color-scheme: dark) {
.paper{fill:#14191a}.lines{stroke:#344042}.numbers{fill:#a0adab}.depots path{fill:#e8ecea}.depots text{fill:#14191a}
.pin path{fill:#ff9d98;stroke:#14191a}.pin circle{fill:#14191a}}";

fn draw(depots: &[Depot], marked: Option<Point>) -> String {
    let chart = chart(depots);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}" font-family="system-ui, sans-serif" font-size="11"><style>{DARK}</style><rect class="paper" width="{SIDE}" height="{SIDE}" fill="#eef3ef"/><g class="lines" stroke="#cdd8d2">"##
    );
    // Writing to a text does not fail.
    for line in chart.columns() {
        let _ = write!(svg, r#"<path d="M{} 0V{SIDE}"/>"#, line.at);
    }
    for line in chart.rows() {
        let _ = write!(svg, r#"<path d="M0 {}H{SIDE}"/>"#, line.at);
    }
    svg.push_str(r##"</g><g class="numbers" fill="#5b6a6c">"##);
    for line in chart.columns() {
        let _ =
            write!(svg, r#"<text x="{}" y="{}">{}</text>"#, line.at + 3.0, SIDE - 4.0, line.number);
    }
    for line in chart.rows() {
        let _ = write!(svg, r#"<text x="3" y="{}">{}</text>"#, line.at - 3.0, line.number);
    }
    svg.push_str(r##"</g><g class="depots" fill="#1f2a2c">"##);
    for depot in depots {
        let (x, y) = chart.point(depot.at);
        let _ = write!(
            svg,
            r##"<g transform="translate({x} {y})"><path d="M-9 9V-3L0 -10L9 -3V9Z"/><text y="6" text-anchor="middle" fill="#ffffff" font-size="10">{}</text></g>"##,
            depot.id
        );
    }
    svg.push_str("</g>");
    if let Some((x, y)) = marked.filter(|place| chart.shows(*place)).map(|it| chart.point(it)) {
        let _ = write!(
            svg,
            r##"<g class="pin" transform="translate({x} {y})"><path d="M0 0C-3 -8 -9 -10 -9 -17A9 9 0 0 1 9 -17C9 -10 3 -8 0 0Z" fill="#a3262a" stroke="#ffffff" stroke-width="1.5"/><circle cy="-17" r="3.5" fill="#ffffff"/></g>"##
        );
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basis::WarehouseId;

    fn depot(id: i32, x: i32, y: i32) -> Depot {
        Depot {
            id: WarehouseId(id),
            name: "<North>".to_owned(),
            at: Point::new(x, y),
            active: true,
        }
    }

    #[test]
    fn a_click_on_a_warehouse_is_its_place() {
        let depots = [depot(1, -50, 20), depot(2, 40, -30)];
        let chart = chart(&depots);
        let (x, y) = chart.point(Point::new(40, -30));
        let spot = clicked(&chart, &format!("{x:.0}"), &format!("{y:.0}")).unwrap();
        assert!(spot.distance(Point::new(40, -30)) <= 1, "{spot:?}");
    }

    #[test]
    fn what_is_no_point_of_the_map_is_no_place() {
        let chart = chart(&[depot(1, 0, 0)]);
        for (x, y) in [("", ""), ("0", "0"), ("-1", "5"), ("5", "321"), ("a", "5"), ("1e3", "5")] {
            assert_eq!(clicked(&chart, x, y), None, "{x}, {y}");
        }
    }

    #[test]
    fn a_place_is_marked_where_the_map_shows_it() {
        let depots = [depot(1, 0, 0)];
        let pins = |marked| draw(&depots, marked).matches(r#"class="pin""#).count();
        assert_eq!(pins(None), 0);
        assert_eq!(pins(Some(Point::new(3, 4))), 1);
        assert_eq!(pins(Some(Point::new(30_000, 4))), 0);
    }
}
