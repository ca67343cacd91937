//! Writing, changing and withdrawing a review, and finding one helpful.
//!
//! Who received a delivered package with the product, or with something of the seller, may
//! review it, once; who sells it may not.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Subject,
    reading::{self, Review},
};
use crate::{
    basis::{AccountId, ReviewId},
    store::web::AppState,
    web::{FieldError, Kind, Problem},
};

pub const TITLE_MAX: usize = 120;
pub const TEXT_MAX: usize = 5_000;

/// What somebody says.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewReview {
    #[schema(example = 4, minimum = 1, maximum = 5)]
    pub stars: i64,
    /// In a few words; may be empty.
    #[serde(default)]
    #[schema(example = "Does what it should", max_length = 120)]
    pub title: String,
    /// May be empty, and have several lines.
    #[serde(default)]
    #[schema(example = "Boils quickly, pours well. The lid fits.", max_length = 5000)]
    pub text: String,
}

/// A review that is well-formed.
struct Sound {
    stars: i16,
    title: String,
    text: String,
}

impl NewReview {
    fn check(&self) -> Result<Sound, Problem> {
        let mut errors = Vec::new();
        let mut complain = |field: &str, detail: String| {
            errors.push(FieldError { field: field.to_owned(), detail });
        };
        let stars = i16::try_from(self.stars).ok().filter(|stars| (1..=5).contains(stars));
        if stars.is_none() {
            complain("stars", "must be a whole number from 1 to 5".to_owned());
        }
        let title = self.title.trim().to_owned();
        if title.chars().count() > TITLE_MAX || title.chars().any(char::is_control) {
            complain("title", format!("must have at most {TITLE_MAX} printable characters"));
        }
        let text = self.text.replace("\r\n", "\n").trim().to_owned();
        let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        if text.chars().count() > TEXT_MAX || text.chars().any(is_odd) {
            complain("text", format!("must have at most {TEXT_MAX} printable characters"));
        }
        match stars {
            Some(stars) if errors.is_empty() => Ok(Sound { stars, title, text }),
            Some(_) | None => Err(Problem::invalid(errors)),
        }
    }
}

/// A review as it is now, and whether it is new.
pub struct Written {
    pub review: Review,
    pub is_new: bool,
}

/// Writes an account's review of something, or changes the one that there is.
pub async fn write(
    state: &AppState,
    account: AccountId,
    subject: Subject,
    new: &NewReview,
) -> Result<Written, Problem> {
    let Sound { stars, title, text } = new.check()?;
    let client = state.db.client().await?;
    let upsert = format!(
        "INSERT INTO store.reviews AS r (account_id, {column}, stars, title, text)
        SELECT $1::bigint, $2::bigint, $3::smallint, $4, $5 WHERE {received} AND NOT {sold_by}
        ON CONFLICT (account_id, {column}) DO UPDATE SET
            stars = excluded.stars, title = excluded.title, text = excluded.text,
            edited_at = CASE WHEN (r.stars, r.title, r.text) = (excluded.stars, excluded.title, excluded.text)
                THEN r.edited_at ELSE now() END
        RETURNING xmax = 0",
        column = subject.column(),
        received = subject.received(),
        sold_by = subject.sold_by(),
    );
    let statement = client.prepare_cached(&upsert).await?;
    let row =
        client.query_opt(&statement, &[&account.0, &subject.id(), &stars, &title, &text]).await?;
    drop(client);
    let Some(row) = row else { return Err(refusal(state, account, subject).await?) };
    let gone = || Problem::new(Kind::NotFound, "The review was withdrawn meanwhile.");
    let review = reading::mine_of(state, account, subject).await?.ok_or_else(gone)?;
    Ok(Written { review, is_new: row.get(0) })
}

/// Why an account may not review something; None where it may.
pub async fn hindrance(
    state: &AppState,
    account: AccountId,
    subject: Subject,
) -> Result<Option<Problem>, Problem> {
    let client = state.db.client().await?;
    let select = format!("SELECT {}, {}", subject.received(), subject.sold_by());
    let statement = client.prepare_cached(&select).await?;
    let row = client.query_one(&statement, &[&account.0, &subject.id()]).await?;
    let words = match (subject, row.get(0), row.get(1)) {
        (Subject::Product(_), _, true) => {
            "You sell this product yourself, so you can not review it."
        }
        (Subject::Seller(_), _, true) => "This is your own shop, so you can not review it.",
        (Subject::Product(_), false, false) => {
            "Reviews are by people who have the product: you can write yours when a package with it has been delivered to you."
        }
        (Subject::Seller(_), false, false) => {
            "Reviews are by customers: you can write yours when a package with something of this seller has been delivered to you."
        }
        (_, true, false) => return Ok(None),
    };
    Ok(Some(Problem::new(Kind::Forbidden, words)))
}

async fn refusal(
    state: &AppState,
    account: AccountId,
    subject: Subject,
) -> Result<Problem, Problem> {
    subject.name(state).await?;
    // Delivered between the two looks: the next try will do.
    let late = || Problem::new(Kind::Busy, "Try again.");
    Ok(hindrance(state, account, subject).await?.unwrap_or_else(late))
}

/// Withdraws an account's review of something; where there is none, 404.
pub async fn withdraw(
    state: &AppState,
    account: AccountId,
    subject: Subject,
) -> Result<(), Problem> {
    let client = state.db.client().await?;
    let delete =
        format!("DELETE FROM store.reviews WHERE account_id = $1 AND {} = $2", subject.column());
    let statement = client.prepare_cached(&delete).await?;
    match client.execute(&statement, &[&account.0, &subject.id()]).await? {
        0 => Err(Problem::new(Kind::NotFound, "You have not reviewed this.")),
        _ => Ok(()),
    }
}

/// Says that a review helped, or takes it back; however often, it counts once. Returns the count.
pub async fn vote(
    state: &AppState,
    account: AccountId,
    review: ReviewId,
    helps: bool,
) -> Result<i32, Problem> {
    let client = state.db.client().await?;
    let change = if helps {
        "INSERT INTO store.review_votes (review_id, account_id)
            SELECT id, $2 FROM store.reviews WHERE id = $1 AND account_id <> $2 FOR KEY SHARE
            ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM store.review_votes WHERE review_id = $1 AND account_id = $2"
    };
    let statement = client.prepare_cached(change).await?;
    client.execute(&statement, &[&review.0, &account.0]).await?;
    let select = "SELECT helpful, account_id FROM store.reviews WHERE id = $1";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_opt(&statement, &[&review.0]).await?;
    let row = row.ok_or_else(|| Problem::new(Kind::NotFound, "There is no such review."))?;
    if row.get::<_, i64>(1) == account.0 {
        return Err(Problem::new(
            Kind::Forbidden,
            "Whether your own review helps is for others to say.",
        ));
    }
    Ok(row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(stars: i64, title: &str, text: &str) -> Vec<String> {
        let new = NewReview { stars, title: title.to_owned(), text: text.to_owned() };
        let errors = new.check().err().map(|problem| problem.errors().to_vec());
        errors.unwrap_or_default().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        assert!(fields(1, "", "").is_empty());
        assert!(fields(5, "Good", "Two\r\nlines\tand é").is_empty());
        assert_eq!(fields(0, &"x".repeat(121), &"é".repeat(5_001)), ["stars", "title", "text"]);
        assert_eq!(fields(6, "a\nb", "a\0b"), ["stars", "title", "text"]);
        assert!(fields(3, &"é".repeat(120), &"é".repeat(5_000)).is_empty());
    }
}
