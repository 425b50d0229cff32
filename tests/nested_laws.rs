//! Laws over random workspaces with tenants on three levels, on servers whose records repeat the roles of a tenant below it and on
//! servers whose records do not. The oracle is the emulator's store.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fastrand::Rng;
use ufsync::access::Filter;
use ufsync::access::row::{Access, State};
use ufsync::emulator::{ModeState, Options, TenantState, UserState};
use ufsync::export::write::write;
use ufsync::export::{self, export};
use ufsync::model::{Desired, Live, RoleName, RoleSet, Scope};
use ufsync::plan::cost::{Pace, cost};
use ufsync::plan::explain::Next;
use ufsync::plan::guards::Acceptance;
use ufsync::plan::saved::created::CreatedRecords;
use ufsync::plan::saved::document::{ManifestInfo, PlanFile, Source, manifest_hash};
use ufsync::plan::{Change, Plan, Policy};
use ufsync::session::outcome::Outcome;
use ufsync::session::{self, Planned, RecheckMode};

use crate::support::cases::cases;
use crate::support::{Server, desired, steps, switches};

const TENANTS: [(&str, &str, &str); 5] = [
    ("acme", "Acme", ""),
    ("west", "West", "acme"),
    ("oslo", "Oslo", "west"),
    ("globex", "Globex", ""),
    ("north", "North", "globex"),
];
const ROLES: [&str; 3] = ["owner", "viewer", "editor"];

/// Who holds what, by names; and who can't log in.
type Table = BTreeSet<(String, String, String)>;

fn server(nesting: &str, state: ModeState) -> Server {
    let options = Options {
        switches: switches::with([("nesting", nesting)]),
        ..Options::default()
    };
    Server::start(options, state)
}

fn some(rng: &mut Rng) -> Vec<String> {
    let roles = ROLES.into_iter().filter(|_| rng.bool());
    roles.map(str::to_owned).collect()
}

fn state(rng: &mut Rng) -> ModeState {
    let id = |handle: &str| format!("{handle:a<8}");
    let tenants = TENANTS.map(|(handle, name, parent)| TenantState {
        tenant_id: id(handle),
        name: name.to_owned(),
        parent: if parent.is_empty() {
            String::new()
        } else {
            id(parent)
        },
        ..TenantState::default()
    });
    let users = (0..4).map(|index| {
        let mut roles: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (handle, ..) in TENANTS {
            let held = some(rng);
            if rng.u8(0..3) == 0 && !held.is_empty() {
                roles.insert(id(handle), held);
            }
        }
        if rng.bool() {
            roles.insert("demo1234".to_owned(), vec!["viewer".to_owned()]);
        }
        UserState {
            email: Some(format!("p{index}@x.example")),
            locked: rng.u8(0..5) == 0,
            is_confirmed: true,
            roles,
            ..UserState::default()
        }
    });
    let root = UserState {
        email: Some("root@x.example".to_owned()),
        is_confirmed: true,
        roles: BTreeMap::from([("demo1234".to_owned(), vec!["admin".to_owned()])]),
        ..UserState::default()
    };
    ModeState {
        tenants: tenants.to_vec(),
        users: users.chain([root]).collect(),
        ..ModeState::default()
    }
}

fn manifest(rng: &mut Rng) -> String {
    let mut text = "version: 1\nguards: { maxRoleRemovals: 100%, maxDeletes: 100%, keepHolders: { owner: 0 } }\ntenants:\n".to_owned();
    for (handle, name, parent) in TENANTS {
        let parent = match parent {
            "" => String::new(),
            parent => format!(", parent: {parent}"),
        };
        writeln!(text, "  {handle}: {{ name: {name}{parent} }}").unwrap();
    }
    text += "users:\n  root@x.example: { roles: [admin] }\n";
    for index in 0..5 {
        if rng.u8(0..4) == 0 {
            continue;
        }
        if (1..4).contains(&index) && rng.u8(0..8) == 0 {
            writeln!(text, "  p{index}@x.example: {{ state: absent }}").unwrap();
            continue;
        }
        let mut scopes = Vec::new();
        for (handle, ..) in TENANTS {
            let roles = some(rng).join(", ");
            match rng.u8(0..6) {
                0 | 1 => scopes.push(format!("{handle}: [{roles}]")),
                2 if !roles.is_empty() => {
                    scopes.push(format!("{handle}: {{ atLeast: [{roles}] }}"));
                }
                3 if !roles.is_empty() => {
                    scopes.push(format!("{handle}: [{{ role: owner, until: 2020-01-01 }}]"));
                }
                _ => {}
            }
        }
        if rng.u8(0..6) == 0 {
            scopes.push("\"*\": []".to_owned());
        }
        let locked = match rng.u8(0..6) {
            0 => ", locked: true",
            1 => ", locked: false",
            _ => "",
        };
        let tenants = scopes.join(", ");
        writeln!(
            text,
            "  p{index}@x.example: {{ name: P{locked}, tenants: {{ {tenants} }} }}"
        )
        .unwrap();
    }
    if rng.bool() {
        let roles = some(rng).join(", ");
        let handle = TENANTS[rng.usize(0..TENANTS.len())].0;
        writeln!(
            text,
            "groups: {{ team: {{ users: [p0@x.example], tenants: {{ {handle}: [{roles}] }} }} }}"
        )
        .unwrap();
    }
    if rng.u8(0..4) == 0 {
        text += "prune: { members: [west] }\n";
    }
    text
}

