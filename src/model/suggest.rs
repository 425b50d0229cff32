//! The nearest of a set of words, for "did you mean".

/// Longer words are not misspellings of anything; comparing them takes time that grows with the square of their length.
const LONGEST_WORD: usize = 64;

/// The candidate that is nearest to a word, where one is near enough to be a misspelling of it.
pub(crate) fn nearest<'w>(
    word: &str,
    candidates: impl IntoIterator<Item = &'w str>,
) -> Option<&'w str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length > LONGEST_WORD {
        return None;
    }
    let distance = |candidate: &'w str| {
        let others = candidate.chars().count();
        let near = others.max(3) / 3;
        let near_enough = |distance: &usize| *distance <= near;
        // A word that is much longer or shorter is far away, and need not be compared letter by letter.
        let comparable = length.abs_diff(others) <= near;
        let distance = comparable.then(|| strsim::osa_distance(&word, &candidate.to_lowercase()));
        distance
            .filter(near_enough)
            .map(|distance| (distance, candidate))
    };
    candidates
        .into_iter()
        .filter_map(distance)
        .min()
        .map(|(_, candidate)| candidate)
}

/// A help text that names the nearest word first, then all of them where they are few.
pub(crate) fn help<'w>(
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
