//! How the headers of a pattern are reached from where a hook's packet begins.
//!
//! In: the layers of a pattern, in order. Out: the ways to reach them, each with the headers that
//! the pattern left out, the base and offset of every header, and what must hold for it to be
//! there. Analysis asks in order to report, lowering to generate, tests to build packets.
//!
//! The hook's own network and transport header are found by the kernel or by the policy's prologue;
//! what `eth`, `ipv4` and `ipv6` announce is then asked of what was found instead of being read.

mod literal;
mod roles;
mod stack;

use crate::hir::{HeaderId, Layer, Program, RunLen};
use stack::Item;
use syrup_diag::limits;
use syrup_ir::{Base, Interval, Meta};

pub use literal::{announcing_field, bases, demands, prefix};
pub use roles::level;
pub(crate) use roles::{EXTENSIONS, IPV6, TAGS};
use roles::{Role, ethertypes, role};

/// Where a header starts and what announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The header.
    pub header: HeaderId,
    /// The layer of the pattern that names it; nothing for one that was left out.
    pub layer: Option<usize>,
    /// Where offsets count from.
    pub base: Base,
    /// The header and its segment whose run ends where offsets count from; nothing where every
    /// length from the base on is fixed.
    pub behind: Option<(usize, u32)>,
    /// Bytes from there.
    pub offset: u32,
    /// What the hook must say of the packet.
    pub metas: Vec<(Meta, Vec<Interval>)>,
    /// Fields of this header that announce what follows, with the numbers each may have.
    pub demands: Vec<(u32, Vec<u64>)>,
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
    /// More VLAN tags than a policy looks behind.
    ManyTags,
    /// More IPv6 extension headers than a policy looks behind.
    ManyExtensions,
    /// More ways than a pattern may have.
    ManyWays,
}

/// Places the layers of a pattern, once for each way to reach them.
///
/// # Errors
/// The layer that cannot be reached, and why.
pub fn place(
    program: &Program,
    begins: Base,
    layers: &[Layer],
) -> Result<Vec<Vec<Placed>>, (usize, RouteError)> {
    let stacks = stack::stacks(program, layers)?;
    stacks.iter().map(|stack| place_stack(program, begins, layers, stack)).collect()
}

fn place_stack(
    program: &Program,
    begins: Base,
    layers: &[Layer],
    stack: &[Item],
) -> Result<Vec<Placed>, (usize, RouteError)> {
    let mut placed: Vec<Placed> = Vec::new();
    let (mut n_tags, mut n_extensions) = (0, 0);
    for (at, item) in stack.iter().enumerate() {
        // A header that was left out is an error of the layer that needs it.
        let blame = stack[at..].iter().find_map(|item| item.layer).unwrap_or(0);
        let fail = |why| (blame, why);
        let next = match at.checked_sub(1) {
            None => first(program, item),
            Some(above) => {
                follow(program, layers, item, &stack[above], &mut placed).map_err(fail)?
            }
        };
        match (next.base, role(program, item.header)) {
            (Base::Frame, _) if begins != Base::Frame => return Err(fail(RouteError::Behind)),
            (Base::Frame, Role::Tag) => n_tags += 1,
            (Base::Net, Role::Extension) => n_extensions += 1,
            (Base::Frame | Base::Net | Base::Transport, _) => {}
        }
        if n_tags > limits::VLAN_TAGS_MAX {
            return Err(fail(RouteError::ManyTags));
        }
        if n_extensions > limits::IPV6_EXTENSIONS_MAX {
            return Err(fail(RouteError::ManyExtensions));
        }
        placed.push(next);
    }
    for (item, at) in stack.iter().zip(&mut placed) {
        for (field, numbers) in &item.demands {
            at.demands.push((*field, numbers.clone()));
        }
    }
    Ok(placed)
}

/// The outermost header of a stack.
fn first(program: &Program, item: &Item) -> Placed {
    let header = item.header;
    let (base, metas) = match role(program, header) {
        Role::Frame | Role::Tag => (Base::Frame, Vec::new()),
        Role::Net => (Base::Net, vec![(Meta::EthProtocol, points(&ethertypes(program, header)))]),
        Role::Extension | Role::Other => (Base::Transport, item.metas.clone()),
    };
    let (layer, demands) = (item.layer, Vec::new());
    Placed { header, layer, base, behind: None, offset: 0, metas, demands }
}

/// A header behind another.
fn follow(
    program: &Program,
    layers: &[Layer],
    item: &Item,
    above: &Item,
    placed: &mut [Placed],
) -> Result<Placed, RouteError> {
    let at = placed.len() - 1;
    let (header, layer) = (item.header, item.layer);
    let at_base = |base, metas| {
        let demands = Vec::new();
        Placed { header, layer, base, behind: None, offset: 0, metas, demands }
    };
    let (own, outer) = (role(program, header), role(program, above.header));
    match placed[at].base {
        Base::Frame if item.is_routed && own != Role::Tag => {
            if outer == Role::Frame {
                return Ok(at_base(Base::Net, found(Meta::EthProtocol, item)));
            }
            // Behind a tag that is named, the network header is where the tag ends.
            placed[at].demands.extend(item.announced.clone());
            return Ok(at_base(Base::Net, Vec::new()));
        }
        Base::Net if item.is_routed && own != Role::Extension => {
            if outer != Role::Net {
                placed[at].demands.extend(item.announced.clone());
            }
            return Ok(at_base(Base::Transport, found(Meta::IpProtocol, item)));
        }
        Base::Frame | Base::Net | Base::Transport => {}
    }
    for (field, numbers) in &item.announced {
        // Within the packet, what a pattern says itself takes the place of the usual number.
        let is_given = above.layer.is_some_and(|layer| stack::gives(&layers[layer], *field));
        if placed[at].base != Base::Transport || !is_given {
            placed[at].demands.push((*field, numbers.clone()));
        }
    }
    let decl = &program.headers[above.header.idx()];
    let (last, segment) = decl.last_segment();
    if matches!(decl.run_of(last), Some(RunLen::Rest { .. })) {
        return Err(RouteError::AfterRest);
    }
    let (behind, offset) = match (segment.run, last.checked_sub(1)) {
        (Some(_), _) => (Some((at, last)), 0),
        (None, Some(before)) => (Some((at, before)), segment.fixed_bytes),
        (None, None) => (placed[at].behind, placed[at].offset + segment.fixed_bytes),
    };
    let (base, metas, demands) = (placed[at].base, Vec::new(), Vec::new());
    Ok(Placed { header, layer, base, behind, offset, metas, demands })
}

/// What announces a header, as what the hook found; any number where nothing does.
fn found(meta: Meta, item: &Item) -> Vec<(Meta, Vec<Interval>)> {
    let all = Interval { lo: 0, hi: if meta == Meta::IpProtocol { 0xff } else { 0xffff } };
    let numbers = item.announced.first().map_or(vec![all], |row| points(&row.1));
    vec![(meta, numbers)]
}

fn points(numbers: &[u64]) -> Vec<Interval> {
    numbers.iter().map(|&number| Interval { lo: number, hi: number }).collect()
}
