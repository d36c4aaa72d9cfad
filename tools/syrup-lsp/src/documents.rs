//! The texts that the editor has open, and what analysis says of them.
//!
//! In: changes. Out: analyses, each made once for a set of texts. Files that are not open are read
//! from the disk, as the compiler does.

use crate::place;
use lsp_types::{TextDocumentContentChangeEvent, Uri};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use syrup_diag::{FileId, Sources, Span, limits};
use syrupc::analyze::Index;
use syrupc::{Analysis, Files};

/// An open document.
pub struct Document {
    /// Its text.
    pub text: String,
    /// The editor's number of it.
    pub version: i32,
}

/// A policy file and what it means.
pub struct Analysed {
    /// What analysis found.
    pub analysis: Analysis,
    /// What stands where.
    pub index: Index,
}

impl Analysed {
    /// The text of the main file.
    pub fn text(&self) -> &str {
        self.sources().get(self.analysis.main).text()
    }

    /// All files.
    pub fn sources(&self) -> &Sources {
        &self.analysis.sources
    }

    /// The main file's number.
    pub fn main(&self) -> FileId {
        self.analysis.main
    }
}

/// All open documents.
#[derive(Default)]
pub struct Documents {
    open: HashMap<Uri, Document>,
    /// Analyses of the texts as they are now.
    cache: RefCell<HashMap<Uri, Rc<Analysed>>>,
}

/// Open documents first, then the disk.
struct Overlay<'d>(&'d Documents);

impl Files for Overlay<'_> {
    fn read(&self, path: &str) -> Result<String, String> {
        let uri = place::uri(Path::new(path));
        if let Some(document) = uri.and_then(|uri| self.0.open.get(&uri)) {
            return Ok(document.text.clone());
        }
        let size = std::fs::metadata(path).map(|meta| meta.len()).unwrap_or(0);
        if size > limits::SOURCE_BYTES_MAX as u64 {
            return Err("it is too large".to_owned());
        }
        std::fs::read_to_string(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        })
    }
}

impl Documents {
    /// Takes a document, or its new text.
    pub fn set(&mut self, uri: Uri, text: String, version: i32) {
        self.open.insert(uri, Document { text, version });
        // Other documents may use this one.
        self.cache.borrow_mut().clear();
    }

    /// Changes a document as the editor did.
    pub fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) {
        let Some(document) = self.open.get_mut(uri) else { return };
        for change in changes {
            match change.range {
                None => document.text = change.text,
                Some(range) => {
                    let start = place::offset(&document.text, range.start) as usize;
                    let end = place::offset(&document.text, range.end) as usize;
                    document.text.replace_range(start..end.max(start), &change.text);
                }
            }
        }
        document.version = version;
        self.cache.borrow_mut().clear();
    }

    /// Forgets a document.
    pub fn close(&mut self, uri: &Uri) {
        self.open.remove(uri);
        self.cache.borrow_mut().clear();
    }

    /// Every open document.
    pub fn uris(&self) -> Vec<Uri> {
        self.open.keys().cloned().collect()
    }

    /// An open document.
    pub fn get(&self, uri: &Uri) -> Option<&Document> {
        self.open.get(uri)
    }

    /// What analysis says of an open document.
    pub fn analysed(&self, uri: &Uri) -> Option<Rc<Analysed>> {
        if let Some(known) = self.cache.borrow().get(uri) {
            return Some(known.clone());
        }
        let document = self.open.get(uri)?;
        let name = place::path(uri)
            .map_or_else(|| uri.as_str().to_owned(), |path| path.to_string_lossy().into_owned());
        let analysis = syrupc::analyze(&name, &document.text, &Overlay(self));
        let index = analysis.index();
        let found = Rc::new(Analysed { analysis, index });
        self.cache.borrow_mut().insert(uri.clone(), found.clone());
        Some(found)
    }
}

/// Where an editor finds a file of an analysis; one of the standard library is written out for it.
pub fn uri_of(analysed: &Analysed, file: FileId) -> Option<Uri> {
    let source = analysed.sources().get(file);
    match source.name().strip_prefix("std/") {
        Some(rest) => place::uri(&library_file(rest, source.text())?),
        None => place::uri(Path::new(source.name())),
    }
}

/// A file of the standard library on the disk, for editors to read.
fn library_file(name: &str, text: &str) -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))?;
    let path = cache.join("syrup").join(concat!("std-", env!("CARGO_PKG_VERSION"))).join(name);
    if std::fs::read_to_string(&path).is_ok_and(|known| known == text) {
        return Some(path);
    }
    std::fs::create_dir_all(path.parent()?).ok()?;
    // A file that is read-only cannot be written over, but replaced.
    let _ = std::fs::remove_file(&path);
    std::fs::write(&path, text).ok()?;
    let mut permissions = std::fs::metadata(&path).ok()?.permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).ok()?;
    Some(path)
}

/// A span of any file of an analysis as an editor's place.
pub fn location(analysed: &Analysed, span: Span) -> Option<lsp_types::Location> {
    let uri = uri_of(analysed, span.file)?;
    let text = analysed.sources().get(span.file).text();
    Some(lsp_types::Location::new(uri, place::range(text, span)))
}
