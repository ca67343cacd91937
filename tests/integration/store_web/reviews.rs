//! Reviews: who may write them, that there is one each, that the averages are right, and
//! whom they helped.

use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::site::{Answer, Ask, Site};
use crate::support::on_each_database;

const MINE: &str = "/api/v1/products/1/review";

fn page(path: &str) -> Ask {
    Ask::get(path).header("accept", "text/html")
}

fn review(stars: i64, text: &str) -> Value {
    json!({"stars": stars, "title": "So it is", "text": text})
}

impl Site {
    async fn say(&self, token: &str, stars: i64, text: &str) -> Answer {
        self.ask(Ask::put(MINE, &review(stars, text)).token(token)).await
    }

    async fn stars(&self, path: &str) -> Value {
        self.get(path).await.json()["rating"]["stars"].clone()
    }

    async fn reviews(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/api/v1/products/1/reviews?{query}")).await;
        answer.json()["items"].as_array().unwrap_or_else(|| panic!("{}", answer.text)).clone()
    }
}

#[tokio::test]
async fn who_received_it_reviews_it_once_and_changes_and_withdraws_it() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.customer("ada@x.example").await;
        let first = site.say(&token, 4, "Two\r\nlines").await;
        assert_eq!(first.status, 201, "{}", first.text);
        let written = first.json();
        assert_eq!((&written["text"], &written["author"]), (&json!("Two\nlines"), &json!("A")));
        assert!(written["is_mine"] == true && written["edited_at"].is_null());
        assert_eq!(site.stars("/api/v1/products/1").await, json!([0, 0, 0, 1, 0]));

        let same = site.say(&token, 4, "Two\nlines").await;
        assert_eq!((same.status, &same.json()["edited_at"]), (200, &Value::Null));
        let changed = site.say(&token, 2, "Broke").await;
        assert_eq!((changed.status, &changed.json()["id"]), (200, &written["id"]));
        assert!(changed.json()["edited_at"].is_string());
        assert_eq!(site.stars("/api/v1/products/1").await, json!([0, 1, 0, 0, 0]));
        assert_eq!(site.get("/api/v1/products/1").await.json()["rating"]["average"], 2.0);

        let mine = site.ask(Ask::get("/api/v1/reviews").token(&token)).await.json();
        assert_eq!(mine["items"][0]["subject"], "Enamel stock pot, 5 litres");
        assert_eq!(site.ask(Ask::delete(MINE).token(&token)).await.status, 204);
        assert_eq!(site.stars("/api/v1/products/1").await, json!([0, 0, 0, 0, 0]));
        let gone = site.ask(Ask::delete(MINE).token(&token)).await;
        gone.assert_problem(StatusCode::NOT_FOUND);
        assert!(site.reviews("").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn nobody_else_reviews() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        site.ask(Ask::put(MINE, &review(5, ""))).await.assert_problem(StatusCode::UNAUTHORIZED);
        let token = site.token("b@x.example").await;
        let before = site.say(&token, 5, "").await.assert_problem(StatusCode::FORBIDDEN);
        assert!(before["detail"].as_str().unwrap().contains("delivered"), "{before}");
        let order = site.place(&token, "k").await;
        site.say(&token, 5, "").await.assert_problem(StatusCode::FORBIDDEN);
        let seller = "/api/v1/sellers/1/review";
        let of_seller = site.ask(Ask::put(seller, &review(5, "")).token(&token)).await;
        of_seller.assert_problem(StatusCode::FORBIDDEN);
        site.deliver(order).await;
        let other = site.ask(Ask::put("/api/v1/products/2/review", &review(5, "")).token(&token)).await;
        other.assert_problem(StatusCode::FORBIDDEN);
        let none = site.ask(Ask::put("/api/v1/products/9999/review", &review(5, "")).token(&token)).await;
        none.assert_problem(StatusCode::NOT_FOUND);
        // Who sells it has no say.
        site.run("UPDATE store.sellers SET account_id = (SELECT id FROM store.accounts WHERE email = 'b@x.example') WHERE id = 1").await;
        let own = site.say(&token, 5, "").await.assert_problem(StatusCode::FORBIDDEN);
        assert!(own["detail"].as_str().unwrap().contains("sell"), "{own}");
        assert_eq!(site.stars("/api/v1/products/1").await, json!([0, 0, 0, 0, 0]));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_review_is_refused_with_its_fields() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.customer("ada@x.example").await;
        let long = "é".repeat(5_001);
        for (body, field) in [
            (json!({"stars": 0}), "stars"),
            (json!({"stars": 6}), "stars"),
            (json!({"stars": "five"}), "stars"),
            (json!({"stars": 4.5}), "stars"),
            (json!({"stars": 5, "title": "a\nb"}), "title"),
            (json!({"stars": 5, "title": "x".repeat(121)}), "title"),
            (json!({"stars": 5, "text": long}), "text"),
            (json!({"stars": 5, "text": "a\u{0}b"}), "text"),
        ] {
            let problem = site.ask(Ask::put(MINE, &body).token(&token)).await;
            let problem = problem.assert_problem(StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        assert!(site.reviews("").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_same_review_fifty_times_at_once_is_one_review() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let token = site.customer("ada@x.example").await;
        let at_once = (0..50).map(|n| site.say(&token, n % 5 + 1, "At once"));
        let answers = join_all(at_once).await;
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        assert!(created == 1 && answers.iter().all(|answer| matches!(answer.status, 200 | 201)));
        let reviews = site.reviews("").await;
        assert_eq!(reviews.len(), 1);
        let stars = usize::try_from(reviews[0]["stars"].as_u64().unwrap()).unwrap();
        let mut expected = [0; 5];
        expected[stars - 1] = 1;
        assert_eq!(site.stars("/api/v1/products/1").await, json!(expected));
    })
    .await;
}

#[tokio::test]
async fn averages_are_right_when_many_review_and_withdraw_at_once() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let mut tokens = Vec::new();
        for n in 0..8 {
            tokens.push(site.customer(&format!("c{n}@x.example")).await);
        }
        let busy = tokens.iter().enumerate().map(|(n, token)| {
            let (site, stars) = (&site, n as i64 % 5 + 1);
            async move {
                site.say(token, 6 - stars, "").await;
                site.say(token, stars, "").await;
                if n % 4 == 3 {
                    site.ask(Ask::delete(MINE).token(token)).await;
                }
                let seller = Ask::put("/api/v1/sellers/1/review", &review(stars, ""));
                assert_eq!(site.ask(seller.token(token)).await.status, 201);
            }
        });
        join_all(busy).await;
        // Of 1 2 3 4 5 1 2 3 the fourth and the eighth withdrew theirs.
        assert_eq!(site.stars("/api/v1/products/1").await, json!([2, 2, 1, 0, 1]));
        assert_eq!(site.get("/api/v1/products/1").await.json()["rating"]["average"], 2.33);
        assert_eq!(site.stars("/api/v1/sellers/1").await, json!([2, 2, 2, 1, 1]));
        site.run("DELETE FROM store.accounts WHERE email = 'c0@x.example'").await;
        assert_eq!(site.stars("/api/v1/products/1").await, json!([1, 2, 1, 0, 1]));
    })
    .await;
}

