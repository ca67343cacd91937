//! What sites with accounts share: passwords, sessions and tokens, proving to be somebody,
//! limits on trying, the audit log.
//!
//! Who somebody is and what he may do is each site's to say: it has a [`Person`], and tables of
//! the same shape in a schema of its own.
//!
//! ```text
//! accounts (id, email, password_hash, first_name, last_name, suspended_at, …)
//! sessions (hash, account_id, used_at, expires_at, idle_hours, user_agent, address)
//! tokens   (hash, account_id, used_at, expires_at, name, scopes)
//! audit    (at, account_id, who, action, subject, detail, address)
//! ```

pub mod audit;
pub mod caller;
mod cookie;
mod limits;
mod naming;
pub mod passwords;
mod person;
mod proving;
pub mod sessions;

pub use self::{
    caller::{Caller, Fronted},
    cookie::Cookie,
    limits::{Attempt, EntryLimits, EntrySettings, network},
    naming::{NAME_LENGTH_MAX, NO_EMAIL, check, is_email},
    person::{Person, Proved, Scope},
    proving::{Credentials, Kept, NewPassword, Proving, gone},
};
