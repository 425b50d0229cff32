//! ufsync
pub mod api;
pub mod apply;
pub mod cli;
pub mod emulator;
pub mod export;
pub mod manifest;
pub mod model;
pub mod observe;
pub mod plan;
pub mod report;
