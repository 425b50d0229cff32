//! The nearest of a set of words, for "did you mean".

/// The candidate that is nearest to a word, where one is near enough to be a misspelling of it.
pub(super) fn nearest<'w>(
    word: &str,
    candidates: impl IntoIterator<Item = &'w str>,
) -> Option<&'w str> {
    let folded = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&folded, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// A help text that names the nearest word first, then all of them where they are few.
pub(super) fn help<'w>(
    word: &str,
    candidates: impl IntoIterator<Item = &'w str> + Clone,
) -> String {
    const FEW: usize = 16;
    if let Some(near) = nearest(word, candidates.clone()) {
        return format!("Did you mean `{near}`?");
    }
    let all: Vec<&str> = candidates.into_iter().collect();
    match all.len() {
        0 => "None are defined yet.".into(),
        1..=FEW => format!("Possible here: {}.", all.join(", ")),
        count => format!("None of the {count} that are defined is spelt like it."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelling_is_recognised_and_a_different_word_is_not() {
        let words = ["name", "username", "image"];
        assert_eq!(nearest("nmae", words), Some("name"));
        assert_eq!(nearest("userName", words), Some("username"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(
            help("colour", words),
            "Possible here: name, username, image."
        );
    }
}
