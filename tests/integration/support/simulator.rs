//! `waybill world` as a process of its own, as a user starts it: on free ports, on a
//! database of the test's, ended with the test.

use std::{fs::File, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    process::{Child, Command},
    time::timeout,
};
use waybill::db::DbTarget;

use super::{TestDb, up::ready_line};

const READY_WITHIN: Duration = Duration::from_secs(180);

/// A running simulator; killed when dropped.
pub struct Simulator {
    pub child: Child,
    /// Where stores connect.
    pub amazon: String,
    windows: String,
}

impl Simulator {
    pub async fn start(database: &TestDb) -> Self {
        let log = database.dir().join("world.log");
        let log = File::options().append(true).create(true).open(log).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
        command.arg("world").args(["--data-dir".as_ref(), database.dir().as_os_str()]);
        for addr in ["--amazon-addr", "--ups-addr", "--world-http-addr", "--metrics-addr"] {
            command.args([addr, "127.0.0.1:0"]);
        }
        command.env_remove("DATABASE_URL");
        if let DbTarget::Url(url) = &database.target {
            command.env("DATABASE_URL", url);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let ready = timeout(READY_WITHIN, ready_line(&mut child)).await;
        let Ok(Some(line)) = ready else { panic!("the world never became ready") };
        let words: Vec<&str> = line.split_whitespace().collect();
        let place = |mark: &str| words.iter().position(|word| *word == mark).unwrap();
        let amazon = words[place("(amazon)") - 1].to_owned();
        Self { child, amazon, windows: words[place("(ups)") + 1].to_owned() }
    }

    /// What one sees there who looks in, below `/api/v1/worlds/`.
    pub async fn look(&self, path: &str) -> Value {
        let url = format!("{}/api/v1/worlds/{path}", self.windows);
        reqwest::get(url).await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// Its resident memory, in bytes.
    #[cfg(target_os = "linux")]
    pub fn memory_bytes(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id().unwrap());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib = line.trim().trim_end_matches(" kB");
        kib.parse::<u64>().unwrap() * 1024
    }
}
