//! `update` under contention: senders on every CPU spend from one account, and a reader in user
//! space looks on. Nothing rests on timing: what was granted is counted.

use crate::group::{FAMILIES, Group, TARGETS, wait};
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use syrup_backend::EmitOptions;
use syrup_load::testing::in_namespace;
use syrup_load::{Map, Update};
use syrup_tests::emit::{artifact, target};
use syrup_wire::artifact::{CounterSpec, MapRole, Shape};

const USER: u32 = 7;
const N_SENDERS: u64 = 4;
const N_EACH: u64 = 3_000;
/// Less than is asked for, so that senders meet at the last unit.
const BUDGET: u64 = 7_000;

/// The account's two numbers, where its declaration's shape says.
struct Account<'m> {
    map: &'m Map,
    level_at: usize,
    spent_at: usize,
}

impl<'m> Account<'m> {
    fn of(group: &'m Group<std::net::UdpSocket>) -> Account<'m> {
        let is_user = |role: &MapRole| matches!(role, MapRole::User { .. });
        let (_, spec) = group.loaded.artifact.map_by(is_user).unwrap();
        let MapRole::User { value: Shape::Struct { fields, .. }, .. } = &spec.role else {
            panic!("{spec:?}")
        };
        let names: Vec<&str> = fields.iter().map(|field| field.0.as_str()).collect();
        assert_eq!(names, ["level", "spent"], "the lock is nobody's business");
        let map = group.loaded.map_named("accounts").unwrap();
        Account { map, level_at: fields[0].1 as usize, spent_at: fields[1].1 as usize }
    }

    fn read(&self) -> (u64, u64) {
        let value = self.map.lookup(&USER.to_ne_bytes()).unwrap().unwrap().remove(0);
        let number = |at: usize| u64::from_ne_bytes(value[at..at + 8].try_into().unwrap());
        assert_eq!(value[..4], [0; 4], "the lock itself is not shown");
        (number(self.level_at), number(self.spent_at))
    }

    fn write(&self, level: u64) {
        let mut value = vec![0; self.map.info().value_bytes as usize];
        value[self.level_at..self.level_at + 8].copy_from_slice(&level.to_ne_bytes());
        self.map.update(&USER.to_ne_bytes(), &[&value], Update::Any).unwrap();
    }
}

#[test]
fn senders_on_all_cpus_never_overspend() {
    let path = syrup_tests::root().join("tests/kernel/policies/buckets.syr");
    in_namespace(|| {
        for (name, ip) in TARGETS.into_iter().zip(FAMILIES) {
            let options = EmitOptions { counters: true, twin: false };
            let group = Group::udp(&artifact(&path, &target(name), options), &[], ip, 2);
            let account = Account::of(&group);
            account.write(BUDGET);
            let done = AtomicBool::new(false);
            std::thread::scope(|scope| {
                let senders: Vec<_> = (0..N_SENDERS)
                    .map(|_| {
                        let client = group.client();
                        scope.spawn(move || {
                            let mut n_sent = 0;
                            while n_sent < N_EACH {
                                match client.send(&USER.to_be_bytes()) {
                                    Ok(n) => {
                                        assert_eq!(n, 4);
                                        n_sent += 1;
                                    }
                                    // The answer to a datagram that was dropped before this one,
                                    // which was not sent then.
                                    Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                                    Err(error) => panic!("{error}"),
                                }
                            }
                        })
                    })
                    .collect();
                let reader = scope.spawn(|| {
                    let mut n_read = 0u32;
                    while !done.load(Ordering::SeqCst) || n_read == 0 {
                        let (level, spent) = account.read();
                        assert_eq!(level + spent, BUDGET, "both numbers are of one moment");
                        n_read += 1;
                    }
                });
                let sent: Vec<_> = senders.into_iter().map(|sender| sender.join()).collect();
                done.store(true, Ordering::SeqCst);
                reader.join().unwrap();
                assert!(sent.iter().all(Result::is_ok), "every sender came to its end");
            });
            wait(|| (group.n_seen() == N_SENDERS * N_EACH).then_some(()));
            assert_eq!(account.read(), (0, BUDGET));
            assert_eq!(group.count(&CounterSpec::Pass), BUDGET);
            assert_eq!(group.count(&CounterSpec::Drop), N_SENDERS * N_EACH - BUDGET);
        }
    });
}
