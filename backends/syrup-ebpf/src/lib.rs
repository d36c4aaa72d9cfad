//! Checked IR to eBPF: programs, maps, BTF, object files.
//!
//! In: a checked module, a target's profile and the sources. Out: an artifact, the same bytes on
//! every machine, or diagnostics. [`elf`], [`asm`] and [`carray`] print an artifact.
//!
//! The way of a policy: [`hooks`] says what the hook is, [`maps`] plans the maps, `select` chooses
//! instructions over virtual registers, `regalloc` gives them machine registers, `peephole` and
//! `layout` tidy up, `emit` encodes, `cost` bounds the verifier's work, `btf` names everything.
//!
//! What is emitted is taken by the kernel when loaded with CAP_BPF and CAP_NET_ADMIN only. That
//! rules out packet pointers with a variable offset, variable offsets into the stack, and the
//! kernel's bounded loops.

mod btf;
mod carray;
mod cost;
pub mod defect;
mod disasm;
mod elf;
mod elf_names;
mod emit;
pub mod hooks;
mod insn;
mod layout;
pub mod maps;
mod peephole;
mod regalloc;
mod select;
mod shape;

pub use carray::carray;
pub use disasm::asm;
pub use elf::elf;
use hooks::{Face, Hook};
use insn::{Code, Insn, Reg};
pub use select::{Choices, PacketAccess};
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::{Code as ErrorCode, Diagnostic, Sources, Span, limits};
use syrup_ir::{BlockData, Checked, Module, Profile, Term};
use syrup_wire::artifact::{Artifact, Program, ProgramRole};

/// The eBPF backend.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ebpf;

impl Backend for Ebpf {
    fn name(&self) -> &'static str {
        "ebpf"
    }

    fn hooks(&self) -> &'static [&'static str] {
        hooks::NAMES
    }

    fn emit(
        &self,
        policy: &Checked,
        target: &Profile,
        options: EmitOptions,
        sources: &Sources,
    ) -> Result<Artifact, Vec<Diagnostic>> {
        emit_with(policy, target, options, sources, Manner::default())
    }
}

/// How a program is made, where there is more than one way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Manner {
    /// How packets are read.
    pub access: PacketAccess,
    /// How numbers are chosen. What would take too much of the verifier's work by jumps is made
    /// without them in any case.
    pub choices: Choices,
    /// Whether the verifier is made to forget what it knows of numbers where ways meet, so that it
    /// walks on from there once. So is what would take too much of its work otherwise.
    pub forget: bool,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner { access: PacketAccess::DirectFirst, choices: Choices::Jumps, forget: false }
    }
}

/// [`Backend::emit`], with a choice of how the program is made.
///
/// # Errors
/// What this hook or target cannot do, in the policy's own terms.
pub fn emit_with(
    policy: &Checked,
    target: &Profile,
    options: EmitOptions,
    sources: &Sources,
    manner: Manner,
) -> Result<Artifact, Vec<Diagnostic>> {
    let module = policy.module();
    let Some(hook) = hooks::find(&module.hook.name) else {
        let span = module.funcs.first().map(|func| func.span).unwrap_or_default();
        let message = format!("hook `{}` is not supported yet", module.hook.name);
        return Err(vec![Diagnostic::error(ErrorCode::E0111, span, message)]);
    };
    if let Some(handler) = module.funcs.iter().find(|func| func.event().is_some()) {
        let message = format!("`{}` schedules threads, and those are not built yet", module.name);
        return Err(vec![
            Diagnostic::error(ErrorCode::E0111, handler.span, message)
                .note("`syrupc test --engine interp` runs it on the reference interpreter"),
        ]);
    }
    let unrolled = unroll(policy, target)?;
    let policy = unrolled.as_ref().unwrap_or(policy);
    let mut plan = maps::plan(module, hook, options)?;
    let mut programs = Vec::new();
    let mut spans = Vec::new();
    let mut verifier_insns = 0;
    let faces = faces(hook, options);
    for (&(role, face), compiled) in
        faces.iter().zip(compile_all(policy, &faces, &plan, manner, target)?)
    {
        if role == ProgramRole::Policy {
            verifier_insns = compiled.cost.insns;
        }
        let suffix = match role {
            ProgramRole::Policy => "",
            ProgramRole::Twin => "_twin",
        };
        programs.push(Program {
            name: elf_names::short_name(&module.name, suffix),
            role,
            kind: face.prog_type,
            attach: face.attach,
            flags: face.flags,
            section: face.section.to_owned(),
            insns: compiled.encoded.words,
            relocs: compiled.encoded.relocs,
            func_type: 0,
            lines: vec![],
        });
        spans.push(compiled.encoded.spans);
    }
    let faces: Vec<&Face> = faces.iter().map(|(_, face)| *face).collect();
    let btf = btf::build(module, &mut plan, &mut programs, &faces, &spans, sources);
    Ok(Artifact {
        format: syrup_wire::limits::FORMAT,
        policy: module.name.to_string(),
        hook: hook.name.to_owned(),
        target: target.name.to_string(),
        licence: module.licence.to_string(),
        programs,
        maps: plan.specs,
        sets: plan.sets,
        params: plan.params,
        btf,
        counters: plan.counters,
        verifier_insns,
    })
}

