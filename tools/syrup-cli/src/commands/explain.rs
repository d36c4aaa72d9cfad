//! `syrupc explain`: the page of an error code or of a lint.

use crate::args::{Explain, Format};
use crate::exit::{Exit, Failure};
use crate::output;
use serde_json::json;
use syrup_diag::{ALL_CODES, Code, LINT_CODES};
use syrupc::lints;

/// Every page of `docs/errors`, by code.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Shows a page, or the list of codes.
pub fn run(cmd: &Explain, format: Format) -> Result<Exit, Failure> {
    let Some(text) = &cmd.code else {
        match format {
            Format::Human => all().for_each(|code| println!("{code}  {}", code.title())),
            Format::Json => {
                let codes: Vec<_> = all()
                    .map(|code| json!({"code": code.as_str(), "title": code.title()}))
                    .collect();
                let format = syrup_wire::limits::FORMAT;
                println!("{}", output::json(&json!({"format": format, "codes": codes})));
            }
        }
        return Ok(Exit::Done);
    };
    let named = lints::by_name(text).map(|lint| lint.code);
    let code: Code = named.ok_or(()).or_else(|()| text.parse()).map_err(|()| {
        Failure::usage(format!(
            "there is no code {}; `syrupc explain` lists them",
            text.escape_default()
        ))
    })?;
    let page = PAGES.iter().find(|(name, _)| *name == code.as_str());
    let page = match (page, lints::by_code(code)) {
        (Some((_, page)), _) => (*page).to_owned(),
        (None, Some(lint)) => lints::page(lint),
        (None, None) => code.title().to_owned(),
    };
    match format {
        Format::Human => println!("{}", page.trim_end()),
        Format::Json => {
            let format = syrup_wire::limits::FORMAT;
            let report = json!({
                "format": format, "code": code.as_str(), "title": code.title(), "page": page,
            });
            println!("{}", output::json(&report));
        }
    }
    Ok(Exit::Done)
}

/// Every code, errors first.
fn all() -> impl Iterator<Item = &'static Code> {
    ALL_CODES.iter().chain(LINT_CODES)
}
