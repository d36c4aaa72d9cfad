//! Policies at a network device: at XDP, with AF_XDP sockets or cores as executors.
//!
//! In: a place as `--at` spells it, `xdp:eth0` or `cpu_redirect:eth0`, an artifact, what its
//! executors should be. Out: the device's packets go where the policy says, by a pinned link that
//! nobody has to keep open; or one error, and everything is as it was.
//!
//! A replacement is one update of the link: each packet meets the old program or the new one.

mod cores;
mod deploy;
mod workers;

pub use cores::online as online_cores;
pub use deploy::{DeviceRequest, OnDevice, deploy_at_device};
pub(crate) use deploy::{is_attached, undeploy};

use crate::error::LoadError;
use std::fmt;
use std::str::FromStr;

/// What is chosen at a device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DeviceHook {
    /// The AF_XDP socket that gets a packet.
    Xdp,
    /// The core whose network stack gets a packet.
    CpuRedirect,
}

/// A place at a device: `xdp:eth0`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DeviceAt {
    /// What is chosen there.
    pub hook: DeviceHook,
    /// The device's name in this network namespace.
    pub device: String,
}

/// Where in the receive path the program runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum XdpMode {
    /// In the driver where it can, else behind it.
    #[default]
    Any,
    /// In the driver only.
    Native,
    /// Behind the driver, as on every device.
    Generic,
}

/// Bytes of a device's name: `IFNAMSIZ` less the closing zero.
const NAME_BYTES_MAX: usize = 15;

impl DeviceHook {
    /// The hook's name.
    pub const fn name(self) -> &'static str {
        match self {
            DeviceHook::Xdp => "xdp",
            DeviceHook::CpuRedirect => "cpu_redirect",
        }
    }

    /// What executors are, as artifacts name them.
    const fn executors(self) -> &'static str {
        match self {
            DeviceHook::Xdp => "socket",
            DeviceHook::CpuRedirect => "core",
        }
    }
}

impl DeviceAt {
    /// The name of the deployment at this place: `xdp-eth0`. Bytes that cannot be in the name of a
    /// pin are written as numbers: `xdp-eth0_2e100`.
    pub fn id(&self) -> String {
        let mut id = format!("{}-", self.hook.name());
        for byte in self.device.bytes() {
            if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' {
                id.push(char::from(byte));
            } else {
                id.push_str(&format!("_{byte:02x}"));
            }
        }
        id
    }
}

impl fmt::Display for DeviceAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.hook.name(), self.device)
    }
}

impl FromStr for DeviceAt {
    type Err = LoadError;

    fn from_str(text: &str) -> Result<DeviceAt, LoadError> {
        let wrong = |why: &str| {
            LoadError::Invalid(format!(
                "`{}` is not a place for a policy, {why}: write `xdp:DEVICE` or \
                 `cpu_redirect:DEVICE`",
                text.escape_default()
            ))
        };
        let (hook, device) = text.split_once(':').ok_or_else(|| wrong("no device"))?;
        let hook = match hook {
            "xdp" => DeviceHook::Xdp,
            "cpu_redirect" => DeviceHook::CpuRedirect,
            _ => return Err(wrong("no such hook of a device")),
        };
        // `dev_valid_name`, net/core/dev.c.
        let is_name = (1..=NAME_BYTES_MAX).contains(&device.len())
            && device.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b':');
        if !is_name || matches!(device, "." | "..") {
            return Err(wrong("no name of a device"));
        }
        Ok(DeviceAt { hook, device: device.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_printed() {
        let at: DeviceAt = "xdp:eth0.100".parse().unwrap();
        assert_eq!((at.to_string().as_str(), at.id().as_str()), ("xdp:eth0.100", "xdp-eth0_2e100"));
        let at: DeviceAt = "cpu_redirect:veth-a".parse().unwrap();
        assert_eq!(at.id(), "cpu_redirect-veth-a");
    }

    #[test]
    fn other_places_are_refused_with_how_to_write_one() {
        for text in [
            "",
            "xdp",
            "xdp:",
            "tc:eth0",
            "xdp:a b",
            "xdp:a/b",
            "xdp:a:b",
            "xdp:..",
            "xdp:a_name_of_more_than_fifteen",
        ] {
            let error = text.parse::<DeviceAt>().unwrap_err().to_string();
            assert!(error.contains("xdp:DEVICE"), "{text}: {error}");
        }
    }
}
