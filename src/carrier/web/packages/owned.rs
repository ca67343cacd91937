//! One package, for its owner or the staff; to everybody else there is none.

use crate::{
    basis::PackageId,
    carrier::{
        db::{TrackedShipment, track},
        model::shipment_of,
        web::{AppState, people::Person},
    },
    web::{Kind, Problem},
};

/// The shipment under this tracking number, if this person may know what is in it.
pub async fn find(
    state: &AppState,
    person: &Person,
    typed: &str,
) -> Result<TrackedShipment, Problem> {
    // A number that was mistyped costs no query.
    let shipment = shipment_of(typed).ok_or_else(nothing)?;
    if !may_know(state, person, shipment).await? {
        return Err(nothing());
    }
    track(&state.db, typed).await?.ok_or_else(nothing)
}

async fn may_know(state: &AppState, person: &Person, shipment: PackageId) -> Result<bool, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT EXISTS (SELECT FROM carrier.shipments
        WHERE id = $1 AND (account_id = $2 OR $3))";
    let statement = client.prepare_cached(select).await?;
    let row =
        client.query_one(&statement, &[&shipment.0, &person.account.0, &person.is_staff]).await?;
    Ok(row.try_get(0)?)
}

/// The same for a stranger's as for none, so that numbers can not be tried.
fn nothing() -> Problem {
    let detail = "You have no package with this tracking number. Track it without an account, or look for a mistyped digit.";
    Problem::new(Kind::NotFound, detail)
}
