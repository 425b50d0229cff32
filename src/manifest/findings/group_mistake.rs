//! What is wrong with a group.

use miette::Diagnostic;
use thiserror::Error;

/// Every mistake in the people of a group.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum GroupMistake {
    #[error("nobody is in group `{group}`")]
    #[diagnostic(
        severity(Warning),
        code(ufsync::manifest::empty_group),
        help("Its roles go to nobody. Add people to `users`, or remove the group.")
    )]
    EmptyGroup { group: String },

    /// Groups that grant too much.
    #[error("the groups up to this one make more than {limit} grants")]
    #[diagnostic(
        code(ufsync::manifest::too_many_grants),
        help(
            "A group gives each role to each of its users in each tenant. Grant a role in the workspace instead of in all tenants, or split the manifest."
        )
    )]
    TooManyGrants {
        /// The most that is allowed.
        limit: usize,
    },

    #[error("`{email}` is written twice in one group")]
    #[diagnostic(
        severity(Warning),
        code(ufsync::manifest::repeated_user),
        help("Keep one of the two.")
    )]
    RepeatedUser {
        /// The person.
        email: String,
    },

    #[error("there is no group `{group}`")]
    #[diagnostic(code(ufsync::manifest::unknown_group), help("{help}"))]
    UnknownGroup {
        /// As written.
        group: String,
        /// The nearest group, or what to do.
        help: String,
    },

    #[error("group `{group}` has groups in groups on more than {most} levels")]
    #[diagnostic(
        code(ufsync::manifest::group_too_deep),
        help("Name the people in fewer groups. Nothing else was checked.")
    )]
    GroupTooDeep {
        /// The group.
        group: String,
        /// How many levels are allowed.
        most: usize,
    },

    #[error("group `{group}` would be in itself")]
    #[diagnostic(
        code(ufsync::manifest::group_circle),
        help("Follow the `groups` lines from here: one of them has to go.")
    )]
    GroupCircle { group: String },
}
