//! Extractors whose rejections are [`Problem`]s that say what to send instead.
//!
//! How much may be sent, and how slowly, is the guard's to say.

use axum::{
    Form, Json,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{FormRejection, JsonRejection},
    },
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use super::{Kind, Problem};

/// A JSON body.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(json_problem(&rejection)),
        }
    }
}

fn json_problem(rejection: &JsonRejection) -> Problem {
    match rejection {
        JsonRejection::JsonDataError(error) => mismatch(&error.body_text()),
        JsonRejection::JsonSyntaxError(error) => Problem::new(
            Kind::BadRequest,
            format!("The body is not JSON: {}.", after_colon(&error.body_text())),
        ),
        JsonRejection::MissingJsonContentType(_) => Problem::new(
            Kind::UnsupportedMediaType,
            "Send the body as JSON, with the header Content-Type: application/json.",
        ),
        other => unreadable(&other.body_text()),
    }
}

/// JSON of another shape than asked for; axum names the field before the reason.
fn mismatch(text: &str) -> Problem {
    let text = after_colon(text);
    match text.split_once(": ") {
        Some((field, reason)) if !field.contains(' ') => Problem::invalid_field(field, reason),
        Some(_) | None => Problem::invalid_field("body", text),
    }
}

fn after_colon(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(_, rest)| rest)
}

fn unreadable(text: &str) -> Problem {
    Problem::new(Kind::BadRequest, format!("The body could not be read: {text}."))
}

/// A form's fields.
#[derive(Debug)]
pub struct FormBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for FormBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Form::from_request(request, state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(FormRejection::InvalidFormContentType(_)) => Err(Problem::new(
                Kind::UnsupportedMediaType,
                "Send the form as application/x-www-form-urlencoded.",
            )),
            Err(FormRejection::FailedToDeserializeFormBody(error)) => {
                Err(mismatch(&error.body_text()))
            }
            Err(other) => Err(unreadable(&other.body_text())),
        }
    }
}

/// The query's parameters.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(Problem::new(
                Kind::BadRequest,
                format!("A parameter is not acceptable: {}.", after_colon(&rejection.body_text())),
            )),
        }
    }
}

/// The two numbers in the path, in their order; anything else there names nothing, so 404.
#[derive(Debug)]
pub struct PathIds(pub i64, pub i64);

impl<S: Send + Sync> FromRequestParts<S> for PathIds {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let found = Path::<(i64, i64)>::from_request_parts(parts, state).await;
        let nothing = |_| Problem::new(Kind::NotFound, "There is nothing under this address.");
        found.map(|Path((first, second))| Self(first, second)).map_err(nothing)
    }
}

/// The one number in the path; anything else there names nothing, so 404.
#[derive(Debug)]
pub struct PathId(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let found = Path::<i64>::from_request_parts(parts, state).await;
        let nothing = |_| Problem::new(Kind::NotFound, "There is nothing under this address.");
        found.map(|Path(id)| Self(id)).map_err(nothing)
    }
}
