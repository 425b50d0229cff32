//! The document as it is written: what other tools read, and what the schema describes.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::reads::Reads;
use crate::model::{Email, Handle, Mode, RoleName, TenantId, UserId};
use crate::plan::{Danger, GuardName, WarningKind};

/// The version of the document that this program writes.
pub(super) const FORMAT_VERSION: u32 = 1;

/// A plan of ufsync, as `ufsync plan --out` saves it and `--format json` prints it. It holds personal data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanFile {
    /// What this is: `plan`.
    pub document: DocumentKind,
    /// The version of this document: 1.
    pub format_version: u32,
    /// The version of ufsync that made it.
    pub tool: String,
    /// The workspace that it is for.
    #[schemars(with = "String")]
    pub workspace: TenantId,
    /// Which of the workspace's two sets of data it is for.
    #[schemars(extend("enum" = ["test", "live"]), with = "String")]
    pub mode: Mode,
    /// Where the live state came from.
    pub source: Source,
    /// The manifest that it was made from.
    pub manifest: ManifestJson,
    /// What was chosen with `--target` and `--exclude`; left out where all steps are here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<SelectionJson>,
    /// The steps, in an order that is safe. Each is one call.
    pub steps: Vec<StepJson>,
    /// Roles that pass from some people to others: who loses one waits for those who get it.
    pub handovers: Vec<HandoverJson>,
    /// The guards that the plan breaks, each with the number that lifts it.
    pub guards: Vec<GuardJson>,
    /// Deletions and creations that may be one person with a new address.
    pub suspects: Vec<SuspectJson>,
    /// What a reviewer should look at twice.
    pub warnings: Vec<WarningJson>,
    /// How many changes of each kind there are.
    pub summary: Summary,
    /// What carrying it out takes.
    pub cost: CostJson,
    /// SHA-256 of this document with an empty checksum: a plan that was changed after it was made is refused.
    pub checksum: String,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DocumentKind {
    /// A plan.
    Plan,
}

/// Where a live state came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// It was read from the server.
    Server,
    /// It was read from a snapshot.
    Snapshot,
    /// It was read from a snapshot without personal data. Such a plan can be looked at, and not applied.
    RedactedSnapshot,
}

/// The manifest of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManifestJson {
    /// SHA-256 of its texts.
    pub hash: String,
    /// The mode that it says it is for; live data is written only where it says so.
    #[schemars(extend("enum" = ["test", "live", null]), with = "Option<String>")]
    pub mode: Option<Mode>,
    /// How many holders of each role have to stay; null where it does not say, and one admin has to.
    #[schemars(with = "Option<BTreeMap<String, u64>>")]
    pub keep_holders: Option<BTreeMap<RoleName, u64>>,
    /// The number of files.
    pub files: usize,
    /// The number of user entries.
    pub users: usize,
    /// The number of tenant entries.
    pub tenants: usize,
}

/// What became of `--target` and `--exclude`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelectionJson {
    /// Addresses that are taken in because a chosen one depends on them.
    pub taken_in: Vec<String>,
    /// Addresses that are left out because they depend on one that is.
    pub dragged_out: Vec<String>,
    /// How many steps are left out altogether.
    pub left_out: usize,
}

/// One step: one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StepJson {
    /// Its number, from 0.
    pub id: usize,
    /// What kind of thing it changes.
    pub kind: Kind,
    /// What it does to it.
    pub action: ActionKind,
    /// What it is about: `tenants/acme`, `users/jane@example.com`, `users/jane@example.com/roles` for the roles in the
    /// workspace, `users/jane@example.com/tenants/acme` for those in a tenant.
    pub address: String,
    /// The user that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserRef>,
    /// The tenant that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantRef>,
    /// What is there now: for roles a sorted list, for records the fields that change; null where there is nothing.
    pub before: Option<State>,
    /// What is there then, in the same form.
    pub after: Option<State>,
    /// The body of the call, for tenants and users that are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends: Option<Map<String, Value>>,
    /// The invitation that is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<InviteJson>,
    /// The steps that have to succeed before.
    pub depends_on: Vec<usize>,
    /// The handovers, by their place in the list, whose grants have to succeed before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<usize>,
    /// Where the manifest asks for it.
    pub why: Vec<WhyJson>,
    /// Why it deserves a second look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dangers: Vec<Danger>,
    /// What the step rests on: applying the plan is refused where the server holds something else by then.
    pub reads: Reads,
}

