//! Made-up policies in the kernel: accepted, within the bound, and of the interpreter's meaning.
//!
//! `SYRUP_FUZZ_SEEDS=FROM..TO` runs other seeds than the default ones.

use crate::common::{self, differ, generate};
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::Sources;
use syrup_ebpf::{Choices, Manner, PacketAccess};
use syrup_ir::Checked;

fn seeds() -> std::ops::Range<u64> {
    let given = std::env::var("SYRUP_FUZZ_SEEDS").ok();
    let parsed = given
        .as_deref()
        .and_then(|text| text.split_once(".."))
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    parsed.unwrap_or(0..40)
}

fn try_one(policy: &Checked, options: EmitOptions, manner: Manner) -> Result<(), String> {
    // Made-up policies may be expensive; the kernel's own limit is the judge here.
    let profile = syrup_ir::Profile { verifier_insns_max: u64::MAX, ..common::profile() };
    let emitted = syrup_ebpf::emit_with(policy, &profile, options, &Sources::new(), manner);
    let artifact = emitted.map_err(|errors| format!("{errors:?}"))?;
    let loaded = differ::load(&artifact)?;
    differ::compare(policy, &loaded, 77, 25)
}

#[test]
fn large_policies_are_emitted_or_refused() {
    // Register allocation is checked by regalloc2's own checker in debug builds, and our invariants
    // stop the test where one is broken.
    let options = EmitOptions { counters: true, twin: true };
    let mut n_emitted = 0;
    for seed in 0..16 {
        let policy = common::checked(generate::sized(seed, 20 + 6 * seed as u32));
        let emitted = syrup_ebpf::Ebpf.emit(&policy, &common::profile(), options, &Sources::new());
        match emitted {
            Ok(artifact) => {
                n_emitted += 1;
                assert!(!syrup_ebpf::elf(&artifact).is_empty());
            }
            Err(errors) => assert!(!errors.is_empty()),
        }
    }
    assert!(n_emitted > 3, "only {n_emitted} were emitted");
}

#[test]
fn made_up_policies_mean_the_same() {
    if let Err(reason) = syrup_load::testing::privileged() {
        syrup_load::testing::skip("made_up_policies_mean_the_same", &reason);
        return;
    }
    for seed in seeds() {
        let options = EmitOptions { counters: seed % 4 == 1, twin: true };
        let access =
            if seed % 3 == 0 { PacketAccess::HelperOnly } else { PacketAccess::DirectFirst };
        let choices = if seed % 2 == 0 { Choices::Jumps } else { Choices::Straight };
        let manner = Manner { access, choices, forget: seed % 5 == 0 };
        let module = generate::module(seed);
        let text = syrup_ir::text::print(&module, Default::default());
        let plain = common::checked(module.clone());
        if let Err(error) = try_one(&plain, options, manner) {
            panic!("seed {seed}, as it is: {error}\n{text}");
        }
        let optimized = common::optimized(module);
        if let Err(error) = try_one(&optimized, options, manner) {
            panic!("seed {seed}, optimized: {error}\n{text}");
        }
    }
}
