//! The system calls that the standard library has no words for.
//!
//! In: sockets and times. Out: the same, and the kernel's counts and time stamps.
//! This is the crate's only file with `unsafe`: socket options (socket(7), ip(7)), received
//! time stamps (Documentation/networking/timestamping.rst), sleeping to an absolute time
//! (clock_nanosleep(2)), and what a thread asks of the scheduler (sched(7), prctl(2)).

#![expect(unsafe_code, reason = "system calls without a safe wrapper in std")]

use std::{
    io,
    mem::{size_of, zeroed},
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    time::Duration,
};

use libc::{c_int, c_void, socklen_t};

/// Index of the socket's drop count in the answer to `SO_MEMINFO` (linux/sock_diag.h).
const SK_MEMINFO_DROPS: usize = 8;

/// Numbers in the answer to `SO_MEMINFO` (linux/sock_diag.h, `SK_MEMINFO_VARS`).
const SK_MEMINFO_VARS: usize = 9;

/// Readings of two clocks this close together need no second try; normally it takes 100 ns.
const CLOCK_PAIR_NS_MAX: u64 = 5_000;

/// A datagram as it was received.
pub(crate) struct Received {
    pub(crate) n_bytes: usize,
    pub(crate) from: SocketAddrV4,
    /// When it reached the socket, on the monotonic clock.
    pub(crate) arrival_ns: u64,
    /// How many datagrams this socket has dropped since it was made, if the kernel said so.
    pub(crate) n_dropped: Option<u32>,
}

/// The sockets that a thread waits on.
pub(crate) struct Poll(Vec<libc::pollfd>);

/// A UDP socket bound to the loopback address.
///
/// With `reuse_port` the port can be shared with other sockets that ask for it too.
pub(crate) fn bind_loopback(port: u16, reuse_port: bool) -> io::Result<UdpSocket> {
    // SAFETY: socket takes no pointers.
    let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just made this descriptor for us; nobody else owns it.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let socket = UdpSocket::from(fd);
    if reuse_port {
        set_option(&socket, libc::SO_REUSEPORT, 1)?;
    }
    let address = to_sockaddr(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port));
    // SAFETY: `address` is a live sockaddr_in and its true size is passed.
    let result = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of::<libc::sockaddr_in>() as socklen_t,
        )
    };
    ok(result)?;
    Ok(socket)
}

/// Asks for a receive queue of this many bytes; the kernel doubles it for its bookkeeping and
/// silently keeps to `net.core.rmem_max` (socket(7)).
pub(crate) fn set_receive_buffer(socket: &UdpSocket, n_bytes: c_int) -> io::Result<()> {
    set_option(socket, libc::SO_RCVBUF, n_bytes)
}

/// Makes [`receive`] report arrival times and drops.
pub(crate) fn enable_stamps(socket: &UdpSocket) -> io::Result<()> {
    set_option(socket, libc::SO_TIMESTAMPNS, 1)?;
    set_option(socket, libc::SO_RXQ_OVFL, 1)
}

/// Receives one datagram; waits as long as the socket's read timeout says.
pub(crate) fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<Received> {
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // Room for a time stamp and a drop count with their headers; u64 for their alignment.
    let mut control = [0u64; 16];
    // SAFETY: all-zero bytes are a valid sockaddr_in and a valid msghdr (null pointers, lengths 0).
    let (mut from, mut message) = unsafe { zeroed::<(libc::sockaddr_in, libc::msghdr)>() };
    message.msg_name = (&raw mut from).cast();
    message.msg_namelen = size_of::<libc::sockaddr_in>() as socklen_t;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control) as _;
    // SAFETY: `message` points to `from`, `part` with `buffer`, and `control`, all of them alive
    // and writable for the lengths given.
    let n_bytes = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, 0) };
    if n_bytes < 0 {
        return Err(io::Error::last_os_error());
    }
    let (stamp_ns, n_dropped) = read_control(&message);
    let arrival_ns = stamp_ns.map_or_else(now_ns, to_monotonic);
    Ok(Received { n_bytes: n_bytes as usize, from: from_sockaddr(&from), arrival_ns, n_dropped })
}

/// How many datagrams the socket has dropped because its receive queue was full.
pub(crate) fn dropped(socket: &UdpSocket) -> io::Result<u32> {
    let mut values = [0u32; SK_MEMINFO_VARS];
    let mut n_bytes = size_of_val(&values) as socklen_t;
    // SAFETY: `values` is writable for `n_bytes` bytes, and both outlive the call.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_MEMINFO,
            values.as_mut_ptr().cast(),
            &raw mut n_bytes,
        )
    };
    ok(result)?;
    Ok(values[SK_MEMINFO_DROPS])
}

