//! What a header is to the hook's packet: the frame, a tag, the network header, an extension.
//!
//! A header says it by the numbers that announce it, so one that a policy declares itself is
//! treated like those of the standard library.

use crate::hir::{HeaderId, Program, Route};
use syrup_ir::Base;

/// EtherTypes that announce a VLAN tag: 802.1Q and 802.1ad.
pub const TAGS: [u64; 2] = [0x8100, 0x88a8];

/// The EtherType of IPv6 (RFC 2464, section 3).
pub const IPV6: u64 = 0x86dd;

/// Protocol numbers of the IPv6 extension headers that a packet's transport may stand behind:
/// hop-by-hop, routing, fragment, authentication, destination options (RFC 8200, section 4).
pub const EXTENSIONS: [u64; 5] = [0, 43, 44, 51, 60];

/// What a header is, where it stands in the hook's own stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// The frame's own header.
    Frame,
    /// A VLAN tag.
    Tag,
    /// Behind the frame: IPv4, IPv6, ARP.
    Net,
    /// An IPv6 extension header.
    Extension,
    /// Anything further in.
    Other,
}

pub(super) fn role(program: &Program, header: HeaderId) -> Role {
    let routes = || direct(program, header);
    if is_frame(program, header) {
        Role::Frame
    } else if is_tag(program, header) {
        Role::Tag
    } else if is_net(program, header) {
        Role::Net
    } else if routes().any(|route| {
        ethertypes(program, route.header).contains(&IPV6)
            && number(route).is_some_and(|number| EXTENSIONS.contains(&number))
    }) {
        Role::Extension
    } else {
        Role::Other
    }
}

/// The part of the stack a header belongs to: the frame with its tags, the network header with its
/// extensions, the transport; nothing for what is further in or stands anywhere.
pub fn level(program: &Program, header: HeaderId) -> Option<Base> {
    match role(program, header) {
        Role::Frame | Role::Tag => Some(Base::Frame),
        Role::Net | Role::Extension => Some(Base::Net),
        Role::Other => direct(program, header)
            .any(|route| is_net(program, route.header))
            .then_some(Base::Transport),
    }
}

/// The EtherTypes by which a header follows the frame.
pub(super) fn ethertypes(program: &Program, header: HeaderId) -> Vec<u64> {
    let is_behind_frame =
        |route: &&Route| is_frame(program, route.header) || is_tag(program, route.header);
    let mut found: Vec<u64> =
        direct(program, header).filter(is_behind_frame).filter_map(number).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Routes over one header.
pub(super) fn direct(program: &Program, header: HeaderId) -> impl Iterator<Item = &Route> {
    program.headers[header.idx()].after.iter().filter(|route| route.outer.is_empty())
}

/// The number of a route that is announced by one.
pub(super) fn number(route: &Route) -> Option<u64> {
    match route.fields.as_slice() {
        [(_, number)] => Some(*number),
        _ => None,
    }
}

/// The frame's header is the standard one; every other is known by what announces it.
fn is_frame(program: &Program, header: HeaderId) -> bool {
    &*program.headers[header.idx()].name == "eth"
}

fn is_tag(program: &Program, header: HeaderId) -> bool {
    direct(program, header).any(|route| {
        is_frame(program, route.header)
            && number(route).is_some_and(|number| TAGS.contains(&number))
    })
}

pub(super) fn is_net(program: &Program, header: HeaderId) -> bool {
    !is_frame(program, header)
        && !is_tag(program, header)
        && direct(program, header)
            .any(|route| is_frame(program, route.header) || is_tag(program, route.header))
}
