//! `union bpf_attr` as zeroed bytes with numbers at known offsets, and the numbers of the ABI.
//!
//! In: offsets and values from `include/uapi/linux/bpf.h`, which never change once released.
//! Out: the block that bpf(2) reads. The kernel takes a block longer or shorter than its own as
//! long as what it does not know is zero (`bpf_check_uarg_tail_zero` in kernel/bpf/syscall.c).

/// Commands of bpf(2): `enum bpf_cmd`.
pub mod cmd {
    /// Creates a map.
    pub const MAP_CREATE: u32 = 0;
    /// Reads an element.
    pub const MAP_LOOKUP_ELEM: u32 = 1;
    /// Writes an element.
    pub const MAP_UPDATE_ELEM: u32 = 2;
    /// Removes an element.
    pub const MAP_DELETE_ELEM: u32 = 3;
    /// Finds the key after a key.
    pub const MAP_GET_NEXT_KEY: u32 = 4;
    /// Verifies and loads a program.
    pub const PROG_LOAD: u32 = 5;
    /// Pins an object.
    pub const OBJ_PIN: u32 = 6;
    /// Opens a pinned object.
    pub const OBJ_GET: u32 = 7;
    /// Runs a program on given bytes.
    pub const PROG_TEST_RUN: u32 = 10;
    /// Finds the next program in the system.
    pub const PROG_GET_NEXT_ID: u32 = 11;
    /// Finds the next map in the system.
    pub const MAP_GET_NEXT_ID: u32 = 12;
    /// Opens a program by its number.
    pub const PROG_GET_FD_BY_ID: u32 = 13;
    /// Describes an object.
    pub const OBJ_GET_INFO_BY_FD: u32 = 15;
    /// Loads type information.
    pub const BTF_LOAD: u32 = 18;
    /// Forbids writes by user space.
    pub const MAP_FREEZE: u32 = 22;
    /// Finds the next type information in the system.
    pub const BTF_GET_NEXT_ID: u32 = 23;
    /// Puts a program at a place, as a link.
    pub const LINK_CREATE: u32 = 28;
    /// Replaces a link's program.
    pub const LINK_UPDATE: u32 = 29;
    /// Takes a link's program away.
    pub const LINK_DETACH: u32 = 34;
    /// Counts runs and their time while the returned descriptor is open.
    pub const ENABLE_STATS: u32 = 32;
}

/// Kinds of maps: `enum bpf_map_type`.
pub mod map_kind {
    /// `BPF_MAP_TYPE_HASH`.
    pub const HASH: u32 = 1;
    /// `BPF_MAP_TYPE_ARRAY`.
    pub const ARRAY: u32 = 2;
    /// `BPF_MAP_TYPE_PERCPU_HASH`.
    pub const PERCPU_HASH: u32 = 5;
    /// `BPF_MAP_TYPE_PERCPU_ARRAY`.
    pub const PERCPU_ARRAY: u32 = 6;
    /// `BPF_MAP_TYPE_LRU_PERCPU_HASH`.
    pub const LRU_PERCPU_HASH: u32 = 10;
    /// `BPF_MAP_TYPE_CPUMAP`.
    pub const CPUMAP: u32 = 16;
    /// `BPF_MAP_TYPE_XSKMAP`.
    pub const XSKMAP: u32 = 17;
    /// `BPF_MAP_TYPE_REUSEPORT_SOCKARRAY`.
    pub const REUSEPORT_SOCKARRAY: u32 = 20;
    /// `BPF_MAP_TYPE_RINGBUF`.
    pub const RINGBUF: u32 = 27;
    /// `BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE`, which newer headers call deprecated.
    pub const PERCPU_CGROUP_STORAGE: u32 = 21;
}

/// Flags of `BPF_MAP_CREATE`.
pub mod map_flag {
    /// User space may only read, through the descriptor that is opened.
    pub const RDONLY: u32 = 1 << 3;
    /// Programs may only read: the verifier folds what it reads as constants.
    pub const RDONLY_PROG: u32 = 1 << 7;
    /// User space may map the values into memory.
    pub const MMAPABLE: u32 = 1 << 10;
}

/// Offsets into the block, by command.
pub mod at {
    /// `map_type` of `MAP_CREATE`.
    pub const MAP_KIND: usize = 0;
    /// `key_size` of `MAP_CREATE`.
    pub const MAP_KEY_BYTES: usize = 4;
    /// `value_size` of `MAP_CREATE`.
    pub const MAP_VALUE_BYTES: usize = 8;
    /// `max_entries` of `MAP_CREATE`.
    pub const MAP_ENTRIES: usize = 12;
    /// `map_flags` of `MAP_CREATE`.
    pub const MAP_FLAGS: usize = 16;
    /// `map_name` of `MAP_CREATE`.
    pub const MAP_NAME: usize = 28;
    /// `btf_fd` of `MAP_CREATE`.
    pub const MAP_BTF_FD: usize = 48;
    /// `btf_key_type_id` of `MAP_CREATE`.
    pub const MAP_KEY_TYPE: usize = 52;
    /// `btf_value_type_id` of `MAP_CREATE`.
    pub const MAP_VALUE_TYPE: usize = 56;

