//! Makes the nodes of the tree for the grammar's actions.
//!
//! In: positions of pieces and finished children. Out: nodes with spans.
//! Keeps the promise that the tree is never deeper than `limits::NESTING_MAX`: a node that
//! would be is replaced by an error node, and the place is remembered for one report.

use super::ast::{
    Arg, Arm, BinaryOp, Block, Edition, Expr, ExprKind, FieldType, If, Index, Item, Lit, LitKind,
    Match, Name, Path, Pattern, PatternAtom, PatternKind, Pick, Range, Stack, Stmt, StmtKind, Type,
    TypeArg, UnaryOp, Update,
};
use super::literal;
use super::piece::{Piece, span_of};
use super::token::TokenKind;
use std::cell::Cell;
use syrup_diag::{FileId, Span, limits};

/// What one run of the parser gives.
pub(super) enum Root {
    /// A declaration.
    Item(Box<Item>),
    /// The edition line.
    Edition(Edition),
    /// An expression.
    Expr(Box<Expr>),
}

/// What the grammar's actions need to make nodes. Positions are indices into `pieces`.
pub(super) struct Maker<'a> {
    /// The file.
    pub file: FileId,
    /// Its text.
    pub text: &'a str,
    /// What is parsed.
    pub pieces: &'a [Piece],
    /// The first place that was nested too deeply.
    pub too_deep: Cell<Option<Span>>,
}