/// The policy with its loops unrolled, where it has any.
fn unroll(policy: &Checked, target: &Profile) -> Result<Option<Checked>, Vec<Diagnostic>> {
    let is_loop = |block: &BlockData| matches!(block.term, Term::Loop { .. });
    let mut blocks = policy.module().funcs.iter().flat_map(|func| &func.blocks);
    if !blocks.any(is_loop) {
        return Ok(None);
    }
    let module = syrup_ir::opt::unroll(policy.module().clone(), limits::BACKEND_UNROLL_OPS_MAX);
    syrup_ir::check::check(module, target).map(Some)
}

fn faces(hook: &Hook, options: EmitOptions) -> Vec<(ProgramRole, &Face)> {
    let mut faces = vec![(ProgramRole::Policy, &hook.policy)];
    if options.twin {
        faces.push((ProgramRole::Twin, &hook.twin));
    }
    faces
}

/// The programs for all faces. A policy that would take too much of the verifier's work by its
/// jumps is compiled again in ways that take less: without jumps that only choose between values,
/// with numbers that it forgets where ways meet, and with both.
fn compile_all(
    policy: &Checked,
    faces: &[(ProgramRole, &Face)],
    plan: &maps::MapPlan,
    manner: Manner,
    target: &Profile,
) -> Result<Vec<Compiled>, Vec<Diagnostic>> {
    let compile_as = |policy: &Checked, manner| {
        let each = faces.iter().map(|&(role, face)| {
            let compiled = compile(policy, face, plan, manner, target)?;
            // The twin's own prologue and draws are no cost of the policy's.
            if role == ProgramRole::Policy {
                within_budget(&compiled, target)?;
                // What is counted for the operator is no cost of the author's.
                if plan.counters.is_empty() {
                    within_author_budget(&compiled, policy.module())?;
                }
            }
            Ok(compiled)
        });
        each.collect::<Result<Vec<_>, Vec<Diagnostic>>>()
    };
    let straight = |forget| {
        let straight = syrup_ir::opt::straighten(policy.module().clone());
        let manner = Manner { choices: Choices::Straight, forget, ..manner };
        compile_as(&syrup_ir::check::check(straight, target)?, manner)
    };
    if manner.choices == Choices::Straight {
        return straight(manner.forget);
    }
    compile_as(policy, manner).or_else(|refused| {
        let is_work = |diagnostic: &Diagnostic| diagnostic.code == ErrorCode::E0601;
        if !refused.iter().all(is_work) {
            return Err(refused);
        }
        straight(manner.forget)
            .or_else(|_| compile_as(policy, Manner { forget: true, ..manner }))
            .or_else(|_| straight(true))
    })
}

struct Compiled {
    encoded: emit::Encoded,
    cost: cost::Cost,
}

