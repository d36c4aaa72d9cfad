//! `syrupc deploy --at nic_rules:DEVICE`: plans, and what is said where there can be none.

use crate::command::{Folder, json, root, syrupc};

/// The policy and the listing that the reference shows.
fn reference() -> (String, String) {
    let text = std::fs::read_to_string(root().join("docs/reference/nic-rules.md")).unwrap();
    let block = |fence: &str| {
        let (_, rest) = text.split_once(fence).expect("the page has it");
        rest.split_once("```").expect("a block ends").0.to_owned()
    };
    let listing = block("```text\n");
    (block("```syrup\n"), listing.split_once('\n').expect("a prompt").1.to_owned())
}

#[test]
fn the_reference_shows_what_is_printed() {
    let (policy, listing) = reference();
    let folder = Folder::new("nic-rules");
    let file = folder.file("policy.syr", policy);
    let args = ["deploy", &file, "--at", "nic_rules:eth0", "--queues", "16", "--dry-run"];
    assert_eq!(syrupc(&args).ok(), listing);
    let (code, value) = json(&args);
    assert_eq!((code, &value["rules"]), (0, &10.into()));
    assert_eq!(value["commands"].as_array().map(Vec::len), Some(12));
    let with_tc = syrupc(&[&args[..], &["--with", "tc"]].concat());
    assert!(with_tc.code == 2 && with_tc.err.contains("--with ethtool"), "{with_tc:?}");
}

#[test]
fn a_plan_needs_a_device_and_is_not_carried_out() {
    let (policy, _) = reference();
    let folder = Folder::new("no-card");
    let file = folder.file("policy.syr", policy);
    let run = syrupc(&["deploy", &file, "--at", "nic_rules:lo"]);
    assert!(run.code == 2 && run.err.contains("--dry-run"), "{run:?}");
    for device in ["", "no-such-card", "..", "a/b"] {
        let at = format!("nic_rules:{device}");
        let run = syrupc(&["deploy", &file, "--at", &at, "--dry-run"]);
        assert!(run.code == 2 && run.err.contains("there is no network device"), "{run:?}");
    }
    let own = syrupc(&["deploy", &file, "--at", "nic_rules:lo", "--dry-run"]).ok();
    assert!(own.starts_with("# by_service on lo:"), "{own}");
}

#[test]
fn a_parameter_has_its_value_in_the_plan() {
    let folder = Folder::new("nic-param");
    let file = folder.file(
        "policy.syr",
        "edition 2026;\nexecutors q: queue[4] else pass;\nparam port: u16 in 1..=9000 = 53;\n\
         @hooks(nic_rules)\npolicy p(pkt: Packet) -> q {\n\
         match pkt { udp(dst_port) if dst_port == port => q[1], _ => pass } }\n",
    );
    let args = ["deploy", &file, "--at", "nic_rules:eth0", "--queues", "4", "--dry-run"];
    assert!(syrupc(&args).ok().contains("udp4 dst-port 53 action 1"));
    let set = |text| syrupc(&[&args[..], &["--set", text]].concat());
    assert!(set("port=80").ok().contains("udp4 dst-port 80 action 1"));
    assert!(set("port=9001").err.contains("`port` is 1 to 9000"));
    assert!(set("prot=80").err.contains("the parameters are: port"));
    let tc = syrupc(&[&args[..], &["--with", "tc"]].concat()).ok();
    assert!(tc.contains("ip_proto udp ip_flags nofrag dst_port 53 skip_sw"), "{tc}");
}
