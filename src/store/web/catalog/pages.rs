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

/// A number as people read it: 12,345.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if number < 0 { format!("-{grouped}") } else { grouped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1_000, -1_234_567].map(grouped), ["0", "999", "1,000", "-1,234,567"]);
    }
}