#[tokio::test]
async fn a_vote_counts_once_and_not_for_oneself() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let author = site.customer("ada@x.example").await;
        let id = site.say(&author, 5, "").await.json()["id"].clone();
        let path = format!("/api/v1/reviews/{id}/vote");
        let (one, two) = (site.token("b@x.example").await, site.token("c@x.example").await);
        let put = |token: &str| Ask::new(axum::http::Method::PUT, &path).token(token);
        let votes = join_all((0..20).map(|_| site.ask(put(&one)))).await;
        assert!(votes.iter().all(|vote| vote.status == 200 && vote.json()["helpful"] == 1));
        assert_eq!(site.ask(put(&two)).await.json()["helpful"], 2);
        site.ask(put(&author)).await.assert_problem(StatusCode::FORBIDDEN);
        let seen = Ask::get("/api/v1/products/1/reviews").token(&one);
        assert_eq!(site.ask(seen).await.json()["items"][0]["is_helpful_to_me"], true);
        for _ in 0..2 {
            let back = site.ask(Ask::delete(&path).token(&one)).await;
            assert_eq!(back.json()["helpful"], 1);
        }
        site.ask(Ask::delete(&path)).await.assert_problem(StatusCode::UNAUTHORIZED);
        let none = Ask::new(axum::http::Method::PUT, "/api/v1/reviews/424242/vote").token(&one);
        site.ask(none).await.assert_problem(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn reviews_are_read_part_by_part_in_each_order() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let many = "INSERT INTO store.accounts (id, email, password_hash, first_name, last_name)
                SELECT n, n || '@x.example', '', 'N' || n, 'X' FROM generate_series(101, 130) AS t (n);
            INSERT INTO store.reviews (id, account_id, product_id, stars, helpful)
                SELECT n, n, 1, n % 5 + 1, n % 3 FROM generate_series(101, 130) AS t (n)";
        site.run(many).await;
        let whole = async |sort: &str| {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/api/v1/products/1/reviews?sort={sort}&limit=7{cursor}");
                let part = site.get(&path).await.json();
                let keys = part["items"].as_array().unwrap().iter();
                seen.extend(keys.map(|r| [&r["helpful"], &r["stars"], &r["id"]].map(|n| n.as_i64().unwrap())));
                let Some(next) = part["next"].as_str() else { return seen };
                cursor = format!("&cursor={next}");
            }
        };
        for (sort, key) in [
            ("helpful", (|[helpful, _, id]| (-helpful, -id)) as fn(&[i64; 3]) -> (i64, i64)),
            ("newest", |[.., id]| (0, -id)),
            ("highest", |[_, stars, id]| (-stars, -id)),
            ("lowest", |[_, stars, id]| (*stars, *id)),
        ] {
            let seen = whole(sort).await;
            assert_eq!(seen.len(), 30, "{sort}");
            assert!(seen.is_sorted_by_key(key), "{sort}: {seen:?}");
        }
        for bad in ["sort=funny", "cursor=x", "limit=0"] {
            let answer = site.get(&format!("/api/v1/products/1/reviews?{bad}")).await;
            answer.assert_problem(StatusCode::BAD_REQUEST);
        }
        site.get("/api/v1/products/9999/reviews").await.assert_problem(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn people_write_change_and_withdraw_on_pages() {
    on_each_database(async |db| {
        let site = Site::open(db).await;
        let cookie = site.cookie().await;
        let form = async |path: &str, fields: &str| {
            site.ask(Ask::form(path, fields).cookie(&cookie)).await
        };
        let early = site.ask(page("/products/1/review").cookie(&cookie)).await;
        assert!(early.text.contains("when a package with it has been delivered"), "{}", early.text);
        assert_eq!(form("/products/1/review", "stars=5").await.status, 403);
        let stranger = site.ask(page("/products/1/review")).await;
        assert_eq!(stranger.header("location"), "/login?next=/products/1/review");

        let bought = form("/products/1", "key=k&listing_id=1&quantity=1&x=3&y=-4").await;
        assert_eq!(bought.status, 303);
        site.deliver(1).await;
        let spoilt = form("/products/1/review", "stars=&title=Kept+%3Cb%3E&text=Said").await;
        assert_eq!(spoilt.status, 422);
        assert!(spoilt.text.contains("role=\"alert\"") && spoilt.text.contains("Stars"));
        assert!(
            spoilt.text.contains("Kept &#60;b&#62;") && spoilt.text.contains(">Said</textarea>")
        );

        let fields = "stars=4&title=%3Cscript%3E&text=One%0D%0Atwo+%3Cimg%3E";
        let written = form("/products/1/review", fields).await;
        assert_eq!(
            (written.status, written.header("location")),
            (303, "/products/1?reviews=newest#reviews")
        );
        let shown = site.ask(page("/products/1?reviews=newest").cookie(&cookie)).await;
        assert!(shown.text.contains("4 of 5 stars") && shown.text.contains("Change yours"));
        assert!(shown.text.contains("&#60;script&#62;") && !shown.text.contains("<img>"));
        let mine = site.ask(page("/reviews").cookie(&cookie)).await;
        assert!(mine.text.contains("href=\"/products/1/review\""), "{}", mine.text);
        let again = site.ask(page("/products/1/review").cookie(&cookie)).await;
        assert!(
            again.text.contains("Withdraw the review")
                && again.text.contains("value=\"4\" required checked")
        );

        let other = site.customer("ada@x.example").await;
        let id = site.say(&other, 1, "No").await.json()["id"].clone();
        let vote = form(&format!("/reviews/{id}/vote"), "helps=1&next=/products/1").await;
        assert_eq!((vote.status, vote.header("location")), (303, "/products/1"));
        let away = form(&format!("/reviews/{id}/vote"), "helps=0&next=https://x.example").await;
        assert_eq!(away.header("location"), "/reviews");
        assert_eq!(form("/sellers/1/review", "stars=5").await.status, 303);
        assert!(site.ask(page("/sellers/1")).await.text.contains("5 of 5 stars"));

        assert_eq!(form("/products/1/review/withdraw", "").await.status, 303);
        assert_eq!(site.reviews("").await.len(), 1);
        assert_eq!(form("/products/1/review/withdraw", "").await.status, 404);
        for bad in ["/products/1?reviews=x", "/products/1?reviews_after=x", "/reviews?after=x"] {
            assert_eq!(site.ask(page(bad).cookie(&cookie)).await.status, 400, "{bad}");
        }
    })
    .await;
}
