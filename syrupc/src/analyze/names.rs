//! Finding what a name means, and saying what was probably meant where it means nothing.

use super::Analyzer;
use super::scope::{Def, Symbol};
use crate::hir::{EnumId, HeaderId};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span};

impl Analyzer<'_> {
    /// What a name means in a file; a standard header of that name needs no `use`.
    pub(crate) fn lookup(&mut self, unit: usize, name: &str) -> Option<Def> {
        if let Some(symbol) = self.units.list[unit].scope.get(name) {
            return Some(symbol.def);
        }
        match name {
            "Flow" => self.prelude_flow(),
            _ => self.prelude_header(name).map(Def::Header),
        }
    }

    /// The struct that `pkt.flow` gives, of the standard library's `types/flow.syr`.
    fn prelude_flow(&mut self) -> Option<Def> {
        let unit = self.units.std_file("types", "flow", self.sources, self.diags)?;
        self.ensure_declared(unit);
        self.units.list[unit].scope.get("Flow").map(|symbol| symbol.def)
    }

    /// The type of `pkt.flow`, where it is there.
    pub(crate) fn flow_type(&mut self) -> Option<crate::hir::Type> {
        match self.prelude_flow()? {
            Def::Struct(id) => Some(crate::hir::Type::Struct(id)),
            _ => None,
        }
    }

    /// The standard header whose file has its own name: `udp`, `ipv4`.
    pub(crate) fn prelude_header(&mut self, name: &str) -> Option<HeaderId> {
        let unit = self.units.std_file("headers", name, self.sources, self.diags)?;
        self.ensure_declared(unit);
        match self.units.list[unit].scope.get(name)?.def {
            Def::Header(id) => Some(id),
            _ => None,
        }
    }

    /// What a dotted path means; reports what cannot be found.
    pub(crate) fn resolve(&mut self, unit: usize, path: &ast::Path) -> Option<Def> {
        let first = &path.parts[0];
        let Some(mut def) = self.lookup(unit, &first.text) else {
            let message = format!("there is no `{}` here", first.text);
            self.unknown(unit, Code::E0101, first.span, message, &first.text);
            return None;
        };
        for part in &path.parts[1..] {
            let Def::Unit(inner) = def else {
                let message = format!("`{}` is {}, not a file", first.text, def.noun());
                self.diags.push(Diagnostic::error(Code::E0101, part.span, message));
                return None;
            };
            def = self.member(inner, part)?;
        }
        Some(def)
    }

    /// A public name of another file.
    pub(crate) fn member(&mut self, unit: usize, name: &ast::Name) -> Option<Def> {
        self.ensure_declared(unit);
        let path = self.units.list[unit].path.clone();
        let Some(&Symbol { def, span, public }) = self.units.list[unit].scope.get(&name.text)
        else {
            let message = format!("`{path}` declares no `{}`", name.text);
            self.unknown(unit, Code::E0106, name.span, message, &name.text);
            return None;
        };
        if !public {
            self.diags.push(
                Diagnostic::error(
                    Code::E0113,
                    name.span,
                    format!("`{}` is private to `{path}`", name.text),
                )
                .also(span, "declared here without `pub`"),
            );
            return None;
        }
        Some(def)
    }

    /// Reports an unknown name, with the nearest known one.
    pub(crate) fn unknown(
        &mut self,
        unit: usize,
        code: Code,
        span: Span,
        message: String,
        name: &str,
    ) {
        let mut diagnostic = Diagnostic::error(code, span, message);
        let scope = self.units.list[unit].scope.keys().map(String::as_str);
        let headers = syrup_stdlib::folder("headers").map(|(name, _)| name);
        let known = scope.chain(headers).chain(WORDS.iter().copied());
        // What another file declares is all that can be meant by its member.
        let known = known.take(if code == Code::E0106 {
            self.units.list[unit].scope.len()
        } else {
            usize::MAX
        });
        if let Some(near) = nearest(name, known) {
            diagnostic = diagnostic.replace(format!("did you mean `{near}`?"), span, near);
        } else if let Some(text) = c_habit(name) {
            diagnostic = Diagnostic::error(Code::E0009, span, format!("`{name}` is not needed"))
                .help(text.to_owned());
        }
        self.diags.push(diagnostic);
    }

    /// The number of an enum's case.
    pub(crate) fn case(&self, id: EnumId, name: &str) -> Option<u64> {
        let info = &self.program.enums[id.idx()].info;
        info.cases.iter().find(|(case, _)| &**case == name).map(|&(_, number)| number)
    }

    /// The enums of a scope that have a case of this name.
    pub(crate) fn enums_with_case(&self, unit: usize, name: &str) -> Vec<EnumId> {
        let scope = &self.units.list[unit].scope;
        let mut found: Vec<EnumId> = scope
            .values()
            .filter_map(|symbol| match symbol.def {
                Def::Enum(id) if self.case(id, name).is_some() => Some(id),
                _ => None,
            })
            .collect();
        found.dedup();
        found
    }
}

/// Words of the language that are neither keywords nor declared anywhere.
const WORDS: &[&str] =
    &["pass", "drop", "now", "random", "min", "max", "low32", "high32", "mul_sat"];

/// What to say to those who come from C.
fn c_habit(name: &str) -> Option<&'static str> {
    match name {
        "ntohs" | "ntohl" | "htons" | "htonl" | "be16toh" | "be32toh" | "bpf_ntohs"
        | "bpf_htons" | "bpf_ntohl" | "bpf_htonl" => {
            Some("fields declared `be<...>` are read as numbers; write the field alone")
        }
        "NULL" | "nullptr" | "null" => {
            Some("a missing entry is answered with `else`: `m[k] else return pass`")
        }
        "sizeof" => Some("a header's length is checked by matching it"),
        "data_end" | "pkt_end" => {
            Some("a packet that is too short does not match; no check is needed")
        }
        _ => None,
    }
}

/// The width of what C calls an integer.
pub(crate) fn c_integer(name: &str) -> Option<u8> {
    let name = name.strip_suffix("_t").unwrap_or(name);
    match name.strip_prefix("__").unwrap_or(name) {
        "uint8" | "int8" | "char" | "byte" => Some(8),
        "uint16" | "int16" | "short" | "be16" => Some(16),
        "uint" | "uint32" | "int" | "int32" | "be32" => Some(32),
        "uint64" | "int64" | "long" | "size" | "usize" | "be64" => Some(64),
        _ => None,
    }
}

/// The known name nearest to a mistyped one: at most a third of it differs.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    let most = (name.len() / 3).max(1);
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|&(d, candidate)| d <= most && d < candidate.len())
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

/// Edits (insert, delete, replace, swap of neighbours, case) from one word to another.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_lowercase().into_bytes(), b.to_lowercase().into_bytes());
    if a.len().abs_diff(b.len()) > 3 || a.len() > 64 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        rows[i][0] = i;
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best =
                (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_finds_its_word() {
        let known = || ["workers", "turn", "SCAN"].into_iter();
        assert_eq!(nearest("wrokers", known()).as_deref(), Some("workers"));
        assert_eq!(nearest("SACN", known()).as_deref(), Some("SCAN"));
        assert_eq!(nearest("completely", known()), None);
    }
}
