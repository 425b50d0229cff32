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

pub(crate) use crate::model::canonical::{canonical_name, look_alike_form};
pub use crate::model::desired::Desired;
pub(crate) use crate::model::desired::{
    DataEntries, Grant, GrantedRole, Invite, InviteType, Presence, Prune, PruneUsers, TenantEntry,
    UserEntry, UserPin, Via, Wanted,
};
pub(crate) use crate::model::document::{DocumentError, DocumentKind};
pub(crate) use crate::model::field::Field;
pub(crate) use crate::model::finding::Finding;
pub use crate::model::finding::Findings;
pub(crate) use crate::model::guards::{Guards, Limit};
pub(crate) use crate::model::hash::{digest, sha256};
pub(crate) use crate::model::ids::Handle;
pub use crate::model::ids::{Email, Mode, RoleName, TenantId, UserId, UserUuid};
pub(crate) use crate::model::live::{Count, Enough, Holders, Holding};
pub use crate::model::live::{
    Data, Held, Hidden, Inheritance, Known, Live, LiveData, LiveTenant, LiveUser, Unreadable,
};
pub(crate) use crate::model::pattern::PathPattern;
pub(crate) use crate::model::pattern::{
    AddressPatterns, PatternError, is_one_address, says_no_domain,
};
pub(crate) use crate::model::record::FieldKind;
pub use crate::model::record::{FieldKey, Record, RecordField, Scalar, TenantField, UserField};
pub use crate::model::role::{RoleSet, Scope};
pub(crate) use crate::model::rule::{Rule, RuleSays, RuleScope, SavedRule};
pub(crate) use crate::model::same::same;
pub(crate) use crate::model::source::{Origin, Place, SourceId, Spanned};
pub use crate::model::source::{Source, Sources};
pub(crate) use crate::model::unsafe_char::is_unsafe;
pub(crate) use crate::model::until::Until;
