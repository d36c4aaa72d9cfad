//! The versions of deployments, to roll back to: the one that is deployed and the one before.
//!
//! In: jobs that were done. Out: the job of the version before. Files of compiled policies below
//! the state directory, by boot, because pins and networks of another boot are gone; one that is
//! missing or damaged means that there is nothing to roll back to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use syrup_load::pins::is_plain_name;
use syrup_wire::job::DeployJob;

/// Where versions are.
#[derive(Debug)]
pub struct Versions {
    folder: PathBuf,
}

impl Versions {
    /// The versions of this boot.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn open(state: &Path) -> io::Result<Versions> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        let folder = state.join("versions").join(boot.trim());
        fs::create_dir_all(&folder)?;
        Ok(Versions { folder })
    }

    fn file(&self, owner: (u32, u64), id: &str, which: &str) -> Option<PathBuf> {
        let (uid, network) = owner;
        is_plain_name(id).then(|| self.folder.join(format!("{uid}-{network}-{id}.{which}")))
    }

    /// Remembers a version that is deployed; what it replaced becomes the one before.
    ///
    /// # Errors
    /// What the file system answers; there is then nothing to roll back to.
    pub fn keep(
        &self,
        owner: (u32, u64),
        id: &str,
        job: &DeployJob,
        replaced: bool,
    ) -> io::Result<()> {
        let (Some(now), Some(before)) =
            (self.file(owner, id, "now"), self.file(owner, id, "before"))
        else {
            return Ok(());
        };
        let moved = if replaced { fs::rename(&now, &before) } else { fs::remove_file(&before) };
        match moved {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let new = now.with_extension("new");
        fs::write(&new, serde_json::to_vec(job)?)?;
        fs::rename(new, now)
    }

    /// The version before the one that is deployed.
    pub fn before(&self, owner: (u32, u64), id: &str) -> Option<DeployJob> {
        let bytes = fs::read(self.file(owner, id, "before")?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Forgets a deployment.
    pub fn forget(&self, owner: (u32, u64), id: &str) {
        for which in ["now", "before"] {
            if let Some(path) = self.file(owner, id, which) {
                // What is not there need not be forgotten.
                let _removed = fs::remove_file(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_names_have_no_files() {
        let versions = Versions { folder: std::env::temp_dir() };
        for id in ["", "../x", "a/b", "a\nb", "a.b"] {
            assert_eq!(versions.file((7, 1), id, "now"), None, "{id:?}");
        }
        assert!(versions.file((7, 1), "socket_select-udp-9000", "now").is_some());
    }
}
