//! `waybill carrier staff`: who runs the carrier, decided by who has its database.
//!
//! There is no default account and no default password.

use clap::{Args, Subcommand};

use crate::{
    carrier::web::people::{accounts::NewAccount, staff},
    cli::{
        appointing::{ask_password, open},
        house::say,
        options::DatabaseOptions,
    },
    db::{Db, Schema},
};

/// Where the password is looked for before anybody is asked.
const PASSWORD_VARIABLE: &str = "WAYBILL_STAFF_PASSWORD";

/// Makes and dismisses the carrier's staff.
#[derive(Debug, Args)]
pub(super) struct StaffCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Create(CreateOptions),
    Revoke(RevokeOptions),
}

/// Takes an account onto the staff; where there is none with this address, a new one.
///
/// The password of a new account is asked for on the terminal, or read from the environment
/// variable WAYBILL_STAFF_PASSWORD or a line of standard input. An account that exists keeps its
/// password. On a PostgreSQL this works while the carrier runs, which knows of it within a minute;
/// on the embedded database stop it first.
#[derive(Debug, Args)]
struct CreateOptions {
    /// The e-mail address to log in with
    #[arg(long, env = "WAYBILL_EMAIL", value_name = "ADDRESS")]
    email: String,
    /// Of a new account: 3 to 30 of the letters a to z, digits, . _ and - [default: what is before
    /// the @ of the address]
    #[arg(long, env = "WAYBILL_USER_NAME", value_name = "NAME")]
    user_name: Option<String>,
    /// Of a new account
    #[arg(long, env = "WAYBILL_FIRST_NAME", value_name = "NAME", default_value = "Carrier")]
    first_name: String,
    /// Of a new account
    #[arg(long, env = "WAYBILL_LAST_NAME", value_name = "NAME", default_value = "Staff")]
    last_name: String,
    #[command(flatten)]
    database: DatabaseOptions,
}

/// Makes somebody of the staff a customer like any other.
#[derive(Debug, Args)]
struct RevokeOptions {
    /// The e-mail address
    #[arg(long, env = "WAYBILL_EMAIL", value_name = "ADDRESS")]
    email: String,
    #[command(flatten)]
    database: DatabaseOptions,
}

pub(super) async fn run(command: StaffCommand) -> anyhow::Result<()> {
    match command.what {
        What::Create(options) => {
            let (db, _lock) = open(&options.database, Schema::Carrier).await?;
            let outcome = create(&db, options).await;
            db.close();
            outcome
        }
        What::Revoke(RevokeOptions { email, database }) => {
            let (db, _lock) = open(&database, Schema::Carrier).await?;
            let outcome = staff::revoke(&db, email.trim()).await;
            db.close();
            let account = outcome?;
            say(&format!("{} (account {account}) is no longer of the staff", email.trim()));
            Ok(())
        }
    }
}

async fn create(db: &Db, options: CreateOptions) -> anyhow::Result<()> {
    let CreateOptions { email, user_name, first_name, last_name, .. } = options;
    let email = email.trim().to_owned();
    if staff::exists(db, &email).await? {
        let account = staff::promote(db, &email).await?;
        say(&format!("{email} (account {account}) is of the staff; the password is as it was"));
        return Ok(());
    }
    let password = tokio::task::spawn_blocking(|| ask_password(PASSWORD_VARIABLE)).await??;
    let before_at = email.split('@').next().unwrap_or_default().to_owned();
    let user_name = user_name.unwrap_or(before_at);
    let new = NewAccount { user_name, email: email.clone(), password, first_name, last_name };
    let account = staff::create(db, &new).await?;
    say(&format!("{email} (account {account}) is new on the staff"));
    Ok(())
}
