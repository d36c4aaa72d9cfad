//! The flows: sockets with different source ports, the same for the same seed.
//!
//! In: a seed. Out: bound sockets. The kernel's default places a flow by its ports, so the same
//! ports and the same server port meet the same workers, in every run until the next boot.

use std::{io, net::UdpSocket};

use crate::{random::Random, sys};

/// Source ports are drawn from here: registered ports (RFC 6335) below the range that Linux
/// hands out by itself (`net.ipv4.ip_local_port_range`, from 32768).
const PORTS: std::ops::Range<u64> = 20_000..32_000;

/// Ports that may turn out to be in use before the search is given up.
const MISSES_MAX: u32 = 1_000;

/// Bytes of a flow's receive queue as asked for; it takes replies, and should lose none.
const RECEIVE_BUFFER_BYTES: i32 = 106_496;

/// Binds `n` sockets.
pub(crate) fn bind(seed: u64, n: u32) -> io::Result<Vec<UdpSocket>> {
    // Another stream than that of the arrivals.
    let mut random = Random::new(!seed);
    let mut flows = Vec::new();
    let mut n_misses = 0;
    while flows.len() < n as usize {
        let port = PORTS.start + random.below(PORTS.end - PORTS.start);
        match sys::bind_loopback(port as u16, false) {
            Ok(socket) => flows.push(prepare(socket)?),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && n_misses < MISSES_MAX => {
                n_misses += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(flows)
}

fn prepare(socket: UdpSocket) -> io::Result<UdpSocket> {
    sys::set_receive_buffer(&socket, RECEIVE_BUFFER_BYTES)?;
    sys::enable_stamps(&socket)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_have_ports_of_their_own() {
        let flows = bind(0xfeed, 50).expect("ports are free");
        let mut ports: Vec<u16> =
            flows.iter().map(|f| f.local_addr().expect("it is bound").port()).collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 50);
        assert!(ports.iter().all(|&port| PORTS.contains(&u64::from(port))));
    }
}
