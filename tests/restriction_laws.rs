//! The law of restrictions: whatever a restricted file says, nothing outside its rights changes. The oracle is the emulator's store:
//! one workspace gets the manifest with the file, its twin the manifest without it, and they may differ only where the file has rights.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fastrand::Rng;
use ufsync::emulator::{ModeState, Options, TenantState, UserState};
use ufsync::manifest::{self, File, Input};
use ufsync::model::Desired;

use crate::support::Server;
use crate::support::cases::cases;

const ROLES: [&str; 4] = ["admin", "owner", "member", "viewer"];
const SCOPES: [&str; 4] = ["demo1234", "acmeacme", "globglob", "westwest"];
const PEOPLE: [&str; 5] = [
    "ann@acme.example",
    "bob@acme.example",
    "cid@acme.example",
    "dan@glob.example",
    "eve@glob.example",
];

/// What the file may do.
#[derive(Debug)]
struct Rights {
    roles: BTreeSet<String>,
    workspace_roles: Option<BTreeSet<String>>,
    identity: bool,
    /// Whether the record is chosen by its id, so that its name is a field.
    by_id: bool,
}

impl Rights {
    fn draw(rng: &mut Rng) -> Self {
        Self {
            roles: some(rng).into_iter().collect(),
            workspace_roles: rng.bool().then(|| some(rng).into_iter().collect()),
            identity: rng.bool(),
            by_id: rng.bool(),
        }
    }

    fn text(&self) -> String {
        let list = |roles: &BTreeSet<String>| roles.iter().cloned().collect::<Vec<_>>().join(", ");
        let choice = if self.by_id {
            "tenantId: acmeacme"
        } else {
            "name: Acme"
        };
        let workspace = self.workspace_roles.as_ref();
        let workspace = workspace.map(|roles| format!(", workspaceRoles: [{}]", list(roles)));
        format!(
            "{{ files: tenants/acme.yaml, tenants: [{{ handle: acme, {choice} }}], roles: [{}], users: [\"*@acme.example\"]{}{} }}",
            list(&self.roles),
            workspace.unwrap_or_default(),
            if self.identity {
                ", identity: true"
            } else {
                ""
            }
        )
    }

    fn may_grant(&self, scope: &str, role: &str) -> bool {
        match scope {
            "demo1234" => self.workspace_roles.iter().flatten().any(|it| it == role),
            "acmeacme" => self.roles.contains(role),
            _ => false,
        }
    }

    fn may_grant_all(&self, user: &UserState) -> bool {
        let mut roles = user.roles.iter();
        roles.all(|(scope, roles)| roles.iter().all(|role| self.may_grant(scope, role)))
    }
}

fn some(rng: &mut Rng) -> Vec<String> {
    let roles = ROLES.iter().filter(|_| rng.u8(0..5) < 2);
    roles.map(ToString::to_string).collect()
}

fn state(rng: &mut Rng) -> ModeState {
    let tenants = [
        ("acmeacme", "Acme", ""),
        ("globglob", "Globex", ""),
        ("westwest", "West", "acmeacme"),
    ];
    let users = PEOPLE.iter().enumerate().map(|(index, email)| {
        let mut roles = BTreeMap::new();
        for scope in SCOPES {
            if rng.bool() {
                roles.insert(scope.to_owned(), some(rng));
            }
        }
        UserState {
            user_uuid: format!("0000000{index}-0000-4000-8000-000000000000"),
            email: Some((*email).to_owned()),
            username: Some(format!("name{index}")),
            locked: rng.u8(0..4) == 0,
            roles,
            ..UserState::default()
        }
    });
    ModeState {
        users: users.collect(),
        tenants: tenants
            .map(|(id, name, parent)| TenantState {
                tenant_id: id.to_owned(),
                name: name.to_owned(),
                parent: parent.to_owned(),
                ..TenantState::default()
            })
            .into(),
        ..ModeState::default()
    }
}

/// A list of roles, in one of its forms.
fn list(rng: &mut Rng, from: &BTreeSet<String>) -> String {
    let items = plain(rng, from);
    if rng.u8(0..3) == 0 {
        format!("{{ atLeast: {items} }}")
    } else {
        items
    }
}

