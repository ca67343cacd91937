//! Parts of long lists: how many, and after which.
//!
//! A cursor tells where the part before ended, so a list that grows meanwhile neither
//! repeats nor skips; what is in it is each list's to say.

use std::str::FromStr;

use serde::Deserialize;
use utoipa::IntoParams;

use super::{Kind, Problem};

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// How many at most, 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<i64>,
    /// The `next` of the part before.
    cursor: Option<String>,
}

impl Part {
    pub fn limit(&self) -> Result<i64, Problem> {
        let limit = self.limit.unwrap_or(20);
        let wrong = || Problem::new(Kind::BadRequest, "limit must be a number from 1 to 100.");
        (1..=100).contains(&limit).then_some(limit).ok_or_else(wrong)
    }

    pub fn cursor<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        let wrong = |_| Problem::new(Kind::BadRequest, "cursor must be the next of an answer.");
        self.cursor.as_deref().map(str::parse).transpose().map_err(wrong)
    }
}

/// Of what was found, one more than so many at most: the first so many, and the key of the last
/// of them where there are more.
pub fn part<T, K>(mut items: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> (Vec<T>, Option<K>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| has_more).map(key);
    (items, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_whether_there_is_more() {
        assert_eq!(part(vec![9, 8, 7], 2, |n| *n), (vec![9, 8], Some(8)));
        assert_eq!(part(vec![9, 8], 2, |n| *n), (vec![9, 8], None));
        assert_eq!(part(Vec::<i64>::new(), 2, |n| *n), (vec![], None));
    }
}
