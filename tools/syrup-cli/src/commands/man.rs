//! `syrupc man`: a manual page for each command, made from the same text as `syrupc help`.

use crate::args::{Args, Format, Man};
use crate::exit::{Exit, Failure};
use crate::output;
use clap::CommandFactory;
use serde_json::json;
use std::path::PathBuf;

/// Writes the pages.
pub fn run(cmd: &Man, format: Format) -> Result<Exit, Failure> {
    let folder = &cmd.folder;
    let failed = |what: &PathBuf, error: std::io::Error| {
        Failure::usage(format!("cannot write {}: {error}", what.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let mut all = Args::command();
    // Options of the program become those of each command.
    all.build();
    let mut written = Vec::new();
    let mut open = vec![("syrupc".to_owned(), all)];
    while let Some((name, command)) = open.pop() {
        let inner = command.get_subcommands().filter(|inner| inner.get_name() != "help");
        open.extend(inner.map(|inner| (format!("{name}-{}", inner.get_name()), inner.clone())));
        let path = folder.join(format!("{name}.1"));
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(command).title(name).render(&mut page);
        rendered.and_then(|()| std::fs::write(&path, &page)).map_err(|e| failed(&path, e))?;
        written.push(path);
    }
    written.sort();
    match format {
        Format::Human => written.iter().for_each(|path| println!("{}", path.display())),
        Format::Json => {
            let format = syrup_wire::limits::FORMAT;
            println!("{}", output::json(&json!({"format": format, "written": written})));
        }
    }
    Ok(Exit::Done)
}
