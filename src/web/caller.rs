//! Where a request comes from: the peer's address, or what proxies of ours say of it.
//!
//! Not who sent it. What a stranger claims of his address is believed by nobody: only
//! as many entries of `X-Forwarded-For` count as there are proxies in front of us.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// Whoever is at the other end of the connection; the listener leaves it with each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The visitor's address behind so many proxies, each of which adds the address of whom it
/// heard to the end of `X-Forwarded-For`. None: not known.
pub fn client_address(peer: Option<Peer>, headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let peer = peer.map(|Peer(address)| address.ip().to_canonical());
    let Some(before) = proxies.checked_sub(1) else { return peer };
    let lists = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let entries: Vec<&str> = lists.flat_map(|list| list.split(',')).map(str::trim).collect();
    // A list that is too short was begun by one of ours.
    let entry = entries.iter().rev().nth(before).or(entries.first());
    entry.and_then(|entry| read(entry)).or(peer)
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn read(entry: &str) -> Option<IpAddr> {
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().or_else(|_| entry.parse::<SocketAddr>().map(|it| it.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(proxies: usize, lists: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append("x-forwarded-for", HeaderValue::from_static(list));
        }
        let peer = Peer(SocketAddr::from(([192, 0, 2, 9], 4711)));
        client_address(Some(peer), &headers, proxies).unwrap().to_string()
    }

    #[test]
    fn a_claimed_address_is_believed_of_our_proxies_only() {
        assert_eq!(seen(0, &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(seen(1, &["203.0.113.6, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen(1, &["203.0.113.6", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen(2, &["203.0.113.6, 198.51.100.1, 198.51.100.2"]), "198.51.100.1");
        assert_eq!(seen(3, &["198.51.100.1, 198.51.100.2"]), "198.51.100.1");
        assert_eq!(seen(1, &[]), "192.0.2.9");
        assert_eq!(seen(1, &["unknown"]), "192.0.2.9");
    }

    #[test]
    fn addresses_come_with_ports_and_brackets() {
        assert_eq!(seen(1, &["198.51.100.1:80"]), "198.51.100.1");
        assert_eq!(seen(1, &["[2001:db8::1]:80"]), "2001:db8::1");
        assert_eq!(seen(1, &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(seen(1, &["::ffff:198.51.100.1"]), "198.51.100.1");
    }
}
