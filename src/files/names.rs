//! Which names belong to a manifest. In: a path from the folder of the manifest. Out: what the file is there, a [`Part`]. Folders and
//! commits are read by the same rule. Pure.

/// What a file in the folder of a manifest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A file of it.
    Manifest,
    /// The overlay of an environment.
    Overlay,
    /// Hidden, or a text about the manifest.
    Apart,
    /// What can't be there, and why.
    Refused(&'static str),
}

/// What a file is, by its path, whose parts are divided by `/`.
pub(crate) fn part(path: &str) -> Part {
    let name = path.rsplit('/').next().unwrap_or_default();
    if path.split('/').any(is_hidden) || is_text_about(name) {
        Part::Apart
    } else if has_backslash(path) {
        Part::Refused(BACKSLASH)
    } else if !has_ending(name) {
        Part::Refused("its name does not end in .yaml or .yml")
    } else if is_of_environment(name) {
        Part::Overlay
    } else {
        Part::Manifest
    }
}

/// Why a backslash is refused.
pub(crate) const BACKSLASH: &str =
    "its name has a backslash, which is read as a separator on other systems";

/// Whether a name has a backslash that is no separator.
pub(crate) fn has_backslash(path: &str) -> bool {
    !cfg!(windows) && path.contains('\\')
}

/// Whether a name begins as those do that no command reads.
pub(crate) fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

fn has_ending(name: &str) -> bool {
    [".yaml", ".yml"].iter().any(|end| name.ends_with(end))
}

/// Whether a file is named as the overlay of an environment is.
fn is_of_environment(name: &str) -> bool {
    name.starts_with("ufsync.") && name.matches('.').count() > 1
}

/// Whether a file of this name is about the manifest, and no part of it.
fn is_text_about(name: &str) -> bool {
    let ends = [".md", ".txt", ".schema.json"];
    ["README", "LICENSE", "CODEOWNERS"].contains(&name)
        || ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_one_part() {
        for (path, expected) in [
            ("a.yaml", Part::Manifest),
            ("tenants/acme.yml", Part::Manifest),
            ("README.yaml", Part::Manifest),
            ("ufsync.yaml", Part::Manifest),
            ("ufsync.prod.yaml", Part::Overlay),
            (".hidden.yaml", Part::Apart),
            (".old/a.yaml", Part::Apart),
            ("README", Part::Apart),
            ("notes.md", Part::Apart),
        ] {
            assert_eq!(part(path), expected, "{path}");
        }
        for path in ["People.YAML", "hr.json", "people", "yaml"] {
            assert!(matches!(part(path), Part::Refused(_)), "{path}");
        }
        #[cfg(not(windows))]
        assert_eq!(part("base\\evil.yaml"), Part::Refused(BACKSLASH));
    }
}
