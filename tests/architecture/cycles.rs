//! Files of one room do not use each other in circles.
//!
//! A file uses another where a path in it, in an import or in the code, leads to an item of the other. Re-exports are
//! followed: what a `mod.rs` only passes on belongs to the file that defines it. Unit tests do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{code, sources};

/// A path such as `crate::plan::file`, without `crate`.
type Name = Vec<String>;

/// A file, and the names that it makes known.
struct Module {
    path: PathBuf,
    tokens: Vec<String>,
    /// What imports and re-exports call by another name, and the full path of it.
    names: BTreeMap<String, Name>,
    /// Modules whose public items are re-exported by `*`.
    globs: Vec<Name>,
}

/// All files by the path of their module.
struct Crate(BTreeMap<Name, Module>);

#[test]
fn files_do_not_use_each_other_in_circles() {
    let found = Crate::read().cycles();
    assert!(
        found.is_empty(),
        "files use each other in circles: {found:#?}"
    );
}

#[test]
fn uses_are_found_however_they_are_written() {
    let files = [
        (
            "src/room/mod.rs",
            "mod a; mod b; mod deep; pub use b::{B, Other as Renamed}; pub struct Own; fn f() { a::A; }",
        ),
        (
            "src/room/a.rs",
            "use super::B; fn a() { super::deep::Deepest; }",
        ),
        (
            "src/room/b.rs",
            "#[cfg(test)] mod tests { use super::*; use super::super::a::A; }",
        ),
        (
            "src/room/c.rs",
            "use crate::room::{self, deep::{Deepest}, Renamed}; use super::deep; fn c() { deep::inner::X; }",
        ),
        (
            "src/room/d.rs",
            "/* use super::a; */ const TEXT: &str = \"super::a::A\"; fn d(_: &'static str) { super::Own; }",
        ),
        ("src/room/deep/mod.rs", "mod inner; pub use self::inner::*;"),
        (
            "src/room/deep/inner.rs",
            "pub struct Deepest; use crate::elsewhere::E;",
        ),
        ("src/elsewhere.rs", "pub struct E;"),
    ];
    let uses = Crate::of(files.map(|(path, text)| (path.into(), text.to_owned()))).uses();
    let of = |file: &str| -> Vec<String> {
        let used = uses.get(file).into_iter().flatten();
        used.map(|file| file.strip_prefix("room/").unwrap().to_owned())
            .collect()
    };
    assert_eq!(of("room/mod.rs"), ["a.rs"]);
    assert_eq!(of("room/a.rs"), ["b.rs", "deep/inner.rs"]);
    assert!(of("room/b.rs").is_empty());
    assert_eq!(of("room/c.rs"), ["b.rs", "deep/inner.rs"]);
    assert_eq!(of("room/d.rs"), ["mod.rs"]);
    assert!(of("room/deep/mod.rs").is_empty());
    assert!(of("room/deep/inner.rs").is_empty(), "another room");
}

impl Crate {
    fn read() -> Self {
        Self::of(sources())
    }

    fn of(files: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let modules = files.into_iter().map(|(path, text)| {
            let module = Module {
                tokens: tokens(&code(&text)),
                path: path.strip_prefix("src").unwrap().to_owned(),
                names: BTreeMap::new(),
                globs: Vec::new(),
            };
            (name(&module.path), module)
        });
        let mut all = Self(modules.collect());
        let names: Vec<Name> = all.0.keys().cloned().collect();
        for module in names {
            let imports = imports(&all.0[&module].tokens);
            for Import { path, alias, .. } in imports {
                let Some(full) = all.absolute(&module, &path) else {
                    continue;
                };
                let module = all.0.get_mut(&module).unwrap();
                if alias == "*" {
                    module.globs.push(full);
                } else {
                    module.names.insert(alias, full);
                }
            }
        }
        all
    }

