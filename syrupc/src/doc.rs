//! The documentation of a policy file: what it decides, where it runs, what it reads and keeps.
//!
//! In: an analysed file. Out: a page of headings, prose, tables and diagrams, printed as Markdown
//! or HTML. It is made from declarations and the `///` lines before them, so it says what the
//! compiler does.

mod diagram;
mod maps;
mod print;

pub use diagram::diagram;
pub use print::{html, markdown};

use crate::Analysis;
use crate::hir::{Header, Hook, Policy, Program, Type};
use crate::syntax::ast::{Item, ItemKind, LitKind};
use crate::syntax::docs_before;
use syrup_diag::Span;
use syrup_ir::{Base, Else, ExecutorKind, Interval};

/// A piece of a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// A heading; 1 is the title's level.
    Heading(u8, String),
    /// A paragraph of prose, in which `code` stands between backticks.
    Text(String),
    /// Lines as they are.
    Code(String),
    /// A table: the first row is its head.
    Table(Vec<Vec<String>>),
    /// A list.
    List(Vec<String>),
}

/// Parts in order.
pub type Page = Vec<Part>;

/// The page of a file.
pub fn page(analysis: &mut Analysis, title: &str) -> Page {
    let mut page = vec![Part::Heading(1, title.to_owned())];
    let file = analysis.file.clone();
    let items: Vec<&Item> = file.items.iter().collect();
    policies(analysis, &items, &mut page);
    executors(analysis, &items, &mut page);
    params(analysis, &items, &mut page);
    maps::maps(analysis, &items, &mut page);
    headers(analysis, &items, &mut page);
    functions(analysis, &items, &mut page);
    tests(&items, &mut page);
    page
}

/// The item's documentation, taken apart into paragraphs and blocks of code.
fn docs(analysis: &Analysis, item: &Item) -> Page {
    let text = analysis.sources.get(analysis.main).text();
    let docs = docs_before(&analysis.file, text, item.span).unwrap_or_default();
    let mut parts = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    let mut in_code = false;
    for line in docs.lines().chain([""]) {
        let is_fence = line.starts_with("```");
        if is_fence || (!in_code && line.trim().is_empty()) {
            let text = lines.join("\n");
            match in_code {
                true => parts.push(Part::Code(text)),
                false if text.is_empty() => {}
                false => parts.push(Part::Text(text)),
            }
            lines.clear();
            in_code ^= is_fence;
        } else {
            lines.push(line);
        }
    }
    // A block that nobody closed is shown all the same.
    if !lines.is_empty() {
        parts.push(Part::Code(lines.join("\n")));
    }
    parts
}

/// What the documentation says, as one line of a table.
fn summary(analysis: &Analysis, span: Span) -> String {
    let text = analysis.sources.get(analysis.main).text();
    docs_before(&analysis.file, text, span).unwrap_or_default().replace('\n', " ")
}

/// A heading, once there is something to say below it.
fn head(page: &mut Page, is_first: &mut bool, heading: &str) {
    if std::mem::replace(is_first, false) {
        page.push(Part::Heading(2, heading.to_owned()));
    }
}

fn policies(analysis: &mut Analysis, items: &[&Item], page: &mut Page) {
    for item in items {
        let ItemKind::Policy(decl) = &item.kind else { continue };
        let Some((_, policy)) = analysis.program.policy(&decl.name.text) else { continue };
        let policy = policy.clone();
        page.push(Part::Heading(2, format!("Policy `{}`", policy.name)));
        page.extend(docs(analysis, item));
        page.push(Part::Text(answers(&analysis.program, &policy)));
        let names: Vec<String> = match policy.hooks.is_empty() {
            true => vec![policy.default_hook().to_owned()],
            false => policy.hooks.iter().map(|hook| hook.0.to_string()).collect(),
        };
        let mut rows = vec![row(["hook", "decides about", "sees it from", "chooses"])];
        for name in names {
            rows.extend(analysis.hook(&name).map(|hook| hook_row(&hook)));
        }
        page.push(Part::Table(rows));
    }
}

/// What a policy answers with.
fn answers(program: &Program, policy: &Policy) -> String {
    let set = policy.set.map(|set| &program.sets[set.idx()]);
    let events: Vec<String> =
        policy.handlers.iter().map(|handler| format!("`{}`", handler.event.name())).collect();
    let chooses = match set {
        Some(set) => format!("Chooses from `{}`, or answers `pass` or `drop`.", set.name),
        None => "Answers `pass` or `drop`.".to_owned(),
    };
    let chooses = match (set, policy.is_thread()) {
        (Some(set), true) => format!("Gives threads to `{}`.", set.name),
        _ => chooses,
    };
    let events = match events.is_empty() {
        true => String::new(),
        false => format!("\nIts events: {}.", events.join(", ")),
    };
    let budget = policy.budget.as_ref().map_or_else(String::new, |(insns, _)| {
        format!("\nIts longest path may have {insns} instructions.")
    });
    format!("{chooses}{events}{budget}")
}

fn hook_row(hook: &Hook) -> Vec<String> {
    let from = match hook.begins {
        _ if !hook.packet => "",
        Base::Frame => "the Ethernet header",
        Base::Net => "the network header",
        Base::Transport => "the UDP or TCP header",
    };
    let about = if hook.packet { "packets" } else { "threads" };
    let kinds: Vec<&str> = hook.executors.iter().map(|kind| plural(*kind)).collect();
    row([&format!("`{}`", hook.name), about, from, &kinds.join(", ")])
}

