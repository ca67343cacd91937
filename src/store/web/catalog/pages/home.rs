//! Home: what sells most, what is new, and the ways into the catalog.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    basis::ProductId,
    store::web::{
        AppState,
        catalog::{
            filters::{Query, address},
            products::{self, Card},
            search::{self, Wanted},
            sorting::Sort,
        },
        frame::Frame,
    },
    web::{self, Params, Problem},
};

const SHOWN: i64 = 8;

#[derive(Template)]
#[template(path = "store/home.html")]
struct HomePage {
    frame: Frame,
    categories: Vec<(String, ProductId)>,
    popular: Vec<Card>,
    newest: Vec<Card>,
}

pub async fn home(
    State(state): State<AppState>,
    frame: Frame,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    // The catalog was here once, and links to its parts are kept.
    let (wanted, _) = query.read()?;
    if wanted != Wanted::default() {
        return Ok(Redirect::permanent(&address(&wanted, None)).into_response());
    }
    let client = state.db.client().await?;
    let sorted = |sort| Wanted { sort: Some(sort), ..Wanted::default() };
    let popular = search::find(&client, &sorted(Sort::Popular), None, SHOWN).await?.cards;
    let newest = search::find(&client, &sorted(Sort::Newest), None, SHOWN).await?.cards;
    let categories = products::categories(&client).await?;
    drop(client);
    Ok(web::page(&HomePage { frame, categories, popular, newest }))
}
