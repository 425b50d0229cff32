//! `${NAME}` and `${NAME:-default}` in texts.
//!
//! Replacement happens after parsing, so that a value can't add structure, and in values only: keys stay as they are. From the
//! environment only those variables are read whose names begin with `UFSYNC_VAR_`, or that were allowed by name: what the manifest
//! lists under `variables` says what it uses, and anyone who can change the manifest can change that list.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::Finding;
use crate::manifest::findings::variable_mistake::VariableMistake;
use crate::manifest::text::node::{Kind, Node};
use crate::model::suggest;

/// The key under which a manifest lists its variables.
const LIST: &str = "variables";
/// Variables of the environment whose names begin with this need not be allowed.
const OPEN_PREFIX: &str = "UFSYNC_VAR_";
/// How deep defaults may be nested: `${A:-${B}}` is 2 deep.
const MAX_DEPTH: usize = 8;
/// How much of a text with a mistake is repeated, in characters.
const LONGEST_QUOTE: usize = 60;
/// The most text that variables may add to a manifest, in bytes.
const MOST_ADDED: usize = 64 * 1024 * 1024;

/// The values that variables have.
#[derive(Clone, Debug, Default)]
pub struct Vars {
    environment: BTreeMap<String, String>,
    /// Which of the environment may be read, by name.
    allowed: BTreeSet<String>,
    overlays: BTreeMap<String, String>,
    given: BTreeMap<String, String>,
}

impl Vars {
    /// The variables of the environment, and those given by name, which win.
    pub fn new(
        environment: impl IntoIterator<Item = (String, String)>,
        given: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        // A key is no text for a manifest, whatever the variable is called.
        let public = |(_, value): &(String, String)| {
            !value.contains("uf_test_") && !value.contains("uf_live_")
        };
        Self {
            environment: environment.into_iter().filter(public).collect(),
            allowed: BTreeSet::new(),
            overlays: BTreeMap::new(),
            given: given.into_iter().collect(),
        }
    }

    /// The same, where these variables of the environment may be read too, besides those whose names begin with `UFSYNC_VAR_`.
    #[must_use]
    pub fn allowing(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.allowed.extend(names);
        self
    }

    fn may_read(&self, name: &str) -> bool {
        name.starts_with(OPEN_PREFIX) || self.allowed.contains(name)
    }

    /// Adds what an overlay says, unless it was given by name; of several overlays the last counts.
    pub(crate) fn add(&mut self, overlay: BTreeMap<String, String>) {
        self.overlays.extend(overlay);
    }

    /// What they stand for, as far as it may be read.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        let environment = self.environment.iter();
        let environment = environment.filter(|(name, _)| self.may_read(name));
        let environment = environment.map(|(_, value)| value);
        environment
            .chain(self.overlays.values())
            .chain(self.given.values())
            .map(String::as_str)
    }
}

/// Whether a variable's name is one that secrets have: those of CI systems are in the environment of every job.
pub(crate) fn is_secret(name: &str) -> bool {
    const WORDS: [&str; 8] = [
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "CREDENTIAL",
        "PRIVATE",
        "JWT",
    ];
    let name = name.to_ascii_uppercase();
    name.ends_with("KEY") || name.ends_with("_PAT") || WORDS.iter().any(|word| name.contains(word))
}

/// Whether a text can be the name of a variable.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a file can have variables in it; quick. A dollar sign can also be written as an escape.
pub(crate) fn may_be_in(text: &str) -> bool {
    text.contains(['$', '\\'])
}

/// The variables that a manifest may use.
pub(crate) struct Replacer<'v> {
    vars: &'v Vars,
    added: usize,
}

impl<'v> Replacer<'v> {
    pub(crate) fn new(vars: &'v Vars) -> Self {
        Self { vars, added: 0 }
    }

    /// Replaces the variables in every text of a file, but for the list of variables itself.
    pub(crate) fn substitute_all(&mut self, root: &mut Node<'_>, findings: &mut Vec<Finding>) {
        let Kind::Map(entries) = &mut root.kind else {
            return self.substitute(root, findings);
        };
        for entry in entries {
            if entry.key.text != LIST {
                self.substitute(&mut entry.value, findings);
            }
        }
    }