    /// The full path of a path in a module; none where it leads out of the crate.
    fn absolute(&self, module: &Name, path: &[String]) -> Option<Name> {
        let (first, mut rest) = path.split_first()?;
        let mut full = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            _ => {
                let child = [module.as_slice(), &path[..1]].concat();
                let alias = self.0[module].names.get(first);
                match alias {
                    _ if self.0.contains_key(&child) => child,
                    Some(alias) => alias.clone(),
                    None => return None,
                }
            }
        };
        while let Some((_, more)) = rest.split_first().filter(|(it, _)| *it == "super") {
            full.pop()?;
            rest = more;
        }
        full.extend_from_slice(rest);
        Some(full)
    }

    /// The module that defines what a full path leads to, by way of re-exports.
    fn definer(&self, path: &Name, depth: usize) -> Option<Name> {
        let known = (1..=path.len())
            .rev()
            .find(|n| self.0.contains_key(&path[..*n]));
        let (module, rest) = path.split_at(known?);
        let Some((item, rest)) = rest.split_first().filter(|_| depth < 8) else {
            return Some(module.to_vec());
        };
        let here = &self.0[module];
        if let Some(full) = here.names.get(item) {
            // An item of another crate is no use of any file.
            return self.definer(&[full.as_slice(), rest].concat(), depth + 1);
        }
        let defines = |module: &Module| {
            module.tokens.windows(2).any(|two| {
                two[1] == *item
                    && ["struct", "enum", "fn", "const", "static", "trait", "type"]
                        .contains(&two[0].as_str())
            })
        };
        if !defines(here) {
            for glob in &here.globs {
                let found = self.definer(&[glob.as_slice(), &path[known?..]].concat(), depth + 1);
                if let Some(found) = found.filter(|it| defines(&self.0[it])) {
                    return Some(found);
                }
            }
        }
        Some(module.to_vec())
    }

    /// The files that each file uses, in its own room.
    fn uses(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut uses = BTreeMap::new();
        for (name, module) in &self.0 {
            let imported = imports(&module.tokens).into_iter();
            let imported = imported
                .filter(|import| !import.is_public)
                .map(|it| it.path);
            let mut used = BTreeSet::new();
            for path in imported.chain(paths(&module.tokens)) {
                let Some(full) = self.absolute(name, &path) else {
                    continue;
                };
                let Some(other) = self.definer(&full, 0) else {
                    continue;
                };
                // A module that is imported to name what is in it: those names are followed where they are used.
                let groups = other == full
                    && self
                        .0
                        .keys()
                        .any(|it| it.len() > other.len() && it.starts_with(&other));
                if other != *name && other.first() == name.first() && !groups {
                    used.insert(file(&self.0[&other].path));
                }
            }
            uses.insert(file(&module.path), used);
        }
        uses
    }

    /// Sets of files of which each uses each other, by way of the rest.
    fn cycles(&self) -> Vec<BTreeSet<String>> {
        let uses = self.uses();
        assert!(
            uses.values().map(BTreeSet::len).sum::<usize>() > 100,
            "the rule found nothing to check"
        );
        let reached: BTreeMap<&String, BTreeSet<String>> = uses
            .keys()
            .map(|start| {
                let mut reached = BTreeSet::new();
                let mut open: Vec<&String> = uses[start].iter().collect();
                while let Some(next) = open.pop() {
                    if reached.insert(next.clone()) {
                        open.extend(&uses[next]);
                    }
                }
                (start, reached)
            })
            .collect();
        let mutual = |file: &String| -> BTreeSet<String> {
            let others = reached[file].iter();
            others
                .filter(|other| reached[other].contains(file))
                .cloned()
                .collect()
        };
        let cycles: BTreeSet<BTreeSet<String>> = uses.keys().map(mutual).collect();
        cycles
            .into_iter()
            .filter(|cycle| !cycle.is_empty())
            .collect()
    }
}

/// An imported or re-exported path, and what it is called here.
struct Import {
    path: Name,
    alias: String,
    is_public: bool,
}

/// The module of a file below `src`.
fn name(path: &Path) -> Name {
    let path = path.with_extension("");
    let parts = path.iter().map(|part| part.to_str().unwrap().to_owned());
    parts.filter(|part| part != "mod").collect()
}

fn file(path: &Path) -> String {
    path.to_str().unwrap().replace('\\', "/")
}

/// Words, `::` and single signs, without comments, texts and unit tests.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(text) = rest.strip_prefix("r#\"") {
            text.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if first == '"' {
            text_length(rest)
        } else if first == '\'' {
            let mut chars = rest.char_indices().skip(1);
            match (chars.next(), chars.next()) {
                (Some((_, '\\')), _) => rest[3..].find('\'').map_or(rest.len(), |end| end + 4),
                (_, Some((end, '\''))) => end + 1,
                // A lifetime.
                _ => 1,
            }
        } else if is_word(first) || rest.starts_with("::") {
            let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len()).max(1);
            let length = if first == ':' { 2 } else { word };
            tokens.push(rest[..length].to_owned());
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    let tests = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    if let Some(end) = tokens.windows(tests.len()).position(|it| it == tests) {
        tokens.truncate(end);
    }
    tokens
}

/// The length of a text in quotes.
fn text_length(code: &str) -> usize {
    let mut escaped = false;
    for (place, c) in code.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return place + 1,
            _ => {}
        }
    }
    code.len()
}

/// Everything that a file imports.
fn imports(tokens: &[String]) -> Vec<Import> {
    let mut found = Vec::new();
    for (place, _) in tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| *token == "use")
    {
        let before = place.checked_sub(1).map(|it| tokens[it].as_str());
        let is_public = matches!(before, Some("pub" | ")"));
        let mut rest = &tokens[place + 1..];
        tree(&mut rest, &[], &mut |path, alias| {
            found.push(Import {
                path,
                alias,
                is_public,
            });
        });
    }
    found
}

/// Reads one branch of a tree of imports.
fn tree(rest: &mut &[String], prefix: &[String], found: &mut impl FnMut(Name, String)) {
    let mut path = prefix.to_vec();
    while let Some((token, more)) = rest.split_first() {
        match token.as_str() {
            "{" => {
                *rest = more;
                while rest.first().is_some_and(|token| token != "}") {
                    tree(rest, &path, found);
                    if rest.first().is_some_and(|token| token == ",") {
                        *rest = &rest[1..];
                    }
                }
                *rest = rest.get(1..).unwrap_or_default();
                return;
            }
            "*" => {
                *rest = more;
                return found(path, "*".to_owned());
            }
            "as" => {
                *rest = &more[1..];
                return found(path, more[0].clone());
            }
            "," | "}" | ";" => break,
            "::" => {}
            // `a::{self}` is `a`.
            "self" if !path.is_empty() => {}
            _ => path.push(token.clone()),
        }
        *rest = more;
    }
    if let Some(last) = path.last().cloned() {
        found(path, last);
    }
}

/// The paths in the code of a file beside its imports.
fn paths(tokens: &[String]) -> Vec<Name> {
    let mut found = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        if tokens[place] == "use" {
            place += tokens[place..].iter().position(|it| it == ";").unwrap_or(1);
            continue;
        }
        let mut path = vec![tokens[place].clone()];
        let mut next = place + 1;
        while tokens.get(next).is_some_and(|it| it == "::")
            && let Some(word) = tokens
                .get(next + 1)
                .filter(|it| it.chars().all(|c| c.is_alphanumeric() || c == '_'))
        {
            path.push(word.clone());
            next += 2;
        }
        if path.len() > 1 {
            found.push(path);
        }
        place = next;
    }
    found
}
