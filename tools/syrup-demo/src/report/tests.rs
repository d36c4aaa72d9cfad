//! Snapshots of the rendered report.

use super::*;
use crate::{LoadgenCommand, N_WORKERS};

fn latencies(pairs: &[(u64, u64)]) -> Latencies {
    Latencies::from_pairs(pairs)
}

/// How many of 1,000 GETs were slow, and how many lost.
type SlowAndLost = (u64, u64);

/// A run in which `slow` of 1,000 GETs take 20 ms and `lost` were never answered.
fn measured(scenario: &Scenario, slow: u64, lost: u64) -> Measured {
    let classes = scenario.classes.iter().map(|&class| {
        let latencies = match class.op {
            GET => latencies(&[(400_000, 1_000 - slow - lost), (20_000_000, slow)]),
            _ => latencies(&[(21_000_000, 5)]),
        };
        let n_sent = if class.op == GET { 1_000 } else { 5 };
        ClassMeasured { class, n_sent, latencies }
    });
    let worker = |slot| Served { n_get: 100 * u64::from(slot) + slow, n_scan: u64::from(slot % 2) };
    Measured {
        classes: classes.collect(),
        workers: (0..N_WORKERS).map(worker).collect(),
        queue_drops: lost,
        unserved: 0,
        n_replies_lost: 0,
        lateness: latencies(&[(50_000, 1_000)]),
        realtime: true,
    }
}

fn report(name: &str, slow_and_lost: &[[SlowAndLost; 2]]) -> Report {
    let scenario = Scenario::find(name).expect("it is one of ours");
    let command = LoadgenCommand { program: "unused".into(), args: Vec::new() };
    let run = |(seed, &[default, syrup]): (u64, &[SlowAndLost; 2])| RunPair {
        seed,
        default: measured(scenario, default.0, default.1),
        syrup: measured(scenario, syrup.0, syrup.1),
    };
    let runs = (1..).zip(slow_and_lost).map(run).collect();
    let machine = Machine { n_processors: 2, kept_awake: true };
    Report::new(scenario, &Options::new(command), Place::Kernel, machine, runs)
}

/// Compares with `tests/report/<name>.txt`; `SYRUP_BLESS=1` rewrites that file instead.
fn check(name: &str, text: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report");
    let path = folder.join(name).with_extension("txt");
    if std::env::var_os("SYRUP_BLESS").is_some() {
        std::fs::write(&path, text).expect("the expectation can be written");
    }
    let expect = std::fs::read_to_string(&path).expect("the expectation is there");
    assert_eq!(text, expect, "{}", path.display());
}

#[test]
fn text_of_one_seed() {
    check("one_seed", &report("scan_avoid", &[[(150, 20), (5, 0)]]).to_text());
}

#[test]
fn text_with_users_and_medians() {
    let runs = [[(150, 20), (5, 300)], [(160, 40), (5, 310)], [(170, 30), (5, 320)]];
    check("users_and_medians", &report("token", &runs).to_text());
}

#[test]
fn json_has_the_documented_shape() {
    let runs = [[(150, 20), (5, 0)], [(160, 40), (5, 0)], [(5, 30), (0, 0)]];
    let json = report("scan_avoid", &runs).to_json();
    assert_eq!(json["policy"], "scan_avoid");
    assert_eq!(json["place"], "kernel");
    assert_eq!(json["default"]["get"]["p50_us"], 400.1);
    assert_eq!(json["default"]["get"]["p90_us"], 20_004.9);
    assert_eq!(json["syrup"]["get"]["p90_us"], 400.1);
    assert_eq!(json["syrup"]["get"]["p99_us"], 400.1);
    assert_eq!(json["default"]["dropped_pct"], 2.985);
    assert_eq!(json["syrup"]["dropped_pct"], 0.0);
    assert_eq!(json["syrup"]["per_worker"][5], 506.0);
    assert_eq!(json["runs"].as_array().map(Vec::len), Some(3));
    assert_eq!(json["runs"][2]["seed"], 3);
    assert_eq!(json["runs"][2]["default"]["dropped_pct"], 2.985);
    assert!(json["default"]["users"].is_null(), "one user needs no table");
    assert_eq!(report("token", &runs).to_json()["default"]["users"][1]["label"], "greedy");
    assert!(report("token", &runs).to_json()["default"]["scan"].is_null());
}

#[test]
fn the_drawing_has_a_line_for_each_operation_and_policy() {
    let svg = report("scan_avoid", &[[(150, 20), (5, 0)]]).to_svg().expect("there are latencies");
    assert!(svg.starts_with("<svg"));
    assert!(svg.trim_end().ends_with("</svg>"));
    for label in ["GET, kernel's default", "GET, scan_avoid", "SCAN, scan_avoid", "99.9"] {
        assert!(svg.contains(label) || svg.contains(&label.replace('\'', "&apos;")), "{label}");
    }
}

#[test]
fn without_answers_there_is_text_and_no_drawing() {
    let report = report("round_robin", &[[(0, 1_000), (0, 1_000)]]);
    assert!(report.to_text().contains("100.00"));
    assert!(matches!(report.to_svg(), Err(Error::Svg(_))));
}