fn plain(rng: &mut Rng, from: &BTreeSet<String>) -> String {
    let roles: Vec<String> = if rng.u8(0..4) == 0 {
        some(rng)
    } else {
        from.iter().filter(|_| rng.bool()).cloned().collect()
    };
    let items = roles.iter().map(|role| match rng.u8(0..6) {
        0 => format!("{{ role: {role}, until: 2020-01-01 }}"),
        _ => role.clone(),
    });
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// What a file says that is not to be trusted. Most of it is within its rights, so that most files are not refused as a whole.
fn restricted(rng: &mut Rng, rights: &Rights) -> String {
    let mut fields = vec!["data: { plan: pro }".to_owned()];
    let out_of_place = [
        "name: Globex",
        "tenantId: globglob",
        "renamedFrom: Globex",
        "parent: west",
    ];
    if rng.u8(0..12) == 0 {
        fields.push(rng.choice(out_of_place).unwrap().to_owned());
    } else if rights.by_id && rng.bool() {
        fields.push("name: Acme Corp".to_owned());
    }
    if rights.identity && rng.u8(0..6) == 0 {
        fields = vec!["state: absent".to_owned()];
    } else if rng.bool() {
        let member = PEOPLE[rng.usize(..3)];
        fields.push(format!(
            "members: {{ {member}: {} }}",
            list(rng, &rights.roles)
        ));
    }
    let mut text = format!("tenants: {{ acme: {{ {} }} }}\nusers:\n", fields.join(", "));
    for (index, email) in PEOPLE.iter().enumerate() {
        let is_own = index < 3;
        if rng.u8(0..if is_own { 2 } else { 20 }) != 0 {
            continue;
        }
        let mut fields = vec!["image: https://x.example/i.png".to_owned()];
        if rights.workspace_roles.as_ref().is_some_and(|_| rng.bool()) {
            let may = rights.workspace_roles.clone().unwrap_or_default();
            fields.push(format!("roles: {}", list(rng, &may)));
        }
        let mut tenants = Vec::new();
        if rng.bool() {
            tenants.push(format!("acme: {}", list(rng, &rights.roles)));
        }
        if rng.u8(0..4) == 0 {
            tenants.push("\"*\": []".to_owned());
        }
        if rng.u8(0..20) == 0 {
            tenants.push("globex: [member]".to_owned());
        }
        if !tenants.is_empty() {
            fields.push(format!("tenants: {{ {} }}", tenants.join(", ")));
        }
        let mut name = (*email).to_owned();
        if rng.u8(0..if rights.identity { 2 } else { 20 }) == 0 {
            match rng.u8(0..6) {
                0 => fields.push("locked: true".to_owned()),
                1 => fields.push("locked: false".to_owned()),
                2 => fields.push("username: other".to_owned()),
                3 => fields.push("phoneNumber: \"+15550100\"".to_owned()),
                4 => fields = vec!["state: absent".to_owned()],
                _ => {
                    fields.push(format!("renamedFrom: {email}"));
                    name = format!("new{index}@acme.example");
                }
            }
        }
        writeln!(text, "  {name}: {{ {} }}", fields.join(", ")).unwrap();
    }
    if rng.u8(0..3) == 0 {
        writeln!(
            text,
            "  zoe@acme.example: {{ tenants: {{ acme: {} }} }}",
            list(rng, &rights.roles)
        )
        .unwrap();
    }
    if rng.u8(0..3) == 0 {
        let member = PEOPLE[rng.usize(..3)];
        writeln!(
            text,
            "groups: {{ g: {{ users: [{member}], tenants: {{ acme: {} }} }} }}",
            list(rng, &rights.roles)
        )
        .unwrap();
    }
    text.replace("users:\ngroups", "groups")
}

/// What files with all rights say.
fn base(rng: &mut Rng) -> String {
    let mut text = "tenants: { globex: { name: Globex } }\n".to_owned();
    let mut groups = String::new();
    let all: BTreeSet<String> = ROLES.iter().map(ToString::to_string).collect();
    for (index, email) in PEOPLE.iter().enumerate() {
        if rng.u8(0..3) == 0 {
            let scope = if rng.bool() { "globex" } else { "acme" };
            writeln!(
                groups,
                "  b{index}: {{ users: [{email}], tenants: {{ {scope}: {{ atLeast: {} }} }} }}",
                plain(rng, &all)
            )
            .unwrap();
        }
    }
    if !groups.is_empty() {
        text = format!("{text}groups:\n{groups}");
    }
    text
}

fn load(files: &[(&str, &str)]) -> Option<Desired> {
    let files = files.iter().map(|(name, text)| File {
        name: (*name).to_owned(),
        bytes: text.as_bytes().to_vec(),
    });
    let input = Input {
        files: files.collect(),
        now: Some(jiff::Timestamp::now()),
        ..Input::default()
    };
    Some(manifest::load(input).ok()?.0)
}

/// The store after an apply of a manifest.
fn applied(state: &ModeState, desired: &Desired) -> ModeState {
    let server = Server::start(Options::default(), state.clone());
    if let Ok(planned) = server.planned(desired) {
        // A plan that waits for a decision changes nothing.
        drop(server.apply_accepting(&planned.plan, &[]));
    }
    server.store()
}

/// The difference that a file has made, held against its rights.
fn check(rights: &Rights, before: &ModeState, without: &ModeState, with: &ModeState) {
    for tenant in &without.tenants {
        let now = with
            .tenants
            .iter()
            .find(|it| it.tenant_id == tenant.tenant_id);
        if tenant.tenant_id == "acmeacme" {
            assert!(now.is_some() || rights.identity, "it deleted its tenant");
            let name = now.map(|now| now.name == tenant.name);
            assert!(rights.by_id || name != Some(false), "it renamed its tenant");
            continue;
        }
        let same = now.is_some_and(|now| now.name == tenant.name && now.data == tenant.data);
        assert!(same, "it changed {}", tenant.name);
    }
    assert!(
        with.tenants.len() <= without.tenants.len(),
        "it made a tenant"
    );
    let own_is_gone = !with.tenants.iter().any(|it| it.tenant_id == "acmeacme");
    for user in &without.users {
        let now = with.users.iter().find(|it| it.user_uuid == user.user_uuid);
        let email = user.email.as_deref().unwrap();
        let is_own = email.ends_with("@acme.example");
        let before = before
            .users
            .iter()
            .find(|it| it.user_uuid == user.user_uuid)
            .unwrap();
        let keys = |it: &UserState| {
            (
                it.email.clone(),
                it.username.clone(),
                it.phone_number.clone(),
                it.locked,
            )
        };
        if now.map(keys) != Some(keys(user)) {
            let may = rights.identity && is_own;
            let all = [Some(before), Some(user), now]
                .into_iter()
                .flatten()
                .all(|it| rights.may_grant_all(it));
            assert!(may && all, "it decided who can log in as {email}");
        }
        let Some(now) = now else { continue };
        assert!(
            is_own || (&now.name, &now.image, &now.data) == (&user.name, &user.image, &user.data),
            "{email}"
        );
        for scope in SCOPES {
            let set = |it: &UserState| -> BTreeSet<String> {
                it.roles.get(scope).into_iter().flatten().cloned().collect()
            };
            let (then, now) = (set(user), set(now));
            for role in then.symmetric_difference(&now) {
                let goes_with_tenant = scope == "acmeacme" && own_is_gone && then.contains(role);
                let may = is_own && rights.may_grant(scope, role);
                assert!(may || goes_with_tenant, "{role} of {email} in {scope}");
            }
        }
    }
    let old: BTreeSet<&str> = without.users.iter().map(|it| &*it.user_uuid).collect();
    for user in with.users.iter().filter(|it| !old.contains(&*it.user_uuid)) {
        let email = user.email.as_deref().unwrap();
        assert!(
            email.ends_with("@acme.example") && rights.may_grant_all(user),
            "{email}"
        );
    }
}

#[test]
fn a_restricted_file_changes_nothing_outside_its_rights() {
    let (mut applies, mut differ) = (0, 0);
    let all = cases(40);
    for seed in 0..u64::from(all) {
        // Until a file is not refused as a whole.
        let drawn = (0..50).find_map(|again| {
            let mut rng = Rng::with_seed(seed * 1000 + again);
            let (state, rights) = (state(&mut rng), Rights::draw(&mut rng));
            let base = base(&mut rng);
            let acme = if rights.by_id { "acme: { tenantId: acmeacme }" } else { "acme: { name: Acme }" };
            let root = format!(
                "version: 1\nworkspace: demo1234\nmode: test\nguards: {{ maxDeletes: 100%, maxRoleRemovals: 100%, maxAddressChanges: 100%, keepHolders: {{ admin: 0 }} }}\nrestrictions:\n  - {}\n  - {{ files: \"base.yaml\", everything: true }}\n",
                rights.text()
            );
            let file = restricted(&mut rng, &rights);
            let with = load(&[("ufsync.yaml", &root), ("base.yaml", &base), ("tenants/acme.yaml", &file)])?;
            let twin = format!("tenants: {{ {acme} }}\n");
            let without = load(&[("ufsync.yaml", &root), ("base.yaml", &base), ("tenants/acme.yaml", &twin)])?;
            Some((state, rights, with, without, format!("{root}{base}\n{file}")))
        });
        let Some((state, rights, with, without, text)) = drawn else {
            continue;
        };
        let (without, with) = (applied(&state, &without), applied(&state, &with));
        applies += 1;
        differ += u32::from(without.users != with.users);
        let checked = std::panic::catch_unwind(|| check(&rights, &state, &without, &with));
        assert!(checked.is_ok(), "seed {seed}:\n{text}");
    }
    assert!(
        applies * 2 > all && differ * 3 > all,
        "{applies} applies, {differ} of them with an effect"
    );
}
