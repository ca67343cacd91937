//! How a seller is doing, at a glance.

use askama::Template;
use axum::response::Response;

use crate::{
    basis::{Cents, SellerId},
    store::web::{
        AppState,
        frame::Frame,
        selling::{
            figures::{self, COUNT_MAX, Day, Figures, Period},
            sellers::{self, SellerView},
        },
    },
    web::{
        self, Problem,
        plot::{Bar, Plot},
    },
};

#[derive(Template)]
#[template(path = "store/selling/dashboard.html")]
struct DashboardPage {
    frame: Frame,
    seller: SellerView,
    figures: Figures,
    days: i64,
    plot: Plot,
}

impl DashboardPage {
    fn is_chosen(&self, days: i64) -> bool {
        self.days == days
    }

    /// A count that ended at its bound is at least that.
    fn count(count: i64) -> String {
        if count >= COUNT_MAX { format!("{COUNT_MAX} or more") } else { count.to_string() }
    }
}

pub async fn show(
    state: &AppState,
    frame: Frame,
    seller: SellerId,
    period: Period,
) -> Result<Response, Problem> {
    let days = period.days()?;
    let figures = figures::find(state, seller, days).await?;
    let seller = sellers::find(state, seller).await?;
    let plot = plot(&figures);
    Ok(web::page(&DashboardPage { frame, seller, figures, days, plot }))
}

fn plot(figures: &Figures) -> Plot {
    let bar = |day: &Day| Bar {
        name: day.day.strftime("%b %-d").to_string(),
        value: day.revenue_cents.0,
        words: day.revenue_cents.to_string(),
    };
    let count = figures.days.len();
    let best = figures.days.iter().max_by_key(|day| day.revenue_cents);
    let best = best.filter(|day| day.revenue_cents > Cents(0)).map(|day| {
        format!(" The best day was {} with {}.", day.day.strftime("%B %-d"), day.revenue_cents)
    });
    let summary = format!(
        "Bars of the last {count} days; together {}.{}",
        figures.revenue_cents,
        best.unwrap_or_default()
    );
    let title = "Revenue by day".to_owned();
    let bars = figures.days.iter().map(bar).collect();
    Plot::new("revenue", title, summary, ["Day (UTC)", "Revenue"], bars, short)
}

/// Cents in few letters: $350, $1.2k, $2M.
fn short(cents: i64) -> String {
    let dollars = cents as f64 / 100.0;
    let (amount, unit) = match dollars {
        d if d >= 1e9 => (d / 1e9, "B"),
        d if d >= 1e6 => (d / 1e6, "M"),
        d if d >= 1e3 => (d / 1e3, "k"),
        d => (d, ""),
    };
    let places = if amount.fract() == 0.0 {
        0
    } else if unit.is_empty() {
        2
    } else {
        1
    };
    format!("${amount:.places$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_on_the_scale_are_short() {
        let words = [0, 1, 50, 100, 35_000, 120_000, 200_000, 250_000_000, i64::MAX].map(short);
        let short = ["$0", "$0.01", "$0.50", "$1", "$350", "$1.2k", "$2k", "$2.5M"];
        assert_eq!(words[..8], short.map(str::to_owned));
        assert!(words[8].len() < 16, "{}", words[8]);
    }
}
