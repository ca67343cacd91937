//! The pages of the catalog: home, what was searched for, a product, a seller.

mod home;
mod list;
pub mod product;
mod seller;

use axum::{Router, routing::get};

pub use super::filters::category;
use crate::store::web::{AppState, orders::buying};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(home::home))
        .route("/catalog", get(list::list))
        .route("/products/{id}", get(product::product).post(buying::buy))
        .route("/products/{id}/picture.svg", get(product::picture_of))
        .route("/sellers/{id}", get(seller::seller))
}