fn table(store: &ModeState) -> Table {
    let name = |id: &str| {
        let tenant = store.tenants.iter().find(|it| it.tenant_id == id);
        tenant.map_or_else(|| "workspace".to_owned(), |it| it.name.clone())
    };
    let mut table = Table::new();
    for user in &store.users {
        let email = user.email.clone().unwrap_or_default();
        if user.locked {
            table.insert((email.clone(), "locked".to_owned(), String::new()));
        }
        table.insert((email.clone(), "exists".to_owned(), String::new()));
        for (scope, roles) in &user.roles {
            let held = roles.iter();
            table.extend(held.map(|role| (email.clone(), name(scope), role.clone())));
        }
    }
    table
}

/// The same of a live state.
fn live_table(live: &Live) -> Table {
    let mut table = Table::new();
    for user in live.users.found() {
        let email = user.email().unwrap().to_string();
        if user.locked() {
            table.insert((email.clone(), "locked".to_owned(), String::new()));
        }
        table.insert((email.clone(), "exists".to_owned(), String::new()));
        for (scope, roles) in &user.grants {
            let name = match scope {
                Scope::Workspace => "workspace".to_owned(),
                Scope::Tenant(id) => live.tenants.get(id).unwrap().name().to_owned(),
            };
            table.extend(
                roles
                    .iter()
                    .map(|role| (email.clone(), name.clone(), role.to_string())),
            );
        }
    }
    table
}

/// `explain`, `access` and the plan give one answer: who holds what, and what the next apply gives and takes.
fn agree(wanted: &Desired, live: &Live, context: &str) {
    let plan = session::compare(wanted, live, &Policy::default()).unwrap();
    let filter = Filter {
        pending: true,
        ..Filter::default()
    };
    let rows = session::access(Some(wanted), live, &filter).unwrap();
    let own = rows.iter().filter(|row| row.through.is_none());
    let table = |rows: Vec<&Access>| -> Table {
        let keys = rows.into_iter().map(|row| {
            let tenant = row.tenant.clone().unwrap_or_else(|| "workspace".to_owned());
            (row.user.clone(), tenant, row.role.to_string())
        });
        keys.collect()
    };
    let (pending, shown) = own.partition(|row| row.state == State::Pending);
    let (pending, shown) = (table(pending), table(shown));
    let (mut held, mut given, mut taken) = (Table::new(), Table::new(), Table::new());
    for user in live.users.found() {
        let email = user.email().unwrap();
        let explanation = session::explain(wanted, live, &email, None).unwrap();
        for scope in &explanation.scopes {
            for role in &scope.roles {
                let key = (
                    email.to_string(),
                    scope.name.to_string(),
                    role.role.to_string(),
                );
                match role.next {
                    Next::Grants => drop(given.insert(key.clone())),
                    Next::Removes => drop(taken.insert(key.clone())),
                    Next::Keeps | Next::LeavesAlone | Next::Blocked => {}
                }
                if role.held {
                    held.insert(key);
                }
            }
        }
    }
    assert_eq!(held, shown, "explain and access: {context}");
    let emails: BTreeSet<String> = live
        .users
        .found()
        .filter_map(|user| Some(user.email()?.to_string()))
        .collect();
    let of_existing = pending
        .into_iter()
        .filter(|(email, ..)| emails.contains(email));
    assert_eq!(
        given,
        of_existing.collect::<Table>(),
        "explain and access --pending: {context}"
    );
    let (mut gives, mut takes) = (Table::new(), Table::new());
    let mut roles: BTreeMap<String, (RoleSet, RoleSet)> = BTreeMap::new();
    for step in &plan.steps {
        let person = step.address.person().and_then(|person| person.email());
        let exists = step
            .change
            .user()
            .and_then(|user| user.existing())
            .is_some();
        let Some(email) = person.filter(|_| exists) else {
            continue;
        };
        if let Change::Roles { before, after, .. } = &step.change {
            let known = roles.entry(step.address.to_string());
            known
                .or_insert_with(|| (before.clone(), after.clone()))
                .1
                .clone_from(after);
            let (before, after) = &roles[&step.address.to_string()];
            let scope = step.address.tenant().map(|tenant| tenant.to_string());
            let scope = scope.unwrap_or_else(|| "workspace".to_owned());
            let key = |role: &RoleName| (email.to_string(), scope.clone(), role.to_string());
            gives.extend(after.difference(before).map(key));
            takes.extend(before.difference(after).map(key));
        }
        if step.change.deleted_user().is_some() {
            takes.extend(
                held.iter()
                    .filter(|(user, ..)| *user == email.to_string())
                    .cloned(),
            );
        }
    }
    // A role that passes on is given or taken in two steps: what is left of it counts.
    assert_eq!(
        given,
        gives,
        "explain and plan, given: {context}\n{}",
        steps(&plan, None)
    );
    assert_eq!(
        taken,
        takes,
        "explain and plan, taken: {context}\n{}",
        steps(&plan, None)
    );
}

