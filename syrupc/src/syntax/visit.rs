//! Walks over the tree.
//!
//! In: a tree. Out: a call for each node, parents before children, children in the order of the
//! text. A tool overrides the calls it needs and walks on with the `walk_` function of the node.
//! Recursion ends: no tree is deeper than `limits::NESTING_MAX`.

use super::ast::{
    Arg, Arm, Attr, Block, EnumCase, Expr, ExprKind, Field, FieldType, File, Handler, Index, Item,
    ItemKind, Let, Name, Parm, Path, Pattern, PatternAtom, PatternField, PatternKind, PolicyBody,
    Range, Stack, Stmt, StmtKind, Type, TypeArg,
};

macro_rules! visitor {
    ($($(#[$doc:meta])* $name:ident $node:ident $walk:ident,)*) => {
        /// A call for each kind of node; each walks into the node unless it is overridden.
        pub trait Visitor {
            $($(#[$doc])* fn $name(&mut self, node: &$node) { $walk(self, node); })*
        }
    };
}

visitor! {
    /// A declaration.
    item Item walk_item,
    /// An attribute.
    attr Attr walk_attr,
    /// An argument or entry.
    arg Arg walk_arg,
    /// A case of an enum.
    enum_case EnumCase walk_enum_case,
    /// A field of a header or struct.
    field Field walk_field,
    /// A parameter.
    parm Parm walk_parm,
    /// A handler.
    handler Handler walk_handler,
    /// A type with a range.
    field_type FieldType walk_field_type,
    /// A type.
    ty Type walk_type,
    /// A range.
    range Range walk_range,
    /// A pattern.
    pattern Pattern walk_pattern,
    /// Layers of a pattern.
    stack Stack walk_stack,
    /// One layer.
    atom PatternAtom walk_atom,
    /// A field in a pattern.
    pattern_field PatternField walk_pattern_field,
    /// A block.
    block Block walk_block,
    /// A statement.
    stmt Stmt walk_stmt,
    /// An arm.
    arm Arm walk_arm,
    /// An expression.
    expr Expr walk_expr,
    /// A path.
    path Path walk_path,
    /// A name.
    name Name walk_name,
}

/// Walks over every declaration of a file.
pub fn walk_file<V: Visitor + ?Sized>(visitor: &mut V, file: &File) {
    file.items.iter().for_each(|item| visitor.item(item));
}

/// Walks into a declaration.
pub fn walk_item<V: Visitor + ?Sized>(visitor: &mut V, item: &Item) {
    item.attrs.iter().for_each(|attr| visitor.attr(attr));
    match &item.kind {
        ItemKind::Use(path) => visitor.path(path),
        ItemKind::Const(def) | ItemKind::Param(def) => {
            visitor.name(&def.name);
            visitor.field_type(&def.ty);
            visitor.expr(&def.value);
        }
        ItemKind::Enum(def) => {
            visitor.name(&def.name);
            visitor.ty(&def.ty);
            def.cases.iter().for_each(|case| visitor.enum_case(case));
        }
        ItemKind::Header(def) => {
            visitor.name(&def.name);
            def.params.iter().for_each(|parm| visitor.parm(parm));
            def.after.iter().for_each(|stack| visitor.stack(stack));
            def.fields.iter().for_each(|field| visitor.field(field));
        }
        ItemKind::Struct(def) => {
            visitor.name(&def.name);
            def.fields.iter().for_each(|field| visitor.field(field));
        }
        ItemKind::Map(def) | ItemKind::Queue(def) => {
            visitor.name(&def.name);
            visitor.ty(&def.ty);
        }
        ItemKind::State(def) => {
            visitor.name(&def.name);
            visitor.ty(&def.ty);
            def.value.iter().for_each(|value| visitor.expr(value));
        }
        ItemKind::Executors(def) => {
            visitor.name(&def.name);
            def.kinds.iter().for_each(|kind| visitor.name(kind));
            visitor.expr(&def.capacity);
            visitor.expr(&def.or_else);
        }
        ItemKind::Fn(def) => {
            visitor.name(&def.name);
            def.params.iter().for_each(|parm| visitor.parm(parm));
            def.result.iter().for_each(|ty| visitor.ty(ty));
            visitor.block(&def.body);
        }
        ItemKind::Policy(def) => {
            visitor.name(&def.name);
            if let PolicyBody::Function { param, body: _ } = &def.body {
                visitor.parm(param);
            }
            visitor.ty(&def.result);
            match &def.body {
                PolicyBody::Function { param: _, body } => visitor.block(body),
                PolicyBody::Events(handlers) => handlers.iter().for_each(|h| visitor.handler(h)),
            }
        }
        ItemKind::Test(def) => {
            def.forall.iter().for_each(|parm| visitor.parm(parm));
            visitor.block(&def.body);
        }
        ItemKind::Record(def) => {
            visitor.name(&def.keyword);
            visitor.name(&def.name);
            def.entries.iter().for_each(|entry| visitor.arg(entry));
        }
        ItemKind::Error => {}
    }
}

/// Walks into an attribute.
pub fn walk_attr<V: Visitor + ?Sized>(visitor: &mut V, attr: &Attr) {
    visitor.name(&attr.name);
    attr.args.iter().for_each(|arg| visitor.arg(arg));
}

/// Walks into an argument.
pub fn walk_arg<V: Visitor + ?Sized>(visitor: &mut V, arg: &Arg) {
    arg.name.iter().for_each(|name| visitor.name(name));
    visitor.expr(&arg.value);
}

/// Walks into a case.
pub fn walk_enum_case<V: Visitor + ?Sized>(visitor: &mut V, case: &EnumCase) {
    visitor.name(&case.name);
    visitor.expr(&case.value);
}

/// Walks into a field.
pub fn walk_field<V: Visitor + ?Sized>(visitor: &mut V, field: &Field) {
    field.attrs.iter().for_each(|attr| visitor.attr(attr));
    visitor.name(&field.name);
    visitor.field_type(&field.ty);
    field.equals.iter().for_each(|equals| visitor.expr(equals));
}

/// Walks into a parameter.
pub fn walk_parm<V: Visitor + ?Sized>(visitor: &mut V, parm: &Parm) {
    visitor.name(&parm.name);
    visitor.field_type(&parm.ty);
}

/// Walks into a handler.
pub fn walk_handler<V: Visitor + ?Sized>(visitor: &mut V, handler: &Handler) {
    visitor.name(&handler.event);
    handler.params.iter().for_each(|name| visitor.name(name));
    visitor.block(&handler.body);
}

/// Walks into a type with a range.
pub fn walk_field_type<V: Visitor + ?Sized>(visitor: &mut V, ty: &FieldType) {
    visitor.ty(&ty.ty);
    ty.range.iter().for_each(|range| visitor.range(range));
}

/// Walks into a type.
pub fn walk_type<V: Visitor + ?Sized>(visitor: &mut V, ty: &Type) {
    visitor.path(&ty.path);
    for arg in &ty.args {
        match arg {
            TypeArg::Type(ty) => visitor.ty(ty),
            TypeArg::Int(_) => {}
        }
    }
    ty.index.iter().for_each(|index| walk_index(visitor, index));
}

/// Walks into what stands between square brackets.
pub fn walk_index<V: Visitor + ?Sized>(visitor: &mut V, index: &Index) {
    match index {
        Index::At(expr) => visitor.expr(expr),
        Index::Range(range) => visitor.range(range),
    }
}

/// Walks into a range.
pub fn walk_range<V: Visitor + ?Sized>(visitor: &mut V, range: &Range) {
    range.start.iter().for_each(|expr| visitor.expr(expr));
    range.end.iter().for_each(|expr| visitor.expr(expr));
}

/// Walks into a pattern.
pub fn walk_pattern<V: Visitor + ?Sized>(visitor: &mut V, pattern: &Pattern) {
    pattern.stacks.iter().for_each(|stack| visitor.stack(stack));
}

/// Walks into the layers of a pattern.
pub fn walk_stack<V: Visitor + ?Sized>(visitor: &mut V, stack: &Stack) {
    stack.layers.iter().for_each(|atom| visitor.atom(atom));
}

/// Walks into one layer.
pub fn walk_atom<V: Visitor + ?Sized>(visitor: &mut V, atom: &PatternAtom) {
    match &atom.kind {
        PatternKind::Any
        | PatternKind::Lit(_)
        | PatternKind::Range { start: _, end: _, inclusive: _ }
        | PatternKind::Error => {}
        PatternKind::Named { path, index, fields, bind } => {
            visitor.path(path);
            index.iter().for_each(|index| visitor.expr(index));
            fields.iter().flatten().for_each(|field| visitor.pattern_field(field));
            bind.iter().for_each(|name| visitor.name(name));
        }
    }
}

/// Walks into a field of a pattern.
pub fn walk_pattern_field<V: Visitor + ?Sized>(visitor: &mut V, field: &PatternField) {
    visitor.name(&field.name);
    field.pattern.iter().for_each(|pattern| visitor.pattern(pattern));
}

/// Walks into a block.
pub fn walk_block<V: Visitor + ?Sized>(visitor: &mut V, block: &Block) {
    block.stmts.iter().for_each(|stmt| visitor.stmt(stmt));
    block.value.iter().for_each(|value| visitor.expr(value));
}

/// Walks into a statement.
pub fn walk_stmt<V: Visitor + ?Sized>(visitor: &mut V, stmt: &Stmt) {
    match &stmt.kind {
        StmtKind::Let(Let { name, ty, value }) | StmtKind::Var(Let { name, ty, value }) => {
            visitor.name(name);
            ty.iter().for_each(|ty| visitor.field_type(ty));
            visitor.expr(value);
        }
        StmtKind::Expr(expr) | StmtKind::Expect(expr) => visitor.expr(expr),
        StmtKind::Assign { place, value } => {
            visitor.expr(place);
            visitor.expr(value);
        }
        StmtKind::Given { name, value } => {
            visitor.name(name);
            visitor.expr(value);
        }
        StmtKind::For { name, range, body } => {
            visitor.name(name);
            visitor.range(range);
            visitor.block(body);
        }
        StmtKind::Error => {}
    }
}

/// Walks into an arm.
pub fn walk_arm<V: Visitor + ?Sized>(visitor: &mut V, arm: &Arm) {
    visitor.pattern(&arm.pattern);
    arm.guard.iter().for_each(|guard| visitor.expr(guard));
    visitor.expr(&arm.body);
}

/// Walks into an expression.
pub fn walk_expr<V: Visitor + ?Sized>(visitor: &mut V, expr: &Expr) {
    match &expr.kind {
        ExprKind::Name(_) | ExprKind::Lit(_) | ExprKind::Error => {}
        ExprKind::Unary { op: _, operand } => visitor.expr(operand),
        ExprKind::Binary { op: _, op_span: _, left, right } => {
            visitor.expr(left);
            visitor.expr(right);
        }
        ExprKind::Else { value, fallback } => {
            visitor.expr(value);
            visitor.expr(fallback);
        }
        ExprKind::Pick(pick) => {
            visitor.name(&pick.name);
            visitor.expr(&pick.from);
            pick.filter.iter().for_each(|filter| visitor.expr(filter));
            pick.order.iter().for_each(|(_, key)| visitor.expr(key));
        }
        ExprKind::Field { base, name } => {
            visitor.expr(base);
            visitor.name(name);
        }
        ExprKind::Call { callee, args } => {
            visitor.expr(callee);
            args.iter().for_each(|arg| visitor.arg(arg));
        }
        ExprKind::Index { base, index } => {
            visitor.expr(base);
            walk_index(visitor, index);
        }
        ExprKind::List(values) => values.iter().for_each(|value| visitor.expr(value)),
        ExprKind::Paren(inner) | ExprKind::Return(inner) => visitor.expr(inner),
        ExprKind::If(node) => {
            visitor.expr(&node.cond);
            visitor.block(&node.then);
            node.otherwise.iter().for_each(|other| visitor.expr(other));
        }
        ExprKind::Match(node) => {
            visitor.expr(&node.scrutinee);
            node.arms.iter().for_each(|arm| visitor.arm(arm));
        }
        ExprKind::Update(node) => {
            visitor.expr(&node.place);
            visitor.name(&node.name);
            visitor.block(&node.body);
            node.otherwise.iter().for_each(|block| visitor.block(block));
        }
        ExprKind::Block(block) => visitor.block(block),
    }
}

/// Walks into a path.
pub fn walk_path<V: Visitor + ?Sized>(visitor: &mut V, path: &Path) {
    path.parts.iter().for_each(|name| visitor.name(name));
}

/// A name has no parts.
pub fn walk_name<V: Visitor + ?Sized>(_visitor: &mut V, _name: &Name) {}
