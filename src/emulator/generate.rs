//! A believable workspace of any size. In: how many users and tenants, and a seed. Out: their
//! states, one by one, the same for the same seed. Main type: [`Generated`].

use super::ids;
use super::options::Mode;
use super::state::{TenantState, UserState};
use super::time::{Millis, Stamp};
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

/// A workspace that is made up as it is read, so that a large one needs no room before it is loaded.
#[derive(Clone, Debug)]
pub struct Generated {
    workspace: String,
    users: usize,
    tenant_ids: Vec<String>,
    seed: u64,
}

impl Generated {
    /// So many users and tenants in the test mode of this workspace.
    pub fn new(workspace: &str, users: usize, tenants: usize, seed: u64) -> Self {
        let mut taken = BTreeSet::from([workspace.to_owned()]);
        let ids = (1..).map(|count| ids::tenant_id(Mode::Test, count));
        let tenant_ids = ids.filter(|id| taken.insert(id.clone())).take(tenants);
        Self {
            workspace: workspace.to_owned(),
            users,
            tenant_ids: tenant_ids.collect(),
            seed,
        }
    }

    /// Its tenants.
    pub fn tenants(&self) -> impl Iterator<Item = TenantState> {
        let ids = self.tenant_ids.iter().enumerate();
        ids.map(|(place, id)| tenant(id, &mut self.chance(1, place), stamp(place)))
    }

    /// Its users, with ids from 1.
    pub fn users(&self) -> impl Iterator<Item = UserState> {
        (0..self.users).map(|place| self.user(place, &mut self.chance(2, place)))
    }

    fn user(&self, place: usize, rng: &mut Rng) -> UserState {
        let number = u64::try_from(place).unwrap_or_default() + 1;
        let (first, last) = (pick(rng, &FIRST), pick(rng, &LAST));
        let handle = format!("{first}.{last}{number}").to_lowercase();
        let image = format!("https://images.example.com/{number}.png");
        let active = rng.bool().then(|| stamp(place + rng.usize(1..90_000)));
        UserState {
            user_id: number,
            user_uuid: ids::user_uuid(Mode::Test, number, 0).to_string(),
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
            roles: self.roles(rng),
            last_active_at: active,
            created_at: Some(stamp(place)),
            updated_at: Some(stamp(place)),
        }
    }

    /// Most people belong to one tenant, some to two, and a few hold a role in the workspace.
    fn roles(&self, rng: &mut Rng) -> BTreeMap<String, Vec<String>> {
        let mut roles = BTreeMap::new();
        if self.tenant_ids.is_empty() || one_in(rng, 20) {
            let role = pick(rng, &ROLES).to_owned();
            roles.insert(self.workspace.clone(), vec![role]);
        }
        let tenants = if one_in(rng, 6) { 2 } else { 1 };
        for _ in 0..tenants {
            let id = self
                .tenant_ids
                .get(rng.usize(0..self.tenant_ids.len().max(1)));
            // The first two names are by far the most frequent, as in life.
            let known = if one_in(rng, 8) { ROLES.len() } else { 2 };
            let role = ROLES.get(rng.usize(0..known));
            if let (Some(id), Some(role)) = (id, role) {
                roles.insert(id.clone(), vec![(*role).to_owned()]);
            }
        }
        roles
    }

    /// The source of chance for one record, so that a record does not depend on how many there are.
    fn chance(&self, kind: u64, place: usize) -> Rng {
        let place = u64::try_from(place).unwrap_or_default();
        Rng::with_seed(ids::mix(self.seed ^ kind.rotate_right(8)) ^ ids::mix(place))
    }
}

fn tenant(id: &str, rng: &mut Rng, created: String) -> TenantState {
    let image = format!("https://images.example.com/{id}.png");
    TenantState {
        tenant_id: id.to_owned(),
        name: format!("{} {}", pick(rng, &COMPANY), pick(rng, &TRADE)),
        image: one_in(rng, 2).then_some(image),
        data: object(json!({"plan": pick(rng, &PLANS), "seats": rng.u16(1..500)})),
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
