//! Browsers without a window, and the chromedriver that opens them.

use std::{path::PathBuf, process::Stdio};

use thirtyfour::prelude::*;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// Opens browsers, until dropped.
pub struct Chrome {
    url: String,
    /// None: another one is used, and stays.
    _chromedriver: Option<Child>,
}

impl Chrome {
    pub async fn find() -> Self {
        if let Ok(url) = std::env::var("WEBDRIVER_URL") {
            return Self { url, _chromedriver: None };
        }
        let (url, child) = start_chromedriver().await;
        Self { url, _chromedriver: Some(child) }
    }

    /// A browser that knows nobody.
    pub async fn open(&self) -> WebDriverResult<WebDriver> {
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"] {
            capabilities.add_arg(argument)?;
        }
        let driver = WebDriver::new(&self.url, capabilities).await?;
        driver.set_window_rect(0, 0, 1280, 900).await?;
        Ok(driver)
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

/// The page as a phone and as a desk shows it.
pub async fn picture(driver: &WebDriver, name: &str) -> WebDriverResult<()> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    for (width, height) in [(360, 800), (1280, 900)] {
        driver.set_window_rect(0, 0, width, height).await?;
        driver.screenshot(&folder.join(format!("{name}-{width}.png"))).await?;
    }
    Ok(())
}
