//! The kernel's tables of sockets: `/proc/net/udp`, `udp6`, `tcp`, `tcp6`.
//!
//! In: a process whose network is meant, a protocol, a port. Out: the sockets that packets to
//! that port are chosen among. The form is drawn in net/ipv4/udp.c (`udp4_format_sock`):
//!
//! ```text
//!   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
//!    7: 0100007F:2328 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711
//! ```

use super::Protocol;
use crate::error::LoadError;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// One socket of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// The address it is bound to.
    pub local: SocketAddr,
    /// Its owner's user.
    pub uid: u32,
    /// Its number in the file system of sockets.
    pub inode: u64,
}

/// How often the tables are read: a reading may leave a socket out when another one closes.
const READS: usize = 3;

/// The state of a listening TCP socket: `TCP_LISTEN`.
const STATE_LISTEN: u8 = 10;
/// The state of a UDP socket that is not connected: `TCP_CLOSE`.
const STATE_CLOSE: u8 = 7;

/// The sockets on a port in the network of a process, or of the caller.
///
/// # Errors
/// No such process, or the tables cannot be read.
pub fn rows(pid: Option<u32>, protocol: Protocol, port: u16) -> Result<Vec<Row>, LoadError> {
    let process = pid.map_or_else(|| "thread-self".to_owned(), |pid| pid.to_string());
    let process = PathBuf::from("/proc").join(process);
    if let (Some(pid), false) = (pid, process.exists()) {
        return Err(LoadError::NotFound(format!("there is no process {pid}")));
    }
    let names = match protocol {
        Protocol::Udp => ["udp", "udp6"],
        Protocol::Tcp => ["tcp", "tcp6"],
    };
    let mut rows: Vec<Row> = Vec::new();
    for name in names.into_iter().cycle().take(names.len() * READS) {
        let path = process.join("net").join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                for row in text.lines().skip(1).filter_map(|line| parse(line, protocol, port)) {
                    if !rows.iter().any(|known| known.inode == row.inode) {
                        rows.push(row);
                    }
                }
            }
            // A machine without IPv6 has no second table.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(LoadError::io(format!("read {}", path.display()), error)),
        }
    }
    Ok(rows)
}

fn parse(line: &str, protocol: Protocol, port: u16) -> Option<Row> {
    let mut words = line.split_ascii_whitespace();
    let local = parse_address(words.nth(1)?)?;
    let remote = parse_address(words.next()?)?;
    let state = u8::from_str_radix(words.next()?, 16).ok()?;
    let uid = words.nth(3)?.parse().ok()?;
    let inode = words.nth(1)?.parse().ok()?;
    let chosen_among = match protocol {
        Protocol::Udp => state == STATE_CLOSE && remote.port() == 0,
        Protocol::Tcp => state == STATE_LISTEN,
    };
    (chosen_among && local.port() == port && inode != 0).then_some(Row { local, uid, inode })
}

/// Reads `0100007F:2328`: the address in words of the machine's byte order, the port as a number.
fn parse_address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::with_capacity(16);
    for at in (0..address.len()).step_by(8) {
        let word = u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let address = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(bytes) => IpAddr::V4(Ipv4Addr::from(bytes)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
    };
    Some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UDP: &str = "    7: 0100007F:2328 00000000:0000 07 00000000:00000000 00:00000000 \
                       00000000  1000        0 4711 2 0000000000000000 0";
    const TCP6: &str = "   0: 00000000000000000000000001000000:1F90 \
                        00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 \
                        00000000     0        0 99 1 0000000000000000 100 0 0 10 0";

    #[test]
    #[cfg(target_endian = "little")]
    fn rows_are_read() {
        let row = parse(UDP, Protocol::Udp, 9000).unwrap();
        assert_eq!(
            (row.local.to_string().as_str(), row.uid, row.inode),
            ("127.0.0.1:9000", 1000, 4711)
        );
        let row = parse(TCP6, Protocol::Tcp, 8080).unwrap();
        assert_eq!((row.local.to_string().as_str(), row.inode), ("[::1]:8080", 99));
    }

    #[test]
    fn other_ports_and_connected_sockets_are_left_out() {
        assert_eq!(parse(UDP, Protocol::Udp, 9001), None);
        assert_eq!(parse(UDP, Protocol::Tcp, 9000), None);
        let connected = UDP.replace("00000000:0000 07", "0100007F:0035 01");
        assert_eq!(parse(&connected, Protocol::Udp, 9000), None);
    }

    #[test]
    fn other_text_is_no_row() {
        for text in
            ["", "7: zz:2328 0:0 07", "é é é é é é é é é é é é", "1: 01:1 01:1 07 0 0 0 0 0 1"]
        {
            assert_eq!(parse(text, Protocol::Udp, 9000), None, "{text}");
        }
    }
}
