//! The values of `${NAME}` in a manifest.

use crate::manifest::Vars;

/// The variables of the environment, and those given on the command line.
pub(crate) fn vars(given: &[(String, String)]) -> Vars {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Vars::new(std::env::vars_os().filter_map(text), given.iter().cloned())
}
