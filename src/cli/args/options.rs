//! The arguments that commands share.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::builder::TypedValueParser as _;
use clap::{Args, ColorChoice, value_parser};
use jiff::SignedDuration;

use crate::cli::args::complete;
use crate::cli::cli_error::CliError;
use crate::cli::exit::Failure;
use crate::cli::terminal::log::LogFormat;
use crate::manifest::is_variable;
use crate::model::AddressPatterns;
use crate::plan::{Acceptance, Pattern, Policy, Selection};

/// What every command takes.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Whether to use colours. `NO_COLOR` and `CLICOLOR_FORCE` are honoured.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", help_heading = "Output")]
    pub(crate) color: ColorChoice,
    /// Print only results and errors.
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Output"
    )]
    pub(crate) quiet: bool,
    /// Say more: -v for repeated calls, -vv for every request with its time. Never a key, never a body.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,
    /// The form of what goes to standard error.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORM",
        help_heading = "Output"
    )]
    pub(crate) log_format: LogFormat,
}

/// The server, and how it is talked to.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerArgs {
    /// Read the API key from this file, `-` for standard input, instead of `USERFRONT_API_KEY`.
    #[arg(long, value_name = "PATH", help_heading = "Connection")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// The API's address. Plain http:// is accepted only for loopback addresses.
    #[arg(
        long,
        value_name = "URL",
        env = "USERFRONT_API_URL",
        default_value = "https://api.userfront.com",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub(crate) api_url: String,
    /// Talk to an emulator inside this process: no server, no key. It starts empty, or with what a manifest, an
    /// export or an emulator's state file holds.
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true, help_heading = "Connection")]
    #[expect(
        clippy::option_option,
        reason = "the flag is absent, without a value, or with one"
    )]
    pub(crate) sandbox: Option<Option<PathBuf>>,
    /// How many calls may be in flight.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = value_parser!(u16).range(1..=256).map(usize::from), help_heading = "Connection")]
    pub(crate) parallel: usize,
    /// How many calls may start in a second, as in 20/s [default: as many as the server accepts].
    #[arg(long, value_name = "RATE", value_parser = max_rate, help_heading = "Connection")]
    pub(crate) max_rate: Option<f64>,
    #[arg(from_global)]
    pub(crate) quiet: bool,
    /// When the command is to end, where it has a deadline.
    #[arg(skip)]
    pub(crate) deadline: Option<Instant>,
}

/// Reads a time such as `20ms` or `1m 30s`. A number without a unit says nothing.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let time = text.parse::<SignedDuration>().ok();
    time.and_then(|time| Duration::try_from(time).ok())
        .ok_or_else(|| "expected a number and a unit, as in 20ms, 90s or 5m".to_owned())
}

fn max_rate(text: &str) -> Result<f64, String> {
    match text.strip_suffix("/s").unwrap_or(text).parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate),
        _ => Err("expected a number of calls per second above 0, as in 20/s".to_owned()),
    }
}

/// Where the manifest is.
#[derive(Args, Clone, Debug)]
#[group(id = "manifest", multiple = true)]
pub(crate) struct ManifestArgs {
    /// A file, a folder with *.yaml and *.yml files, or `-` for standard input; may be repeated
    /// [default: ufsync.yaml, else ufsync/]
    #[arg(short, long = "file", value_name = "PATH")]
    pub(crate) files: Vec<PathBuf>,
    /// A patch to the manifest: maps are merged, other values replaced, null takes a key out of the manifest and
    /// !clear clears it on the server; may be repeated.
    #[arg(long, value_name = "PATH")]
    pub(crate) overlay: Vec<PathBuf>,
    /// The environment: `prod` is the overlay ufsync.prod.yaml, in or beside the first --file, or in the current folder. It comes
    /// before other overlays.
    #[arg(long, value_name = "NAME", value_parser = environment, add = complete::environments())]
    pub(crate) env: Option<String>,
    /// The value of ${NAME} in the manifest; wins over the environment; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) var: Vec<(String, String)>,
    /// Let the manifest read this variable of the environment; may be repeated, and `UFSYNC_ALLOW_VAR` lists more, with commas
    /// between them. Without it, only variables whose names begin with `UFSYNC_VAR_` are read.
    #[arg(long, value_name = "NAME", value_parser = variable_name)]
    pub(crate) allow_var: Vec<String>,
}

