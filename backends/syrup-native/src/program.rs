//! A policy as code: what all of its instances share.
//!
//! In: a checked module and options. Out: executable code and the arena it wants, or Cranelift's
//! functions for an object file; or diagnostics, where native code cannot do what the policy asks.

use crate::defect::Chosen;
use crate::layout::Layout;
use crate::lower::{self, Mode};
use crate::memory::Code as Machine;
use cranelift_codegen::ir::{self, UserFuncName};
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{CodegenError, Context};
use cranelift_module::ModuleError;
use syrup_diag::{Code, Diagnostic, bug, limits};
use syrup_ir::{Caps, Checked, MapKind, Module, Op, Profile, Term};

/// How a policy becomes code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// The copies of a per-CPU map: evaluations name a CPU below this.
    pub n_cpus: u32,
    /// Count the IR's steps, for comparisons with the interpreter.
    pub steps: bool,
    /// A mistake on purpose, for tests.
    pub defect: Chosen,
}

impl Default for Options {
    fn default() -> Options {
        Options { n_cpus: limits::NATIVE_CPUS, steps: false, defect: Chosen::default() }
    }
}

/// What native code offers a policy: everything.
pub fn profile() -> Profile {
    let (isa, may_goto, verifier_insns_max) = (4, true, u64::MAX);
    Profile { name: "native".into(), caps: Caps::ALL, isa, may_goto, verifier_insns_max }
}

/// A policy compiled into this process.
pub struct Program {
    policy: Checked,
    layout: Layout,
    code: Machine,
}

impl Program {
    /// Compiles a policy.
    ///
    /// # Errors
    /// What native code cannot do, in the policy's own terms.
    pub fn new(policy: &Checked, options: Options) -> Result<Program, Vec<Diagnostic>> {
        let isa = target(false, policy)?;
        let (layout, functions) = functions(policy, options, &isa)?;
        let n_inputs = |at: usize| policy.module().funcs[at].blocks[0].params.len() as u32;
        let functions = functions.into_iter().enumerate();
        let functions = functions.map(|(at, function)| (function, n_inputs(at)));
        match Machine::new(isa, functions) {
            Ok(code) => Ok(Program { policy: policy.clone(), layout, code }),
            Err(error) => Err(vec![refused(policy, &error)]),
        }
    }

    /// The policy.
    pub fn policy(&self) -> &Checked {
        &self.policy
    }

    /// Its arena.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn code(&self) -> &Machine {
        &self.code
    }
}

/// The arena of a policy and Cranelift's form of each of its functions.
pub(crate) fn functions(
    policy: &Checked,
    options: Options,
    isa: &OwnedTargetIsa,
) -> Result<(Layout, Vec<ir::Function>), Vec<Diagnostic>> {
    supported(policy)?;
    let layout = Layout::new(policy, options.n_cpus.max(1))?;
    let mode = Mode { steps: options.steps, defect: options.defect };
    let mut functions = Vec::new();
    for (at, func) in (0..).zip(&policy.module().funcs) {
        let name = UserFuncName::user(0, at);
        let mut function =
            ir::Function::with_name_signature(name, lower::signature(isa.default_call_conv()));
        lower::function(policy, func, &layout, mode, isa.frontend_config(), &mut function);
        functions.push(function);
    }
    Ok((layout, functions))
}

/// The most sets, and the most queues, whose number a verdict has room for.
const SETS_MAX: usize = 256;

/// What a verdict has no room for.
fn supported(policy: &Checked) -> Result<(), Vec<Diagnostic>> {
    let module = policy.module();
    let span = module.funcs.first().map(|func| func.span).unwrap_or_default();
    if module.sets.len().max(module.queues.len()) > SETS_MAX {
        let message = format!("native code knows at most {SETS_MAX} executor sets and queues");
        return Err(vec![Diagnostic::error(Code::E0413, span, message)]);
    }
    Ok(())
}

/// Why a function did not become code.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// What Cranelift says.
    Cranelift(Box<ModuleError>),
    /// It wants so many bytes of stack.
    Frame(u32),
}

