//! The values of `${NAME}` in a manifest. In: the environment, and the options. Out: [`Vars`].

use std::ffi::OsString;

use crate::cli::cli_error::CliError;
use crate::manifest::{Vars, is_variable};

/// More variables of the environment that a manifest may read.
const ALLOWED: &str = "UFSYNC_ALLOW_VAR";

/// The variables of the environment, and those given on the command line; `allowed` may be read from the environment.
pub(crate) fn vars(given: &[(String, String)], allowed: &[String]) -> Result<Vars, CliError> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let environment: Vec<(String, String)> = std::env::vars_os().filter_map(text).collect();
    let mut allowed = allowed.to_vec();
    let listed = environment.iter().filter(|(name, _)| name == ALLOWED);
    let listed = listed.flat_map(|(_, value)| value.split(',').map(str::trim));
    for name in listed.filter(|name| !name.is_empty()) {
        let name = name.to_owned();
        if !is_variable(&name) {
            return Err(CliError::AllowVar { name });
        }
        allowed.push(name);
    }
    Ok(Vars::new(environment, given.iter().cloned()).allowing(allowed))
}
