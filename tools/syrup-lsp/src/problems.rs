//! Diagnostics: errors of the compiler, and findings of lints where there are none.

use crate::documents::{Analysed, Documents, location};
use crate::place;
use lsp_types::{
    DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, NumberOrString, Uri,
};
use syrup_diag::{Code, Diagnostic, Severity};
use syrupc::lints::{self, Group};

/// Everything that is wrong with an open document, in the compiler's own form.
pub fn found(analysed: &Analysed) -> Vec<Diagnostic> {
    let mut list: Vec<Diagnostic> = analysed.analysis.diags.iter().cloned().collect();
    if !analysed.analysis.diags.has_errors() {
        let groups: Vec<Group> =
            Group::ALL.into_iter().filter(|group| group.is_default()).collect();
        let findings = lints::run(&analysed.analysis, &groups);
        list.extend(findings.into_iter().map(|finding| finding.diagnostic));
    }
    list.retain(|diagnostic| diagnostic.primary.span.file == analysed.main());
    list.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
    list
}

/// What the editor shows of an open document.
pub fn diagnose(documents: &Documents, uri: &Uri) -> Option<Vec<lsp_types::Diagnostic>> {
    let analysed = documents.analysed(uri)?;
    Some(found(&analysed).iter().map(|diagnostic| shown(&analysed, diagnostic)).collect())
}

/// A diagnostic as the editor has it.
pub fn shown(analysed: &Analysed, diagnostic: &Diagnostic) -> lsp_types::Diagnostic {
    let own = (!diagnostic.primary.text.is_empty()).then(|| diagnostic.primary.text.clone());
    let fixes = diagnostic.fixes.iter().map(|fix| format!("fix: {}", fix.title));
    let lines = std::iter::once(diagnostic.message.clone()).chain(own);
    let lines: Vec<String> = lines.chain(diagnostic.notes.iter().cloned()).chain(fixes).collect();
    let related = diagnostic.secondary.iter().filter_map(|label| {
        let location = location(analysed, label.span)?;
        Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
    });
    let related: Vec<_> = related.collect();
    let severity = match diagnostic.severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Note => DiagnosticSeverity::INFORMATION,
    };
    lsp_types::Diagnostic {
        range: place::range(analysed.text(), diagnostic.primary.span),
        severity: Some(severity),
        code: Some(NumberOrString::String(diagnostic.code.to_string())),
        source: Some("syrupc".to_owned()),
        message: lines.join("\n"),
        related_information: (!related.is_empty()).then_some(related),
        tags: is_unused(diagnostic.code).then(|| vec![DiagnosticTag::UNNECESSARY]),
        ..lsp_types::Diagnostic::default()
    }
}

/// Whether editors show it greyed out.
fn is_unused(code: Code) -> bool {
    matches!(code, Code::L0106 | Code::L0109 | Code::L0110 | Code::L0111 | Code::L0901)
}
