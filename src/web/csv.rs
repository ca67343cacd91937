//! Tables as CSV (RFC 4180, UTF-8), for people who will open them in a spreadsheet.
//!
//! What is in them, and in which pieces they are sent, is each export's to say.

use csv::{Terminator, WriterBuilder};

/// A cell; a text is never taken for a formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    /// A number or another word of our own making.
    Plain(String),
}

impl Cell {
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and words are handed over as they are"
    )]
    pub fn plain(value: impl ToString) -> Self {
        Self::Plain(value.to_string())
    }

    fn into_field(self) -> String {
        match self {
            Self::Text(text) if looks_like_a_formula(&text) => format!("'{text}"),
            Self::Text(text) | Self::Plain(text) => text,
        }
    }
}

/// Spreadsheets take what begins so for something to compute; an apostrophe makes it text.
fn looks_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// Lines of a table, each ended by CRLF.
pub fn lines(rows: impl IntoIterator<Item = Vec<Cell>>) -> Vec<u8> {
    let mut writer =
        WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    for row in rows {
        // Into memory: there is nothing that could fail.
        let _ = writer.write_record(row.into_iter().map(Cell::into_field));
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: Vec<Vec<Cell>>) -> String {
        String::from_utf8(lines(rows)).unwrap()
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let row = ["plain", "a,b", "say \"hi\"", "two\nlines", "žluť"].map(Cell::text);
        let line = "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",žluť\r\n";
        assert_eq!(written(vec![row.to_vec()]), line);
    }

    #[test]
    fn no_text_is_a_formula_and_numbers_stay_numbers() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=HYPERLINK(\"x\")"] {
            let cells = written(vec![vec![Cell::text(text)]]);
            let cell = cells.trim_start_matches('"');
            assert!(cell.starts_with('\''), "{text:?} became {cells:?}");
        }
        assert_eq!(written(vec![vec![Cell::plain(-4), Cell::text("a=b")]]), "-4,a=b\r\n");
    }
}
