//! ufsync: tenants, users and roles of a Userfront workspace as code.
//!
//! Data flows one way, and every stage's result is a value that can be printed, saved and tested without the next stage:
//!
//! ```text
//! text ──parse──▶ Manifest ──resolve──▶ Desired ─┐
//!                 (spans)     (checks)           ├─diff─▶ Plan ──execute──▶ Outcome
//! API ──────────observe───────────────▶ Live ────┘  ▲    (steps)   (events → reports)
//!                  └─ if a guard needs more data, that is read, and compared again
//! ```
//!
//! The spine:
//! - [`manifest::load`]: files → [`model::Desired`], or all errors in them
//! - [`session::plan`]: a manifest and an [`api::Reader`] → a [`plan::Plan`]; reads more if a guard needs it
//! - [`session::recheck`]: a saved plan and an [`api::Reader`] → the steps that are left to do
//! - [`session::apply`]: a plan and an [`api::Client`] → a [`session::outcome::Outcome`]
//! - [`session::undo`]: what was done → the plan that takes it back
//! - [`export::export()`]: a live state → a manifest that plans to nothing
//! - [`report::human::plan`]: a plan → text
//!
//! A program that embeds the library calls [`session`]; the other public modules have the types that go in and come out. A
//! module shows its main types; the details of one are in the module of its name, as [`plan::step`] for [`plan::Step`].
//!
//! The public modules; `tests/architecture` checks which module may use which:
//! - [`session`]: the whole flow, for the program, the tests and programs that embed the library
//! - [`manifest`]: text → desired state; pure
//! - [`model`]: ids, records and live state; uses no other module
//! - [`plan`]: desired and live state → plan; pure
//! - [`api`]: the client for all calls of the API
//! - [`observe`]: reads what a plan needs; can't write
//! - [`access`]: who has what, and why; pure
//! - [`export`]: live state → manifest text; pure
//! - [`report`]: plans, outcomes and errors → text; pure
//! - [`guide`]: the pages of the guide
//! - `emulator` (feature `emulator`): the API on loopback; shares no code with the client, so that a mistake can't cancel itself out
//! - `cli` (feature `cli`): the program; uses all modules, and no module uses it
//!
//! The modules of the crate alone:
//! - `apply`: carries out a plan; decides nothing
//! - `pull`: a plan → what would have to be different in the manifest; pure
//! - `probe` (feature `cli`): how a server behaves where its reference is silent
//! - `files` (feature `cli`): paths → texts and documents, and rewrites → files on the disk
//! - `git` (feature `cli`): the only caller of git
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
//!     .map_err(|findings| format!("{} errors", findings.errors()))?;
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

#![cfg_attr(
    not(feature = "cli"),
    allow(dead_code, unused_imports, reason = "only the program uses these")
)]

pub mod access;
pub mod api;
mod apply;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod export;
#[cfg(feature = "cli")]
mod files;
#[cfg(feature = "cli")]
mod git;
pub mod guide;
pub mod manifest;
pub mod model;
pub mod observe;
pub mod plan;
#[cfg(feature = "cli")]
mod probe;
mod pull;
pub mod report;
pub mod session;
