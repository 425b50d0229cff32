//! The manifest as it is written: the types that the reader fills, the export writes and the JSON Schema describes.
//!
//! The doc comments of the fields are what editors show.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_saphyr::FlowSeq;

pub(crate) use crate::manifest::syntax::role_list::{GroupUser, RoleItem, RoleList};
pub(crate) use crate::manifest::syntax::rule_syntax::{Restriction, WrittenRule};
use crate::manifest::syntax::schema_forms;
use crate::model::{
    Field, InviteType, Limit, Mode, Presence, Record, RecordField, Scalar, Spanned, TenantField,
    UserField, Wanted,
};

/// Text with its place.
pub(crate) type Text = Spanned<Arc<str>>;

/// A map in the order of the file, its keys with their places.
#[derive(Clone, Debug)]
pub struct Entries<V>(pub Vec<(Text, V)>);

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Entries<V> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<V: Serialize> Serialize for Entries<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(&*key.value, value)?;
        }
        map.end()
    }
}

/// A list of role names, written in one line.
#[derive(Clone, Debug, Default)]
pub struct Roles(pub Vec<Text>);

impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FlowSeq(&self.0).serialize(serializer)
    }
}

/// A map of free-form data.
type AnyMap = std::collections::BTreeMap<String, Value>;
/// A map from a handle to role names.
type RoleMap = Option<std::collections::BTreeMap<String, schema_forms::RoleNames>>;
// A map or an entry with nothing behind its key is empty.
type TenantMap = Option<std::collections::BTreeMap<String, Option<Tenant>>>;
type UserMap = Option<std::collections::BTreeMap<String, Option<User>>>;
type GroupMap = Option<std::collections::BTreeMap<String, Option<Group>>>;

/// The desired tenants, users and roles of a Userfront workspace, for ufsync.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("patternProperties" = {"^x-": true}), transform = schema_forms::overlays)]
pub struct Manifest {
    /// The version of the manifest language: 1. Required in one of the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>", extend("const" = 1, "type" = "integer"))]
    pub version: Option<Spanned<u64>>,
    /// The id of the workspace that this manifest is for. The run stops if the API key belongs to another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1), extend("examples" = ["demo1234"]))]
    #[serde(default)]
    pub workspace: Option<Text>,
    /// Whether the manifest is for test or live data. The run stops if the API key's mode differs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "String", extend("enum" = ["test", "live"]))]
    pub mode: Option<Spanned<Mode>>,
    /// The variables of the environment that `${NAME}` may use. Those whose names begin with `UFSYNC_VAR_` need not be listed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(with = "Vec<String>", inner(regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$")), extend("examples" = [["STAGE", "REGION"]]))]
    pub variables: Vec<Text>,
    /// The role names that may be used: any other is an error. Left out, names are compared with the server's lists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(schema_with = "schema_forms::vocabulary")]
    pub roles: Option<Roles>,
    /// Of these roles, those of which it is written whether granting them is worth a second look.
    #[serde(skip)]
    pub sensitive: Vec<(Text, bool)>,
    /// The tenants, each under a handle of its own that the rest of the manifest refers to.
    #[serde(skip_serializing_if = "Entries::is_empty", default)]
    #[schemars(with = "TenantMap", extend("propertyNames" = {"pattern": "^[a-z0-9][a-z0-9_-]*$", "patternErrorMessage": "A handle is made of a-z, 0-9, _ and -, and starts with a letter or a digit."}))]
    pub tenants: Entries<Tenant>,
    /// The users, each under their e-mail address.
    #[serde(skip_serializing_if = "Entries::is_empty", default)]
    #[schemars(with = "UserMap", extend("propertyNames" = {"format": "email"}))]
    // Boxed: a list of whole users would be one block as large as all of them, beside the tree that they are read from.
    pub users: Entries<Box<User>>,
    /// Groups: the same roles for many people, under a name that plans show.
    #[serde(skip_serializing_if = "Entries::is_empty", default)]
    #[schemars(with = "GroupMap")]
    pub groups: Entries<Group>,
    /// What may be removed because the manifest does not mention it. Nothing, where this is left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<Prune>")]
    pub prune: Option<Prune>,
    /// Limits that a plan has to keep; one that breaks them is not applied.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<Guards>")]
    pub guards: Option<Guards>,
    /// What must hold for all access. `validate` and `plan` check it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub rules: Vec<WrittenRule>,
    /// What each file may say, in a file that its own path protects.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub restrictions: Vec<Restriction>,
}

type HolderMap = std::collections::BTreeMap<String, u64>;

