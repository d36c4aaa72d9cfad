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
    /// The headers from the base on up to the last one before this layer whose length is computed:
    /// offsets count from its end. Empty where every length is fixed.
    pub behind: Vec<HeaderId>,
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
        let mut next = place_layer(program, layers, at, &placed).map_err(|why| (at, why))?;
        if let Some(above) = at.checked_sub(1)
            && placed[above].base == next.base
            && is_computed(program, layers[above])
        {
            let first = placed.iter().position(|p| p.base == next.base).unwrap_or(0);
            next.behind = layers[first..at].to_vec();
            next.offset = 0;
        }
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
        |base, metas| Placed { base, behind: Vec::new(), offset: 0, metas, announced: Vec::new() };
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
    Ok(Placed {
        base: above_placed.base,
        behind: above_placed.behind.clone(),
        offset: above_placed.offset + program.headers[above.idx()].fixed_bytes,
        metas: Vec::new(),
        announced,
    })
}

/// Whether a header ends in a field whose length others give.
pub fn is_computed(program: &Program, header: HeaderId) -> bool {
    let fields = &program.headers[header.idx()].fields;
    fields.last().is_some_and(|field| matches!(field.wire, Wire::Computed { .. }))
}
