//! What the kernel's receive path delivers of a frame to a UDP or TCP socket, written from its
//! rules and sharing nothing with the compiler: `__netif_receive_skb_core` (VLAN tags),
//! `ip_rcv_core`, `ip6_rcv_core`, `ipv6_rthdr_rcv`, `ipv6_frag_rcv`, `__udp4_lib_rcv`,
//! `__udp6_lib_rcv`, `tcp_v4_rcv` in net/. Checksums are not looked at.

use syrup_ir::interp::Packet;

/// A datagram or segment within a frame.
struct Inside {
    eth_protocol: u16,
    net: usize,
    transport: usize,
    protocol: u8,
    end: usize,
}

/// The packet that a socket's policy sees; nothing where the kernel drops the frame, keeps it as a
/// part of a larger datagram, or the frame is beyond what the language looks behind.
pub fn deliver(frame: &[u8]) -> Option<Packet> {
    let mut net = 14;
    let mut eth_protocol = be16(frame, 12)?;
    let mut n_tags = 0;
    while matches!(eth_protocol, 0x8100 | 0x88a8) {
        n_tags += 1;
        eth_protocol = be16(frame, net + 2)?;
        net += 4;
    }
    if n_tags > 2 {
        return None;
    }
    let inside = match eth_protocol {
        0x0800 => ipv4(frame, net)?,
        0x86dd => ipv6(frame, net)?,
        _ => return None,
    };
    let end = match inside.protocol {
        17 => udp(frame, &inside)?,
        6 => tcp(frame, &inside)?,
        _ => return None,
    };
    Some(Packet {
        frame: frame[..end].to_vec(),
        net: inside.net as u32,
        transport: inside.transport as u32,
        eth_protocol,
        ip_protocol: inside.protocol,
        ..Packet::default()
    })
}

fn be16(frame: &[u8], at: usize) -> Option<u16> {
    let bytes = frame.get(at..at + 2)?;
    Some(u16::from_be_bytes([bytes[0], bytes[1]]))
}

fn ipv4(frame: &[u8], net: usize) -> Option<Inside> {
    let header = frame.get(net..net + 20)?;
    let ihl = usize::from(header[0] & 15) * 4;
    let total = usize::from(be16(header, 2)?);
    let is_good = header[0] >> 4 == 4 && ihl >= 20 && total >= ihl && net + total <= frame.len();
    // The flag that more follow, and the offset.
    let is_part = be16(header, 6)? & 0x3fff != 0;
    (is_good && !is_part).then_some(Inside {
        eth_protocol: 0x0800,
        net,
        transport: net + ihl,
        protocol: header[9],
        end: net + total,
    })
}

fn ipv6(frame: &[u8], net: usize) -> Option<Inside> {
    let header = frame.get(net..net + 40)?;
    let end = net + 40 + usize::from(be16(header, 4)?);
    if header[0] >> 4 != 6 || end > frame.len() {
        return None;
    }
    let (mut at, mut next) = (net + 40, header[6]);
    for n in 0.. {
        let len = match next {
            // Only directly behind the header.
            0 if n > 0 => return None,
            0 | 43 | 60 => (usize::from(*frame.get(at + 1)?) + 1) * 8,
            51 => (usize::from(*frame.get(at + 1)?) + 2) * 4,
            44 if be16(frame, at + 2)? & 0xfff9 == 0 => 8,
            44 => return None,
            _ => break,
        };
        if n == 4 || at + len > end {
            return None;
        }
        next = frame[at];
        at += len;
    }
    Some(Inside { eth_protocol: 0x86dd, net, transport: at, protocol: next, end })
}

fn udp(frame: &[u8], inside: &Inside) -> Option<usize> {
    let most = inside.end.checked_sub(inside.transport).filter(|n| *n >= 8)?;
    let len = match (be16(frame, inside.transport + 4)?, inside.eth_protocol) {
        (0, 0x86dd) => most,
        (len, _) => usize::from(len),
    };
    (len >= 8 && len <= most).then_some(inside.transport + len)
}

fn tcp(frame: &[u8], inside: &Inside) -> Option<usize> {
    let most = inside.end.checked_sub(inside.transport).filter(|n| *n >= 20)?;
    let own = usize::from(frame[inside.transport + 12] >> 4) * 4;
    (own >= 20 && own <= most).then_some(inside.end)
}
