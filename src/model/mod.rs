//! The words everything else is written in: identifiers, source places, desired and live state.
//!
//! Pure data: this room knows no other room, no clock, no file and no network.

mod desired;
mod field;
mod fields;
mod finding;
mod guards;
mod hash;
mod held;
mod ids;
mod live;
mod live_data;
mod role;
mod same;
mod source;
pub(crate) mod suggest;

pub use desired::{
    DataEntries, Desired, Grant, GrantedRole, Invite, InviteType, Presence, Prune, PruneUsers,
    ScopeRef, TenantEntry, UserEntry, UserPin, Via,
};
pub use field::Field;
pub use fields::{Data, TenantFields, UserFields};
pub use finding::{Finding, Findings};
pub use guards::{Guards, Limit};
pub(crate) use hash::sha256;
pub use held::Held;
pub use ids::{Email, Handle, Mode, RoleName, TenantId, UserId, UserUuid};
pub use live::{Hidden, Live, LiveTenant, LiveUser, Totals};
pub use live_data::LiveData;
pub use role::{RoleSet, Scope};
pub(crate) use same::same;
pub use source::{Origin, Place, Source, SourceId, Sources, Spanned};
