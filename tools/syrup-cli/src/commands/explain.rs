//! `syrupc explain`: the page of an error code.

use crate::args::{Explain, Format};
use crate::exit::{Exit, Failure};
use crate::output;
use serde_json::json;
use syrup_diag::{ALL_CODES, Code};

/// Every page of `docs/errors`, by code.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Shows a page, or the list of codes.
pub fn run(cmd: &Explain, format: Format) -> Result<Exit, Failure> {
    let Some(text) = &cmd.code else {
        match format {
            Format::Human => ALL_CODES.iter().for_each(|code| println!("{code}  {}", code.title())),
            Format::Json => {
                let codes: Vec<_> = ALL_CODES
                    .iter()
                    .map(|code| json!({"code": code.as_str(), "title": code.title()}))
                    .collect();
                let format = syrup_wire::limits::FORMAT;
                println!("{}", output::json(&json!({"format": format, "codes": codes})));
            }
        }
        return Ok(Exit::Done);
    };
    let code: Code = text.parse().map_err(|()| {
        Failure::usage(format!(
            "there is no code {}; `syrupc explain` lists them",
            text.escape_default()
        ))
    })?;
    let page = PAGES.iter().find(|(name, _)| *name == code.as_str());
    let page = page.map_or_else(|| code.title().to_owned(), |(_, page)| (*page).to_owned());
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
