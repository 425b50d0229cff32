//! The server's answers → [`Live`](crate::model::Live): reads what a plan or an export needs.
//!
//! Holds only a [`Reader`](crate::api::Reader), so that nothing here can write.

mod batches;
mod choice;
mod email_pattern;
mod holders;
mod levels;
mod live;
mod namesakes;
mod own_records;
mod read_ahead;
pub mod read_plan;
mod search_check;
mod split_inherited;
mod tenant_roles;
mod tenants;
mod tree;
mod users;

pub(crate) use crate::observe::holders::holders;
pub(crate) use crate::observe::levels::levels;
pub use crate::observe::live::live;
pub(crate) use crate::observe::live::live_from;
pub(crate) use crate::observe::namesakes::namesakes;
pub(crate) use crate::observe::own_records::grants;
pub(crate) use crate::observe::read_ahead::read_ahead;
pub(crate) use crate::observe::read_plan::{ReadPlan, ReadScope};