impl Poll {
    /// Waits on these sockets; they must stay open as long as the value lives.
    pub(crate) fn new<'a>(sockets: impl Iterator<Item = &'a UdpSocket>) -> Self {
        let entry =
            |s: &UdpSocket| libc::pollfd { fd: s.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        Self(sockets.map(entry).collect())
    }

    /// Indices of the sockets with something to receive; none when the time is over.
    pub(crate) fn wait(&mut self, timeout_ms: c_int) -> io::Result<Vec<usize>> {
        // SAFETY: the vector's elements are writable for the length passed.
        let n = unsafe { libc::poll(self.0.as_mut_ptr(), self.0.len() as _, timeout_ms) };
        ok(n)?;
        let ready = |(i, fd): (usize, &libc::pollfd)| (fd.revents != 0).then_some(i);
        Ok(self.0.iter().enumerate().filter_map(ready).collect())
    }
}

/// The monotonic clock.
pub(crate) fn now_ns() -> u64 {
    clock_ns(libc::CLOCK_MONOTONIC)
}

/// Sleeps until the monotonic clock shows this time; returns at once if it is past.
pub(crate) fn sleep_until(until_ns: u64) {
    let until = Duration::from_nanos(until_ns);
    let time = libc::timespec {
        tv_sec: until.as_secs() as libc::time_t,
        tv_nsec: until.subsec_nanos() as _,
    };
    loop {
        // SAFETY: `time` is a live timespec; with TIMER_ABSTIME the last argument may be null.
        let result = unsafe {
            libc::clock_nanosleep(
                libc::CLOCK_MONOTONIC,
                libc::TIMER_ABSTIME,
                &raw const time,
                std::ptr::null_mut(),
            )
        };
        if result != libc::EINTR {
            return;
        }
    }
}

/// Asks the scheduler to wake this thread on time: no timer slack, and the real-time class
/// SCHED_FIFO where that is permitted. Says whether it was.
///
/// Threads that it starts do not inherit the class.
pub(crate) fn be_punctual(priority: c_int) -> bool {
    // SAFETY: prctl(PR_SET_TIMERSLACK) takes a number; sched_setscheduler reads a live sched_param
    // and 0 means the calling thread.
    unsafe {
        libc::prctl(libc::PR_SET_TIMERSLACK, 1u64, 0u64, 0u64, 0u64);
        let parameter = libc::sched_param { sched_priority: priority };
        let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
        libc::sched_setscheduler(0, policy, &raw const parameter) == 0
    }
}

/// The processors that this thread may run on.
pub(crate) fn processors() -> Vec<usize> {
    // SAFETY: all-zero bytes are a valid cpu_set_t, the kernel writes at most its size, and
    // CPU_ISSET is asked for indices within it only.
    unsafe {
        let mut set: libc::cpu_set_t = zeroed();
        if libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set) < 0 {
            return Vec::new();
        }
        (0..libc::CPU_SETSIZE as usize).filter(|&i| libc::CPU_ISSET(i, &set)).collect()
    }
}

/// Ties this thread to one processor, where it only runs when nothing else wants to. Says whether
/// that worked.
pub(crate) fn be_idle_on(processor: usize) -> bool {
    let parameter = libc::sched_param { sched_priority: 0 };
    // SAFETY: all-zero bytes are a valid cpu_set_t, `processor` came from `processors` and so lies
    // within it; sched_setscheduler reads a live sched_param; 0 means the calling thread.
    unsafe {
        let mut set: libc::cpu_set_t = zeroed();
        libc::CPU_SET(processor, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set) == 0
            && libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const parameter) == 0
    }
}

/// Has the kernel kill this process when the thread that started it ends.
pub(crate) fn die_with_parent() -> io::Result<()> {
    // SAFETY: prctl(PR_SET_PDEATHSIG) takes a signal number and no pointers.
    ok(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as u64, 0u64, 0u64, 0u64) })
}

fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a live timespec. The call cannot fail: both clocks exist on every Linux.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The monotonic time of a recent moment of the wall clock.
///
/// The clocks are compared for each datagram, so a step of the wall clock moves no arrival but
/// those in flight. A thread that loses the processor between the readings would shift the
/// result: the closest of a few pairs is taken.
fn to_monotonic(wall_ns: u64) -> u64 {
    let read = || {
        let before_ns = now_ns();
        let wall_now_ns = clock_ns(libc::CLOCK_REALTIME);
        let width_ns = now_ns() - before_ns;
        (width_ns, before_ns + width_ns / 2, wall_now_ns)
    };
    let mut best = read();
    for _ in 0..3 {
        if best.0 < CLOCK_PAIR_NS_MAX {
            break;
        }
        best = best.min(read());
    }
    let (_, now_ns, wall_now_ns) = best;
    now_ns.saturating_sub(wall_now_ns.saturating_sub(wall_ns))
}

