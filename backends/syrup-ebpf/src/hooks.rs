//! The hooks, one row of data each: what a program of that kind sees and how it answers.
//!
//! In: nothing. Out: [`HOOKS`]. A new hook is a new row, and a new variant where it does something
//! that no hook did before. Numbers are `enum bpf_prog_type`, `enum bpf_attach_type` and `enum
//! bpf_map_type`; offsets are those of `struct sk_reuseport_md`, `struct __sk_buff` and `struct
//! xdp_md`, all in include/uapi/linux/bpf.h. The kernel takes context loads of a field's full width
//! only.

mod frame;

use crate::insn::{Helper, Size};
use syrup_ir::{Base, Meta};
use syrup_wire::script;

/// A field of the context.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CtxField {
    /// Bytes from the start.
    pub offset: i16,
    /// Its width.
    pub size: Size,
}

const fn field(offset: i16, size: Size) -> CtxField {
    CtxField { offset, size }
}

/// Where a fact about the packet comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MetaSource {
    /// A field of the context, less a constant.
    Ctx(CtxField, u32),
    /// A field of the context whose low 16 bits are in network order.
    CtxBig16(CtxField),
    /// The length of the packet, less a constant.
    Len(u32),
    /// A `u32` of the twin's script.
    Script(u32),
    /// The hook does not know it.
    None,
}

/// How bytes before the window are reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OtherBases {
    /// `bpf_skb_load_bytes_relative` with `enum bpf_hdr_start_off`: MAC 0, NET 1.
    Relative,
    /// By the network header's offset in the twin's script.
    Script,
    /// There are none: the window is the whole frame.
    None,
}

/// How the length of a packet is asked for, counted from where `data` points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PacketLen {
    /// A field of the context.
    Ctx(CtxField),
    /// `bpf_xdp_get_buff_len`, which counts the parts behind the linear one too.
    XdpBuffLen,
}

/// A place whose number the verifier forgets: what is written there and read again is any number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forgetful {
    /// A `u32` field of the context that is the program's own.
    Ctx(i16),
    /// A `u32` of the twin's script.
    Script(u32),
}

/// Where time, draws and the CPU come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum World {
    /// The kernel.
    Kernel,
    /// The twin's script.
    Script,
}

/// How a verdict is carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// `bpf_sk_select_reuseport`, then `SK_PASS` (1) or `SK_DROP` (0). The kernel takes every
    /// number but `SK_PASS` for a drop (`bpf_run_sk_reuseport`, net/core/filter.c).
    SelectReuseport,
    /// `bpf_redirect_map`, which gives the verdict of its flags where the slot holds nothing; else
    /// the numbers of `enum xdp_action`.
    RedirectMap,
    /// The return value says all: see `syrup_wire::script`.
    Return,
}

/// How a slot becomes the key of the kernel's map of executors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlotKeys {
    /// The key is the slot.
    Slot,
    /// An executor has one entry for each receive queue, because the kernel gives a packet to an
    /// entry of its own queue only: the key is `queue * capacity + slot`.
    ByQueue,
    /// The key is the number of a core, which stands in a table by slot.
    ByCore,
}

/// A map of executors as the hook's kernel side wants it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExecutorMap {
    /// `enum bpf_map_type`.
    pub kind: u32,
    /// Bytes of a value; keys are `u32`.
    pub value_bytes: u32,
    /// What keys are.
    pub keys: SlotKeys,
}

/// One program that a policy becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Face {
    /// `enum bpf_prog_type`.
    pub prog_type: u32,
    /// `enum bpf_attach_type`.
    pub attach: u32,
    /// Flags of `BPF_PROG_LOAD`.
    pub flags: u32,
    /// The section of an object file, as libbpf names program types.
    pub section: &'static str,
    /// The C type of the context, for BTF.
    pub ctx_type: &'static str,
    /// Start of the directly readable bytes.
    pub data: CtxField,
    /// Their end.
    pub data_end: CtxField,
    /// Length of the packet, counted from where `data` points.
    pub len: PacketLen,
    /// What `data` points at.
    pub window: Base,
    /// Bytes from `data` to the window.
    pub window_offset: u32,
    /// Copies packet bytes, by offset from `data`.
    pub load_bytes: Helper,
    /// How other bases are reached.
    pub other_bases: OtherBases,
    /// Facts about the packet, in the order of [`Meta::ALL`].
    pub metas: [MetaSource; 6],
    /// Time, draws, CPU.
    pub world: World,
    /// Verdicts.
    pub answer: Answer,
    /// Where the verifier forgets a number.
    pub forgetful: Forgetful,
}

