//! The kernel functions that generated programs call.
//!
//! In: nothing. Out: their numbers and terms of use, as data.

/// A kernel function, by its number in `include/uapi/linux/bpf.h` (`___BPF_FUNC_MAPPER`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Helper {
    /// `bpf_map_lookup_elem`.
    MapLookup = 1,
    /// `bpf_map_update_elem`.
    MapUpdate = 2,
    /// `bpf_map_delete_elem`.
    MapDelete = 3,
    /// `bpf_ktime_get_ns`.
    KtimeGetNs = 5,
    /// `bpf_get_prandom_u32`.
    GetPrandomU32 = 7,
    /// `bpf_get_smp_processor_id`.
    GetSmpProcessorId = 8,
    /// `bpf_skb_load_bytes`.
    SkbLoadBytes = 26,
    /// `bpf_skb_load_bytes_relative`.
    SkbLoadBytesRelative = 68,
    /// `bpf_redirect_map`.
    RedirectMap = 51,
    /// `bpf_sk_select_reuseport`.
    SkSelectReuseport = 82,
    /// `bpf_spin_lock`.
    SpinLock = 93,
    /// `bpf_spin_unlock`.
    SpinUnlock = 94,
    /// `bpf_ringbuf_output`.
    RingbufOutput = 130,
    /// `bpf_xdp_get_buff_len` (Linux 5.18).
    XdpBuffLen = 188,
    /// `bpf_xdp_load_bytes` (Linux 5.18).
    XdpLoadBytes = 189,
}

impl Helper {
    /// Whether the kernel gives it to programs with a GPL-compatible licence only (`gpl_only` of
    /// its `struct bpf_func_proto`, net/core/filter.c and kernel/bpf/helpers.c).
    pub const fn gpl_only(self) -> bool {
        match self {
            Helper::MapLookup
            | Helper::MapUpdate
            | Helper::MapDelete
            | Helper::KtimeGetNs
            | Helper::GetPrandomU32
            | Helper::GetSmpProcessorId
            | Helper::SkbLoadBytes
            | Helper::SkbLoadBytesRelative
            | Helper::SkSelectReuseport
            | Helper::SpinLock
            | Helper::SpinUnlock
            | Helper::RingbufOutput
            | Helper::RedirectMap
            | Helper::XdpBuffLen
            | Helper::XdpLoadBytes => false,
        }
    }
}
