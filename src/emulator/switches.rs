//! The questions that the reference leaves open. In: nothing. Out: one enum for each question, whose
//! first value is the default, or a number. Main type: [`Switches`].

use clap::ValueEnum;
use std::num::NonZeroUsize;

/// How the emulator behaves where the reference is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// createOrUpdate without an id, for an e-mail that exists.
    pub existing_email: ExistingEmail,
    /// What an update does with `data`.
    pub data: DataUpdate,
    /// How an address is stored.
    pub email_case: EmailCase,
    /// How a search compares addresses.
    pub search_case: SearchCase,
    /// Setting a role that the list does not have.
    pub unknown_roles: UnknownRoles,
    /// Whether the listing of tenants exists.
    pub tenants_find: TenantsFind,
    /// The header on an answer 429.
    pub retry_after: RetryAfter,
    /// Which scopes a user record lists.
    pub user_authorization: UserAuthorization,
    /// Deleting what is gone.
    pub delete_absent: DeleteAbsent,
    /// A page past the end of a search.
    pub past_end: PastEnd,
    /// How many conditions a search may have; one with more is refused. None is no limit.
    pub find_limit: Option<NonZeroUsize>,
}

/// createOrUpdate without an id, for an e-mail that exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExistingEmail {
    /// Answer 400
    #[default]
    Refuse,
    /// Update the user who has the address
    Update,
}

/// What an update does with `data`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DataUpdate {
    /// Store the object as sent
    #[default]
    Replace,
    /// Merge its top-level keys into the stored object; null removes a key
    Merge,
}

/// How an address is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EmailCase {
    /// Store an address as sent
    #[default]
    Keep,
    /// Store it in lower case
    Lower,
}

/// How a search compares addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SearchCase {
    /// Without case
    #[default]
    Ignore,
    /// Letter by letter, as they are stored
    Heed,
}

/// Setting a role that the list of the scope does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum UnknownRoles {
    /// Add the role to the list
    #[default]
    Create,
    /// Answer 400
    Refuse,
}

/// Whether `POST /v0/tenants/:tenantId/tenants/find` exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TenantsFind {
    /// It lists the child tenants
    #[default]
    On,
    /// It answers 404
    Off,
}

/// The `Retry-After` header on an answer 429.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum UserAuthorization {
    /// Every scope in which the user holds a role
    #[default]
    Full,
    /// The workspace's own entry alone
    Own,
}

/// Deleting what is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DeleteAbsent {
    /// Answer 404
    #[default]
    #[value(name = "404")]
    NotFound,
    /// Answer 200, as if it had been there
    #[value(name = "200")]
    Ok,
}

/// A page past the end of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PastEnd {
    /// Answer an empty page
    #[default]
    Empty,
    /// Answer 404
    #[value(name = "404")]
    NotFound,
}
