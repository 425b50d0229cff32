//! Which roles are sensitive: those that are said to be, and those that look like one of them.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

use crate::model::{RoleName, RoleSet};

/// The roles whose grants need review.
pub(crate) struct Sensitive<'r> {
    roles: &'r RoleSet,
    shapes: BTreeSet<String>,
}

impl<'r> Sensitive<'r> {
    pub(crate) fn of(roles: &'r RoleSet) -> Self {
        let shapes = roles.iter().map(|role| shape(role.as_str())).collect();
        Self { roles, shapes }
    }

    /// Whether a role is one of them, or looks like one to a person.
    pub(crate) fn contains(&self, role: &RoleName) -> bool {
        self.roles.contains(role) || self.shapes.contains(&shape(role.as_str()))
    }
}

/// What a role looks like: without white space, marks and characters that can't be seen, in small letters, and with letters of
/// other scripts replaced by the Latin ones that they look like.
fn shape(role: &str) -> String {
    let visible = role
        .nfkd()
        .filter(|c| c.is_alphanumeric() || c.is_ascii_punctuation());
    let folded: String = visible.flat_map(char::to_lowercase).collect();
    skeleton(&folded).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_sensitive_role_is_one() {
        let roles: RoleSet = [RoleName::new("admin"), RoleName::new("Süper")].into();
        let sensitive = Sensitive::of(&roles);
        for role in [
            "admin",
            "admin ",
            " admin",
            "Admin",
            "ADMIN",
            "admin\u{200b}",
            "ad\u{ad}min",
            "\u{430}dmin",
            "ａｄｍｉｎ",
            "adm\u{131}n",
            "a\u{301}dmin",
            "ad\u{2060}min",
            "\u{202e}admin",
            "s\u{fc}per",
            "super",
        ] {
            assert!(sensitive.contains(&RoleName::new(role)), "{role:?}");
        }
        for role in ["administrator", "admi", "viewer", "admins"] {
            assert!(!sensitive.contains(&RoleName::new(role)), "{role:?}");
        }
    }
}
