//! Everything, or what is named: whichever takes fewer calls. Pure.

pub(crate) use crate::api::BATCH;

/// Whether looking up names, and so many other calls, is fewer calls than reading all pages. The first page, which says
/// how many there are, is read either way.
pub(crate) fn look_up(pages: usize, names: usize, others: usize) -> bool {
    names.div_ceil(BATCH) + others < pages.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_names_in_a_large_workspace_are_looked_up() {
        assert!(look_up(10_000, 200, 0));
        assert!(look_up(4, 200, 0));
        assert!(
            !look_up(3, 200, 0),
            "as many calls as the rest of the pages"
        );
        assert!(!look_up(1, 1, 0), "the first page is everything");
        assert!(!look_up(10, 100, 20), "ids are read one by one");
        assert!(look_up(10, 0, 0));
    }
}
