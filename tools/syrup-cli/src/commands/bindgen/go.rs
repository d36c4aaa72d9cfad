//! Bindings for Go: a file over libsyrup by cgo.
//!
//! In: the model. Out: text. Structs are passed as their bytes.

use super::{MapModel, Model, bytes_of, camel};
use std::fmt::Write;
use syrup_wire::artifact::Shape;

/// The file.
pub(super) fn write(model: &Model<'_>) -> String {
    let policy = model.policy;
    let mut out = format!(
        "// Made by `syrupc bindgen --lang go` from policy `{policy}`; make it again when the \
         policy changes.\n\npackage {policy}\n\n/*\n#cgo pkg-config: syrup\n#include <stdlib.h>\n\
         #include <syrup.h>\n*/\nimport \"C\"\n\nimport (\n\t\"errors\"\n\t\"unsafe\"\n)\n"
    );
    for (name, cases) in &model.enums {
        let _ = write!(out, "\nconst (\n");
        for (case, number) in *cases {
            let _ = writeln!(out, "\t{name}{} uint64 = {number}", camel(&case.to_lowercase()));
        }
        let _ = writeln!(out, ")");
    }
    let _ = write!(
        out,
        "\nfunc check(result C.int) (int, error) {{\n\tif result < 0 {{\n\t\t\
         return 0, errors.New(C.GoString(C.syr_last_error()))\n\t}}\n\t\
         return int(result), nil\n}}\n"
    );
    model.maps.iter().for_each(|map| of_map(&mut out, map));
    for set in &model.sets {
        for (verb, call) in [("Add", "syr_executor_add"), ("Remove", "syr_executor_remove")] {
            let _ = write!(
                out,
                "\n// {verb}{class} changes executor set `{set}` of a deployment.\n\
                 func {verb}{class}(deployment string, socket int) (int, error) {{\n\t\
                 name, set := C.CString(deployment), C.CString(\"{set}\")\n\t\
                 defer C.free(unsafe.Pointer(name))\n\tdefer C.free(unsafe.Pointer(set))\n\t\
                 return check(C.{call}(name, set, C.int(socket)))\n}}\n",
                class = camel(set)
            );
        }
    }
    out
}

fn of_map(out: &mut String, map: &MapModel<'_>) {
    let class = camel(map.name);
    let (key, value) = (type_of(map.key), type_of(map.value));
    let (argument, path) = match map.pin {
        Some(pin) => ("", format!("\"{pin}\"")),
        None => ("deployment string", format!("deployment + \":{}\"", map.name)),
    };
    let _ = write!(
        out,
        "\n// {class} is map `{name}`.\ntype {class} struct{{ fd C.int }}\n\n\
         // Open{class} opens it.\nfunc Open{class}({argument}) ({class}, error) {{\n\t\
         path := C.CString({path})\n\tdefer C.free(unsafe.Pointer(path))\n\t\
         fd, err := check(C.syr_map_open_checked(path, {hash}))\n\t\
         return {class}{{C.int(fd)}}, err\n}}\n\n\
         // Get reads the value under a key.\n\
         func (m {class}) Get(key {key}) (value {value}, err error) {{\n\t\
         _, err = check(C.syr_map_lookup_elem(m.fd, unsafe.Pointer(&key), \
         unsafe.Pointer(&value)))\n\treturn\n}}\n",
        name = map.name,
        hash = map.layout_hash,
    );
    if map.is_written() {
        let _ = write!(
            out,
            "\n// Set writes the value under a key.\n\
             func (m {class}) Set(key {key}, value {value}) error {{\n\t\
             _, err := check(C.syr_map_update_elem(m.fd, unsafe.Pointer(&key), \
             unsafe.Pointer(&value)))\n\treturn err\n}}\n"
        );
    }
    if map.is_added_to() {
        let _ = write!(
            out,
            "\n// Add adds to the number under an index, in one step.\n\
             func (m {class}) Add(index uint32, number uint64) error {{\n\t\
             _, err := check(C.syr_map_add(m.fd, C.uint32_t(index), C.uint64_t(number)))\n\t\
             return err\n}}\n"
        );
    }
}

fn type_of(shape: &Shape) -> String {
    match shape {
        Shape::Number { bytes, .. } => format!("uint{}", u32::from(*bytes) * 8),
        Shape::Bytes { .. } | Shape::Prefix { .. } | Shape::Struct { .. } => {
            format!("[{}]byte", bytes_of(shape))
        }
    }
}
