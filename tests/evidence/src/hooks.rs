//! Generated policies at the real hook: which socket of a reuseport group gets each datagram.
//!
//! In: a seed, numbers. Out: counts, and the first datagram that another socket got than the
//! interpreter says. Runs in a network namespace of its own, which the caller has entered. Policies
//! that ask what only the kernel knows (time, draws, its hash of a flow, network headers) are left
//! to the twin.

use crate::differ::{BACKENDS, Plan};
use crate::generate::{self, Over, Weights};
use crate::inputs;
use crate::{accept, engines, seeds};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use syrup_backend::EmitOptions;
use syrup_engine::Open;
use syrup_ir::interp::{self, Decision, Packet, SetState, State};
use syrup_ir::opt::Passes;
use syrup_ir::{Base, Checked, MapKind, Meta, Op, Profile, Term};
use syrup_load::{At, Executors, LoadOptions, Protocol, attach, testing};
use syrup_wire::artifact::ProgramRole;
use syrupc::testing::{Playing, Scripted};

/// The port of every group: the namespace is our own.
const PORT: u16 = 9000;

/// Sockets of a group, where the set has room.
const SOCKETS: u32 = 6;

/// How long a datagram may take from one socket of this machine to another.
const LIMIT: Duration = Duration::from_secs(5);

/// Bytes of a UDP header.
const UDP_BYTES: usize = 8;

/// What was counted.
#[derive(Default, Debug)]
pub struct Counts {
    /// Policies that were attached.
    pub n_policies: u64,
    /// Policies that ask for what only the kernel knows, or are not taken.
    pub n_left_out: u64,
    /// Datagrams sent.
    pub n_sent: u64,
    /// Those of which only a part was in the linear area of the kernel's buffer.
    pub n_large: u64,
    /// Verdicts: passed, dropped, steered.
    pub verdicts: [u64; 3],
    /// The first differences.
    pub findings: Vec<String>,
}

/// Sends datagrams to generated policies until so many policies were shown theirs.
pub fn run(plan: &Plan) -> Counts {
    let target = syrup_engine::host::profile();
    let mut counts = Counts::default();
    let mut weights = Weights::default();
    let mut at = 0;
    while counts.n_policies < plan.n_programs && counts.findings.is_empty() {
        let seed = seeds::of(plan.seed, at);
        let size = generate::size_of(seed).min(plan.size_max);
        let policy = generate::policy_over(Over::Packets, seed, size, &weights);
        weights.learn(&policy.used);
        at += 1;
        if plan.only.is_some_and(|only| only != at - 1) {
            if at > plan.n_programs {
                break;
            }
            continue;
        }
        match one(&target, &policy.source, seed, plan.n_inputs, &mut counts) {
            Ok(true) => counts.n_policies += 1,
            Ok(false) => counts.n_left_out += 1,
            Err(what) => counts.findings.push(format!("program {}: {what}", at - 1)),
        }
    }
    counts
}

/// Attaches one policy and sends its datagrams; whether it could be.
fn one(
    target: &Profile,
    source: &str,
    seed: u64,
    n_inputs: usize,
    counts: &mut Counts,
) -> Result<bool, String> {
    let Ok(mut analysis) = accept::analyzed(source) else { return Ok(false) };
    let hook = "socket_select";
    let Ok(plain) = accept::built(&mut analysis, hook, target, Passes::NONE) else {
        return Ok(false);
    };
    let Ok(policy) = accept::built(&mut analysis, hook, target, Passes::ALL) else {
        return Ok(false);
    };
    if !is_predictable(&plain) || policy.module().sets.len() != 1 {
        return Ok(false);
    }
    let options = EmitOptions { counters: false, twin: false };
    let Ok(artifact) = BACKENDS[0].emit(&policy, target, options, &analysis.sources) else {
        return Ok(false);
    };
    let loaded = syrup_load::load(&artifact, &LoadOptions::default());
    let loaded = loaded.map_err(|error| format!("does not load: {error}"))?;
    let ip: IpAddr = match seed % 2 {
        0 => Ipv4Addr::LOCALHOST.into(),
        _ => Ipv6Addr::LOCALHOST.into(),
    };
    let n_sockets = plain.module().sets[0].capacity.min(SOCKETS);
    let group = Group::new(ip, n_sockets).map_err(|error| format!("sockets: {error}"))?;
    let fail = |error: syrup_load::LoadError| format!("the group: {error}");
    let executors = Executors::of(&loaded, 0).map_err(fail)?;
    for (slot, worker) in (0..).zip(&group.workers) {
        executors.fill_socket_slot(slot, worker.as_fd()).map_err(fail)?;
    }
    executors.state().set_len(n_sockets).map_err(fail)?;
    executors.fill_rings().map_err(fail)?;
    let program = loaded.program(ProgramRole::Policy).map_err(fail)?;
    let at = At { protocol: Protocol::Udp, port: PORT };
    attach(at, group.workers[0].as_fd(), program.as_fd()).map_err(fail)?;
    let mut state = State::new(plain.module());
    state.sets[0] = SetState::full(n_sockets);
    let inputs = inputs::for_policy(&analysis.program, &plain, seed, n_inputs);
    for (n, input) in inputs.iter().enumerate() {
        let payload = payload(&input.packet, n);
        let expected = group.expected(&plain, &mut state, &payload, n);
        group.send(&payload, n).map_err(|error| format!("datagram {n}: {error}"))?;
        group.check(expected, &payload).map_err(|what| format!("datagram {n}: {what}"))?;
        counts.n_sent += 1;
        counts.n_large += u64::from(payload.len() > 16_384 || n % 8 == 3);
        counts.verdicts[match expected {
            Decision::Pass => 0,
            Decision::Drop => 1,
            _ => 2,
        }] += 1;
    }
    let mut left = State::new(plain.module());
    left.sets.clone_from(&state.sets);
    Open::of(&policy, loaded).read(&mut left)?;
    match engines::contents(&left) == engines::contents(&state) {
        true => Ok(true),
        false => Err("the maps differ in the end".to_owned()),
    }
}

