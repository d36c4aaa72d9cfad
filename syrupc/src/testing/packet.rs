//! Packets built from headers: the layers that were left out, lengths, checksums, flow hash.
//!
//! In: layers with the fields that were given. Out: a whole frame and what a hook knows of it.
//! Fields that were not given hold what their header demands, or 0; fields that announce the next
//! header hold its number; computed fields are filled last, from the end of the packet backwards.

use super::eval::evaluate_with;
use super::value::Value;
use crate::hir::{Computed, HeaderId, LocalId, Program, Wire};
use crate::route;
use syrup_ir::interp::Packet;
use syrup_ir::{Base, Order};

/// A layer with its values.
#[derive(Clone, PartialEq, Debug)]
pub enum LayerLit {
    /// A header and the fields that are given, by index.
    Header {
        /// The header.
        header: HeaderId,
        /// Field index and value.
        fields: Vec<(u32, u64)>,
    },
    /// Raw bytes.
    Bytes(Vec<u8>),
}

impl LayerLit {
    pub(super) fn show(&self, program: &Program) -> String {
        match self {
            LayerLit::Header { header, fields } => {
                let decl = &program.headers[header.idx()];
                let field = |&(at, value): &(u32, u64)| {
                    format!("{}: {value}", decl.fields[at as usize].name)
                };
                let fields: Vec<_> = fields.iter().map(field).collect();
                format!("{}({})", decl.name, fields.join(", "))
            }
            LayerLit::Bytes(bytes) => {
                let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("hex\"{}\"", hex.join(" "))
            }
        }
    }
}

/// A header laid out in the frame.
struct Laid {
    header: HeaderId,
    offset: usize,
    /// Its length, the computed part included.
    bytes: usize,
}

/// Builds a frame.
///
/// A packet of bytes alone is what stands behind an IPv4 header of no known protocol.
pub fn build(program: &Program, layers: &[LayerLit]) -> Packet {
    let layers = complete(program, layers);
    let mut packet = Packet::default();
    let mut laid: Vec<Laid> = Vec::new();
    let mut end_of_headers = None;
    for layer in &layers {
        match layer {
            LayerLit::Bytes(bytes) => packet.frame.extend(bytes),
            LayerLit::Header { header, fields } => {
                let offset = packet.frame.len();
                lay_header(program, *header, fields, &mut packet.frame);
                announce(program, &laid, *header, &mut packet.frame);
                match route::level(program, *header) {
                    Some(Base::Net) => packet.net = offset as u32,
                    Some(Base::Transport) => packet.transport = offset as u32,
                    Some(Base::Frame) | None => {}
                }
                let bytes = packet.frame.len() - offset;
                laid.push(Laid { header: *header, offset, bytes });
                end_of_headers = Some(packet.frame.len());
            }
        }
    }
    if packet.transport == 0 {
        let net = laid.iter().find(|l| l.offset as u32 == packet.net && packet.net > 0);
        let behind_net = net.map(|l| l.offset + l.bytes);
        packet.transport = behind_net.or(end_of_headers).unwrap_or(0) as u32;
    }
    for at in laid.iter().rev() {
        fill_computed(program, at, &mut packet.frame);
    }
    describe(program, &laid, &mut packet);
    packet
}

/// Adds the headers that reach the first one: `udp()` is `eth() / ipv4() / udp()`.
fn complete(program: &Program, layers: &[LayerLit]) -> Vec<LayerLit> {
    let mut prefix = Vec::new();
    let mut first = match layers.first() {
        Some(LayerLit::Header { header, .. }) if route::level(program, *header).is_some() => {
            Some(*header)
        }
        _ => {
            let named = |name: &str| {
                let at = program.headers.iter().position(|header| &*header.name == name)?;
                Some(HeaderId(at as u32))
            };
            let ipv4 = named("ipv4");
            prefix.extend(ipv4.map(|header| LayerLit::Header { header, fields: Vec::new() }));
            ipv4
        }
    };
    while let Some(header) = first {
        first = program.headers[header.idx()].after.first().map(|route| route.header);
        prefix.extend(first.map(|header| LayerLit::Header { header, fields: Vec::new() }));
    }
    prefix.reverse();
    prefix.into_iter().chain(layers.iter().cloned()).collect()
}

fn lay_header(program: &Program, id: HeaderId, fields: &[(u32, u64)], frame: &mut Vec<u8>) {
    let decl = &program.headers[id.idx()];
    let offset = frame.len();
    frame.resize(offset + decl.fixed_bytes as usize, 0);
    for (at, field) in decl.fields.iter().enumerate() {
        let given = fields.iter().find(|(idx, _)| *idx as usize == at).map(|(_, value)| *value);
        let value = given.unwrap_or(field.range.lo);
        put(&field.wire, value, &mut frame[offset..]);
    }
    let computed = computed_bytes(program, id, &frame[offset..]);
    frame.resize(frame.len() + computed, 0);
}

