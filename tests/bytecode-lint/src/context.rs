//! Which fields of the context a program may read, and what they are.
//!
//! In: a program's type, an offset and a width. Out: the field. Layouts: `struct sk_reuseport_md`,
//! `struct __sk_buff`, `struct xdp_md` and `struct bpf_sk_lookup`, include/uapi/linux/bpf.h. Only
//! whole fields: narrower loads are rewritten by the kernel, and not by all kernels alike.

/// `BPF_PROG_TYPE_SCHED_CLS`.
pub const SCHED_CLS: u32 = 3;
/// `BPF_PROG_TYPE_XDP`.
pub const XDP: u32 = 6;
/// `BPF_PROG_TYPE_SK_REUSEPORT`.
pub const SK_REUSEPORT: u32 = 21;
/// `BPF_PROG_TYPE_SK_LOOKUP`.
pub const SK_LOOKUP: u32 = 30;

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// A number.
    Number,
    /// The packet's first direct byte.
    Packet,
    /// The end of its direct bytes.
    PacketEnd,
}

/// The field at an offset, if the program may read it.
pub fn read(kind: u32, offset: i32, bytes: u32) -> Option<Field> {
    use Field::{Number, Packet, PacketEnd};
    match (kind, offset, bytes) {
        (SK_REUSEPORT, 0, 8) => Some(Packet),
        (SK_REUSEPORT, 8, 8) => Some(PacketEnd),
        (SK_REUSEPORT, 16 | 20 | 24 | 28 | 32, 4) => Some(Number),
        (SCHED_CLS, 76, 4) => Some(Packet),
        (SCHED_CLS, 80, 4) => Some(PacketEnd),
        // Length to interface, the class, the bytes of `cb`, the hash.
        (SCHED_CLS, 0..=68, 4) if offset % 4 == 0 => Some(Number),
        (XDP, 0, 4) => Some(Packet),
        (XDP, 4, 4) => Some(PacketEnd),
        (XDP, 12 | 16, 4) => Some(Number),
        (SK_LOOKUP, 8..=64, 4) if offset % 4 == 0 => Some(Number),
        (SK_LOOKUP, 36, 2) => Some(Number),
        _ => None,
    }
}

/// Whether a program may write there: the bytes that `__sk_buff` leaves to it.
pub fn may_write(kind: u32, offset: i32, bytes: u32) -> bool {
    kind == SCHED_CLS && bytes == 4 && (48..68).contains(&offset) && offset % 4 == 0
}
