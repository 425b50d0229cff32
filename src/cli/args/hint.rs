//! Habits from other tools: an option that does not exist, and the one that does.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

/// What people type, and what they mean.
const MEANT: [(&str, &str); 9] = [
    (
        "--dry-run",
        "`ufsync plan` shows what an apply would do, and changes nothing",
    ),
    (
        "--check",
        "`ufsync plan --detailed-exitcode` exits with 2 where there are changes",
    ),
    ("--auto-approve", "`--yes` applies without a question"),
    ("-auto-approve", "`--yes` applies without a question"),
    (
        "--force",
        "`--accept GUARD:CODE` accepts what one plan breaks; the plan shows the codes",
    ),
    ("--json", "`--format json` prints one JSON document"),
    (
        "-o",
        "`--out PATH` saves a plan, `--format json` prints it as JSON",
    ),
    (
        "--output",
        "`--out PATH` saves a plan, `--format json` prints it as JSON",
    ),
    (
        "--api-key",
        "the key is never an option: set USERFRONT_API_KEY, or use --api-key-file",
    ),
];

/// The same error, with a tip where it is about such a habit.
pub(crate) fn with_hint(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let name = typed.split(['=', ' ']).next().unwrap_or_default();
    let tip = MEANT.iter().find(|(habit, _)| *habit == name);
    if let Some((_, tip)) = tip {
        let tips = vec![StyledStr::from(*tip)];
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}
