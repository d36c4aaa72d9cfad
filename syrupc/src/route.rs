//! How the headers of a pattern are reached from where a hook's packet begins.
//!
//! In: the headers of a pattern, in order. Out: for each, the base and offset it starts at, and
//! what must hold for it to be there. Analysis asks in order to report, lowering to generate.
//!
//! A hook that begins at the transport header has already found the network header: what `ipv4`
//! and `ipv6` announce is then asked of the hook instead of being read.

use crate::hir::{HeaderId, Program, Wire};
use syrup_ir::{Base, Meta};

/// Where a layer starts and what announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Where offsets count from.
    pub base: Base,
    /// Bytes from there.
    pub offset: u32,
    /// What the hook must say of the packet.
    pub metas: Vec<(Meta, u64)>,
    /// Fields of the layer before, with the number each must have.
    pub announced: Vec<(u32, u64)>,
}

/// Why a layer cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// The hook's packet begins behind this header and does not keep it.
    Behind,
    /// Nothing says how this header follows what stands before it.
    NoRoute,
    /// It follows a header whose length is computed.
    Computed,
    /// The hook begins at a layer from which routes are not worked out yet.
    Later,
}

/// The layer of the stack a header belongs to: the standard library's `eth` is the frame, what
/// follows it is the network, what follows that is the transport.
pub fn level(program: &Program, header: HeaderId) -> Option<Base> {
    level_within(program, header, 4)
}

fn level_within(program: &Program, header: HeaderId, depth: u32) -> Option<Base> {
    let decl = &program.headers[header.idx()];
    if &*decl.name == "eth" && decl.after.is_empty() {
        return Some(Base::Frame);
    }
    if depth == 0 {
        return None;
    }
    decl.after.iter().find_map(|route| match level_within(program, route.header, depth - 1)? {
        Base::Frame => Some(Base::Net),
        Base::Net => Some(Base::Transport),
        Base::Transport => None,
    })
}

/// Places the layers of a pattern.
///
/// # Errors
/// The layer that cannot be reached, and why.
pub fn place(
    program: &Program,
    begins: Base,
    layers: &[HeaderId],
) -> Result<Vec<Placed>, (usize, RouteError)> {
    if begins != Base::Transport {
        return Err((0, RouteError::Later));
    }
    let mut placed: Vec<Placed> = Vec::new();
    for (at, &header) in layers.iter().enumerate() {
        let before = at.checked_sub(1).map(|n| (layers[n], &placed[n]));
        placed.push(place_layer(program, header, before).map_err(|why| (at, why))?);
        if let Some(next) = layers.get(at + 1)
            && is_computed(program, header)
            && level(program, *next) != Some(Base::Transport)
        {
            return Err((at + 1, RouteError::Computed));
        }
    }
    Ok(placed)
}

fn place_layer(
    program: &Program,
    header: HeaderId,
    before: Option<(HeaderId, &Placed)>,
) -> Result<Placed, RouteError> {
    let decl = &program.headers[header.idx()];
    let Some((above, above_placed)) = before else {
        let (base, meta) = match level(program, header) {
            Some(Base::Transport) => (Base::Transport, Meta::IpProtocol),
            Some(Base::Net) => (Base::Net, Meta::EthProtocol),
            Some(Base::Frame) => return Err(RouteError::Behind),
            None => return Err(RouteError::NoRoute),
        };
        // Every route announces a transport by the same number, whatever the network header.
        let numbers = decl.after.iter().flat_map(|route| route.fields.iter().map(|f| f.1));
        let metas = numbers.take(1).map(|number| (meta, number)).collect();
        return Ok(Placed { base, offset: 0, metas, announced: Vec::new() });
    };
    let route = decl.after.iter().find(|route| route.header == above);
    if route.is_none() && !decl.after.is_empty() {
        return Err(RouteError::NoRoute);
    }
    let announced = route.map_or(Vec::new(), |route| route.fields.clone());
    if level(program, above) == Some(Base::Net) && level(program, header) == Some(Base::Transport) {
        let metas = announced.iter().map(|&(_, number)| (Meta::IpProtocol, number)).collect();
        return Ok(Placed { base: Base::Transport, offset: 0, metas, announced: Vec::new() });
    }
    let offset = above_placed.offset + program.headers[above.idx()].fixed_bytes;
    Ok(Placed { base: above_placed.base, offset, metas: Vec::new(), announced })
}

/// Whether a header ends in a field whose length others give.
pub fn is_computed(program: &Program, header: HeaderId) -> bool {
    let fields = &program.headers[header.idx()].fields;
    fields.last().is_some_and(|field| matches!(field.wire, Wire::Computed { .. }))
}