impl ManifestArgs {
    /// The same, with more files.
    pub(crate) fn with(&self, files: &[PathBuf]) -> Self {
        let mut args = self.clone();
        args.files.extend_from_slice(files);
        args
    }
}

/// Patterns that choose; none where nothing is chosen.
pub(crate) fn patterns(list: &[String]) -> Result<Option<AddressPatterns>, Failure> {
    if list.is_empty() {
        return Ok(None);
    }
    let patterns = AddressPatterns::new(list.iter().map(String::as_str));
    patterns.map(Some).map_err(|error| {
        Failure::Usage(Box::new(CliError::ExportPattern {
            reason: error.to_string(),
        }))
    })
}

/// The name of an environment is a part of a file's name.
pub(crate) fn environment(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if text.is_empty() || !text.chars().all(is_plain) {
        return Err("expected a name of letters, digits, - and _".to_owned());
    }
    Ok(text.to_owned())
}

pub(crate) fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) fn variable_name(text: &str) -> Result<String, String> {
    if is_variable(text) {
        Ok(text.to_owned())
    } else {
        Err("expected the name of a variable: letters, digits and `_`".to_owned())
    }
}

/// What a plan may contain.
#[derive(Args, Debug)]
pub(crate) struct PolicyArgs {
    #[command(flatten)]
    choice: Choice,
    /// Do not check whether a deleted and a created user are the same person.
    #[arg(long)]
    pub(crate) no_rename_check: bool,
    /// Accept that the plan breaks a guard, with the code that the plan shows. It is valid for this plan only;
    /// may be repeated, or several with commas between them.
    #[arg(long, value_name = "GUARD:CODE", value_delimiter = ',')]
    pub(crate) accept: Vec<Acceptance>,
}

/// What is planned; a saved plan has decided it.
#[derive(Args, Debug)]
#[group(id = "choice", multiple = true)]
struct Choice {
    /// Let `prune.users` match users of any domain, and `prune.tenants` tenants of one user each.
    #[arg(long)]
    allow_prune_all: bool,
    /// Let addresses be passed on in a circle, as in a swap: one of the users has an address under `.invalid` for a moment, and
    /// can't log in by e-mail meanwhile. Running again completes it.
    #[arg(long)]
    allow_temporary_address: bool,
    /// Only the changes at these addresses and below them, and what they depend on: users/jane@example.com,
    /// 'users/*@acme.example', tenants/acme, users/jane@example.com/tenants/acme; `*` does not cross a `/`; may be
    /// repeated.
    #[arg(long, value_name = "GLOB", value_parser = pattern, add = complete::addresses())]
    target: Vec<Pattern>,
    /// Not the changes at these addresses and below them, nor what depends on them; may be repeated.
    #[arg(long, value_name = "GLOB", value_parser = pattern, add = complete::addresses())]
    exclude: Vec<Pattern>,
    /// Only take the roles of grants that have ended; what else differs stays, also in the same scope.
    #[arg(long)]
    only_ended: bool,
}

pub(crate) fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::new(text)
}

impl PolicyArgs {
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            list_unmanaged: false,
            allow_prune_all: self.choice.allow_prune_all,
            allow_temporary_address: self.choice.allow_temporary_address,
            rename_check: !self.no_rename_check && !self.choice.only_ended,
            selection: Selection {
                target: self.choice.target.clone(),
                exclude: self.choice.exclude.clone(),
                only_ended: self.choice.only_ended,
            },
        }
    }
}
