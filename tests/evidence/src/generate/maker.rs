//! What the generator knows while it writes: names in scope, maps, how much more to write.

use super::weights::Weights;
use std::collections::BTreeMap;
use syrupc::testing::Rng;

/// A type of the language, as far as values of it are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ty {
    /// A number of so many bits.
    Int(u8),
    Bool,
    Time,
    Duration,
    /// An enum, by index.
    Enum(usize),
    /// A struct, by index.
    Struct(usize),
    /// An executor of the set of an index.
    Exec(usize),
    /// A run of bytes; the interval of the value is that of its length.
    Bytes,
    /// The thread of an event.
    Task,
}

/// The largest number of so many bits.
pub(super) fn full(bits: u8) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

/// An expression.
#[derive(Clone, Debug)]
pub(super) struct Ex {
    pub text: String,
    /// What is known of its value: at least.
    pub lo: u64,
    /// At most.
    pub hi: u64,
    /// Maps that its value comes from, a bit each.
    pub from: u64,
    /// Whether only its surroundings say its type.
    pub bare: bool,
}

impl Ex {
    pub(super) fn new(text: impl Into<String>, lo: u64, hi: u64) -> Ex {
        Ex { text: text.into(), lo, hi, from: 0, bare: false }
    }

    /// With the maps of another expression besides.
    pub(super) fn with(mut self, from: u64) -> Ex {
        self.from |= from;
        self
    }
}

/// A name with a value.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub name: String,
    pub ty: Ty,
    pub lo: u64,
    pub hi: u64,
    pub from: u64,
    pub is_var: bool,
}

/// What may stand at a place.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// Nothing is changed here: guards, what `where` and `least` ask.
    pub reads_only: bool,
    /// Only the arguments are known: functions, and what `update` does while it holds the lock.
    pub is_pure: bool,
    /// A verdict may be returned.
    pub returns: bool,
    /// Loops around this.
    pub loops: u32,
    /// There is a packet to look at.
    pub has_packet: bool,
    /// The policy runs at a hook that begins at the frame, too.
    pub at_frame: bool,
}

/// A map, a state or a log.
#[derive(Clone, Debug)]
pub(super) struct MapDecl {
    pub name: String,
    pub kind: Kind,
    pub value: Ty,
    pub is_atomic: bool,
    pub key: Ty,
    pub n: u64,
    /// Its bit in [`Ex::from`].
    pub bit: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    State,
    PerCpuState,
    PerCpu,
    Array,
    /// By executor of a set.
    BySlot(usize),
    PerCpuArray,
    Hash,
    Lru,
    Lpm,
    Log,
    Maglev(usize),
    PerTask,
}

/// A struct: fields with types and ranges.
#[derive(Clone, Debug)]
pub(super) struct StructDecl {
    pub name: String,
    pub fields: Vec<FieldDecl>,
}

#[derive(Clone, Debug)]
pub(super) struct FieldDecl {
    pub name: String,
    pub ty: Ty,
    pub lo: u64,
    pub hi: u64,
}

#[derive(Clone, Debug)]
pub(super) struct EnumDecl {
    pub name: String,
    pub bits: u8,
    pub cases: Vec<(String, u64)>,
}

#[derive(Clone, Debug)]
pub(super) struct SetDecl {
    pub name: String,
    pub capacity: u64,
}

#[derive(Clone, Debug)]
pub(super) struct FnDecl {
    pub name: String,
    pub params: Vec<FieldDecl>,
    pub gives: Ty,
    pub from: u64,
}

/// A queue of threads, and whether it takes them at a key.
#[derive(Clone, Debug)]
pub(super) struct QueueDecl {
    pub name: String,
    pub is_ordered: bool,
}

/// The generator at one point of a text.
pub(super) struct Maker<'w> {
    pub rng: Rng,
    pub seed: u64,
    pub weights: &'w Weights,
    pub used: BTreeMap<&'static str, u64>,
    /// Expressions and statements left.
    pub budget: i64,
    /// Work left for loops and choices: what they repeat counts as often.
    pub work: u64,
    pub n_names: u32,
    pub maps: Vec<MapDecl>,
    pub structs: Vec<StructDecl>,
    pub enums: Vec<EnumDecl>,
    pub sets: Vec<SetDecl>,
    pub fns: Vec<FnDecl>,
    pub params: Vec<FieldDecl>,
    pub headers: Vec<super::headers::HeaderDecl>,
    pub queues: Vec<QueueDecl>,
    pub scope: Vec<Local>,
    pub place: Place,
    /// Maps that decided whether control comes here.
    pub control: u64,
    /// The set whose executors the policy answers with; nothing for `-> verdict`.
    pub steers: Option<usize>,
}

