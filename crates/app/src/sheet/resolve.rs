//! Words of links → records: by key, by name in variant characters, told apart by department. Never by guess.

use std::collections::HashMap;

use akashi_domain::register::{Field, FieldKind};
use akashi_domain::text::{fold, fold_code};
use akashi_domain::{RecordId, Register, RegisterIx, Value, View};

/// What is known about a link.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask<'a> {
    /// Number or code.
    pub code: Option<&'a str>,
    /// Name, or text that may be either.
    pub name: Option<&'a str>,
    pub department: Option<&'a str>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    One(RecordId),
    /// The code belongs to a record of another name.
    OtherName(RecordId),
    /// Several fit; nobody guesses.
    Many(Vec<RecordId>),
    /// The code is unknown, though a record of that name exists.
    OnlyName(RecordId),
    None,
}

/// Look-up by words, built per register when first asked.
pub struct Directory<'a> {
    view: &'a View,
    books: HashMap<RegisterIx, Book>,
}

/// One register's records by words.
#[derive(Default)]
struct Book {
    codes: HashMap<String, Vec<u32>>,
    names: HashMap<String, Vec<u32>>,
    variants: HashMap<String, Vec<u32>>,
    departments: Vec<String>,
    /// What makes two rows the same thing: their key.
    keys: Vec<String>,
    ranks: Vec<u8>,
}

impl<'a> Directory<'a> {
    /// Makes a directory over a view.
    pub fn new(view: &'a View) -> Directory<'a> {
        Directory { view, books: HashMap::new() }
    }

    /// Returns the view the directory is over.
    pub fn view(&self) -> &'a View {
        self.view
    }

    /// Finds the record a link of `field` means.
    pub fn find(&mut self, field: &Field, ask: Ask<'_>) -> Answer {
        let mut found = Answer::None;
        for target in field.targets() {
            let Some(ix) = self.view.catalog.register_ix(target) else { continue };
            let answer = self.find_in(ix, ask);
            found = match (found, answer) {
                (Answer::None, other) => other,
                (first, Answer::None) => first,
                (Answer::One(a), Answer::One(b)) => Answer::Many(vec![a, b]),
                (first @ Answer::One(_), _) => first,
                (_, second @ Answer::One(_)) => second,
                (first, _) => first,
            };
        }
        found
    }

    /// Tells whether there is nothing a link of `field` could point to yet.
    pub fn is_empty(&self, field: &Field) -> bool {
        field.targets().iter().all(|t| self.view.rows_of(t).is_empty())
    }

    /// Finds the record of a register.
    pub fn find_in(&mut self, register: RegisterIx, ask: Ask<'_>) -> Answer {
        let rows = self.view.rows(register);
        if rows.is_empty() {
            return Answer::None;
        }
        let view = self.view;
        let book = self.books.entry(register).or_insert_with(|| Book::build(view, register));
        let id = |row: u32| rows[row as usize].id;
        let (code, name) = match (ask.code, ask.name) {
            (Some(code), name) => (Some(code), name),
            (None, name) => (name, name),
        };
        let by_code = code.map(|c| book.by_code(c)).unwrap_or_default();
        let by_name = name.map(|n| book.by_name(n)).unwrap_or_default();
        if !by_code.is_empty() {
            let agrees = by_name.is_empty()
                || by_code.iter().any(|c| by_name.iter().any(|n| book.keys[*n as usize] == book.keys[*c as usize]));
            let unnamed =
                ask.code.is_none() || ask.name.is_none_or(|n| agrees && !by_name.is_empty() || n.trim().is_empty());
            return match book.pick(by_code, ask.department) {
                Ok(row) if unnamed => Answer::One(id(row)),
                Ok(row) => Answer::OtherName(id(row)),
                Err(rows) => Answer::Many(rows.into_iter().map(id).collect()),
            };
        }
        match (book.pick(by_name, ask.department), ask.code) {
            (Ok(row), None) => Answer::One(id(row)),
            (Ok(row), Some(_)) => Answer::OnlyName(id(row)),
            (Err(rows), _) if rows.is_empty() => Answer::None,
            (Err(rows), _) => Answer::Many(rows.into_iter().map(id).collect()),
        }
    }
}

impl Book {
    fn build(view: &View, ix: RegisterIx) -> Book {
        let register = view.catalog.register(ix);
        let fields = register.fields();
        let text = |slot: &usize| fields.get(*slot).is_some_and(|f| matches!(f.kind, FieldKind::Text));
        let codes: Vec<usize> = register.key_fields.iter().copied().filter(text).collect();
        let named = |slot: &usize| register.headline.contains(slot) || fields[*slot].key.ends_with("name");
        let names: Vec<usize> = (0..fields.len()).filter(text).filter(named).collect();
        let department = register.field_ix("department").filter(text);
        let mut out = Book::default();
        for (row, version) in view.rows(ix).iter().enumerate() {
            let row = row as u32;
            let texts = |slots: &[usize]| {
                slots.iter().filter_map(|s| as_text(version.cell(*s))).map(String::from).collect::<Vec<_>>()
            };
            for code in texts(&codes).into_iter().chain([version.code.to_string()]) {
                add(&mut out.codes, fold_code(&code), row);
            }
            for name in texts(&names) {
                add(&mut out.variants, variant(&name), row);
                add(&mut out.names, fold(&name), row);
            }
            out.departments.push(department.and_then(|d| as_text(version.cell(d))).map(fold).unwrap_or_default());
            let key: Vec<String> = texts(&codes).iter().map(|c| fold_code(c)).collect();
            out.keys.push(if key.is_empty() { format!("#{row}") } else { key.join("\u{1f}") });
            out.ranks.push(rank(register, &version.state));
        }
        out
    }