    /// Replaces the variables in every text of a tree. A text that can't be completed becomes [`Kind::Broken`].
    fn substitute(&mut self, node: &mut Node<'_>, findings: &mut Vec<Finding>) {
        match &mut node.kind {
            Kind::Clear | Kind::Broken => {}
            Kind::Scalar { text, plain } => {
                if !text.contains('$') {
                    return;
                }
                let mut problems = Vec::new();
                let result = self.replace(text, &mut problems);
                self.added += result.len();
                if self.added > MOST_ADDED {
                    problems = vec![VariableMistake::TooMuchText { limit: MOST_ADDED }];
                }
                if problems.is_empty() {
                    *text = Cow::Owned(result);
                    // What comes from a variable is text, whatever it looks like.
                    *plain = false;
                } else {
                    let origin = node.origin;
                    findings.extend(problems.into_iter().map(|m| Finding::new(m, origin)));
                    node.kind = Kind::Broken;
                }
            }
            Kind::List(items) => {
                for item in items {
                    self.substitute(item, findings);
                }
            }
            Kind::Map(entries) => {
                for entry in entries {
                    self.substitute(&mut entry.value, findings);
                }
            }
        }
    }

    fn replace(&self, text: &str, problems: &mut Vec<VariableMistake>) -> String {
        let mut result = String::with_capacity(text.len());
        // At the top a brace is an ordinary character, so that everything is read.
        self.read(text, 0, Some(&mut result), problems);
        result
    }

    /// Reads a text up to its end, or inside braces up to the one that closes them; returns what follows. Nothing is written,
    /// and no variable needed, where there is no `result`: the default of a variable that is set. None where a mistake ends
    /// the reading.
    fn read<'t>(
        &self,
        text: &'t str,
        depth: usize,
        mut result: Option<&mut String>,
        problems: &mut Vec<VariableMistake>,
    ) -> Option<&'t str> {
        let stops: &[char] = if depth == 0 { &['$'] } else { &['$', '}'] };
        let mut rest = text;
        while let Some(at) = rest.find(stops) {
            let (before, after) = (rest.get(..at)?, rest.get(at + 1..)?);
            push(&mut result, before);
            if rest.get(at..)?.starts_with('}') {
                return Some(after);
            }
            if let Some(after) = after.strip_prefix('$') {
                push(&mut result, "$");
                rest = after;
            } else if let Some(inside) = after.strip_prefix('{') {
                if depth == MAX_DEPTH {
                    problems.push(bad(rest.get(at..)?));
                    return None;
                }
                rest = self.variable(inside, depth + 1, &mut result, problems)?;
            } else {
                push(&mut result, "$");
                rest = after;
            }
        }
        if depth > 0 {
            return None;
        }
        push(&mut result, rest);
        Some("")
    }

    /// Reads what stands behind `${`; returns what follows the closing brace. As in a shell, `:-` also replaces a variable that
    /// is empty.
    fn variable<'t>(
        &self,
        text: &'t str,
        depth: usize,
        result: &mut Option<&mut String>,
        problems: &mut Vec<VariableMistake>,
    ) -> Option<&'t str> {
        let end = text
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let unfinished = |problems: &mut Vec<VariableMistake>| {
            if problems.is_empty() {
                problems.push(bad(&format!("${{{}", quote(text))));
            }
        };
        if !is_name(name) {
            problems.push(bad(&format!("${{{}", upto_brace(text))));
            return None;
        }
        let value = self.value(name);
        if let Some(default) = rest.strip_prefix(":-") {
            let value = value.filter(|value| !value.is_empty());
            if let (Some(result), Some(value)) = (result.as_deref_mut(), value) {
                result.push_str(value);
            }
            let wanted = value.is_none().then_some(result.as_deref_mut()).flatten();
            let after = self.read(default, depth, wanted, problems);
            if after.is_none() {
                unfinished(problems);
            }
            return after;
        }
        let Some(after) = rest.strip_prefix('}') else {
            problems.push(bad(&format!("${{{}", upto_brace(text))));
            return None;
        };
        match (value, result.as_deref_mut()) {
            (Some(value), Some(result)) => result.push_str(value),
            (None, Some(_)) => problems.push(self.missing(name)),
            (_, None) => {}
        }
        Some(after)
    }

    fn value(&self, name: &str) -> Option<&'v str> {
        let vars = self.vars;
        let from_environment = || vars.environment.get(name).filter(|_| vars.may_read(name));
        vars.given
            .get(name)
            .or_else(|| vars.overlays.get(name))
            .or_else(from_environment)
            .map(String::as_str)
    }

    fn missing(&self, name: &str) -> VariableMistake {
        let vars = self.vars;
        let is_open = vars.may_read(name);
        let help = if is_secret(name) && !is_open {
            format!(
                "Variables with the names of secrets are not read from the environment, where a stranger's manifest could print them. If this is none, pass it with --var {name}=…."
            )
        } else if vars.environment.contains_key(name) && !is_open {
            format!(
                "The environment has it, and the command line does not allow it: a manifest of others could print it. If it is no secret, pass --allow-var {name}, or add it to UFSYNC_ALLOW_VAR; or pass --var {name}=…."
            )
        } else {
            let usable = vars.environment.keys().map(String::as_str);
            let usable = usable.filter(|name| vars.may_read(name));
            let given = vars.given.keys().chain(vars.overlays.keys());
            let near = suggest::nearest(name, given.map(String::as_str).chain(usable));
            let near = near
                .map(|near| format!("Did you mean `{near}`? "))
                .unwrap_or_default();
            let elsewhere = if is_open {
                " or in the environment".to_owned()
            } else {
                format!(", or in the environment with --allow-var {name}")
            };
            format!(
                "{near}Set it with --var {name}=…{elsewhere}, or give a default: ${{{name}:-…}}."
            )
        };
        VariableMistake::MissingVariable {
            name: name.to_owned(),
            help,
        }
    }
}

