//! What this process and machine can do.
//!
//! In: the running system. Out: [`Capabilities`] as plain values, and one clear error for each
//! thing that is missing.

use crate::error::LoadError;
use crate::sys::{attr::map_kind, bpf, process};
use std::io;
use std::path::Path;

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capabilities {
    /// The running kernel.
    pub kernel: Kernel,
    /// The effective user.
    pub user: u32,
    /// Whether `CAP_BPF` is permitted.
    pub cap_bpf: bool,
    /// Whether `CAP_NET_ADMIN` is permitted.
    pub cap_net_admin: bool,
    /// Whether the kernel let this process create a map.
    pub creates_maps: bool,
    /// Whether a BPF file system is mounted at [`BPFFS`].
    pub bpffs: bool,
}

/// A kernel's release.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kernel {
    /// As `uname -r` shows it.
    pub release: String,
    /// Its first two numbers, zero where they cannot be read.
    pub version: (u32, u32),
}

/// Where the BPF file system is mounted by custom.
pub const BPFFS: &str = "/sys/fs/bpf";

/// Looks at the running system. Creates one map of eight bytes and drops it.
///
/// # Errors
/// The system does not answer at all.
pub fn probe() -> Result<Capabilities, LoadError> {
    let permitted = process::permitted_capabilities()
        .map_err(|error| LoadError::io("read this process' capabilities", error))?;
    let has = |capability: u32| permitted & 1 << capability != 0;
    Ok(Capabilities {
        kernel: kernel()?,
        user: process::user(),
        cap_bpf: has(process::CAP_BPF),
        cap_net_admin: has(process::CAP_NET_ADMIN),
        creates_maps: probe_map().is_ok(),
        bpffs: process::is_bpffs(Path::new(BPFFS)).unwrap_or(false),
    })
}

/// The running kernel.
///
/// # Errors
/// The system does not tell.
pub fn kernel() -> Result<Kernel, LoadError> {
    let [release, _, _] = process::kernel_names()
        .map_err(|error| LoadError::io("ask for the kernel's release", error))?;
    let version = parse_version(&release).unwrap_or((0, 0));
    Ok(Kernel { release, version })
}

impl Capabilities {
    /// Succeeds when policies can be loaded.
    ///
    /// # Errors
    /// [`LoadError::NoPrivilege`] that names what is missing.
    pub fn require_load(&self) -> Result<(), LoadError> {
        let missing = match (self.cap_bpf, self.cap_net_admin, self.creates_maps) {
            (true, true, true) => return Ok(()),
            (true, true, false) => "the kernel refuses it in this container or user namespace",
            (false, false, _) => "CAP_BPF and CAP_NET_ADMIN are missing",
            (false, true, _) => "CAP_BPF is missing",
            (true, false, _) => "CAP_NET_ADMIN is missing",
        };
        Err(LoadError::NoPrivilege(missing.to_owned()))
    }

    /// Succeeds when pins can be kept at [`BPFFS`].
    ///
    /// # Errors
    /// [`LoadError::NoBpffs`].
    pub fn require_bpffs(&self) -> Result<(), LoadError> {
        if self.bpffs { Ok(()) } else { Err(LoadError::NoBpffs(BPFFS.into())) }
    }
}

impl Kernel {
    /// Succeeds when the kernel can run what was compiled for a target.
    ///
    /// # Errors
    /// [`LoadError::OldKernel`].
    pub fn require_target(&self, target: &str) -> Result<(), LoadError> {
        // Targets that are not a kernel's version (`host`, a network card) say nothing here.
        let Some(wanted) = target.strip_prefix("kernel-").and_then(parse_version) else {
            return Ok(());
        };
        if self.version >= wanted {
            return Ok(());
        }
        Err(LoadError::OldKernel { found: self.release.clone(), wanted })
    }
}

fn probe_map() -> io::Result<()> {
    let map = bpf::PlainMap {
        kind: map_kind::ARRAY,
        key_bytes: 4,
        value_bytes: 8,
        entries: 1,
        flags: 0,
        name: "syrup_probe",
    };
    bpf::map_create(map).map(drop)
}

fn parse_version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next()?.parse().ok()?;
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_the_first_two_numbers() {
        assert_eq!(parse_version("6.18.44-fc-v595"), Some((6, 18)));
        assert_eq!(parse_version("6.1.0-50-cloud-amd64"), Some((6, 1)));
        assert_eq!(parse_version("next"), None);
    }

    #[test]
    fn a_target_newer_than_the_kernel_is_refused_with_both() {
        let kernel = Kernel { release: "6.1.176".to_owned(), version: (6, 1) };
        assert!(kernel.require_target("kernel-6.1").is_ok());
        assert!(kernel.require_target("host").is_ok());
        let text = kernel.require_target("kernel-6.12").unwrap_err().to_string();
        assert!(text.contains("6.1.176") && text.contains("6.12"), "{text}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let kernel = Kernel { release: "6.1.0".to_owned(), version: (6, 1) };
        let mut found = Capabilities {
            kernel,
            user: 1000,
            cap_bpf: false,
            cap_net_admin: true,
            creates_maps: false,
            bpffs: false,
        };
        assert!(found.require_load().unwrap_err().to_string().contains("(CAP_BPF is missing)"));
        assert!(found.require_bpffs().unwrap_err().to_string().contains("mount -t bpf"));
        found = Capabilities { cap_bpf: true, creates_maps: true, ..found };
        assert!(found.require_load().is_ok());
    }
}
