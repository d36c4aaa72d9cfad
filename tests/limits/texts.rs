//! Policies of any size.
//!
//! In: a number. Out: a policy in which one thing is there so often, or is so large.

use std::fmt::Write;

/// A file by name, with its text.
pub type Files = Vec<(String, String)>;

fn alone(text: String) -> Files {
    vec![("policy.syr".to_owned(), text)]
}

/// A policy with declarations before it.
fn policy(declarations: &str, body: &str) -> Files {
    alone(format!(
        "edition 2026;\nexecutors workers: socket[8] else pass;\n{declarations}\n\
         policy p(pkt: Packet) -> workers {{\n{body}\n}}\n"
    ))
}

/// Text made of something numbered from 0.
fn repeat(n: u64, one: impl Fn(u64) -> String) -> String {
    (0..n).map(one).collect()
}

/// A file of `n` bytes.
pub fn long_text(n: u64) -> Files {
    let mut files = policy("", "workers[0]");
    let text = &mut files[0].1;
    let rest = n as usize - text.len() - 3;
    writeln!(text, "//{}", "x".repeat(rest)).expect("a string takes everything");
    files
}

/// A value in `n` pairs of parentheses.
pub fn nested(n: u64) -> Files {
    let (open, close) = ("(".repeat(n as usize), ")".repeat(n as usize));
    policy("", &format!("workers.wrap({open}1{close})"))
}

/// A text with `n` errors, of a kind that no other hides.
pub fn errors(n: usize) -> String {
    let one = |at| format!("const C{at}: u8 = nowhere{at};\n");
    format!("edition 2026;\n{}", repeat(n as u64, one))
}

/// A policy that uses `n` files.
pub fn many_files(n: u64) -> Files {
    let uses = repeat(n, |at| format!("use f{at}.N{at};\n"));
    let text = format!(
        "edition 2026;\n{uses}executors workers: socket[8] else pass;\n\
         policy p(pkt: Packet) -> workers {{ workers[0] }}\n"
    );
    let mut files = alone(text);
    for at in 0..n {
        let text = format!("edition 2026;\npub const N{at}: u32 = {at};\n");
        files.push((format!("f{at}.syr"), text));
    }
    files
}

/// A set of `n` executors.
pub fn large_set(n: u64) -> Files {
    alone(format!(
        "edition 2026;\nexecutors workers: socket[{n}] else pass;\n\
         policy p(pkt: Packet) -> workers {{ workers.hash(pkt.flow_hash) }}\n"
    ))
}

/// A map of `n` entries.
pub fn large_map(n: u64) -> Files {
    policy(&format!("map m: Array<u32, {n}>;"), "workers.wrap(m[0])")
}

/// A struct of `n` bytes.
fn bytes(n: u64) -> String {
    format!("struct S {{ {} }}", repeat(n, |at| format!("f{at}: u8, ")))
}

/// A map with values of `n` bytes.
pub fn large_value(n: u64) -> Files {
    let map = format!("{}\nmap m: Array<S, 4>;", bytes(n));
    policy(&map, &format!("workers.wrap(u32(m[0].f{}))", n - 1))
}

/// A map with keys of `n` bytes.
pub fn large_key(n: u64) -> Files {
    let map = format!("{}\nmap m: Hash<S, u32, 4>;", bytes(n));
    let fields = repeat(n, |at| format!("f{at}: {}, ", at % 200));
    policy(&map, &format!("workers.wrap(m[S({fields})] else 0)"))
}

/// A policy that uses `n` maps.
pub fn many_maps(n: u64) -> Files {
    let maps = repeat(n, |at| format!("map m{at}: Hash<u32, u32, 4>;\n"));
    let sum = repeat(n, |at| format!("x = x +% (m{at}[1] else 0);\n"));
    policy(&maps, &format!("var x: u32 = 0;\n{sum}workers.wrap(x)"))
}

/// A policy that keeps `n` numbers at once.
pub fn many_values(n: u64) -> Files {
    let draws = repeat(n, |at| format!("let x{at}: u32 = random();\n"));
    let uses = repeat(n, |at| format!("y = (y ^ x{at}) *% 0x01000193;\n"));
    policy("", &format!("{draws}var y: u32 = 0;\n{uses}{uses}workers.wrap(y)"))
}

/// A header of `n` bytes.
pub fn large_header(n: u64) -> Files {
    let header = format!("header H {{ a: bytes[{}], last: u8 }}", n - 1);
    let body = "match pkt { udp / H(last) => workers.wrap(u32(last)), _ => pass }";
    policy(&header, body)
}

/// A field of up to `n` bytes.
pub fn long_field(n: u64) -> Files {
    let header =
        format!("header H {{ len: be<u16> in 0..={n}, rest: bytes[len] }}\nheader T {{ t: u8 }}");
    policy(&header, "match pkt { udp / H / T(t) => workers.wrap(u32(t)), _ => pass }")
}