    fn by_code(&self, text: &str) -> Vec<u32> {
        self.codes.get(&fold_code(text)).cloned().unwrap_or_default()
    }

    fn by_name(&self, text: &str) -> Vec<u32> {
        // 〓 stands for a character a system could not hold: it fits no name.
        if text.contains('〓') {
            return Vec::new();
        }
        let exact = self.names.get(&fold(text));
        exact.or_else(|| self.variants.get(&variant(text))).cloned().unwrap_or_default()
    }

    /// Picks the one record; `Err` holds those that nothing tells apart.
    fn pick(&self, rows: Vec<u32>, department: Option<&str>) -> Result<u32, Vec<u32>> {
        let mut groups: Vec<Vec<u32>> = Vec::new();
        for row in rows {
            let same = |g: &&mut Vec<u32>| self.keys[g[0] as usize] == self.keys[row as usize];
            match groups.iter_mut().find(same) {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        if groups.len() > 1
            && let Some(wanted) = department.map(fold).filter(|d| !d.is_empty())
        {
            narrow(&mut groups, |g| g.iter().any(|r| self.departments[*r as usize] == wanted));
            narrow(&mut groups, |g| g.iter().any(|r| near(&self.departments[*r as usize], &wanted)));
        }
        narrow(&mut groups, |g| g.iter().any(|r| self.ranks[*r as usize] == 0));
        let best = |group: &Vec<u32>| group.iter().copied().min_by_key(|r| self.ranks[*r as usize]).unwrap_or(group[0]);
        match groups.as_slice() {
            [one] => Ok(best(one)),
            many => Err(many.iter().map(best).collect()),
        }
    }
}

/// Keeps the groups that pass, if any does.
fn narrow(groups: &mut Vec<Vec<u32>>, test: impl Fn(&Vec<u32>) -> bool) {
    if groups.len() > 1 && groups.iter().any(&test) {
        groups.retain(test);
    }
}

fn near(a: &str, b: &str) -> bool {
    !a.is_empty() && (a.contains(b) || b.contains(a))
}

/// Live records first, then those that can still move, then the rest.
fn rank(register: &Register, state: &str) -> u8 {
    let moves = || register.moves.iter().any(|m| m.from.iter().any(|f| f == state));
    if register.is_live(state) { 0 } else { 1 + u8::from(!moves()) }
}

fn add(map: &mut HashMap<String, Vec<u32>>, key: String, row: u32) {
    if !key.is_empty() {
        let rows = map.entry(key).or_default();
        if rows.last() != Some(&row) {
            rows.push(row);
        }
    }
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(t) => Some(t),
        _ => None,
    }
}

/// Characters of names written in several ways, and the one they are compared as.
const VARIANTS: [(&str, char); 48] = [
    ("髙", '高'),
    ("﨑埼碕嵜", '崎'),
    ("濵濱", '浜'),
    ("邊邉邉", '辺'),
    ("德", '徳'),
    ("𠮷", '吉'),
    ("齋齊斉", '斎'),
    ("澤", '沢'),
    ("嶋嶌", '島'),
    ("廣", '広'),
    ("眞", '真'),
    ("國圀", '国'),
    ("惠", '恵'),
    ("櫻", '桜'),
    ("瀧", '滝'),
    ("龍", '竜'),
    ("冨", '富'),
    ("條", '条'),
    ("曾", '曽'),
    ("彌", '弥'),
    ("會", '会'),
    ("來", '来'),
    ("增", '増'),
    ("藏", '蔵'),
    ("榮", '栄'),
    ("嶽", '岳'),
    ("渕淵", '渕'),
    ("舘", '館'),
    ("桒", '桑'),
    ("槇", '槙'),
    ("遙", '遥'),
    ("壽", '寿'),
    ("寳寶", '宝'),
    ("豐", '豊'),
    ("萬", '万'),
    ("與", '与'),
    ("傳", '伝'),
    ("學", '学'),
    ("實", '実'),
    ("圓", '円'),
    ("鐵", '鉄'),
    ("戶", '戸'),
    ("關", '関'),
    ("郞", '郎'),
    ("亞", '亜'),
    ("乘", '乗'),
    ("單", '単'),
    ("靜", '静'),
];

/// Returns a name with variant characters unified and without spaces.
pub fn variant(name: &str) -> String {
    let one = |c: char| VARIANTS.iter().find(|(v, _)| v.contains(c)).map_or(c, |v| v.1);
    fold(name).chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_variant_characters() {
        for (a, b) in [
            ("髙橋　誠", "高橋誠"),
            ("濵田 直樹", "浜田　直樹"),
            ("渡邊 結衣", "渡辺結衣"),
            ("山﨑", "山崎"),
            ("𠮷田", "吉田"),
            ("齋藤", "斉藤"),
        ] {
            assert_eq!(variant(a), variant(b));
        }
        assert_ne!(variant("佐藤"), variant("加藤"));
    }
}
