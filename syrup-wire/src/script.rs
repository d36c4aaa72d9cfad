//! The script of a twin: what the outside world answers while a program runs under a test.
//!
//! A twin is the policy's body behind a prologue that `BPF_PROG_TEST_RUN` can call. Its time,
//! draws and packet facts come from the one entry of its `script` map, laid out as here. A twin
//! gives its verdict as the program's return value. All numbers are native-endian.
//!
//! ```text
//! byte  0  u64 now            nanoseconds
//! byte  8  u32 flow_hash
//! byte 12  u32 eth_protocol
//! byte 16  u32 ip_protocol
//! byte 20  u32 rx_queue
//! byte 24  u32 interface
//! byte 28  u32 cpu
//! byte 32  u32 net_offset     bytes from the frame's start to the network header
//! byte 36  u32 window_offset  bytes from the frame's start to where the hook's input begins
//! byte 40  u32 n_draws        how many of `draws` are given
//! byte 44  u32 next_draw      advanced by the program
//! byte 48  u32 draws[SCRIPT_DRAWS_MAX]
//! then     u32 spare          the program's own
//! ```
//!
//! Draws are what `random` returns, after any reduction. A draw past `n_draws` gives 0.
//! The window offset is always [`WINDOW_OFFSET`], so that a twin can read at constant offsets.

use crate::limits::SCRIPT_DRAWS_MAX;

/// Where the window of a twin's packet begins. `BPF_PROG_TEST_RUN` wants an Ethernet header.
pub const WINDOW_OFFSET: usize = 64;

/// Bytes of the script.
pub const SCRIPT_BYTES: usize = 56 + 4 * SCRIPT_DRAWS_MAX;

/// Byte offsets of the fields.
pub mod offset {
    /// `u64` nanoseconds.
    pub const NOW: u32 = 0;
    /// `u32`.
    pub const FLOW_HASH: u32 = 8;
    /// `u32`.
    pub const ETH_PROTOCOL: u32 = 12;
    /// `u32`.
    pub const IP_PROTOCOL: u32 = 16;
    /// `u32`.
    pub const RX_QUEUE: u32 = 20;
    /// `u32`.
    pub const INTERFACE: u32 = 24;
    /// `u32`.
    pub const CPU: u32 = 28;
    /// `u32` bytes.
    pub const NET_OFFSET: u32 = 32;
    /// `u32` bytes.
    pub const WINDOW_OFFSET: u32 = 36;
    /// `u32` count.
    pub const N_DRAWS: u32 = 40;
    /// `u32` index.
    pub const NEXT_DRAW: u32 = 44;
    /// `u32` each.
    pub const DRAWS: u32 = 48;
    /// `u32`.
    pub const SPARE: u32 = DRAWS + 4 * crate::limits::SCRIPT_DRAWS_MAX as u32;
}

/// The return value of a twin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TwinVerdict {
    /// The default of the system decides.
    Pass,
    /// The input is refused.
    Drop,
    /// The executor in this slot.
    Slot(u32),
}

/// Return value for pass.
pub const RETURN_PASS: u32 = 0xffff_ffff;
/// Return value for drop.
pub const RETURN_DROP: u32 = 0xffff_fffe;

impl TwinVerdict {
    /// Reads a program's return value.
    pub const fn decode(value: u32) -> TwinVerdict {
        match value {
            RETURN_PASS => TwinVerdict::Pass,
            RETURN_DROP => TwinVerdict::Drop,
            slot => TwinVerdict::Slot(slot),
        }
    }
}

/// What the world answers, as data.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Script {
    /// Nanoseconds.
    pub now: u64,
    /// The flow's hash.
    pub flow_hash: u32,
    /// The EtherType.
    pub eth_protocol: u32,
    /// The transport protocol.
    pub ip_protocol: u32,
    /// The receive queue.
    pub rx_queue: u32,
    /// The interface.
    pub interface: u32,
    /// The CPU.
    pub cpu: u32,
    /// Bytes from the twin frame's start to the network header.
    pub net_offset: u32,
    /// What draws return.
    pub draws: Vec<u32>,
}

impl Script {
    /// The bytes of the script map's entry.
    ///
    /// # Errors
    /// More draws than [`SCRIPT_DRAWS_MAX`].
    pub fn encode(&self) -> Result<Vec<u8>, String> {
        if self.draws.len() > SCRIPT_DRAWS_MAX {
            return Err(format!("a script holds at most {SCRIPT_DRAWS_MAX} draws"));
        }
        let mut bytes = Vec::with_capacity(SCRIPT_BYTES);
        bytes.extend(self.now.to_ne_bytes());
        let words = [
            self.flow_hash,
            self.eth_protocol,
            self.ip_protocol,
            self.rx_queue,
            self.interface,
            self.cpu,
            self.net_offset,
            WINDOW_OFFSET as u32,
            self.draws.len() as u32,
            0,
        ];
        for word in words.iter().chain(&self.draws) {
            bytes.extend(word.to_ne_bytes());
        }
        bytes.resize(SCRIPT_BYTES, 0);
        Ok(bytes)
    }
}
