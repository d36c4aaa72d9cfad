//! Typed indexes into the arenas of a module; they print as the text form prints them.

use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The index into the arena.
            pub const fn idx(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// A block of a function: `b2`.
    Block "b",
    /// A value of a function: `v7`.
    Value "v",
    /// A map of a module: `m0`.
    MapId "m",
    /// An executor set of a module: `s0`.
    SetId "s",
    /// A queue of threads of a module: `q0`.
    QueueId "q",
    /// A load-time parameter of a module: `p0`.
    ParamId "p",
}
