//! How words are put together to names and sentences.
//!
//! Which words there are is in the files of what they name.

/// As it reads within a name or a sentence.
pub(super) fn uncapitalised(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().into_iter().flat_map(char::to_lowercase);
    first.chain(chars).collect()
}
