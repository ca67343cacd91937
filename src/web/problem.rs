//! Refusals as RFC 9457 asks for them: `application/problem+json` that says
//! what went wrong and what to do.
//!
//! Which refusal a case deserves is for the sites to say.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// The kinds of problem there are; each has one status, one type and one title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    BadRequest,
    InvalidInput,
    IdempotencyKeyMissing,
    Unauthorized,
    Unsigned,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    TooSlow,
    TooLarge,
    TooManyRequests,
    Misdirected,
    UnsupportedMediaType,
    Busy,
    Unavailable,
    Internal,
}

impl Kind {
    fn facts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "bad-request", "Bad request"),
            Self::InvalidInput => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid-input", "Invalid input")
            }
            Self::IdempotencyKeyMissing => {
                (StatusCode::BAD_REQUEST, "idempotency-key-missing", "Idempotency-Key missing")
            }
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", "Not signed in"),
            Self::Unsigned => (StatusCode::UNAUTHORIZED, "unsigned", "Not signed as agreed"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Not allowed"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::Conflict => (StatusCode::CONFLICT, "conflict", "Conflict"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too-slow", "Too slow"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large"),
            Self::TooManyRequests => {
                (StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests")
            }
            Self::Misdirected => (StatusCode::MISDIRECTED_REQUEST, "misdirected", "Misdirected"),
            Self::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
            ),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "Too busy"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
        }
    }
}

/// One thing that is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where: `items[0].quantity`.
    pub field: String,
    /// What to do about it.
    pub detail: String,
}

/// A refusal; a handler returns it as its error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What [`Problem`] looks like on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// A name for the kind of problem that never changes.
    r#type: String,
    title: &'a str,
    status: u16,
    /// What happened and what to do.
    detail: &'a str,
    /// What is wrong with which field, where the input was invalid.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

impl Problem {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let headers = match kind {
            Kind::Busy => vec![(header::RETRY_AFTER, HeaderValue::from_static("1"))],
            Kind::Unavailable => vec![(header::RETRY_AFTER, HeaderValue::from_static("5"))],
            Kind::Unauthorized => {
                vec![(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))]
            }
            Kind::Unsigned => {
                vec![(header::WWW_AUTHENTICATE, HeaderValue::from_static("Standard-Webhooks"))]
            }
            Kind::BadRequest
            | Kind::InvalidInput
            | Kind::IdempotencyKeyMissing
            | Kind::Forbidden
            | Kind::NotFound
            | Kind::MethodNotAllowed
            | Kind::Conflict
            | Kind::TooSlow
            | Kind::TooLarge
            | Kind::TooManyRequests
            | Kind::Misdirected
            | Kind::UnsupportedMediaType
            | Kind::Internal => Vec::new(),
        };
        Self { kind, detail: detail.into(), errors: Vec::new(), headers }
    }

    /// Input that could be read and is not acceptable.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => format!("{}: {}", only.field, only.detail),
            several => format!("{} fields are not acceptable; see errors.", several.len()),
        };
        Self { errors, ..Self::new(Kind::InvalidInput, detail) }
    }

    /// One field that is not acceptable.
    pub fn invalid_field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.into(), detail: detail.into() }])
    }

    /// The same with a header field more.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub fn status(&self) -> StatusCode {
        self.kind.facts().0
    }

    pub fn title(&self) -> &'static str {
        self.kind.facts().2
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Those that go with it whatever its body is.
    pub(super) fn put_headers(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
    }

    fn body(&self) -> ProblemBody<'_> {
        let (status, slug, title) = self.kind.facts();
        ProblemBody {
            r#type: format!("urn:waybill:problem:{slug}"),
            title,
            status: status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        }
    }
}

/// A database that does not answer is the visitor's to wait for; its words are ours alone.
impl From<crate::db::DbError> for Problem {
    fn from(error: crate::db::DbError) -> Self {
        tracing::error!(%error, "the database did not serve a request");
        Self::new(
            Kind::Unavailable,
            "The database does not answer at present; nothing was lost. Try again in a few seconds.",
        )
    }
}

impl From<tokio_postgres::Error> for Problem {
    fn from(error: tokio_postgres::Error) -> Self {
        crate::db::DbError::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body()).unwrap_or_default();
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status(), content_type, body).into_response();
        self.put_headers(response.headers_mut());
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.extensions_mut().insert(self);
        response
    }
}
