//! The server's answers → [`Live`](crate::model::Live): reads what a plan or an export needs.
//!
//! Holds only a [`Reader`](crate::api::Reader), so that nothing here can write.

mod batches;
mod choice;
mod confirm;
mod email_pattern;
mod holders;
mod levels;
mod live;
mod lookup;
mod namesakes;
mod need;
mod read_ahead;
mod search_check;
mod split_inherited;
mod tenant_roles;
mod tenants;
mod tree;

pub use crate::observe::confirm::grants;
pub use crate::observe::holders::holders;
pub use crate::observe::levels::levels;
pub use crate::observe::live::{live, live_from};
pub use crate::observe::namesakes::namesakes;
pub use crate::observe::need::{Need, Reach};
pub use crate::observe::read_ahead::read_ahead;
