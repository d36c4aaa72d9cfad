//! Network devices: their numbers, queues, and who has their XDP hook.
//!
//! In: a name or number of this network namespace. Out: plain values. The answers come by
//! rtnetlink and one ioctl, because sysfs may show another namespace.

use super::{check, check_int};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Attributes of a link, include/uapi/linux/if_link.h.
const IFLA_NUM_RX_QUEUES: u16 = 32;
const IFLA_XDP: u16 = 43;
const IFLA_XDP_ATTACHED: u16 = 2;
const IFLA_XDP_PROG_ID: u16 = 4;
/// The bits of an attribute's kind that say how it is encoded.
const NLA_TYPE_MASK: u16 = 0x3fff;

/// `SIOCETHTOOL` and `ETHTOOL_GCHANNELS`, include/uapi/linux/ethtool.h.
const SIOCETHTOOL: libc::c_ulong = 0x8946;
const ETHTOOL_GCHANNELS: u32 = 0x3c;

/// Who has the XDP hook of a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct XdpHolder {
    /// The program's number.
    pub program: u32,
    /// Whether it runs in the driver, and not behind it.
    pub native: bool,
}

/// What is known of a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DeviceInfo {
    /// Who has its XDP hook.
    pub xdp: Option<XdpHolder>,
    /// Receive queues that it was made with.
    rx_queues_made: u32,
}

/// The number of a device; `None` when there is none of that name in this network namespace.
pub fn index(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    // SAFETY: the name is a zero-ended string.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => None,
        index => Some(index),
    }
}

/// What is known of a device.
///
/// # Errors
/// No such device, or what the kernel answers.
pub fn info(index: u32) -> io::Result<DeviceInfo> {
    let reply = get_link(index)?;
    let mut found = DeviceInfo::default();
    // struct nlmsghdr, then struct ifinfomsg.
    let attributes = reply.get(16 + 16..).unwrap_or_default();
    for (kind, value) in Attributes(attributes) {
        match kind {
            IFLA_NUM_RX_QUEUES => found.rx_queues_made = number(value),
            IFLA_XDP => {
                let (mut native, mut program) = (false, 0);
                for (kind, value) in Attributes(value) {
                    match kind {
                        // XDP_ATTACHED_DRV and XDP_ATTACHED_HW; 2 is generic.
                        IFLA_XDP_ATTACHED => native = matches!(value.first(), Some(1 | 3)),
                        IFLA_XDP_PROG_ID => program = number(value),
                        _ => {}
                    }
                }
                found.xdp = (program != 0).then_some(XdpHolder { program, native });
            }
            _ => {}
        }
    }
    Ok(found)
}

/// How many queues a device receives by.
///
/// # Errors
/// What the kernel answers.
pub fn rx_queues(name: &str, info: &DeviceInfo) -> io::Result<u32> {
    match channels(name) {
        Ok(count) if count > 0 => Ok(count),
        // A driver that has no channels has the queues it was made with.
        _ => Ok(info.rx_queues_made.max(1)),
    }
}

/// `struct ethtool_channels`: receive channels and those for both directions.
fn channels(name: &str) -> io::Result<u32> {
    // cmd, max_rx, max_tx, max_other, max_combined, rx, tx, other, combined.
    let mut channels = [0u32; 9];
    channels[0] = ETHTOOL_GCHANNELS;
    // SAFETY: `ifreq` is plain bytes, for which zero is a value; the request reads the name and
    // writes the array that the address in it points to, which has the length of the struct.
    unsafe {
        let socket =
            check_int(libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0))?;
        let socket = OwnedFd::from_raw_fd(socket);
        let mut request: libc::ifreq = std::mem::zeroed();
        let room = request.ifr_name.len() - 1;
        for (to, from) in request.ifr_name.iter_mut().zip(name.bytes().take(room)) {
            *to = from as libc::c_char;
        }
        request.ifr_ifru.ifru_data = channels.as_mut_ptr().cast();
        check_int(libc::ioctl(socket.as_raw_fd(), SIOCETHTOOL as _, &raw mut request))?;
    }
    Ok(channels[5] + channels[8])
}

/// Asks for one link by rtnetlink; the whole answer, header included.
fn get_link(index: u32) -> io::Result<Vec<u8>> {
    // struct nlmsghdr: length, RTM_GETLINK, NLM_F_REQUEST, sequence, port; struct ifinfomsg.
    let mut request = Vec::new();
    request.extend(32u32.to_ne_bytes());
    request.extend(libc::RTM_GETLINK.to_ne_bytes());
    request.extend((libc::NLM_F_REQUEST as u16).to_ne_bytes());
    request.extend([0; 8]);
    request.extend([0; 4]);
    request.extend(index.to_ne_bytes());
    request.extend([0; 8]);
    let mut reply = vec![0u8; 32 << 10];
    // SAFETY: both addresses are those of live vectors, with their lengths beside them.
    let n_bytes = unsafe {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
        let socket = check_int(libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_ROUTE))?;
        let socket = OwnedFd::from_raw_fd(socket);
        let fd = socket.as_raw_fd();
        check(libc::send(fd, request.as_ptr().cast(), request.len(), 0) as libc::c_long)?;
        check(libc::recv(fd, reply.as_mut_ptr().cast(), reply.len(), 0) as libc::c_long)?
    };
    reply.truncate(n_bytes as usize);
    let kind = reply.get(4..6).map_or(0, |bytes| u16::from_ne_bytes([bytes[0], bytes[1]]));
    if libc::c_int::from(kind) == libc::NLMSG_ERROR {
        let code = reply.get(16..20).map_or(0, number) as i32;
        return Err(io::Error::from_raw_os_error(-code));
    }
    Ok(reply)
}

/// A `u32` of an attribute; 0 for one that is shorter.
fn number(value: &[u8]) -> u32 {
    value.first_chunk::<4>().map_or(0, |bytes| u32::from_ne_bytes(*bytes))
}

/// The attributes of a netlink message: kind and value.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let header = self.0.first_chunk::<4>()?;
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let kind = u16::from_ne_bytes([header[2], header[3]]) & NLA_TYPE_MASK;
        let value = self.0.get(4..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    }
}