impl<'w> Maker<'w> {
    pub(super) fn new(seed: u64, size: u32, weights: &'w Weights) -> Maker<'w> {
        Maker {
            rng: Rng::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(size)),
            seed,
            weights,
            used: BTreeMap::new(),
            budget: size.into(),
            work: 600,
            n_names: 0,
            maps: Vec::new(),
            structs: Vec::new(),
            enums: Vec::new(),
            sets: Vec::new(),
            fns: Vec::new(),
            params: Vec::new(),
            headers: Vec::new(),
            queues: Vec::new(),
            scope: Vec::new(),
            place: Place::default(),
            control: 0,
            steers: None,
        }
    }

    /// A number below `n`, or 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.rng.next_u64() % n.max(1)
    }

    /// Whether something happens that happens once in `n` times.
    pub(super) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of a list; nothing of an empty one.
    pub(super) fn one_of<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        let at = self.below(list.len() as u64) as usize;
        list.get(at).cloned()
    }

    /// One of some constructs, by weight. The last one is taken where this policy leaves out all.
    pub(super) fn choose(&mut self, options: &[(&'static str, u64)]) -> &'static str {
        let weight = |(name, base): &(&'static str, u64)| self.weights.of(name, *base, self.seed);
        let weights: Vec<u64> = options.iter().map(weight).collect();
        let mut number = self.below(weights.iter().sum());
        let mut chosen = options.last().map_or("", |last| last.0);
        for (option, weight) in options.iter().zip(weights) {
            self.used.entry(option.0).or_insert(0);
            if number < weight {
                chosen = option.0;
                break;
            }
            number -= weight;
        }
        self.count(chosen);
        chosen
    }

    /// Notes that a construct was used.
    pub(super) fn count(&mut self, name: &'static str) {
        *self.used.entry(name).or_insert(0) += 1;
    }

    /// A name that no other declaration has.
    pub(super) fn fresh(&mut self, prefix: &str) -> String {
        self.n_names += 1;
        format!("{prefix}{}", self.n_names)
    }

    /// Takes something of the budget; whether there was any.
    pub(super) fn spend(&mut self) -> bool {
        self.budget -= 1;
        self.budget > 0
    }

    /// Does something in a scope of its own.
    pub(super) fn scoped<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let (n_locals, place, control) = (self.scope.len(), self.place, self.control);
        let made = make(self);
        self.scope.truncate(n_locals);
        (self.place, self.control) = (place, control);
        made
    }

    /// Does something where nothing may be changed.
    pub(super) fn reading<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let place = self.place;
        self.place.reads_only = true;
        self.place.returns = false;
        let made = make(self);
        self.place = place;
        made
    }

    /// The locals of a type.
    pub(super) fn locals(&self, ty: Ty) -> Vec<Local> {
        self.scope.iter().filter(|local| local.ty == ty).cloned().collect()
    }

    /// Brings a name into scope.
    pub(super) fn declare(&mut self, name: impl Into<String>, ty: Ty, value: &Ex) {
        let (lo, hi, from) = (value.lo, value.hi, value.from);
        self.scope.push(Local { name: name.into(), ty, lo, hi, from, is_var: false });
    }

    /// A type as it is written.
    pub(super) fn type_text(&self, ty: Ty) -> String {
        match ty {
            Ty::Int(bits) => format!("u{bits}"),
            Ty::Bool => "bool".to_owned(),
            Ty::Time => "time".to_owned(),
            Ty::Duration => "duration".to_owned(),
            Ty::Enum(at) => self.enums[at].name.clone(),
            Ty::Struct(at) => self.structs[at].name.clone(),
            Ty::Exec(at) => self.sets[at].name.clone(),
            Ty::Bytes => "bytes".to_owned(),
            Ty::Task => "ThreadId".to_owned(),
        }
    }
}
