//! A plan, turned around: what would have to be different in the manifest, so that nothing is left to do. In: a plan. Out: requests for
//! the editor, and what can't be one, with the reason. Pure.

mod adopt;
mod document;
pub(crate) mod pulled;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::manifest::edit::{EditKind, EntryKey, ManifestEdit, Mentions, role_list};
use crate::model::{
    Desired, FieldKey, FieldKind, RecordField, RoleName, RoleSet, Scope, TenantField, UserField,
    Via,
};
use crate::plan::{Address, Change, Edit, LikelyRename, Plan, Step, TenantRef};

pub(crate) use crate::pull::adopt::adopt;
pub(crate) use crate::pull::document::{PullDocument, schema};
pub(crate) use crate::pull::pulled::{NotPulled, Pulled};

/// What becomes of entries whose records are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// They stay, and are named.
    Keep,
    /// They are taken out.
    Remove,
    /// They say `state: absent`.
    Absent,
}

/// What is to be different in the manifest.
pub(crate) fn requests(
    desired: &Desired,
    texts: &[String],
    plan: &Plan,
    gone: Gone,
) -> (Vec<Pulled>, Vec<NotPulled>) {
    let mut pull = Pull {
        desired,
        texts,
        mentions: OnceCell::new(),
        renames: &plan.likely_renames,
        gone,
        pulled: Vec::new(),
        stays: Vec::new(),
    };
    // A change of roles may be two steps: the first says what was held, the last what is wanted.
    let mut roles: BTreeMap<&Address, (RoleSet, &RoleSet)> = BTreeMap::new();
    for step in &plan.steps {
        match &step.change {
            // They went, or stay, with a record that is gone.
            Change::Roles { user, scope, .. }
                if user.existing().is_none()
                    || matches!(scope, Scope::Tenant(tenant) if tenant.existing().is_none()) => {}
            Change::Roles {
                before,
                after,
                either,
                ..
            } => {
                // A role that may be held only above neither comes into the manifest nor leaves it.
                let held = || &(before - either) | &(either & after);
                roles
                    .entry(&step.address)
                    .or_insert_with(|| (held(), after))
                    .1 = after;
            }
            Change::Tenant { target, edit, .. } => {
                pull.tenant(step, target.existing().is_some(), edit);
            }
            Change::User { edit, .. } => pull.user(step, edit),
        }
    }
    for (address, (held, wanted)) in roles {
        pull.roles(address, &held, wanted);
    }
    (pull.pulled, pull.stays)
}

struct Pull<'d> {
    desired: &'d Desired,
    texts: &'d [String],
    mentions: OnceCell<Mentions>,
    renames: &'d [LikelyRename],
    gone: Gone,
    pulled: Vec<Pulled>,
    stays: Vec<NotPulled>,
}

/// What is said of what no entry mentions.
const UNMENTIONED: &str = "no entry mentions it: write one, or let it be removed";

