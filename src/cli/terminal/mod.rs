//! What a person sees: output, progress, pages, signals.

pub(crate) mod columns;
pub(crate) mod interrupt;
pub(crate) mod log;
pub(crate) mod page;
pub(crate) mod progress;
pub(crate) mod render;
pub(crate) mod ui;
