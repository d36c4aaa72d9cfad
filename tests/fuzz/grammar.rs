//! Texts made from the grammar itself: every production and every keyword of it.
//!
//! In: `syrupc/src/syntax/grammar.lalrpop`, read as text. Out: declarations that the grammar
//! allows, by chance; a production that was used least is used next, so that all are. What the
//! grammar allows the parser takes without a word, and analysis survives.

use crate::change::{below, pick};
use crate::survives;
use std::collections::{BTreeMap, BTreeSet};
use syrup_diag::{Code, Diagnostics, FileId};
use syrup_tests::memory::Memory;
use syrupc::testing::Rng;

/// Productions inside each other, after which the shortest way out is taken.
const DEPTH_MAX: usize = 24;

/// A symbol of a production; macros are expanded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Symbol {
    Terminal(String),
    Rule(String, Vec<Symbol>),
    Group(Vec<Symbol>),
    Optional(Box<Symbol>),
    Many(Box<Symbol>, bool),
}

/// A nonterminal: its parameters and its alternatives.
#[derive(Clone, Default)]
struct Rule {
    params: Vec<String>,
    alternatives: Vec<Vec<Symbol>>,
}

/// Reads the grammar's text.
struct Reader<'t>(&'t str);

impl Reader<'_> {
    fn skip(&mut self) {
        loop {
            self.0 = self.0.trim_start();
            if !self.0.starts_with("//") {
                return;
            }
            self.0 = self.0.split_once('\n').map_or("", |rest| rest.1);
        }
    }

    fn eat(&mut self, text: &str) -> bool {
        self.skip();
        let rest = self.0.strip_prefix(text);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn word(&mut self) -> String {
        self.skip();
        let end = self.0.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        word.to_owned()
    }

    /// Skips an action, up to the comma or brace behind it.
    fn action(&mut self) {
        let mut depth = 0;
        for (at, c) in self.0.char_indices() {
            match c {
                ',' | '}' if depth == 0 => {
                    self.0 = &self.0[at..];
                    return;
                }
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
        }
    }

    fn rules(&mut self) -> BTreeMap<String, Rule> {
        let mut rules = BTreeMap::new();
        loop {
            self.skip();
            if self.0.is_empty() {
                return rules;
            }
            self.eat("pub ");
            let name = self.word();
            let mut rule = Rule::default();
            if self.0.starts_with('<') {
                self.eat("<");
                while !self.eat(">") {
                    rule.params.push(self.word());
                    self.eat(",");
                }
            }
            // The type of what it gives.
            self.0 = self.0.split_once(" = ").map_or("", |rest| rest.1);
            if self.eat("{") {
                while !self.eat("}") {
                    rule.alternatives.push(self.symbols(&["=>", ",", "}"]));
                    if self.eat("=>") {
                        self.action();
                    }
                    self.eat(",");
                }
            } else {
                rule.alternatives.push(self.symbols(&[";"]));
            }
            self.eat(";");
            rules.insert(name, rule);
        }
    }

    fn symbols(&mut self, ends: &[&str]) -> Vec<Symbol> {
        let mut found = Vec::new();
        loop {
            self.skip();
            if ends.iter().any(|end| self.0.starts_with(end)) || self.0.is_empty() {
                return found;
            }
            found.extend(self.symbol());
        }
    }

    /// A symbol, perhaps with a name in front; nothing for a position.
    fn symbol(&mut self) -> Option<Symbol> {
        if self.eat("<") {
            self.eat("mut ");
            let start = self.0;
            self.word();
            if !self.eat(":") {
                self.0 = start;
            }
            let symbol = self.symbol();
            assert!(self.eat(">"), "no `>` before {:.40}", self.0);
            return symbol;
        }
        if self.eat("@L") || self.eat("@R") {
            return None;
        }
        let mut symbol = if self.eat("\"") {
            let (text, rest) = self.0.split_once('"').expect("the terminal ends");
            self.0 = rest;
            Symbol::Terminal(text.to_owned())
        } else if self.eat("(") {
            let symbols = self.symbols(&[")"]);
            self.eat(")");
            Symbol::Group(symbols)
        } else {
            let name = self.word();
            assert!(!name.is_empty(), "no symbol at {:.40}", self.0);
            let mut args = Vec::new();
            if self.0.starts_with('<') {
                self.eat("<");
                while !self.eat(">") {
                    args.extend(self.symbol());
                    self.eat(",");
                }
            }
            Symbol::Rule(name, args)
        };
        for sign in ['?', '*', '+'] {
            if self.0.starts_with(sign) {
                self.0 = &self.0[1..];
                symbol = match sign {
                    '?' => Symbol::Optional(Box::new(symbol)),
                    sign => Symbol::Many(Box::new(symbol), sign == '+'),
                };
            }
        }
        Some(symbol)
    }
}

/// Replaces the parameters of a macro.
fn bind(symbol: &Symbol, env: &BTreeMap<&str, &Symbol>) -> Symbol {
    let all = |list: &[Symbol]| list.iter().map(|symbol| bind(symbol, env)).collect();
    match symbol {
        Symbol::Terminal(_) => symbol.clone(),
        Symbol::Rule(name, args) => match env.get(name.as_str()) {
            Some(bound) => (*bound).clone(),
            None => Symbol::Rule(name.clone(), all(args)),
        },
        Symbol::Group(list) => Symbol::Group(all(list)),
        Symbol::Optional(inner) => Symbol::Optional(Box::new(bind(inner, env))),
        Symbol::Many(inner, some) => Symbol::Many(Box::new(bind(inner, env)), *some),
    }
}

/// The alternatives of a rule that stand for text, each with its number in the grammar.
type Alternatives = Vec<(usize, Vec<Symbol>)>;

/// The grammar with macros expanded, and what was used of it.
struct Grammar {
    rules: BTreeMap<String, Rule>,
    /// What declarations are made of.
    expanded: BTreeMap<Symbol, Alternatives>,
    /// How many rules stand inside each other at least.
    heights: BTreeMap<Symbol, usize>,
    /// How often each alternative was taken.
    taken: BTreeMap<(String, usize), u32>,
    terminals: BTreeSet<String>,
}

impl Grammar {
    fn read() -> Grammar {
        let path = syrup_tests::root().join("syrupc/src/syntax/grammar.lalrpop");
        let text = std::fs::read_to_string(path).expect("the grammar is there");
        let start = text.find("pub Root").expect("the grammar has a root");
        let rules = Reader(&text[start..]).rules();
        assert!(rules.len() > 60, "only {} rules were read", rules.len());
        let (expanded, heights) = (BTreeMap::new(), BTreeMap::new());
        let (taken, terminals) = (BTreeMap::new(), BTreeSet::new());
        let mut grammar = Grammar { rules, expanded, heights, taken, terminals };
        grammar.expand(&Symbol::Rule("Item".to_owned(), Vec::new()));
        grammar.measure();
        grammar
    }

    fn expand(&mut self, symbol: &Symbol) {
        match symbol {
            Symbol::Terminal(_) => {}
            Symbol::Group(list) => list.iter().for_each(|s| self.expand(s)),
            Symbol::Optional(inner) | Symbol::Many(inner, _) => self.expand(inner),
            Symbol::Rule(name, args) => {
                if !self.expanded.contains_key(symbol) {
                    let found = self.alternatives(name, args);
                    self.expanded.insert(symbol.clone(), found.clone());
                    found.iter().flat_map(|row| &row.1).for_each(|s| self.expand(s));
                }
            }
        }
    }

    /// The alternatives of a rule that stand for text: `#` marks what the parser repaired.
    fn alternatives(&self, name: &str, args: &[Symbol]) -> Alternatives {
        let rule = self.rules.get(name).unwrap_or_else(|| panic!("no rule {name}"));
        let env = rule.params.iter().map(String::as_str).zip(args).collect();
        let is_text = |list: &Vec<Symbol>| {
            !list.iter().any(|s| matches!(s, Symbol::Terminal(text) if text.starts_with('#')))
        };
        let list = rule.alternatives.iter().enumerate().filter(|row| is_text(row.1));
        list.map(|(at, list)| (at, list.iter().map(|s| bind(s, &env)).collect())).collect()
    }

    /// Finds heights: what is not known yet is higher than everything.
    fn measure(&mut self) {
        loop {
            let mut next = BTreeMap::new();
            for (symbol, rows) in &self.expanded {
                let best = rows.iter().map(|row| self.height_of(&row.1)).min().unwrap_or(0);
                next.insert(symbol.clone(), best.saturating_add(1));
            }
            if next == self.heights {
                return;
            }
            self.heights = next;
        }
    }

    fn height_of(&self, list: &[Symbol]) -> usize {
        let one = |symbol: &Symbol| match symbol {
            Symbol::Terminal(_) | Symbol::Optional(_) | Symbol::Many(_, false) => 0,
            Symbol::Many(inner, true) => self.height_of(std::slice::from_ref(inner)),
            Symbol::Group(list) => self.height_of(list),
            Symbol::Rule(..) => self.heights.get(symbol).copied().unwrap_or(usize::MAX),
        };
        list.iter().map(one).max().unwrap_or(0)
    }

    /// Writes text for a symbol.
    fn write(&mut self, symbol: &Symbol, depth: usize, rng: &mut Rng, out: &mut String) {
        let is_deep = depth >= DEPTH_MAX;
        match symbol {
            Symbol::Terminal(text) => {
                self.terminals.insert(text.clone());
                out.push_str(&terminal(text, rng));
                out.push(' ');
            }
            Symbol::Group(list) => list.iter().for_each(|s| self.write(s, depth, rng, out)),
            Symbol::Optional(inner) => {
                if !is_deep && below(rng, 2) == 0 {
                    self.write(inner, depth, rng, out);
                }
            }
            Symbol::Many(inner, some) => {
                let n = if is_deep { 0 } else { below(rng, 3) };
                (0..n.max(usize::from(*some))).for_each(|_| self.write(inner, depth, rng, out));
            }
            Symbol::Rule(name, _) => {
                let list = &self.expanded[symbol];
                let used = |at: usize| self.taken.get(&(name.clone(), at)).copied().unwrap_or(0);
                let way = if is_deep { 3 } else { below(rng, 5) };
                let chosen = match way {
                    0 => list.iter().min_by_key(|row| used(row.0)),
                    1 | 2 => list.get(below(rng, list.len())),
                    _ => list.iter().min_by_key(|row| self.height_of(&row.1)),
                };
                let (at, symbols) = chosen.expect("a rule has alternatives").clone();
                *self.taken.entry((name.clone(), at)).or_insert(0) += 1;
                symbols.iter().for_each(|s| self.write(s, depth + 1, rng, out));
            }
        }
    }

    /// Every alternative that stands for text, of every rule but the ones a parse begins with.
    fn all(&self) -> BTreeSet<(String, usize)> {
        let names = self.rules.iter().filter(|row| *row.0 != "Root");
        let rows = names.flat_map(|(name, rule)| {
            let args = vec![Symbol::Terminal(String::new()); rule.params.len()];
            self.alternatives(name, &args).into_iter().map(move |row| (name.clone(), row.0))
        });
        rows.collect()
    }
}

/// The text of a terminal.
fn terminal(text: &str, rng: &mut Rng) -> String {
    let pool: &[&str] = match text {
        "ident" => &["x", "workers", "pkt", "udp", "tcp", "Request", "op", "u32", "le", "w", "n"],
        "int" => &["0", "1", "7", "64", "255", "2026", "65_536", "0xffff"],
        "dur" => &["5ms", "1s", "20us", "7ns"],
        "str" => &["\"a\"", "\"app/name\""],
        "bytes" => &["b\"GET\""],
        "hex" => &["hex\"00 ff\""],
        other => return other.to_owned(),
    };
    pick(rng, pool).to_owned()
}

#[test]
fn every_production_is_parsed_and_survives() {
    let mut grammar = Grammar::read();
    let (files, mut wrong) = (Memory::default(), Vec::new());
    for seed in 0..400 * crate::rounds() {
        let mut rng = Rng::new(seed);
        let mut text = "edition 2026;\n".to_owned();
        let item = Symbol::Rule("Item".to_owned(), Vec::new());
        grammar.write(&item, 0, &mut rng, &mut text);
        let mut diags = Diagnostics::new();
        syrupc::syntax::parse(FileId(0), &text, &mut diags);
        // A text from a grammar may be deeper than the compiler goes, and statements within an
        // attribute are no use to anybody: a `;` in one ends it, so that a forgotten `)` does not
        // swallow what follows.
        let is_known = |code| code == Code::E0004 || text.contains('@');
        let mut others = diags.iter().filter(|diagnostic| !is_known(diagnostic.code));
        if let Some(diagnostic) = others.next() {
            wrong.push(format!("{}: {}\n{text}", diagnostic.code, diagnostic.message));
        }
        survives(&text, &files);
    }
    wrong.sort_by_key(String::len);
    wrong.truncate(5);
    assert!(
        wrong.is_empty(),
        "the parser refuses what the grammar allows:\n{}",
        wrong.join("\n\n")
    );
    let all = grammar.all();
    let missed: Vec<_> = all.iter().filter(|row| !grammar.taken.contains_key(*row)).collect();
    assert!(missed.is_empty(), "never used: {missed:?}");
    let tokens = include_str!("../../syrupc/src/syntax/grammar.lalrpop");
    let named = tokens.split('"').skip(1).step_by(2).filter(|text| !text.starts_with('#'));
    let missed: BTreeSet<_> = named.filter(|text| !grammar.terminals.contains(*text)).collect();
    assert_eq!(missed, BTreeSet::from(["edition"]), "keywords that no text has");
}
