//! Generates the parser from `src/syntax/grammar.lalrpop` into the build's output folder.

fn main() {
    let out_dir = std::env::var("OUT_DIR").unwrap_or_default();
    let result = lalrpop::Configuration::new()
        .emit_rerun_directives(true)
        .set_out_dir(out_dir)
        .process_file("src/syntax/grammar.lalrpop");
    if let Err(error) = result {
        eprintln!("grammar.lalrpop: {error}");
        std::process::exit(1);
    }
}
