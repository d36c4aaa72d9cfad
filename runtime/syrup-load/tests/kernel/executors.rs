//! Executor slots: the kernel's rule of one slot a socket, generations, growing and shrinking.

use crate::artifacts::by_byte;
use crate::servers::local;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use syrup_load::testing::{error_of, in_namespace, plain_udp, reuseport_udp};
use syrup_load::{Executors, LoadError, LoadOptions, SetState, load};

fn sockets(n: usize) -> Vec<UdpSocket> {
    (0..n).map(|_| reuseport_udp(local(9000)).unwrap()).collect()
}

fn executors() -> Executors {
    Executors::of(&load(&by_byte(), &LoadOptions::default()).unwrap(), 0).unwrap()
}

#[test]
fn a_socket_can_be_in_one_slot_only() {
    in_namespace(|| {
        let (set, other, sockets) = (executors(), executors(), sockets(2));
        set.fill_socket_slot(0, sockets[0].as_fd()).unwrap();
        set.fill_socket_slot(1, sockets[1].as_fd()).unwrap();
        for error in [
            error_of(set.fill_socket_slot(1, sockets[0].as_fd())),
            error_of(set.fill_socket_slot(2, sockets[0].as_fd())),
            error_of(other.fill_socket_slot(0, sockets[0].as_fd())),
        ] {
            assert!(matches!(error, LoadError::Busy(_)), "{error}");
            assert!(error.to_string().contains("one slot only"), "{error}");
        }
        // Filling a slot with what is in it changes nothing.
        let generation = set.state().generation(0).unwrap();
        set.fill_socket_slot(0, sockets[0].as_fd()).unwrap();
        assert_eq!(set.state().generation(0).unwrap(), generation);
        set.clear_slot(0).unwrap();
        other.fill_socket_slot(0, sockets[0].as_fd()).unwrap();
    });
}

#[test]
fn a_generation_is_good_for_one_socket() {
    in_namespace(|| {
        let (set, sockets) = (executors(), sockets(2));
        assert_eq!(set.state().generation(0).unwrap(), 0);
        set.fill_socket_slot(0, sockets[0].as_fd()).unwrap();
        let first = set.state().generation(0).unwrap();
        set.clear().unwrap();
        assert_eq!((set.state().generation(0).unwrap(), set.state().n_slots().unwrap()), (0, 0));
        set.fill_socket_slot(0, sockets[1].as_fd()).unwrap();
        let second = set.state().generation(0).unwrap();
        assert!(first != 0 && second != 0 && first != second, "{first} {second}");
    });
}

#[test]
fn a_closed_socket_leaves_its_slot() {
    in_namespace(|| {
        let (set, mut sockets) = (executors(), sockets(2));
        set.fill_socket_slot(0, sockets[0].as_fd()).unwrap();
        set.fill_socket_slot(3, sockets[1].as_fd()).unwrap();
        let there = set.cookies().unwrap();
        assert!(there[0].is_some() && there[3].is_some() && there[1..3] == [None, None]);
        sockets.remove(0);
        assert_eq!(set.cookies().unwrap(), [None, None, None, there[3]]);
    });
}

#[test]
fn what_cannot_be_an_executor_is_refused() {
    in_namespace(|| {
        let set = executors();
        let plain = plain_udp(local(9001)).unwrap();
        let error = error_of(set.fill_socket_slot(0, plain.as_fd()));
        assert!(error.to_string().contains("SO_REUSEPORT"), "{error}");
        assert_eq!(set.state().generation(0).unwrap(), 0);
        let sockets = sockets(1);
        let error = error_of(set.fill_socket_slot(4, sockets[0].as_fd()));
        assert!(error.to_string().contains("has 4 slots and 5 are needed"), "{error}");
        assert!(set.state().set_len(5).is_err() && set.state().generation(4).is_err());
    });
}

#[test]
fn an_addition_that_fails_is_taken_back() {
    in_namespace(|| {
        let (set, other, sockets) = (executors(), executors(), sockets(6));
        let all: Vec<_> = (1u64..).zip(sockets.iter().map(AsFd::as_fd)).collect();
        let added = set.add(&all[..2]).unwrap();
        assert_eq!(
            (added.slots.as_slice(), set.state().n_slots().unwrap()),
            ([0, 1].as_slice(), 2)
        );
        let before = set.cookies().unwrap();
        // More than fit, and one that is elsewhere.
        let error = error_of(set.add(&all[2..5]));
        assert!(error.to_string().contains("has 4 slots"), "{error}");
        other.fill_socket_slot(0, sockets[3].as_fd()).unwrap();
        assert!(matches!(error_of(set.add(&all[2..4])), LoadError::Busy(_)));
        assert_eq!((set.cookies().unwrap(), set.state().n_slots().unwrap()), (before, 2));
        assert_eq!(set.state().generation(2).unwrap(), 0);
    });
}

#[test]
fn generations_can_be_set_without_sockets() {
    in_namespace(|| {
        let loaded = load(&by_byte(), &LoadOptions::default()).unwrap();
        let state = SetState::of(&loaded, 0).unwrap();
        state.set_generations(&[7, 0, 9]).unwrap();
        assert_eq!((state.n_slots().unwrap(), state.generation(2).unwrap()), (3, 9));
        assert!(state.set_generations(&[1; 5]).is_err());
        assert!(SetState::of(&loaded, 1).is_err() && Executors::of(&loaded, 1).is_err());
    });
}

#[test]
fn retaining_shortens_the_set() {
    in_namespace(|| {
        let (set, sockets) = (executors(), sockets(4));
        for (slot, socket) in (0..).zip(&sockets) {
            set.fill_socket_slot(slot, socket.as_fd()).unwrap();
        }
        set.state().set_len(4).unwrap();
        let cookies = set.cookies().unwrap();
        set.retain(|cookie| Some(cookie) == cookies[1]).unwrap();
        assert_eq!(set.cookies().unwrap(), [None, cookies[1], None, None]);
        assert_eq!((set.state().n_slots().unwrap(), set.state().generation(0).unwrap()), (2, 0));
        assert_ne!(set.state().generation(1).unwrap(), 0);
    });
}
