//! The words everything else is written in: identifiers, source places, desired and live state.
//!
//! Pure data: this room knows no other room, no clock, no file and no network.

mod canonical;
mod desired;
pub(crate) mod document;
mod ended;
mod field;
mod file_rights;
mod finding;
mod guards;
mod hash;
mod ids;
pub mod live;
mod pattern;
pub mod record;
mod role;
mod rule;
mod same;
pub mod source;
mod stock;
pub(crate) mod suggest;
mod unsafe_char;
mod until;

pub(crate) use crate::model::canonical::{canonical_name, is_cut, look_alike_form, stored_form};
pub use crate::model::desired::Desired;
pub(crate) use crate::model::desired::{
    DataEntries, EndedGrant, Grant, GrantedRole, Invite, InviteType, Presence, Prune, PruneUsers,
    TenantEntry, UserEntry, UserPin, Via, Wanted,
};
pub(crate) use crate::model::document::{DocumentError, DocumentKind};
pub(crate) use crate::model::field::Field;
pub(crate) use crate::model::file_rights::FileRights;
pub(crate) use crate::model::finding::Finding;
pub use crate::model::finding::Findings;
pub(crate) use crate::model::guards::{Guards, Limit};
pub(crate) use crate::model::hash::{digest, sha256};
pub(crate) use crate::model::ids::Handle;
pub use crate::model::ids::{Email, Mode, RoleName, TenantId, UserId, UserUuid};
pub use crate::model::live::Live;
pub use crate::model::live::records::{LiveTenant, LiveUser};
pub(crate) use crate::model::live::{Count, EnoughUsers, Holders, Holding, MOST_LEVELS};
pub(crate) use crate::model::live::{Data, Held, Hidden, Inheritance, Known, LiveData, Unreadable};
pub(crate) use crate::model::pattern::PathPattern;
pub(crate) use crate::model::pattern::{
    AddressPatterns, PatternError, is_one_address, says_no_domain,
};
pub use crate::model::record::Record;
pub(crate) use crate::model::record::{
    FieldKey, FieldKind, RecordField, Scalar, TenantField, UserField,
};
pub use crate::model::role::{RoleSet, Scope};
pub(crate) use crate::model::rule::{Except, Rule, RuleSays, RuleScope, SavedRule};
pub(crate) use crate::model::same::same;
pub(crate) use crate::model::source::{Origin, Place, Source, SourceId, Sources, Spanned};
pub(crate) use crate::model::unsafe_char::is_unsafe;
pub use crate::model::until::Until;
