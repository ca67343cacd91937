//! An account to look around with: a customer of the carrier, whose user name the demo store's
//! buyer gives with his orders.
//!
//! It is made in a database without customers, and only there.

use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::web::people::accounts::{self, NewAccount};
use crate::{db::Db, web::people::passwords};

const USER_NAME: &str = "demo";
const EMAIL: &str = "customer@demo.example";

/// The demo's customer, with a password that exists nowhere else but in [`Self::file`].
#[derive(Clone, PartialEq, Eq)]
pub struct DemoCustomer {
    pub email: &'static str,
    pub password: String,
    /// Where it can be read again.
    pub file: PathBuf,
}

impl std::fmt::Debug for DemoCustomer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoCustomer").field("email", &self.email).finish_non_exhaustive()
    }
}

/// Makes the customer; None where there is one already. The schema must be migrated.
pub async fn seed_if_empty(db: &Db, data_dir: &Path) -> anyhow::Result<Option<DemoCustomer>> {
    let client = db.client().await?;
    let filled = "SELECT EXISTS (SELECT FROM carrier.names)";
    if client.query_one(filled, &[]).await?.get(0) {
        return Ok(None);
    }
    drop(client);
    let (password, file) = (passwords::invented(), data_dir.join("demo-carrier-account.txt"));
    let customer = DemoCustomer { email: EMAIL, password, file };
    let new = NewAccount {
        user_name: USER_NAME.to_owned(),
        email: EMAIL.to_owned(),
        password: customer.password.clone(),
        first_name: "Demo".to_owned(),
        last_name: "Customer".to_owned(),
    };
    write_down(&customer)
        .with_context(|| format!("the demo's password: {}", customer.file.display()))?;
    accounts::create(db, &new).await?;
    Ok(Some(customer))
}

/// Keeps the password where only its owner reads.
fn write_down(customer: &DemoCustomer) -> std::io::Result<()> {
    let DemoCustomer { email, password, file } = customer;
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir)?;
    }
    // One from an earlier database may have other permissions: never write into it.
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut out =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(out, "The account of the demo carrier. Log in with e-mail and password.")?;
    writeln!(out, "{email} {password}")?;
    out.sync_all()
}