/// Limits that a plan has to keep. What is left out has a built-in limit: 5 % of what there is, and never fewer than 5.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline, title = "Guards")]
pub struct Guards {
    /// How many users and tenants may be deleted or locked, together: a number, or a percentage of the live ones.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(schema_with = "schema_forms::limit", extend("examples" = [5, "10%"]))]
    pub max_deletes: Option<Spanned<Limit>>,
    /// How many roles may be taken away, also with a user or a tenant that goes: a number, or a percentage of the roles that
    /// are held.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(schema_with = "schema_forms::limit", extend("examples" = [20, "25%"]))]
    pub max_role_removals: Option<Spanned<Limit>>,
    /// How many users may get another e-mail address: a number, or a percentage of the live users.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(schema_with = "schema_forms::limit", extend("examples" = [5, "10%"]))]
    pub max_address_changes: Option<Spanned<Limit>>,
    /// How many holders of a role have to stay who can log in, in the workspace and in every tenant that the plan touches; one
    /// admin of the workspace always, unless another number is written for `admin`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "HolderMap", extend("examples" = [{"admin": 1}], "minProperties" = 1))]
    pub keep_holders: Option<Entries<Spanned<u64>>>,
    /// Patterns for the addresses of users who are never deleted, locked, pruned, stripped of a role, or given another address.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(with = "Vec<String>", extend("examples" = [["root@acme.example", "*@ops.example"]], "minItems" = 1))]
    pub protect: Vec<Text>,
}

/// The same roles for many people.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Group")]
pub struct Group {
    /// Whether the users could not be read, which is reported.
    #[serde(skip)]
    pub is_broken: bool,
    /// The people, by e-mail. Somebody who has no entry under `users` has to exist.
    #[schemars(schema_with = "schema_forms::group_users")]
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub users: Vec<GroupUser>,
    /// Other groups, by name: their people belong to this group too.
    #[schemars(with = "Vec<schema_forms::GroupName>")]
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub groups: Vec<Text>,
    /// Roles in the workspace itself, added to what is granted elsewhere.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "schema_forms::RoleNames")]
    pub roles: Option<Spanned<RoleList>>,
    /// Roles in tenants, by handle; `"*"` stands for every tenant of the manifest.
    #[serde(skip_serializing_if = "Entries::is_empty", default)]
    #[schemars(with = "RoleMap", extend("examples" = [{"acme": ["support"]}], "propertyNames" = {"pattern": r"^(\*|[a-z0-9][a-z0-9_-]*)$"}))]
    pub tenants: Entries<Spanned<RoleList>>,
}

/// What may be removed because the manifest does not mention it.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline, title = "Prune")]
pub struct Prune {
    /// Users whose address matches a pattern and whom the manifest does not mention.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "PruneUsers")]
    pub users: Option<PruneUsers>,
    /// `true` deletes the tenants right below the workspace that no entry matches, `tree` those on all levels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(schema_with = "schema_forms::prune_tenants")]
    pub tenants: Option<Spanned<PruneTenants>>,
    /// Tenants, by handle, or `"*"` for all of the manifest: people to whom the manifest gives nothing there lose their roles.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(schema_with = "schema_forms::prune_members", extend("examples" = [["acme"]]))]
    pub members: Option<PruneMembers>,
}

/// Which users may be removed, and how.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline, title = "Users to prune")]
pub struct PruneUsers {
    /// Patterns over the whole address, in which `*` and `?` stand for any characters.
    #[schemars(with = "Vec<String>", length(min = 1), extend("examples" = [["*@acme.example"]]))]
    pub email: Vec<Text>,
    /// `delete`, or `lock`, which keeps the record and the person from logging in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "String", extend("enum" = ["delete", "lock"], "default" = "delete"))]
    pub action: Option<Spanned<PruneAction>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PruneAction {
    Delete,
    /// They are kept from logging in.
    Lock,
}

/// Which tenants may be deleted that no entry matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "serde_json::Value")]
pub enum PruneTenants {
    /// `false`.
    None,
    /// `true`: those right below the workspace.
    Top,
    /// `tree`: those on all levels.
    Tree,
}

impl From<PruneTenants> for Value {
    fn from(prune: PruneTenants) -> Self {
        match prune {
            PruneTenants::None => Self::Bool(false),
            PruneTenants::Top => Self::Bool(true),
            PruneTenants::Tree => Self::from("tree"),
        }
    }
}

/// In which tenants people may lose roles.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum PruneMembers {
    /// `"*"`: every tenant of the manifest.
    All(Text),
    Some(Vec<Text>),
}

