//! ufsync: tenants, users and roles of a Userfront workspace as code.
//!
//! Data flows one way, and every stage's result is a value that can be printed and tested without the next stage:
//!
//! ```text
//! text ──parse──▶ Manifest ──resolve──▶ Desired ─┐
//!                 (spans)     (checks)           ├─diff─▶ Plan ──execute──▶ Outcome
//! API ──────────observe───────────────▶ Live ────┘       (steps)   (events → reports)
//! ```
//!
//! The spine:
//! - [`manifest::load`]: files → [`model::Desired`], or everything that is wrong with them
//! - [`observe::live`]: an [`api::ReadDirectory`] → [`model::Live`]
//! - [`plan::diff`]: both → [`plan::Plan`]
//! - [`apply::execute`]: a plan and an [`api::Directory`] → [`apply::Outcome`]
//! - [`export::export`]: a live state → a manifest that plans to nothing
//! - [`report::human::plan`]: a plan → text
//!
//! The rooms, and which rooms each may use, which `tests/architecture` checks:
//! - [`model`]: the words that everything is written in; knows nobody
//! - [`manifest`]: text → desired state; pure
//! - [`plan`]: desired and live state → plan; pure
//! - [`api`]: the client for all calls of the API
//! - [`observe`]: reads what a plan needs; can't write
//! - [`apply`]: carries out a plan; decides nothing
//! - [`export`]: live state → manifest text; pure
//! - [`report`]: plans, outcomes and mistakes → text for people; pure
//! - [`emulator`]: the API on loopback; knows nothing of the client, so that a shared mistake can't hide
//! - [`cli`]: the program; knows everybody, and nobody knows it

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