fn plural(kind: ExecutorKind) -> &'static str {
    match kind {
        ExecutorKind::Socket => "sockets",
        ExecutorKind::Core => "cores",
        ExecutorKind::Queue => "receive queues",
    }
}

fn executors(analysis: &Analysis, items: &[&Item], page: &mut Page) {
    let mut rows = vec![row(["set", "holds", "where there is none", ""])];
    for item in items {
        let ItemKind::Executors(decl) = &item.kind else { continue };
        let sets = &analysis.program.sets;
        let Some(set) = sets.iter().find(|set| *set.name == *decl.name.text) else { continue };
        let kinds: Vec<&str> = set.kinds.iter().map(|kind| plural(*kind)).collect();
        let holds = format!("up to {} {}", set.capacity, kinds.join(" or "));
        let or_else = match set.or_else {
            Else::Pass => "`pass`",
            Else::Drop => "`drop`",
        };
        rows.push(row([
            &format!("`{}`", set.name),
            &holds,
            or_else,
            &summary(analysis, item.span),
        ]));
    }
    table(page, "Executors", rows);
}

fn params(analysis: &Analysis, items: &[&Item], page: &mut Page) {
    let mut rows = vec![row(["parameter", "type", "values", "default", ""])];
    for item in items {
        let ItemKind::Param(decl) = &item.kind else { continue };
        let params = &analysis.program.params;
        let Some(param) = params.iter().find(|param| *param.name == *decl.name.text) else {
            continue;
        };
        let written = |value| number(&analysis.program, &param.ty, value);
        rows.push(row([
            &format!("`{}`", param.name),
            analysis.sources.slice(decl.ty.ty.span),
            &format!("{} to {}", written(param.range.lo), written(param.range.hi)),
            &written(param.default),
            &summary(analysis, item.span),
        ]));
    }
    if rows.len() > 1 {
        table(page, "Parameters", rows);
        let how = "`syrupc deploy ... --set NAME=VALUE` gives a parameter another value.";
        page.push(Part::Text(how.to_owned()));
    }
}

/// A number as an author writes it: a duration with its unit, a case by its name.
fn number(program: &Program, ty: &Type, value: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    if let Type::Enum(id) = ty {
        let cases = &program.enums[id.idx()].info.cases;
        let case = cases.iter().find(|case| case.1 == value);
        return case.map_or_else(|| value.to_string(), |case| case.0.to_string());
    }
    if *ty != Type::Duration {
        return value.to_string();
    }
    let unit = UNITS.iter().find(|(size, _)| value > 0 && value.is_multiple_of(*size));
    unit.map_or(format!("{value}ns"), |(size, name)| format!("{}{name}", value / size))
}

fn headers(analysis: &Analysis, items: &[&Item], page: &mut Page) {
    let mut is_first = true;
    for item in items {
        let ItemKind::Header(decl) = &item.kind else { continue };
        let headers = &analysis.program.headers;
        let Some(header) = headers.iter().find(|header| *header.name == *decl.name.text) else {
            continue;
        };
        head(page, &mut is_first, "Headers");
        page.push(Part::Heading(3, format!("`{}`", header.name)));
        page.extend(docs(analysis, item));
        page.push(Part::Code(diagram(header).join("\n")));
        let rows = constraints(&analysis.program, header);
        if rows.len() > 1 {
            page.push(Part::Table(rows));
        }
    }
}

/// The values that fields must have for a header to match.
fn constraints(program: &Program, header: &Header) -> Vec<Vec<String>> {
    let mut rows = vec![row(["field", "must be"])];
    for field in &header.fields {
        let Some(bits) = field.ty.bits(program) else { continue };
        let Interval { lo, hi } = field.range;
        if matches!(field.ty, Type::Enum(_)) || (lo, hi) == (0, syrup_ir::max_of(bits)) {
            continue;
        }
        let range = if lo == hi { lo.to_string() } else { format!("{lo} to {hi}") };
        rows.push(row([&format!("`{}`", field.name), &range]));
    }
    rows
}

fn functions(analysis: &Analysis, items: &[&Item], page: &mut Page) {
    let mut rows = vec![row(["function", ""])];
    for item in items {
        let ItemKind::Fn(decl) = &item.kind else { continue };
        let end = decl.body.span.start;
        let signature = Span { end, ..decl.name.span };
        let signature = analysis.sources.slice(signature).split_whitespace();
        let signature = signature.collect::<Vec<_>>().join(" ");
        rows.push(row([&format!("`{signature}`"), &summary(analysis, item.span)]));
    }
    table(page, "Functions", rows);
}

fn tests(items: &[&Item], page: &mut Page) {
    let names = items.iter().filter_map(|item| {
        let ItemKind::Test(test) = &item.kind else { return None };
        let LitKind::Str(name) = &test.name.kind else { return None };
        Some(name.clone())
    });
    let names: Vec<String> = names.collect();
    if !names.is_empty() {
        page.push(Part::Heading(2, "What its tests say".to_owned()));
        page.push(Part::List(names));
    }
}

/// A heading with a table below, where the table has more than its head.
fn table(page: &mut Page, heading: &str, rows: Vec<Vec<String>>) {
    if rows.len() > 1 {
        page.push(Part::Heading(2, heading.to_owned()));
        page.push(Part::Table(rows));
    }
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}
