//! A person's way through the store in a real browser: register, search, buy,
//! watch the order arrive without touching the page, and look into the world.
//!
//! Needs chromium and a chromedriver (`WEBDRIVER_URL`, or one is started).
//! What each page says is tested beside the pages, not here.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what helps a test may fail it")]

#[path = "integration/support/up.rs"]
#[allow(dead_code, reason = "shared with the other test binary")]
mod up;

use std::{net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};
use up::{Up, UpOptions};
use waybill::db::DbTarget;

const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs chromium and chromedriver; .ci/run runs it"]
async fn an_order_is_watched_from_click_to_doorstep() {
    let dir = TempDir::new().unwrap();
    let target = DbTarget::choose(None, dir.path());
    let up = Up::start(&UpOptions {
        data_dir: dir.path(),
        target: &target,
        store_addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        // Slow enough that the order page sees the last stages happen.
        arguments: &["--simspeed", "60"],
    })
    .await;
    let browser = Browser::open().await;
    let pages =
        Pages { driver: browser.driver.clone(), store: up.store.clone(), world: up.world.clone() };
    let walked = tokio::spawn(walk(pages)).await;
    if walked.is_err() {
        let _ = browser.picture("failed").await;
    }
    browser.close().await;
    up.stop().await;
    walked.unwrap().unwrap();
}

async fn walk(pages: Pages) -> WebDriverResult<()> {
    pages.register().await?;
    pages.search_and_choose("lamp").await?;
    pages.buy(("3", "-4")).await?;
    pages.watch_until_delivered().await?;
    pages.look_into_the_world().await?;
    pages.a_wrong_address_is_explained().await?;
    pages.no_page_is_wider_than_a_phone().await
}

struct Pages {
    driver: WebDriver,
    store: String,
    world: String,
}

impl Pages {
    async fn register(&self) -> WebDriverResult<()> {
        self.driver.goto(format!("{}/register", self.store)).await?;
        let fields = [
            ("email", "ada@example.org"),
            ("password", "correct horse battery"),
            ("first_name", "Ada"),
            ("last_name", "Example"),
        ];
        for (id, text) in fields {
            self.find(&format!("#{id}")).await?.send_keys(text).await?;
        }
        self.find("form.card button[type=submit]").await?.click().await?;
        self.find("form[action='/logout']").await?;
        Ok(())
    }

    /// Searches for a word; where the demo has nothing of that name, takes what there is.
    async fn search_and_choose(&self, word: &str) -> WebDriverResult<()> {
        self.driver.goto(&self.store).await?;
        let name = self.find("a.tile .name").await?.text().await?;
        let word = name.split_whitespace().last().unwrap_or(word).to_owned();
        picture(&self.driver, "catalog").await?;
        let search = self.find("#q").await?;
        search.send_keys(&word).await?;
        self.find("form.search button[type=submit]").await?.click().await?;
        // The page that searches has tiles, too.
        self.find("#q[value]:not([value=''])").await?;
        let found = self.find("a.tile").await?;
        assert!(self.driver.current_url().await?.query().is_some_and(|query| query.contains("q=")));
        found.click().await?;
        self.find("#quantity").await?;
        picture(&self.driver, "product").await
    }

    async fn buy(&self, (x, y): (&str, &str)) -> WebDriverResult<()> {
        for (id, text) in [("quantity", "2"), ("x", x), ("y", y)] {
            let field = self.find(&format!("#{id}")).await?;
            field.clear().await?;
            field.send_keys(text).await?;
        }
        self.find("#order-now").await?.click().await?;
        self.find("[data-order-status]").await?;
        assert!(self.driver.current_url().await?.path().starts_with("/orders/"));
        Ok(())
    }

    async fn watch_until_delivered(&self) -> WebDriverResult<()> {
        // A mark that a reload would wipe away.
        self.driver.execute("window.watchedByTest = true", Vec::new()).await?;
        let first = self.find("[data-order-status]").await?.attr("data-status").await?;
        assert_ne!(first.as_deref(), Some("delivered"), "over before it could be watched");
        picture(&self.driver, "order").await?;
        let delivered = self.driver.query(By::Css("[data-order-status][data-status=delivered]"));
        delivered.wait(PATIENCE, Duration::from_millis(200)).first().await?;
        let mark = self.driver.execute("return window.watchedByTest === true", Vec::new()).await?;
        assert_eq!(mark.json().as_bool(), Some(true), "the page was loaded again");
        for done in ["packed", "loaded", "delivered"] {
            self.find(&format!("[data-stage={done}][data-done]")).await?;
        }
        let tracking = self.find("[data-tracking] a").await?;
        assert!(!tracking.text().await?.is_empty());
        picture(&self.driver, "delivered").await?;
        tracking.click().await?;
        self.driver.query(By::Css("h1")).wait(PATIENCE, Duration::from_millis(200)).first().await?;
        picture(&self.driver, "tracking").await
    }

