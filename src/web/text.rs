//! What texts from outside must be like before they are kept.
//!
//! Not how they are shown: pages escape whatever they show.

/// Most text on one line; trimmed, runs of blanks are one.
pub fn line(text: &str, length_max: usize) -> Result<String, String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = (1..=length_max).contains(&line.chars().count());
    if fits && !line.chars().any(is_hidden) {
        return Ok(line);
    }
    Err(format!("must have 1 to {length_max} characters, all of them printable"))
}

/// The same with line breaks; trimmed, each break is one `\n`.
pub fn paragraphs(text: &str, length_max: usize) -> Result<String, String> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    let fits = (1..=length_max).contains(&text.chars().count());
    if fits && !text.chars().any(|c| c != '\n' && is_hidden(c)) {
        return Ok(text.to_owned());
    }
    Err(format!("must have 1 to {length_max} characters, all of them printable"))
}

/// What nobody sees, or what makes others be seen in another order.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_bounded_and_visible() {
        assert_eq!(line("  Blue \t Kettle\n", 20).unwrap(), "Blue Kettle");
        assert_eq!(line("žluťoučký 茶", 12).unwrap(), "žluťoučký 茶");
        for bad in ["", "   ", "a\0b", "a\u{202e}b", "a\u{200b}b", "\u{7f}", &"a".repeat(21)] {
            assert!(line(bad, 20).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn paragraphs_keep_their_breaks() {
        assert_eq!(paragraphs(" one\r\n\r\ntwo ", 20).unwrap(), "one\n\ntwo");
        for bad in ["", "\n", "a\0", "a\u{7}", &"a".repeat(21)] {
            assert!(paragraphs(bad, 20).is_err(), "{bad:?}");
        }
    }
}
