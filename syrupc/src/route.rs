//! How the headers of a pattern are reached from where a hook's packet begins.
//!
//! In: the headers of a pattern, in order. Out: for each, the base and offset it starts at, and
//! what must hold for it to be there. Analysis asks in order to report, lowering to generate.
//!
//! A hook that begins at the transport header has already found the network header: what `ipv4`
//! and `ipv6` announce is then asked of the hook instead of being read.

use crate::hir::{HeaderId, Program, RunLen};
use syrup_ir::{Base, Meta};

/// Where a layer starts and what announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Where offsets count from.
    pub base: Base,
    /// The layer and its segment whose run ends where offsets count from; nothing where every
    /// length from the base on is fixed.
    pub behind: Option<(usize, u32)>,
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
    /// The header before takes all that is left of the packet.
    AfterRest,
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
    for at in 0..layers.len() {
        let next = place_layer(program, layers, at, &placed).map_err(|why| (at, why))?;
        placed.push(next);
    }
    Ok(placed)
}

fn place_layer(
    program: &Program,
    layers: &[HeaderId],
    at: usize,
    placed: &[Placed],
) -> Result<Placed, RouteError> {
    let header = layers[at];
    let decl = &program.headers[header.idx()];
    let start =
        |base, metas| Placed { base, behind: None, offset: 0, metas, announced: Vec::new() };
    let Some(above_at) = at.checked_sub(1) else {
        let (base, meta) = match level(program, header) {
            Some(Base::Transport) => (Base::Transport, Meta::IpProtocol),
            Some(Base::Net) => (Base::Net, Meta::EthProtocol),
            Some(Base::Frame) => return Err(RouteError::Behind),
            None => return Err(RouteError::NoRoute),
        };
        // Every route announces a transport by the same number, whatever the network header.
        let numbers = decl.after.iter().flat_map(|route| route.fields.iter().map(|f| f.1));
        return Ok(start(base, numbers.take(1).map(|number| (meta, number)).collect()));
    };
    let (above, above_placed) = (layers[above_at], &placed[above_at]);
    let route = decl.after.iter().find(|route| route.header == above);
    if route.is_none() && !decl.after.is_empty() {
        return Err(RouteError::NoRoute);
    }
    let announced = route.map_or(Vec::new(), |route| route.fields.clone());
    if level(program, above) == Some(Base::Net) && level(program, header) == Some(Base::Transport) {
        let metas = announced.iter().map(|&(_, number)| (Meta::IpProtocol, number)).collect();
        return Ok(start(Base::Transport, metas));
    }
    let decl = &program.headers[above.idx()];
    let (last, segment) = decl.last_segment();
    if matches!(decl.run_of(last), Some(RunLen::Rest { .. })) {
        return Err(RouteError::AfterRest);
    }
    let (behind, offset) = match (segment.run, last.checked_sub(1)) {
        (Some(_), _) => (Some((above_at, last)), 0),
        (None, Some(before)) => (Some((above_at, before)), segment.fixed_bytes),
        (None, None) => (above_placed.behind, above_placed.offset + segment.fixed_bytes),
    };
    Ok(Placed { base: above_placed.base, behind, offset, metas: Vec::new(), announced })
}
