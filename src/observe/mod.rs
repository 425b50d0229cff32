//! The server's answers → [`Live`](crate::model::Live): reads what a plan or an export needs.
//!
//! Holds only a [`Reader`](crate::api::Reader), so that nothing here can write.

mod again;
mod ahead;
mod alike;
mod batches;
mod choice;
mod holders;
mod inherit;
mod levels;
mod live;
mod lookup;
mod namesakes;
mod need;
mod own;
mod tenants;
mod tree;
mod trust;

pub use again::grants;
pub use ahead::read_ahead;
pub use holders::holders;
pub use inherit::split;
pub use levels::levels;
pub use live::{live, live_from};
pub use namesakes::namesakes;
pub use need::{Need, Reach};
