//! The words everything else is written in: identifiers, source places, desired and live state.
//!
//! Pure data: this room knows no other room, no clock, no file and no network.

mod canonical;
mod desired;
pub(crate) mod document;
mod ended;
mod field;
mod finding;
mod guards;
mod hash;
mod ids;
mod live;
mod pattern;
mod record;
mod role;
mod rule;
mod same;
mod source;
mod stock;
pub(crate) mod suggest;
mod unsafe_char;
mod until;

pub use crate::model::canonical::{canonical_name, look_alike_form};
pub use crate::model::desired::{
    DataEntries, Desired, EndedGrant, Grant, GrantedRole, Invite, InviteType, Presence, Prune,
    PruneUsers, TenantEntry, UserEntry, UserPin, Via, Wanted,
};
pub(crate) use crate::model::document::{DocumentError, DocumentKind};
pub use crate::model::field::Field;
pub use crate::model::finding::{Finding, Findings};
pub use crate::model::guards::{Guards, Limit};
pub(crate) use crate::model::hash::{digest, sha256};
pub use crate::model::ids::{Email, Handle, Mode, RoleName, TenantId, UserId, UserUuid};
pub use crate::model::live::{
    Count, Data, Enough, Held, Hidden, Holders, Holding, Inheritance, Known, Live, LiveData,
    LiveTenant, LiveUser, Unreadable,
};
pub(crate) use crate::model::pattern::PathPattern;
pub use crate::model::pattern::{AddressPatterns, PatternError, is_one_address, says_no_domain};
pub use crate::model::record::{
    FieldKey, FieldKind, Record, RecordField, Scalar, TenantField, UserField,
};
pub use crate::model::role::{RoleSet, Scope};
pub use crate::model::rule::{Rule, RuleSays, RuleScope, SavedRule};
pub(crate) use crate::model::same::same;
pub use crate::model::source::{Origin, Place, Source, SourceId, Sources, Spanned};
pub(crate) use crate::model::unsafe_char::is_unsafe;
pub use crate::model::until::Until;