impl From<ModuleError> for Refusal {
    fn from(error: ModuleError) -> Refusal {
        Refusal::Cranelift(Box::new(error))
    }
}

/// Looks at the stack that compiled code wants.
pub(crate) fn within_frame(context: &Context) -> Result<(), Refusal> {
    let layout = context.compiled_code().and_then(|code| code.buffer.frame_layout());
    let bytes = layout.map_or(0, |layout| layout.frame_to_fp_offset);
    if bytes <= limits::NATIVE_FRAME_BYTES_MAX { Ok(()) } else { Err(Refusal::Frame(bytes)) }
}

/// A refusal for the author: only size is theirs to change.
pub(crate) fn refused(policy: &Checked, refusal: &Refusal) -> Diagnostic {
    let module = policy.module();
    let message = match refusal {
        Refusal::Frame(bytes) => format!(
            "this policy keeps too much at once: it needs {bytes} bytes of stack, native code \
             may use {}",
            limits::NATIVE_FRAME_BYTES_MAX
        ),
        Refusal::Cranelift(error) => match &**error {
            ModuleError::Compilation(
                CodegenError::CodeTooLarge | CodegenError::ImplLimitExceeded,
            ) => "this policy becomes more code than native functions may have".to_owned(),
            other => bug!("{} has no native code: {other}", module.name),
        },
    };
    let span = module.funcs.first().map(|func| func.span).unwrap_or_default();
    Diagnostic::error(Code::E0601, span, message)
}

/// The processor's name as Cranelift knows it, for the architecture this crate was built for.
fn triple() -> Option<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Some("x86_64-unknown-linux-gnu"),
        "aarch64" => Some("aarch64-unknown-linux-gnu"),
        _ => None,
    }
}

/// What code is made for.
pub(crate) fn target(is_pic: bool, policy: &Checked) -> Result<OwnedTargetIsa, Vec<Diagnostic>> {
    let made = triple().and_then(|triple| build_target(triple, is_pic).ok());
    made.ok_or_else(|| {
        let span = policy.module().funcs.first().map(|func| func.span).unwrap_or_default();
        let message = format!("there is no native code for {}", std::env::consts::ARCH);
        vec![Diagnostic::error(Code::E0413, span, message)]
    })
}

fn build_target(triple: &str, is_pic: bool) -> Result<OwnedTargetIsa, Box<dyn std::error::Error>> {
    let mut flags = settings::builder();
    flags.set("opt_level", "speed")?;
    flags.set("is_pic", if is_pic { "true" } else { "false" })?;
    // Nothing unwinds through a policy; debuggers and profilers walk frame pointers.
    flags.set("unwind_info", "false")?;
    flags.set("preserve_frame_pointers", "true")?;
    // A frame larger than a page touches each of them, so no thread's guard page is jumped over.
    flags.set("enable_probestack", "true")?;
    flags.set("probestack_strategy", "inline")?;
    flags.set("enable_verifier", "true")?;
    Ok(isa::lookup_by_name(triple)?.finish(settings::Flags::new(flags))?)
}

/// Whether a function asks for something of its world.
pub(crate) struct Asks {
    /// The time.
    pub(crate) now: bool,
    /// The CPU, itself or for its copy of a map.
    pub(crate) cpu: bool,
}

impl Asks {
    /// Of one function.
    pub(crate) fn new(module: &Module, func: usize) -> Asks {
        let mut asks = Asks { now: false, cpu: false };
        let is_per_cpu = |map: syrup_ir::MapId| {
            let kind = module.maps[map.idx()].kind;
            matches!(kind, MapKind::PerCpuState | MapKind::PerCpuArray)
        };
        for block in &module.funcs[func].blocks {
            for inst in &block.insts {
                match inst.op {
                    Op::Now => asks.now = true,
                    Op::Cpu => asks.cpu = true,
                    Op::StateCell(map) => asks.cpu |= is_per_cpu(map),
                    _ => {}
                }
            }
            if let Term::Lookup { map, .. } = block.term {
                asks.cpu |= is_per_cpu(map);
            }
        }
        asks
    }
}
