//! Keys of the API in a manifest: in a value, or in the key of a map. In: a tree. Out: findings. What looks like a key is
//! refused wherever it stands, since it would be stored in somebody's record and in saved plans.

use crate::manifest::text::node::{Kind, Node};
use crate::manifest::{Finding, ManifestError};
use crate::model::Origin;

/// Whether a text can hold a key; quick, for whole files.
pub(crate) fn may_hold_key(text: &str) -> bool {
    text.contains("uf_")
}

pub(crate) fn check(node: &Node<'_>, findings: &mut Vec<Finding>) {
    match &node.kind {
        Kind::Clear | Kind::Broken => {}
        Kind::Scalar { text, .. } => refuse(text, node.origin, findings),
        Kind::List(items) => items.iter().for_each(|item| check(item, findings)),
        Kind::Map(entries) => {
            for entry in entries {
                refuse(&entry.key.text, entry.key.origin, findings);
                check(&entry.value, findings);
            }
        }
    }
}

fn refuse(text: &str, origin: Origin, findings: &mut Vec<Finding>) {
    if holds_key(text) {
        findings.push(Finding::new(ManifestError::ApiKey, origin));
    }
}

/// Whether `uf_<mode>_<level>_<workspace>_<secret>` is part of a text.
fn holds_key(text: &str) -> bool {
    let starts = text.match_indices("uf_").map(|(place, _)| place);
    starts.filter_map(|place| text.get(place..)).any(|rest| {
        let mut parts = rest.splitn(5, '_').skip(1);
        let is_word = |part: Option<&str>| {
            part.is_some_and(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric()))
        };
        matches!(parts.next(), Some("test" | "live"))
            && matches!(parts.next(), Some("admin" | "readonly"))
            && is_word(parts.next())
            && is_word(parts.next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_wherever_it_stands_and_what_only_starts_like_one_is_not() {
        for text in [
            "uf_test_admin_demo1234_s3cret",
            "uf_live_readonly_demo1234_s3cret@example.com",
            "Bearer uf_uf_test_admin_demo1234_s3cret, thanks",
        ] {
            assert!(holds_key(text), "{text}");
        }
        for text in [
            "uf_test",
            "uf_test_admin",
            "uf_test_admin_demo1234",
            "uf_test_admin_demo1234_",
            "uf_prod_admin_demo1234_s3cret",
            "tofu_test_drive_of_one",
        ] {
            assert!(!holds_key(text), "{text}");
        }
    }
}
