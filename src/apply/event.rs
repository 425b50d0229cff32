//! What happens during an apply, for whoever shows it.

use super::StepOutcome;
use crate::plan::Step;

/// Something happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'p> {
    /// A call is on its way.
    Started(&'p Step),
    /// A step is settled, one way or the other.
    Settled(&'p Step, &'p StepOutcome),
}
