//! Object files: linked with a C program, a policy answers what the interpreter answers.

use crate::common::{self, Input};
use crate::generate;
use crate::random::checked;
use crate::rng::Rng;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use syrup_ir::interp::{Packet, State, World, run_checking_facts};
use syrup_ir::{Checked, MapKind};
use syrup_native::abi::{self, Answer};
use syrup_native::{Layout, Object, Options, object};

/// Packets each policy is shown.
const PACKETS: usize = 12;

/// CPUs the objects are made for; evaluations are on the second.
const CPUS: u32 = 3;

fn options() -> Options {
    Options { n_cpus: CPUS, ..Options::default() }
}

/// The draws that `runtime.c` gives.
struct Counted {
    n_draws: u32,
}

impl World for Counted {
    fn now(&mut self) -> u64 {
        77
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        self.n_draws += 1;
        let number = self.n_draws.wrapping_mul(2_654_435_761);
        below.map_or(number, |below| number % below)
    }

    fn cpu(&mut self) -> u32 {
        1
    }
}

/// A folder of its own, gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("syrup-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder can be made");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is only a temporary file.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether there is a C compiler; else why the test is left out.
fn has_compiler() -> bool {
    if Command::new("cc").arg("--version").output().is_ok_and(|run| run.status.success()) {
        return true;
    }
    let needed = std::env::var("SYRUP_REQUIRE").unwrap_or_default();
    assert!(!needed.contains("cc"), "there is no C compiler");
    println!("skipped: there is no C compiler `cc`");
    false
}

/// `setup.h`: what the C program needs to know of a policy and its inputs.
fn setup(policy: &Checked, layout: &Layout, state: &State, packets: &[Packet]) -> String {
    let module = policy.module();
    let mut text = format!(
        "#define POLICY syrup_{0}_{1}\n#define INIT syrup_{0}_init\n#define CPUS {2}u\n\
         #define ARENA_BYTES SYRUP_RANDOM_ARENA_BYTES\nenum {{ DIRECT, HASH, LRU_HASH, LOG }};\n\
         static const struct {{ int kind; uint64_t start, stride, cpu_stride;\n\
         uint32_t key_bytes, value_bytes, entries, places; }} MAPS[] = {{\n",
        module.name, module.funcs[0].name, layout.n_cpus
    );
    for (map, place) in module.maps.iter().zip(&layout.maps) {
        let kind = match map.kind {
            MapKind::Hash | MapKind::PerTask => "HASH",
            MapKind::LruHash => "LRU_HASH",
            MapKind::Log => "LOG",
            MapKind::State | MapKind::Array | MapKind::PerCpuState => "DIRECT",
            MapKind::PerCpuArray | MapKind::Maglev(_) => "DIRECT",
            MapKind::Lpm => unreachable!("random modules have no networks"),
        };
        let places = if map.kind == MapKind::PerTask { 0 } else { place.n_values };
        let (key, value) = (map.key.size(), map.value.size());
        let (start, stride, cpu_stride) = (place.start, place.stride, place.cpu_stride);
        let entries = map.entries;
        let row = format!("{kind}, {start}, {stride}, {cpu_stride}, {key}, {value}, {entries}");
        writeln!(text, "{{ {row}, {places} }},").unwrap();
    }
    let mut stores = Vec::new();
    for (place, set) in layout.sets.iter().zip(&state.sets) {
        stores.push((place.len, 4, set.generations.len() as u64));
        for (at, generation) in (0..).zip(&set.generations) {
            stores.push((place.generations + 4 * at, 4, u64::from(*generation)));
        }
    }
    stores
        .extend(layout.params.iter().zip(&state.params).map(|(place, param)| (*place, 8, *param)));
    text += "};\nstatic const struct { uint64_t place; unsigned bytes; uint64_t number; } ";
    text += "STORES[] = {\n";
    for (place, bytes, number) in &stores {
        writeln!(text, "{{ {place}, {bytes}, UINT64_C({number}) }},").unwrap();
    }
    text += "};\nstatic const struct { uint8_t bytes[64]; struct syrup_env env; } PACKETS[] = {\n";
    for packet in packets {
        let bytes: Vec<String> = packet.frame.iter().map(u8::to_string).collect();
        let Packet { frame, net, transport, flow_hash, rx_queue, interface, .. } = packet;
        let (eth, ip, n) = (packet.eth_protocol, packet.ip_protocol, frame.len());
        writeln!(
            text,
            "{{ {{ {} }}, {{ .cpu = 1, .now_ns = 77, .packet_bytes = {n}, .net = {net}, \
             .transport = {transport}, .flow_hash = {flow_hash}u, .rx_queue = {rx_queue}u, \
             .interface = {interface}u, .eth_protocol = {eth}, .ip_protocol = {ip} }} }},",
            bytes.join(", ")
        )
        .unwrap();
    }
    let (maps, stores, packets) = (module.maps.len(), stores.len(), packets.len());
    text + &format!(
        "}};\nenum {{ N_MAPS = {maps}, N_STORES = {stores}, N_PACKETS = {packets} }};\n"
    )
}

