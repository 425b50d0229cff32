//! Text → [`Desired`](crate::model::Desired): reads manifests, checks them, and says what is wrong where.
//!
//! Pure: texts come in, values or findings go out. The stages are [`source::decode`] (bytes to text), [`parse()`]
//! (text to a [`syntax::Manifest`] with spans) and [`resolve()`] (all files to one checked [`Desired`](crate::model::Desired)).
//! Each stage reports everything it finds and goes on, so that one run shows every mistake.

mod check;
mod decode;
mod finding;
mod merge;
mod parse;
mod resolve;
mod scalar;
mod schema;
pub mod source;
mod suggest;
pub mod syntax;
mod tree;

pub use finding::{Finding, Findings, Mistake};
pub use parse::parse;
pub use resolve::{File, load, resolve};
pub use schema::schema;
