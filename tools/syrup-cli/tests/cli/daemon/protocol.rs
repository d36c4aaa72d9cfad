//! The documented protocol is the one that is spoken: every request and reply of the types in
//! `syrup_wire::protocol` has exactly the fields of the schema.

use crate::command::root;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use syrup_wire::protocol::{Call, Outcome, Reply, Request};

fn schema() -> Value {
    let text = std::fs::read_to_string(root().join("docs/reference/protocol.schema.json"));
    serde_json::from_str(&text.unwrap()).unwrap()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The definition in the schema for a value with a tag.
fn definition<'a>(schema: &'a Value, tag: &str, of: &Value) -> &'a Value {
    let definitions = schema["$defs"].as_object().unwrap().values();
    let mut fitting = definitions.filter(|one| one["properties"][tag]["const"] == of[tag]);
    fitting.next().unwrap_or_else(|| panic!("the schema has no {}", of[tag]))
}

#[test]
fn requests_have_the_fields_of_the_schema() {
    let schema = schema();
    let calls = [
        json!({"do": "deploy", "at": "a", "main": "m", "sources": {"m": ""}, "policy": "p",
            "params": {"x": 1}, "replace": true, "counters": true, "check": true,
            "holders": [{"pid": 1, "fd": 2}]}),
        json!({"do": "undeploy", "deployment": "a"}),
        json!({"do": "rollback", "deployment": "a", "holders": []}),
        json!({"do": "status"}),
        json!({"do": "open_map", "map": "a/b"}),
    ];
    for call in calls {
        let definition = definition(&schema, "do", &call);
        assert_eq!(keys(&call), keys(&definition["properties"]), "{call}");
        let parsed: Call = serde_json::from_value(call.clone()).unwrap();
        assert_eq!(serde_json::to_value(&parsed).unwrap(), call);
        // What the schema requires is required, and what it does not is not.
        let required = definition["required"].as_array().unwrap();
        for key in keys(&call) {
            let mut less = call.clone();
            less.as_object_mut().unwrap().remove(key);
            let parsed = serde_json::from_value::<Call>(less);
            assert_eq!(parsed.is_err(), required.contains(&json!(key)), "{call} without {key}");
        }
        let mut more = call.clone();
        more["uid"] = json!(0);
        assert!(serde_json::from_value::<Call>(more).is_err(), "{call} with more");
    }
    assert!(serde_json::from_value::<Request>(json!({"format": 1})).is_err());
}

#[test]
fn replies_have_the_fields_of_the_schema() {
    let schema = schema();
    let record = json!({"format": 1, "at": "a", "artifact": {"format": 1, "policy": "p",
        "hook": "h", "target": "t", "licence": "l", "programs": [], "maps": [], "sets": [],
        "params": [], "btf": [], "counters": [], "verifier_insns": 0}, "params": [],
        "executors": [], "source_hash": 0, "deployed_at": 0});
    let outcomes = [
        json!({"is": "deployed", "id": "a", "record": record, "verified_insns": 1,
            "replaced": true, "kept_maps": []}),
        json!({"is": "checked", "policy": "p", "insns": 1, "verifier_insns": 1, "map_bytes": 1,
            "sockets": 1}),
        json!({"is": "undeployed", "id": "a", "policy": "p", "detached": true}),
        json!({"is": "status", "deployments": [{"id": "a", "state": "active", "record": record,
            "executors": [[{"slot": 0, "cookie": 1}]], "counters": []}]}),
        json!({"is": "map", "spec": null}),
        json!({"is": "failed", "kind": "quota", "message": "m"}),
    ];
    for outcome in outcomes {
        let definition = definition(&schema, "is", &outcome);
        assert_eq!(keys(&outcome), keys(&definition["properties"]), "{outcome}");
        let parsed: Outcome = serde_json::from_value(outcome.clone()).unwrap();
        assert_eq!(serde_json::to_value(Reply::of(parsed)).unwrap()["outcome"], outcome);
    }
    let kinds = schema["$defs"]["failed"]["properties"]["kind"]["enum"].as_array().unwrap();
    for kind in kinds {
        let outcome = json!({"is": "failed", "kind": kind, "message": ""});
        assert!(serde_json::from_value::<Outcome>(outcome).is_ok(), "{kind}");
    }
}
