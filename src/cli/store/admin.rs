//! `waybill store admin`: who runs the shop, decided by who has its database.
//!
//! There is no default admin and no default password. A password is never an argument, which
//! everybody on the machine could read.

use clap::{Args, Subcommand};

use crate::{
    cli::{
        appointing::{ask_password, open},
        house::say,
        options::DatabaseOptions,
    },
    db::{Db, Schema},
    store::web::people::admins::{self, NewAdmin},
};

/// Where the password is looked for before anybody is asked.
const PASSWORD_VARIABLE: &str = "WAYBILL_ADMIN_PASSWORD";

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
            let (db, _lock) = open(&options.database, Schema::Store).await?;
            let outcome = create(&db, &options).await;
            db.close();
            outcome
        }
        What::Revoke(RevokeOptions { email, database }) => {
            let (db, _lock) = open(&database, Schema::Store).await?;
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
    let password = tokio::task::spawn_blocking(|| ask_password(PASSWORD_VARIABLE)).await??;
    let account = admins::create(db, NewAdmin { email, first_name, last_name }, &password).await?;
    say(&format!("{email} (account {account}) is a new admin"));
    Ok(())
}