    /// `map_fd` of the element commands and of `MAP_FREEZE`.
    pub const ELEM_MAP_FD: usize = 0;
    /// `key` of the element commands.
    pub const ELEM_KEY: usize = 8;
    /// `value` or `next_key` of the element commands.
    pub const ELEM_VALUE: usize = 16;
    /// `flags` of the element commands.
    pub const ELEM_FLAGS: usize = 24;

    /// `prog_type` of `PROG_LOAD`.
    pub const PROG_KIND: usize = 0;
    /// `insn_cnt` of `PROG_LOAD`.
    pub const PROG_N_INSNS: usize = 4;
    /// `insns` of `PROG_LOAD`.
    pub const PROG_INSNS: usize = 8;
    /// `license` of `PROG_LOAD`.
    pub const PROG_LICENCE: usize = 16;
    /// `log_level` of `PROG_LOAD`.
    pub const PROG_LOG_LEVEL: usize = 24;
    /// `log_size` of `PROG_LOAD`.
    pub const PROG_LOG_BYTES: usize = 28;
    /// `log_buf` of `PROG_LOAD`.
    pub const PROG_LOG: usize = 32;
    /// `prog_flags` of `PROG_LOAD`.
    pub const PROG_FLAGS: usize = 44;
    /// `prog_name` of `PROG_LOAD`.
    pub const PROG_NAME: usize = 48;
    /// `expected_attach_type` of `PROG_LOAD`.
    pub const PROG_ATTACH: usize = 68;
    /// `prog_btf_fd` of `PROG_LOAD`.
    pub const PROG_BTF_FD: usize = 72;
    /// `func_info_rec_size` of `PROG_LOAD`.
    pub const PROG_FUNC_BYTES: usize = 76;
    /// `func_info` of `PROG_LOAD`.
    pub const PROG_FUNC: usize = 80;
    /// `func_info_cnt` of `PROG_LOAD`.
    pub const PROG_N_FUNC: usize = 88;
    /// `line_info_rec_size` of `PROG_LOAD`.
    pub const PROG_LINE_BYTES: usize = 92;
    /// `line_info` of `PROG_LOAD`.
    pub const PROG_LINE: usize = 96;
    /// `line_info_cnt` of `PROG_LOAD`.
    pub const PROG_N_LINE: usize = 104;

    /// `btf` of `BTF_LOAD`.
    pub const BTF_DATA: usize = 0;
    /// `btf_log_buf` of `BTF_LOAD`.
    pub const BTF_LOG: usize = 8;
    /// `btf_log_size` of `BTF_LOAD`.
    pub const BTF_LOG_BYTES: usize = 20;
    /// `btf_log_level` of `BTF_LOAD`.
    pub const BTF_LOG_LEVEL: usize = 24;
    /// `btf_size` of `BTF_LOAD`.
    pub const BTF_BYTES: usize = 16;

    /// `pathname` of `OBJ_PIN` and `OBJ_GET`.
    pub const OBJ_PATH: usize = 0;
    /// `bpf_fd` of `OBJ_PIN`.
    pub const OBJ_FD: usize = 8;
    /// `file_flags` of `OBJ_GET`.
    pub const OBJ_FLAGS: usize = 12;

    /// `bpf_fd` of `OBJ_GET_INFO_BY_FD`.
    pub const INFO_FD: usize = 0;
    /// `info_len` of `OBJ_GET_INFO_BY_FD`.
    pub const INFO_BYTES: usize = 4;
    /// `info` of `OBJ_GET_INFO_BY_FD`.
    pub const INFO: usize = 8;

    /// `prog_fd` of `LINK_CREATE`.
    pub const LINK_PROG_FD: usize = 0;
    /// `target_fd` or `target_ifindex` of `LINK_CREATE`.
    pub const LINK_TARGET: usize = 4;
    /// `attach_type` of `LINK_CREATE`.
    pub const LINK_ATTACH: usize = 8;
    /// `flags` of `LINK_CREATE`.
    pub const LINK_FLAGS: usize = 12;
    /// `link_fd` of `LINK_UPDATE` and `LINK_DETACH`.
    pub const LINK_UPDATE_FD: usize = 0;
    /// `new_prog_fd` of `LINK_UPDATE`.
    pub const LINK_UPDATE_PROG: usize = 4;
    /// `flags` of `LINK_UPDATE`.
    pub const LINK_UPDATE_FLAGS: usize = 8;
    /// `old_prog_fd` of `LINK_UPDATE`.
    pub const LINK_UPDATE_OLD: usize = 12;

