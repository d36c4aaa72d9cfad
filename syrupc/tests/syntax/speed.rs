//! How fast the parser is: `cargo test --release -p syrupc --test syntax -- --ignored --nocapture`.

use crate::tree::corpus;
use std::time::Instant;
use syrup_diag::{Diagnostics, FileId};
use syrupc::syntax;

fn best_ms(rounds: usize, text: &str) -> f64 {
    let run = || {
        let start = Instant::now();
        let mut diags = Diagnostics::new();
        let file = syntax::parse(FileId(0), text, &mut diags);
        std::hint::black_box(&file);
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..rounds).map(|_| run()).fold(f64::INFINITY, f64::min)
}

#[test]
#[ignore = "prints times, checks nothing"]
fn parse_speed() {
    let all: Vec<String> = corpus().into_iter().map(|(_, text)| text).collect();
    let body = all.join("\n").replace("edition 2026;", "");
    let policy = format!("edition 2026;\n{}", &body);
    let one = &policy[..policy.len().min(10_000)];
    println!("{} bytes: {:.3} ms", one.len(), best_ms(50, one));
    let broken = one.replace("=> ", "");
    println!("{} bytes without `=>`: {:.3} ms", broken.len(), best_ms(10, &broken));
    let large = format!("edition 2026;\n{}", body.repeat((1 << 20) / body.len() - 1));
    println!("{} bytes: {:.1} ms", large.len(), best_ms(3, &large));
}
