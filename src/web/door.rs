//! A door for bodies from strangers: how many are held at once is bounded, and
//! how long each may take to come.
//!
//! What is in them is not known here, nor what a refusal looks like.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest as _, Request, rejection::BytesRejection},
};

use crate::runtime::{Admission, Permit};

/// A body has to be there within this time.
const READ_WITHIN: Duration = Duration::from_secs(10);

/// Lets in so many bodies, before they are read; cheap to clone.
///
/// The size of each is bounded by [`DefaultBodyLimit`](axum::extract::DefaultBodyLimit).
#[derive(Debug, Clone)]
pub struct Door {
    admission: Admission,
    read_within: Duration,
}

/// A body, and its place, which is free again when this is dropped.
#[derive(Debug)]
pub struct Admitted {
    pub bytes: Bytes,
    pub permit: Permit,
}

/// Why a body is not there.
#[derive(Debug, thiserror::Error)]
pub enum NotAdmitted {
    #[error("too many requests are being read or done; send it again")]
    Full,
    #[error("the body did not come within {0:?}")]
    Late(Duration),
    #[error("{}", .0.body_text())]
    Unreadable(BytesRejection),
}

impl Door {
    /// For as many bodies at once.
    pub fn new(bodies_max: usize) -> Self {
        Self { admission: Admission::new(bodies_max), read_within: READ_WITHIN }
    }

    /// Reads the body, if there is a place for it.
    pub async fn read(&self, request: Request) -> Result<Admitted, NotAdmitted> {
        let permit = self.admission.enter().ok_or(NotAdmitted::Full)?;
        let body = tokio::time::timeout(self.read_within, Bytes::from_request(request, &()));
        let bytes = body.await.map_err(|_| NotAdmitted::Late(self.read_within))?;
        Ok(Admitted { bytes: bytes.map_err(NotAdmitted::Unreadable)?, permit })
    }
}

impl NotAdmitted {
    /// The HTTP status that says so.
    pub fn status(&self) -> axum::http::StatusCode {
        use axum::http::StatusCode;
        match self {
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
            Self::Late(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Unreadable(rejection) => rejection.status(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::StatusCode};

    use super::*;

    #[tokio::test]
    async fn a_body_holds_its_place_until_it_is_done_with() {
        let door = Door::new(1);
        let inside = door.read(Request::new(Body::from("first"))).await.unwrap();
        assert_eq!(&inside.bytes[..], b"first");
        let refused = door.read(Request::new(Body::from("second"))).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        drop(inside);
        assert!(door.read(Request::new(Body::from("second"))).await.is_ok());
    }

    #[tokio::test]
    async fn a_body_that_never_comes_gives_its_place_back() {
        let door = Door { read_within: Duration::from_millis(1), ..Door::new(1) };
        let endless = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let refused = door.read(Request::new(Body::from_stream(endless))).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(door.admission.in_flight(), 0);
    }
}
