//! The files of a compilation: finding what `use` names, once each, without circles.

use super::Files;
use super::scope::Scope;
use crate::syntax::{self, ast};
use std::collections::BTreeMap;
use std::rc::Rc;
use syrup_diag::{Code, Diagnostic, Diagnostics, Sources, Span, limits};

/// One file with its names.
pub(crate) struct Unit {
    pub file: Rc<ast::File>,
    /// The path it was read by; `std/...` for the library.
    pub path: String,
    pub scope: Scope,
    /// Each `use` of the file: the unit it names and the item in it, if one is named.
    pub uses: Vec<Use>,
    /// Whether its items were declared.
    pub declared: bool,
}

/// A `use` that was found.
#[derive(Clone)]
pub(crate) struct Use {
    pub unit: usize,
    pub item: Option<ast::Name>,
    pub name: ast::Name,
}

/// All files; the main one is the first.
#[derive(Default)]
pub(crate) struct Units {
    pub list: Vec<Unit>,
    by_path: BTreeMap<String, usize>,
    /// Files whose uses are being followed, from the main file on.
    open: Vec<usize>,
}

impl Units {
    /// Reads the main file and all it uses.
    pub(crate) fn load_main(
        &mut self,
        name: &str,
        text: &str,
        files: &dyn Files,
        sources: &mut Sources,
        diags: &mut Diagnostics,
    ) -> syrup_diag::FileId {
        let unit = self.add(name.to_owned(), text, sources, diags);
        // A file of the standard library that is compiled itself is no other than itself.
        for folder in ["headers", "policies"] {
            for (own, _) in syrup_stdlib::folder(folder).filter(|row| row.1 == text) {
                self.by_path.insert(format!("std/{folder}/{own}.syr"), unit);
            }
        }
        self.follow(unit, files, sources, diags);
        self.list[unit].file.id
    }

    /// A file of the standard library, read when it is first asked for.
    pub(crate) fn std_file(
        &mut self,
        folder: &'static str,
        name: &str,
        sources: &mut Sources,
        diags: &mut Diagnostics,
    ) -> Option<usize> {
        let path = format!("std/{folder}/{name}.syr");
        if let Some(&unit) = self.by_path.get(&path) {
            return Some(unit);
        }
        let text = syrup_stdlib::declarations(folder, name)?;
        let unit = self.add(path, text, sources, diags);
        // The library uses only itself.
        self.follow(unit, &super::NoFiles, sources, diags);
        Some(unit)
    }

    fn add(
        &mut self,
        path: String,
        text: &str,
        sources: &mut Sources,
        diags: &mut Diagnostics,
    ) -> usize {
        let id = sources.add(path.clone(), text);
        let file = Rc::new(syntax::parse(id, text, diags));
        let unit = self.list.len();
        self.by_path.insert(path.clone(), unit);
        let scope = Scope::new();
        self.list.push(Unit { file, path, scope, uses: Vec::new(), declared: false });
        unit
    }

    /// Reads what a unit uses, depth first.
    fn follow(
        &mut self,
        unit: usize,
        files: &dyn Files,
        sources: &mut Sources,
        diags: &mut Diagnostics,
    ) {
        self.open.push(unit);
        let file = self.list[unit].file.clone();
        for item in &file.items {
            let ast::ItemKind::Use(path) = &item.kind else { continue };
            let Some(found) = self.find(unit, path, files, sources, diags) else { continue };
            if self.open.contains(&found.unit) {
                let message = "these files use each other in a circle";
                diags.push(
                    Diagnostic::error(Code::E0107, path.span, message)
                        .label(format!("`{}` is on the way here", self.list[found.unit].path))
                        .help("move what both need into a third file"),
                );
                continue;
            }
            self.list[unit].uses.push(found);
        }
        self.open.pop();
    }

    /// The file and item that a path names: `rocksdb.Op`, `std.quic`, `lib.net.clamp`.
    fn find(
        &mut self,
        from: usize,
        path: &ast::Path,
        files: &dyn Files,
        sources: &mut Sources,
        diags: &mut Diagnostics,
    ) -> Option<Use> {
        let parts = &path.parts;
        let name = parts.last()?.clone();
        if parts[0].text == "std" {
            return self.find_std(path, name, sources, diags);
        }
        let dir = match self.list[from].path.rsplit_once('/') {
            Some((dir, _)) => format!("{dir}/"),
            None => String::new(),
        };
        let mut tried = Vec::new();
        for n_file in [parts.len(), parts.len() - 1] {
            if n_file == 0 {
                continue;
            }
            let words: Vec<_> = parts[..n_file].iter().map(|p| p.text.as_str()).collect();
            let file = format!("{dir}{}.syr", words.join("/"));
            let item = (n_file < parts.len()).then(|| name.clone());
            if let Some(&unit) = self.by_path.get(&file) {
                return Some(Use { unit, item, name });
            }
            match files.read(&file) {
                Ok(_) if self.list.len() >= limits::FILES_MAX => {
                    let message = format!("a policy can reach {} files at most", limits::FILES_MAX);
                    diags.push(Diagnostic::error(Code::E0114, path.span, message));
                    return None;
                }
                Ok(text) => {
                    let unit = self.add(file, &text, sources, diags);
                    self.follow(unit, files, sources, diags);
                    return Some(Use { unit, item, name });
                }
                Err(why) => tried.push(format!("`{file}`: {why}")),
            }
        }
        let mut diagnostic = not_found(path.span, "there is no file for this `use`");
        for line in tried {
            diagnostic = diagnostic.note(line);
        }
        diags.push(diagnostic);
        None
    }

    fn find_std(
        &mut self,
        path: &ast::Path,
        name: ast::Name,
        sources: &mut Sources,
        diags: &mut Diagnostics,
    ) -> Option<Use> {
        let parts = &path.parts;
        let file = parts.get(1).map_or("", |part| part.text.as_str());
        for folder in ["headers", "functions", "policies"] {
            if let Some(unit) = self.std_file(folder, file, sources, diags) {
                let item = (parts.len() > 2).then(|| name.clone());
                return Some(Use { unit, item, name });
            }
        }
        let known = ["headers", "functions", "policies"].into_iter().flat_map(syrup_stdlib::folder);
        let known: Vec<_> = known.map(|(name, _)| name).collect();
        let diagnostic = not_found(path.span, "the standard library has no such file");
        diags.push(match parts.get(1) {
            Some(part) => super::call::near_or_all(diagnostic, part, &known),
            None => diagnostic.note(format!("it has: {}", known.join(", "))),
        });
        None
    }
}

fn not_found(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error(Code::E0106, span, message)
}