/// A tenant: a customer organisation. A field that is left out is not touched.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Tenant")]
#[expect(
    clippy::struct_field_names,
    reason = "fields are named by the words of a manifest"
)]
pub struct Tenant {
    /// The name that people see. Required unless the tenant is pinned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "String", length(min = 1), extend("examples" = ["Acme Inc."]))]
    pub name: Option<Text>,
    /// The server's id of the tenant: pins the entry to this record, so that it can be renamed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "String", length(min = 1), extend("examples" = ["a5h281k8"]))]
    pub tenant_id: Option<Text>,
    /// The handle of the tenant that this one is below. Names identify within a parent; without it the tenant is right below the
    /// workspace.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "schema_forms::TenantHandle", extend("examples" = ["acme"]))]
    pub parent: Option<Text>,
    /// The name it had: used when no tenant has the new name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "String", length(min = 1))]
    pub renamed_from: Option<Text>,
    /// The address of an image; `null` removes it.
    #[serde(skip_serializing_if = "Field::is_unmanaged", default)]
    #[schemars(with = "Option<String>", extend("format" = "uri"))]
    pub image: Field<Text>,
    /// Free-form data, managed key by key: keys that are not written stay, a `null` removes the key, and `data: null` removes all.
    #[serde(skip_serializing_if = "Field::is_unmanaged", default)]
    #[schemars(with = "Option<AnyMap>", extend("examples" = [{"plan": "pro"}]))]
    pub data: Field<Entries<Spanned<Value>>>,
    /// The people who hold roles here, with their roles as a set: the same as writing it under the user.
    #[serde(skip_serializing_if = "Entries::is_empty", default)]
    #[schemars(with = "RoleMap", extend("examples" = [{"jane@example.com": ["owner"]}], "propertyNames" = {"format": "email"}))]
    pub members: Entries<Spanned<RoleList>>,
    /// `absent` deletes the tenant; then nothing but its identity may be written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "String", extend("enum" = ["present", "absent"], "default" = "present"))]
    pub state: Option<Spanned<Presence>>,
}

/// A user. A field that is left out is not touched.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "User")]
#[expect(
    clippy::struct_field_names,
    reason = "fields are named by the words of a manifest"
)]
pub struct User {
    /// The full name; `null` removes it.
    #[serde(skip_serializing_if = "Field::is_unmanaged", default)]
    #[schemars(with = "Option<String>", extend("examples" = ["Jane Doe"]))]
    pub name: Field<Text>,
    /// The name to log in with, unique in the workspace; `null` removes it.
    #[serde(skip_serializing_if = "Field::is_unmanaged", default)]
    #[schemars(with = "Option<String>", extend("examples" = ["jane"]))]
    pub username: Field<Text>,
    /// The server's number of the user: pins the entry to this record, so that the address can be changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "u64", extend("examples" = [33]))]
    pub user_id: Option<Spanned<u64>>,
    /// The server's second id of the user: pins the entry to this record, so that the address can be changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "String", extend("format" = "uuid"))]
    pub user_uuid: Option<Text>,
    /// The e-mail address the user had: used when nobody has the new one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "String", extend("format" = "email"))]
    pub renamed_from: Option<Text>,
    /// The message sent when the user is created; never sent to somebody who exists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(schema_with = "schema_forms::invite", extend("default" = "none"))]
    pub invite: Option<Invite>,
    /// The address of an image; `null` removes it.
    #[serde(skip_serializing_if = "Field::is_unmanaged", default)]
    #[schemars(with = "Option<String>", extend("format" = "uri"))]
    pub image: Field<Text>,
    /// The telephone number, as E.164 has it; `null` removes it.
    #[serde(skip_serializing_if = "Field::is_unmanaged", default)]
    #[schemars(with = "Option<String>", extend("examples" = ["+15550100"], "pattern" = r"^\+[1-9][0-9]{1,14}$", "patternErrorMessage" = "A telephone number is + and 2 to 15 digits, as in +15550100."))]
    pub phone_number: Field<Text>,
    /// Whether the user is kept from logging in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "bool")]
    pub locked: Option<Spanned<bool>>,
    /// Free-form data, managed key by key: keys that are not written stay, a `null` removes the key, and `data: null` removes all.
    #[serde(skip_serializing_if = "Field::is_unmanaged", default)]
    #[schemars(with = "Option<AnyMap>", extend("examples" = [{"plan": "pro"}]))]
    pub data: Field<Entries<Spanned<Value>>>,
    /// The roles held in the workspace itself, as a set: the ones not written are removed, `[]` removes all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "schema_forms::RoleNames", extend("examples" = [["admin"]]))]
    pub roles: Option<Spanned<RoleList>>,
    /// The roles held in tenants, a set for each handle: the ones not written are removed, `[]` removes all. Tenants that are not written are not touched.
    #[serde(skip_serializing_if = "Entries::is_empty", default)]
    #[schemars(with = "RoleMap", extend("examples" = [{"acme": ["viewer"]}], "properties" = {"*": schema_forms::nothing_elsewhere()}, "propertyNames" = {"pattern": r"^(\*|[a-z0-9][a-z0-9_-]*)$", "patternErrorMessage": "A handle is made of a-z, 0-9, _ and -, and starts with a letter or a digit."}))]
    pub tenants: Entries<Spanned<RoleList>>,
    /// `absent` deletes the user; then nothing but their identity may be written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "String", extend("enum" = ["present", "absent"], "default" = "present"))]
    pub state: Option<Spanned<Presence>>,
}

