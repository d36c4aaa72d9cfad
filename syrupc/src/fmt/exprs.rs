//! Expressions, blocks and statements as layout.

use super::build::{Builder, Style};
use super::doc::{COLUMNS_MAX, Doc, Padding, width};
use super::items::{arg, field_type, index, pattern, range};
use crate::syntax::ast::{
    Arg, Arm, BinaryOp, Block, Expr, ExprKind, If, Index, Let, Match, Pick, PickOrder, Stmt,
    StmtKind, Update,
};

/// A line of a block.
enum Row<'n> {
    Stmt(&'n Stmt),
    Value(&'n Expr),
}

impl Builder<'_> {
    /// A block, in the group of whoever asks.
    pub(super) fn block(&mut self, block: &Block) -> Doc {
        let rows = block.stmts.iter().map(Row::Stmt);
        let rows: Vec<Row<'_>> = rows.chain(block.value.as_deref().map(Row::Value)).collect();
        self.list(("{", "}"), &rows, Style::BLOCK, |b, row| match row {
            Row::Stmt(stmt) => b.stmt(stmt),
            Row::Value(value) => b.expr(value),
        })
    }

    /// A blank and a block.
    pub(super) fn gap_block(&mut self, block: &Block) -> Doc {
        Doc::all([Doc::text(" "), self.block(block)])
    }

    fn stmt(&mut self, stmt: &Stmt) -> Doc {
        match &stmt.kind {
            StmtKind::Let(def) => self.binding("let", def),
            StmtKind::Var(def) => self.binding("var", def),
            StmtKind::Expr(expr) => {
                let expr = self.expr(expr);
                let end = if self.peek() == ";" { self.end(";") } else { Doc::none() };
                Doc::all([expr, end])
            }
            StmtKind::Assign { place, value } => {
                let place = self.expr(place);
                let rest = [Doc::text(" "), self.word("="), self.expr(value), self.end(";")];
                Doc::all(std::iter::once(place).chain(rest))
            }
            StmtKind::Given { name: _, value } => Doc::all([
                self.word("given"),
                self.next(),
                self.word(":"),
                self.expr(value),
                self.end(";"),
            ]),
            StmtKind::Expect(expr) => {
                Doc::all([self.word("expect"), self.expr(expr), self.end(";")])
            }
            StmtKind::For { name: _, range: over, body } => Doc::all([
                self.word("for"),
                self.next(),
                Doc::text(" "),
                self.word("in"),
                range(self, over),
                self.gap_block(body).group(),
            ]),
            // A broken file is not formatted.
            StmtKind::Error => Doc::none(),
        }
    }

    fn binding(&mut self, word: &str, def: &Let) -> Doc {
        let mut parts = vec![self.word(word), self.next()];
        if let Some(ty) = &def.ty {
            parts.extend([self.word(":"), field_type(self, ty)]);
        }
        parts.extend([Doc::text(" "), self.word("="), self.expr(&def.value), self.end(";")]);
        Doc::all(parts)
    }

    /// An expression.
    pub(super) fn expr(&mut self, expr: &Expr) -> Doc {
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::Lit(_) | ExprKind::Error => self.next(),
            ExprKind::Unary { op: _, operand } => Doc::all([self.next(), self.expr(operand)]),
            ExprKind::Binary { .. } => {
                let (first, rest) = self.operation(expr);
                Doc::all([first, rest]).group()
            }
            ExprKind::Else { value, fallback } => self.otherwise(value, fallback),
            ExprKind::Pick(pick) => self.pick(pick),
            ExprKind::Field { base, name: _ } => {
                Doc::all([self.expr(base), self.eat("."), self.next()])
            }
            ExprKind::Call { callee, args } => {
                let callee = self.expr(callee);
                Doc::all([callee, self.args(args)])
            }
            ExprKind::Index { base, index: at } => {
                Doc::all([self.expr(base), self.eat("["), index(self, at), self.eat("]")])
            }
            ExprKind::List(values) => {
                self.list(("[", "]"), values, Style::LIST, Self::expr).group()
            }
            ExprKind::Paren(inner) => Doc::all([self.eat("("), self.expr(inner), self.eat(")")]),
            ExprKind::If(node) => self.choice(node).group(),
            ExprKind::Match(node) => self.matching(node).group(),
            ExprKind::Update(node) => self.update(node).group(),
            ExprKind::Return(value) => Doc::all([self.word("return"), self.expr(value)]),
            ExprKind::Block(block) => self.block(block).group(),
        }
    }

    /// Operands of one kind of operators, the first apart from the rest; in the group of whoever
    /// asks.
    fn operation(&mut self, expr: &Expr) -> (Doc, Doc) {
        let ExprKind::Binary { op, left, right, .. } = &expr.kind else {
            return (self.expr(expr), Doc::none());
        };
        if tier(*op) == Tier::Comparison {
            let stays = matches!(left.kind, ExprKind::Call { .. }) && is_short(right);
            let first = self.expr(left);
            let rest = [Doc::Line, self.next(), Doc::text(" "), self.expr(right)];
            let rest = Doc::all(rest).nest();
            return if stays {
                (Doc::Behind(Box::new([first.group(), rest])), Doc::none())
            } else {
                (first, rest)
            };
        }
        let mut rows = Vec::new();
        self.operands(expr, tier(*op), &mut rows);
        let is_stack = rows.iter().skip(1).all(|row| row.1 == Some(BinaryOp::Div));
        let mut rows: Vec<Doc> = rows.into_iter().map(|row| row.0).collect();
        if is_stack {
            return (Doc::fill(rows).nest(), Doc::none());
        }
        let first = rows.remove(0);
        (first, Doc::all(rows.into_iter().flat_map(|row| [Doc::Line, row])).nest())
    }

    /// The operands, each but the first behind its operator.
    fn operands(&mut self, expr: &Expr, of: Tier, rows: &mut Vec<(Doc, Option<BinaryOp>)>) {
        match &expr.kind {
            ExprKind::Binary { op, left, right, .. } if tier(*op) == of => {
                self.operands(left, of, rows);
                let row = [self.next(), Doc::text(" "), self.expr(right)];
                rows.push((Doc::all(row), Some(*op)));
            }
            _ => rows.push((self.expr(expr), None)),
        }
    }

    /// `value else fallback else last`
    fn otherwise(&mut self, value: &Expr, fallback: &Expr) -> Doc {
        let first = self.expr(value);
        if let ExprKind::Block(block) = &fallback.kind {
            let word = [Doc::text(" "), self.word("else")];
            return Doc::all([first, Doc::all(word), self.block(block).group()]);
        }
        let mut rows = Vec::new();
        let mut next = fallback;
        while let ExprKind::Else { value, fallback } = &next.kind {
            rows.extend([Doc::Line, self.word("else"), self.expr(value)]);
            next = fallback;
        }
        rows.extend([Doc::Line, self.word("else"), self.expr(next)]);
        Doc::all([first, Doc::all(rows).nest()]).group()
    }

    fn pick(&mut self, pick: &Pick) -> Doc {
        let mut head = vec![self.word("pick"), self.next(), Doc::text(" ")];
        head.extend([self.word("from"), self.expr(&pick.from)]);
        let mut rows = Vec::new();
        if let Some(filter) = &pick.filter {
            rows.extend([Doc::Line, self.word("where"), self.expr(filter)]);
        }
        if let Some((order, key)) = &pick.order {
            let word = match order {
                PickOrder::Least => "least",
                PickOrder::Most => "most",
            };
            rows.extend([Doc::Line, self.word(word), self.expr(key)]);
        }
        head.push(Doc::all(rows).nest());
        Doc::all(head).group()
    }

    /// The arguments of a call. One that has brackets or lines of its own starts right behind the
    /// bracket.
    fn args(&mut self, args: &[Arg]) -> Doc {
        let [only] = args else { return self.list(("(", ")"), args, Style::LIST, arg).group() };
        let is_stack = matches!(only.value.kind, ExprKind::Binary { op: BinaryOp::Div, .. });
        let hugs = is_stack || matches!(only.value.kind, ExprKind::Call { .. } | ExprKind::List(_));
        if !hugs {
            return self.list(("(", ")"), args, Style::LIST, arg).group();
        }
        let mut parts = vec![self.eat("("), arg(self, only)];
        if self.peek() == "," {
            parts.push(self.skip());
        }
        parts.push(self.eat(")"));
        Doc::all(parts)
    }

    /// What `if` or `match` asks, up to the brace.
    fn condition(&mut self, expr: &Expr) -> Doc {
        let is_stack = matches!(expr.kind, ExprKind::Binary { op: BinaryOp::Div, .. });
        if is_stack || !matches!(expr.kind, ExprKind::Binary { .. }) {
            return Doc::all([self.expr(expr), Doc::text(" ")]);
        }
        let (first, rest) = self.operation(expr);
        Doc::all([first, rest, Doc::Line]).group()
    }

    fn choice(&mut self, node: &If) -> Doc {
        let mut parts = vec![self.word("if"), self.condition(&node.cond)];
        parts.push(self.block(&node.then));
        if let Some(other) = &node.otherwise {
            parts.extend([Doc::text(" "), self.word("else")]);
            parts.push(match &other.kind {
                ExprKind::If(node) => self.choice(node),
                ExprKind::Block(block) => self.block(block),
                _ => self.expr(other),
            });
        }
        Doc::all(parts)
    }

    fn matching(&mut self, node: &Match) -> Doc {
        let head = [self.word("match"), self.condition(&node.scrutinee)];
        let mut rows = Vec::new();
        let arms = self.list(("{", "}"), &node.arms, Style::FIELDS, |b, arm| b.arm(arm, &mut rows));
        align_arrows(&rows, self.indent());
        Doc::all(head.into_iter().chain([arms]))
    }

    fn arm(&mut self, arm: &Arm, rows: &mut Vec<ArmRow>) -> Doc {
        let mut head = vec![pattern(self, &arm.pattern)];
        if let Some(guard) = &arm.guard {
            let guard = [Doc::Line, self.word("if"), self.expr(guard)];
            head.push(Doc::all(guard).nest());
        }
        let head = Doc::all(head).group();
        let pad = Padding::default();
        let arrow = Doc::all([Doc::text(" "), self.eat("=>")]);
        let body = self.expr(&arm.body);
        let body = if ends_in_block(&arm.body) {
            Doc::all([Doc::text(" "), body])
        } else {
            Doc::Hang(Box::new(body))
        };
        let width = |doc: &Doc| if doc.breaks() { None } else { width(doc) };
        rows.push(ArmRow { head: width(&head), body: width(&body), pad: pad.clone() });
        Doc::all([head, Doc::Pad(pad), arrow, body])
    }

    fn update(&mut self, node: &Update) -> Doc {
        let mut parts = vec![self.word("update"), self.expr(&node.place), Doc::text(" ")];
        parts.extend([self.word("as"), self.next(), self.gap_block(&node.body)]);
        if let Some(other) = &node.otherwise {
            parts.extend([Doc::text(" "), self.eat("else"), self.gap_block(other)]);
        }
        Doc::all(parts)
    }
}

