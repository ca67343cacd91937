//! What it takes to appoint somebody on the command line: the database, and a password.
//!
//! Whom, and to what, is for each subcommand.

use std::{
    io::{BufRead, IsTerminal},
    time::Duration,
};

use anyhow::{Context, ensure};

use super::{lock::DataDirLock, options::DatabaseOptions};
use crate::db::{Claim, Db, DbTarget, Schema, is_up_to_date, migrate};

/// Whoever has the schema for longer is at work there.
const CLAIM_WITHIN: Duration = Duration::from_secs(1);

/// The database, migrated; the embedded one is kept for us as long as the lock lives.
pub(super) async fn open(
    options: &DatabaseOptions,
    schema: Schema,
) -> anyhow::Result<(Db, Option<DataDirLock>)> {
    let target = options.target();
    let lock = match target {
        DbTarget::Embedded(_) => Some(DataDirLock::take(&options.data_dir)?),
        DbTarget::Url(_) => None,
    };
    let db = Db::open(&target, 1).await.context("opening the database")?;
    prepare(&db, schema).await?;
    Ok((db, lock))
}

/// Brings the schema up to date, as its only writer; a service that runs there has done so itself.
async fn prepare(db: &Db, schema: Schema) -> anyhow::Result<()> {
    let claim = Claim::new(db, schema.name());
    if let Ok(taken) = tokio::time::timeout(CLAIM_WITHIN, claim.take()).await {
        taken.with_context(|| format!("asking for the schema {}", schema.name()))?;
        let migrated = migrate(db, schema).await;
        claim.release().await;
        return Ok(migrated?);
    }
    let holder = claim.standing().err().unwrap_or_default();
    ensure!(
        is_up_to_date(db, schema).await?,
        "{holder}. Its tables are of another version than this program: use the program that runs there, or stop it first"
    );
    Ok(())
}

/// The password of somebody new: from this variable of the environment, the terminal, or a line of
/// standard input. Never an argument, which everybody on the machine could read.
pub(super) fn ask_password(variable: &str) -> anyhow::Result<String> {
    if let Some(password) = std::env::var(variable).ok().filter(|it| !it.is_empty()) {
        return Ok(password);
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let mut line = String::new();
        stdin.lock().read_line(&mut line).context("reading the password")?;
        let password = line.trim_end_matches(['\r', '\n']).to_owned();
        ensure!(!password.is_empty(), "give the new password in {variable} or on standard input");
        return Ok(password);
    }
    let password = rpassword::prompt_password("Password of the new account: ")?;
    let again = rpassword::prompt_password("The same again: ")?;
    ensure!(password == again, "these were two different passwords; try again");
    Ok(password)
}
