//! `waybill store admin`: who runs the shop, decided by who has its database.
//!
//! There is no default admin and no default password. A password is never an argument, which
//! everybody on the machine could read.

use std::{
    io::{BufRead, IsTerminal},
    time::Duration,
};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};

use crate::{
    cli::{house::say, lock::DataDirLock, options::DatabaseOptions},
    db::{Claim, Db, DbTarget, Schema, is_up_to_date, migrate},
    store::web::people::admins::{self, NewAdmin},
};

/// Where the password is looked for before anybody is asked.
const PASSWORD_VARIABLE: &str = "WAYBILL_ADMIN_PASSWORD";
/// Whoever has the schema for longer is at work there.
const CLAIM_WITHIN: Duration = Duration::from_secs(1);

/// Makes and dismisses the store's admins.
#[derive(Debug, Args)]
pub(super) struct AdminCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Create(CreateOptions),
    Revoke(RevokeOptions),
}

/// Makes an account an admin; where there is none with this address, a new one.
///
/// The password of a new account is asked for on the terminal, or read from the environment
/// variable WAYBILL_ADMIN_PASSWORD or a line of standard input. An account that exists keeps its
/// password. On a PostgreSQL this works while the store runs, which knows of it within a minute;
/// on the embedded database stop it first.
#[derive(Debug, Args)]
struct CreateOptions {
    /// The e-mail address to log in with
    #[arg(long, env = "WAYBILL_EMAIL", value_name = "ADDRESS")]
    email: String,
    /// Of a new account
    #[arg(long, env = "WAYBILL_FIRST_NAME", value_name = "NAME", default_value = "Store")]
    first_name: String,
    /// Of a new account
    #[arg(long, env = "WAYBILL_LAST_NAME", value_name = "NAME", default_value = "Admin")]
    last_name: String,
    #[command(flatten)]
    database: DatabaseOptions,
}

/// Makes an admin an account like any other, the last one too.
#[derive(Debug, Args)]
struct RevokeOptions {
    /// The admin's e-mail address
    #[arg(long, env = "WAYBILL_EMAIL", value_name = "ADDRESS")]
    email: String,
    #[command(flatten)]
    database: DatabaseOptions,
}

pub(super) async fn run(command: AdminCommand) -> anyhow::Result<()> {
    match command.what {
        What::Create(options) => {
            let (db, _lock) = open(&options.database).await?;
            let outcome = create(&db, &options).await;
            db.close();
            outcome
        }
        What::Revoke(RevokeOptions { email, database }) => {
            let (db, _lock) = open(&database).await?;
            let outcome = admins::revoke(&db, email.trim()).await;
            db.close();
            let account = outcome?;
            say(&format!("{} (account {account}) is no longer an admin", email.trim()));
            Ok(())
        }
    }
}

async fn create(db: &Db, options: &CreateOptions) -> anyhow::Result<()> {
    let CreateOptions { email, first_name, last_name, .. } = options;
    let email = email.trim();
    if admins::exists(db, email).await? {
        let account = admins::promote(db, email).await?;
        say(&format!("{email} (account {account}) is an admin; the password is as it was"));
        return Ok(());
    }
    let password = tokio::task::spawn_blocking(ask_password).await??;
    let account = admins::create(db, NewAdmin { email, first_name, last_name }, &password).await?;
    say(&format!("{email} (account {account}) is a new admin"));
    Ok(())
}

async fn open(options: &DatabaseOptions) -> anyhow::Result<(Db, Option<DataDirLock>)> {
    let target = options.target();
    let lock = match target {
        DbTarget::Embedded(_) => Some(DataDirLock::take(&options.data_dir)?),
        DbTarget::Url(_) => None,
    };
    let db = Db::open(&target, 1).await.context("opening the store's database")?;
    prepare(&db).await?;
    Ok((db, lock))
}

/// Brings the schema up to date, as its only writer; a store that runs there has done so itself.
async fn prepare(db: &Db) -> anyhow::Result<()> {
    let claim = Claim::new(db, Schema::Store.name());
    if let Ok(taken) = tokio::time::timeout(CLAIM_WITHIN, claim.take()).await {
        taken.context("asking for the store's schema")?;
        let migrated = migrate(db, Schema::Store).await;
        claim.release().await;
        return Ok(migrated?);
    }
    let holder = claim.standing().err().unwrap_or_default();
    ensure!(
        is_up_to_date(db, Schema::Store).await?,
        "{holder}. Its tables are of another version than this program: use the program that runs there, or stop it first"
    );
    Ok(())
}

fn ask_password() -> anyhow::Result<String> {
    if let Some(password) = std::env::var(PASSWORD_VARIABLE).ok().filter(|it| !it.is_empty()) {
        return Ok(password);
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let mut line = String::new();
        stdin.lock().read_line(&mut line).context("reading the password")?;
        let password = line.trim_end_matches(['\r', '\n']).to_owned();
        ensure!(
            !password.is_empty(),
            "give the new admin's password in {PASSWORD_VARIABLE} or on standard input"
        );
        return Ok(password);
    }
    let password = rpassword::prompt_password("Password for the new admin: ")?;
    let again = rpassword::prompt_password("The same again: ")?;
    ensure!(password == again, "these were two different passwords; try again");
    Ok(password)
}
