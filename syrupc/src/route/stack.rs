//! The stacks a pattern stands for: one for each choice among its headers' routes.
//!
//! A pattern may begin anywhere: what is left out before its first header is added along the
//! routes until the frame, the network or the transport header is reached, which the hook finds.

use super::RouteError;
use super::roles::{self, Role, direct, ethertypes, is_net, number, role};
use crate::hir::{HeaderId, Layer, Program};
use syrup_diag::limits;
use syrup_ir::{Interval, Meta};

/// Headers added before a pattern's first: routes may lead in circles.
const PREFIX_MAX: usize = 8;

/// A header of a stack.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub header: HeaderId,
    pub layer: Option<usize>,
    /// Whether a route leads here from the header before; any header may follow without one if it
    /// declares none.
    pub is_routed: bool,
    /// Fields of the header before that announce this one.
    pub announced: Vec<(u32, Vec<u64>)>,
    /// Fields that headers further in ask for by a route over several headers.
    pub demands: Vec<(u32, Vec<u64>)>,
    /// Of the first header: what the hook must say.
    pub metas: Vec<(Meta, Vec<Interval>)>,
}

/// A way from one header to the next.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Way {
    /// Headers before the one before, from the outermost.
    pub outer: Vec<(HeaderId, Vec<(u32, u64)>)>,
    pub header: HeaderId,
    pub fields: Vec<(u32, Vec<u64>)>,
}

/// The stacks of a pattern.
pub(super) fn stacks(
    program: &Program,
    layers: &[Layer],
) -> Result<Vec<Vec<Item>>, (usize, RouteError)> {
    let Some(first) = layers.first() else { return Ok(Vec::new()) };
    let mut made = vec![vec![plain(first.header, Some(0))]];
    for (at, layer) in layers.iter().enumerate().skip(1) {
        let ways = ways(program, layers[at - 1].header, layer.header);
        if program.headers[layer.header.idx()].after.is_empty() {
            for stack in &mut made {
                stack.push(plain(layer.header, Some(at)));
            }
            continue;
        }
        let extended = made.iter().flat_map(|stack| {
            ways.iter().filter_map(|way| extend(stack, way, layer.header, at, layers))
        });
        made = extended.take(limits::PATTERN_ROWS_MAX + 1).collect();
        if made.is_empty() {
            return Err((at, RouteError::NoRoute));
        }
    }
    let mut whole = Vec::new();
    for stack in made {
        whole.extend(reach(program, stack, 0));
    }
    match whole.len() {
        0 => Err((0, RouteError::NoRoute)),
        n if n > limits::PATTERN_ROWS_MAX => Err((0, RouteError::ManyWays)),
        _ => Ok(whole),
    }
}

fn plain(header: HeaderId, layer: Option<usize>) -> Item {
    let (announced, demands, metas) = (Vec::new(), Vec::new(), Vec::new());
    Item { header, layer, is_routed: false, announced, demands, metas }
}

/// Whether a pattern says which values a field has.
pub(super) fn gives(layer: &Layer, field: u32) -> bool {
    let says = |at: &&crate::hir::FieldPattern| !at.ranges.is_empty() || !at.bytes.is_empty();
    layer.fields.iter().filter(says).any(|at| at.field == field)
}

/// The ways by which a header follows another. Routes that differ in one number are one way.
///
/// A tag announces what follows as `eth` does, and an extension header as `ipv6` does: by its field
/// of the same name.
pub(super) fn ways(program: &Program, above: HeaderId, header: HeaderId) -> Vec<Way> {
    let mut found: Vec<Way> = Vec::new();
    let stands_for = match role(program, above) {
        Role::Tag => Some(Role::Frame),
        Role::Extension => Some(Role::Net),
        Role::Frame | Role::Net | Role::Other => None,
    };
    for route in &program.headers[header.idx()].after {
        let is_stand_in = stands_for.is_some_and(|role_of| {
            route.outer.is_empty()
                && role(program, route.header) == role_of
                && (role_of == Role::Frame
                    || ethertypes(program, route.header).contains(&roles::IPV6))
        });
        let fields = if route.header == above {
            Some(route.fields.clone())
        } else if is_stand_in {
            same_fields(program, route.header, above, &route.fields)
        } else {
            None
        };
        let Some(fields) = fields else { continue };
        let fields = fields.into_iter().map(|(field, number)| (field, vec![number])).collect();
        join(&mut found, Way { outer: route.outer.clone(), header: above, fields });
    }
    found
}

/// Fields of one header as those of the same names of another.
fn same_fields(
    program: &Program,
    from: HeaderId,
    to: HeaderId,
    fields: &[(u32, u64)],
) -> Option<Vec<(u32, u64)>> {
    let (from, to) = (&program.headers[from.idx()].fields, &program.headers[to.idx()].fields);
    let same = |&(field, number): &(u32, u64)| {
        let name = &from[field as usize].name;
        let at = to.iter().position(|field| field.name == *name)?;
        Some((at as u32, number))
    };
    fields.iter().map(same).collect()
}

