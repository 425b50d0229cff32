//! How a server behaves where its reference is silent. In: a client with an admin key of test mode. Out: an answer to each open
//! question, in the words of the emulator's switches, as a [`Profile`].
//!
//! The questions that change something use records of their own. They are removed at the end, also after a failure; what an earlier
//! run left behind is removed first. A record is one of these only if it has the whole form of their names and a mark in its `data`:
//! see `own`.

mod answers;
mod judge;
mod own;
mod prober;
mod profile;
mod run;
mod specification;

pub(crate) use crate::probe::prober::Choice;
pub(crate) use crate::probe::profile::{Answer, Profile, ProfileError};
pub(crate) use crate::probe::run::{Probed, probe};
pub(crate) use crate::probe::specification::differences;