impl Face {
    /// Where a fact about the packet comes from.
    pub fn meta(&self, meta: Meta) -> MetaSource {
        self.metas[meta as usize]
    }
}

/// One hook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hook {
    /// Its name.
    pub name: &'static str,
    /// The program that runs there.
    pub policy: Face,
    /// The program a test can call, where the hook itself has no `BPF_PROG_TEST_RUN`.
    pub twin: Face,
    /// What holds executors.
    pub executors: ExecutorMap,
}

/// Every hook this backend emits for.
pub const HOOKS: &[Hook] = &[SOCKET_SELECT, frame::XDP, frame::CPU_REDIRECT];

/// The names of [`HOOKS`].
pub const NAMES: &[&str] = &["socket_select", "xdp", "cpu_redirect"];

/// `BPF_PROG_TYPE_SK_REUSEPORT`: `data` points at the transport header; the linear part may end
/// before `len`. `hash`, `ip_protocol` and the others are `u32` fields.
const SOCKET_SELECT: Hook = Hook {
    name: "socket_select",
    policy: Face {
        prog_type: 21,
        attach: 39,
        flags: 0,
        section: "sk_reuseport",
        ctx_type: "sk_reuseport_md",
        data: field(0, Size::B8),
        data_end: field(8, Size::B8),
        len: PacketLen::Ctx(field(16, Size::B4)),
        window: Base::Transport,
        window_offset: 0,
        load_bytes: Helper::SkbLoadBytes,
        other_bases: OtherBases::Relative,
        metas: [
            MetaSource::CtxBig16(field(20, Size::B4)),
            MetaSource::Ctx(field(24, Size::B4), 0),
            MetaSource::Ctx(field(32, Size::B4), 0),
            MetaSource::Len(0),
            MetaSource::None,
            MetaSource::None,
        ],
        world: World::Kernel,
        answer: Answer::SelectReuseport,
        forgetful: Forgetful::Ctx(SKB_CB),
    },
    twin: TC_TWIN,
    executors: ExecutorMap { kind: 20, value_bytes: 8, keys: SlotKeys::Slot },
};

/// `cb` of `struct __sk_buff`, whose bytes are the program's own.
const SKB_CB: i16 = 48;

/// A `BPF_PROG_TYPE_SCHED_CLS` program: `BPF_PROG_TEST_RUN` takes it, and it reads packets by the
/// same helper as [`SOCKET_SELECT`]. Its window begins at a fixed byte of the frame, so that it
/// too reads at constant offsets.
const TC_TWIN: Face = Face {
    prog_type: 3,
    attach: 0,
    flags: 0,
    section: "tc",
    ctx_type: "__sk_buff",
    data: field(76, Size::B4),
    data_end: field(80, Size::B4),
    len: PacketLen::Ctx(field(0, Size::B4)),
    window: Base::Transport,
    window_offset: script::WINDOW_OFFSET as u32,
    load_bytes: Helper::SkbLoadBytes,
    other_bases: OtherBases::Script,
    metas: [
        MetaSource::Script(script::offset::ETH_PROTOCOL),
        MetaSource::Script(script::offset::IP_PROTOCOL),
        MetaSource::Script(script::offset::FLOW_HASH),
        MetaSource::Len(script::WINDOW_OFFSET as u32),
        MetaSource::Script(script::offset::RX_QUEUE),
        MetaSource::Script(script::offset::INTERFACE),
    ],
    world: World::Script,
    answer: Answer::Return,
    forgetful: Forgetful::Ctx(SKB_CB),
};

/// The row of a hook.
pub fn find(name: &str) -> Option<&'static Hook> {
    HOOKS.iter().find(|hook| hook.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_rows_agree() {
        let names: Vec<&str> = HOOKS.iter().map(|hook| hook.name).collect();
        assert_eq!(names, NAMES);
    }

    #[test]
    fn metas_stand_in_the_order_of_the_ir() {
        for (idx, (meta, ..)) in Meta::ALL.iter().enumerate() {
            assert_eq!(*meta as usize, idx);
        }
        let face = &SOCKET_SELECT.policy;
        assert_eq!(face.meta(Meta::FlowHash), MetaSource::Ctx(field(32, Size::B4), 0));
    }
}
