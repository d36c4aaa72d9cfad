//! Packets built from headers: the layers that were left out, lengths, checksums, flow hash.
//!
//! In: layers with the fields that were given. Out: a whole frame and what a hook knows of it.
//! Fields that were not given hold what their header demands, or 0; fields that announce the next
//! header hold its number; computed fields are filled last, from the end of the packet backwards.

use super::lay::{Laid, lay_header};
use super::value::Value;
use crate::hir::{Computed, Header, HeaderField, HeaderId, ParamId, Program};
use crate::route;
use std::collections::BTreeMap;
use syrup_ir::Base;
use syrup_ir::interp::Packet;

/// A layer with its values.
#[derive(Clone, PartialEq, Debug)]
pub enum LayerLit {
    /// A header and the fields that are given, by index.
    Header {
        /// The header.
        header: HeaderId,
        /// What its parameter is.
        arg: Option<u64>,
        /// Field index and value: a number or bytes.
        fields: Vec<(u32, Value)>,
    },
    /// Raw bytes.
    Bytes(Vec<u8>),
}

impl LayerLit {
    pub(super) fn show(&self, program: &Program) -> String {
        match self {
            LayerLit::Header { header, arg, fields } => {
                let decl = &program.headers[header.idx()];
                let field = |(at, value): &(u32, Value)| {
                    format!("{}: {}", decl.fields[*at as usize].name, value.show(program))
                };
                let fields: Vec<_> = fields.iter().map(field).collect();
                let arg = arg.map_or(String::new(), |arg| format!("[{arg}]"));
                format!("{}{arg}({})", decl.name, fields.join(", "))
            }
            LayerLit::Bytes(bytes) => Value::Bytes(bytes.clone()).show(program),
        }
    }
}

/// Builds a frame.
///
/// A packet of bytes alone is what stands behind an IPv4 header of no known protocol.
///
/// # Errors
/// One sentence where the fields that were given make no header.
pub fn build(
    program: &Program,
    layers: &[LayerLit],
    params: &BTreeMap<ParamId, u64>,
) -> Result<Packet, String> {
    let layers = complete(program, layers);
    let mut packet = Packet::default();
    let mut laid: Vec<Laid> = Vec::new();
    let mut given: Vec<Vec<u32>> = Vec::new();
    let mut end_of_headers = None;
    for layer in &layers {
        match layer {
            LayerLit::Bytes(bytes) => packet.frame.extend(bytes),
            LayerLit::Header { header, arg, fields } => {
                let next = lay_header(program, *header, *arg, (fields, params), &mut packet.frame)?;
                laid.push(next);
                given.push(fields.iter().map(|(field, _)| *field).collect());
                announce(program, &laid, &mut packet.frame);
                end_of_headers = Some(packet.frame.len());
            }
        }
    }
    let headers: Vec<_> = laid.iter().map(|at| at.header).collect();
    let bases = route::bases(program, &headers);
    let first = |base| laid.iter().zip(&bases).find(|row| *row.1 == base).map(|row| row.0);
    let behind_net = laid.iter().zip(&bases).rfind(|row| *row.1 == Base::Net);
    let behind_net = behind_net.map(|row| row.0.offset + row.0.bytes);
    packet.net = first(Base::Net).map_or(0, |at| at.offset) as u32;
    let transport = first(Base::Transport).map(|at| at.offset);
    packet.transport = transport.or(behind_net).or(end_of_headers).unwrap_or(0) as u32;
    for (at, given) in laid.iter().zip(&given).rev() {
        fill_computed(program, at, given, &mut packet.frame);
    }
    describe(program, &laid, &bases, &mut packet);
    Ok(packet)
}

fn plain(header: HeaderId) -> LayerLit {
    LayerLit::Header { header, arg: None, fields: Vec::new() }
}

