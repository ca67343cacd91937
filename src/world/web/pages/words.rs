//! How pages say it: statuses, moments and counts in the words of people.
//!
//! Programs get the names of the protocol instead.

use crate::wire::ups::status;

/// A truck's status.
pub(crate) fn truck_status(name: &str) -> &'static str {
    match name {
        status::IDLE => "Idle",
        status::TRAVELING => "Going to a warehouse",
        status::ARRIVE_WAREHOUSE => "At a warehouse",
        status::LOADING => "Loading",
        status::DELIVERING => "Delivering",
        _ => "Unknown",
    }
}

/// The same as a word for stylesheets.
pub(crate) fn truck_class(name: &str) -> &'static str {
    match name {
        status::TRAVELING => "traveling",
        status::ARRIVE_WAREHOUSE => "waiting",
        status::LOADING => "loading",
        status::DELIVERING => "delivering",
        _ => "idle",
    }
}

/// A package's status.
pub(crate) fn package_status(name: &str) -> &'static str {
    match name {
        "packing" => "Packing",
        "packed" => "Packed",
        "loading" => "Loading",
        "loaded" => "Loaded",
        "delivering" => "On its way",
        "delivered" => "Delivered",
        _ => "Unknown",
    }
}

/// Why commands were refused.
pub(crate) fn refusal(kind: &str) -> String {
    match kind {
        "unknown_id" => "unknown id".to_owned(),
        other => other.replace('_', " "),
    }
}

/// A moment of the world's time: `3d 04:05:06.789`.
pub(crate) fn moment(at_us: &u64) -> String {
    let ms = at_us / 1_000;
    let (s, m, h, d) = (ms / 1_000 % 60, ms / 60_000 % 60, ms / 3_600_000 % 24, ms / 86_400_000);
    let days = if d > 0 { format!("{d}d ") } else { String::new() };
    format!("{days}{h:02}:{m:02}:{s:02}.{:03}", ms % 1_000)
}

/// `12,345`, for numbers that people compare.
pub(crate) fn number(count: impl std::fmt::Display) -> String {
    let plain = count.to_string();
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}")
}

/// `1 truck`, `2 trucks`.
pub(crate) fn counted(count: &usize, what: &str) -> String {
    let plural = if *count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", number(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_numbers_read_well() {
        assert_eq!(moment(&0), "00:00:00.000");
        assert_eq!(moment(&273_906_789_012), "3d 04:05:06.789");
        assert_eq!(number(-1_234_567), "-1,234,567");
        assert_eq!((number(0), number(100)), ("0".to_owned(), "100".to_owned()));
        assert_eq!(number(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(
            (counted(&1, "truck"), counted(&0, "truck")),
            ("1 truck".into(), "0 trucks".into())
        );
    }
}
