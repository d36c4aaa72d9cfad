//! The hooks that run at XDP, where a packet is a whole frame: rows of the table.
//!
//! In: nothing. Out: [`XDP`], [`CPU_REDIRECT`]. The bytes that can be read directly may end before
//! the frame does (`XDP_FLAGS_HAS_FRAGS`, Linux 5.18): `bpf_xdp_load_bytes` reads them all.

use super::{Answer, ExecutorMap, Face, Forgetful, Hook, MetaSource, OtherBases, PacketLen};
use super::{SlotKeys, World, field};
use crate::insn::{Helper, Size};
use syrup_ir::Base;
use syrup_wire::script;

/// `BPF_F_XDP_HAS_FRAGS`: a driver may hand over frames in several parts, as it does with large
/// ones.
const HAS_FRAGS: u32 = 1 << 5;

/// `struct xdp_md`: `data` and `data_end` are `u32` fields that the kernel turns into pointers.
const POLICY: Face = Face {
    prog_type: 6,
    attach: 37,
    flags: HAS_FRAGS,
    section: "xdp.frags",
    ctx_type: "xdp_md",
    data: field(0, Size::B4),
    data_end: field(4, Size::B4),
    len: PacketLen::XdpBuffLen,
    window: Base::Frame,
    window_offset: 0,
    load_bytes: Helper::XdpLoadBytes,
    other_bases: OtherBases::None,
    metas: [
        MetaSource::None,
        MetaSource::None,
        MetaSource::None,
        MetaSource::Len(0),
        MetaSource::Ctx(field(16, Size::B4), 0),
        MetaSource::Ctx(field(12, Size::B4), 0),
    ],
    world: World::Kernel,
    answer: Answer::RedirectMap,
    forgetful: Forgetful::Script(script::offset::SPARE),
};

/// An XDP program too, so that it reads as the policy does. The frame stands at a fixed byte,
/// because `BPF_PROG_TEST_RUN` takes none shorter than an Ethernet header.
const TWIN: Face = Face {
    flags: 0,
    section: "xdp",
    window_offset: script::WINDOW_OFFSET as u32,
    metas: [
        MetaSource::None,
        MetaSource::None,
        MetaSource::None,
        MetaSource::Len(script::WINDOW_OFFSET as u32),
        MetaSource::Script(script::offset::RX_QUEUE),
        MetaSource::Script(script::offset::INTERFACE),
    ],
    world: World::Script,
    answer: Answer::Return,
    ..POLICY
};

/// `BPF_PROG_TYPE_XDP` that redirects to a `BPF_MAP_TYPE_XSKMAP` of AF_XDP sockets.
pub const XDP: Hook = Hook {
    name: "xdp",
    policy: POLICY,
    twin: TWIN,
    executors: ExecutorMap { kind: 17, value_bytes: 4, keys: SlotKeys::ByQueue },
};

/// `BPF_PROG_TYPE_XDP` that redirects to a `BPF_MAP_TYPE_CPUMAP`, whose values are `struct
/// bpf_cpumap_val`: the length of the core's queue, and a program that runs there.
pub const CPU_REDIRECT: Hook = Hook {
    name: "cpu_redirect",
    policy: POLICY,
    twin: TWIN,
    executors: ExecutorMap { kind: 16, value_bytes: 8, keys: SlotKeys::ByCore },
};
