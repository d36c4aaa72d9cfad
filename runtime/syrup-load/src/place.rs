//! Any place for a policy, as `--at` spells it.
//!
//! In: text. Out: which kind of place it is, or how to write one.

use crate::attach::At;
use crate::device::DeviceAt;
use crate::error::LoadError;
use std::fmt;
use std::str::FromStr;

/// A place for a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// The sockets of a port.
    Group(At),
    /// A network device.
    Device(DeviceAt),
}

impl Place {
    /// The hook's name.
    pub const fn hook(&self) -> &'static str {
        match self {
            Place::Group(_) => At::HOOK,
            Place::Device(at) => at.hook.name(),
        }
    }

    /// The name of the deployment at this place.
    pub fn id(&self) -> String {
        match self {
            Place::Group(at) => at.id(),
            Place::Device(at) => at.id(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Group(at) => at.fmt(f),
            Place::Device(at) => at.fmt(f),
        }
    }
}

impl FromStr for Place {
    type Err = LoadError;

    fn from_str(text: &str) -> Result<Place, LoadError> {
        match text.split(':').next() {
            Some(At::HOOK) => Ok(Place::Group(text.parse()?)),
            Some("xdp" | "cpu_redirect") => Ok(Place::Device(text.parse()?)),
            _ => Err(LoadError::Invalid(format!(
                "`{}` is not a place for a policy: write `socket_select:udp:PORT`, \
                 `socket_select:tcp:PORT`, `xdp:DEVICE` or `cpu_redirect:DEVICE`",
                text.escape_default()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_by_their_hook() {
        let place: Place = "socket_select:udp:9000".parse().unwrap();
        assert_eq!((place.hook(), place.id().as_str()), (At::HOOK, "socket_select-udp-9000"));
        let place: Place = "xdp:eth0".parse().unwrap();
        assert_eq!((place.hook(), place.id().as_str()), ("xdp", "xdp-eth0"));
        for text in ["", "eth0", "tc:eth0", "nic_queue:eth0"] {
            let error = text.parse::<Place>().unwrap_err().to_string();
            assert!(error.contains("`xdp:DEVICE`"), "{text}: {error}");
        }
    }
}
