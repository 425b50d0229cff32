//! `${NAME}` and `${NAME:-default}` in texts.
//!
//! Replacement happens after parsing, so that a value can't add structure, and in values alone: keys stay as they are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::node::{Kind, Node};
use super::{Finding, Mistake};
use crate::model::Origin;
use crate::model::suggest;

/// The values that variables have.
#[derive(Clone, Debug, Default)]
pub struct Vars(BTreeMap<String, String>);

impl Vars {
    /// The variables of the environment, and those given by name, which win.
    pub fn new(
        environment: impl IntoIterator<Item = (String, String)>,
        given: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        // Secrets have no business in a manifest: a pull request could print them, or store them in somebody's record.
        let public = |(name, value): &(String, String)| {
            !is_secret(name) && !value.contains("uf_test_") && !value.contains("uf_live_")
        };
        Self(
            environment
                .into_iter()
                .filter(public)
                .chain(given)
                .collect(),
        )
    }

    /// What they stand for.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }
}

/// Whether a variable's name is one that secrets have: those of CI systems are in the environment of every job.
fn is_secret(name: &str) -> bool {
    const WORDS: [&str; 7] = [
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "CREDENTIAL",
        "PRIVATE",
        "JWT",
    ];
    let name = name.to_ascii_uppercase();
    name.ends_with("KEY") || name.ends_with("_PAT") || WORDS.iter().any(|word| name.contains(word))
}

/// Whether a file can have variables in it; quick. A dollar sign can also be written as an escape.
pub(super) fn may_be_in(text: &str) -> bool {
    text.contains(['$', '\\'])
}

/// Replaces the variables in every text of a tree.
pub(super) fn substitute(node: &mut Node<'_>, vars: &Vars, findings: &mut Vec<Finding>) {
    match &mut node.kind {
        Kind::Clear => {}
        Kind::Scalar { text, plain } => {
            if text.contains('$') {
                *text = Cow::Owned(replace(text, vars, node.origin, findings));
                // What comes from a variable is text, whatever it looks like.
                *plain = false;
            }
        }
        Kind::List(items) => items
            .iter_mut()
            .for_each(|item| substitute(item, vars, findings)),
        Kind::Map(entries) => entries
            .iter_mut()
            .for_each(|entry| substitute(&mut entry.value, vars, findings)),
    }
}

fn replace(text: &str, vars: &Vars, origin: Origin, findings: &mut Vec<Finding>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            result.push('$');
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            let Some((inside, after)) = after.split_once('}') else {
                findings.push(Finding::new(
                    Mistake::BadVariable {
                        text: format!("${{{after}"),
                    },
                    origin,
                ));
                return result;
            };
            match value(inside, vars) {
                Ok(value) => result.push_str(value),
                Err(mistake) => findings.push(Finding::new(mistake, origin)),
            }
            rest = after;
        } else {
            result.push('$');
            rest = after;
        }
    }
    result.push_str(rest);
    result
}

/// The value of what stands between the braces. As in a shell, `:-` also stands in for a variable that is empty.
fn value<'v>(inside: &'v str, vars: &'v Vars) -> Result<&'v str, Mistake> {
    let (name, default) = inside
        .split_once(":-")
        .map_or((inside, None), |(name, default)| (name, Some(default)));
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        return Err(Mistake::BadVariable {
            text: format!("${{{inside}}}"),
        });
    }
    match (vars.0.get(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default),
        (None, None) => {
            if is_secret(name) {
                let help = format!(
                    "Variables with the names of secrets are not read from the environment, where a stranger's manifest could print them. If this is none, pass it with --var {name}=…."
                );
                return Err(Mistake::MissingVariable {
                    name: name.to_owned(),
                    help,
                });
            }
            let near = suggest::nearest(name, vars.0.keys().map(String::as_str));
            let near = near
                .map(|near| format!("Did you mean `{near}`? "))
                .unwrap_or_default();
            let help = format!(
                "{near}Set it with --var {name}=… or in the environment, or give a default: ${{{name}:-…}}."
            );
            Err(Mistake::MissingVariable {
                name: name.to_owned(),
                help,
            })
        }
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

    fn read(text: &str) -> (String, Vec<Mistake>) {
        let vars = Vars::new(
            [
                ("NAME".into(), "env".into()),
                ("EMPTY".into(), String::new()),
            ],
            [("NAME".into(), "given".into())],
        );
        let mut findings = Vec::new();
        let text = replace(text, &vars, Origin::default(), &mut findings);
        (
            text,
            findings
                .into_iter()
                .map(|finding| finding.mistake)
                .collect(),
        )
    }

    #[test]
    fn variables_defaults_and_dollar_signs_are_told_apart() {
        for (text, expected) in [
            ("a ${NAME} b", "a given b"),
            ("${EMPTY}", ""),
            ("${EMPTY:-x}", "x"),
            ("${NO:-}", ""),
            ("${NO:-a:-b}", "a:-b"),
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
            matches!(read("${NAMES}").1.as_slice(), [Mistake::MissingVariable { help, .. }] if help.starts_with("Did you mean `NAME`?"))
        );
        for text in ["${NAME", "${}", "${a-b}", "${1}"] {
            assert!(
                matches!(read(text).1.as_slice(), [Mistake::BadVariable { .. }]),
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
}
