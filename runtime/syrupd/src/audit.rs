//! The audit log: one line of JSON for what is about to be done, one for what became of it.
//!
//! In: who, what, when. Out: lines on the disk before anything is done, so that nothing is done
//! that the log does not know of. No text of a policy is written, only its fingerprint.

use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The open log.
#[derive(Debug)]
pub struct Audit {
    file: Mutex<File>,
}

impl Audit {
    /// Opens the log in a directory.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn open(state: &Path) -> io::Result<Audit> {
        let file = OpenOptions::new().create(true).append(true).open(state.join("audit.log"))?;
        Ok(Audit { file: Mutex::new(file) })
    }

    /// Writes a line and waits until the disk has it.
    ///
    /// # Errors
    /// What the file system answers, such as a full disk.
    pub fn write(&self, uid: u32, pid: u32, what: &str, more: Value) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut line = json!({
            "time_ms": now.as_millis() as u64, "uid": uid, "pid": pid, "what": what,
        });
        if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
            line.extend(more);
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_data()
    }
}
