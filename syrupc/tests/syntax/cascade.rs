//! One cause gives one diagnostic.
