//! What was typed into a search of a seller's, as the database looks for it.
//!
//! What is looked through, listings or orders, is for those who ask.

use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use crate::{db::Client, store::web::catalog::words, web::Problem};

/// Products with the words of a search that are looked at one by one.
const FEW_MAX: i64 = 1_000;

/// What was typed into a search: the products that have the words, where they are few; else the
/// words. So of rare words there is a walk along the words, of frequent ones along whatever is
/// looked through, and none of them is a walk through everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Nothing was asked for.
    Any,
    Few(Vec<i64>),
    /// As `to_tsquery` reads them.
    Many(String),
}

impl Words {
    /// The beginnings of words, in any order, folded as the words of products are.
    pub async fn read(client: &Client, typed: &str) -> Result<Self, Problem> {
        let words = match words::Words::read(client, typed).await? {
            words::Words::Any => return Ok(Self::Any),
            // No product has it.
            words::Words::None => return Ok(Self::Few(Vec::new())),
            words::Words::All(words) => words,
        };
        let select = "SELECT id FROM store.products
            WHERE name_words @@ to_tsquery('simple', $1) LIMIT $2";
        let params: [(&(dyn ToSql + Sync), Type); 2] =
            [(&words, Type::TEXT), (&(FEW_MAX + 1), Type::INT8)];
        let rows = client.query_typed(select, &params).await?;
        let is_few = rows.len() as i64 <= FEW_MAX;
        Ok(if is_few {
            Self::Few(rows.iter().map(|row| row.get(0)).collect())
        } else {
            Self::Many(words)
        })
    }

    /// The condition on product p, with its value as the parameter of this number.
    pub fn condition(&self, nth: usize) -> String {
        match self {
            Self::Any => String::new(),
            Self::Few(_) => format!("AND p.id = ANY (${nth})"),
            Self::Many(_) => format!("AND p.name_words @@ to_tsquery('simple', ${nth})"),
        }
    }

    /// Asks with numbers as the first parameters, and the words, if any, as the last. Planned
    /// with the values known.
    pub async fn query(
        &self,
        client: &Client,
        select: &str,
        numbers: &[i64],
    ) -> Result<Vec<Row>, Problem> {
        let mut params: Vec<(&(dyn ToSql + Sync), Type)> =
            numbers.iter().map(|number| (number as &(dyn ToSql + Sync), Type::INT8)).collect();
        match self {
            Self::Any => {}
            Self::Few(products) => params.push((products, Type::INT8_ARRAY)),
            Self::Many(words) => params.push((words, Type::TEXT)),
        }
        #[cfg(test)]
        crate::web::statement::plans::note(client, select, &params).await;
        Ok(client.query_typed(select, &params).await?)
    }
}
