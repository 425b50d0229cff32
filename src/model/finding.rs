//! Findings: a mistake with its place, generic over what can go wrong in each room.

use std::borrow::Cow;

use miette::Diagnostic;

use crate::model::{Origin, Sources};

/// One mistake, and where it was made.
#[derive(Clone, Debug)]
pub struct Finding<M> {
    /// What is wrong; its code and its help come with it.
    pub mistake: M,
    /// The offending text.
    pub origin: Origin,
    /// Other places that matter, each with a word on why.
    pub related: Vec<(Origin, Cow<'static, str>)>,
}

impl<M: Diagnostic> Finding<M> {
    /// A mistake at a place.
    pub fn new(mistake: impl Into<M>, origin: Origin) -> Self {
        Self {
            mistake: mistake.into(),
            origin,
            related: Vec::new(),
        }
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn and(mut self, origin: Origin, word: impl Into<Cow<'static, str>>) -> Self {
        self.related.push((origin, word.into()));
        self
    }

    /// Whether it stops the run; a warning does not.
    pub fn is_error(&self) -> bool {
        matches!(
            self.mistake.severity(),
            None | Some(miette::Severity::Error)
        )
    }
}

/// All findings of a run with the texts that they point into, sorted by place.
#[derive(Clone, Debug)]
pub struct Findings<M> {
    /// The findings.
    pub list: Vec<Finding<M>>,
    /// The texts.
    pub sources: Sources,
}

impl<M: Diagnostic> Findings<M> {
    /// Sorts the findings by place.
    pub fn new(mut list: Vec<Finding<M>>, sources: Sources) -> Self {
        list.sort_by_key(|finding| finding.origin);
        Self { list, sources }
    }

    /// How many of them stop the run.
    pub fn errors(&self) -> usize {
        self.list
            .iter()
            .filter(|finding| finding.is_error())
            .count()
    }
}
