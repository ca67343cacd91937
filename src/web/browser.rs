//! Telling browsers from programs, and our own addresses from others'.

use axum::http::{HeaderMap, header};

/// Whether the visitor would rather read a page than JSON.
pub fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// `next` where it is a path of this very site, so that no link of ours leads a visitor away.
pub fn local_path(next: &str) -> Option<&str> {
    let second = next.chars().nth(1);
    // Browsers read `//host` and `/\host` as another site and skip control characters.
    let local = next.starts_with('/') && second != Some('/') && second != Some('\\');
    let plain = next.len() <= 512 && next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    (local && plain).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_gone_to() {
        for good in ["/", "/orders/7", "/products/1?quantity=2#buy"] {
            assert_eq!(local_path(good), Some(good));
        }
        let bad =
            ["", "//a.example", "/\\a.example", "https://a.example", "/\t/a.example", "a", "/a\\b"];
        for bad in bad {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
        assert_eq!(local_path(&format!("/{}", "a".repeat(600))), None);
    }
}
