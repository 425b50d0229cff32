//! A pattern over addresses → what every address that it matches has in common, as a search can ask for it. Pure.

use crate::api::EmailTest;

/// What the addresses that a pattern matches have in common, in small letters; nothing where they need have nothing in
/// common. Of a text before the first wildcard and one behind the last, the longer one.
pub(crate) fn alike(pattern: &str) -> Option<(EmailTest, String)> {
    let tail = pattern.rsplit(is_special).next().unwrap_or_default();
    let head = pattern.split(is_special).next().unwrap_or_default();
    let (test, text) = if tail.len() == pattern.len() {
        (EmailTest::Is, pattern)
    } else if tail.len() >= head.len() {
        (EmailTest::EndsWith, tail)
    } else {
        (EmailTest::StartsWith, head)
    };
    (!text.is_empty()).then(|| (test, text.to_ascii_lowercase()))
}

/// Whether a character may stand for something else than itself, in a pattern or to a server; or have letter cases that
/// a server knows and patterns do not.
fn is_special(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || "@.-_".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::AddressPatterns;

    #[test]
    fn an_end_a_beginning_or_the_whole() {
        let table = [
            ("*@Acme.example", EmailTest::EndsWith, "@acme.example"),
            ("bob-*@acme.example", EmailTest::EndsWith, "@acme.example"),
            ("contractor-*@a.io", EmailTest::StartsWith, "contractor-"),
            ("test*", EmailTest::StartsWith, "test"),
            ("{a,b}@acme.example", EmailTest::EndsWith, "@acme.example"),
            ("?[0-9]x", EmailTest::EndsWith, "x"),
            ("a\\*b@c", EmailTest::EndsWith, "b@c"),
            ("a+b@c.de", EmailTest::EndsWith, "b@c.de"),
            ("jörg@acme.example", EmailTest::EndsWith, "rg@acme.example"),
            ("Bob@acme.example", EmailTest::Is, "bob@acme.example"),
        ];
        for (pattern, test, text) in table {
            assert_eq!(alike(pattern), Some((test, text.to_owned())), "{pattern}");
        }
        for pattern in ["", "*", "[a-z]", "*b*", "{*@a.example,*@b.example}", "+*é"] {
            assert_eq!(alike(pattern), None, "{pattern}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

        /// Whatever a pattern matches has in common what is searched for.
        #[test]
        fn nobody_who_matches_is_left_out(pattern in r"([ab@.*?A\\+,/é]|\{|\}|\[a-b\]|\[!A\]|\{a,B\}|\*\*){1,6}", email in "[abAB@.+,/*é]{0,6}") {
            let patterns = AddressPatterns::new([&*pattern]);
            let matches = patterns.is_ok_and(|it| it.matches_form(&email));
            let (email, alike) = (email.to_lowercase(), alike(&pattern));
            let is_found = alike.is_none_or(|(test, text)| match test {
                EmailTest::Is => email == text,
                EmailTest::StartsWith => email.starts_with(&text),
                EmailTest::EndsWith => email.ends_with(&text),
            });
            prop_assert!(is_found || !matches);
        }
    }
}