impl Maker<'_> {
    /// The span of pieces `l..r`; empty where there are none.
    pub fn span(&self, l: u32, r: u32) -> Span {
        match self.pieces.get(l as usize..r as usize) {
            Some(pieces @ [_, ..]) => span_of(self.file, pieces),
            _ => match (l as usize).checked_sub(1).and_then(|before| self.pieces.get(before)) {
                Some(before) => before.span.after(),
                None => Span::new(self.file, 0, 0),
            },
        }
    }

    fn text(&self, l: u32) -> &str {
        let span = self.pieces[l as usize].span;
        &self.text[span.start as usize..span.end as usize]
    }

    pub fn name(&self, l: u32) -> Name {
        Name { text: self.text(l).to_owned(), span: self.span(l, l + 1) }
    }

    /// The name a string gives.
    pub fn quoted_name(&self, l: u32) -> Name {
        let text = self.text(l).trim_matches('"').to_owned();
        Name { text, span: self.span(l, l + 1) }
    }

    pub fn path(&self, l: u32, r: u32, first: Name, rest: Vec<Name>) -> Path {
        Path { parts: list(first, rest), span: self.span(l, r) }
    }

    pub fn lit_kind(&self, l: u32, kind: TokenKind) -> LitKind {
        let text = self.text(l);
        match kind {
            TokenKind::True => LitKind::Bool(true),
            TokenKind::False => LitKind::Bool(false),
            TokenKind::Int | TokenKind::Duration => literal::number(text).value,
            kind => literal::quoted(kind, text).value,
        }
    }

    pub fn lit(&self, l: u32, kind: TokenKind) -> Lit {
        Lit { span: self.span(l, l + 1), kind: self.lit_kind(l, kind) }
    }

    pub fn year(&self, l: u32) -> u64 {
        match self.lit_kind(l, TokenKind::Int) {
            LitKind::Int(year) => year,
            _ => 0,
        }
    }

    /// Whether a node of this depth is allowed; remembers the first that is not.
    fn fits(&self, l: u32, depth: u32) -> bool {
        if depth <= limits::NESTING_MAX {
            return true;
        }
        if self.too_deep.get().is_none() {
            self.too_deep.set(Some(self.span(l, l + 1)));
        }
        false
    }

    /// An expression one level above parts of depth `inner`.
    pub fn expr(&self, l: u32, r: u32, inner: u32, kind: ExprKind) -> Expr {
        let span = self.span(l, r);
        if self.fits(l, inner + 1) {
            Expr::new(span, inner + 1, kind)
        } else {
            Expr::new(span, 1, ExprKind::Error)
        }
    }

    pub fn unary(&self, l: u32, r: u32, op: UnaryOp, operand: Expr) -> Expr {
        let depth = operand.depth;
        self.expr(l, r, depth, ExprKind::Unary { op, operand: Box::new(operand) })
    }

    /// A binary expression; its span and depth follow from its operands.
    pub fn binary(&self, l: u32, r: u32, left: Expr, op: (BinaryOp, u32), right: Expr) -> Expr {
        let depth = left.depth.max(right.depth);
        let op_span = self.span(op.1, op.1 + 1);
        let (left, right) = (Box::new(left), Box::new(right));
        self.expr(l, r, depth, ExprKind::Binary { op: op.0, op_span, left, right })
    }

    pub fn orelse(&self, l: u32, r: u32, value: Expr, fallback: Expr) -> Expr {
        let depth = value.depth.max(fallback.depth);
        let (value, fallback) = (Box::new(value), Box::new(fallback));
        self.expr(l, r, depth, ExprKind::Else { value, fallback })
    }

    pub fn block_expr(&self, l: u32, r: u32, block: Block) -> Expr {
        let depth = block_depth(&block);
        self.expr(l, r, depth, ExprKind::Block(Box::new(block)))
    }

    pub fn call(&self, l: u32, r: u32, callee: Expr, args: Vec<Arg>) -> Expr {
        let depth = callee.depth.max(args_depth(&args));
        self.expr(l, r, depth, ExprKind::Call { callee: Box::new(callee), args })
    }

    pub fn index(&self, l: u32, r: u32, base: Expr, index: Index) -> Expr {
        let depth = base.depth.max(index_depth(&index));
        let (base, index) = (Box::new(base), Box::new(index));
        self.expr(l, r, depth, ExprKind::Index { base, index })
    }

    pub fn list(&self, l: u32, r: u32, values: Vec<Expr>) -> Expr {
        let depth = values.iter().map(|value| value.depth).max().unwrap_or(0);
        self.expr(l, r, depth, ExprKind::List(values))
    }

    pub fn field(&self, l: u32, r: u32, base: Expr, name: Name) -> Expr {
        let depth = base.depth;
        self.expr(l, r, depth, ExprKind::Field { base: Box::new(base), name })
    }

    pub fn if_expr(
        &self,
        l: u32,
        r: u32,
        cond: Expr,
        then: Block,
        otherwise: Option<Expr>,
    ) -> Expr {
        let other = otherwise.as_ref().map_or(0, |other| other.depth);
        let depth = cond.depth.max(block_depth(&then)).max(other);
        self.expr(l, r, depth, ExprKind::If(Box::new(If { cond, then, otherwise })))
    }

    pub fn match_expr(&self, l: u32, r: u32, scrutinee: Expr, arms: Vec<Arm>) -> Expr {
        let arm_depth = |arm: &Arm| {
            let guard = arm.guard.as_ref().map_or(0, |guard| guard.depth);
            pattern_depth(&arm.pattern).max(arm.body.depth).max(guard)
        };
        let depth = scrutinee.depth.max(arms.iter().map(arm_depth).max().unwrap_or(0));
        self.expr(l, r, depth, ExprKind::Match(Box::new(Match { scrutinee, arms })))
    }

    pub fn update_expr(&self, l: u32, r: u32, update: Update) -> Expr {
        let other = update.otherwise.as_ref().map_or(0, block_depth);
        let depth = update.place.depth.max(block_depth(&update.body)).max(other);
        self.expr(l, r, depth, ExprKind::Update(Box::new(update)))
    }

    pub fn pick(&self, l: u32, r: u32, pick: Pick) -> Expr {
        let filter = pick.filter.as_ref().map_or(0, |filter| filter.depth);
        let order = pick.order.as_ref().map_or(0, |(_, key)| key.depth);
        let depth = pick.from.depth.max(filter).max(order);
        self.expr(l, r, depth, ExprKind::Pick(Box::new(pick)))
    }

    pub fn error(&self, l: u32, r: u32) -> Expr {
        Expr::new(self.span(l, r), 1, ExprKind::Error)
    }

    /// A block. An `if`, `match` or `update` that ends it without `;` is its value.
    pub fn block(&self, l: u32, r: u32, mut stmts: Vec<Stmt>, mut value: Option<Expr>) -> Block {
        let span = self.span(l, r);
        if value.is_none() {
            value = stmts.pop_if(is_blocklike).and_then(|stmt| match stmt.kind {
                StmtKind::Expr(expr) => Some(expr),
                _ => None,
            });
        }
        let block = Block { span, stmts, value: value.map(Box::new) };
        if self.fits(l, block_depth(&block)) {
            return block;
        }
        let value = Expr::new(span, 1, ExprKind::Error);
        Block { span, stmts: Vec::new(), value: Some(Box::new(value)) }
    }

    /// A type; one that is too deep loses its arguments.
    pub fn ty(&self, l: u32, r: u32, mut ty: Type) -> Type {
        ty.span = self.span(l, r);
        if !self.fits(l, type_depth(&ty)) {
            ty.args.clear();
            ty.index = None;
        }
        ty
    }

    /// The type that stands where one is missing: its name is `_`, which names no type.
    pub fn type_hole(&self, l: u32, r: u32) -> Type {
        let span = self.span(l, r);
        let path = Path { parts: vec![Name { text: "_".to_owned(), span }], span };
        Type { span, path, args: Vec::new(), index: None, optional: false }
    }

    pub fn atom(&self, l: u32, r: u32, kind: PatternKind) -> PatternAtom {
        let span = self.span(l, r);
        let atom = PatternAtom { span, kind };
        if self.fits(l, atom_depth(&atom)) {
            atom
        } else {
            PatternAtom { span, kind: PatternKind::Error }
        }
    }

    /// A pattern that stands where one could not be read.
    pub fn pattern_hole(&self, l: u32, r: u32) -> Pattern {
        let span = self.span(l, r);
        let layers = vec![PatternAtom { span, kind: PatternKind::Error }];
        Pattern { span, stacks: vec![Stack { span, layers }] }
    }
}

