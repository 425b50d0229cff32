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
    /// Which orders a search may ask for.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub search_order: SearchOrder,
    /// createOrUpdate with an id that is not there.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub update_missing: UpdateMissing,
    /// What a new record has where nothing was given.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub new_records: NewRecords,
    /// Whether the numbers of deleted users are given again.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub ids: Ids,
    /// Whether tenants may have tenants below them.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub nesting: Nesting,
    /// How values are stored.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub normalise: Normalise,
    /// Asking for page 0.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub page_zero: PageZero,
    /// The form of the answers that list roles.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub role_lists: RoleLists,
    /// Whether changes and deletions are answered without a body.
    #[cfg_attr(feature = "cli", arg(long, value_enum, default_value_t))]
    pub empty_answers: EmptyAnswers,
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

/// Which orders a search may ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum SearchOrder {
    /// Any attribute that records have
    #[default]
    Any,
    /// lastActiveAt, createdAt, updatedAt, name and username; others are answered 400
    Listed,
}

/// createOrUpdate with an id that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum UpdateMissing {
    /// Answer 404
    #[default]
    #[cfg_attr(feature = "cli", value(name = "404"))]
    NotFound,
    /// Make a new user
    Create,
}

/// What a new record has where nothing was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum NewRecords {
    /// A stock picture, an empty name, a made-up username
    #[default]
    Filled,
    /// Nothing
    Bare,
}

/// Whether the numbers of deleted users are given again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum Ids {
    /// The next number is the highest that is there and one
    #[default]
    Again,
    /// No number is given twice
    Fresh,
}

/// Whether tenants may have tenants below them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum Nesting {
    /// They may
    #[default]
    On,
    /// Making one below another is answered 404
    Off,
    /// They may, and a user's record repeats the roles held in a tenant in all that are below it
    Cascade,
}

/// How values are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum Normalise {
    /// As they are sent
    #[default]
    None,
    /// Without white space at the ends
    Trim,
    /// Addresses and usernames in lower case
    Lower,
    /// Telephone numbers without anything but digits and a plus sign
    Phone,
}

/// A page with the number 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum PageZero {
    /// Answer the first page
    #[default]
    First,
    /// Answer 400
    #[cfg_attr(feature = "cli", value(name = "400"))]
    Refuse,
}

/// The form of the answers that list roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum RoleLists {
    /// The list as a page
    #[default]
    Results,
    /// Only the list, of plain names
    Plain,
    /// The list as `roles`
    Roles,
}

/// The answers to changes and deletions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(ValueEnum))]
pub enum EmptyAnswers {
    /// They have the record
    #[default]
    Off,
    /// They are empty (204)
    On,
}