/// Adds the headers that reach the first one: `udp()` is `eth() / ipv4() / udp()`.
fn complete(program: &Program, layers: &[LayerLit]) -> Vec<LayerLit> {
    let mut prefix = Vec::new();
    let first = match layers.first() {
        Some(LayerLit::Header { header, .. })
            if route::level(program, *header).is_some()
                || !program.headers[header.idx()].after.is_empty() =>
        {
            Some(*header)
        }
        _ => {
            let named = |name: &str| {
                let at = program.headers.iter().position(|header| &*header.name == name)?;
                Some(HeaderId(at as u32))
            };
            let ipv4 = named("ipv4");
            prefix.extend(ipv4.map(plain));
            ipv4
        }
    };
    if let Some(header) = first {
        prefix.splice(0..0, route::prefix(program, header).into_iter().map(plain));
    }
    prefix.into_iter().chain(layers.iter().cloned()).collect()
}

/// Puts the numbers of the last header into those before it, where they were not given.
fn announce(program: &Program, laid: &[Laid], frame: &mut [u8]) {
    let headers: Vec<_> = laid.iter().map(|at| at.header).collect();
    let Some(last) = laid.len().checked_sub(1) else { return };
    for (at, field, number) in route::demands(program, &headers, last) {
        if laid[at].get(program, field, frame) == 0 {
            laid[at].put(program, field, number, frame);
        }
    }
}

/// Fills in lengths and checksums that were not given.
fn fill_computed(program: &Program, at: &Laid, given: &[u32], frame: &mut [u8]) {
    let decl = &program.headers[at.header.idx()];
    let total = (frame.len() - at.offset) as u64;
    let own = at.bytes as u64;
    let open = |field: &u32| !given.contains(field);
    for field in numbered(decl).map(|row| row.0).filter(open) {
        let value = match decl.fields[field as usize].computed {
            Some(Computed::Length) => total,
            Some(Computed::PayloadLength) => total - own,
            Some(Computed::Checksum) | None => continue,
        };
        at.put(program, field, value, frame);
    }
    for (field, decl) in numbered(decl).filter(|row| open(&row.0)) {
        if decl.computed == Some(Computed::Checksum) {
            at.put(program, field, 0, frame);
            let sum = checksum(&frame[at.offset..at.offset + at.bytes]);
            at.put(program, field, sum, frame);
        }
    }
}

/// The fields of a header with their indices.
fn numbered(decl: &Header) -> impl Iterator<Item = (u32, &HeaderField)> {
    (0..).zip(&decl.fields)
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

/// What a hook would know: protocols and the hash of the flow, which any number would do for that
/// is the same for the same addresses and ports.
fn describe(program: &Program, laid: &[Laid], bases: &[Base], packet: &mut Packet) {
    let mut hash = 0x811c_9dc5u32;
    for (n, (at, base)) in laid.iter().zip(bases).enumerate() {
        let decl = &program.headers[at.header.idx()];
        let is_first = n.checked_sub(1).is_none_or(|above| bases[above] != *base);
        if *base == Base::Frame || !is_first {
            continue;
        }
        for (idx, field) in numbered(decl) {
            if matches!(&*field.name, "src" | "dst" | "src_port" | "dst_port") {
                let value = at.get(program, idx, &packet.frame);
                hash = (hash ^ value as u32).wrapping_mul(0x0100_0193);
                hash ^= hash >> 15;
            }
        }
    }
    let announced = |base: Base| {
        let (at, _) = laid.iter().zip(bases).rfind(|row| *row.1 == base)?;
        let field = route::announcing_field(program, at.header)?;
        Some(at.get(program, field, &packet.frame))
    };
    let (ethertype, protocol) = (announced(Base::Frame), announced(Base::Net));
    packet.eth_protocol = ethertype.unwrap_or(0) as u16;
    packet.ip_protocol = protocol.unwrap_or(0) as u8;
    packet.flow_hash = hash;
    if !bases.contains(&Base::Transport) && u64::from(packet.eth_protocol) == route::IPV6 {
        skip_extensions(packet);
    }
}

/// Finds the transport header behind extension headers that are given as bytes.
fn skip_extensions(packet: &mut Packet) {
    while route::EXTENSIONS.contains(&u64::from(packet.ip_protocol)) {
        let at = packet.transport as usize;
        let Some(&[next, len]) = packet.frame.get(at..at + 2) else { return };
        packet.transport += match packet.ip_protocol {
            44 => 8,
            51 => (u32::from(len) + 2) * 4,
            _ => (u32::from(len) + 1) * 8,
        };
        packet.ip_protocol = next;
    }
}
