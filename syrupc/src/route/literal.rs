//! The routes of packets that are built: what is added before the first header, and the numbers by
//! which each header announces the next.

use super::roles::{Role, role};
use super::stack::ways;
use crate::hir::{HeaderId, Program};
use syrup_ir::Base;

/// Headers added before a packet's first: routes may lead in circles.
const PREFIX_MAX: usize = 16;

/// The headers before one, from the frame on, along the first route of each.
pub fn prefix(program: &Program, header: HeaderId) -> Vec<HeaderId> {
    let mut before: Vec<HeaderId> = Vec::new();
    let mut first = header;
    while role(program, first) != Role::Frame && before.len() < PREFIX_MAX {
        let Some(route) = program.headers[first.idx()].after.first() else { break };
        before.push(route.header);
        before.extend(route.outer.iter().rev().map(|outer| outer.0));
        first = route.outer.first().map_or(route.header, |outer| outer.0);
    }
    before.reverse();
    before
}

/// What the header at `at` asks of those before it: which of them, the field and its number. The
/// first way that fits counts.
pub fn demands(program: &Program, headers: &[HeaderId], at: usize) -> Vec<(usize, u32, u64)> {
    let Some(above) = at.checked_sub(1) else { return Vec::new() };
    let fits = |way: &super::stack::Way| {
        let before = headers[..above].iter().rev();
        way.outer.len() <= above && way.outer.iter().rev().zip(before).all(|(o, h)| o.0 == *h)
    };
    let ways = ways(program, headers[above], headers[at]);
    let Some(way) = ways.into_iter().find(fits) else { return Vec::new() };
    let mut asked: Vec<(usize, u32, u64)> = Vec::new();
    for (field, numbers) in &way.fields {
        asked.extend(numbers.first().map(|number| (above, *field, *number)));
    }
    for (back, (_, fields)) in way.outer.iter().rev().enumerate() {
        asked.extend(fields.iter().map(|&(field, number)| (above - 1 - back, field, number)));
    }
    asked
}

/// The field by which a header announces what follows it.
pub fn announcing_field(program: &Program, header: HeaderId) -> Option<u32> {
    let routes = program.headers.iter().flat_map(|decl| &decl.after);
    let own = routes.filter(|route| route.header == header);
    if let Some(field) = own.filter_map(|route| Some(route.fields.first()?.0)).next() {
        return Some(field);
    }
    // A tag or an extension header does as the header before it.
    let decl = &program.headers[header.idx()];
    let before = decl.after.iter().find_map(|route| {
        let (field, _) = route.fields.first()?;
        let name = &program.headers[route.header.idx()].fields[*field as usize].name;
        decl.fields.iter().position(|field| field.name == *name)
    });
    before.map(|field| field as u32)
}

/// The part of the stack that each header of a packet belongs to, from the frame on.
pub fn bases(program: &Program, headers: &[HeaderId]) -> Vec<Base> {
    let mut found: Vec<Base> = Vec::new();
    for (at, &header) in headers.iter().enumerate() {
        let own = role(program, header);
        let Some(above) = at.checked_sub(1) else {
            found.push(super::level(program, header).unwrap_or(Base::Transport));
            continue;
        };
        let is_routed = !ways(program, headers[above], header).is_empty();
        found.push(match found[above] {
            Base::Frame if is_routed && own != Role::Tag => Base::Net,
            Base::Net if is_routed && own != Role::Extension => Base::Transport,
            same => same,
        });
    }
    found
}
