//! The server's answers → [`Live`](crate::model::Live): reads what a plan or an export needs.
//!
//! Holds a [`ReadDirectory`](crate::api::ReadDirectory) alone, so that nothing here can write.

mod again;
mod alike;
mod choice;
mod early;
mod holders;
mod live;
mod lookup;
mod need;
mod own;
mod scan;
mod tenants;

pub use early::{Early, early};
pub use holders::holders;
pub use live::{live, live_from};
pub use need::{Need, Reach};
pub use scan::Found;
