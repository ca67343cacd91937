//! What is reviewed: a product or a seller.

use crate::{
    basis::{ProductId, SellerId},
    store::web::AppState,
    web::{Kind, Problem},
};

/// What a review is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Product(ProductId),
    Seller(SellerId),
}

impl Subject {
    /// Where reviews name it.
    pub fn column(self) -> &'static str {
        match self {
            Self::Product(_) => "product_id",
            Self::Seller(_) => "seller_id",
        }
    }

    pub fn id(self) -> i64 {
        match self {
            Self::Product(product) => product.0,
            Self::Seller(seller) => seller.0,
        }
    }

    /// Its page.
    pub fn page(self) -> String {
        match self {
            Self::Product(product) => format!("/products/{product}"),
            Self::Seller(seller) => format!("/sellers/{seller}"),
        }
    }

    /// Its name; what there is not is 404.
    pub async fn name(self, state: &AppState) -> Result<String, Problem> {
        let (select, nothing) = match self {
            Self::Product(_) => {
                ("SELECT name FROM store.products WHERE id = $1", "There is no such product.")
            }
            Self::Seller(_) => {
                ("SELECT name FROM store.sellers WHERE id = $1", "There is no such seller.")
            }
        };
        let client = state.db.client().await?;
        let statement = client.prepare_cached(select).await?;
        let row = client.query_opt(&statement, &[&self.id()]).await?;
        Ok(row.ok_or_else(|| Problem::new(Kind::NotFound, nothing))?.get(0))
    }

    /// Whether an account ($1) has received something of it ($2): the right to review.
    pub fn received(self) -> &'static str {
        match self {
            Self::Product(_) => {
                "EXISTS (SELECT FROM store.orders o
                    JOIN store.packages k ON k.order_id = o.id AND k.status = 'delivered'
                    JOIN store.package_items i ON i.package_id = k.id AND i.product_id = $2
                    WHERE o.account_id = $1)"
            }
            Self::Seller(_) => {
                "EXISTS (SELECT FROM store.orders o
                    JOIN store.packages k ON k.order_id = o.id AND k.status = 'delivered'
                    JOIN store.package_items i ON i.package_id = k.id
                    JOIN store.listings l ON l.id = i.listing_id AND l.seller_id = $2
                    WHERE o.account_id = $1)"
            }
        }
    }

    /// Whether an account ($1) sells it ($2), and so has no say.
    pub fn sold_by(self) -> &'static str {
        match self {
            Self::Product(_) => {
                "EXISTS (SELECT FROM store.sellers s
                    JOIN store.listings l ON l.seller_id = s.id AND l.product_id = $2
                    WHERE s.account_id = $1)"
            }
            Self::Seller(_) => {
                "EXISTS (SELECT FROM store.sellers s WHERE s.id = $2 AND s.account_id = $1)"
            }
        }
    }
}
