//! What the web sites of store, carrier and world share: problems as JSON or page,
//! extractors that bound what a stranger sends, protective layers, the listener.
//!
//! No route and no page of any site is here, and nothing of what they show.
//!
//! ```text
//! listener ──▶ guard (headers, panics, bounds, deadlines, no foreign forms) ──▶ routes
//!                                                      │ Problem
//! application/problem+json, a page, or a dialect's own ◀┘
//! ```

mod assets;
pub mod bells;
mod body;
mod browser;
mod caller;
pub mod chart;
mod cors;
pub mod csv;
mod docs;
mod guard;
mod hosts;
mod intake;
pub mod limits;
mod listener;
pub mod map;
pub mod moments;
pub mod openapi;
mod paging;
mod patience;
mod peers;
pub mod people;
pub mod plot;
mod problem;
pub mod running;
mod signed;
pub mod statement;
mod tapped;
pub mod text;
pub mod words;

pub use assets::assets;
pub use body::{FormBody, JsonBody, Params, PathId, PathIds};
pub use browser::{local_path, wants_html};
pub use caller::{Peer, client_address};
pub use cors::{Cors, CorsOrigin};
pub use docs::Docs;
pub use guard::{BODY_BYTES_MAX, Guarded, Wording, guard, guard_part};
pub use hosts::{Hosts, PublicUrl};
pub use listener::{Closing, ListenerSettings, Listening, listen, listen_on};
pub use paging::{Part, part};
pub use peers::{timestamp, with_and_without_slash};
pub use problem::{FieldError, Kind, Problem, ProblemBody};
pub use signed::{headers_of_post, signed};
pub use tapped::tapped;

/// A template as a page; one that can not be rendered is a problem of ours.
pub fn page(template: &impl askama::Template) -> axum::response::Response {
    use axum::response::{Html, IntoResponse};
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            Problem::new(Kind::Internal, "The page could not be made. Try again later.")
                .into_response()
        }
    }
}

/// A problem that a page of its own tells of, with whatever header fields it has.
pub fn refused(problem: &Problem, template: &impl askama::Template) -> axum::response::Response {
    let mut response = page(template);
    if response.status().is_success() {
        *response.status_mut() = problem.status();
        problem.put_headers(response.headers_mut());
    }
    response
}

#[cfg(test)]
mod tests {
    use askama::Template;
    use axum::http::header;

    use super::*;

    #[derive(Template)]
    #[template(source = "{{ text()? }}", ext = "txt")]
    struct Page(Result<&'static str, std::fmt::Error>);

    impl Page {
        fn text(&self) -> Result<&'static str, askama::Error> {
            self.0.map_err(Into::into)
        }
    }

    #[test]
    fn a_page_that_refuses_has_the_problems_status_and_fields() {
        let busy = Problem::new(Kind::Busy, "Try again soon.");
        let response = refused(&busy, &Page(Ok("Busy")));
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        assert!(response.extensions().get::<Problem>().is_none(), "it is worded already");
        let conflict = Problem::new(Kind::Conflict, "It is another one's.");
        let spoilt = refused(&conflict, &Page(Err(std::fmt::Error)));
        assert_eq!(spoilt.status(), 500);
    }
}
