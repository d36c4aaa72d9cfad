//! Bindings for C: a header of inline functions over `syrup.h`.
//!
//! In: the model. Out: text. Every name begins with the policy's.

use super::{MapModel, Model, Struct, bytes_of};
use std::fmt::Write;
use syrup_wire::artifact::{NumberKind, Shape};

/// The header.
pub(super) fn write(model: &Model<'_>) -> String {
    let policy = model.policy;
    let guard = format!("{}_BINDINGS_H", policy.to_uppercase());
    let mut out = format!(
        "/* Made by `syrupc bindgen --lang c` from policy `{policy}`; make it again when the\n \
         * policy changes. Link with libsyrup. */\n#ifndef {guard}\n#define {guard}\n\n\
         #include <stddef.h>\n#include <stdint.h>\n#include <syrup.h>\n\n\
         #ifdef __cplusplus\n#define SYR_ASSERT static_assert\nextern \"C\" {{\n#else\n\
         #define SYR_ASSERT _Static_assert\n#endif\n"
    );
    for (name, cases) in &model.enums {
        for (case, number) in *cases {
            let _ = write!(out, "\n#define {policy}_{name}_{case} UINT64_C({number})");
        }
        out.push('\n');
    }
    for one in &model.structs {
        structure(&mut out, policy, one);
    }
    for map in &model.maps {
        functions(&mut out, policy, map);
    }
    for set in &model.sets {
        let _ = write!(
            out,
            "\n/* Executor set `{set}`: a slot, 0, or -1. */\n\
             static inline int {policy}_{set}_add(const char *deployment, int socket_fd)\n\
             {{ return syr_executor_add(deployment, \"{set}\", socket_fd); }}\n\
             static inline int {policy}_{set}_remove(const char *deployment, int socket_fd)\n\
             {{ return syr_executor_remove(deployment, \"{set}\", socket_fd); }}\n"
        );
    }
    let _ = write!(out, "\n#undef SYR_ASSERT\n#ifdef __cplusplus\n}}\n#endif\n#endif\n");
    out
}

fn structure(out: &mut String, policy: &str, one: &Struct<'_>) {
    let Struct { name, bytes, fields } = one;
    let full = format!("struct {policy}_{name}");
    let _ = writeln!(out, "\n{full} {{");
    let mut at = 0;
    for (field, offset, shape) in *fields {
        padding(out, &mut at, *offset);
        let _ = writeln!(out, "    {};", declare(policy, shape, field));
        at += bytes_of(shape);
    }
    padding(out, &mut at, *bytes);
    let _ = writeln!(out, "}};");
    let _ = writeln!(out, "SYR_ASSERT(sizeof({full}) == {bytes}, \"size of {name}\");");
    for (field, offset, _) in *fields {
        let _ =
            writeln!(out, "SYR_ASSERT(offsetof({full}, {field}) == {offset}, \"{name}.{field}\");");
    }
}

fn padding(out: &mut String, at: &mut u32, until: u32) {
    if *at < until {
        let _ = writeln!(out, "    uint8_t padding_{at}[{}];", until - *at);
        *at = until;
    }
}

fn functions(out: &mut String, policy: &str, map: &MapModel<'_>) {
    let name = map.name;
    let prefix = format!("{policy}_{name}");
    let _ = writeln!(out, "\n/* Map `{name}`: a descriptor, 0, or -1. */");
    let hash = map.layout_hash;
    match map.pin {
        Some(pin) => {
            let _ = write!(
                out,
                "static inline int {prefix}_open(void)\n\
                 {{ return syr_map_open_checked(\"{pin}\", UINT64_C({hash})); }}\n"
            );
        }
        // Without a pin the map is reached through its deployment.
        None => {
            let _ = write!(
                out,
                "static inline int {prefix}_open(const char *deployment_and_map)\n\
                 {{ return syr_map_open_checked(deployment_and_map, UINT64_C({hash})); }}\n"
            );
        }
    }
    let (key, value) = (declare(policy, map.key, "*key"), declare(policy, map.value, "*value"));
    let (key, value) = (pointer(map.key, &key), pointer(map.value, &value));
    let _ = write!(
        out,
        "static inline int {prefix}_get(int map_fd, const {key}, {value})\n\
         {{ return syr_map_lookup_elem(map_fd, key, value); }}\n"
    );
    if map.is_written() {
        let _ = write!(
            out,
            "static inline int {prefix}_set(int map_fd, const {key}, const {value})\n\
             {{ return syr_map_update_elem(map_fd, key, value); }}\n"
        );
    }
    if map.is_added_to() {
        let _ = write!(
            out,
            "static inline int {prefix}_add(int map_fd, uint32_t index, uint64_t number)\n\
             {{ return syr_map_add(map_fd, index, number); }}\n"
        );
    }
}

/// A run of bytes is passed by its first one.
fn pointer(shape: &Shape, declared: &str) -> String {
    match shape {
        Shape::Bytes { .. } => declared.split('[').next().unwrap_or(declared).to_owned(),
        // A number of bits (uint32_t), then the address, most significant byte first.
        Shape::Prefix { .. } => {
            let name = declared.rsplit([' ', '*']).next().unwrap_or(declared);
            format!("void *{name}")
        }
        Shape::Number { .. } | Shape::Struct { .. } => declared.to_owned(),
    }
}

fn declare(policy: &str, shape: &Shape, name: &str) -> String {
    match shape {
        Shape::Number { bytes, kind: NumberKind::Bool, .. } if *bytes == 1 => {
            format!("uint8_t {name}")
        }
        Shape::Number { bytes, .. } => format!("uint{}_t {name}", u32::from(*bytes) * 8),
        Shape::Bytes { bytes } => format!("uint8_t {name}[{bytes}]"),
        Shape::Prefix { bytes } => {
            let room = bytes.next_multiple_of(4);
            format!("struct {{ uint32_t bits; uint8_t address[{room}]; }} {name}")
        }
        Shape::Struct { name: of, .. } => format!("struct {policy}_{of} {name}"),
    }
}