/// Adds a way; one that differs from another in one number only becomes a further number of it.
fn join(ways: &mut Vec<Way>, way: Way) {
    if let [(field, numbers)] = way.fields.as_slice() {
        let same = ways.iter_mut().find(|other| {
            other.outer == way.outer
                && other.header == way.header
                && matches!(other.fields.as_slice(), [(known, _)] if known == field)
        });
        if let Some(other) = same {
            for number in numbers {
                if !other.fields[0].1.contains(number) {
                    other.fields[0].1.push(*number);
                }
            }
            return;
        }
    }
    ways.push(way);
}

/// A stack with one more header behind its last; nothing where the headers before are others.
fn extend(
    stack: &[Item],
    way: &Way,
    header: HeaderId,
    layer: usize,
    layers: &[Layer],
) -> Option<Vec<Item>> {
    let mut stack = stack.to_vec();
    let n_before = stack.len() - 1;
    for (back, (outer, fields)) in way.outer.iter().rev().enumerate() {
        let fields = || fields.iter().map(|&(field, number)| (field, vec![number]));
        if back >= n_before {
            let mut item = plain(*outer, None);
            item.demands.extend(fields());
            stack.insert(0, item);
            continue;
        }
        let at = stack.len() - 2 - back;
        if stack[at].header != *outer {
            return None;
        }
        let given = stack[at].layer.map(|layer| &layers[layer]);
        let open = fields().filter(|row| given.is_none_or(|layer| !gives(layer, row.0)));
        stack[at].demands.extend(open.collect::<Vec<_>>());
    }
    let item = plain(header, Some(layer));
    stack.push(Item { is_routed: true, announced: way.fields.clone(), ..item });
    Some(stack)
}

/// Adds what is left out before the first header, in every way there is.
fn reach(program: &Program, stack: Vec<Item>, depth: usize) -> Vec<Vec<Item>> {
    let Some(first) = stack.first() else { return Vec::new() };
    let header = first.header;
    let own = role(program, header);
    if matches!(own, Role::Frame | Role::Net) {
        return vec![stack];
    }
    if depth >= PREFIX_MAX {
        return Vec::new();
    }
    let mut whole: Vec<Vec<Item>> = Vec::new();
    if own == Role::Other {
        whole.extend(anchors(program, header).into_iter().map(|metas| {
            let mut stack = stack.clone();
            stack[0].metas = metas;
            stack
        }));
    }
    let mut open: Vec<Way> = Vec::new();
    for route in &program.headers[header.idx()].after {
        let before = role(program, route.header);
        let is_usable = program.headers[route.header.idx()].param.is_none()
            && match own {
                Role::Tag => before == Role::Frame,
                Role::Extension => before == Role::Net,
                Role::Frame | Role::Net => false,
                Role::Other => !is_anchor(program, route),
            };
        if is_usable {
            let fields = route.fields.iter().map(|&(field, number)| (field, vec![number]));
            let (outer, header) = (route.outer.clone(), route.header);
            join(&mut open, Way { outer, header, fields: fields.collect() });
        }
    }
    for way in open {
        let mut longer = stack.clone();
        longer[0].is_routed = true;
        longer[0].announced = way.fields.clone();
        longer.insert(0, plain(way.header, None));
        for (header, fields) in way.outer.iter().rev() {
            let mut item = plain(*header, None);
            item.demands = fields.iter().map(|&(field, number)| (field, vec![number])).collect();
            longer.insert(0, item);
        }
        whole.extend(reach(program, longer, depth + 1));
        whole.truncate(limits::PATTERN_ROWS_MAX + 1);
    }
    whole
}

/// Whether a route makes its header the hook's transport header: it follows the network header by
/// one number.
fn is_anchor(program: &Program, route: &crate::hir::Route) -> bool {
    route.outer.is_empty() && is_net(program, route.header) && number(route).is_some()
}

/// What the hook must say for a header to be its transport header, in each way it can be.
fn anchors(program: &Program, header: HeaderId) -> Vec<Vec<(Meta, Vec<Interval>)>> {
    let mut families: Vec<(u64, Vec<u64>)> = Vec::new();
    for route in direct(program, header).filter(|route| is_anchor(program, route)) {
        let Some(number) = number(route) else { continue };
        let types = ethertypes(program, route.header);
        match families.iter_mut().find(|family| family.0 == number) {
            Some(family) => family.1.extend(types),
            None => families.push((number, types)),
        }
    }
    let protocol = |number| (Meta::IpProtocol, super::points(&[number]));
    let meta = |(number, types): (u64, Vec<u64>)| {
        // A number that means the same behind every network header says enough.
        if types.contains(&roles::IPV6) && types.len() > 1 {
            return vec![protocol(number)];
        }
        vec![(Meta::EthProtocol, super::points(&types)), protocol(number)]
    };
    families.into_iter().map(meta).collect()
}
