//! What was said between a site and its peers: which messages are wanted, how they are
//! shown, and all of them as a file.
//!
//! They are kept at the edge since the start of the process, the last ones only.

use std::convert::Infallible;

use askama::Template;
use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt as _, stream};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::{IntoParams, ToSchema};

use crate::{
    basis::SimTime,
    telemetry::{Read, Tap, TooManyReaders},
    web::{
        Kind, Problem,
        csv::{self, Cell},
        moments::timestamp,
        words::form_encoded,
    },
    wire::tape::{TapeFilter, Way},
};

/// Messages in one piece of a file.
const PIECE: usize = 200;
/// Messages of a page.
const SHOWN: i64 = 50;
/// Characters of a filter's word.
const WORD_MAX: usize = 100;

/// Which messages are wanted; all that is left out or empty asks for nothing.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The peer: of the store world or carrier, of the carrier world or store.
    #[serde(default)]
    #[param(example = "world")]
    pub link: String,
    /// sent or received, from this side.
    #[serde(default)]
    #[param(example = "sent")]
    pub direction: String,
    /// A part of the message's name or of the kind of something in it, in any case.
    #[serde(default)]
    #[param(max_length = 100, example = "topack")]
    pub kind: String,
    /// The number of a package that it names; `shipment` is the same.
    #[serde(default, alias = "shipment")]
    #[param(example = "7")]
    pub package: String,
    /// The number of a truck that it names.
    #[serde(default)]
    #[param(example = "3")]
    pub truck: String,
    /// A sequence number that it bears, also as an ack.
    #[serde(default)]
    #[param(example = "12")]
    pub seqnum: String,
    /// Not earlier: RFC 3339, or without a zone in UTC.
    #[serde(default)]
    #[param(example = "2026-01-01T12:00:00Z")]
    pub since: String,
    /// Earlier.
    #[serde(default)]
    #[param(example = "2026-01-01T13:00")]
    pub until: String,
}

impl Wanted {
    /// `peers`: the names that a link may have.
    pub fn filter(&self, peers: &[&str]) -> Result<TapeFilter, Problem> {
        let link = match self.link.trim() {
            "" => None,
            link if peers.contains(&link) => Some(link.to_owned()),
            _ => return Err(wrong("link", &format!("must be {}", peers.join(" or ")))),
        };
        let way = match self.direction.trim() {
            "" => None,
            word => Some(
                Way::parse(word).ok_or_else(|| wrong("direction", "must be sent or received"))?,
            ),
        };
        let kind = self.kind.trim();
        if kind.chars().count() > WORD_MAX {
            return Err(wrong("kind", &format!("must have at most {WORD_MAX} characters")));
        }
        Ok(TapeFilter {
            link,
            way,
            kind: (!kind.is_empty()).then(|| kind.to_owned()),
            package: number("package", &self.package)?,
            truck: number("truck", &self.truck)?,
            seq: number("seqnum", &self.seqnum)?,
            since: moment("since", &self.since)?,
            until: moment("until", &self.until)?,
        })
    }

    /// The same as a query, to be carried on; starts with `&` where there is something.
    pub fn query(&self) -> String {
        let fields = [
            ("link", &self.link),
            ("direction", &self.direction),
            ("kind", &self.kind),
            ("package", &self.package),
            ("truck", &self.truck),
            ("seqnum", &self.seqnum),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let given = fields.into_iter().filter(|(_, value)| !value.trim().is_empty());
        let encoded =
            |(name, value): (&str, &String)| format!("&{name}={}", form_encoded(value.trim()));
        given.map(encoded).collect()
    }
}

fn wrong(field: &str, detail: &str) -> Problem {
    Problem::new(Kind::BadRequest, format!("{field} {detail}."))
}

fn number(field: &str, text: &str) -> Result<Option<i64>, Problem> {
    let text = text.trim();
    let number = (!text.is_empty()).then(|| text.parse());
    number.transpose().map_err(|_| wrong(field, "must be a whole number"))
}

fn moment(field: &str, text: &str) -> Result<Option<SimTime>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // A browser's own field for times knows no zone.
    let in_utc = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    let at = text.parse::<Timestamp>().ok().or_else(|| Some(in_utc()?.timestamp()));
    let at = at.ok_or_else(|| wrong(field, "must be a time such as 2026-01-01T12:00:00Z"))?;
    Ok(Some(SimTime::from_micros(u64::try_from(at.as_microsecond()).unwrap_or(0))))
}