/// Takes the arrival time (wall clock) and the drop count out of a message's control data.
fn read_control(message: &libc::msghdr) -> (Option<u64>, Option<u32>) {
    let (mut stamp_ns, mut n_dropped) = (None, None);
    // SAFETY: `message` was filled by recvmsg, its control buffer is alive in the caller, and the
    // CMSG functions stay within `msg_controllen`.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(message) };
    while !header.is_null() {
        // SAFETY: a non-null header from CMSG_FIRSTHDR or CMSG_NXTHDR lies in the control buffer;
        // the kernel writes a timespec behind SCM_TIMESTAMPNS and a u32 behind SO_RXQ_OVFL
        // (net/socket.c, __sock_recv_timestamp and sock_recv_drops). Unaligned reads ask nothing
        // of the data's place.
        unsafe {
            let data: *const c_void = libc::CMSG_DATA(header).cast();
            match ((*header).cmsg_level, (*header).cmsg_type) {
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                    let time = data.cast::<libc::timespec>().read_unaligned();
                    stamp_ns = Some(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64);
                }
                (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                    n_dropped = Some(data.cast::<u32>().read_unaligned());
                }
                _ => {}
            }
            header = libc::CMSG_NXTHDR(message, header);
        }
    }
    (stamp_ns, n_dropped)
}

fn set_option(socket: &UdpSocket, name: c_int, value: c_int) -> io::Result<()> {
    // SAFETY: `value` is a live int and its true size is passed.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            name,
            (&raw const value).cast(),
            size_of::<c_int>() as socklen_t,
        )
    };
    ok(result)
}

fn to_sockaddr(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
        sin_zero: [0; 8],
    }
}

fn from_sockaddr(address: &libc::sockaddr_in) -> SocketAddrV4 {
    let ip = Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes());
    SocketAddrV4::new(ip, u16::from_be(address.sin_port))
}

fn ok(result: c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_arrive_with_their_sender_and_a_time() {
        let to = bind_loopback(0, true).expect("loopback is there");
        let from = bind_loopback(0, false).expect("loopback is there");
        enable_stamps(&to).expect("the kernel stamps datagrams");
        let before_ns = now_ns();
        from.send_to(b"four", to.local_addr().expect("it is bound")).expect("loopback is up");
        let mut buffer = [0; 64];
        let received = receive(&to, &mut buffer).expect("it was sent");
        assert_eq!(&buffer[..received.n_bytes], b"four");
        assert_eq!(Some(received.from.port()), from.local_addr().ok().map(|a| a.port()));
        // The two clocks are read one after the other: allow the stamp a second of error.
        assert!(received.arrival_ns + 1_000_000_000 > before_ns);
        assert!(received.arrival_ns <= now_ns());
    }

    #[test]
    fn a_full_queue_counts_what_it_refuses() {
        let to = bind_loopback(0, false).expect("loopback is there");
        let from = bind_loopback(0, false).expect("loopback is there");
        set_receive_buffer(&to, 4_096).expect("any process may ask for less");
        enable_stamps(&to).expect("the kernel counts drops");
        let address = to.local_addr().expect("it is bound");
        let n_sent = 100;
        for _ in 0..n_sent {
            from.send_to(&[0; 36], address).expect("loopback is up");
        }
        let n_dropped = dropped(&to).expect("SO_MEMINFO is there since Linux 4.12");
        assert!(n_dropped > 0);
        let mut buffer = [0; 64];
        for _ in 0..n_sent - n_dropped {
            receive(&to, &mut buffer).expect("what was not dropped is there");
        }
        to.set_nonblocking(true).expect("a socket can be non-blocking");
        assert!(receive(&to, &mut buffer).is_err(), "nothing else is there");
    }

    #[test]
    fn ports_are_shared_only_on_request() {
        let first = bind_loopback(0, true).expect("loopback is there");
        let port = first.local_addr().expect("it is bound").port();
        assert!(bind_loopback(port, true).is_ok());
        assert!(bind_loopback(port, false).is_err());
    }

    #[test]
    fn poll_names_the_socket_that_is_ready() {
        let sockets = [(); 3].map(|()| bind_loopback(0, false).expect("loopback is there"));
        let mut poll = Poll::new(sockets.iter());
        assert_eq!(poll.wait(0).expect("polling works"), Vec::<usize>::new());
        let address = sockets[1].local_addr().expect("it is bound");
        sockets[0].send_to(b"x", address).expect("loopback is up");
        assert_eq!(poll.wait(1_000).expect("polling works"), [1]);
    }
}
