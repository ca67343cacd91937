//! Money in whole cents; no fraction of a cent exists anywhere.
//!
//! How people write it and read it is here, too; what a price may be is its owner's to say.

use std::{fmt, iter::Sum};

use serde::{Deserialize, Serialize};

/// Longer amounts are nobody's: they would not fit.
const DOLLAR_DIGITS_MAX: usize = 12;

/// An amount of money in cents of a dollar.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cents(pub i64);

impl Cents {
    /// The price of `quantity` pieces; the largest amount there is where that is more.
    pub fn times(self, quantity: u32) -> Self {
        Self(self.0.saturating_mul(i64::from(quantity)))
    }

    /// An amount as people type it: `12`, `12.5`, `$12.50`, `12,50`, `$1,234.50`, `.99`. A comma
    /// before one or two last digits is a decimal one, others stand between thousands.
    pub fn typed(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('$').unwrap_or(text);
        let (dollars, cents) = match text.split_once('.') {
            Some(parts) => parts,
            None => text.rsplit_once(',').filter(|(_, last)| last.len() < 3).unwrap_or((text, "")),
        };
        let dollars = without_separators(dollars)?;
        let is_amount = dollars.len() + cents.len() > 0
            && dollars.len() <= DOLLAR_DIGITS_MAX
            && cents.len() <= 2
            && [dollars.as_str(), cents].iter().all(|part| are_digits(part));
        // At most 14 digits, which fit.
        is_amount.then(|| format!("{dollars}{cents:0<2}").parse().ok().map(Self)).flatten()
    }

    /// As programs and fields of forms have it: `1234.50`.
    pub fn decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

/// `1,234` as `1234`; None where commas stand elsewhere than between thousands.
fn without_separators(dollars: &str) -> Option<String> {
    let mut groups = dollars.split(',');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let is_apart = rest.is_empty() || (1..=3).contains(&first.len());
    let is_well = is_apart && rest.iter().all(|group| group.len() == 3);
    is_well.then(|| dollars.replace(',', ""))
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(0, |sum, amount| sum.saturating_add(amount.0)))
    }
}

/// As people read it: `$1,234.50`.
impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        let dollars = (cents / 100).to_string();
        write!(f, "{sign}$")?;
        for (place, digit) in dollars.chars().enumerate() {
            if place > 0 && (dollars.len() - place).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{:02}", cents % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_type_them() {
        for (text, cents) in [
            ("12", 1_200),
            (" 12.5 ", 1_250),
            ("$12.50", 1_250),
            ("$12,50", 1_250),
            ("1,5", 150),
            (".99", 99),
            ("7.", 700),
            ("1,234", 123_400),
            ("$1,234,567.89", 123_456_789),
            ("1234,50", 123_450),
            ("999999999999.99", 99_999_999_999_999),
        ] {
            assert_eq!(Cents::typed(text), Some(Cents(cents)), "{text}");
        }
        for bad in [
            "",
            "$",
            ".",
            ",",
            "-1",
            "+1",
            "1.234",
            "1.2.3",
            "1,2345",
            "12,34,567",
            ",234",
            "1e3",
            "١",
            "$$1",
            "9999999999999",
        ] {
            assert_eq!(Cents::typed(bad), None, "{bad}");
        }
    }

    #[test]
    fn amounts_are_written_for_people_and_for_programs() {
        for (cents, words, decimal) in [
            (0, "$0.00", "0.00"),
            (99_999, "$999.99", "999.99"),
            (100_000, "$1,000.00", "1000.00"),
            (-123_456_789, "-$1,234,567.89", "-1234567.89"),
            (i64::MIN, "-$92,233,720,368,547,758.08", "-92233720368547758.08"),
        ] {
            assert_eq!(Cents(cents).to_string(), words);
            assert_eq!(Cents(cents).decimal(), decimal);
        }
        for cents in [0, 1, 99, 100, 123_456, 100_000_000] {
            assert_eq!(Cents::typed(&Cents(cents).to_string()), Some(Cents(cents)));
            assert_eq!(Cents::typed(&Cents(cents).decimal()), Some(Cents(cents)));
        }
    }
}
