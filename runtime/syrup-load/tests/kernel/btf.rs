//! Type information for one function, by hand: enough for line information.
//!
//! In: the names that lines use. Out: BTF bytes with `int policy(void *ctx)` as type 4 (see
//! Documentation/bpf/btf.rst of the kernel), and the offset of each string.

/// BTF and where its strings are.
pub struct Btf {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Offset of each string given.
    pub strings: Vec<u32>,
}

/// The type of the function.
pub const FUNCTION: u32 = 4;

/// Makes BTF that holds `texts`.
pub fn with_strings(texts: &[&str]) -> Btf {
    let mut strings = vec![0u8];
    let mut add = |text: &str| {
        let at = strings.len() as u32;
        strings.extend(text.bytes());
        strings.push(0);
        at
    };
    let (int, ctx, policy) = (add("int"), add("ctx"), add("policy"));
    let offsets = texts.iter().map(|text| add(text)).collect();
    let info = |kind: u32, n: u32| kind << 24 | n;
    let types: Vec<u32> = [
        // 1: int, 4 bytes, signed, 32 bits.
        vec![int, info(1, 0), 4, 1 << 24 | 32],
        // 2: void *.
        vec![0, info(2, 0), 0],
        // 3: int (void *ctx).
        vec![0, info(13, 1), 1, ctx, 2],
        // 4: the function, global.
        vec![policy, info(12, 1), 3],
    ]
    .concat();
    let types: Vec<u8> = types.iter().flat_map(|word| word.to_le_bytes()).collect();
    let header = [0x0001_eb9f, 24, 0, types.len() as u32, types.len() as u32, strings.len() as u32];
    let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.extend(types);
    bytes.extend(strings);
    Btf { bytes, strings: offsets }
}
