//! Reading and writing maps by bytes.
//!
//! In: a descriptor, keys and values as bytes. Out: bytes. The geometry of a map is asked of the
//! kernel, never believed from elsewhere, because the kernel reads and writes that many bytes.

mod window;

use super::attr::{Attr, at, cmd, map_flag, map_kind};
use super::bpf::{self, MapInfo};
use super::check;
use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use window::Window;

/// `BPF_F_LOCK` (Linux 5.1).
const F_LOCK: u64 = 4;

/// An open map.
///
/// INVARIANT(geometry): `info` is what the kernel told of `fd`, and `n_cpus` is the number of
/// CPUs the kernel may ever run for per-CPU maps and 1 for others.
#[derive(Debug)]
pub struct Map {
    fd: OwnedFd,
    info: MapInfo,
    n_cpus: usize,
    /// Whether its values have a lock, once that was asked.
    has_lock: OnceLock<bool>,
}

/// What an update does when the key is there or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Update {
    /// Writes in any case: `BPF_ANY`.
    Any,
    /// Fails with `EEXIST` when the key is there: `BPF_NOEXIST`.
    Insert,
    /// Fails with `ENOENT` when it is not: `BPF_EXIST`.
    Replace,
}

impl Map {
    /// Takes a descriptor of a map.
    ///
    /// # Errors
    /// The descriptor is not a map's, or the system does not tell its CPUs.
    pub fn new(fd: OwnedFd) -> io::Result<Map> {
        let info = bpf::map_info(fd.as_fd())?;
        let n_cpus = if is_per_cpu(info.kind) { possible_cpus()? } else { 1 };
        Ok(Map { fd, info, n_cpus, has_lock: OnceLock::new() })
    }

    /// What the kernel told of it.
    pub fn info(&self) -> &MapInfo {
        &self.info
    }

    /// How many values an entry has: the possible CPUs for per-CPU maps, else 1.
    pub fn values_per_entry(&self) -> usize {
        self.n_cpus
    }

    /// Another descriptor of the same map.
    ///
    /// # Errors
    /// The process has no descriptors left.
    pub fn try_clone(&self) -> io::Result<Map> {
        let (info, n_cpus, has_lock) = (self.info.clone(), self.n_cpus, self.has_lock.clone());
        Ok(Map { fd: self.fd.try_clone()?, info, n_cpus, has_lock })
    }

    /// The values under a key, one per possible CPU for per-CPU maps; `None` when it is absent.
    /// A value with a lock is read as a whole, and the lock's own bytes are zero.
    ///
    /// # Errors
    /// A key of another size, or what the kernel answers.
    pub fn lookup(&self, key: &[u8]) -> io::Result<Option<Vec<Vec<u8>>>> {
        let key = self.key(key)?;
        self.lookup_with(&key, self.lock_flag(&key))
    }

    /// `BPF_F_LOCK` where the values have a lock: then the kernel copies while it holds it.
    fn lock_flag(&self, key: &[u64]) -> u64 {
        if !matches!(self.info.kind, map_kind::HASH | map_kind::ARRAY) {
            return 0;
        }
        // For values without a lock the kernel refuses the flag before it looks at the key
        // (`map_lookup_elem`, kernel/bpf/syscall.c).
        let has_lock = self.has_lock.get_or_init(|| match self.lookup_with(key, F_LOCK) {
            Ok(_) => true,
            Err(error) => error.raw_os_error() != Some(libc::EINVAL),
        });
        if *has_lock { F_LOCK } else { 0 }
    }

