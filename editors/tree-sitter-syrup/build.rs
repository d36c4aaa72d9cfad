//! Compiles the generated parser.
//!
//! In: `src/parser.c`. Out: a library that the crate links.

fn main() {
    println!("cargo::rerun-if-changed=src/parser.c");
    println!("cargo::rerun-if-changed=src/tree_sitter/parser.h");
    // Tables, mostly: without optimization they compile in a second.
    cc::Build::new()
        .include("src")
        .file("src/parser.c")
        .opt_level(0)
        .warnings(false)
        .compile("tree-sitter-syrup");
}
