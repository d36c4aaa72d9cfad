//! The report as text: settings, a table, a histogram.
//!
//! In: a report. Out: lines of at most 80 columns, without colour.

use std::fmt::Write;

use super::{Place, Report, Summary, op_name};
use crate::{
    latency::{Latencies, Percentiles},
    options::Executor,
    request::GET,
    scenario::N_WORKERS,
};

/// Columns of a label and of a figure.
const LABEL: usize = 22;

/// See [`LABEL`].
const FIGURE: usize = 18;

/// Columns of a bar that stands for all requests.
const BAR: usize = 20;

/// Columns of running text.
const COLUMNS: usize = 78;

/// The report, ending in a newline.
pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = settings(&mut out, report);
    let _ = table(&mut out, report);
    let _ = histogram(&mut out, report);
    let _ = remarks(&mut out, report);
    out
}

fn settings(out: &mut String, report: &Report) -> std::fmt::Result {
    let load = &report.load;
    let executor = match report.executor {
        Executor::Emulated => "emulated executors",
        Executor::Spin => "spinning executors",
    };
    let place = match report.place {
        Place::Kernel => "in the kernel",
        Place::Process => "in the server's process",
    };
    let name = report.scenario.name;
    writeln!(out, "{name} {place}: {N_WORKERS} workers, {executor}, times x{}", report.scale)?;
    let rate = thousands(load.rate_rps);
    write!(out, "{rate} requests/s for {} s: ", report.seconds)?;
    for (i, class) in report.scenario.classes.iter().enumerate() {
        let comma = if i > 0 { ", " } else { "" };
        let op = op_name(class.op);
        let what = if class.label == op { op.to_owned() } else { format!("{op} {}", class.label) };
        let service = duration(load.service_ns(class.op));
        write!(out, "{comma}{} % {what} ({service})", class.share * 100.0)?;
    }
    writeln!(out)?;
    match report.runs.as_slice() {
        [run] => writeln!(out, "seed {}", run.seed)?,
        runs => writeln!(out, "medians over {} seeds", runs.len())?,
    }
    writeln!(out)
}

fn table(out: &mut String, report: &Report) -> std::fmt::Result {
    let (default, syrup) = (report.default_summary(), report.syrup_summary());
    row(out, "", "kernel's default", report.scenario.name, "ratio")?;
    percentiles(out, "GET", default.get, syrup.get)?;
    percentiles(out, "SCAN", default.scan, syrup.scan)?;
    let pct = |value: f64| format!("{value:.2}");
    row(out, "dropped, %", &pct(default.dropped_pct), &pct(syrup.dropped_pct), "")?;
    let queue = [default.queue_dropped_pct, syrup.queue_dropped_pct].map(pct);
    row(out, "  by full queues, %", &queue[0], &queue[1], "")?;
    if default.unserved_pct > 0.0 || syrup.unserved_pct > 0.0 {
        let unserved = [default.unserved_pct, syrup.unserved_pct].map(pct);
        row(out, "  unserved at end, %", &unserved[0], &unserved[1], "")?;
    }
    for (default, syrup) in default.users.iter().zip(&syrup.users) {
        let label = format!("{}: dropped, %", default.label);
        row(out, &label, &pct(default.dropped_pct), &pct(syrup.dropped_pct), "")?;
        percentiles(out, default.label, default.latency, syrup.latency)?;
    }
    writeln!(out)?;
    for slot in 0..default.per_worker.len() {
        let label = format!("worker {slot}");
        row(out, &label, &served(&default, slot), &served(&syrup, slot), "")?;
    }
    writeln!(out)
}

/// Requests that a worker served, with the SCANs among them if there are any at all.
fn served(summary: &Summary, slot: usize) -> String {
    let at = |counts: &[f64]| thousands(counts.get(slot).copied().unwrap_or(0.0));
    match summary.scan {
        Some(_) => {
            format!("{} ({} SCAN)", at(&summary.per_worker), at(&summary.per_worker_scan))
        }
        None => at(&summary.per_worker),
    }
}

fn percentiles(
    out: &mut String,
    label: &str,
    default: Option<Percentiles>,
    syrup: Option<Percentiles>,
) -> std::fmt::Result {
    if default.is_none() && syrup.is_none() {
        return Ok(());
    }
    let named = |p: Percentiles| {
        let Percentiles { p50_us, p90_us, p99_us, p999_us } = p;
        [("p50", p50_us), ("p90", p90_us), ("p99", p99_us), ("p99.9", p999_us)]
    };
    for i in 0..4 {
        let figure = |p: Option<Percentiles>| p.map(|p| named(p)[i].1);
        let name = named(Percentiles::default())[i].0;
        let (default, syrup) = (figure(default), figure(syrup));
        let text = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), thousands);
        let ratio = match (default, syrup) {
            (Some(default), Some(syrup)) if syrup > 0.0 => format!("{:.1}", default / syrup),
            _ => String::new(),
        };
        row(out, &format!("{label} {name}, us"), &text(default), &text(syrup), &ratio)?;
    }
    Ok(())
}

