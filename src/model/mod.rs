//! The words everything else is written in: identifiers, source places, desired and live state.
//!
//! Pure data: this room knows no other room, no clock, no file and no network.

mod canonical;
mod desired;
mod ended;
mod field;
mod finding;
mod guards;
mod hash;
mod held;
mod ids;
mod live;
mod live_data;
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

pub use canonical::{canonical_name, look_alike_form};
pub use desired::{
    DataEntries, Desired, EndedGrant, Grant, GrantedRole, Invite, InviteType, Presence, Prune,
    PruneUsers, TenantEntry, UserEntry, UserPin, Via, Wanted,
};
pub use field::Field;
pub use finding::{Finding, Findings};
pub use guards::{Guards, Limit};
pub(crate) use hash::{digest, sha256};
pub use held::Held;
pub use ids::{Email, Handle, Mode, RoleName, TenantId, UserId, UserUuid};
pub use live::{Count, Enough, Hidden, Holders, Known, Live, LiveTenant, LiveUser, Unreadable};
pub use live_data::{Data, LiveData};
pub use pattern::{AddressPatterns, PatternError, is_one_address, says_no_domain};
pub use record::{FieldKey, FieldKind, Record, RecordField, Scalar, TenantField, UserField};
pub use role::{RoleSet, Scope};
pub use rule::{Rule, RuleSays, RuleScope};
pub(crate) use same::same;
pub use source::{Origin, Place, Source, SourceId, Sources, Spanned};
pub(crate) use unsafe_char::is_unsafe;
pub use until::Until;
