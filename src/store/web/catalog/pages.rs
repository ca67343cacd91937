//! The catalog, a product, its picture.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    picture,
    products::{self, Product, Wanted},
};

use crate::{
    basis::ListingId,
    store::web::{
        AppState,
        frame::{Frame, form_encoded},
        orders::buying::{self, BuyForm},
    },
    web::{self, Kind, Params, PathId, Problem},
};

const PAGE: i64 = 24;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(catalog))
        .route("/products/{id}", get(product).post(buying::buy))
        .route("/products/{id}/picture.svg", get(picture_of))
}

#[derive(Debug, Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
    category: Option<String>,
    after: Option<i64>,
}

#[derive(Template)]
#[template(path = "store/catalog.html")]
struct CatalogPage {
    frame: Frame,
    categories: Vec<String>,
    category: Option<String>,
    q: String,
    products: Vec<Product>,
    first: bool,
    next: Option<String>,
}

impl CatalogPage {
    fn is_current(&self, category: &str) -> bool {
        self.category.as_deref() == Some(category)
    }
}

pub async fn catalog(
    State(state): State<AppState>,
    frame: Frame,
    Params(search): Params<Search>,
) -> Result<Response, Problem> {
    let category = search.category.filter(|category| !category.is_empty());
    let after = search.after.unwrap_or(0);
    let q: String = search.q.chars().take(200).collect();
    let wanted = Wanted { after, category: category.clone(), words: q.clone(), limit: PAGE };
    let (products, next) = products::find(&state, &wanted).await?;
    let categories = products::categories(&state).await?;
    let next = next.map(|after| address(category.as_deref(), &q, Some(after)));
    Ok(web::page(&CatalogPage {
        frame,
        categories,
        category,
        q,
        products,
        first: after == 0,
        next,
    }))
}

/// The catalog's address for a part of it: always the same for the same part.
pub fn address(category: Option<&str>, q: &str, after: Option<i64>) -> String {
    let category = category.map(|category| format!("category={}", form_encoded(category)));
    let q = (!q.is_empty()).then(|| format!("q={}", form_encoded(q)));
    let after = after.map(|after| format!("after={after}"));
    let parts: Vec<_> = [category, q, after].into_iter().flatten().collect();
    if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&")) }
}

#[derive(Template)]
#[template(path = "store/product.html")]
pub struct ProductPage {
    pub frame: Frame,
    pub product: Product,
    pub form: BuyForm,
    pub problem: Option<Problem>,
}

impl ProductPage {
    fn is_chosen(&self, listing: &ListingId) -> bool {
        self.form.listing_id == listing.to_string()
    }
}

pub async fn product(
    State(state): State<AppState>,
    frame: Frame,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let product = find(&state, id).await?;
    let form = BuyForm::fresh(&product);
    Ok(web::page(&ProductPage { frame, product, form, problem: None }))
}

pub async fn find(state: &AppState, id: i64) -> Result<Product, Problem> {
    let nothing =
        || Problem::new(Kind::NotFound, "There is no such product. The catalog has what there is.");
    products::find_one(state, id).await?.ok_or_else(nothing)
}

pub async fn picture_of(
    State(state): State<AppState>,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let nothing = || Problem::new(Kind::NotFound, "There is no such product.");
    let sitter = products::sitter(&state, id).await?.ok_or_else(nothing)?;
    let headers =
        [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")];
    Ok((headers, picture::draw(&sitter)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_catalog_has_one_address() {
        assert_eq!(address(None, "", None), "/");
        assert_eq!(
            address(Some("Home & light"), "two words", Some(7)),
            "/?category=Home%20%26%20light&q=two%20words&after=7"
        );
    }
}
