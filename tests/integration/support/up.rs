//! `waybill up` as a process of its own, as a user starts it: on free ports, in
//! a data directory of the test's, ended with the test.

use std::{
    collections::BTreeMap,
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};
use waybill::db::DbTarget;

/// Starting includes the first start of the embedded database on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(180);
const STOP_WITHIN: Duration = Duration::from_secs(90);

/// A running `waybill up`; killed when dropped.
pub struct Up {
    child: Child,
    /// `http://…` without a slash at the end.
    pub store: String,
    /// Where its metrics are read.
    metrics: String,
    /// Where one looks into the world, likewise.
    pub world: String,
}

/// How to start it; the same again goes on with the same data.
pub struct UpOptions<'a> {
    pub data_dir: &'a Path,
    pub target: &'a DbTarget,
    pub store_addr: SocketAddr,
    pub arguments: &'a [&'a str],
}

/// One that was started and is not ready yet; killed when dropped.
pub struct Starting {
    child: Child,
    data_dir: PathBuf,
}

impl Starting {
    /// `arguments` come after the options' own.
    pub fn spawn(options: &UpOptions<'_>, arguments: &[&str]) -> Self {
        let log = options.data_dir.join("up.log");
        let log = File::options().append(true).create(true).open(log).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
        // Without a past: the books of a test begin with it.
        command
            .arg("up")
            .args(["--demo-orders", "0"])
            .args(["--data-dir".as_ref(), options.data_dir.as_os_str()]);
        command.args(["--store-addr", &options.store_addr.to_string()]);
        for other in ["--carrier-addr", "--amazon-addr", "--ups-addr", "--world-http-addr"] {
            command.args([other, "127.0.0.1:0"]);
        }
        // A test is many people at one address.
        command.args(["--rate-limits", "off"]);
        command.args(options.arguments).args(arguments).env_remove("DATABASE_URL");
        // Nobody thinks better of an order here, unless the test says so.
        command.env("WAYBILL_PACK_AFTER", "0");
        if let DbTarget::Url(url) = options.target {
            command.env("DATABASE_URL", url);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        Self { child: command.spawn().unwrap(), data_dir: options.data_dir.to_owned() }
    }

    pub async fn ready(mut self) -> Up {
        let ready = tokio::time::timeout(READY_WITHIN, ready_line(&mut self.child)).await;
        let Ok(Some(line)) = ready else { panic!("no ready line; {}", tail(&self.data_dir)) };
        let after = |mark: &str| {
            let address = line.split_whitespace().skip_while(|word| *word != mark).nth(1);
            address.unwrap().trim_end_matches('/').to_owned()
        };
        Up {
            child: self.child,
            store: after("store"),
            metrics: after("metrics"),
            world: after("(ups)"),
        }
    }

    /// SIGTERM before it is ready.
    pub async fn stop(self) {
        terminate(self.child).await;
    }
}

impl Up {
    pub async fn start(options: &UpOptions<'_>) -> Self {
        Starting::spawn(options, &["--metrics-addr", "127.0.0.1:0"]).ready().await
    }

    /// Where the store listens, to be started there again.
    pub fn store_addr(&self) -> SocketAddr {
        self.store.trim_start_matches("http://").parse().unwrap()
    }

    /// The value of one line of the metrics, with its labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = reqwest::get(&self.metrics).await.unwrap().text().await.unwrap();
        let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
        lines.next().unwrap_or_else(|| panic!("no {name} in {text}")).trim().parse().unwrap()
    }

    /// Packages in the world by status, as one sees who looks into it.
    pub async fn packages_seen(&self) -> BTreeMap<String, u64> {
        let url = format!("{}/api/v1/worlds/1", self.world);
        let seen = reqwest::get(url).await.unwrap().error_for_status().unwrap();
        let seen: serde_json::Value = seen.json().await.unwrap();
        serde_json::from_value(seen["packages"].clone()).unwrap()
    }

    /// SIGKILL: not a line of code of ours runs any more.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM: everything stops in order, and the exit code is 0.
    pub async fn stop(self) {
        terminate(self.child).await;
    }
}

async fn terminate(mut child: Child) {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    let status = tokio::time::timeout(STOP_WITHIN, child.wait()).await;
    let status = status.expect("`up` did not stop").unwrap();
    assert!(status.success(), "{status}");
}

/// The line that says ready; whatever else is printed is read and dropped, so
/// that the child never waits for us.
pub async fn ready_line(child: &mut Child) -> Option<String> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    while let Some(line) = lines.next_line().await.ok()? {
        if line.starts_with("waybill ") && line.contains("is ready:") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some(line);
        }
    }
    None
}

/// The end of the log, for a test that failed.
pub fn tail(data_dir: &Path) -> String {
    let log = std::fs::read_to_string(data_dir.join("up.log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
