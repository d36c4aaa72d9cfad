//! The datagrams of the demo.
//!
//! In: a request or a reply. Out: its bytes, and back. All numbers are little-endian.
//!
//! ```text
//! offset  0        8        12          20      28                36
//!         op u64   user u32 key_hash u64 seq u64 intended_ns u64   worker u32 (replies only)
//!         `------- header Request ------'`----- client's stamp ---'
//! ```
//!
//! Policies see the header `Request { op: le<u64>, user: le<u32>, key_hash: le<u64> }` after the
//! UDP header; what follows is the client's. A reply is the request and the worker's slot.

/// The operation that reads one key.
pub const GET: u64 = 1;

/// The operation that reads a range of keys, 70 times longer than a GET.
pub const SCAN: u64 = 2;

/// Bytes of a request after the UDP header.
pub const REQUEST_BYTES: usize = 36;

/// Bytes of a reply after the UDP header.
pub(crate) const REPLY_BYTES: usize = REQUEST_BYTES + 4;

/// One request of the load generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) op: u64,
    pub(crate) user: u32,
    pub(crate) key_hash: u64,
    /// Number of the request in its run, from 0.
    pub(crate) seq: u64,
    /// When the open-loop schedule wanted it sent, on the monotonic clock.
    pub(crate) intended_ns: u64,
}

/// A request as a worker answered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) request: Request,
    pub(crate) worker: u32,
}

impl Request {
    /// The bytes after the UDP header.
    pub(crate) fn encode(&self) -> [u8; REQUEST_BYTES] {
        let mut bytes = [0; REQUEST_BYTES];
        bytes[0..8].copy_from_slice(&self.op.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.user.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.key_hash.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.seq.to_le_bytes());
        bytes[28..36].copy_from_slice(&self.intended_ns.to_le_bytes());
        bytes
    }

    /// Reads a request, or nothing if the length or the operation is not one of ours.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; REQUEST_BYTES] = bytes.try_into().ok()?;
        let op = u64_at(bytes, 0)?;
        if op != GET && op != SCAN {
            return None;
        }
        Some(Self {
            op,
            user: u32_at(bytes, 8)?,
            key_hash: u64_at(bytes, 12)?,
            seq: u64_at(bytes, 20)?,
            intended_ns: u64_at(bytes, 28)?,
        })
    }
}

impl Reply {
    /// The bytes after the UDP header.
    pub(crate) fn encode(&self) -> [u8; REPLY_BYTES] {
        let mut bytes = [0; REPLY_BYTES];
        bytes[..REQUEST_BYTES].copy_from_slice(&self.request.encode());
        bytes[REQUEST_BYTES..].copy_from_slice(&self.worker.to_le_bytes());
        bytes
    }

    /// Reads a reply, or nothing if it is not one of ours.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; REPLY_BYTES] = bytes.try_into().ok()?;
        let request = Request::decode(&bytes[..REQUEST_BYTES])?;
        Some(Self { request, worker: u32_at(bytes, REQUEST_BYTES)? })
    }
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            op: SCAN,
            user: 0x0403_0201,
            key_hash: 0x1122_3344_5566_7788,
            seq: 9,
            intended_ns: 0xff,
        }
    }

    #[test]
    fn the_layout_is_the_documented_one() {
        let expect = [
            2, 0, 0, 0, 0, 0, 0, 0, // op
            1, 2, 3, 4, // user
            0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, // key_hash
            9, 0, 0, 0, 0, 0, 0, 0, // seq
            0xff, 0, 0, 0, 0, 0, 0, 0, // intended_ns
        ];
        assert_eq!(request().encode(), expect);
    }

    #[test]
    fn decoding_inverts_encoding() {
        let reply = Reply { request: request(), worker: 5 };
        assert_eq!(Request::decode(&request().encode()), Some(request()));
        assert_eq!(Reply::decode(&reply.encode()), Some(reply));
    }

    #[test]
    fn foreign_bytes_are_refused() {
        let bytes = request().encode();
        assert_eq!(Request::decode(&bytes[..35]), None, "cut");
        assert_eq!(Reply::decode(&bytes), None, "a request is no reply");
        let mut unknown = bytes;
        unknown[0] = 3;
        assert_eq!(Request::decode(&unknown), None, "unknown operation");
    }
}
