//! The pages on which reviews are written, and the list of one's own.
//!
//! What others read is on the pages of products and sellers.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    Subject,
    reading::{self, Cursor, Review, ReviewSort},
    writing::{self, NewReview, TEXT_MAX, TITLE_MAX},
};
use crate::{
    basis::{AccountId, ProductId, ReviewId, SellerId},
    store::web::{AppState, frame::Frame, roles::Signed},
    web::{self, FormBody, Kind, Params, PathId, Problem, local_path},
};

const PAGE: i64 = 10;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/reviews", get(mine))
        .route("/reviews/{id}/vote", post(vote))
        .route("/products/{id}/review", get(product_form).post(review_product))
        .route("/products/{id}/review/withdraw", post(withdraw_of_product))
        .route("/sellers/{id}/review", get(seller_form).post(review_seller))
        .route("/sellers/{id}/review/withdraw", post(withdraw_of_seller))
}

/// Which part of the reviews a page shows, as its address has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    pub reviews: String,
    pub reviews_after: String,
}

/// A part of what others say, for the page of a product or of a seller.
pub struct Section {
    pub reviews: Vec<Review>,
    pub sort: ReviewSort,
    pub is_first: bool,
    pub page: String,
    next: Option<Cursor>,
}

impl Section {
    pub async fn read(
        state: &AppState,
        subject: Subject,
        viewer: Option<AccountId>,
        query: &Query,
    ) -> Result<Self, Problem> {
        let unusable =
            |()| Problem::new(Kind::BadRequest, "This address of reviews can not be used.");
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let sort = text(&query.reviews).map_or(Ok(ReviewSort::default()), |sort| sort.parse());
        let after = text(&query.reviews_after).map(|after| after.parse()).transpose();
        let (sort, after) = (sort.map_err(unusable)?, after.map_err(unusable)?);
        let (reviews, next) = reading::of(state, subject, viewer, (sort, after), PAGE).await?;
        Ok(Self { reviews, sort, is_first: after.is_none(), page: subject.page(), next })
    }

    pub fn is_sorted(&self, sort: &ReviewSort) -> bool {
        self.sort == *sort
    }

    /// The same reviews in an order.
    pub fn sorted(&self, sort: &ReviewSort) -> String {
        format!("{}?reviews={}#reviews", self.page, sort.name())
    }

    pub fn next(&self) -> Option<String> {
        let next = self.next.as_ref()?;
        Some(format!("{}?reviews={}&reviews_after={next}#reviews", self.page, self.sort.name()))
    }
}

#[derive(Template)]
#[template(path = "store/review.html")]
struct ReviewPage {
    frame: Frame,
    subject: Subject,
    name: String,
    form: ReviewForm,
    /// Whether there is one already.
    is_change: bool,
    hindrance: Option<Problem>,
    problem: Option<Problem>,
}

impl ReviewPage {
    fn is_given(&self, stars: &i64) -> bool {
        self.form.stars == stars.to_string()
    }
}

/// The form as it was sent, so that it can be shown again.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ReviewForm {
    stars: String,
    title: String,
    text: String,
}

impl ReviewForm {
    fn read(&self) -> NewReview {
        // What is no number is no number of stars, and is refused as such.
        let stars = self.stars.trim().parse().unwrap_or(0);
        NewReview { stars, title: self.title.clone(), text: self.text.clone() }
    }
}

async fn form(state: &AppState, signed: Signed, subject: Subject) -> Result<Response, Problem> {
    let Signed { person, frame } = signed;
    let name = subject.name(state).await?;
    let known = reading::mine_of(state, person.account, subject).await?;
    let is_change = known.is_some();
    let hindrance = match is_change {
        true => None,
        false => writing::hindrance(state, person.account, subject).await?,
    };
    let form = known.map_or_else(ReviewForm::default, |review| ReviewForm {
        stars: review.stars.to_string(),
        title: review.title,
        text: review.text,
    });
    Ok(web::page(&ReviewPage { frame, subject, name, form, is_change, hindrance, problem: None }))
}

async fn write(
    state: &AppState,
    signed: Signed,
    subject: Subject,
    form: ReviewForm,
) -> Result<Response, Problem> {
    let Signed { person, frame } = signed;
    let problem = match writing::write(state, person.account, subject, &form.read()).await {
        Ok(_) => return Ok(to_reviews(subject)),
        Err(problem) => problem,
    };
    let name = subject.name(state).await?;
    let is_change = reading::mine_of(state, person.account, subject).await?.is_some();
    let status = problem.status();
    let problem = Some(problem);
    let page = ReviewPage { frame, subject, name, form, is_change, hindrance: None, problem };
    Ok((status, web::page(&page)).into_response())
}

async fn withdraw(state: &AppState, signed: Signed, subject: Subject) -> Result<Response, Problem> {
    writing::withdraw(state, signed.person.account, subject).await?;
    Ok(to_reviews(subject))
}

fn to_reviews(subject: Subject) -> Response {
    Redirect::to(&format!("{}?reviews=newest#reviews", subject.page())).into_response()
}

async fn product_form(
    State(state): State<AppState>,
    signed: Signed,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    form(&state, signed, Subject::Product(ProductId(id))).await
}

async fn review_product(
    State(state): State<AppState>,
    signed: Signed,
    PathId(id): PathId,
    FormBody(form): FormBody<ReviewForm>,
) -> Result<Response, Problem> {
    write(&state, signed, Subject::Product(ProductId(id)), form).await
}

async fn withdraw_of_product(
    State(state): State<AppState>,
    signed: Signed,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    withdraw(&state, signed, Subject::Product(ProductId(id))).await
}

async fn seller_form(
    State(state): State<AppState>,
    signed: Signed,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    form(&state, signed, Subject::Seller(SellerId(id))).await
}

async fn review_seller(
    State(state): State<AppState>,
    signed: Signed,
    PathId(id): PathId,
    FormBody(form): FormBody<ReviewForm>,
) -> Result<Response, Problem> {
    write(&state, signed, Subject::Seller(SellerId(id)), form).await
}

async fn withdraw_of_seller(
    State(state): State<AppState>,
    signed: Signed,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    withdraw(&state, signed, Subject::Seller(SellerId(id))).await
}

#[derive(Debug, Deserialize)]
struct VoteForm {
    /// 1: it helped; 0: taken back.
    #[serde(default)]
    helps: String,
    #[serde(default)]
    next: String,
}

async fn vote(
    State(state): State<AppState>,
    signed: Signed,
    PathId(id): PathId,
    FormBody(form): FormBody<VoteForm>,
) -> Result<Response, Problem> {
    let helps = form.helps != "0";
    writing::vote(&state, signed.person.account, ReviewId(id), helps).await?;
    Ok(Redirect::to(local_path(&form.next).unwrap_or("/reviews")).into_response())
}

#[derive(Template)]
#[template(path = "store/reviews.html")]
struct MyReviewsPage {
    frame: Frame,
    reviews: Vec<Review>,
    is_first: bool,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct After {
    #[serde(default)]
    after: String,
}

async fn mine(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Params(After { after }): Params<After>,
) -> Result<Response, Problem> {
    let unusable = |()| Problem::new(Kind::BadRequest, "This address of reviews can not be used.");
    let after: Option<Cursor> = match after.as_str() {
        "" => None,
        after => Some(after.parse().map_err(unusable)?),
    };
    let (reviews, next) = reading::mine(&state, person.account, after, PAGE).await?;
    let next = next.map(|next| format!("/reviews?after={next}"));
    Ok(web::page(&MyReviewsPage { frame, reviews, is_first: after.is_none(), next }))
}
