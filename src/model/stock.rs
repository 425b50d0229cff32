//! What the server puts where a record has no value (reference, "Records").

/// Where the server's own pictures are.
const PICTURES: &str = "https://res.cloudinary.com/component/image/upload/avatars/";

/// Whether an address is that of one of the server's own pictures.
pub(crate) fn is_picture(address: &str) -> bool {
    let name = address
        .strip_prefix(PICTURES)
        .and_then(|name| name.strip_suffix(".png"));
    let number = name.and_then(|name| {
        name.strip_prefix("avatar-plain-")
            .or(name.strip_prefix("icon-"))
    });
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
}

/// Whether a username looks made up by the server: two words, and five or six letters and digits, of which all may be letters. A person
/// may have chosen such a name: it is only ever taken for no value where none is asked for, so that the same removal is not planned
/// for ever.
pub(crate) fn is_made_up(username: &str) -> bool {
    let parts: Vec<&str> = username.split('-').collect();
    let [one, two, end] = parts[..] else {
        return false;
    };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase());
    is_word(one)
        && is_word(two)
        && (5..=6).contains(&end.len())
        && end
            .bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_made_up_is_told_from_what_a_person_chose() {
        assert!(is_picture(&format!("{PICTURES}avatar-plain-9.png")));
        assert!(is_picture(&format!("{PICTURES}icon-12.png")));
        for other in ["avatar-plain-.png", "avatar-plain-9.png?x", "face-1.png"] {
            assert!(!is_picture(&format!("{PICTURES}{other}")), "{other}");
        }
        for made_up in ["fantastic-sun-69l94", "quiet-river-abcdef", "a-b-12345"] {
            assert!(is_made_up(made_up), "{made_up}");
        }
        for chosen in [
            "jane",
            "anna-maria-smithson",
            "anna-smith",
            "a-b-1234",
            "one-two-three-12345",
            "A-sun-69l94",
        ] {
            assert!(!is_made_up(chosen), "{chosen}");
        }
    }
}
