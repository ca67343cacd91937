//! The catalog: what was searched for, a page at a time.

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{
    basis::SellerId,
    store::web::{
        AppState,
        catalog::{
            filters::{Chip, Query, address, chips, typed},
            products::{self, Card},
            search::{self, COUNT_MAX, Wanted},
            sellers,
            sorting::Sort,
        },
        frame::Frame,
    },
    web::{self, Params, Problem, words},
};

const PAGE: i64 = 24;

#[derive(Template)]
#[template(path = "store/catalog.html")]
struct CatalogPage {
    frame: Frame,
    wanted: Wanted,
    categories: Vec<String>,
    chips: Vec<Chip>,
    cards: Vec<Card>,
    count: i64,
    is_first: bool,
    next: Option<String>,
}

impl CatalogPage {
    fn is_category(&self, category: &str) -> bool {
        self.wanted.category.as_deref() == Some(category)
    }

    fn is_sorted(&self, sort: &Sort) -> bool {
        self.wanted.order() == *sort
    }

    fn is_rated(&self, stars: &u8) -> bool {
        self.wanted.rating_min == Some(*stars)
    }

    /// The orders that make sense here.
    fn sorts(&self) -> Vec<(Sort, &'static str, &'static str)> {
        let has_words = !self.wanted.words.is_empty();
        let fits = |sort: Sort| sort != Sort::Relevance || has_words;
        Sort::ALL.into_iter().filter(|(sort, ..)| fits(*sort)).collect()
    }

    fn count_words(&self) -> String {
        match self.count {
            1 => "1 product".to_owned(),
            count if count > COUNT_MAX => format!("{}+ products", words::number(&COUNT_MAX)),
            count => format!("{} products", words::number(&count)),
        }
    }

    /// The same without filters.
    fn unfiltered(&self) -> String {
        address(&Wanted { words: self.wanted.words.clone(), ..Wanted::default() }, None)
    }

    fn has_filters(&self) -> bool {
        let words = usize::from(!self.wanted.words.is_empty());
        self.chips.len() > words
    }

    fn first(&self) -> String {
        address(&self.wanted, None)
    }

    fn title(&self) -> String {
        let category = self.wanted.category.clone();
        match (self.wanted.words.as_str(), category) {
            ("", None) => "Catalog".to_owned(),
            ("", Some(category)) => category,
            (words, None) => format!("Results for “{words}”"),
            (words, Some(category)) => format!("Results for “{words}” in {category}"),
        }
    }

    fn price_min(&self) -> String {
        typed(self.wanted.price_min)
    }

    fn price_max(&self) -> String {
        typed(self.wanted.price_max)
    }
}

pub async fn list(
    State(state): State<AppState>,
    frame: Frame,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    let (wanted, after) = query.read()?;
    let seller = seller_name(&state, wanted.seller).await?;
    let client = state.db.client().await?;
    let found = search::find(&client, &wanted, after, PAGE).await?;
    let count = match found.count {
        Some(count) => count,
        None => search::count(&client, &wanted).await?,
    };
    let categories = products::categories(&client).await?;
    drop(client);
    Ok(web::page(&CatalogPage {
        frame,
        categories: categories.into_iter().map(|(name, _)| name).collect(),
        chips: chips(&wanted, seller.as_deref()),
        cards: found.cards,
        count,
        is_first: after.is_none(),
        next: found.next.map(|next| address(&wanted, Some(next))),
        wanted,
    }))
}

/// None where there is no such seller: then nothing is found either.
async fn seller_name(
    state: &AppState,
    seller: Option<SellerId>,
) -> Result<Option<String>, Problem> {
    let Some(seller) = seller else { return Ok(None) };
    match sellers::find(state, seller).await {
        Ok(seller) => Ok(Some(seller.name)),
        Err(problem) if problem.status() == axum::http::StatusCode::NOT_FOUND => Ok(None),
        Err(problem) => Err(problem),
    }
}
