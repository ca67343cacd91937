//! Numbered SQL, applied once each, a schema for each party.

use super::{Db, DbError};

mod world {
    refinery::embed_migrations!("migrations/world");
}
mod store {
    refinery::embed_migrations!("migrations/store");
}
mod carrier {
    refinery::embed_migrations!("migrations/carrier");
}

/// One party's part of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    World,
    Store,
    Carrier,
}

impl Schema {
    pub const ALL: [Self; 3] = [Self::World, Self::Store, Self::Carrier];

    pub fn name(self) -> &'static str {
        match self {
            Self::World => "world",
            Self::Store => "store",
            Self::Carrier => "carrier",
        }
    }

    fn runner(self) -> refinery::Runner {
        match self {
            Self::World => world::migrations::runner(),
            Self::Store => store::migrations::runner(),
            Self::Carrier => carrier::migrations::runner(),
        }
    }
}

/// Brings a schema up to date; several processes may do so at once.
pub async fn migrate(db: &Db, schema: Schema) -> Result<(), DbError> {
    let name = schema.name();
    let mut client = db.client().await?;
    // Everybody's migrations wait for one another: CREATE SCHEMA and refinery's own table race otherwise.
    client.simple_query("SELECT pg_advisory_lock(727001202)").await?;
    let result = apply(&mut client, schema).await;
    client.simple_query("SELECT pg_advisory_unlock(727001202)").await?;
    result.map_err(|reason| DbError::Migration { schema: name, reason })
}

/// Whether a schema is as this program knows it; changes nothing.
pub async fn is_up_to_date(db: &Db, schema: Schema) -> Result<bool, DbError> {
    let name = schema.name();
    let client = db.client().await?;
    let exists = format!("SELECT to_regclass('{name}.migrations') IS NOT NULL");
    if !client.query_one(&exists, &[]).await?.get::<_, bool>(0) {
        return Ok(false);
    }
    let select = format!("SELECT max(version)::bigint FROM {name}.migrations");
    let applied: Option<i64> = client.query_one(&select, &[]).await?.get(0);
    let runner = schema.runner();
    let known = runner.get_migrations().iter().map(|migration| i64::from(migration.version()));
    Ok(applied == known.max())
}

async fn apply(client: &mut super::Client, schema: Schema) -> Result<(), String> {
    let name = schema.name();
    let create = format!("CREATE SCHEMA IF NOT EXISTS {name}");
    client.simple_query(&create).await.map_err(|error| error.to_string())?;
    let mut runner = schema.runner();
    let runner = runner.set_migration_table_name(format!("{name}.migrations"));
    let target: &mut tokio_postgres::Client = client;
    runner.run_async(target).await.map_err(|error| error.to_string())?;
    Ok(())
}
