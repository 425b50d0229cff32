//! A believable workspace of any size. In: how many users and tenants, and a seed. Out: a state, the
//! same for the same seed. Main function: [`State::generate`].

use crate::emulator::data::mode::Mode;
use crate::emulator::data::state::{ModeState, State, TenantState, UserState};
use crate::emulator::data::time::{Millis, Stamp};
use fastrand::Rng;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The first record is made on 1 January 2024, each further one half a minute later.
const EPOCH: Millis = 1_704_067_200_000;
const STEP: Millis = 30_000;

const FIRST: [&str; 24] = [
    "Ada", "Ben", "Chloe", "David", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jane", "Kofi",
    "Lena", "Mei", "Noah", "Olga", "Priya", "Quinn", "Rosa", "Sven", "Tariq", "Uma", "Victor",
    "Wanda", "Yuki",
];
const LAST: [&str; 24] = [
    "Adeyemi", "Bauer", "Costa", "Doe", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova",
    "Jensen", "Kim", "Lopez", "Moreau", "Nakamura", "Okafor", "Patel", "Quist", "Rossi", "Silva",
    "Tanaka", "Ueda", "Vargas", "Weber", "Zhang",
];
const COMPANY: [&str; 16] = [
    "Acme",
    "Bluebird",
    "Cobalt",
    "Driftwood",
    "Evergreen",
    "Fjord",
    "Granite",
    "Harbor",
    "Ironwood",
    "Juniper",
    "Kestrel",
    "Lantern",
    "Meridian",
    "Northwind",
    "Orchard",
    "Pinnacle",
];
const TRADE: [&str; 10] = [
    "Analytics",
    "Bakery",
    "Clinics",
    "Design",
    "Energy",
    "Foods",
    "Labs",
    "Logistics",
    "Media",
    "Robotics",
];
const PLANS: [&str; 3] = ["free", "pro", "enterprise"];
const ROLES: [&str; 4] = ["member", "viewer", "admin", "owner"];

impl State {
    /// A believable workspace in test mode, the same for the same arguments; live mode stays empty.
    pub fn generate(workspace: &str, users: usize, tenants: usize, seed: u64) -> Self {
        let mut taken = BTreeSet::from([workspace.to_owned()]);
        let ids = (1..).map(|count| Mode::Test.tenant_id(count));
        let ids = ids.filter(|id| taken.insert(id.clone())).take(tenants);
        let ids: Vec<String> = ids.collect();
        let mut random = Rng::with_seed(seed);
        let made = ids.iter().enumerate();
        let made = made.map(|(place, id)| tenant(id, &mut random, stamp(place)));
        let tenants = made.collect();
        let users = (0..users).map(|place| user(place, workspace, &ids, &mut random));
        let test = ModeState {
            tenants,
            users: users.collect(),
            ..ModeState::default()
        };
        Self {
            test,
            live: ModeState::default(),
        }
    }
}

fn user(place: usize, workspace: &str, tenants: &[String], rng: &mut Rng) -> UserState {
    let number = u64::try_from(place).unwrap_or_default() + 1;
    let (first, last) = (pick(rng, &FIRST), pick(rng, &LAST));
    let handle = format!("{first}.{last}{number}").to_lowercase();
    let image = format!("https://images.example.com/{number}.png");
    let active = rng.bool().then(|| stamp(place + rng.usize(1..90_000)));
    UserState {
        user_id: number,
        user_uuid: Mode::Test.user_uuid(number, 0).to_string(),
        email: Some(format!("{handle}@example.com")),
        username: rng.bool().then(|| handle.replace('.', "-")),
        name: Some(format!("{first} {last}")),
        image: one_in(rng, 3).then_some(image),
        phone_number: one_in(rng, 8).then(|| format!("+1555{:07}", number % 10_000_000)),
        locked: one_in(rng, 50),
        is_confirmed: !one_in(rng, 10),
        data: if one_in(rng, 3) {
            object(json!({"plan": pick(rng, &PLANS), "seats": rng.u8(1..20)}))
        } else {
            Map::new()
        },
        roles: roles(workspace, tenants, rng),
        last_active_at: active,
        created_at: Some(stamp(place)),
        updated_at: Some(stamp(place)),
    }
}

/// Most people belong to one tenant, some to two, and a few hold a role in the workspace.
fn roles(workspace: &str, tenants: &[String], rng: &mut Rng) -> BTreeMap<String, Vec<String>> {
    let mut roles = BTreeMap::new();
    if tenants.is_empty() || one_in(rng, 20) {
        let role = pick(rng, &ROLES).to_owned();
        roles.insert(workspace.to_owned(), vec![role]);
    }
    for _ in 0..if one_in(rng, 6) { 2 } else { 1 } {
        let id = tenants.get(rng.usize(0..tenants.len().max(1)));
        // The first two names are by far the most frequent, as in life.
        let known = if one_in(rng, 8) { ROLES.len() } else { 2 };
        let role = ROLES.get(rng.usize(0..known));
        if let (Some(id), Some(role)) = (id, role) {
            roles.insert(id.clone(), vec![(*role).to_owned()]);
        }
    }
    roles
}

fn tenant(id: &str, rng: &mut Rng, created: String) -> TenantState {
    let image = format!("https://images.example.com/{id}.png");
    TenantState {
        tenant_id: id.to_owned(),
        name: format!("{} {}", pick(rng, &COMPANY), pick(rng, &TRADE)),
        image: one_in(rng, 2).then_some(image),
        data: object(json!({"plan": pick(rng, &PLANS), "seats": rng.u16(1..500)})),
        parent: String::new(),
        roles: if one_in(rng, 10) {
            vec!["support".to_owned()]
        } else {
            Vec::new()
        },
        created_at: Some(created.clone()),
        updated_at: Some(created),
    }
}

fn stamp(place: usize) -> String {
    let steps = Millis::try_from(place).unwrap_or_default();
    Stamp(EPOCH + steps * STEP).to_string()
}

fn pick<'a>(rng: &mut Rng, words: &[&'a str]) -> &'a str {
    let place = rng.usize(0..words.len().max(1));
    words.get(place).copied().unwrap_or_default()
}

fn one_in(rng: &mut Rng, count: u8) -> bool {
    rng.u8(0..count) == 0
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