    /// `start_id` of the commands that walk the system's objects.
    pub const START_ID: usize = 0;
    /// `next_id` of the same.
    pub const NEXT_ID: usize = 4;

    /// `prog_fd` of `PROG_TEST_RUN`.
    pub const TEST_FD: usize = 0;
    /// `retval` of `PROG_TEST_RUN`.
    pub const TEST_RETVAL: usize = 4;
    /// `data_size_in` of `PROG_TEST_RUN`.
    pub const TEST_IN_BYTES: usize = 8;
    /// `data_size_out` of `PROG_TEST_RUN`.
    pub const TEST_OUT_BYTES: usize = 12;
    /// `data_in` of `PROG_TEST_RUN`.
    pub const TEST_IN: usize = 16;
    /// `data_out` of `PROG_TEST_RUN`.
    pub const TEST_OUT: usize = 24;
    /// `repeat` of `PROG_TEST_RUN`.
    pub const TEST_REPEAT: usize = 32;
    /// `duration` of `PROG_TEST_RUN`.
    pub const TEST_DURATION: usize = 36;
    /// `ctx_size_in` of `PROG_TEST_RUN`.
    pub const TEST_CTX_IN_BYTES: usize = 40;
    /// `ctx_size_out` of `PROG_TEST_RUN`.
    pub const TEST_CTX_OUT_BYTES: usize = 44;
    /// `ctx_in` of `PROG_TEST_RUN`.
    pub const TEST_CTX_IN: usize = 48;
    /// `ctx_out` of `PROG_TEST_RUN`.
    pub const TEST_CTX_OUT: usize = 56;
}

/// Bytes of a name in the kernel, the closing zero included: `BPF_OBJ_NAME_LEN`.
pub const NAME_BYTES: usize = 16;

/// The block. Eight-byte words, because the kernel's union is aligned to eight.
#[derive(Clone, Debug, Default)]
pub struct Attr {
    words: [u64; 16],
}

impl Attr {
    /// Bytes of the block.
    pub const BYTES: usize = 128;

    /// Writes a `u32`.
    pub fn put_u32(&mut self, offset: usize, value: u32) -> &mut Attr {
        self.put(offset, &value.to_ne_bytes())
    }

    /// Writes a `u64`.
    pub fn put_u64(&mut self, offset: usize, value: u64) -> &mut Attr {
        self.put(offset, &value.to_ne_bytes())
    }

    /// Writes an address. Who makes the call keeps what it points to alive until then.
    pub fn put_address<T>(&mut self, offset: usize, address: *const T) -> &mut Attr {
        self.put_u64(offset, address as usize as u64)
    }

    /// Writes a name, cut to what the kernel keeps.
    pub fn put_name(&mut self, offset: usize, name: &str) -> &mut Attr {
        let kept = name.len().min(NAME_BYTES - 1);
        self.put(offset, &name.as_bytes()[..kept])
    }

    /// Reads a `u32` that the kernel left.
    pub fn u32(&self, offset: usize) -> u32 {
        let word = self.words[offset / 8].to_ne_bytes();
        let at = offset % 8;
        u32::from_ne_bytes([word[at], word[at + 1], word[at + 2], word[at + 3]])
    }

    /// The start of the block.
    pub fn as_mut_ptr(&mut self) -> *mut u64 {
        self.words.as_mut_ptr()
    }

    /// Writes bytes without allocating, so that the loading child can use it too.
    fn put(&mut self, offset: usize, bytes: &[u8]) -> &mut Attr {
        for (i, byte) in bytes.iter().enumerate() {
            let (word, at) = ((offset + i) / 8, (offset + i) % 8);
            let mut filled = self.words[word].to_ne_bytes();
            filled[at] = *byte;
            self.words[word] = u64::from_ne_bytes(filled);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_land_at_their_offsets() {
        let mut attr = Attr::default();
        attr.put_u32(4, 7).put_u64(8, u64::MAX).put_name(28, "a_name_of_more_than_fifteen");
        assert_eq!((attr.u32(0), attr.u32(4), attr.u32(8)), (0, 7, u32::MAX));
        assert_eq!(attr.u32(28).to_ne_bytes(), *b"a_na");
        assert_eq!(attr.u32(40).to_ne_bytes(), *b"re_\0");
    }
}
