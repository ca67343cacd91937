//! Who is at the other end of a link: where it is, when it was heard, what it has not acked.
//!
//! Nothing is changed here.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    telemetry::{LinkPast, Tap},
    web::moments::timestamp,
    wire::tape::Way,
};

/// What is known of a peer, since the start of the process.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Peer {
    /// Where it is, as was said at the start.
    pub address: String,
    /// When it changed from well to not, or back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failed_at: Option<Timestamp>,
    /// How it failed last.
    pub failure: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_sent_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_received_at: Option<Timestamp>,
    /// Messages that are not acked.
    pub unacked: usize,
}

impl Peer {
    /// `name`: of the link on the tap.
    pub fn new(
        (name, address): (&str, &str),
        LinkPast { since, failure, .. }: LinkPast,
        tap: &Tap,
        unacked: usize,
    ) -> Self {
        let last = |way| tap.last_at(name, way).map(timestamp);
        let (failed_at, failure) = failure.unzip();
        Self {
            address: without_password(address),
            since,
            failed_at,
            failure,
            last_sent_at: last(Way::Sent),
            last_received_at: last(Way::Received),
            unacked,
        }
    }
}

/// An address may bear a name and a password before an `@`: nobody has to see them.
fn without_password(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let shown = without_password("https://store:s3cret@carrier.example:8081/api/@x");
        assert_eq!(shown, "https://carrier.example:8081/api/@x");
        assert_eq!(without_password("127.0.0.1:23456"), "127.0.0.1:23456");
    }
}