fn compile(
    policy: &Checked,
    face: &Face,
    plan: &maps::MapPlan,
    manner: Manner,
    target: &Profile,
) -> Result<Compiled, Vec<Diagnostic>> {
    let code = select::select(policy, face, plan, manner, target.may_goto)?;
    let func_span = policy.module().funcs.first().map(|func| func.span).unwrap_or_default();
    let mut code = regalloc::allocate(code).map_err(|frame| {
        let message = format!(
            "this policy keeps too much at once: it needs {} bytes of stack, the kernel allows {}",
            frame.bytes,
            limits::STACK_BYTES_MAX
        );
        vec![Diagnostic::error(ErrorCode::E0601, func_span, message)]
    })?;
    let refused = refusals(&code, policy, target);
    if !refused.is_empty() {
        return Err(refused);
    }
    peephole::improve(&mut code);
    layout::simplify(&mut code);
    peephole::improve(&mut code);
    layout::simplify(&mut code);
    let turns = code.turns;
    let placed = layout::place(code);
    let cost = cost::bound(&placed, turns);
    let encoded = emit::encode(&placed).map_err(|far| {
        let message = "this policy becomes a program with jumps too long for the machine";
        vec![Diagnostic::error(ErrorCode::E0601, far.span, message)]
    })?;
    Ok(Compiled { encoded, cost })
}

/// What the target's instruction set or the policy's licence does not allow.
fn refusals(code: &Code<Reg>, policy: &Checked, target: &Profile) -> Vec<Diagnostic> {
    let licence = &policy.module().licence;
    let mut refused = Vec::new();
    for (insn, span) in code.blocks.iter().flat_map(|block| &block.insns) {
        match insn {
            Insn::AtomicFetch { .. } | Insn::CompareExchange { .. } if target.isa < 3 => {
                let message = format!(
                    "target `{}` has no atomic operation that gives the old value",
                    target.name
                );
                refused.push(Diagnostic::error(ErrorCode::E0413, *span, message));
            }
            Insn::Call { helper, .. } if helper.gpl_only() && !is_gpl_compatible(licence) => {
                let message = format!(
                    "this needs a licence compatible with the GPL, and the policy's is `{licence}`"
                );
                let error = Diagnostic::error(ErrorCode::E0603, *span, message);
                refused.push(error.note(format!("the kernel's function is {helper:?}")));
            }
            _ => {}
        }
    }
    refused
}

/// `license_is_gpl_compatible`, include/linux/license.h.
fn is_gpl_compatible(licence: &str) -> bool {
    matches!(
        licence,
        "GPL"
            | "GPL v2"
            | "GPL and additional rights"
            | "Dual BSD/GPL"
            | "Dual MIT/GPL"
            | "Dual MPL/GPL"
    )
}

fn within_budget(compiled: &Compiled, target: &Profile) -> Result<(), Vec<Diagnostic>> {
    let insns = compiled.cost.insns;
    let most = target.verifier_insns_max.min(limits::VERIFIER_INSNS_MAX);
    if insns <= most {
        return Ok(());
    }
    let span: Span = compiled.cost.worst;
    // The estimate stops where it no longer fits a number.
    let n = if insns < u64::MAX { insns.to_string() } else { "countless".to_owned() };
    let message =
        format!("the kernel would check {n} instructions to accept this policy, more than {most}");
    let error = Diagnostic::error(ErrorCode::E0601, span, message)
        .label("most of the work is here")
        .note("each choice before this point doubles the paths that lead here");
    Err(vec![error])
}

/// `@budget(insns: N)`, in instructions of 8 bytes as the program holds them.
fn within_author_budget(compiled: &Compiled, module: &Module) -> Result<(), Vec<Diagnostic>> {
    let Some(budget) = module.budget else { return Ok(()) };
    let insns = compiled.encoded.words.len() as u64;
    if insns <= budget.insns {
        return Ok(());
    }
    let message = format!("`{}` takes {insns} instructions, its budget is less", module.name);
    let label = format!("at most {}", budget.insns);
    let error = Diagnostic::error(ErrorCode::E0601, budget.span, message)
        .label(label)
        .help("shorten the longest fields and loops, or raise the budget");
    Err(vec![error])
}
