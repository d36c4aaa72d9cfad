//! Made-up policies in the kernel: accepted, within the bound, and of the interpreter's meaning.
//!
//! `SYRUP_FUZZ_SEEDS=FROM..TO` runs other seeds than the default ones.

mod common;

use common::{differ, generate};
use syrup_backend::EmitOptions;
use syrup_diag::Sources;
use syrup_ebpf::PacketAccess;
use syrup_ir::Checked;

fn seeds() -> std::ops::Range<u64> {
    let given = std::env::var("SYRUP_FUZZ_SEEDS").ok();
    let parsed = given.as_deref().and_then(|text| text.split_once("..")).and_then(|(from, to)| {
        Some(from.parse().ok()?..to.parse().ok()?)
    });
    parsed.unwrap_or(0..150)
}

fn try_one(policy: &Checked, options: EmitOptions, access: PacketAccess) -> Result<(), String> {
    let emitted =
        syrup_ebpf::emit_with(policy, &common::profile(), options, &Sources::new(), access);
    let artifact = emitted.map_err(|errors| format!("{errors:?}"))?;
    let loaded = differ::load(&artifact)?;
    differ::compare(policy, &loaded, 77, 25)
}

#[test]
fn made_up_policies_mean_the_same() {
    if let Err(reason) = syrup_load::testing::privileged() {
        syrup_load::testing::skip("made_up_policies_mean_the_same", &reason);
        return;
    }
    let options = EmitOptions { counters: false, twin: true };
    for seed in seeds() {
        let access =
            if seed % 3 == 0 { PacketAccess::HelperOnly } else { PacketAccess::DirectFirst };
        let module = generate::module(seed);
        let text = syrup_ir::text::print(&module, Default::default());
        let plain = common::checked(module.clone());
        if let Err(error) = try_one(&plain, options, access) {
            panic!("seed {seed}, as it is: {error}\n{text}");
        }
        let optimized = common::optimized(module);
        if let Err(error) = try_one(&optimized, options, access) {
            panic!("seed {seed}, optimized: {error}\n{text}");
        }
    }
}
