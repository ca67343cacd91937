//! People's ways through the store in a real browser, over everything that `waybill up` runs:
//! buying, thinking better of it, selling, and running the shop.
//!
//! Needs chromium and a chromedriver (`WEBDRIVER_URL`, or one is started).
//! What each page says is tested beside the pages, not here.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what helps a test may fail it")]

#[path = "../integration/support/up.rs"]
#[allow(dead_code, reason = "shared with the other test binary")]
mod up;

mod api;
mod buying;
mod chrome;
mod house;
mod person;
mod running;
mod second_thoughts;
mod selling;
