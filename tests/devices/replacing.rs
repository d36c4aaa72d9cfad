//! Replacing a policy while frames come in: every frame meets the old one or the new one.

use crate::pair::{self, compile, datagram, request, wait_for};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use syrup_load::testing::in_namespace;
use syrup_load::{PIN_ROOT, deploy_at_device, open_map};

/// How often the policy is replaced.
const REPLACEMENTS: u64 = 40;

/// Counts what it sees by its generation.
fn generation(n: u64) -> String {
    format!(
        "edition 2026;
        @user(write) map seen: Array<Atomic<u64>, 64>;
        @hooks(cpu_redirect)
        policy counts(pkt: Packet) -> verdict {{
            match pkt {{
                udp(dst_port: 9000) => {{
                    seen[{n}].add(1);
                    drop
                }},
                _ => pass,
            }}
        }}"
    )
}

#[test]
fn no_frame_meets_neither_the_old_nor_the_new() {
    in_namespace(|| {
        pair::make(1);
        let mut wanted = request("cpu_redirect:v0");
        let first = compile(&generation(0), "cpu_redirect");
        deploy_at_device(&first, &wanted).unwrap();
        let (seen, _) = open_map(PIN_ROOT.as_ref(), "cpu_redirect-v0", "seen").unwrap();
        wanted.replace = true;
        let (stop, sent) = (AtomicBool::new(false), AtomicU64::new(0));
        let artifacts: Vec<_> =
            (1..=REPLACEMENTS).map(|n| compile(&generation(n), "cpu_redirect")).collect();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let frames = vec![datagram(7, &[1]); 64];
                while !stop.load(Ordering::Relaxed) {
                    pair::send(0, &frames);
                    sent.fetch_add(64, Ordering::Relaxed);
                }
            });
            for artifact in &artifacts {
                let done = deploy_at_device(artifact, &wanted).unwrap();
                assert!(done.deployment.replaced);
                assert_eq!(done.deployment.kept_maps, ["seen"]);
            }
            stop.store(true, Ordering::Relaxed);
        });
        let by_generation = || -> Vec<u64> {
            (0..=REPLACEMENTS as u32)
                .map(|n| {
                    let values = seen.lookup(&n.to_ne_bytes()).unwrap().unwrap();
                    u64::from_ne_bytes(*values[0].first_chunk().unwrap())
                })
                .collect()
        };
        wait_for("every frame", || {
            by_generation().iter().sum::<u64>() == sent.load(Ordering::Relaxed)
        });
        let counts = by_generation();
        let n_used = counts.iter().filter(|count| **count > 0).count();
        assert!(n_used > 1, "all frames met one generation: {counts:?}");
    });
}
