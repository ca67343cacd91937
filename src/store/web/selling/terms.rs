//! What a seller says of an offer, and its bounds.
//!
//! Nothing is kept here.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    basis::Cents,
    store::model::BUY_MAX,
    web::{FieldError, Problem, text},
};

pub const PRICE_CENTS_MAX: i64 = 100_000_000;
pub const LEVEL_MAX: i64 = 100_000;
pub const NAME_LENGTH_MAX: usize = 120;
pub const CATEGORY_LENGTH_MAX: usize = 60;
pub const DESCRIPTION_LENGTH_MAX: usize = 4_000;

/// A product that nobody has offered before.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewProduct {
    /// For ever: the world knows the product by it.
    #[schema(example = "Enamel stock pot", min_length = 1, max_length = 120)]
    pub name: String,
    #[schema(example = "Kitchen", min_length = 1, max_length = 60)]
    pub category: String,
    #[schema(example = "Holds six litres.", min_length = 1, max_length = 4000)]
    pub description: String,
}

/// Changes to a product of one's own; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ProductEdit {
    #[schema(example = "Kitchen", min_length = 1, max_length = 60)]
    pub category: Option<String>,
    #[schema(example = "Holds six litres.", min_length = 1, max_length = 4000)]
    pub description: Option<String>,
}

/// Changes to a listing; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ListingEdit {
    #[schema(example = 2499, minimum = 1, maximum = 100000000)]
    pub price_cents: Option<i64>,
    /// Whether warehouses buy by themselves.
    pub auto_reorder: Option<bool>,
    /// A warehouse with less than this left buys more ...
    #[schema(example = 40, minimum = 0, maximum = 100000)]
    pub reorder_level: Option<i64>,
    /// ... up to this; not below the level.
    #[schema(example = 200, minimum = 0, maximum = 1000000)]
    pub reorder_target: Option<i64>,
    /// False ends the offer, true starts it again.
    pub active: Option<bool>,
}

/// A listing's changes, each within its bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    pub price_cents: Option<i64>,
    pub auto_reorder: Option<bool>,
    pub reorder_level: Option<i32>,
    pub reorder_target: Option<i32>,
    pub active: Option<bool>,
}

impl NewProduct {
    /// Itself in order, or what is wrong with which field.
    pub fn check(self, errors: &mut Vec<FieldError>) -> Self {
        let mut read = |field: &str, read: Result<String, String>| {
            read.unwrap_or_else(|detail| {
                errors.push(FieldError { field: field.to_owned(), detail });
                String::new()
            })
        };
        Self {
            name: read("name", text::line(&self.name, NAME_LENGTH_MAX)),
            category: read("category", text::line(&self.category, CATEGORY_LENGTH_MAX)),
            description: read(
                "description",
                text::paragraphs(&self.description, DESCRIPTION_LENGTH_MAX),
            ),
        }
    }
}

impl ProductEdit {
    pub fn check(self) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut read = |field: &str, read: Option<Result<String, String>>| {
            let complaint = |detail| FieldError { field: field.to_owned(), detail };
            read.and_then(|read| read.map_err(|detail| errors.push(complaint(detail))).ok())
        };
        let category = self.category.map(|text| text::line(&text, CATEGORY_LENGTH_MAX));
        let description = self.description.map(|it| text::paragraphs(&it, DESCRIPTION_LENGTH_MAX));
        let checked = Self {
            category: read("category", category),
            description: read("description", description),
        };
        if errors.is_empty() { Ok(checked) } else { Err(Problem::invalid(errors)) }
    }
}

impl ListingEdit {
    pub fn check(self, errors: &mut Vec<FieldError>) -> Terms {
        let mut within = |field: &str, value: Option<i64>, min: i64, max: i64| {
            let value = value?;
            if (min..=max).contains(&value) {
                return Some(value);
            }
            let detail = match field {
                "price_cents" => format!("must be from {} to {}", Cents(1), Cents(PRICE_CENTS_MAX)),
                _ => format!("must be a whole number from {min} to {max}"),
            };
            errors.push(FieldError { field: field.to_owned(), detail });
            None
        };
        let price_cents = within("price_cents", self.price_cents, 1, PRICE_CENTS_MAX);
        let level = within("reorder_level", self.reorder_level, 0, LEVEL_MAX);
        let target = within("reorder_target", self.reorder_target, 0, i64::from(BUY_MAX));
        if level.zip(target).is_some_and(|(level, target)| target < level) {
            errors.push(below_level());
        }
        // Both are far below the bounds of their types.
        let narrow = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
        Terms {
            price_cents,
            auto_reorder: self.auto_reorder,
            reorder_level: level.map(narrow),
            reorder_target: target.map(narrow),
            active: self.active,
        }
    }
}

pub fn below_level() -> FieldError {
    let detail = "must not be below the level at which it is bought".to_owned();
    FieldError { field: "reorder_target".to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_have_bounds_and_each_breach_is_named() {
        let fields = |edit: ListingEdit| {
            let mut errors = Vec::new();
            edit.check(&mut errors);
            errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        let levels = |reorder_level, reorder_target| ListingEdit {
            reorder_level,
            reorder_target,
            ..ListingEdit::default()
        };
        assert!(fields(ListingEdit::default()).is_empty());
        assert!(fields(levels(Some(0), Some(0))).is_empty());
        assert_eq!(fields(levels(Some(5), Some(4))), ["reorder_target"]);
        assert_eq!(fields(levels(Some(-1), Some(i64::MAX))), ["reorder_level", "reorder_target"]);
        for price in [0, -1, PRICE_CENTS_MAX + 1, i64::MIN] {
            let edit = ListingEdit { price_cents: Some(price), ..ListingEdit::default() };
            assert_eq!(fields(edit), ["price_cents"]);
        }
    }
}
