//! When a call may start: rate, pauses, retries, and the end.

pub(crate) mod ending;
pub(crate) mod gate;
pub(crate) mod pace;
pub(crate) mod quota;
pub(crate) mod rate;
pub(crate) mod retry;
pub(crate) mod waiting;
