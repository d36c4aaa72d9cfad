//! Tests of the syntax half of the compiler: the corpus, and hostile input.
//!
//! Broken input that a person would write is tested by `ui.rs`, with the text of the messages.

mod cascade;
mod corpus;
mod fuzz;
mod recovery;
mod speed;
mod tree;
