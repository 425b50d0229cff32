//! A look at the store after every change: what must hold at each moment, not only in the end.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use ufsync::emulator::{ModeState, Observer};

use super::world::{self, Grant, HELD};

/// What was found so far, and what must not be lost again.
#[derive(Debug)]
struct Seen {
    /// Grants that the manifest wants, or that are none of its business, and that were there at the last look.
    held: BTreeSet<Grant>,
    /// People who are to stay, by their addresses.
    people: BTreeSet<String>,
    untouched: Value,
    wrong: Vec<String>,
}

/// The watch over one server.
pub(crate) struct Watch(Arc<Mutex<Seen>>);

impl Watch {
    /// Begins with the workspace as it is before.
    pub(crate) fn start() -> (Self, Observer) {
        Self::and(|| {})
    }

    /// The same, and does something more after each look, while the server waits.
    pub(crate) fn and(more: impl Fn() + Send + Sync + 'static) -> (Self, Observer) {
        let seen = Arc::new(Mutex::new(Seen {
            held: BTreeSet::new(),
            people: BTreeSet::new(),
            untouched: Value::Null,
            wrong: Vec::new(),
        }));
        let shared = Arc::clone(&seen);
        let observer = Observer::new(move |look| {
            shared.lock().unwrap().look(look.order, look.state);
            more();
        });
        seen.lock().unwrap().look(0, &world::before());
        (Self(seen), observer)
    }

    /// Nothing wrong was seen at any moment.
    pub(crate) fn found_nothing(&self) {
        let seen = self.0.lock().unwrap();
        assert!(seen.wrong.is_empty(), "{:#?}", seen.wrong);
    }
}

impl Seen {
    fn look(&mut self, order: u64, state: &ModeState) {
        let mut say = |wrong: String| self.wrong.push(format!("after request {order}: {wrong}"));
        let grants = world::grants(state);
        for (scope, role) in HELD {
            let is_held = grants
                .iter()
                .any(|(_, at, held)| at == scope && held == role);
            if !is_held {
                say(format!("nobody holds \"{role}\" in {scope}"));
            }
        }
        let wanted = world::wanted();
        let held: BTreeSet<Grant> = grants.intersection(&wanted).cloned().collect();
        for lost in self.held.difference(&held) {
            say(format!("{lost:?} was lost"));
        }
        let leaves = |email: &String| {
            ["leaver@", "quitter@", "moved@example.com"]
                .iter()
                .any(|leaver| email.starts_with(leaver))
        };
        let people = state.users.iter().map(world::email);
        let people: BTreeSet<String> = people.filter(|email| !leaves(email)).collect();
        for lost in self.people.difference(&people) {
            say(format!("{lost} was lost"));
        }
        for (what, list) in [
            ("tenant", tenants(state)),
            ("user", state.users.iter().map(world::email).collect()),
            ("invitation", invitations(state)),
        ] {
            let mut once = BTreeSet::new();
            for twice in list.iter().filter(|name| !once.insert(*name)) {
                say(format!("{what} {twice} is there twice"));
            }
        }
        let untouched = without_times(world::untouched(state));
        if self.untouched != Value::Null && self.untouched != untouched {
            say(format!("{} became {untouched}", self.untouched));
        }
        self.held = held;
        self.people = people;
        if order > 0 {
            self.untouched = untouched;
        }
    }
}

fn tenants(state: &ModeState) -> Vec<String> {
    let names = state.tenants.iter().map(|tenant| tenant.name.clone());
    names.collect()
}

fn invitations(state: &ModeState) -> Vec<String> {
    let sent = state.invitations.iter();
    sent.map(|invitation| invitation.email.to_lowercase())
        .collect()
}

/// Records get their ids and times when they are loaded; another role's removal may touch a time.
fn without_times(mut value: Value) -> Value {
    for record in value.as_array_mut().into_iter().flatten() {
        if let Some(record) = record.as_object_mut() {
            record.retain(|key, _| key != "updatedAt");
        }
    }
    value
}
