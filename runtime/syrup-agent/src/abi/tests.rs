//! The layouts, frozen: what gcc says of the header on x86-64.

use super::*;
use std::mem::{align_of, offset_of};

macro_rules! frozen {
    ($ty:ty, $size:expr, $align:expr, { $($field:ident @ $offset:expr),* $(,)? }) => {
        assert_eq!((size_of::<$ty>(), align_of::<$ty>()), ($size, $align), stringify!($ty));
        $(assert_eq!(offset_of!($ty, $field), $offset,
            concat!(stringify!($ty), ".", stringify!($field)));)*
    };
}

#[test]
fn arguments_of_ioctls() {
    frozen!(AgentWakeup, 8, 4, { cpu @ 0, prio @ 4 });
    frozen!(MsgSrc, 16, 8, { kind @ 0, arg @ 8 });
    frozen!(SwInfo, 8, 4, { id @ 0, index @ 4 });
    frozen!(IocSwGetInfo, 24, 8, { request @ 0, response @ 16 });
    frozen!(IocCreateQueue, 24, 8, { elems @ 0, node @ 4, flags @ 8, mapsize @ 16 });
    frozen!(IocAssocQueue, 32, 8, { fd @ 0, src @ 8, barrier @ 24, flags @ 28 });
    frozen!(IocConfigQueueWakeup, 24, 8, { qfd @ 0, w @ 8, ninfo @ 16, flags @ 20 });
    frozen!(IocGetCpuTime, 16, 8, { gtid @ 0, runtime @ 8 });
    frozen!(IocCommitTxn, 16, 8, { mask_ptr @ 0, mask_len @ 8, flags @ 12 });
    frozen!(TimerfdGhost, 24, 8, { cpu @ 0, flags @ 4, kind @ 8, cookie @ 16 });
    frozen!(IocTimerfdSettime, 48, 8, {
        timerfd @ 0, flags @ 4, in_tmr @ 8, out_tmr @ 16, timerfd_ghost @ 24,
    });
    frozen!(IocRun, 24, 8, {
        gtid @ 0, agent_barrier @ 8, task_barrier @ 12, run_cpu @ 16, run_flags @ 20,
    });
}

#[test]
fn shared_memory() {
    frozen!(SwRegionHeader, 64, 64, {
        version @ 0, id @ 4, numa_node @ 8, start @ 12, capacity @ 16, available @ 20,
    });
    frozen!(StatusWord, 32, 32, {
        barrier @ 0, flags @ 4, gtid @ 8, switch_time @ 16, runtime @ 24,
    });
    frozen!(QueueHeader, 64, 64, { version @ 0, start @ 4, nelems @ 8 });
    frozen!(Ring, 12, 4, { head @ 0, tail @ 4, overflow @ 8 });
    frozen!(MsgHeader, 8, 4, { kind @ 0, length @ 2, seqnum @ 4 });
    frozen!(Txn, 64, 64, {
        version @ 0, cpu @ 4, state @ 8, agent_barrier @ 12, task_barrier @ 16, run_flags @ 20,
        commit_flags @ 22, pad @ 23, gtid @ 24, commit_time @ 32, cpu_seqnum @ 40,
        sync_group_owner @ 48,
    });
    frozen!(CpuData, 4096, 4096, { txn @ 0 });
    assert_eq!(RING_MSGS_OFFSET, 76);
    assert_eq!(WORDS_BYTES.next_multiple_of(4096), 2 << 20, "a region is 2 MiB");
    let largest = RING_MSGS_OFFSET + (SLOT_BYTES * QUEUE_ELEMS_MAX) as usize;
    assert_eq!(largest.next_multiple_of(4096), 528_384);
}