fn push(result: &mut Option<&mut String>, text: &str) {
    if let Some(result) = result {
        result.push_str(text);
    }
}

fn bad(text: &str) -> VariableMistake {
    VariableMistake::BadVariable { text: quote(text) }
}

/// A text up to its first closing brace, which is a part of it.
fn upto_brace(text: &str) -> &str {
    text.find('}')
        .and_then(|end| text.get(..=end))
        .unwrap_or(text)
}

/// The start of a text that may be long.
fn quote(text: &str) -> String {
    let mut quoted: String = text.chars().take(LONGEST_QUOTE).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    quoted
}

/// What a text stands for that [`escape`] wrote.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if text.contains("$$") {
        Cow::Owned(text.replace("$$", "$"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Writes a text so that reading it replaces nothing.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains("$$") && !text.contains("${") {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 4);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        escaped.push(character);
        if character == '$' && matches!(characters.peek(), Some('$' | '{')) {
            escaped.push('$');
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Vec<VariableMistake>) {
        let vars = Vars::new(
            [
                ("NAME".into(), "env".into()),
                ("ALLOWED".into(), "allowed".into()),
                ("OTHER".into(), "other".into()),
                ("UFSYNC_VAR_KEY".into(), "open".into()),
                ("EMPTY".into(), String::new()),
                ("PGPASSWORD".into(), "s3cret".into()),
            ],
            [("NAME".into(), "given".into())],
        );
        let vars = vars.allowing(["EMPTY", "ALLOWED"].map(str::to_owned));
        let replacer = Replacer::new(&vars);
        let mut problems = Vec::new();
        let text = replacer.replace(text, &mut problems);
        (text, problems)
    }

    #[test]
    fn variables_defaults_and_dollar_signs_are_told_apart() {
        for (text, expected) in [
            ("a ${NAME} b", "a given b"),
            ("${EMPTY}", ""),
            ("${EMPTY:-x}", "x"),
            ("${NO:-}", ""),
            ("${NO:-a:-b}", "a:-b"),
            ("${ALLOWED}", "allowed"),
            ("${OTHER:-x}", "x"),
            ("${UFSYNC_VAR_KEY}", "open"),
            ("${PGPASSWORD:-x}", "x"),
            ("${NO:-${NAME}}!", "given!"),
            ("${NO:-a${NO:-b${EMPTY:-c}}d}", "abcd"),
            ("${NAME:-${NO}}", "given"),
            ("${NO:-$$5 {a}}", "$5 {a}"),
            ("$5 and $$5", "$5 and $5"),
            ("$${NAME}", "${NAME}"),
            ("$", "$"),
            ("${NAME}${NAME}", "givengiven"),
        ] {
            assert_eq!(read(text), (expected.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn a_variable_without_a_value_and_one_without_an_end_are_mistakes() {
        assert!(
            matches!(read("${NAMES}").1.as_slice(), [VariableMistake::MissingVariable { help, .. }] if help.starts_with("Did you mean `NAME`?"))
        );
        for text in [
            "${NAME",
            "${}",
            "${a-b}",
            "${1}",
            "${NO:-${NAME}",
            "${NO:-${a-b}}",
        ] {
            assert!(
                matches!(
                    read(text).1.as_slice(),
                    [VariableMistake::BadVariable { .. }]
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_escaped_reads_as_it_was() {
        for text in [
            "", "$", "$$", "$$$", "${NAME}", "$${NAME}", "a$b$$c${", "$5", "$$$${{}",
        ] {
            assert_eq!(read(&escape(text)), (text.to_owned(), vec![]), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded_and_its_message_short() {
        let deep = |depth: usize| format!("{}x{}", "${NO:-".repeat(depth), "}".repeat(depth));
        assert_eq!(read(&deep(MAX_DEPTH)), ("x".to_owned(), vec![]));
        let long = deep(500_000);
        for text in [&deep(MAX_DEPTH + 1), &long, &long.replace('}', "")] {
            let mistakes = read(text).1;
            assert!(
                matches!(mistakes.as_slice(), [VariableMistake::BadVariable { text }] if text.len() < 100),
                "{mistakes:?}"
            );
        }
    }
}
