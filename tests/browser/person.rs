//! What everybody does before the store's pages: look, type, press, wait for what comes.

use std::time::Duration;

use thirtyfour::prelude::*;

use crate::{api::PASSWORD, chrome};

pub const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// Somebody before a browser.
pub struct Person {
    pub driver: WebDriver,
    /// `http://…` without a slash at the end.
    pub store: String,
}

impl Person {
    pub async fn goto(&self, path: &str) -> WebDriverResult<()> {
        self.driver.goto(format!("{}{path}", self.store)).await
    }

    /// The first of these, as soon as there is one.
    pub async fn find(&self, css: &str) -> WebDriverResult<WebElement> {
        self.driver.query(By::Css(css)).wait(PATIENCE, POLL).first().await
    }

    /// Waits until one of these says that, among other things.
    pub async fn reads(&self, css: &str, words: &str) -> WebDriverResult<()> {
        let is_so = async |person: &Self| {
            for part in person.driver.find_all(By::Css(css)).await? {
                if part.text().await?.contains(words) {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        self.until(&format!("{css} says {words:?}"), is_so).await
    }

    /// Waits until it is so; while a page goes and another comes, it is not.
    pub async fn until(
        &self,
        what: &str,
        is_so: impl AsyncFn(&Self) -> WebDriverResult<bool>,
    ) -> WebDriverResult<()> {
        let wait = async {
            while !matches!(is_so(self).await, Ok(true)) {
                tokio::time::sleep(POLL).await;
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            let shown = self.find("body").await?.text().await?;
            panic!("waited in vain until {what}; shown is {shown}");
        }
        Ok(())
    }

    pub async fn type_into(&self, css: &str, text: &str) -> WebDriverResult<()> {
        let field = self.find(css).await?;
        field.clear().await?;
        field.send_keys(text).await
    }

    pub async fn press(&self, css: &str) -> WebDriverResult<()> {
        self.find(css).await?.click().await
    }

    pub async fn value_of(&self, css: &str) -> WebDriverResult<String> {
        Ok(self.find(css).await?.value().await?.unwrap_or_default())
    }

    /// Registers under this address.
    pub async fn register(&self, email: &str) -> WebDriverResult<()> {
        self.goto("/register").await?;
        let fields = [
            ("#email", email),
            ("#password", PASSWORD),
            ("#first_name", "Ada"),
            ("#last_name", "Example"),
        ];
        for (field, text) in fields {
            self.type_into(field, text).await?;
        }
        self.press("main form button[type=submit]").await?;
        self.find("form[action='/logout']").await.map(drop)
    }

    pub async fn log_in(&self, email: &str) -> WebDriverResult<()> {
        self.goto("/login").await?;
        self.type_into("#email", email).await?;
        self.type_into("#password", PASSWORD).await?;
        self.press("main form button[type=submit]").await?;
        self.find("form[action='/logout']").await.map(drop)
    }

    /// Leaves a mark on the page that a reload would wipe away.
    pub async fn mark(&self) -> WebDriverResult<()> {
        self.driver.execute("window.markedByTest = true", Vec::new()).await.map(drop)
    }

    /// Fails where the page was loaded again since it was marked.
    pub async fn still_on_the_marked_page(&self) -> WebDriverResult<()> {
        let mark = self.driver.execute("return window.markedByTest === true", Vec::new()).await?;
        assert_eq!(mark.json().as_bool(), Some(true), "the page was loaded again");
        Ok(())
    }

    pub async fn path(&self) -> WebDriverResult<String> {
        Ok(self.driver.current_url().await?.path().to_owned())
    }

    pub async fn picture(&self, name: &str) -> WebDriverResult<()> {
        chrome::picture(&self.driver, name).await
    }
}