#[test]
fn ioctl_numbers() {
    let numbers = [
        (Ioctl::Null, 0x0000_6700),
        (Ioctl::SwGetInfo, 0xC018_6701),
        (Ioctl::SwFree, 0x4008_6702),
        (Ioctl::CreateQueue, 0xC018_6703),
        (Ioctl::AssocQueue, 0x4020_6704),
        (Ioctl::SetDefaultQueue, 0x4004_6705),
        (Ioctl::ConfigQueueWakeup, 0x4018_6706),
        (Ioctl::GetCpuTime, 0xC010_6707),
        (Ioctl::CommitTxn, 0x4010_6708),
        (Ioctl::SyncGroupTxn, 0x4010_6709),
        (Ioctl::TimerfdSettime, 0xC030_670A),
        (Ioctl::Run, 0x4018_670B),
    ];
    for (ioctl, number) in numbers {
        assert_eq!(ioctl as u32, number, "{ioctl:?}");
    }
}

#[test]
fn transaction_states() {
    let names = [
        (State::Complete, 0x8000_0000_u32),
        (State::Aborted, 0x8000_0001),
        (State::TargetOncpu, 0x8000_0002),
        (State::TargetStale, 0x8000_0003),
        (State::TargetNotFound, 0x8000_0004),
        (State::TargetNotRunnable, 0x8000_0005),
        (State::AgentStale, 0x8000_0006),
        (State::CpuOffline, 0x8000_0007),
        (State::CpuUnavail, 0x8000_0008),
        (State::InvalidFlags, 0x8000_0009),
        (State::InvalidTarget, 0x8000_000A),
        (State::NotPermitted, 0x8000_000B),
        (State::InvalidCpu, 0x8000_000C),
        (State::NoAgent, 0x8000_000D),
        (State::UnsupportedVersion, 0x8000_000E),
        (State::Poisoned, 0x8000_000F),
    ];
    for (state, number) in names {
        assert_eq!(state as i32 as u32, number, "{state:?}");
        assert_eq!(State::by_number(number as i32), Some(state));
    }
    assert_eq!(State::Ready as i32, i32::MAX);
    assert_eq!(State::by_number(State::Ready as i32), None, "an open one is not final");
    assert_eq!(State::by_number(3), None, "one that a CPU has claimed is not final");
    assert_eq!(State::by_number(i32::MIN + 16), None);
}

#[test]
fn messages() {
    let sizes: Vec<(u16, u16)> = MsgType::ALL.iter().map(|row| (row.0 as u16, row.1)).collect();
    let task = [
        (64, 16),
        (65, 32),
        (66, 32),
        (67, 48),
        (68, 40),
        (69, 40),
        (70, 24),
        (71, 32),
        (72, 8),
        (73, 32),
        (74, 16),
        (75, 16),
    ];
    let cpu = [(128, 8), (129, 24), (130, 16), (131, 4), (132, 4), (133, 4), (134, 4)];
    assert_eq!(sizes, [&task[..], &cpu[..]].concat());
    assert_eq!(MsgType::by_number(76), None);
}

#[test]
fn a_new_task_of_an_older_layout() {
    // Version 84 has no `agent_data`: the message ends after 40 bytes.
    let mut payload = Payload::default();
    payload.0[0] = 7;
    payload.0[1] = 1 << 9;
    payload.0[6] = 1;
    payload.0[7] = -5_i32 as u32;
    payload.0[9] = 33;
    let header = MsgHeader { kind: 67, length: 48, seqnum: 1 };
    let (gtid, message) = decode(header, &payload).expect("a known type");
    assert_eq!(tid_of(gtid), 1);
    let word = SwInfo { id: 0, index: 33 };
    assert_eq!(message, Message::New { runnable: true, nice: -5, word });
    assert_eq!(decode(MsgHeader { kind: 99, ..header }, &payload), None);
}

#[test]
fn flags_of_words() {
    use flags::*;
    let all = [INUSE, CANFREE, ALLOCATED, CPU_AVAIL, BOOST_PRIO, ONCPU, RUNNABLE, IS_AGENT];
    assert_eq!(all, [1, 2, 4, 0x100, 0x200, 0x1_0000, 0x2_0000, 0x4_0000]);
    assert_eq!(MSG_GATED, 0x8_0000);
}