/// Carries out a plan whatever guards it breaks.
fn apply(server: &Server, plan: &Plan) -> Outcome {
    let broken = plan.broken_guards.iter();
    let accepted = broken.map(|guard| Acceptance::new(guard.name, &*guard.code));
    let accepted: Vec<Acceptance> = accepted.collect();
    server.apply_accepting(plan, &accepted).unwrap()
}

/// What is left of a plan that was saved and read again.
fn saved(server: &Server, plan: &Plan) -> Plan {
    let info = ManifestInfo {
        hash: manifest_hash(&ufsync::model::source::Sources::default()),
        mode: None,
    };
    let file = PlanFile::new(
        plan.clone(),
        Source::Server,
        info,
        cost(plan, Pace::default()),
    );
    let file = PlanFile::read(&serde_json::to_vec(&file).unwrap()).unwrap();
    let trust = RecheckMode {
        digest: true,
        no_renames: true,
    };
    let made = CreatedRecords::default();
    let found = server.block_on(session::recheck(&server.client, &file, trust, &made));
    let found = found.unwrap().recheck;
    assert!(found.stale.is_empty(), "{:#?}", found.stale);
    found.plan
}

/// Where the manifest is wrong for the state, nothing is planned; that is counted.
fn case(seed: u64, nesting: &str) -> bool {
    let mut rng = Rng::with_seed(seed);
    let (before, text) = (state(&mut rng), manifest(&mut rng));
    let wanted = desired(&text);
    let direct = server(nesting, before.clone());
    let Ok(Planned { plan, live }) = direct.planned(&wanted) else {
        return false;
    };
    let context = format!("seed {seed}, {nesting}\n{text}\n{:?}", table(&before));
    agree(&wanted, &direct.everything(), &context);
    let outcome = apply(&direct, &plan);
    assert!(
        outcome.is_complete(),
        "{context}\n{}",
        steps(&plan, Some(&outcome))
    );
    let after = table(&direct.store());
    let again = direct.plan(&wanted);
    assert!(
        again.steps.is_empty(),
        "not empty: {context}\n{}",
        steps(&again, None)
    );

    // A saved plan does the same.
    let copy = server(nesting, before.clone());
    let left = saved(&copy, &plan);
    assert!(apply(&copy, &left).is_complete(), "{context}");
    assert_eq!(table(&copy.store()), after, "saved: {context}");

    // The state that is worked out is the one of the store, and the way back leads back.
    let undo = session::undo(&direct.client, &plan, &live, &outcome);
    let undo = direct.block_on(undo).unwrap();
    assert_eq!(
        live_table_of(&undo.live, &after),
        after,
        "simulated: {context}"
    );
    let copy = server(nesting, direct.store());
    let left = saved(&copy, &undo.plan);
    let back = apply(&copy, &left);
    assert!(
        back.is_complete(),
        "{context}\n{}",
        steps(&left, Some(&back))
    );
    assert_eq!(table(&copy.store()), table(&before), "undone: {context}");

    // An export of everything, applied to an empty workspace, gives the same.
    let all = export(&direct.everything(), export::Options::default());
    let text = write(&all.manifest, None).unwrap();
    let fresh = server(nesting, ModeState::default());
    let plan = fresh.plan(&desired(&text));
    assert!(apply(&fresh, &plan).is_complete(), "{context}");
    assert_eq!(table(&fresh.store()), after, "exported: {context}\n{text}");
    true
}

/// The users that were read, since not all have to be.
fn live_table_of(live: &Live, store: &Table) -> Table {
    let known: BTreeSet<String> = live
        .users
        .found()
        .filter_map(|user| user.email().map(|email| email.to_string()))
        .collect();
    let unread = store.iter().filter(|(email, ..)| !known.contains(email));
    live_table(live)
        .into_iter()
        .chain(unread.cloned())
        .collect()
}

#[test]
fn plans_undo_files_and_exports_of_nested_tenants_keep_what_they_promise() {
    for nesting in ["on", "cascade"] {
        let all = u64::from(cases(40));
        let planned = (0..all).filter(|seed| case(*seed, nesting)).count();
        assert!(planned as u64 * 2 > all, "{planned} of {all} were planned");
    }
}
