//! The list of somebody's packages, a part at a time, the newest first.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use utoipa::ToSchema;

use crate::{
    basis::{AccountId, SimTime},
    carrier::{
        model::{ShipmentStage, shipment_of},
        web::{
            AppState,
            tracking::view::{self, Place},
        },
    },
    web::Problem,
};

/// Which packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    #[default]
    Any,
    /// Not delivered yet.
    UnderWay,
    Created,
    Dispatched,
    AtWarehouse,
    Delivering,
    Delivered,
}

impl Standing {
    pub const ALL: [Self; 7] = [
        Self::Any,
        Self::UnderWay,
        Self::Created,
        Self::Dispatched,
        Self::AtWarehouse,
        Self::Delivering,
        Self::Delivered,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::UnderWay => "under_way",
            Self::Created => "created",
            Self::Dispatched => "dispatched",
            Self::AtWarehouse => "at_warehouse",
            Self::Delivering => "delivering",
            Self::Delivered => "delivered",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Any => "All",
            Self::UnderWay => "Under way",
            Self::Created => view::words(ShipmentStage::Created),
            Self::Dispatched => view::words(ShipmentStage::Dispatched),
            Self::AtWarehouse => view::words(ShipmentStage::AtWarehouse),
            Self::Delivering => view::words(ShipmentStage::Delivering),
            Self::Delivered => view::words(ShipmentStage::Delivered),
        }
    }

    /// None: whichever.
    fn stages(self) -> Option<Vec<&'static str>> {
        match self {
            Self::Any => None,
            Self::UnderWay => {
                let under_way = |stage: &ShipmentStage| *stage != ShipmentStage::Delivered;
                let stages = ShipmentStage::ALL.into_iter().filter(under_way);
                Some(stages.map(ShipmentStage::name).collect())
            }
            // Called as the stage is.
            one => Some(vec![one.as_str()]),
        }
    }
}

/// A package in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Package {
    #[schema(example = "WB2718281828456")]
    pub tracking_number: String,
    pub shipment_id: i64,
    /// created, dispatched, `at_warehouse`, delivering or delivered.
    #[schema(example = "delivering")]
    pub status: String,
    pub destination: Place,
    /// When the store asked for it.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was delivered, if it was.
    #[schema(format = DateTime)]
    pub delivered_at: Option<String>,
}

impl Package {
    pub fn status_words(&self) -> &str {
        match ShipmentStage::named(&self.status) {
            Some(stage) => view::words(stage),
            None => &self.status,
        }
    }
}

/// Where a part of the list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    created_us: i64,
    id: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.created_us, self.id)
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (created_us, id) = text.split_once('.').ok_or(())?;
        let number = |text: &str| text.parse().map_err(|_| ());
        Ok(Self { created_us: number(created_us)?, id: number(id)? })
    }
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// A tracking number as somebody types it; empty: any.
    pub number: &'a str,
    pub standing: Standing,
    pub before: Option<Cursor>,
    pub limit: i64,
}

/// An account's packages, the newest first, and where the next ones are.
pub async fn of_account(
    state: &AppState,
    account: AccountId,
    wanted: Wanted<'_>,
) -> Result<(Vec<Package>, Option<Cursor>), Problem> {
    let typed = wanted.number.trim();
    let only = shipment_of(typed).map(|shipment| shipment.0);
    if !typed.is_empty() && only.is_none() {
        return Ok((Vec::new(), None));
    }
    let select = "SELECT id, tracking_number, stage, x, y, created_at, delivered_at
        FROM carrier.shipments WHERE account_id = $1 AND (created_at, id) < ($2, $3)
            AND ($4::text[] IS NULL OR stage = ANY($4)) AND ($5::bigint IS NULL OR id = $5)
        ORDER BY created_at DESC, id DESC LIMIT $6";
    let end = Cursor { created_us: i64::MAX, id: i64::MAX };
    let Cursor { created_us, id } = wanted.before.unwrap_or(end);
    let (stages, limit) = (wanted.standing.stages(), wanted.limit.saturating_add(1));
    let client = state.db.client().await?;
    let statement = client.prepare_cached(select).await?;
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&account.0, &created_us, &id, &stages, &only, &limit];
    let rows = client.query(&statement, &params).await?;
    let shown = rows.len().min(usize::try_from(wanted.limit).unwrap_or(0));
    let next = rows.get(shown).and_then(|_| rows.get(shown.checked_sub(1)?)).map(cursor);
    Ok((rows.iter().take(shown).map(read).collect(), next))
}

fn cursor(row: &Row) -> Cursor {
    Cursor { created_us: row.get("created_at"), id: row.get("id") }
}

fn read(row: &Row) -> Package {
    let moment = |micros: i64| view::iso(SimTime::from_micros(u64::try_from(micros).unwrap_or(0)));
    Package {
        tracking_number: row.get("tracking_number"),
        shipment_id: row.get("id"),
        status: row.get("stage"),
        destination: Place { x: row.get("x"), y: row.get("y") },
        created_at: moment(row.get("created_at")),
        delivered_at: row.get::<_, Option<i64>>("delivered_at").map(moment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_way_through_an_address() {
        for cursor in [Cursor { created_us: 7, id: -5 }, Cursor { created_us: 0, id: i64::MIN }] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for bad in ["", ".", "7", "7.x", "7.5.3", "9223372036854775808.1"] {
            assert_eq!(bad.parse::<Cursor>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn every_standing_names_the_stages_that_it_means() {
        assert_eq!(Standing::Any.stages(), None);
        assert_eq!(Standing::UnderWay.stages().unwrap().len(), 4);
        for one in &Standing::ALL[2..] {
            assert_eq!(one.stages().unwrap(), [one.as_str()]);
        }
    }
}