/// An arm of a match: columns before and behind the arrow where these stand on one line.
struct ArmRow {
    head: Option<usize>,
    body: Option<usize>,
    pad: Padding,
}

/// Aligns the arrows of arms that stand on one line each, right below each other.
fn align_arrows(rows: &[ArmRow], indent: usize) {
    /// ` =>` and the comma.
    const REST: usize = 4;
    let columns = |row: &ArmRow| {
        let (head, body) = (row.head?, row.body?);
        (indent + head + REST + body <= COLUMNS_MAX).then_some((head, body))
    };
    for run in rows.chunk_by(|a, b| columns(a).is_some() && columns(b).is_some()) {
        let columns: Vec<_> = run.iter().filter_map(columns).collect();
        let widest = columns.iter().map(|row| row.0).max().unwrap_or(0);
        if columns.iter().all(|row| indent + widest + REST + row.1 <= COLUMNS_MAX) {
            for (row, (head, _)) in run.iter().zip(columns) {
                row.pad.set(widest - head);
            }
        }
    }
}

/// How tightly an operator binds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tier {
    OrElse,
    AndThen,
    Comparison,
    Or,
    Xor,
    And,
    Shift,
    Sum,
    Product,
}

fn tier(op: BinaryOp) -> Tier {
    match op {
        BinaryOp::OrElse => Tier::OrElse,
        BinaryOp::AndThen => Tier::AndThen,
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt => Tier::Comparison,
        BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => Tier::Comparison,
        BinaryOp::Or => Tier::Or,
        BinaryOp::Xor => Tier::Xor,
        BinaryOp::And => Tier::And,
        BinaryOp::Shl | BinaryOp::Shr => Tier::Shift,
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::AddWrap | BinaryOp::SubWrap => Tier::Sum,
        BinaryOp::AddSat | BinaryOp::SubSat => Tier::Sum,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem | BinaryOp::MulWrap => Tier::Product,
    }
}

/// Whether it is too short to stand on a line of its own.
fn is_short(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) | ExprKind::Lit(_) => true,
        ExprKind::Field { base, .. } => is_short(base),
        ExprKind::Index { base, index } => match &**index {
            Index::At(at) => is_short(base) && is_short(at),
            Index::Range(_) => false,
        },
        _ => false,
    }
}

/// Whether its last line is a closing brace where it has several.
fn ends_in_block(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Block(_) | ExprKind::If(_) | ExprKind::Match(_) | ExprKind::Update(_) => true,
        ExprKind::List(_) => true,
        ExprKind::Return(value) => ends_in_block(value),
        ExprKind::Else { value: _, fallback } => matches!(fallback.kind, ExprKind::Block(_)),
        _ => false,
    }
}