    /// Another order's truck moves on the map, and the counts go on, without a reload.
    async fn look_into_the_world(&self) -> WebDriverResult<()> {
        self.driver.goto(&self.store).await?;
        self.find("a.tile").await?.click().await?;
        // So far that the truck is still on its way when the page is open.
        self.buy(("1200", "-4")).await?;
        self.driver.goto(format!("{}/worlds/1", self.world)).await?;
        self.driver.execute("window.watchedByTest = true", Vec::new()).await?;
        let before = self.delivered_count().await?;
        let way = self.driver.query(By::Css("[data-way][d]"));
        way.wait(PATIENCE, Duration::from_millis(50)).first().await?;
        picture(&self.driver, "world").await?;
        let more = async {
            while self.delivered_count().await? <= before {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Ok::<_, WebDriverError>(())
        };
        tokio::time::timeout(PATIENCE, more).await.expect("another delivery")?;
        let mark = self.driver.execute("return window.watchedByTest === true", Vec::new()).await?;
        assert_eq!(mark.json().as_bool(), Some(true), "the page was loaded again");
        self.find("[data-link=ups] [data-status=on]").await?;
        Ok(())
    }

    async fn delivered_count(&self) -> WebDriverResult<u64> {
        Ok(self.find("[data-count=delivered]").await?.text().await?.parse().unwrap())
    }

    /// What the browser shows, which is its own page where it can not read ours.
    async fn a_wrong_address_is_explained(&self) -> WebDriverResult<()> {
        self.driver.goto(format!("{}/nothing", self.store)).await?;
        let words = self.find("main").await?.text().await?;
        assert!(words.contains("There is nothing under this address."), "{words}");
        picture(&self.driver, "not-found").await
    }

    async fn no_page_is_wider_than_a_phone(&self) -> WebDriverResult<()> {
        self.driver.set_window_rect(0, 0, 360, 800).await?;
        let of_store = ["/", "/catalog?q=a", "/sellers/1", "/orders", "/products/1", "/login"];
        let of_world = ["/", "/worlds/1", "/worlds/1/packages", "/worlds/1/messages"];
        let of_store = of_store.map(|path| format!("{}{path}", self.store));
        let of_world = of_world.map(|path| format!("{}{path}", self.world));
        for path in of_store.into_iter().chain(of_world) {
            self.driver.goto(&path).await?;
            let script = "return document.documentElement.scrollWidth - window.innerWidth";
            let excess = self.driver.execute(script, Vec::new()).await?;
            let excess = excess.json().as_i64().unwrap_or(i64::MAX);
            assert!(excess <= 0, "{path} is {excess} pixels wider than the window");
        }
        Ok(())
    }

    async fn find(&self, css: &str) -> WebDriverResult<WebElement> {
        let wait = (Duration::from_secs(20), Duration::from_millis(100));
        self.driver.query(By::Css(css)).wait(wait.0, wait.1).first().await
    }
}

/// The page as a phone and as a desk shows it.
async fn picture(driver: &WebDriver, name: &str) -> WebDriverResult<()> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    for (width, height) in [(360, 800), (1280, 900)] {
        driver.set_window_rect(0, 0, width, height).await?;
        driver.screenshot(&folder.join(format!("{name}-{width}.png"))).await?;
    }
    Ok(())
}

struct Browser {
    driver: WebDriver,
    chromedriver: Option<Child>,
}

impl Browser {
    async fn open() -> Self {
        let (url, chromedriver) = match std::env::var("WEBDRIVER_URL") {
            Ok(url) => (url, None),
            Err(_) => {
                let (url, child) = start_chromedriver().await;
                (url, Some(child))
            }
        };
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"] {
            capabilities.add_arg(argument).unwrap();
        }
        let driver = WebDriver::new(&url, capabilities).await.unwrap();
        Self { driver, chromedriver }
    }

    async fn picture(&self, name: &str) -> WebDriverResult<()> {
        picture(&self.driver, name).await
    }

    async fn close(self) {
        let _ = self.driver.quit().await;
        if let Some(mut chromedriver) = self.chromedriver {
            let _ = chromedriver.kill().await;
        }
    }
}

async fn start_chromedriver() -> (String, Child) {
    let mut command = Command::new("chromedriver");
    command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("chromedriver is not installed");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            let port = port.trim_end_matches('.').to_owned();
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return (format!("http://127.0.0.1:{port}"), child);
        }
    }
    panic!("chromedriver did not say on which port it listens");
}
