//! `update m[k] as b { ... }`: arithmetic on the fields of one entry.

use super::maker::{Ex, Kind, Local, Maker, MapDecl, Ty};

impl Maker<'_> {
    /// An `update` as a statement.
    pub(super) fn update(&mut self, map: &MapDecl, depth: u32) -> Option<String> {
        let body = |maker: &mut Self| maker.updated_fields(map, depth) + "}";
        let otherwise = |maker: &mut Self| maker.small_block(depth);
        self.update_with(map, body, otherwise)
    }

    /// An `update` whose block ends with a verdict.
    pub(super) fn update_verdict(&mut self, depth: u32) -> Option<Ex> {
        let control = self.control;
        let maps = self.maps_where(|map| {
            matches!(map.kind, Kind::Hash | Kind::Array)
                && matches!(map.value, Ty::Struct(_))
                && map.bit & control == 0
        });
        let map = self.one_of(&maps)?;
        let text = self.update_with(
            &map,
            |maker| {
                let fields = maker.updated_fields(&map, depth);
                // What stands at the end is computed when the entry has been released.
                let verdict = maker.short_verdict(1);
                format!("{fields}{}\n}}", verdict.text)
            },
            |maker| maker.body(1, depth.min(2)),
        )?;
        Some(Ex::new(text, 0, 0))
    }

    fn update_with(
        &mut self,
        map: &MapDecl,
        body: impl FnOnce(&mut Self) -> String,
        otherwise: impl FnOnce(&mut Self) -> String,
    ) -> Option<String> {
        let Ty::Struct(at) = map.value else { return None };
        let decl = self.structs[at].clone();
        let has_executor = decl.fields.iter().any(|field| matches!(field.ty, Ty::Exec(_)));
        if has_executor || self.place.is_pure || self.place.reads_only {
            return None;
        }
        let cell = self.cell(map, 2)?;
        let name = self.fresh("b");
        let text = self.scoped(|maker| {
            let local = Local {
                name: name.clone(),
                ty: Ty::Struct(at),
                lo: 0,
                hi: 0,
                from: 0,
                is_var: true,
            };
            maker.scope.push(local);
            body(maker)
        });
        self.count(if map.kind == Kind::Hash { "update.hash" } else { "update.array" });
        let head = format!("update {} as {name} {{\n{text}", cell.text);
        Some(match map.kind {
            Kind::Hash => {
                let other = otherwise(self);
                format!("{head} else {other}")
            }
            _ => head,
        })
    }

    /// Statements that change fields of what is in scope last; only arithmetic, and `if`.
    fn updated_fields(&mut self, map: &MapDecl, depth: u32) -> String {
        let Some(local) = self.scope.last().cloned() else { return String::new() };
        let Ty::Struct(at) = map.value else { return String::new() };
        let fields = self.structs[at].fields.clone();
        let place = self.place;
        self.place.is_pure = true;
        self.place.returns = false;
        let mut text = String::new();
        for _ in 0..=self.below(3) {
            let Some(field) = self.one_of(&fields) else { continue };
            let value = match field.ty {
                Ty::Time if self.once_in(2) => Ex::new("now()", 0, 0),
                _ => self.field_value(&field, depth.min(2)),
            };
            let line = format!("{}.{} = {};\n", local.name, field.name, value.text);
            text += &match self.once_in(3) {
                true => format!("if {} {{\n{line}}}\n", self.condition(1).text),
                false => line,
            };
            if place.returns && self.once_in(10) {
                let verdict = self.plain_verdict();
                text += &format!("if {} {{ return {verdict}; }}\n", self.compare(1).text);
            }
        }
        self.place = place;
        text
    }
}