/// What kind of thing a step changes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A tenant.
    Tenant,
    /// A user.
    User,
    /// The roles of a user in one scope.
    Roles,
}

/// What a step does; to roles always `update`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum ActionKind {
    /// Creates it.
    Create,
    /// Creates a user and sends them a message.
    Invite,
    /// Changes it.
    Update,
    /// Keeps a user from logging in.
    Lock,
    /// Deletes it.
    Delete,
}

/// A user: one that exists, by number, or one that an earlier step creates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserRef {
    /// The server's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub id: Option<UserId>,
    /// The step that creates the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<usize>,
    /// The e-mail address that the step is named by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub email: Option<Email>,
}

/// A tenant: one that exists, by id, or one that an earlier step creates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantRef {
    /// The server's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub id: Option<TenantId>,
    /// The step that creates the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<usize>,
    /// The manifest's handle, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub handle: Option<Handle>,
}

/// What is there before or after a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum State {
    /// Roles, sorted.
    Roles(#[schemars(with = "Vec<String>")] Vec<RoleName>),
    /// The fields of a record; null for one without a value.
    Record(Map<String, Value>),
}

/// What an invitation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InviteJson {
    /// `welcome` or `reset`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["welcome", "reset"]))]
    pub kind: String,
    /// How long the link lasts, in the server's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub duration: Option<Arc<str>>,
}

/// A reason for a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhyJson {
    /// Where it is written.
    #[serde(flatten)]
    pub place: Option<PlaceJson>,
    /// What is written there, beyond the record's own entry: `group support`, `members of acme`, `prune`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub text: Option<Arc<str>>,
    /// The field that this is the reason for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The role that this is the reason for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub role: Option<RoleName>,
}

/// A place in the manifest; lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceJson {
    /// The file, as it was named.
    #[schemars(with = "String")]
    pub file: Arc<str>,
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// A role that passes from some people to others in one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandoverJson {
    /// The workspace, or a tenant's handle.
    #[schemars(with = "String")]
    pub scope: Arc<str>,
    /// The role.
    #[schemars(with = "String")]
    pub role: RoleName,
    /// The steps that grant it.
    pub grants: Vec<usize>,
}

/// A guard that the plan breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GuardJson {
    /// Its name, as manifests and `--override-guard` have it.
    pub name: GuardName,
    /// The number that lifts it.
    pub count: usize,
    /// What is wrong.
    pub reasons: Vec<String>,
}

/// A deletion and a creation that may be one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuspectJson {
    /// The address that goes.
    #[schemars(with = "String")]
    pub removed: Email,
    /// The address that comes.
    #[schemars(with = "String")]
    pub created: Email,
    /// What the two have in common.
    pub in_common: Vec<String>,
    /// Where the new one is written.
    pub place: Option<PlaceJson>,
}

/// What a reviewer should look at twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WarningJson {
    /// What it is about.
    pub kind: WarningKind,
    /// What it says.
    pub message: String,
    /// Where the manifest says so.
    pub place: Option<PlaceJson>,
}

/// How many changes there are, by kind and action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Summary {
    /// Of tenants.
    pub tenants: BTreeMap<ActionKind, usize>,
    /// Of users.
    pub users: BTreeMap<ActionKind, usize>,
    /// Of roles.
    pub roles: BTreeMap<ActionKind, usize>,
    /// Of steps that deserve a second look.
    pub dangers: BTreeMap<Danger, usize>,
}

/// What carrying a plan out takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CostJson {
    /// The number of calls.
    pub calls: usize,
    /// The number of calls of each endpoint, as the API's reference names it.
    pub by_call: BTreeMap<String, usize>,
    /// About how long they take, in seconds.
    pub seconds: f64,
}

/// The schema of the document, draft 7.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    generator.into_root_schema_for::<PlanFile>().to_value()
}
