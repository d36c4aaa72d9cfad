//! Devices that cannot be, or belong to someone else: one sentence, and nothing is changed.

use crate::pair::{self, compile, request};
use syrup_load::testing::{error_of, in_namespace};
use syrup_load::{DeploymentState, PIN_ROOT, deploy_at_device, list, undeploy};

const PASSES: &str = "edition 2026;
@hooks(cpu_redirect, xdp)
policy passes(pkt: Packet) -> verdict { pass }";

const STEERS: &str = "edition 2026;
executors cores: core[2] else pass;
@hooks(cpu_redirect)
policy first(pkt: Packet) -> cores { cores[0] }";

#[test]
fn what_cannot_be_is_told() {
    in_namespace(|| {
        pair::make(1);
        let artifact = compile(STEERS, "cpu_redirect");
        let refused = |at: &str, cores: &[u32], parts: &[&str]| {
            let mut wanted = request(at);
            wanted.cores = cores.to_vec();
            let text = error_of(deploy_at_device(&artifact, &wanted)).to_string();
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
            assert!(!text.contains('\n'), "{text}");
            assert!(list(PIN_ROOT.as_ref()).unwrap().is_empty());
        };
        refused("cpu_redirect:none", &[], &["no device `none`", "`ip link`"]);
        refused("xdp:v0", &[], &["compiled for hook `cpu_redirect`", "`--hook xdp`"]);
        refused("cpu_redirect:v0", &[4000], &["core 4000 is not online: choose among cores 0 to"]);
        refused("cpu_redirect:v0", &[0, 0], &["core 0 is named twice"]);
        refused("cpu_redirect:lo", &[], &["the driver of lo cannot", "`--mode generic`"]);
    });
}

#[test]
fn the_program_of_someone_else_is_left_alone() {
    in_namespace(|| {
        pair::make(1);
        let artifact = compile(PASSES, "cpu_redirect");
        deploy_at_device(&artifact, &request("cpu_redirect:v0")).unwrap();
        // At the same device under another name: as if another tool had put it there.
        let text = error_of(deploy_at_device(&compile(PASSES, "xdp"), &request("xdp:v0")));
        let text = text.to_string();
        assert!(text.contains("v0 has an XDP program already: number "), "{text}");
        assert!(text.contains("`passes`, in its driver"), "{text}");
        let ids: Vec<_> =
            list(PIN_ROOT.as_ref()).unwrap().into_iter().map(|status| status.id).collect();
        assert_eq!(ids, ["cpu_redirect-v0"]);
        let busy = error_of(deploy_at_device(&artifact, &request("cpu_redirect:v0"))).to_string();
        assert!(busy.contains("replace it with `--replace`"), "{busy}");
    });
}

#[test]
fn a_device_that_goes_takes_its_policy_along() {
    in_namespace(|| {
        pair::make(1);
        deploy_at_device(&compile(STEERS, "cpu_redirect"), &request("cpu_redirect:v0")).unwrap();
        pair::ip("link del v0");
        assert_eq!(pair::status().state, DeploymentState::Gone);
        let gone = undeploy(PIN_ROOT.as_ref(), "cpu_redirect-v0").unwrap();
        assert!(!gone.detached);
        assert!(list(PIN_ROOT.as_ref()).unwrap().is_empty());
    });
}
