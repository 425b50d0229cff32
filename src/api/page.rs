//! Pages of search results, and the verdict on whether a scan saw everything. Pure.

use crate::model::Unreadable;

/// One page of a search.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The records.
    pub results: Vec<T>,
    /// Those that can't be read.
    pub unreadable: Vec<Unreadable>,
    /// How many records match in all, as the server counted when it answered.
    pub total: usize,
    /// How many pages there are, if the server says.
    pub pages: Option<usize>,
    /// Whether another page comes next, if the server says.
    pub more: Option<bool>,
}

impl<T> Page<T> {
    /// How many records it has, those that can't be read included.
    pub(crate) fn len(&self) -> usize {
        self.results.len() + self.unreadable.len()
    }

    /// Whether there may be another page after this one, whatever its counts say; `size` is how many records a full page has.
    pub(crate) fn goes_on(&self, size: usize) -> bool {
        self.more.unwrap_or(self.len() >= size) && self.len() > 0
    }

    /// How many pages the whole search has, judged by the first of them. The page's size is the server's choice.
    pub(crate) fn count(&self) -> usize {
        let by_size = match self.len() {
            0 => 1,
            size => self.total.div_ceil(size),
        };
        self.pages.unwrap_or(by_size).clamp(1, self.total.max(1))
    }
}

/// What to do after a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// Everything was seen.
    Complete,
    /// New records came after the last page that was asked for.
    More,
    /// Records were deleted meanwhile, so that others moved to pages that had been read already.
    Again,
}

/// Judges a scan by the counts that came with its pages, the first page's first; the others may come in any order.
/// Where new records come last (`appends`), more of them move nothing; otherwise any change of the count means that
/// records have moved.
pub(crate) fn judge(first: usize, others: &[usize], seen: usize, appends: bool) -> Scan {
    let moved = others.iter().any(|other| {
        if appends {
            *other < first
        } else {
            *other != first
        }
    });
    let most = others.iter().copied().max().unwrap_or(first).max(first);
    if moved {
        Scan::Again
    } else if seen < most {
        Scan::More
    } else {
        Scan::Complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_is_repeated_when_records_moved_and_continued_when_they_came() {
        assert_eq!(judge(3, &[3], 3, true), Scan::Complete);
        assert_eq!(judge(0, &[], 0, true), Scan::Complete);
        assert_eq!(judge(3, &[2], 3, true), Scan::Again);
        assert_eq!(judge(3, &[4], 3, true), Scan::More);
        assert_eq!(judge(3, &[4], 3, false), Scan::Again);
        assert_eq!(
            judge(300, &[301, 300], 301, true),
            Scan::Complete,
            "answers overtake each other"
        );
    }

    #[test]
    fn pages_are_counted_with_or_without_the_servers_word() {
        let page = |total, pages| Page {
            results: vec![(); 2],
            unreadable: Vec::new(),
            total,
            pages,
            more: None,
        };
        assert_eq!(page(5, None).count(), 3);
        assert_eq!(page(5, Some(4)).count(), 4);
        assert_eq!(page(5, Some(1_000_000_000)).count(), 5, "no page is empty");
        assert_eq!(
            Page::<()> {
                results: vec![],
                unreadable: Vec::new(),
                total: 0,
                pages: Some(0),
                more: None,
            }
            .count(),
            1
        );
    }
}
