//! Names that are passed on: `a` becomes `b` while `b` becomes `c`. Then the record called `b` belongs to the entry that was
//! called `b`, not to the one that is called so now.

use std::hash::Hash;

use hashbrown::HashMap;

/// Which entry had which name; only of entries that are matched by names.
pub(crate) struct Chain<'d, K: ?Sized>(HashMap<&'d K, &'d K>);

/// How an entry with a previous name is matched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// By its own name first.
    Own,
    /// By its previous name: the record with its own name is another entry's.
    Previous,
    /// It and others have each other's names: whether they were renamed already can't be seen.
    Circle,
}

impl<'d, K: Eq + Hash + ?Sized> Chain<'d, K> {
    /// Of pairs of a previous and a new name.
    pub(crate) fn of(renames: impl Iterator<Item = (&'d K, &'d K)>) -> Self {
        Self(renames.collect())
    }

    /// How the entry with this name is matched, where names in the live state are those that `exists` says.
    pub(crate) fn link(&self, name: &K, exists: impl Fn(&K) -> bool) -> Link {
        if self.after(name).any(|later| later == name) {
            return Link::Circle;
        }
        if self.after(name).any(|later| !exists(later)) {
            return Link::Previous;
        }
        Link::Own
    }

    /// The name of the entry that had this one, of the entry that had that one, and so on; once around where it is a circle.
    fn after(&self, name: &K) -> impl Iterator<Item = &'d K> {
        let next = |name: &&'d K| self.0.get(*name).copied();
        std::iter::successors(self.0.get(name).copied(), next).take(self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(renames: &[(&str, &str)], exist: &[&str], name: &str) -> Link {
        let pairs: Vec<(String, String)> = renames
            .iter()
            .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
            .collect();
        let chain = Chain::of(pairs.iter().map(|(from, to)| (from, to)));
        chain.link(&name.to_owned(), |name| exist.contains(&name.as_str()))
    }

    #[test]
    fn a_name_that_is_passed_on_is_the_other_entrys() {
        let renames = [("a", "b"), ("b", "c")];
        assert!(link(&renames, &["a", "b"], "b") == Link::Previous);
        assert!(link(&renames, &["a", "b"], "c") == Link::Own);
    }

    #[test]
    fn a_name_that_was_passed_on_is_the_entrys_own() {
        let renames = [("a", "b"), ("b", "c")];
        assert!(link(&renames, &["b", "c"], "b") == Link::Own);
        // Only the second was renamed.
        assert!(link(&renames, &["a", "c"], "b") == Link::Own);
    }

    #[test]
    fn a_long_chain_is_followed_to_its_end() {
        let renames = [("a", "b"), ("b", "c"), ("c", "d")];
        assert!(link(&renames, &["a", "b", "c"], "b") == Link::Previous);
        assert!(link(&renames, &["a", "b", "c", "d"], "b") == Link::Own);
    }

    #[test]
    fn a_circle_is_told() {
        let renames = [("a", "b"), ("b", "a")];
        assert!(link(&renames, &["a", "b"], "a") == Link::Circle);
        assert!(link(&renames, &["a", "b"], "b") == Link::Circle);
        assert!(link(&renames, &["a"], "a") == Link::Circle);
    }
}