/// The length of a header's last field, where it is computed from the others.
fn computed_bytes(program: &Program, id: HeaderId, header: &[u8]) -> usize {
    let decl = &program.headers[id.idx()];
    let Some(Wire::Computed { len, .. }) = decl.fields.last().map(|field| &field.wire) else {
        return 0;
    };
    let number = |(at, field): (usize, &crate::hir::HeaderField)| {
        (LocalId(at as u32), Value::Number(get(&field.wire, header)))
    };
    let locals = decl.fields.iter().enumerate().map(number).collect();
    // A length that cannot be computed belongs to a header that its own range refuses.
    match evaluate_with(program, len, locals) {
        Ok(Value::Number(len)) => len as usize,
        Ok(_) | Err(_) => 0,
    }
}

/// Writes a number into a header; runs of bytes are left as they are.
fn put(wire: &Wire, value: u64, header: &mut [u8]) {
    match *wire {
        Wire::Number { offset, bytes, order } => {
            let place = &mut header[offset as usize..offset as usize + bytes as usize];
            match order {
                Order::Big => place.copy_from_slice(&value.to_be_bytes()[8 - bytes as usize..]),
                Order::Little => place.copy_from_slice(&value.to_le_bytes()[..bytes as usize]),
            }
        }
        Wire::Bits { offset, bytes, shift, bits } => {
            let place = &mut header[offset as usize..offset as usize + bytes as usize];
            let mut whole = place.iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
            let mask = ((1u128 << bits) - 1) as u64;
            whole = whole & !(mask << shift) | (value & mask) << shift;
            place.copy_from_slice(&whole.to_be_bytes()[8 - bytes as usize..]);
        }
        Wire::Bytes { .. } | Wire::Computed { .. } => {}
    }
}

/// Reads a number of a header.
fn get(wire: &Wire, header: &[u8]) -> u64 {
    let sum = |bytes: &[u8]| bytes.iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
    match *wire {
        Wire::Number { offset, bytes, order } => {
            let place = &header[offset as usize..offset as usize + bytes as usize];
            match order {
                Order::Big => sum(place),
                Order::Little => place.iter().rev().fold(0, |s, &byte| s << 8 | u64::from(byte)),
            }
        }
        Wire::Bits { offset, bytes, shift, bits } => {
            let place = &header[offset as usize..offset as usize + bytes as usize];
            sum(place) >> shift & ((1u128 << bits) - 1) as u64
        }
        Wire::Bytes { .. } | Wire::Computed { .. } => 0,
    }
}

/// Puts a header's number into the one before it, where that was not given.
fn announce(program: &Program, laid: &[Laid], id: HeaderId, frame: &mut [u8]) {
    let Some(above) = laid.last() else { return };
    let routes = &program.headers[id.idx()].after;
    let Some(route) = routes.iter().find(|route| route.header == above.header) else { return };
    for &(field, number) in &route.fields {
        let wire = &program.headers[above.header.idx()].fields[field as usize].wire;
        if get(wire, &frame[above.offset..]) == 0 {
            put(wire, number, &mut frame[above.offset..]);
        }
    }
}

fn fill_computed(program: &Program, at: &Laid, frame: &mut [u8]) {
    let decl = &program.headers[at.header.idx()];
    let total = (frame.len() - at.offset) as u64;
    let own = at.bytes as u64;
    let header = &mut frame[at.offset..];
    for field in &decl.fields {
        let value = match field.computed {
            Some(Computed::Length) => total,
            Some(Computed::PayloadLength) => total - own,
            Some(Computed::Checksum) | None => continue,
        };
        put(&field.wire, value, header);
    }
    for field in &decl.fields {
        if field.computed == Some(Computed::Checksum) {
            put(&field.wire, 0, header);
            let sum = checksum(&header[..own as usize]);
            put(&field.wire, sum, header);
        }
    }
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u64 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    let mut sum: u32 = bytes.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u64::from(!(sum as u16))
}

/// What a hook would know: protocols and the hash of the flow.
fn describe(program: &Program, laid: &[Laid], packet: &mut Packet) {
    let mut hash = 0x811c_9dc5u32;
    for (n, at) in laid.iter().enumerate() {
        let decl = &program.headers[at.header.idx()];
        let level = route::level(program, at.header);
        for field in &decl.fields {
            let value = get(&field.wire, &packet.frame[at.offset..]);
            if matches!(&*field.name, "src" | "dst" | "src_port" | "dst_port")
                && level.is_some_and(|level| level != Base::Frame)
            {
                hash = (hash ^ value as u32).wrapping_mul(0x0100_0193);
                hash ^= hash >> 15;
            }
        }
        let Some(above) = n.checked_sub(1).map(|n| &laid[n]) else { continue };
        let Some(route) = decl.after.iter().find(|route| route.header == above.header) else {
            continue;
        };
        let Some(&(field, _)) = route.fields.first() else { continue };
        let wire = &program.headers[above.header.idx()].fields[field as usize].wire;
        let number = get(wire, &packet.frame[above.offset..]);
        match level {
            Some(Base::Net) => packet.eth_protocol = number as u16,
            Some(Base::Transport) => packet.ip_protocol = number as u8,
            Some(Base::Frame) | None => {}
        }
    }
    packet.flow_hash = hash;
}
