//! Columns and fields that go together: one cell that feeds several fields, several columns that say one thing.
//! Which column a field takes first is [`super::propose`]'s work.

use akashi_domain::register::{Field, FieldKind};

use super::Per;
use super::propose::{Option_, Plan, Work};
use super::target::Target;
use crate::sheet::values::{End, FieldReader};
use crate::sheet::words::head_key;

impl Work<'_> {
    /// One cell may feed several fields, and several columns one link or name.
    pub(super) fn extend(&self, options: &[Option_], per: &Per, plan: &mut Plan) {
        for o in
            options.iter().filter(|o| o.head.score >= 0.55 && self.allowed(&self.candidates[o.candidate].target, per))
        {
            if o.head.score < 0.84 && !self.goes_on(o, plan) {
                continue;
            }
            if plan.columns[o.column].contains(&o.candidate) || self.mere_number(o) {
                continue;
            }
            let holders: Vec<usize> =
                (0..plan.columns.len()).filter(|c| plan.columns[*c].contains(&o.candidate)).collect();
            let mates = plan.columns[o.column].clone();
            let with_mates = !mates.is_empty() && mates.iter().all(|m| self.complement(*m, o));
            match holders.as_slice() {
                [] if with_mates => plan.columns[o.column].push(o.candidate),
                [_] if mates.is_empty() || with_mates => self.share(o, holders[0], plan),
                [_, _] if mates.is_empty() && self.other_place(o.column, &holders) => self.share(o, holders[0], plan),
                _ => {}
            }
        }
    }

    /// A third part of a place that two columns do not say yet.
    fn other_place(&self, column: usize, holders: &[usize]) -> bool {
        self.place_part(column)
            .is_some_and(|mine| holders.iter().all(|h| self.place_part(*h).is_some_and(|p| p != mine)))
    }

    /// A second column for a target that has one: a name beside a number, a family beside a given name, a weaker source.
    fn share(&self, o: &Option_, holder: usize, plan: &mut Plan) {
        let Some(field) = self.candidates[o.candidate].target.field(self.register) else { return };
        let link = !field.targets().is_empty();
        let (mine, other) = (self.samples[o.column].codes(), self.samples[holder].codes());
        let numbers_and_names = link && (mine >= 0.5) != (other >= 0.5);
        let halves = matches!(field.kind, FieldKind::Text)
            && (self.halves(o.column, holder) || field.key == "address" && self.continued(o.column, holder));
        let places = field.targets().contains(&"place")
            && matches!((self.place_part(o.column), self.place_part(holder)), (Some(a), Some(b)) if a != b);
        let halves = halves || places;
        let beside = matches!(field.kind, FieldKind::Choice(_) | FieldKind::Date) && !plan.columns[o.column].is_empty();
        if numbers_and_names || halves {
            plan.columns[o.column].push(o.candidate);
            plan.chosen[o.column].get_or_insert(*o);
        } else if beside {
            plan.also[o.column].push(o.candidate);
        }
    }

    /// 姓 and 名, セイ and メイ in two columns.
    fn halves(&self, a: usize, b: usize) -> bool {
        let leaf = |c: usize| head_key(self.table.columns[c].levels.last().map_or("", String::as_str));
        let (a, b) = (leaf(a), leaf(b));
        let pairs = [
            ("姓", "名"),
            ("氏", "名"),
            ("苗字", "名前"),
            ("セイ", "メイ"),
            ("せい", "めい"),
            ("last", "first"),
            ("family", "given"),
            ("sur", "given"),
            // OS名 and OSバージョン say together what runs.
            ("name", "version"),
            ("名称", "バージョン"),
            ("名", "バージョン"),
            ("種別", "バージョン"),
            ("名", "版"),
        ];
        // 漢字姓 and 漢字名, カナ姓 and カナ名, Last name and First name.
        let split = |x: &str, a: &str, y: &str, b: &str| {
            a.contains(x) && b.contains(y) && a.replacen(x, "", 1) == b.replacen(y, "", 1)
        };
        // OS and OS version.
        let versions = ["バージョン", "version", "版"];
        let version = |x: &str, y: &str| y.strip_prefix(x).is_some_and(|rest| versions.contains(&rest));
        version(&a, &b) || version(&b, &a) || pairs.iter().any(|(x, y)| split(x, &a, y, &b) || split(x, &b, y, &a))
    }

    /// An address that another column begins.
    fn goes_on(&self, o: &Option_, plan: &Plan) -> bool {
        let address = self.candidates[o.candidate].target.field(self.register).is_some_and(|f| f.key == "address");
        address
            && (0..plan.columns.len()).any(|c| plan.columns[c].contains(&o.candidate) && self.continued(o.column, c))
    }

    /// 住所1 and 住所2.
    fn continued(&self, a: usize, b: usize) -> bool {
        let leaf = |c: usize| head_key(self.table.columns[c].levels.last().map_or("", String::as_str));
        let (a, b) = (leaf(a), leaf(b));
        let next = |x: &str, y: &str| x.strip_suffix('1').is_some_and(|stem| y.strip_suffix('2') == Some(stem));
        next(&a, &b) || next(&b, &a)
    }

    /// Building, floor and room in columns of their own: their order, larger first.
    fn place_part(&self, column: usize) -> Option<usize> {
        let leaf = head_key(self.table.columns[column].levels.last().map_or("", String::as_str));
        let words: [&[&str]; 3] =
            [&["建物", "棟", "館", "building"], &["階", "フロア", "floor"], &["室", "部屋", "場所", "区画", "room"]];
        let hits: Vec<usize> = (0..3).filter(|ix| words[*ix].iter().any(|w| leaf.contains(w))).collect();
        match hits.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// Tells whether one cell can sensibly fill both fields.
    fn complement(&self, mate: usize, o: &Option_) -> bool {
        let (Some(a), Some(b)) = (
            self.candidates[mate].target.field(self.register),
            self.candidates[o.candidate].target.field(self.register),
        ) else {
            return false;
        };
        let ends = |f: &Field| FieldReader::new(f, "").end();
        let sample = &self.samples[o.column];
        match (&a.kind, &b.kind) {
            (FieldKind::Date, FieldKind::Date) => {
                let both =
                    matches!((ends(a), ends(b)), (Some(End::From), Some(End::To)) | (Some(End::To), Some(End::From)));
                both && (sample.periods() >= 0.25 || sample.cells.is_empty())
            }
            (FieldKind::Date, FieldKind::Choice(_)) => sample.options(b) > 0.0,
            (FieldKind::Choice(_), FieldKind::Date) => o.fit.is_some_and(|f| f > 0.0),
            (FieldKind::Text, FieldKind::Link(_) | FieldKind::Person)
            | (FieldKind::Link(_) | FieldKind::Person, FieldKind::Text) => true,
            _ => false,
        }
    }

    /// A choice no column fills, when the words of a linked or free column are its options: 使用媒体 names the method too.
    pub(super) fn words_too(&self, options: &[Option_], per: &Per, plan: &mut Plan) {
        for o in options
            .iter()
            .filter(|o| o.head.score >= 0.5 && o.fit.is_some_and(|f| f >= 0.9) && self.samples[o.column].filled >= 3)
        {
            let target = &self.candidates[o.candidate].target;
            let free = plan.columns.iter().all(|c| !c.contains(&o.candidate));
            let choice = matches!(target, Target::Field(_))
                && matches!(target.field(self.register).map(|f| &f.kind), Some(FieldKind::Choice(_)));
            let [mate] = plan.columns[o.column].as_slice() else { continue };
            let mate = self.candidates[*mate].target.field(self.register).map(|f| &f.kind);
            let wordy = matches!(mate, Some(FieldKind::Text | FieldKind::Link(_) | FieldKind::Links(_)));
            if free && choice && wordy && self.allowed(target, per) {
                plan.columns[o.column].push(o.candidate);
            }
        }
    }
}
