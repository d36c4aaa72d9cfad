//! Every error code, once. A row here and a page `docs/errors/<code>.md` belong together.
//!
//! A code of a lint has a row here and a file `syrupc/src/lints/<name>.rs`.
//!
//! `E00..` text and syntax, `E01..` names and structure, `E02..` matching, `E03..` what may be
//! missing, `E04..` numbers and types, `E05..` concurrency, `E06..` hooks, targets and cost,
//! `E07..` deployment, `E08..` in-file tests. A released code keeps its meaning and is never used
//! again.

use std::fmt;

macro_rules! codes {
    (
        errors { $($code:ident $title:literal,)* }
        lints { $($lint:ident $name:literal,)* }
    ) => {
        /// The code of a diagnostic.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code { $(#[doc = $title] $code,)* $(#[doc = $name] $lint,)* }

        /// Every code of an error, in order.
        pub const ALL: &[Code] = &[$(Code::$code,)*];

        /// Every code of a lint, in order.
        pub const LINTS: &[Code] = &[$(Code::$lint,)*];

        impl Code {
            /// The code as it is written: `E0301`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Code::$code => stringify!($code),)*
                    $(Code::$lint => stringify!($lint),)*
                }
            }

            /// What the code is about, in a few words; of a lint, its name.
            pub const fn title(self) -> &'static str {
                match self { $(Code::$code => $title,)* $(Code::$lint => $name,)* }
            }
        }
    };
}

codes! {
errors {
    E0001 "a character that means nothing",
    E0002 "a piece of syntax is missing or misplaced",
    E0003 "a string that does not end",
    E0004 "nested too deeply",
    E0005 "a number that no integer type holds",
    E0006 "a file that is too large",
    E0007 "the edition is missing or unknown",
    E0008 "comparisons do not chain",
    E0009 "a habit from C",

    E0101 "unknown name",
    E0102 "a name declared twice",
    E0103 "unknown type",
    E0104 "unknown field",
    E0105 "unknown attribute",
    E0106 "a file or name that `use` cannot find",
    E0107 "files that use each other in a circle",
    E0108 "functions that call each other in a circle",
    E0109 "unknown hook or target",
    E0110 "wrong arguments",
    E0111 "not supported yet",
    E0112 "unknown method",
    E0113 "not public",
    E0114 "more than the limit",
    E0115 "this cannot be assigned",
    E0116 "this does not belong here",
    E0117 "not a constant",
    E0118 "a policy that gives no verdict",
    E0119 "an event that is unknown, handled twice or missing",
    E0120 "a verdict that does not answer the event",

    E0201 "a match that does not cover everything",
    E0202 "a pattern that does not fit",
    E0203 "an index that is not proved to be inside",
    E0204 "no way to reach this header",
    E0205 "a header that is declared wrongly",

    E0301 "an entry that may be missing",
    E0302 "an insertion that may fail",
    E0303 "a choice that may find nothing",

    E0401 "arithmetic that can overflow",
    E0402 "types that do not fit",
    E0403 "widths that do not combine",
    E0404 "a divisor that can be zero",
    E0405 "a conversion that can lose bits",
    E0406 "a number outside its range",
    E0412 "something the hook cannot do",
    E0413 "something the target cannot do",

    E0501 "read, then written: another CPU can come between",
    E0502 "checked, then changed: another CPU can come between",
    E0503 "an effect where only reading is allowed",
    E0504 "something that `update` cannot do",

    E0601 "too expensive for its budget",
    E0602 "executors the hook does not have",
    E0603 "a licence the operation needs",
    E0604 "a hook that the policy does not name",

    E0701 "a parameter outside its range",
    E0704 "a map of another layout is already there",

    E0801 "an expectation that does not hold",
    E0802 "a test that cannot go on",
    E0803 "a property that no case puts to the test",
}
lints {
    L0101 "constant-executor",
    L0102 "unreachable-arm",
    L0104 "never-steers",
    L0105 "drop-by-default",
    L0106 "unused-binding",
    L0107 "index-mostly-out-of-range",
    L0108 "shadowed-constant",
    L0109 "unused-map",
    L0110 "unused-param",
    L0111 "unused-import",

    L0201 "hash-of-constant",
    L0202 "biased-reduction",
    L0203 "flow-split",
    L0204 "segment-assumption",
    L0205 "encrypted-payload",
    L0206 "port-not-checked",
    L0207 "v4-only",

    L0301 "unbounded-growth",
    L0303 "map-too-big",
    L0304 "map-type-conflict",
    L0305 "write-only-map",
    L0306 "read-never-written",

    L0401 "racy-two-writes",
    L0402 "two-reads",
    L0403 "contended-atomic",
    L0404 "percpu-read-as-global",
    L0405 "stale-load",

    L0501 "per-packet-division",
    L0504 "big-pick",

    L0601 "starvation",
    L0602 "not-work-conserving",
    L0603 "lost-task",
    L0605 "no-progress-bound",

    L0701 "untested-policy",
    L0702 "flaky-test",
    L0703 "magic-number",
    L0704 "missing-doc",
    L0705 "todo-fallback",

    L0901 "unused-allow",
    L0902 "unknown-lint",
}
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = ();

    fn from_str(text: &str) -> Result<Code, ()> {
        ALL.iter()
            .chain(LINTS)
            .copied()
            .find(|code| code.as_str().eq_ignore_ascii_case(text))
            .ok_or(())
    }
}
