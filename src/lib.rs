//! ufsync: tenants, users and roles of a Userfront workspace as code.
//!
//! Data flows one way, and every stage's result is a value that can be printed, saved and tested without the next stage:
//!
//! ```text
//! text ──parse──▶ Manifest ──resolve──▶ Desired ─┐
//!                 (spans)     (checks)           ├─diff─▶ Plan ──execute──▶ Outcome
//! API ──────────observe───────────────▶ Live ────┘  ▲    (steps)   (events → reports)
//!                  └─ if the plan can't be judged, it says what is missing: that is read, and compared again
//! ```
//!
//! The spine:
//! - [`manifest::load`]: files → [`model::Desired`], or everything that is wrong with them
//! - [`session::plan`]: a manifest and an [`api::Reader`] → a [`plan::Plan`], with as many reads as it takes
//! - [`session::recheck`]: a saved plan and an [`api::Reader`] → what is left of it to do
//! - [`session::apply`]: a plan and an [`api::Client`] → an [`apply::Outcome`]
//! - [`session::undo`]: what was done → the plan that takes it back
//! - [`export::export`]: a live state → a manifest that plans to nothing
//! - [`report::human::plan`]: a plan → text
//!
//! The rooms, and which rooms each may use, which `tests/architecture` checks:
//! - [`model`]: the words that everything is written in; knows no other room
//! - [`manifest`]: text → desired state; pure
//! - [`plan`]: desired and live state → plan; pure
//! - [`api`]: the client for all calls of the API
//! - [`observe`]: reads what a plan needs; can't write
//! - [`apply`]: carries out a plan; decides nothing
//! - [`session`]: the whole flow, as the program, the tests and other programs use it
//! - [`export`]: live state → manifest text; pure
//! - [`report`]: plans, outcomes and mistakes → text for people; pure
//! - `emulator` (feature `emulator`): the API on loopback; knows nothing of the client, so that a shared mistake can't hide
//! - `cli` (feature `cli`): the program; knows all rooms, and no room knows it
//!
//! A whole run, against the emulator:
//!
#![cfg_attr(feature = "emulator", doc = "```")]
#![cfg_attr(not(feature = "emulator"), doc = "```ignore")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Runtime::new()?.block_on(run())
//! # }
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use ufsync::api::{Client, Key, Settings};
//! use ufsync::emulator::{Options, Running, State};
//! use ufsync::manifest::{self, File, Input};
//! use ufsync::plan::Policy;
//! use ufsync::session::{self, ApplyOptions};
//!
//! let running = Running::start(Options::default(), State::default(), "127.0.0.1:0".parse()?).await?;
//! let key = Key::parse(&running.keys().test_admin)?;
//! let client = Client::new(Settings::new(running.url().to_owned(), key))?;
//!
//! let text = "{version: 1, users: {jane@example.com: {name: Jane, roles: [admin]}}}";
//! let files = vec![File { name: "ufsync.yaml".into(), bytes: text.into() }];
//! let (desired, _warnings) = manifest::load(Input { files, ..Input::default() })
//!     .map_err(|findings| format!("{} mistakes", findings.errors()))?;
//!
//! let planned = session::plan(&client, &desired, &Policy::default()).await?;
//! assert_eq!(planned.plan.steps.len(), 2, "create Jane, and set her roles");
//!
//! let options = ApplyOptions::new(client.parallel());
//! let outcome = session::apply(&client, &planned.plan, options, |_event| {}).await?;
//! assert!(outcome.is_complete());
//!
//! let again = session::plan(&client, &desired, &Policy::default()).await?;
//! assert!(again.plan.steps.is_empty(), "nothing is left to do");
//! # Ok(())
//! # }
//! ```

pub mod api;
pub mod apply;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod export;
pub mod manifest;
pub mod model;
pub mod observe;
pub mod plan;
pub mod report;
pub mod session;