impl Manifest {
    /// The addresses in entries, members and groups, repeated as often as they are written.
    pub(crate) fn people(&self) -> impl Iterator<Item = &Text> + Clone {
        let users = self.users.0.iter().map(|(email, _)| email);
        users.chain(self.mentioned())
    }

    /// The addresses in members and groups.
    pub(crate) fn mentioned(&self) -> impl Iterator<Item = &Text> + Clone {
        let members = self
            .tenants
            .0
            .iter()
            .flat_map(|(_, tenant)| &tenant.members.0);
        let groups = self.groups.0.iter().flat_map(|(_, group)| &group.users);
        let groups = groups.map(|user| &user.email);
        members.map(|(email, _)| email).chain(groups)
    }
}

impl Tenant {
    /// The settable fields with their places, which the record's table names.
    pub fn fields(&self) -> Wanted<TenantField> {
        let name = (TenantField::Name, text(self.name.as_ref()));
        let image = (TenantField::Image, field(&self.image));
        wanted([name, image])
    }

    /// An entry that manages every field of a record that has a value.
    pub fn of(record: &Record<TenantField>, text: impl Fn(&str) -> Text) -> Self {
        let written = |field| record.text(field).map(|value| text(value));
        Self {
            name: written(TenantField::Name),
            image: written(TenantField::Image).map_or(Field::Unmanaged, Field::Set),
            ..Self::default()
        }
    }

    /// Whether the tenant is to be deleted.
    pub(crate) fn is_absent(&self) -> bool {
        is_absent(self.state.as_ref())
    }
}

impl User {
    /// The settable fields with their places, which the record's table names. The address is the entry's key.
    pub fn fields(&self, email: &Text) -> Wanted<UserField> {
        let locked = self.locked.as_ref();
        wanted([
            (UserField::Email, text(Some(email))),
            (UserField::Name, field(&self.name)),
            (UserField::Username, field(&self.username)),
            (UserField::Image, field(&self.image)),
            (UserField::PhoneNumber, field(&self.phone_number)),
            (
                UserField::Locked,
                locked.map(|flag| flag.with(Scalar::flag(flag.value))),
            ),
        ])
    }

    /// An entry that manages every field of a record that has a value, except the address.
    pub fn of(record: &Record<UserField>, text: impl Fn(&str) -> Text) -> Self {
        let written = |field| match record.text(field) {
            Some(value) => Field::Set(text(value)),
            None => Field::Unmanaged,
        };
        Self {
            name: written(UserField::Name),
            username: written(UserField::Username),
            image: written(UserField::Image),
            phone_number: written(UserField::PhoneNumber),
            locked: record.get(UserField::Locked).map(|_| Spanned::from(true)),
            ..Self::default()
        }
    }

    /// Whether the user is to be deleted.
    pub(crate) fn is_absent(&self) -> bool {
        is_absent(self.state.as_ref())
    }
}

fn text(value: Option<&Text>) -> Option<Spanned<Option<Scalar>>> {
    value.map(|text| text.with(Scalar::text(Arc::clone(&text.value))))
}

fn field(field: &Field<Text>) -> Option<Spanned<Option<Scalar>>> {
    match field {
        Field::Unmanaged => None,
        Field::Clear => Some(Spanned::from(None)),
        Field::Set(value) => text(Some(value)),
    }
}

fn wanted<F: RecordField, const N: usize>(
    fields: [(F, Option<Spanned<Option<Scalar>>>); N],
) -> Wanted<F> {
    let managed = |(field, value): (F, Option<_>)| Some((field, value?));
    fields.into_iter().filter_map(managed).collect()
}

fn is_absent(state: Option<&Spanned<Presence>>) -> bool {
    state.is_some_and(|state| state.value == Presence::Absent)
}

/// How a user is invited when created.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// The message.
    #[serde(rename = "type")]
    pub kind: InviteType,
    /// How long the link lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Text>,
}