/// Whether the interpreter can know all that the policy asks of a datagram at the real hook.
fn is_predictable(policy: &Checked) -> bool {
    let module = policy.module();
    let known = |kind: MapKind| {
        !matches!(
            kind,
            MapKind::PerCpuState | MapKind::PerCpuArray | MapKind::LruHash | MapKind::Maglev(_)
        )
    };
    let asks = |op: &Op| {
        matches!(
            op,
            Op::Now | Op::Random(_) | Op::Cpu | Op::Meta(Meta::FlowHash | Meta::EthProtocol)
        )
    };
    let blocks = || module.funcs.iter().flat_map(|func| &func.blocks);
    // The checksum is filled in on the way, and may be only half done.
    let reads_checksum = blocks()
        .flat_map(|block| &block.insts)
        .any(|inst| matches!(inst.op, Op::Load { offset, .. } if (3..8).contains(&offset)));
    module.maps.iter().all(|map| known(map.kind))
        && !reads_checksum
        && !blocks().flat_map(|block| &block.insts).any(|inst| asks(&inst.op))
        && !blocks()
            .any(|block| matches!(block.term, Term::View { base: Base::Net | Base::Frame, .. }))
}

/// What stands behind the UDP header; now and then more than the linear area holds.
fn payload(packet: &Packet, n: usize) -> Vec<u8> {
    let start = packet.transport as usize + UDP_BYTES;
    let mut payload = packet.frame.get(start..).unwrap_or_default().to_vec();
    if n % 16 == 5 {
        payload.resize(20_000 + n, n as u8);
    }
    payload
}

/// Sockets of one port, and clients with flows of their own.
struct Group {
    workers: Vec<UdpSocket>,
    clients: Vec<UdpSocket>,
}

impl Group {
    fn new(ip: IpAddr, n_sockets: u32) -> std::io::Result<Group> {
        let worker = |_| {
            let socket = testing::reuseport_udp((ip, PORT).into())?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let client = |_| {
            let socket = UdpSocket::bind((ip, 0))?;
            socket.connect((ip, PORT))?;
            Ok(socket)
        };
        let workers = (0..n_sockets).map(worker).collect::<std::io::Result<_>>()?;
        let clients = (0..3).map(client).collect::<std::io::Result<_>>()?;
        Ok(Group { workers, clients })
    }

    fn client(&self, n: usize) -> &UdpSocket {
        &self.clients[n % self.clients.len()]
    }

    /// What the interpreter says of a datagram.
    fn expected(&self, policy: &Checked, state: &mut State, payload: &[u8], n: usize) -> Decision {
        let port = self.client(n).local_addr().map_or(0, |address| address.port());
        let is_ipv4 = self.workers[0].local_addr().is_ok_and(|address| address.is_ipv4());
        let length = ((payload.len() + UDP_BYTES) as u16).to_be_bytes();
        let net = if is_ipv4 { 20 } else { 40 };
        let mut frame = vec![0; net];
        frame.extend(port.to_be_bytes());
        frame.extend(PORT.to_be_bytes());
        frame.extend([length[0], length[1], 0, 0]);
        frame.extend(payload);
        let packet = Packet {
            frame,
            net: 0,
            transport: net as u32,
            eth_protocol: if is_ipv4 { 0x0800 } else { 0x86dd },
            ip_protocol: 17,
            ..Packet::default()
        };
        let world = Scripted::default();
        interp::run_checking_facts(policy, state, &packet, &mut Playing::new(&world)).decision
    }

    fn send(&self, payload: &[u8], n: usize) -> std::io::Result<()> {
        let client = self.client(n);
        // A datagram that was dropped was answered by ICMP, and the next send would be told of it.
        client.take_error()?;
        let mut rest = payload;
        if n % 8 == 3 && payload.len() > 1 {
            // The kernel keeps what is sent later in fragments.
            let (first, second) = payload.split_at(payload.len() / 2);
            testing::send_more(client, first)?;
            rest = second;
        }
        client.send(rest).map(|_| ())
    }

    /// Whether the right socket has the datagram, and no other.
    fn check(&self, expected: Decision, payload: &[u8]) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let found = self.take().map_err(|error| error.to_string())?;
            match (found, expected) {
                // Loopback delivers while it sends: what has not come by now was dropped.
                (None, Decision::Drop) => return Ok(()),
                (None, _) if began.elapsed() < LIMIT => std::thread::yield_now(),
                (None, expected) => return Err(format!("{expected:?}, but no socket has it")),
                (Some((_, bytes)), _) if bytes != payload => {
                    return Err(format!("{} bytes came, not those sent", bytes.len()));
                }
                (Some(_), Decision::Pass) => return Ok(()),
                (Some((slot, _)), Decision::Slot(_, wanted)) if slot == wanted => return Ok(()),
                (Some((slot, _)), expected) => {
                    return Err(format!("{expected:?}, but the socket of slot {slot} has it"));
                }
            }
        }
    }

    fn take(&self) -> std::io::Result<Option<(u32, Vec<u8>)>> {
        let mut buffer = vec![0; 1 << 16];
        for (slot, worker) in (0..).zip(&self.workers) {
            match worker.recv(&mut buffer) {
                Ok(n) => return Ok(Some((slot, buffer[..n].to_vec()))),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}
