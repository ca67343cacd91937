//! A statement that grows: what is asked for is in its text, what was typed only in its parameters.
//!
//! It is planned anew each time, with the values known: which index serves best depends on them.

use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use crate::{db::Client, web::Problem};

/// SQL and its parameters.
#[derive(Default)]
pub struct Statement {
    pub sql: String,
    params: Vec<(Box<dyn ToSql + Sync + Send>, Type)>,
}

impl Statement {
    pub fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), params: Vec::new() }
    }

    pub fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// A value's place.
    pub fn bind(&mut self, value: impl ToSql + Sync + Send + 'static, of: Type) -> &mut Self {
        self.params.push((Box::new(value), of));
        self.sql.push_str(&format!("${}", self.params.len()));
        self
    }

    pub fn number(&mut self, value: i64) -> &mut Self {
        self.bind(value, Type::INT8)
    }

    pub fn text(&mut self, value: &str) -> &mut Self {
        self.bind(value.to_owned(), Type::TEXT)
    }

    pub async fn query(&self, client: &Client) -> Result<Vec<Row>, Problem> {
        let params: Vec<(&(dyn ToSql + Sync), Type)> = self
            .params
            .iter()
            .map(|(value, of)| (&**value as &(dyn ToSql + Sync), of.clone()))
            .collect();
        #[cfg(test)]
        plans::note(client, &self.sql, &params).await;
        Ok(client.query_typed(&self.sql, &params).await?)
    }
}

/// The pattern for what begins so.
pub fn begins_with(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("{escaped}%")
}

/// How the database goes about statements, for a test that looks at it.
#[cfg(test)]
pub mod plans {
    use std::cell::RefCell;

    use serde_json::Value;
    use tokio_postgres::types::{ToSql, Type};

    use crate::db::Client;

    tokio::task_local! {
        /// Statements and their plans, as far as this task collects them.
        pub static SEEN: RefCell<Vec<(String, Value)>>;
    }

    pub async fn note(client: &Client, sql: &str, params: &[(&(dyn ToSql + Sync), Type)]) {
        if SEEN.try_with(|_| ()).is_err() {
            return;
        }
        let explain = format!("EXPLAIN (FORMAT JSON) {sql}");
        let rows = client.query_typed(&explain, params).await.unwrap();
        let plan = rows[0].get::<_, Value>(0);
        SEEN.with(|seen| seen.borrow_mut().push((sql.to_owned(), plan)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_no_pattern() {
        assert_eq!(begins_with("50%_a\\"), "50\\%\\_a\\\\%");
    }
}
