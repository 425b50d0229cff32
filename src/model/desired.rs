//! What the manifest asks for, after every check that needs no server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Email, Field, FileRights, Guards, Handle, Mode, Origin, RecordField, RoleName, RoleSet, Rule,
    Scalar, Scope, SourceId, Sources, Spanned, TenantField, TenantId, Until, UserField, UserId,
    UserUuid,
};

/// The whole of a manifest, united from its files and checked.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// The workspace that the manifest is for.
    pub workspace: Option<Spanned<TenantId>>,
    /// The mode that the manifest is for.
    pub mode: Option<Spanned<Mode>>,
    /// The role names that the manifest allows, where it says.
    pub vocabulary: Option<BTreeSet<RoleName>>,
    /// The roles whose grants deserve a second look.
    pub sensitive: RoleSet,
    /// The tenants, by handle.
    pub tenants: BTreeMap<Handle, TenantEntry>,
    /// The users, ordered by e-mail. Boxed: most of a large manifest is here, and blocks of whole entries would be
    /// moved and half empty.
    pub users: BTreeMap<Email, Box<UserEntry>>,
    /// The names of the groups.
    pub groups: BTreeSet<Arc<str>>,
    /// What may be removed because it is not mentioned.
    pub prune: Prune,
    /// The limits that a plan has to keep.
    pub guards: Guards,
    /// The moment for which it is worked out what has ended; none where nothing ends.
    pub now: Option<Timestamp>,
    /// The grants that have ended.
    pub ended: Vec<EndedGrant>,
    /// What must hold for all access.
    pub rules: Vec<Rule>,
    /// What the files may grant that `restrictions` are for.
    pub restricted: BTreeMap<SourceId, FileRights>,
    /// The texts that origins point into.
    pub sources: Sources,
}

impl Desired {
    /// The roles that the manifest names: those that it allows, and those that it grants or granted.
    pub fn role_names(&self) -> BTreeSet<&RoleName> {
        let granted = self.users.values().flat_map(|user| &user.grants);
        let granted = granted.flat_map(|(_, grant)| &grant.roles);
        let ended = self.ended.iter().map(|ended| &ended.granted);
        let granted = granted.chain(ended).map(|granted| &granted.role);
        self.vocabulary.iter().flatten().chain(granted).collect()
    }
}

/// Whether an entry is to exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    #[default]
    Present,
    Absent,
}

#[derive(Clone, Debug)]
pub struct TenantEntry {
    /// The manifest's name for it.
    pub handle: Spanned<Handle>,
    pub presence: Presence,
    /// The server's identifier, where the entry is pinned.
    pub pin: Option<Spanned<TenantId>>,
    /// The tenant that it is below; none where that is the workspace.
    pub parent: Option<Spanned<Handle>>,
    /// The name it had.
    pub renamed_from: Option<Spanned<Arc<str>>>,
    /// Whether it stands for no record that exists, whatever their names: it is created again after a deletion.
    pub is_new: bool,
    /// The fields that it manages.
    pub fields: Wanted<TenantField>,
    /// Free-form data, managed key by key; a `null` value removes the key.
    pub data: Field<DataEntries>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserPin {
    /// By the server's number.
    Id(UserId),
    /// By the server's second identifier.
    Uuid(UserUuid),
}

#[derive(Clone, Debug)]
pub struct UserEntry {
    /// The e-mail address that the entry is written under.
    pub email: Spanned<Email>,
    pub presence: Presence,
    /// Whether only `members` or a group names them: then they have to exist, and only those roles are managed.
    pub mentioned_only: bool,
    /// The server's identifier, where the entry is pinned.
    pub pin: Option<Spanned<UserPin>>,
    /// The e-mail the user had.
    pub renamed_from: Option<Spanned<Email>>,
    /// Whether it stands for no record that exists, whatever their addresses: it is created again after a deletion.
    pub is_new: bool,
    /// How the user is invited when created; otherwise they are created in silence.
    pub invite: Option<Invite>,
    /// The fields that it manages; the address among them, unless the entry is only mentioned.
    pub fields: Wanted<UserField>,
    /// Free-form data, managed key by key; a `null` value removes the key.
    pub data: Field<DataEntries>,
    /// The roles to hold, by scope, in order. A scope that is not here is not touched, unless `everywhere` says so.
    pub grants: Vec<(Scope<Handle>, Grant)>,
    /// Where it is written that the user holds no role in any other tenant of the workspace.
    pub everywhere: Option<Origin>,
    /// Whether nothing names the user any more but grants that have ended: then the user need not exist.
    pub is_over: bool,
}

/// The fields that an entry manages, each with the value that it is to have; none clears it. A field that is not here is not
/// touched. Lists rather than maps: a manifest has many, and each is short.
#[derive(Clone, Debug)]
pub struct Wanted<F>(Vec<(F, Spanned<Option<Scalar>>)>);

impl<F> Default for Wanted<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: RecordField> Wanted<F> {
    /// The value that a field is to have, where it is managed.
    pub fn get(&self, field: F) -> Option<&Spanned<Option<Scalar>>> {
        let found = self.0.iter().find(|(known, _)| *known == field);
        found.map(|(_, value)| value)
    }

    /// The text that a field is to have.
    pub fn text(&self, field: F) -> Option<&Arc<str>> {
        self.get(field)?.value.as_ref()?.as_text()
    }

    /// Whether a flag is to be set.
    pub fn is_set(&self, field: F) -> bool {
        self.get(field).is_some_and(|value| value.value.is_some())
    }

