//! Tracking numbers: `WB`, digits, and a check digit.
//!
//! They are made from the shipment's id alone, so that the answer to a repeated
//! request is the same without any memory, and scattered, so that they do not
//! invite counting. They are no secret.

use crate::basis::PackageId;

/// Ids below this have twelve digits before the check digit.
const SHORT: u64 = 1_000_000_000_000;
/// Has no factor in common with 10, so multiplying by it modulo SHORT can be undone.
const FACTOR: u64 = 618_033_988_749;
const SHIFT: u64 = 271_828_182_845;
/// Odd, so multiplying by it modulo 2^64 can be undone.
const WIDE_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// The number under which people follow a shipment.
pub fn tracking_number(shipment: PackageId) -> String {
    let id = shipment.0 as u64;
    let digits = if id < SHORT {
        format!("{:012}", (times(id, FACTOR) + SHIFT) % SHORT)
    } else {
        format!("{:020}", id.wrapping_mul(WIDE_FACTOR))
    };
    let check = check_digit(&digits);
    format!("WB{digits}{check}")
}

/// The shipment that a tracking number belongs to, if it is one at all; typed in
/// any case and with spaces or dashes.
pub fn shipment_of(typed: &str) -> Option<PackageId> {
    let typed: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .take(32)
        .collect();
    let digits =
        typed.strip_prefix("WB").filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()))?;
    let (digits, check) = digits.split_at_checked(digits.len().checked_sub(1)?)?;
    if check != check_digit(digits).to_string() {
        return None;
    }
    let scattered: u64 = digits.parse().ok()?;
    let id = match digits.len() {
        12 => times((scattered + SHORT - SHIFT) % SHORT, inverse_of_factor()),
        20 => scattered.wrapping_mul(inverse_of_wide_factor()),
        _ => return None,
    };
    let shipment = PackageId(id as i64);
    (tracking_number(shipment) == typed).then_some(shipment)
}

fn times(a: u64, b: u64) -> u64 {
    // Below SHORT, so it is a u64.
    (u128::from(a) * u128::from(b) % u128::from(SHORT)) as u64
}

/// The order of the multiplicative group modulo 10^12 divides 10^11, so FACTOR
/// to the power of 10^11 - 1 undoes FACTOR.
fn inverse_of_factor() -> u64 {
    let (mut power, mut base, mut exponent) = (1, FACTOR, 99_999_999_999_u64);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = times(power, base);
        }
        base = times(base, base);
        exponent >>= 1;
    }
    power
}

/// Newton's iteration doubles the correct bits each time.
fn inverse_of_wide_factor() -> u64 {
    let mut inverse = WIDE_FACTOR;
    for _ in 0..6 {
        let error = 2_u64.wrapping_sub(WIDE_FACTOR.wrapping_mul(inverse));
        inverse = inverse.wrapping_mul(error);
    }
    inverse
}

/// Luhn's: notices every wrong digit and nearly every swap of neighbours.
fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            let doubled = if place % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_look_scattered_and_are_as_long_as_the_id_asks() {
        let (first, second) = (tracking_number(PackageId(1)), tracking_number(PackageId(2)));
        assert_eq!(first.len(), 15);
        assert_ne!(first[..8], second[..8]);
        assert_eq!(tracking_number(PackageId(-1)).len(), 23);
    }

    #[test]
    fn a_typed_number_is_found_and_a_mistyped_one_is_not() {
        let number = tracking_number(PackageId(42));
        let typed = format!(" {}-{} ", number[..6].to_lowercase(), &number[6..]);
        assert_eq!(shipment_of(&typed), Some(PackageId(42)));
        for place in 2..number.len() {
            let mut digits = number.clone().into_bytes();
            digits[place] = b'0' + (digits[place] - b'0' + 1) % 10;
            assert_eq!(shipment_of(&String::from_utf8(digits).unwrap()), None);
        }
        for wrong in ["", "WB", "WB1", "42", "WBx", "W", "WB٣", &"9".repeat(90)] {
            assert_eq!(shipment_of(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_shipment_has_its_own_number(id: i64, small in 0..1_000_000_i64) {
            for id in [id, small] {
                let number = tracking_number(PackageId(id));
                prop_assert_eq!(shipment_of(&number), Some(PackageId(id)));
            }
        }
    }
}
