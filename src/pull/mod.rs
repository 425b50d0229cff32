//! A plan, turned around: what would have to be different in the manifest, so that nothing is left to do. In: a plan. Out: wishes for
//! the editor, and what can't be one, with the reason. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::manifest::edit::{EntryKey, What, Wish, role_list};
use crate::model::{
    Desired, FieldKey, RecordField, RoleName, RoleSet, Scope, TenantField, UserField, Via,
};
use crate::plan::{Address, Change, Edit, Plan, Step};

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

/// A wish, and the change of the plan that it makes needless.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// The address of the change.
    pub address: Address,
    /// What is to be different.
    pub wish: Wish,
}

/// A change of the plan that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stays {
    /// Its address.
    pub address: Address,
    /// Why.
    pub why: String,
}

/// What is to be different in the manifest.
pub fn wishes(desired: &Desired, plan: &Plan, gone: Gone) -> (Vec<Pulled>, Vec<Stays>) {
    let mut pull = Pull {
        desired,
        gone,
        pulled: Vec::new(),
        stays: Vec::new(),
    };
    // A change of roles may be two steps: the first says what was held, the last what is wanted.
    let mut roles: BTreeMap<&Address, (&RoleSet, &RoleSet)> = BTreeMap::new();
    for step in &plan.steps {
        match &step.change {
            Change::Roles { before, after, .. } => {
                roles.entry(&step.address).or_insert((before, after)).1 = after;
            }
            Change::Tenant { target, edit, .. } => {
                pull.tenant(step, target.existing().is_some(), edit);
            }
            Change::User { edit, .. } => pull.user(step, edit),
        }
    }
    for (address, (held, wanted)) in roles {
        pull.roles(address, held, wanted);
    }
    (pull.pulled, pull.stays)
}

struct Pull<'d> {
    desired: &'d Desired,
    gone: Gone,
    pulled: Vec<Pulled>,
    stays: Vec<Stays>,
}

/// What is said of what no entry mentions.
const UNMENTIONED: &str = "no entry mentions it: write one, or let it be removed";

impl Pull<'_> {
    fn wish(&mut self, address: &Address, entry: EntryKey, path: Vec<String>, what: What) {
        let address = address.clone();
        let wish = Wish { entry, path, what };
        self.pulled.push(Pulled { address, wish });
    }

    fn stays(&mut self, address: &Address, why: impl Into<String>) {
        self.stays.push(Stays {
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
            Edit::Create { .. } if !exists => self.is_gone(&step.address, entry, name),
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
            Edit::Create { .. } => self.is_gone(&step.address, entry, None),
            Edit::Update { .. } if written.mentioned_only => self.stays(&step.address, UNMENTIONED),
            Edit::Update { .. } if edit.after(UserField::Email).is_some() => {
                let mut held = edit.changes().iter();
                let held = held.find(|it| it.field == FieldKey::Field(UserField::Email));
                let held = held.and_then(|it| it.before.as_str()).unwrap_or_default();
                let why =
                    format!("the address is {held} on the server: change the key {email} by hand");
                self.stays(&step.address, why);
            }
            Edit::Update { .. } => self.fields(step, &entry, edit),
            Edit::Delete { .. } => {
                self.stays(
                    &step.address,
                    "the user exists, and the entry says `state: absent`",
                );
            }
        }
    }

    fn is_gone(&mut self, address: &Address, entry: EntryKey, name: Option<String>) {
        match self.gone {
            Gone::Keep => self.stays(
                address,
                "it is gone: --gone remove takes the entry out, --gone absent keeps it away",
            ),
            Gone::Remove => self.wish(address, entry, Vec::new(), What::Remove),
            Gone::Absent => self.wish(address, entry, Vec::new(), What::Absent(name)),
        }
    }

    fn fields<F: RecordField>(&mut self, step: &Step, entry: &EntryKey, edit: &Edit<F>) {
        for change in edit.changes() {
            let path = match &change.field {
                FieldKey::Field(field) => vec![field.name().to_owned()],
                FieldKey::Data(key) => vec!["data".to_owned(), key.to_string()],
            };
            let (entry, value) = (entry.clone(), change.before.clone());
            if path == ["name"] && value == Value::Null && matches!(entry, EntryKey::Tenant(_)) {
                self.stays(&step.address, "it has no name on the server");
                continue;
            }
            self.wish(&step.address, entry, path, What::Set(value));
        }
    }

    fn roles(&mut self, address: &Address, held: &RoleSet, wanted: &RoleSet) {
        let email = address.person().and_then(|person| person.email());
        let written = email.and_then(|email| self.desired.users.get(email));
        let Some(written) = written else {
            return self.stays(address, UNMENTIONED);
        };
        let scope = address
            .handle()
            .map_or(Scope::Workspace, |handle| Scope::Tenant(handle.clone()));
        let grants = written.grants.iter().find(|(known, _)| *known == scope);
        let removed: Vec<&RoleName> = wanted.difference(held).collect();
        let mut in_lists: BTreeMap<bool, (Vec<RoleName>, Vec<RoleName>)> = BTreeMap::new();
        for role in removed {
            for via in written.vias(&scope, role) {
                match via {
                    Via::Group(group) => {
                        let why = format!("\"{role}\" comes from group {group}: change the group");
                        return self.stays(address, why);
                    }
                    Via::Members => in_lists.entry(true).or_default().1.push(role.clone()),
                    Via::Entry => in_lists.entry(false).or_default().1.push(role.clone()),
                }
            }
        }
        let added: Vec<RoleName> = held.difference(wanted).cloned().collect();
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
            let texts = |roles: Vec<RoleName>| roles.iter().map(ToString::to_string).collect();
            let (add, remove) = (texts(add), texts(remove));
            self.wish(address, entry, path, What::List { add, remove });
        }
    }
}

/// What still stands between the manifest and the server after a pull: for each address of these plans whether it was there before.
pub fn left_over<'p>(before: &Plan, after: &'p Plan) -> (Vec<&'p Address>, Vec<&'p Address>) {
    let known: std::collections::BTreeSet<&Address> =
        before.steps.iter().map(|it| &it.address).collect();
    after
        .steps
        .iter()
        .map(|step| &step.address)
        .partition(|address| known.contains(address))
}
