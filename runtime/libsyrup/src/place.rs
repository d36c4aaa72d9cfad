//! Where the pins of this application are.
//!
//! In: the environment, this process' user and network. Out: directories to look into, in order.
//!
//! ```text
//! $SYRUP_PIN_ROOT                      when it is set: this one only
//! /sys/fs/bpf/syrupd/USER-NETWORK      what the daemon deployed for this user in this network
//! /sys/fs/bpf/syrup                    what `syrupc deploy` deployed without a daemon
//! ```

use std::path::PathBuf;
use syrup_load::PIN_ROOT;
use syrup_load::pins::{DAEMON_ROOT, tenant_root};

/// The directories in which maps and deployments are looked for.
pub fn roots() -> Vec<PathBuf> {
    if let Some(path) = std::env::var_os("SYRUP_PIN_ROOT") {
        return vec![PathBuf::from(path)];
    }
    let base = std::env::var_os("SYRUP_DAEMON_ROOT").map_or(DAEMON_ROOT.into(), PathBuf::from);
    let own = tenant_root(&base, syrup_load::user(), syrup_load::network());
    vec![own, PathBuf::from(PIN_ROOT)]
}

/// The first answer that is found in any root; what the last root answers otherwise, but rather
/// that a place is closed to this user than that nothing is there.
pub(crate) fn first<T>(
    find: impl Fn(&std::path::Path) -> Result<T, crate::Error>,
) -> Result<T, crate::Error> {
    let mut failed: Option<crate::Error> = None;
    for root in roots() {
        match find(&root) {
            Ok(found) => return Ok(found),
            Err(error) => {
                let keep = failed.as_ref().is_some_and(|failed| {
                    failed.kind != crate::ErrorKind::NotFound
                        || error.kind == crate::ErrorKind::NotPermitted
                });
                if !keep {
                    failed = Some(error);
                }
            }
        }
    }
    Err(failed.unwrap_or_else(|| {
        crate::Error::new(crate::ErrorKind::NotFound, "no directory of pins was named")
    }))
}