/// One and then more.
pub(super) fn list<T>(first: T, rest: Vec<T>) -> Vec<T> {
    let mut all = Vec::with_capacity(1 + rest.len());
    all.push(first);
    all.extend(rest);
    all
}

/// Whether a statement is an expression that ends with a block.
fn is_blocklike(stmt: &mut Stmt) -> bool {
    let StmtKind::Expr(expr) = &stmt.kind else { return false };
    matches!(expr.kind, ExprKind::If(_) | ExprKind::Match(_) | ExprKind::Update(_))
}

pub(super) fn range_depth(range: &Range) -> u32 {
    let end = |end: &Option<Box<Expr>>| end.as_ref().map_or(0, |expr| expr.depth);
    end(&range.start).max(end(&range.end))
}

pub(super) fn index_depth(index: &Index) -> u32 {
    match index {
        Index::At(expr) => expr.depth,
        Index::Range(range) => range_depth(range),
    }
}

fn args_depth(args: &[Arg]) -> u32 {
    args.iter().map(|arg| arg.value.depth).max().unwrap_or(0)
}

/// Levels of a type, itself included.
fn type_depth(ty: &Type) -> u32 {
    let args = ty.args.iter().map(|arg| match arg {
        TypeArg::Type(ty) => type_depth(ty),
        TypeArg::Int(_) => 1,
    });
    let index = ty.index.as_ref().map_or(0, |index| index_depth(index));
    1 + args.max().unwrap_or(0).max(index)
}

pub(super) fn field_type_depth(ty: &FieldType) -> u32 {
    type_depth(&ty.ty).max(ty.range.as_ref().map_or(0, range_depth))
}

/// Levels of a block, itself included.
pub(super) fn block_depth(block: &Block) -> u32 {
    let stmts = block.stmts.iter().map(stmt_depth).max().unwrap_or(0);
    1 + stmts.max(block.value.as_ref().map_or(0, |value| value.depth))
}

fn stmt_depth(stmt: &Stmt) -> u32 {
    match &stmt.kind {
        StmtKind::Let(def) | StmtKind::Var(def) => {
            def.value.depth.max(def.ty.as_ref().map_or(0, field_type_depth))
        }
        StmtKind::Expr(expr) | StmtKind::Expect(expr) => expr.depth,
        StmtKind::Assign { place, value } => place.depth.max(value.depth),
        StmtKind::Given { name: _, value } => value.depth,
        StmtKind::For { name: _, range, body } => range_depth(range).max(block_depth(body)),
        StmtKind::Error => 0,
    }
}

/// Levels of a pattern, itself included.
pub(super) fn pattern_depth(pattern: &Pattern) -> u32 {
    let layers = pattern.stacks.iter().flat_map(|stack| &stack.layers);
    layers.map(atom_depth).max().unwrap_or(1)
}

fn atom_depth(atom: &PatternAtom) -> u32 {
    match &atom.kind {
        PatternKind::Any | PatternKind::Lit(_) | PatternKind::Range { .. } | PatternKind::Error => {
            1
        }
        PatternKind::Named { path: _, index, fields, bind: _ } => {
            let fields = fields.iter().flatten().filter_map(|field| field.pattern.as_ref());
            let index = index.as_ref().map_or(0, |index| index.depth);
            1 + fields.map(pattern_depth).max().unwrap_or(0).max(index)
        }
    }
}