/// A header of `n` runs of computed length.
pub fn many_runs(n: u64) -> Files {
    let runs = repeat(n, |at| format!("len{at}: u8 in 0..=9, run{at}: bytes[len{at}], "));
    policy(&format!("header H {{ {runs} }}"), "match pkt { udp / H => workers[0], _ => pass }")
}

/// A pattern of `n` alternatives.
pub fn alternatives(n: u64) -> Files {
    let one = |at: u64| format!("{} b\"{at:04}\"", if at == 0 { "" } else { " |" });
    let body = format!("match pkt {{ udp / H(a:{}) => workers[0], _ => pass }}", repeat(n, one));
    policy("header H { a: bytes[4] }", &body)
}

/// A loop of `n` trips.
pub fn long_loop(n: u64) -> Files {
    let body = format!("var x: u32 = 1;\nfor i in 0..{n} {{ x = x *% 3; }}\nworkers.wrap(x)");
    policy("", &body)
}

/// A loop of `n` trips in another.
pub fn nested_loops(n: u64) -> Files {
    let inner = format!("for j in 0..{n} {{ x = x *% 3; }}");
    policy("", &format!("var x: u32 = 1;\nfor i in 0..64 {{ {inner} }}\nworkers.wrap(x)"))
}

/// A policy of `n` operations, more or less.
pub fn many_operations(n: u64) -> Files {
    let lines = repeat(n / 20, |_| format!("x = x{};\n", " ^ y".repeat(20)));
    let start = "let y = pkt.flow_hash;\nvar x: u32 = 1;";
    policy("", &format!("{start}\n{lines}workers.wrap(x)"))
}

/// A log of `4096 >> n` bytes.
pub fn small_log(n: u64) -> Files {
    log(4096 >> n)
}

/// A log of `4096 << n` bytes.
pub fn large_log(n: u64) -> Files {
    log(4096 << n)
}

fn log(bytes: u64) -> Files {
    policy(
        &format!("map seen: Log<u32, {bytes}>;"),
        "seen.append(pkt.len) else return pass;\nworkers[0]",
    )
}

/// A match of `n` arms.
pub fn many_arms(n: u64) -> Files {
    let header = "header H { a: be<u32>, b: be<u32> }";
    let arms = repeat(n, |at| format!("udp / H(a: {at}) => workers[{}],\n", at % 8));
    policy(header, &format!("match pkt {{\n{arms}_ => pass,\n}}"))
}

/// A policy in which `n` calls are expanded.
pub fn many_calls(n: u64) -> Files {
    let declaration = "fn f(x: u32) -> u32 { x ^ 1 }";
    let lines = repeat(n, |_| "x = f(x);\n".to_owned());
    policy(declaration, &format!("var x: u32 = 1;\n{lines}workers.wrap(x)"))
}

/// Functions that call each other `n` deep.
pub fn deep_calls(n: u64) -> Files {
    let one = |at| format!("fn f{}(x: u32) -> u32 {{ f{at}(x) }}\n", at + 1);
    let fns = format!("fn f0(x: u32) -> u32 {{ x }}\n{}", repeat(n - 1, one));
    policy(&fns, &format!("workers.wrap(f{}(1))", n - 1))
}

/// A policy with `n` decisions in a row, each of which doubles the ways to the next.
pub fn many_paths(n: u64) -> Files {
    let one = |at| format!("if (h >> {}) & 1 == 1 {{ x = x *% 3 +% {at}; }}\n", at % 32);
    let lines = repeat(n, one);
    policy("", &format!("let h = pkt.flow_hash;\nvar x: u32 = 1;\n{lines}workers.wrap(x)"))
}

/// A test of `1000 * n` turns.
pub fn long_test(n: u64) -> Files {
    let body = format!("for i in 0..1000 {{ for j in 0..{n} {{ x = x ^ j; }} }}");
    let mut files = policy("", "workers[0]");
    files[0].1 += &format!("test \"long\" {{ var x: u32 = 0;\n{body}\nexpect x == x; }}\n");
    files
}

/// A test with a packet of `n` bytes: Ethernet, IPv4 and UDP are 42 of them.
pub fn long_packet(n: u64) -> Files {
    let mut files = policy("", "workers[0]");
    let bytes = "00".repeat(n as usize - 42);
    files[0].1 += &format!("test \"p\" {{ expect p(udp() / hex\"{bytes}\") == workers[0]; }}\n");
    files
}

/// A policy over threads with queues.
fn threads(queues: String) -> Files {
    alone(format!(
        "edition 2026;\nexecutors cores: core[8] else pass;\n{queues}\n\
         @hooks(thread)\npolicy p -> cores {{\n\
         on runnable(t) {{ pick c from cores where c.idle else q0 }}\n\
         on available(c) {{ q0.pop() else idle }}\n}}\n"
    ))
}

/// `n` queues.
pub fn many_queues(n: u64) -> Files {
    threads(repeat(n, |at| format!("queue q{at}: Fifo<16>;\n")))
}

/// A queue of `n` threads.
pub fn long_queue(n: u64) -> Files {
    threads(format!("queue q0: Fifo<{n}>;"))
}