    fn lookup_with(&self, key: &[u64], flags: u64) -> io::Result<Option<Vec<Vec<u8>>>> {
        let mut buffer = vec![0u64; self.stride() / 8 * self.n_cpus];
        let mut attr = self.elem(key);
        attr.put_address(at::ELEM_VALUE, buffer.as_mut_ptr()).put_u64(at::ELEM_FLAGS, flags);
        // SAFETY: the key has the map's size. By INVARIANT(geometry) the kernel writes at most
        // one value rounded to eight bytes per CPU (bpf_map_value_size in kernel/bpf/syscall.c).
        match unsafe { bpf::call(cmd::MAP_LOOKUP_ELEM, &mut attr) } {
            Ok(_) => Ok(Some(self.split(&buffer))),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the values under a key, one per possible CPU for per-CPU maps.
    ///
    /// # Errors
    /// A key or value of another size or count, or what the kernel answers.
    pub fn update(&self, key: &[u8], values: &[&[u8]], update: Update) -> io::Result<()> {
        let key = self.key(key)?;
        if values.len() != self.n_cpus {
            return Err(invalid(format!("{} values for {} slots", values.len(), self.n_cpus)));
        }
        let mut buffer = vec![0u64; self.stride() / 8 * self.n_cpus];
        for (cpu, value) in values.iter().enumerate() {
            if value.len() != self.info.value_bytes as usize {
                let (given, wanted) = (value.len(), self.info.value_bytes);
                return Err(invalid(format!("a value of {given} bytes where {wanted} are kept")));
            }
            fill(&mut buffer[cpu * self.stride() / 8..], value);
        }
        let mut attr = self.elem(&key);
        attr.put_address(at::ELEM_VALUE, buffer.as_ptr())
            .put_u64(at::ELEM_FLAGS, update.flag() | self.lock_flag(&key));
        // SAFETY: key and buffer have the sizes the kernel reads, by INVARIANT(geometry).
        unsafe { bpf::call(cmd::MAP_UPDATE_ELEM, &mut attr) }.map(|_| ())
    }

    /// Removes a key; says whether it was there.
    ///
    /// # Errors
    /// A key of another size, or what the kernel answers.
    pub fn delete(&self, key: &[u8]) -> io::Result<bool> {
        let key = self.key(key)?;
        let mut attr = self.elem(&key);
        // SAFETY: the key has the map's size.
        match unsafe { bpf::call(cmd::MAP_DELETE_ELEM, &mut attr) } {
            Ok(_) => Ok(true),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Every key. A map that changes meanwhile may show an entry or not, but none twice.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn keys(&self) -> io::Result<Vec<Vec<u8>>> {
        let mut seen = BTreeSet::new();
        let mut keys = Vec::new();
        let mut previous: Option<Vec<u64>> = None;
        // A hash map whose last shown key was removed starts over (htab_map_get_next_key), so a
        // busy map could be walked for ever: twice its size is enough for a quiet one.
        for _ in 0..=2 * u64::from(self.info.entries) {
            let Some(next) = self.next_key(previous.as_deref())? else { break };
            let bytes = bytes_of(&next, self.info.key_bytes as usize);
            if seen.insert(bytes.clone()) {
                keys.push(bytes);
            }
            previous = Some(next);
        }
        Ok(keys)
    }

    /// Writes a stretch of an array map's first value, leaving the other bytes alone.
    ///
    /// Where the map can be mapped into memory, aligned numbers of up to eight bytes are stored
    /// at once and nothing else is touched. Elsewhere the value is read and written back whole,
    /// so that what a program writes at that moment is lost.
    ///
    /// # Errors
    /// A stretch outside the value, or what the kernel answers.
    pub fn write_range(&self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let value_bytes = self.info.value_bytes as usize;
        self.check_range(offset, bytes.len())?;
        let key = 0u32.to_ne_bytes();
        if self.info.kind == map_kind::ARRAY && self.info.flags & map_flag::MMAPABLE != 0 {
            return Window::of(self.fd.as_fd(), value_bytes)?.store(offset, bytes);
        }
        let mut value = self.only_value()?;
        value[offset..offset + bytes.len()].copy_from_slice(bytes);
        self.update(&key, &[&value], Update::Any)
    }

    /// Writes the number of every cell of an array of `u32`s that can be mapped into memory, each
    /// in one piece.
    ///
    /// # Errors
    /// Another kind of map or count of numbers, or what the kernel answers.
    pub fn write_cells(&self, numbers: &[u32]) -> io::Result<()> {
        let is_array = self.info.kind == map_kind::ARRAY && self.info.value_bytes == 4;
        if !is_array || numbers.len() != self.info.entries as usize {
            return Err(invalid(format!("{} numbers for another map", numbers.len())));
        }
        // Each value has eight bytes to itself (`array->elem_size` in kernel/bpf/arraymap.c).
        let window = Window::of(self.fd.as_fd(), numbers.len() * self.stride())?;
        for (at, number) in numbers.iter().enumerate() {
            window.store(at * self.stride(), &number.to_ne_bytes())?;
        }
        Ok(())
    }

    /// Reads a stretch of an array map's first value.
    ///
    /// # Errors
    /// A stretch outside the value, or what the kernel answers.
    pub fn read_range(&self, offset: usize, n_bytes: usize) -> io::Result<Vec<u8>> {
        self.check_range(offset, n_bytes)?;
        Ok(self.only_value()?[offset..offset + n_bytes].to_vec())
    }

    fn check_range(&self, offset: usize, n_bytes: usize) -> io::Result<()> {
        let value_bytes = self.info.value_bytes as usize;
        match offset.checked_add(n_bytes) {
            Some(end) if end <= value_bytes => Ok(()),
            Some(_) | None => Err(invalid(format!("bytes past the value's {value_bytes}"))),
        }
    }

    fn only_value(&self) -> io::Result<Vec<u8>> {
        let mut values = self.lookup(&0u32.to_ne_bytes())?.unwrap_or_default();
        match (values.pop(), values.is_empty()) {
            (Some(value), true) => Ok(value),
            (Some(_), false) | (None, _) => {
                Err(invalid("the map has no single value under key 0".to_owned()))
            }
        }
    }

    fn next_key(&self, previous: Option<&[u64]>) -> io::Result<Option<Vec<u64>>> {
        let mut next = vec![0u64; (self.info.key_bytes as usize).div_ceil(8)];
        let mut attr = Attr::default();
        attr.put_u32(at::ELEM_MAP_FD, self.fd.as_raw_fd() as u32)
            .put_address(at::ELEM_VALUE, next.as_mut_ptr());
        if let Some(previous) = previous {
            attr.put_address(at::ELEM_KEY, previous.as_ptr());
        }
        // SAFETY: both keys have room for the map's key; no previous key asks for the first.
        match unsafe { bpf::call(cmd::MAP_GET_NEXT_KEY, &mut attr) } {
            Ok(_) => Ok(Some(next)),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn key(&self, key: &[u8]) -> io::Result<Vec<u64>> {
        if key.len() != self.info.key_bytes as usize {
            let (given, wanted) = (key.len(), self.info.key_bytes);
            return Err(invalid(format!("a key of {given} bytes where {wanted} are wanted")));
        }
        let mut words = vec![0u64; key.len().div_ceil(8)];
        fill(&mut words, key);
        Ok(words)
    }

    fn elem(&self, key: &[u64]) -> Attr {
        let mut attr = Attr::default();
        attr.put_u32(at::ELEM_MAP_FD, self.fd.as_raw_fd() as u32)
            .put_address(at::ELEM_KEY, key.as_ptr());
        attr
    }

    /// Bytes from one CPU's value to the next.
    fn stride(&self) -> usize {
        (self.info.value_bytes as usize).next_multiple_of(8).max(8)
    }

    fn split(&self, buffer: &[u64]) -> Vec<Vec<u8>> {
        let value_bytes = self.info.value_bytes as usize;
        buffer.chunks(self.stride() / 8).map(|words| bytes_of(words, value_bytes)).collect()
    }
}

impl AsFd for Map {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Update {
    const fn flag(self) -> u64 {
        match self {
            Update::Any => 0,
            Update::Insert => 1,
            Update::Replace => 2,
        }
    }
}

/// Whether a kind of map keeps one value per CPU.
fn is_per_cpu(kind: u32) -> bool {
    matches!(
        kind,
        map_kind::PERCPU_HASH
            | map_kind::PERCPU_ARRAY
            | map_kind::LRU_PERCPU_HASH
            | map_kind::PERCPU_CGROUP_STORAGE
    )
}

/// The number of CPUs the kernel may ever run, from the highest in its list of possible ones.
///
/// # Errors
/// The system does not tell.
pub fn possible_cpus() -> io::Result<usize> {
    let list = std::fs::read_to_string("/sys/devices/system/cpu/possible")?;
    // `0-3` or `0,2-5`: the count is what the kernel sizes values by (num_possible_cpus).
    let mut count = 0;
    for part in list.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let parse = |text: &str| {
            text.parse::<usize>().map_err(|_| invalid(format!("a list of CPUs reads `{list}`")))
        };
        count += (parse(last)? + 1).saturating_sub(parse(first)?);
    }
    // SAFETY: sysconf only reads; it guards against a list that was mounted over.
    let configured = check(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_CONF) })?;
    Ok(count.max(configured as usize))
}

fn fill(words: &mut [u64], bytes: &[u8]) {
    for (word, chunk) in words.iter_mut().zip(bytes.chunks(8)) {
        let mut filled = [0u8; 8];
        filled[..chunk.len()].copy_from_slice(chunk);
        *word = u64::from_ne_bytes(filled);
    }
}

fn bytes_of(words: &[u64], n_bytes: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    bytes.truncate(n_bytes);
    bytes
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