impl Pull<'_> {
    fn request(&mut self, address: &Address, entry: EntryKey, path: Vec<String>, what: EditKind) {
        let address = address.clone();
        let request = ManifestEdit { entry, path, what };
        self.pulled.push(Pulled::alone(address, request));
    }

    /// Wishes that are carried out all, or none of them.
    fn together(&mut self, address: &Address, requests: Vec<ManifestEdit>) {
        self.pulled
            .extend(requests.into_iter().map(|request| Pulled {
                address: address.clone(),
                request,
                together: true,
            }));
    }

    fn mentions(&self) -> &Mentions {
        self.mentions.get_or_init(|| Mentions::of(self.texts))
    }

    fn stays(&mut self, address: &Address, why: impl Into<String>) {
        self.stays.push(NotPulled {
            address: address.clone(),
            why: why.into(),
        });
    }

    fn tenant(&mut self, step: &Step, exists: bool, edit: &Edit<TenantField>) {
        let Some(handle) = step.address.handle() else {
            return self.stays(&step.address, UNMENTIONED);
        };
        let entry = EntryKey::Tenant(handle.clone());
        let name = self
            .desired
            .tenants
            .get(handle)
            .and_then(|entry| entry.name());
        let name = name.map(ToString::to_string);
        match edit {
            Edit::Create { .. } if !exists => self.is_gone(&step.address, &entry, name),
            Edit::Create { .. } | Edit::Update { .. } => self.fields(step, &entry, edit),
            Edit::Delete { .. } => self.stays(
                &step.address,
                "it exists, and its entry says `state: absent`",
            ),
        }
    }

    fn user(&mut self, step: &Step, edit: &Edit<UserField>) {
        let email = step.address.person().and_then(|person| person.email());
        let written = email.and_then(|email| Some((email, self.desired.users.get(email)?)));
        let Some((email, written)) = written else {
            return self.stays(&step.address, UNMENTIONED);
        };
        let entry = EntryKey::User(written.email.value.clone());
        match edit {
            Edit::Create { .. } => {
                let renamed = self.renames.iter().find(|it| it.created == *email);
                if let Some(LikelyRename { removed, .. }) = renamed {
                    let why = format!(
                        "the user seems to be {removed} now: `ufsync edit rename-user {email} {removed}` if so"
                    );
                    return self.stays(&step.address, why);
                }
                self.is_gone(&step.address, &entry, None);
            }
            Edit::Update { .. } if written.mentioned_only => self.stays(&step.address, UNMENTIONED),
            Edit::Update { .. } => {
                // The address is the key.
                let held = edit.changes().iter();
                let mut held = held.filter(|it| it.field == FieldKey::Field(UserField::Email));
                if let Some(held) = held.next().and_then(|it| it.before.as_str()) {
                    let requests = self.mentions().rename_user(written, held, false);
                    self.together(&step.address, requests);
                }
                self.fields(step, &entry, edit);
            }
            Edit::Delete { .. } => {
                self.stays(
                    &step.address,
                    "the user exists, and the entry says `state: absent`",
                );
            }
        }
    }

    fn is_gone(&mut self, address: &Address, entry: &EntryKey, name: Option<String>) {
        let what = match self.gone {
            Gone::Keep => {
                return self.stays(
                    address,
                    "it is gone: --gone remove takes the entry out, --gone absent keeps it away",
                );
            }
            Gone::Remove => EditKind::Remove,
            Gone::Absent => EditKind::Absent(name),
        };
        let requests = match entry {
            EntryKey::Tenant(handle) => self.mentions().remove_tenant(handle, what),
            EntryKey::User(email) => match self.desired.users.get(email) {
                Some(user) => self.mentions().remove_user(user, self.gone == Gone::Remove),
                None => Vec::new(),
            },
            EntryKey::Group(_) | EntryKey::Section(_) => Vec::new(),
        };
        self.together(address, requests);
    }

    fn fields<F: RecordField>(&mut self, step: &Step, entry: &EntryKey, edit: &Edit<F>) {
        for change in edit.changes() {
            // The address is the key of the entry.
            let is_email = |field: &F| field.row().1 == FieldKind::Email;
            if matches!(&change.field, FieldKey::Field(field) if is_email(field)) {
                continue;
            }
            let path = match &change.field {
                FieldKey::Field(field) => vec![field.name().to_owned()],
                FieldKey::Data(key) => vec!["data".to_owned(), key.to_string()],
            };
            let (entry, value) = (entry.clone(), change.before.clone());
            if path == ["name"] && value == Value::Null && matches!(entry, EntryKey::Tenant(_)) {
                self.stays(&step.address, "it has no name on the server");
                continue;
            }
            self.request(&step.address, entry, path, EditKind::Set(value));
        }
    }

    fn roles(&mut self, address: &Address, held: &RoleSet, wanted: &RoleSet) {
        let email = address.person().and_then(|person| person.email());
        let written = email.and_then(|email| self.desired.users.get(email));
        let Some(written) = written else {
            return self.stays(address, UNMENTIONED);
        };
        let scope = match address.tenant() {
            None => Scope::Workspace,
            Some(TenantRef::Handle(handle)) => Scope::Tenant(handle),
            Some(TenantRef::Id(_)) => {
                return self.stays(address, "the tenant has no entry: adopt it first");
            }
        };
        let grants = written.grants.iter().find(|(known, _)| *known == scope);
        let removed: Vec<&RoleName> = wanted.difference(held).collect();
        let mut in_lists: BTreeMap<bool, (Vec<RoleName>, Vec<RoleName>)> = BTreeMap::new();
        for role in &removed {
            for via in written.vias(&scope, role) {
                match via {
                    Via::Group(group, _) => {
                        let why = format!("\"{role}\" comes from group {group}: change the group");
                        return self.stays(address, why);
                    }
                    Via::Members => in_lists.entry(true).or_default().1.push((*role).clone()),
                    Via::Entry => in_lists.entry(false).or_default().1.push((*role).clone()),
                }
            }
        }
        let added: Vec<RoleName> = held.difference(wanted).cloned().collect();
        // Written without its end, the role would stay for good; taken out, a grant that was made with care would be lost.
        let mut over = self.desired.ended.iter();
        if let Some(over) = over.find(|it| {
            it.email == written.email.value && it.scope == scope && added.contains(&it.granted.role)
        }) {
            let role = &over.granted.role;
            let why = format!("the grant of \"{role}\" has ended: the next apply takes the role");
            return self.stays(address, why);
        }
        if let Some(role) = removed
            .iter()
            .find(|role| written.until(&scope, role).is_some())
        {
            let why =
                format!("the grant of \"{role}\" has an end: take it out by hand if it is to go");
            return self.stays(address, why);
        }
        if !added.is_empty() {
            let all = grants.into_iter().flat_map(|(_, grant)| &grant.roles);
            let in_members = written.mentioned_only || all.clone().any(|it| it.via == Via::Members);
            let own = all.clone().any(|it| it.via == Via::Entry);
            let in_members = in_members && !own && matches!(scope, Scope::Tenant(_));
            if written.mentioned_only && !in_members {
                return self.stays(address, UNMENTIONED);
            }
            in_lists.entry(in_members).or_default().0.extend(added);
        }
        for (in_members, (add, remove)) in in_lists {
            let (entry, path) = role_list(written, &scope, in_members);
            let add = add.iter().map(|role| Value::from(role.as_str())).collect();
            let remove = remove.iter().map(ToString::to_string).collect();
            self.request(address, entry, path, EditKind::List { add, remove });
        }
    }
}

/// What still stands between the manifest and the server after a pull: for each address of these plans whether it was there before.
pub(crate) fn left_over<'p>(
    before: &Plan,
    after: &'p Plan,
) -> (Vec<&'p Address>, Vec<&'p Address>) {
    let known: BTreeSet<&Address> = before.steps.iter().map(|it| &it.address).collect();
    after
        .steps
        .iter()
        .map(|step| &step.address)
        .partition(|address| known.contains(address))
}
