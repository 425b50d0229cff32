//! The questions that the reference leaves open. In: nothing. Out: one enum for each question, whose
//! first value is the default, or a number. Main type: [`Switches`].
//!
//! The first paragraph of each comment is also the help text of the switch on the command line.

#[cfg(feature = "cli")]
use clap::ValueEnum;
use std::num::NonZeroUsize;

/// How the emulator behaves where the reference is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "cli",
    derive(clap::Args),
    command(next_help_heading = "Assumptions")
)]
pub struct Switches {
    /// createOrUpdate without an id, for an e-mail that exists.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub existing_email: ExistingEmail,
    /// What an update does to `data`.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub data: DataUpdate,
    /// Whether an address is stored as sent.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub email_case: EmailCase,
    /// Whether a search for an address is case-sensitive.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub search_case: SearchCase,
    /// Setting a role that the list does not have.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub unknown_roles: UnknownRoles,
    /// Whether tenants can be listed.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub tenants_find: TenantsFind,
    /// The header that comes with 429.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub retry_after: RetryAfter,
    /// Which roles a user's record contains.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub user_authorization: UserAuthorization,
    /// Deleting what is not there.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub delete_absent: DeleteAbsent,
    /// Asking for a page past the last.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub past_end: PastEnd,
    /// Which calls accept a user's uuid in their path.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub uuid_paths: UuidPaths,
    /// Whether two writes to one user at the same time can lose one.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub updates: Updates,
    /// How many conditions a search may have; one with more is answered 400 [default: any number].
    #[cfg_attr(feature = "cli", arg(long, value_name = "N"))]
    pub find_limit: Option<NonZeroUsize>,
}

/// createOrUpdate without an id, for an e-mail that exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum ExistingEmail {
    /// Answer 400
    #[default]
    Refuse,
    /// Update the user who has the address
    Update,
}

/// What an update does to `data`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum DataUpdate {
    /// Store the object as sent
    #[default]
    Replace,
    /// Merge its top-level keys into the stored object; null removes a key
    Merge,
}

/// How an address is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum EmailCase {
    /// Store an address as sent
    #[default]
    Keep,
    /// Store it in lower case
    Lower,
}

/// How a search compares addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum SearchCase {
    /// Ignore the case
    #[default]
    Ignore,
    /// Compare with the address as it is stored
    Sensitive,
}

/// Setting a role that the list of the scope does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum UnknownRoles {
    /// Add the role to the list
    #[default]
    Create,
    /// Answer 400
    Refuse,
}

/// Whether `POST /v0/tenants/:tenantId/tenants/find` exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum TenantsFind {
    /// It lists the child tenants
    #[default]
    On,
    /// It answers 404
    Off,
}

/// The `Retry-After` header on an answer 429.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum RetryAfter {
    /// A number of seconds
    #[default]
    Seconds,
    /// A date
    Date,
    /// No header
    None,
}

/// Which scopes the `authorization` of a user record lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum UserAuthorization {
    /// Every scope in which the user holds a role
    #[default]
    Full,
    /// Only the workspace's own entry
    Own,
}

/// Deleting what is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum DeleteAbsent {
    /// Answer 404
    #[default]
    #[cfg_attr(feature = "cli", value(name = "404"))]
    NotFound,
    /// Answer 200, as if it had been there
    #[cfg_attr(feature = "cli", value(name = "200"))]
    Ok,
}

/// A page past the end of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum PastEnd {
    /// Answer an empty page
    #[default]
    Empty,
    /// Answer 404
    #[cfg_attr(feature = "cli", value(name = "404"))]
    NotFound,
}

/// Which calls accept a user's uuid in their path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum UuidPaths {
    /// Every call
    #[default]
    All,
    /// Only the call that reads a user; the others answer 404
    Read,
}

/// Whether two writes to one user at the same time can lose one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum Updates {
    /// Write only what the call changes
    #[default]
    Atomic,
    /// Read the record, wait, and write the whole record back
    Slow,
}
