//! Text → [`PlanFile`], or why it can't be used.

use miette::Diagnostic;
use semver::Version;
use serde_json::Value;
use thiserror::Error;

use super::document::{FORMAT_VERSION, PlanFile, Source};

/// Why a saved plan can't be applied.
#[derive(Debug, Error, Diagnostic, PartialEq, Eq)]
pub enum Unusable {
    /// It is no plan, or a broken one.
    #[error("this is not a plan: {reason}")]
    #[diagnostic(
        code(ufsync::saved_plan::not_a_plan),
        help("Nothing was changed. A plan is written by `ufsync plan --out plan.json`.")
    )]
    NotAPlan {
        /// What is wrong, and where.
        reason: String,
    },

    /// It was made by a later version of this program.
    #[error("the plan was made by ufsync {tool}, which is newer than this one")]
    #[diagnostic(
        code(ufsync::saved_plan::newer),
        help(
            "Nothing was changed. Apply it with ufsync {tool} or later, or make the plan again with this version."
        )
    )]
    Newer {
        /// The version that made it.
        tool: String,
    },

    /// It was made by a version whose plans mean something else.
    #[error("the plan was made by ufsync {tool}, whose plans this one does not carry out")]
    #[diagnostic(
        code(ufsync::saved_plan::other_major),
        help("Nothing was changed. Make the plan again with this version.")
    )]
    OtherMajor {
        /// The version that made it.
        tool: String,
    },

    /// It is not what was written.
    #[error("the plan was changed after it was made")]
    #[diagnostic(
        code(ufsync::saved_plan::altered),
        help(
            "Nothing was changed. A plan is applied as it was shown, or not at all: change the manifest, and plan again."
        )
    )]
    Altered,

    /// It was made without knowing what it is about.
    #[error("the plan was made from a snapshot without personal data")]
    #[diagnostic(
        code(ufsync::saved_plan::redacted),
        help(
            "Nothing was changed. Such a plan is to be looked at; make one from the live state to apply it."
        )
    )]
    Redacted,
}

/// Reads a saved plan and checks that this program may carry it out.
///
/// # Errors
/// Why it may not.
pub fn read(text: &[u8]) -> Result<PlanFile, Unusable> {
    let value: Value = serde_json::from_slice(text).map_err(|error| not_a_plan(&error))?;
    let version = value.get("formatVersion").and_then(Value::as_u64);
    let tool = value.get("tool").and_then(Value::as_str);
    let (Some(version), Some(tool)) = (version, tool) else {
        return Err(Unusable::NotAPlan {
            reason: "it lacks `formatVersion` or `tool`".to_owned(),
        });
    };
    // What another version wrote may have another form: that is said before the form is looked at.
    if version > u64::from(FORMAT_VERSION) {
        return Err(Unusable::Newer {
            tool: tool.to_owned(),
        });
    }
    check_version(tool)?;
    let file: PlanFile = serde_json::from_value(value).map_err(|error| not_a_plan(&error))?;
    if file.sum() != file.checksum {
        return Err(Unusable::Altered);
    }
    if file.source == Source::RedactedSnapshot {
        return Err(Unusable::Redacted);
    }
    Ok(file)
}

fn not_a_plan(error: &serde_json::Error) -> Unusable {
    Unusable::NotAPlan {
        reason: error.to_string(),
    }
}

/// Plans of this version and of earlier ones of the same major version are carried out.
fn check_version(tool: &str) -> Result<(), Unusable> {
    let (Ok(made_by), Ok(this)) = (
        Version::parse(tool),
        Version::parse(env!("CARGO_PKG_VERSION")),
    ) else {
        return Err(Unusable::NotAPlan {
            reason: format!("`{tool}` is not a version of ufsync"),
        });
    };
    let tool = tool.to_owned();
    if made_by > this {
        return Err(Unusable::Newer { tool });
    }
    if made_by.major != this.major {
        return Err(Unusable::OtherMajor { tool });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_of_this_and_of_earlier_versions_are_read() {
        assert_eq!(check_version(env!("CARGO_PKG_VERSION")), Ok(()));
        assert_eq!(check_version("0.0.9"), Ok(()));
        for tool in ["0.99.0", "1.0.0"] {
            assert!(matches!(check_version(tool), Err(Unusable::Newer { .. })));
        }
        assert!(matches!(
            check_version("latest"),
            Err(Unusable::NotAPlan { .. })
        ));
    }
}
