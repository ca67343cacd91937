//! One process a data directory.
//!
//! The lock is the operating system's, so it can not outlive its holder,
//! however that ends.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
};

use anyhow::{Context, bail};

/// Held as long as this lives.
#[derive(Debug)]
pub(super) struct DataDirLock {
    _file: File,
}

impl DataDirLock {
    pub fn take(data_dir: &Path) -> anyhow::Result<Self> {
        let shown = data_dir.display();
        fs::create_dir_all(data_dir).with_context(|| {
            format!("the data directory {shown} can not be made; choose another with --data-dir")
        })?;
        let path = data_dir.join("waybill.lock");
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.with_context(|| {
            format!("{} can not be opened; choose another --data-dir", path.display())
        })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(in_use(data_dir, &mut file)),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("locking {}", path.display()));
            }
        }
        // Only for the sentence that another process would print.
        file.set_len(0)?;
        write!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }
}

fn in_use(data_dir: &Path, file: &mut File) -> String {
    let mut holder = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut holder));
    let holder = holder.trim().parse::<u32>().map(|id| format!(" (process {id})"));
    format!(
        "another waybill{} uses the data directory {}; stop it, or give this one its own with --data-dir",
        holder.unwrap_or_default(),
        data_dir.display(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_is_for_one_at_a_time() {
        let dir = tempfile::tempdir().expect("temp dir");
        let held = DataDirLock::take(dir.path()).expect("nobody else");
        let refused = DataDirLock::take(dir.path()).expect_err("taken").to_string();
        assert!(refused.contains("--data-dir"), "{refused}");
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        drop(held);
        DataDirLock::take(dir.path()).expect("free again");
    }
}