/// A message on one of the two links.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = LinkMessage)]
pub struct MessageView {
    /// Counts from 1 since the start of the process.
    pub id: u64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The peer's name.
    #[schema(value_type = String)]
    pub link: &'static str,
    /// sent or received.
    #[schema(value_type = String)]
    pub direction: &'static str,
    /// The protocol's name, such as ACommands; of HTTP the request or the status and the
    /// path; connected and closed are no messages.
    #[schema(example = "ACommands")]
    pub name: String,
    /// What is in it, by the protocols' names.
    pub kinds: Vec<String>,
    pub packages: Vec<i64>,
    pub trucks: Vec<i64>,
    pub seqnums: Vec<i64>,
    /// Bytes that it had.
    pub bytes: usize,
    /// It was too long to be kept whole.
    pub cut: bool,
    /// In protobuf's text format, or as JSON.
    pub text: String,
    /// Its fields; null where the bytes are no such message.
    #[schema(value_type = serde_json::Value)]
    pub message: Json,
}

impl From<Read> for MessageView {
    fn from(Read { message, shown }: Read) -> Self {
        Self {
            id: message.id,
            at: timestamp(message.at),
            link: message.link,
            direction: message.way.as_str(),
            cut: message.is_cut(),
            name: message.name.into_owned(),
            kinds: shown.kinds.into_iter().collect(),
            packages: shown.packages.into_iter().collect(),
            trucks: shown.trucks.into_iter().collect(),
            seqnums: shown.seqs.into_iter().collect(),
            bytes: message.whole_bytes,
            text: shown.text,
            message: shown.json,
        }
    }
}

/// The wanted ones before that number, the newest first, and where the next are.
pub async fn page(
    tap: &Tap,
    filter: TapeFilter,
    before: Option<u64>,
    limit: i64,
) -> Result<(Vec<MessageView>, Option<u64>), Problem> {
    let limit = usize::try_from(limit).unwrap_or(1);
    let reading = tap.before(filter, before, limit).await.map_err(busy)?;
    Ok((reading.messages.into_iter().map(MessageView::from).collect(), reading.next))
}

/// A page of the messages, as it is shown.
pub struct MessagesSeen {
    /// Where the site has such pages: `/admin`.
    pub base: &'static str,
    pub peers: &'static [&'static str],
    /// What the site calls a package.
    pub parcel: &'static str,
    pub wanted: Wanted,
    pub messages: Vec<MessageView>,
    pub is_first: bool,
    pub next: Option<u64>,
    /// What is wrong with the filter is said in the page that has it.
    pub problem: Option<Problem>,
}

/// What of a site's messages pages are about.
#[derive(Debug, Clone, Copy)]
pub struct MessagesAt {
    pub base: &'static str,
    pub peers: &'static [&'static str],
    pub parcel: &'static str,
}

impl MessagesSeen {
    pub async fn look(
        MessagesAt { base, peers, parcel }: MessagesAt,
        tap: &Tap,
        wanted: Wanted,
        before: Option<u64>,
    ) -> Result<Self, Problem> {
        let (filter, problem) = match wanted.filter(peers) {
            Ok(filter) => (Some(filter), None),
            Err(problem) => (None, Some(problem)),
        };
        let (messages, next) = match filter {
            Some(filter) => page(tap, filter, before, SHOWN).await?,
            None => (Vec::new(), None),
        };
        let is_first = before.is_none() && problem.is_none();
        Ok(Self { base, peers, parcel, wanted, messages, is_first, next, problem })
    }

    pub fn status(&self) -> StatusCode {
        self.problem.as_ref().map_or(StatusCode::OK, Problem::status)
    }

    /// `the world and the carrier`.
    pub fn peers_in_words(&self) -> String {
        let peers: Vec<_> = self.peers.iter().map(|peer| format!("the {peer}")).collect();
        peers.join(" and ")
    }
}

#[derive(Template)]
#[template(path = "running/message.html")]
struct MessagePart<'a> {
    message: &'a MessageView,
}

/// A message as one of a page's list.
pub fn as_item(message: &MessageView) -> String {
    MessagePart { message }.render().unwrap_or_default()
}

/// Where to go on in a page's list.
#[derive(Debug, Deserialize)]
pub struct Before {
    pub before: Option<u64>,
}

fn busy(error: TooManyReaders) -> Problem {
    Problem::new(Kind::Busy, format!("{error}. Try again in a second."))
}

/// How a file is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wish {
    /// csv, or jsonl: a JSON object a line.
    #[serde(default)]
    #[param(inline)]
    pub format: Format,
}

