//! Which passwords are too easy: the common ones, patterns, and what is known of their owner.
//!
//! No rule asks for capitals or signs; they make passwords harder for people only.

use std::{collections::BTreeSet, sync::LazyLock};

use super::{LENGTH_MAX, LENGTH_MIN, normal};

const LIST: &str = include_str!("common.txt");

/// Neighbours on keyboards and in the alphabet; runs of them, either way, are no secret.
const ROWS: [&str; 9] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
];

struct Common {
    whole: BTreeSet<&'static str>,
    stems: BTreeSet<&'static str>,
}

static COMMON: LazyLock<Common> = LazyLock::new(|| {
    let (whole, stems) = LIST.split_once("---").unwrap_or((LIST, ""));
    let words = |text: &'static str| text.lines().map(str::trim).filter(|line| is_entry(line));
    Common { whole: words(whole).collect(), stems: words(stems).collect() }
});

fn is_entry(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

/// What is wrong with a password, if anything is; `about` are the owner's e-mail address and
/// names.
pub fn weakness(password: &str, about: &[&str]) -> Option<String> {
    let (min, max) = (LENGTH_MIN, LENGTH_MAX);
    let password = normal(password);
    if !(min..=max).contains(&password.chars().count()) {
        return Some(format!("must have {min} to {max} characters"));
    }
    let small = password.to_lowercase();
    let easy = if is_common(&small) {
        "is one of those that everybody tries first"
    } else if is_pattern(&small) {
        "is a pattern that is tried soon"
    } else if leans_on(&small, about) {
        "is little more than your name or e-mail address"
    } else {
        return None;
    };
    Some(format!("{easy}; several unrelated words make a good one"))
}

fn is_common(small: &str) -> bool {
    let is_sign = |c: char| !c.is_alphabetic();
    let inner = small.trim_matches(is_sign);
    let readings = [small, small.trim_end_matches(is_sign), inner];
    let known = |text: &str| COMMON.whole.contains(text) || COMMON.stems.contains(text);
    readings.iter().any(|text| known(text) || known(&as_letters(text)))
}

/// `p@55w0rd` as it is meant.
fn as_letters(small: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    small.chars().map(letter).collect()
}

/// A few characters again and again, or runs of neighbours.
fn is_pattern(small: &str) -> bool {
    let chars: Vec<char> = small.chars().collect();
    let repeats = |width: usize| (width..chars.len()).all(|at| chars[at] == chars[at - width]);
    (1..=4).any(repeats) || runs(&chars) * 3 <= chars.len()
}

/// Into how few runs of neighbours or of the same character it falls.
fn runs(chars: &[char]) -> usize {
    let (mut runs, mut at) = (0, 0);
    while at < chars.len() {
        let longest = [1_i8, 0, -1].map(|step| run(&chars[at..], step));
        at += longest.into_iter().max().unwrap_or(1);
        runs += 1;
    }
    runs
}

fn run(chars: &[char], step: i8) -> usize {
    let go_on = |pair: &&[char]| follows(pair[0], pair[1], step);
    1 + chars.windows(2).take_while(go_on).count()
}

fn follows(before: char, after: char, step: i8) -> bool {
    let pair: String = match step {
        0 => return before == after,
        1.. => [before, after].iter().collect(),
        _ => [after, before].iter().collect(),
    };
    ROWS.iter().any(|row| row.contains(&pair))
}

/// Without the owner's names and address too little of it is left.
fn leans_on(small: &str, about: &[&str]) -> bool {
    let parts = about.iter().flat_map(|text| {
        let text = text.to_lowercase();
        let local = text.split('@').next().unwrap_or_default().to_owned();
        [text, local]
    });
    let long: Vec<String> = parts.filter(|part| part.chars().count() >= 4).collect();
    let left = long.iter().fold(small.to_owned(), |left, part| left.replace(part.as_str(), ""));
    left.len() < small.len() && left.chars().count() < LENGTH_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_weak(password: &str) -> bool {
        weakness(password, &["ada.buyer@x.example", "Augusta", "Ki"]).is_some()
    }

    #[test]
    fn the_list_is_long_and_every_entry_of_it_is_refused() {
        assert!(COMMON.whole.len() > 500, "{}", COMMON.whole.len());
        for entry in &COMMON.whole {
            assert!(entry.chars().count() >= LENGTH_MIN, "{entry} is refused as too short");
            assert!(is_weak(entry), "{entry}");
            assert!(is_weak(&entry.to_uppercase()), "{entry}");
        }
    }

    #[test]
    fn signs_around_a_common_word_do_not_help() {
        for weak in ["Password!!", "P@$$w0rd2026", "1Dragon2023!", "!!welcome99", "Summer2026!"] {
            assert!(is_weak(weak), "{weak}");
        }
    }

    #[test]
    fn patterns_are_refused() {
        for weak in [
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "xyxyxyxyxy",
            "abcdefghijkl",
            "lkjhgfdsapoiu",
            "7654321abcdef",
            "aaaabbbbcccc",
            "qwertzuiopyxcv",
        ] {
            assert!(is_weak(weak), "{weak}");
        }
    }

    #[test]
    fn what_everybody_knows_of_the_owner_is_no_password() {
        for weak in
            ["ada.buyer@x.example", "ada.buyer", "Ada.Buyer1815", "augustaaugusta", "xAUGUSTA12"]
        {
            assert!(is_weak(weak), "{weak}");
        }
        assert!(!is_weak("augusta likes engines"), "there is more to it");
        assert!(!is_weak("kinetics and frogs"), "two letters say nothing");
    }

    #[test]
    fn good_ones_need_no_capitals_and_may_be_in_any_script() {
        for good in [
            "correct horse battery",
            "long enough",
            "žluťoučký kůň",
            "なにかながいことば",
            "k7#pQ2!xZm",
        ] {
            assert_eq!(weakness(good, &["a@x.example", "A", "B"]), None, "{good}");
        }
        assert!(is_weak("short7c"));
        assert!(is_weak(&"x1 ".repeat(43)));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(!is_weak("žýáíéúůč"));
        let longest: String = ('\u{4e00}'..).take(LENGTH_MAX).collect();
        assert!(!is_weak(&longest));
        assert!(is_weak(&format!("{longest}x")));
    }
}
