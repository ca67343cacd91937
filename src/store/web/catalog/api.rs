//! The catalog, for programs.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    products::{self, Holding, Product},
    search::{self, Wanted},
    sellers::{self, Seller},
    sorting::Sort,
};
use crate::{
    basis::{Cents, SellerId},
    store::web::AppState,
    web::{Kind, Params, Part, PathId, Problem, ProblemBody},
};

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(product))
        .routes(routes!(categories))
        .routes(routes!(seller))
}

/// Products, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
struct Products {
    items: Vec<Product>,
    /// The cursor of the next part; null at the end.
    next: Option<String>,
}

/// Which products, and in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// Words, in any order; each is the beginning of one in name, category or description. Case
    /// and accents do not matter.
    #[serde(default)]
    #[param(example = "creme pot", max_length = 200)]
    q: String,
    /// The name of a category.
    #[param(example = "Kitchen", max_length = 200)]
    category: Option<String>,
    #[param(minimum = 0)]
    price_min_cents: Option<i64>,
    #[param(minimum = 0)]
    price_max_cents: Option<i64>,
    /// Stars on average.
    #[param(minimum = 1, maximum = 5)]
    rating_min: Option<u8>,
    /// Only what lies in a warehouse.
    #[serde(default)]
    in_stock: bool,
    /// Only what this seller offers.
    seller_id: Option<i64>,
    /// By relevance where there are words, else what sells most first. A cursor holds for the
    /// order that it came from; in the order of the newest no part is seen twice or missed,
    /// whatever is sold meanwhile.
    #[param(inline)]
    sort: Option<Sort>,
}

impl Filters {
    fn check(self) -> Result<Wanted, Problem> {
        let wrong = |words: &str| Err(Problem::new(Kind::BadRequest, words));
        if self.q.chars().count() > 200 {
            return wrong("q must have at most 200 characters.");
        }
        if self.category.as_ref().is_some_and(|category| category.chars().count() > 200) {
            return wrong("category must have at most 200 characters.");
        }
        if self.price_min_cents.is_some_and(|cents| cents < 0)
            || self.price_max_cents.is_some_and(|cents| cents < 0)
        {
            return wrong("A price must not be negative.");
        }
        if self.rating_min.is_some_and(|stars| !(1..=5).contains(&stars)) {
            return wrong("rating_min must be a number from 1 to 5.");
        }
        Ok(Wanted {
            words: self.q,
            category: self.category,
            price_min: self.price_min_cents.map(Cents),
            price_max: self.price_max_cents.map(Cents),
            rating_min: self.rating_min,
            in_stock: self.in_stock,
            seller: self.seller_id.map(SellerId),
            sort: self.sort,
        })
    }
}

/// What is for sale
#[utoipa::path(get, path = "/api/v1/products", tag = "catalog", params(Filters, Part),
    responses(
        (status = 200, description = "Products with their offers", body = Products),
        (status = 400, description = "A parameter is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn list(
    State(state): State<AppState>,
    Params(filters): Params<Filters>,
    Params(part): Params<Part>,
) -> Result<Json<Products>, Problem> {
    let (wanted, after, limit) = (filters.check()?, part.cursor()?, part.limit()?);
    let client = state.db.client().await?;
    let found = search::find(&client, &wanted, after, limit).await?;
    let items = products::with_offers(&state, &client, found.cards).await?;
    Ok(Json(Products { items, next: found.next.map(|next| next.to_string()) }))
}

/// A product, and where it lies.
#[derive(Debug, Serialize, ToSchema)]
struct ProductDetail {
    #[serde(flatten)]
    product: Product,
    /// The warehouses that have some, the fullest first.
    warehouses: Vec<Holding>,
}

/// One product
#[utoipa::path(get, path = "/api/v1/products/{id}", tag = "catalog",
    params(("id" = i64, Path, description = "The product's id")),
    responses(
        (status = 200, description = "The product with its offers", body = ProductDetail),
        (status = 404, description = "There is no such product", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn product(
    State(state): State<AppState>,
    PathId(id): PathId,
) -> Result<Json<ProductDetail>, Problem> {
    let product = products::find_one(&state, id).await?;
    let warehouses = products::holdings(&state, &product).await?;
    Ok(Json(ProductDetail { product, warehouses }))
}

/// The categories, by name.
#[derive(Debug, Serialize, ToSchema)]
struct Categories {
    /// 200 at most.
    #[schema(example = json!(["Crèmes & soaps", "Kitchen"]))]
    items: Vec<String>,
}

/// Categories with something for sale
#[utoipa::path(get, path = "/api/v1/categories", tag = "catalog",
    responses((status = 200, description = "Their names", body = Categories)))]
async fn categories(State(state): State<AppState>) -> Result<Json<Categories>, Problem> {
    let client = state.db.client().await?;
    let items = products::categories(&client).await?;
    Ok(Json(Categories { items: items.into_iter().map(|(name, _)| name).collect() }))
}

/// One seller
#[utoipa::path(get, path = "/api/v1/sellers/{id}", tag = "catalog",
    params(("id" = i64, Path, description = "The seller's id")),
    responses(
        (status = 200, description = "The seller", body = Seller),
        (status = 404, description = "There is no such seller", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn seller(
    State(state): State<AppState>,
    PathId(id): PathId,
) -> Result<Json<Seller>, Problem> {
    Ok(Json(sellers::find(&state, SellerId(id)).await?))
}