/// Messages, the newest first, and where the next ones are.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkMessages {
    pub items: Vec<MessageView>,
    /// The cursor of the next part; null at the end.
    pub next: Option<String>,
}

/// How a file of messages is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Csv,
    /// A JSON object a line.
    #[default]
    Jsonl,
}

/// All that are wanted as a file, the oldest first; piece by piece, so that it is never
/// whole in memory. What is forgotten meanwhile is left out.
pub fn export(tap: &Tap, filter: TapeFilter, format: Format) -> Response {
    let last = tap.id_last();
    let from = (tap.clone(), filter, Some(0_u64), true);
    let pieces = stream::unfold(from, move |(tap, filter, after, is_first)| async move {
        let after = after?;
        // Who reads waits for others who read.
        let reading = loop {
            match tap.after(filter.clone(), after, PIECE).await {
                Ok(reading) => break reading,
                Err(TooManyReaders) => tokio::time::sleep(super::live::AGAIN_AFTER).await,
            }
        };
        let next = reading.next.filter(|next| *next < last);
        let views = reading.messages.into_iter().map(MessageView::from);
        let mut piece = Vec::new();
        if is_first && format == Format::Csv {
            piece.extend(csv::lines([COLUMNS.map(Cell::plain).into()]));
        }
        // What comes after the request is for the next one.
        views.filter(|view| view.id <= last).for_each(|view| format.write(&view, &mut piece));
        Some((Ok::<_, Infallible>(Bytes::from(piece)), (tap, filter, next, false)))
    });
    let (kind, disposition) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"messages.csv\""),
        Format::Jsonl => ("application/x-ndjson", "attachment; filename=\"messages.jsonl\""),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)];
    // Who compresses it asks once more when it is over.
    (headers, Body::from_stream(pieces.fuse())).into_response()
}

const COLUMNS: [&str; 12] = [
    "id",
    "at",
    "link",
    "direction",
    "name",
    "kinds",
    "packages",
    "seqnums",
    "trucks",
    "bytes",
    "cut",
    "message",
];

impl Format {
    fn write(self, view: &MessageView, out: &mut Vec<u8>) {
        match self {
            Self::Jsonl => {
                out.extend(serde_json::to_vec(view).unwrap_or_default());
                out.push(b'\n');
            }
            Self::Csv => out.extend(csv::lines([cells(view)])),
        }
    }
}

fn cells(view: &MessageView) -> Vec<Cell> {
    let numbers = |all: &[i64]| all.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
    let message = match &view.message {
        Json::Null => view.text.clone(),
        json => json.to_string(),
    };
    vec![
        Cell::plain(view.id),
        Cell::plain(view.at),
        Cell::plain(view.link),
        Cell::plain(view.direction),
        Cell::text(&view.name),
        Cell::text(&view.kinds.join(" ")),
        Cell::plain(numbers(&view.packages)),
        Cell::plain(numbers(&view.seqnums)),
        Cell::plain(numbers(&view.trucks)),
        Cell::plain(view.bytes),
        Cell::plain(view.cut),
        Cell::Text(message),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEERS: [&str; 2] = ["world", "carrier"];

    #[test]
    fn a_time_without_a_zone_is_in_utc() {
        let with_zone = moment("since", "2026-01-01T12:00:00Z").unwrap();
        assert_eq!(moment("since", " 2026-01-01T12:00 ").unwrap(), with_zone);
        assert_eq!(moment("since", "2026-01-01T14:00:00+02:00").unwrap(), with_zone);
        assert_eq!(moment("since", "").unwrap(), None);
        assert!(moment("since", "yesterday").is_err());
    }

    #[test]
    fn a_filter_says_what_is_wrong_with_it() {
        let wanted = |change: fn(&mut Wanted)| {
            let mut wanted = Wanted::default();
            change(&mut wanted);
            wanted.filter(&PEERS).map_err(|problem| problem.detail().to_owned())
        };
        assert_eq!(wanted(|_| {}), Ok(TapeFilter::default()));
        assert_eq!(
            wanted(|it| it.link = "moon".into()).unwrap_err(),
            "link must be world or carrier."
        );
        assert!(wanted(|it| it.direction = "up".into()).is_err());
        assert!(wanted(|it| it.package = "7x".into()).is_err());
        assert!(wanted(|it| it.seqnum = "99999999999999999999".into()).is_err());
        assert!(wanted(|it| it.kind = "x".repeat(101)).is_err());
        assert_eq!(wanted(|it| it.package = " -7 ".into()).unwrap().package, Some(-7));
    }
}