    /// The fields that are managed.
    pub fn iter(&self) -> impl Iterator<Item = (F, &Spanned<Option<Scalar>>)> {
        self.0.iter().map(|(field, value)| (*field, value))
    }
}

impl<F: RecordField> FromIterator<(F, Spanned<Option<Scalar>>)> for Wanted<F> {
    fn from_iter<I: IntoIterator<Item = (F, Spanned<Option<Scalar>>)>>(fields: I) -> Self {
        let mut fields: Vec<_> = fields.into_iter().collect();
        fields.sort_by_key(|(field, _)| *field);
        Self(fields)
    }
}

/// The keys of free-form data that an entry manages. Lists rather than maps: a manifest has many, and each is short.
pub(crate) type DataEntries = Vec<(Arc<str>, Spanned<serde_json::Value>)>;

/// All the roles that the manifest gives one person in one scope, and who gives them.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Where the scope is first mentioned.
    pub origin: Origin,
    /// Every grant of a role; a role that is granted in several places is here as often.
    pub roles: Vec<GrantedRole>,
    /// Whether other roles stay that are held there.
    pub at_least: bool,
    /// The grants that have ended: the roles go, in every form.
    pub ended: Vec<GrantedRole>,
    /// Where several sources mention the scope, each of them, and whether it leaves other roles.
    pub sources: Vec<(Origin, bool)>,
}

impl Grant {
    /// Whether nothing is to change for who holds these roles.
    pub fn is(&self, roles: &RoleSet) -> bool {
        let given = |role: &RoleName| self.roles.iter().any(|granted| granted.role == *role);
        self.roles
            .iter()
            .all(|granted| roles.contains(&granted.role))
            && if self.at_least {
                self.ended_roles().all(|role| !roles.contains(role))
            } else {
                roles.iter().all(given)
            }
    }

    /// The roles whose grants have ended, and that nothing else grants here.
    pub fn ended_roles(&self) -> impl Iterator<Item = &RoleName> {
        let ended = self.ended.iter().map(|ended| &ended.role);
        ended.filter(|role| !self.roles.iter().any(|granted| granted.role == **role))
    }

    /// The roles that a user is to hold who holds these.
    pub fn wanted(&self, held: &RoleSet) -> RoleSet {
        let mut wanted = self.role_set();
        if self.at_least {
            let ended: RoleSet = self.ended_roles().cloned().collect();
            wanted.extend(held.difference(&ended).cloned());
        }
        wanted
    }

    /// The lists because of which other roles do not stay.
    pub(crate) fn whole_lists(&self) -> Vec<Origin> {
        if self.sources.is_empty() {
            let only = (!self.at_least).then_some(self.origin);
            return only.into_iter().collect();
        }
        let whole = self.sources.iter().filter(|(_, at_least)| !at_least);
        whole.map(|(origin, _)| *origin).collect()
    }

    pub fn role_set(&self) -> RoleSet {
        self.roles
            .iter()
            .map(|granted| granted.role.clone())
            .collect()
    }
}

#[derive(Clone, Debug)]
pub struct GrantedRole {
    pub role: RoleName,
    pub origin: Origin,
    pub via: Via,
    /// When that ends, with its place.
    pub until: Option<Box<Spanned<Until>>>,
}

#[derive(Clone, Debug)]
pub struct EndedGrant {
    pub email: Email,
    pub scope: Scope<Handle>,
    pub granted: GrantedRole,
}

/// The kinds of places in which a role is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// The user's own entry.
    Entry,
    /// The `members` of the tenant.
    Members,
    /// A group, and where the membership is written.
    Group(Arc<str>, Origin),
}

/// What may be removed because the manifest does not mention it.
#[derive(Clone, Debug, Default)]
pub struct Prune {
    /// Users by address.
    pub users: Option<PruneUsers>,
    /// Where it is written that tenants are pruned, and whether also those below others.
    pub tenants: Option<(Origin, bool)>,
    /// The tenants in which people may lose their roles, each with the place that says so.
    pub members: BTreeMap<Handle, Origin>,
}

/// Which users may be removed, and how.
#[derive(Clone, Debug)]
pub struct PruneUsers {
    /// Patterns over the whole address.
    pub patterns: Vec<Spanned<Arc<str>>>,
    /// Whether they are locked instead of deleted.
    pub lock: bool,
}

/// What an invitation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invite {
    /// Which of the server's two messages is sent.
    #[serde(rename = "type")]
    pub kind: InviteType,
    /// How long the link lasts, in the server's words (`2 days`); its default where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Arc<str>>,
}

/// The message that an invitation sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum InviteType {
    /// A welcome; its link lasts three days unless told otherwise.
    Welcome,
    /// A password reset; its link lasts one hour unless told otherwise.
    Reset,
}

impl TenantEntry {
    pub fn name(&self) -> Option<&Arc<str>> {
        self.fields.text(TenantField::Name)
    }
}

impl UserEntry {
    /// Whether the entry manages the person's roles in a scope.
    pub fn manages(&self, scope: &Scope<Handle>) -> bool {
        self.grants.iter().any(|(managed, _)| managed == scope)
    }
}

impl InviteType {
    /// The word that the API and the manifest use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Reset => "reset",
        }
    }
}

impl UserEntry {
    /// The kinds of places that grant a role in a scope.
    pub fn vias(&self, scope: &Scope<Handle>, role: &RoleName) -> Vec<Via> {
        let grants = self.grants.iter().filter(|(known, _)| known == scope);
        let roles = grants.flat_map(|(_, grant)| &grant.roles);
        let granting = roles.filter(|it| it.role == *role);
        granting.map(|it| it.via.clone()).collect()
    }
}
