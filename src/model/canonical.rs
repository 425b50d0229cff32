//! Canonical forms: what is compared where people, servers and files spell one thing in several ways.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use unicode_security::confusable_detection::skeleton;

/// An e-mail address as it is compared: case folded in ASCII, the domain in its IDNA form, the part before it in NFC. Beyond
/// ASCII case is not folded, and nothing becomes ASCII, as the Kelvin sign does in NFC: a stranger's address would pass for a
/// user's.
pub(crate) fn address(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Cow::Owned(nfc(text));
    };
    let domain = idna::domain_to_ascii(domain).unwrap_or_else(|_| nfc(domain));
    Cow::Owned(format!("{}@{domain}", nfc(local)))
}

/// An address in its canonical form, and with its domain in Unicode; both also decomposed, as some servers store it.
pub(crate) fn forms(text: &str) -> Vec<String> {
    let canonical = address(text).into_owned();
    let unicode = canonical.rsplit_once('@').map(|(local, domain)| {
        let (domain, _) = idna::domain_to_unicode(domain);
        format!("{local}@{domain}")
    });
    let composed = unicode.into_iter().chain([canonical]);
    let both = composed.flat_map(|form| {
        let decomposed: String = form.nfd().collect();
        // A sign that only looks like a letter, as the Kelvin sign, is another address.
        let is_same = nfc(&decomposed) == form;
        is_same.then_some(decomposed).into_iter().chain([form])
    });
    both.collect()
}

fn nfc(text: &str) -> String {
    let mut folded = composed(text).into_owned();
    folded.make_ascii_lowercase();
    folded
}

/// A text in NFC, but for what becomes ASCII there.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut composed = String::with_capacity(text.len());
    let stays = |c: char| !c.is_ascii() && std::iter::once(c).nfc().all(|c| c.is_ascii());
    for part in text.split_inclusive(stays) {
        let kept = part.chars().next_back().filter(|c| stays(*c));
        let rest = kept.map_or(part, |kept| part.strip_suffix(kept).unwrap_or(part));
        composed.extend(rest.nfc());
        composed.extend(kept);
    }
    Cow::Owned(composed)
}

/// A tenant's name as it is compared with others that may be the same tenant: in NFC, without white space around it, each
/// white space inside one space, without case.
pub(crate) fn canonical_name(name: &str) -> String {
    let words: Vec<String> = name
        .nfc()
        .collect::<String>()
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let joined = words.join(" ");
    if is_nfc(&joined) {
        joined
    } else {
        joined.nfc().collect()
    }
}

/// The form that a name has, whether a server stores it as it is, in another case or spelling, or with escaped characters.
pub(crate) fn stored_form(name: &str) -> String {
    const ESCAPED: [(&str, &str); 7] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&apos;", "'"),
        // Last, so that nothing is read twice.
        ("&amp;", "&"),
    ];
    let unescaped = |name: String, (from, to): &(&str, &str)| name.replace(from, to);
    canonical_name(&ESCAPED.iter().fold(name.to_owned(), unescaped))
}

/// Whether one text is the beginning of another, and so long that a server may have cut it there.
pub(crate) fn is_cut(whole: &str, stored: &str, shortest: usize) -> bool {
    stored.len() < whole.len() && whole.starts_with(stored) && stored.chars().count() >= shortest
}

/// What a text looks like: two texts with one form are easily taken for each other. They differ in case, in characters that
/// are not visible, or in letters of another script.
pub(crate) fn look_alike_form(text: &str) -> String {
    let visible: String = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .collect::<String>()
        .to_lowercase();
    // A zero has the skeleton of a capital O.
    skeleton(visible.trim()).collect::<String>().to_lowercase()
}

/// Whether a character shows nothing, or changes how others are shown.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_have_one_form() {
        for (spelling, form) in [
            ("Jane@Example.COM", "jane@example.com"),
            ("jane@b\u{fc}cher.example", "jane@xn--bcher-kva.example"),
            ("jane@bu\u{308}cher.example", "jane@xn--bcher-kva.example"),
            ("jane@B\u{dc}CHER.example", "jane@xn--bcher-kva.example"),
            ("jane@XN--BCHER-KVA.example", "jane@xn--bcher-kva.example"),
            ("jos\u{e9}@example.com", "jos\u{e9}@example.com"),
            ("JOSe\u{301}@example.com", "jos\u{e9}@example.com"),
            ("jos\u{c9}@example.com", "jos\u{c9}@example.com"),
            ("\u{130}@example.com", "\u{130}@example.com"),
            (
                "\u{212a}evine\u{301}@example.com",
                "\u{212a}evin\u{e9}@example.com",
            ),
            ("no address", "no address"),
        ] {
            assert_eq!(address(spelling), form, "{spelling}");
        }
    }

    #[test]
    fn names_that_differ_in_form_only_are_one() {
        let form = canonical_name("Caf\u{e9} Nord");
        for name in [
            "cafe\u{301} nord",
            "  CAF\u{c9}\tNORD ",
            "Caf\u{e9}\u{a0} Nord",
        ] {
            assert_eq!(canonical_name(name), form, "{name}");
        }
        assert_ne!(canonical_name("Cafe Nord"), form);
        assert_ne!(canonical_name("Caf\u{e9}Nord"), form);
    }

    #[test]
    fn a_name_that_a_server_escapes_has_the_form_of_what_was_asked() {
        let asked = "Smith & Sons <\"O'Neil\">";
        for stored in [
            "Smith &amp; Sons &lt;&quot;O&#39;Neil&quot;&gt;",
            " smith &amp; sons  <&quot;O&#x27;Neil\"> ",
        ] {
            assert_eq!(stored_form(stored), stored_form(asked), "{stored}");
        }
        assert_eq!(stored_form("&amp;lt;"), "&lt;");
        assert!(is_cut("a long name", "a long n", 8));
        for (whole, stored) in [
            ("a long name", "a long"),
            ("same name", "same name"),
            ("abcdefghij", "bcdefghij"),
        ] {
            assert!(!is_cut(whole, stored, 8), "{stored}");
        }
    }

    #[test]
    fn what_looks_alike_has_one_form() {
        for name in [
            "Admin",
            " admin ",
            "adm\u{200b}in",
            "\u{430}dmin",
            "ADMIN\u{feff}",
        ] {
            assert_eq!(look_alike_form(name), look_alike_form("admin"), "{name:?}");
        }
        assert_ne!(look_alike_form("admin"), look_alike_form("admins"));
    }
}
