//! Pages of a search. In: the number of a page, the size of a page and how many records there are.
//! Out: which records it holds and what the answer says about the others. Main type: [`Pages`].

use serde::Serialize;

/// One page among others, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pages {
    page: usize,
    size: usize,
    total: usize,
}

impl Pages {
    /// The page with this number; numbers and sizes of 0 count as 1.
    pub(crate) fn new(page: usize, size: usize, total: usize) -> Self {
        Self {
            page: page.max(1),
            size: size.max(1),
            total,
        }
    }

    /// The place of its first record, counted from 0.
    pub(crate) fn start(self) -> usize {
        let before = (self.page - 1).saturating_mul(self.size);
        before.min(self.total)
    }

    /// How many records it holds.
    pub(crate) fn count(self) -> usize {
        self.size.min(self.total - self.start())
    }

    /// How many pages there are; none when nothing was found.
    pub(crate) fn total_pages(self) -> usize {
        self.total.div_ceil(self.size)
    }

    /// Whether it lies behind the last one. The first page never does.
    pub(crate) fn is_past_end(self) -> bool {
        self.page > self.total_pages().max(1)
    }
}

/// The answer to a search.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Found<T> {
    pub(crate) results: Vec<T>,
    total_count: usize,
    meta: Meta,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    count: usize,
    total_count: usize,
    total_pages: usize,
    next: Option<usize>,
    previous: Option<usize>,
}

impl<T> Found<T> {
    /// The answer that has these records on this page.
    pub(crate) fn new(results: Vec<T>, pages: Pages) -> Self {
        let total_pages = pages.total_pages();
        let meta = Meta {
            count: results.len(),
            total_count: pages.total,
            total_pages,
            next: (pages.page < total_pages).then(|| pages.page + 1),
            previous: (pages.page > 1).then(|| pages.page - 1),
        };
        Self {
            results,
            total_count: pages.total,
            meta,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_its_place() {
        let table = [
            // page, total, start, count, pages, past the end
            (1, 0, 0, 0, 0, false),
            (2, 0, 0, 0, 0, true),
            (1, 10, 0, 10, 1, false),
            (2, 11, 10, 1, 2, false),
            (3, 11, 11, 0, 2, true),
            (usize::MAX, 11, 11, 0, 2, true),
        ];
        for (page, total, start, count, all, past) in table {
            let pages = Pages::new(page, 10, total);
            assert_eq!(pages.start(), start, "{pages:?}");
            assert_eq!(pages.count(), count, "{pages:?}");
            assert_eq!(pages.total_pages(), all, "{pages:?}");
            assert_eq!(pages.is_past_end(), past, "{pages:?}");
        }
    }
}
