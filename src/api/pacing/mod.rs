//! When a call may start: rate, pauses, retries.

pub(crate) mod gate;
pub(crate) mod pace;
pub(crate) mod quota;
pub(crate) mod rate;
pub(crate) mod retry;
pub(crate) mod waiting;