/// Compiles and runs the C program around an object; what it prints.
fn run(folder: &Path, object: &Object, setup: &str) -> String {
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    write("policy.o", &object.bytes);
    write("policy.h", object.header.as_bytes());
    write("setup.h", setup.as_bytes());
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/native/runtime.c");
    let program = folder.join("program");
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-O1"]);
    cc.arg("-I").arg(folder).arg(runtime).arg(folder.join("policy.o")).arg("-o").arg(&program);
    let compiled = cc.output().expect("cc runs");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let run = Command::new(&program).output().expect("the program runs");
    assert!(run.status.success(), "{run:?}");
    String::from_utf8(run.stdout).expect("it prints UTF-8")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lines in which `runtime.c` prints the maps of this state.
fn map_lines(policy: &Checked, state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, (map, contents)) in policy.module().maps.iter().zip(&state.maps).enumerate() {
        let (n_cpus, n_values) = match map.kind {
            MapKind::State => (1, 1),
            MapKind::Array | MapKind::Maglev(_) => (1, map.entries),
            MapKind::PerCpuState => (CPUS, 1),
            MapKind::PerCpuArray => (CPUS, map.entries),
            MapKind::Hash | MapKind::LruHash => {
                let entries = contents.entries();
                let line = |(_, key, value): (u32, &[u8], &[u8])| {
                    format!("m{at} {} = {}", hex(key), hex(value))
                };
                lines.extend(entries.map(line));
                continue;
            }
            MapKind::PerTask | MapKind::Lpm | MapKind::Log => continue,
        };
        for cpu in 0..n_cpus {
            for index in 0..n_values {
                let value = contents.get(&index.to_le_bytes(), cpu).expect("always there");
                lines.push(format!("m{at} cpu {cpu} {index} = {}", hex(value)));
            }
        }
    }
    lines.sort();
    lines
}

#[test]
fn c_programs_get_the_interpreters_answers() {
    if !has_compiler() {
        return;
    }
    let mut n_policies = 0;
    for seed in (0..30).filter(|seed| seed % 3 != 2) {
        let Some(policy) = checked(generate::module(seed)) else { continue };
        n_policies += 1;
        let mut rng = Rng::new(seed);
        let mut state = common::empty_state(policy.module(), &mut rng);
        let packets: Vec<Packet> = (0..PACKETS)
            .map(|_| match common::input(policy.module(), &mut rng) {
                Input::Packet(packet) => packet,
                Input::Event(_) => unreachable!("modules over threads were left out"),
            })
            .collect();
        let object = object(&policy, options()).unwrap_or_else(|list| panic!("{list:?}"));
        let folder = Folder::new(&format!("object-{seed}"));
        let setup = setup(&policy, &object.layout, &state, &packets);
        let printed = run(&folder.0, &object, &setup);
        let mut lines = printed.lines();
        for (at, packet) in packets.iter().enumerate() {
            let mut world = Counted { n_draws: 0 };
            let wanted = run_checking_facts(&policy, &mut state, packet, &mut world);
            let line = lines.next().expect("a line for each packet");
            let (answer, n_draws) = line.split_once(' ').expect("answer and draws");
            let answer = u64::from_str_radix(answer, 16).expect("a number");
            let decided = Answer::Decided(wanted.decision, wanted.cause);
            assert_eq!(abi::decode(answer), Some(decided), "seed {seed}, packet {at}");
            assert_eq!(n_draws, world.n_draws.to_string(), "seed {seed}, packet {at}");
        }
        let mut found: Vec<&str> = lines.collect();
        found.sort();
        assert_eq!(found, map_lines(&policy, &state), "seed {seed}");
    }
    assert!(n_policies >= 15, "only {n_policies} policies");
}

#[test]
fn objects_are_the_same_every_time() {
    for seed in 0..10 {
        let Some(policy) = checked(generate::module(seed)) else { continue };
        let make = || object(&policy, options()).unwrap_or_else(|list| panic!("{list:?}"));
        let (a, b) = (make(), make());
        assert_eq!(a.bytes, b.bytes, "seed {seed}");
        assert_eq!((a.header, a.asm), (b.header, b.asm), "seed {seed}");
    }
}