fn row(out: &mut String, label: &str, left: &str, right: &str, ratio: &str) -> std::fmt::Result {
    let line = format!("{label:<LABEL$}{left:>FIGURE$}{right:>FIGURE$}{ratio:>8}");
    writeln!(out, "{}", line.trim_end())
}

/// Shares of GETs by latency, in intervals that end at 1, 2 and 5 times a power of ten.
fn histogram(out: &mut String, report: &Report) -> std::fmt::Result {
    let (default, syrup) = report.merged(GET);
    let ranges = [default.range_ns(), syrup.range_ns()];
    let lowest_ns = ranges.iter().flatten().map(|range| range.0).min();
    let highest_ns = ranges.iter().flatten().map(|range| range.1).max();
    let (Some(lowest_ns), Some(highest_ns)) = (lowest_ns, highest_ns) else { return Ok(()) };
    let name = report.scenario.name;
    writeln!(out, "{:<LABEL$}{:<w$}{name}", "GETs by latency", "kernel's default", w = BAR + 9)?;
    let mut from_ns = 0;
    for to_ns in interval_ends_ns() {
        if to_ns > lowest_ns {
            let bars = [&default, &syrup].map(|latencies| bar(latencies, from_ns, to_ns));
            let label = format!("below {}", duration(to_ns));
            let line = format!("{label:<LABEL$}{:<w$}{}", bars[0], bars[1], w = BAR + 9);
            writeln!(out, "{}", line.trim_end())?;
        }
        if to_ns > highest_ns {
            break;
        }
        from_ns = to_ns;
    }
    writeln!(out)
}

/// 1 us, 2 us, 5 us, 10 us and so on, beyond the longest latency that is recorded.
fn interval_ends_ns() -> impl Iterator<Item = u64> {
    (3..13).flat_map(|power| [1, 2, 5].map(|step| step * 10u64.pow(power)))
}

/// A bar and its percentage; what is rare but there is a dot.
fn bar(latencies: &Latencies, from_ns: u64, to_ns: u64) -> String {
    let share = latencies.share_between(from_ns, to_ns);
    let n = (share * BAR as f64).round() as usize;
    match share {
        0.0 => String::new(),
        _ if n == 0 => format!(". {:.2} %", share * 100.0),
        _ => format!("{} {:.1} %", "#".repeat(n), share * 100.0),
    }
}

fn remarks(out: &mut String, report: &Report) -> std::fmt::Result {
    let (default, syrup) = (report.default_summary(), report.syrup_summary());
    let late = [default.lateness_p99_us, syrup.lateness_p99_us].map(thousands);
    let mut text = format!(
        "99 % of the requests were sent at most {} us late in the default's run, {} us in the \
         policy's; that wait is counted.",
        late[0], late[1]
    );
    if report.runs.iter().any(|run| !run.default.realtime || !run.syrup.realtime) {
        text += " Real-time scheduling was not permitted, so timers are less punctual.";
    }
    let n_processors = report.machine.n_processors;
    if report.executor == Executor::Spin && n_processors <= N_WORKERS as usize {
        text += &format!(
            " Spinning workers need a processor each: {N_WORKERS} of them and the load generator \
             shared {n_processors}."
        );
    }
    if report.machine.kept_awake {
        text += " Idle-priority threads kept the processors awake.";
    }
    wrapped(out, &text)?;
    wrapped(out, &format!("What to expect: {}", report.scenario.expect))
}

/// Breaks a paragraph into lines of at most [`COLUMNS`].
fn wrapped(out: &mut String, text: &str) -> std::fmt::Result {
    let mut column = 0;
    for word in text.split_whitespace() {
        if column > 0 && column + 1 + word.len() > COLUMNS {
            writeln!(out)?;
            column = 0;
        }
        let space = if column > 0 { " " } else { "" };
        write!(out, "{space}{word}")?;
        column += space.len() + word.len();
    }
    writeln!(out)
}

/// A whole number with separators.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digit.is_ascii_digit() {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A time with a unit that fits it.
fn duration(time_ns: u64) -> String {
    let time = time_ns as f64;
    let (value, unit) = match time_ns {
        0..1_000_000 => (time / 1e3, "us"),
        1_000_000..1_000_000_000 => (time / 1e6, "ms"),
        _ => (time / 1e9, "s"),
    };
    let text = format!("{value:.1}");
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}
