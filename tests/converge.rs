//! The main job converges whatever the server does where the reference is silent.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use fastrand::Rng;
use serde_json::json;
use ufsync::emulator::switches::{
    PastEnd, RetryAfter, Switches, TenantsFind, Updates, UserAuthorization,
};
use ufsync::emulator::{ModeState, Options, TenantState, UserState};

use crate::support::{Server, desired, switches};

/// Everything at once: creations, an invitation, changes, a removed key of data, renames, handed-over roles, roles in
/// old and new tenants, and deletions.
const MANIFEST: &str = r"
version: 1
workspace: demo1234
mode: test
guards: { maxRoleRemovals: 100% }
tenants:
  acme: { name: Acme Inc., renamedFrom: Acme, data: { plan: pro, old: null } }
  fresh: { name: Fresh }
  gone: { name: Gone, state: absent }
users:
  ada@example.com:
    name: Ada
    phoneNumber: null
    data: { plan: pro, old: null }
    roles: [member]
    tenants: { acme: [owner], fresh: [admin] }
  Ben@Example.com: { username: benny, roles: [admin], tenants: { acme: [] } }
  new@example.com: { name: New, locked: true, data: { deep: { a: [1, 2] } }, roles: [viewer], tenants: { acme: [viewer], fresh: [owner] } }
  guest@example.com: { name: Guest, invite: { type: welcome, duration: 2 days }, tenants: { fresh: [viewer] } }
  moved@example.org: { renamedFrom: moved@example.com, roles: [member] }
  leaver@example.com: { state: absent }
  never@example.com: { state: absent }
";

fn start() -> ModeState {
    let tenant = |id: &str, name: &str| TenantState {
        tenant_id: id.into(),
        name: name.into(),
        data: json!({"old": 1, "kept": true})
            .as_object()
            .cloned()
            .unwrap(),
        ..TenantState::default()
    };
    let user = |email: &str, roles: &[(&str, &[&str])]| UserState {
        email: Some(email.into()),
        phone_number: Some("+1".into()),
        data: json!({"old": {"x": 1}, "kept": [1]})
            .as_object()
            .cloned()
            .unwrap(),
        roles: roles
            .iter()
            .map(|(scope, roles)| {
                (
                    (*scope).to_owned(),
                    roles.iter().map(|role| (*role).to_owned()).collect(),
                )
            })
            .collect::<BTreeMap<_, _>>(),
        ..UserState::default()
    };
    ModeState {
        roles: ["admin", "member", "owner", "viewer"]
            .map(str::to_owned)
            .to_vec(),
        tenants: vec![
            tenant("acme0001", "Acme"),
            tenant("gone0001", "Gone"),
            tenant("else0001", "Elsewhere"),
        ],
        users: vec![
            user(
                "ada@example.com",
                &[("demo1234", &["admin"]), ("else0001", &["admin"])],
            ),
            user(
                "ben@example.com",
                &[
                    ("demo1234", &["member"]),
                    ("acme0001", &["owner", "viewer"]),
                ],
            ),
            user("moved@example.com", &[("demo1234", &["viewer"])]),
            user(
                "leaver@example.com",
                &[("demo1234", &["admin"]), ("acme0001", &["owner"])],
            ),
            user(
                "bystander@example.com",
                &[
                    ("demo1234", &["admin"]),
                    ("acme0001", &["viewer"]),
                    ("gone0001", &["viewer"]),
                ],
            ),
        ],
        ..ModeState::default()
    }
}

fn converges(options: Options) {
    let server = Server::start(options, start());
    let desired = desired(MANIFEST);
    let plan = server.plan(&desired);
    let outcome = server.apply(&plan);
    assert!(outcome.is_complete(), "{:?}", outcome.steps);
    let again = server.plan(&desired);
    assert!(again.steps.is_empty(), "{:#?}", again.steps);
    let store = server.store();
    let mut emails: Vec<String> = store
        .users
        .iter()
        .filter_map(|user| user.email.as_deref())
        .map(str::to_lowercase)
        .collect();
    emails.sort();
    assert_eq!(
        emails,
        [
            "ada@example.com",
            "ben@example.com",
            "bystander@example.com",
            "guest@example.com",
            "moved@example.org",
            "new@example.com"
        ],
        "somebody was lost, doubled or kept"
    );
    let mut names: Vec<&str> = store
        .tenants
        .iter()
        .map(|tenant| tenant.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Acme Inc.", "Elsewhere", "Fresh"]);
    assert_eq!(store.invitations.len(), 1, "the guest is invited once");
    assert_eq!(
        store.users[0].roles["else0001"],
        ["admin"],
        "a scope that the manifest does not mention is not touched"
    );
    assert_eq!(
        store.users[0].data["kept"],
        json!([1]),
        "a key that the manifest does not mention is not touched"
    );
}

fn with(change: impl FnOnce(&mut Switches)) -> Options {
    let mut switches = Switches::default();
    change(&mut switches);
    Options {
        switches,
        ..Options::default()
    }
}

#[test]
fn with_the_emulators_defaults() {
    converges(Options::default());
}

#[test]
fn under_every_value_of_every_switch() {
    for (name, values) in switches::choices() {
        for value in &values {
            converges(Options {
                switches: switches::with([(name.as_str(), value.as_str())]),
                ..Options::default()
            });
        }
    }
}

/// Two switches, by their places, each with the place of a value.
type Pair = [(usize, usize); 2];

/// The pairs of values in a row that has a value for each switch.
fn pairs(row: &[usize]) -> impl Iterator<Item = Pair> {
    let places = 0..row.len();
    places.flat_map(move |one| {
        (one + 1..row.len()).map(move |other| [(one, row[one]), (other, row[other])])
    })
}

#[test]
fn under_every_pair_of_values() {
    let choices = switches::choices();
    let mut random = Rng::with_seed(7);
    let mut row = || -> Vec<usize> {
        let values = choices
            .iter()
            .map(|(_, values)| random.usize(..values.len()));
        values.collect()
    };
    let mut missing: BTreeSet<Pair> = (0..choices.len())
        .flat_map(|one| (one + 1..choices.len()).map(move |other| (one, other)))
        .flat_map(|(one, other)| {
            let (ones, others) = (choices[one].1.len(), choices[other].1.len());
            (0..ones).flat_map(move |a| (0..others).map(move |b| [(one, a), (other, b)]))
        })
        .collect();
    let mut rows = 0;
    while let Some([one, other]) = missing.first().copied() {
        // The best of many, each with one pair that is missing, so that it ends.
        let candidates = (0..60).map(|_| {
            let mut row = row();
            row[one.0] = one.1;
            row[other.0] = other.1;
            row
        });
        let gain = |row: &Vec<usize>| pairs(row).filter(|pair| missing.contains(pair)).count();
        let row = candidates.max_by_key(gain).unwrap();
        for pair in pairs(&row) {
            missing.remove(&pair);
        }
        let values = row.iter().zip(&choices);
        let values = values.map(|(value, (name, values))| (name.as_str(), values[*value].as_str()));
        converges(Options {
            switches: switches::with(values),
            ..Options::default()
        });
        rows += 1;
    }
    assert!((8..60).contains(&rows), "{rows}");
}

#[test]
fn when_two_writes_to_one_user_at_once_would_lose_one() {
    converges(with(|switches| switches.updates = Updates::Slow));
    // As many scopes as calls may be in flight, and a change of the record itself.
    let server = Server::start(with(|switches| switches.updates = Updates::Slow), start());
    let tenants: Vec<String> = (0..12)
        .map(|number| format!("t{number}: {{name: T{number}}}"))
        .collect();
    let scopes: Vec<String> = (0..12)
        .map(|number| format!("t{number}: [viewer]"))
        .collect();
    let desired = desired(&format!(
        "{{version: 1, tenants: {{{}}}, users: {{bystander@example.com: {{name: By, roles: [admin, viewer], tenants: {{{}}}}}}}}}",
        tenants.join(", "),
        scopes.join(", ")
    ));
    assert!(server.apply(&server.plan(&desired)).is_complete());
    let again = server.plan(&desired);
    assert!(again.steps.is_empty(), "{:#?}", again.steps);
}

#[test]
fn whatever_the_size_of_a_page_and_what_follows_the_last() {
    for past_end in [PastEnd::Empty, PastEnd::NotFound] {
        for page_size in [1, 2, 5, 1000] {
            converges(Options {
                page_size,
                ..with(|switches| switches.past_end = past_end)
            });
        }
    }
}

#[test]
fn however_short_searches_must_be() {
    for limit in [1, 2] {
        for user_authorization in [UserAuthorization::Full, UserAuthorization::Own] {
            converges(Options {
                // Searches by name follow a scan of several pages alone.
                page_size: 2,
                ..with(|switches| {
                    switches.find_limit = NonZeroUsize::new(limit);
                    switches.user_authorization = user_authorization;
                })
            });
        }
    }
}

#[test]
fn whatever_comes_with_too_many_requests() {
    for retry_after in [RetryAfter::Seconds, RetryAfter::Date, RetryAfter::None] {
        converges(Options {
            rate: Some(60),
            ..with(|switches| switches.retry_after = retry_after)
        });
    }
}

/// One of the values, by chance.
fn pick<T: Copy>(random: &mut Rng, values: &[T]) -> T {
    values[random.usize(..values.len())]
}

#[test]
fn under_random_combinations() {
    for seed in 0..16 {
        let mut random = Rng::with_seed(seed);
        let random = &mut random;
        let switches = Switches {
            find_limit: NonZeroUsize::new(pick(random, &[0, 1, 3])),
            ..switches::random(random)
        };
        // Without a listing, tenants beyond the first page of the workspace's record can't be seen.
        let pages: &[usize] = if switches.tenants_find == TenantsFind::Off {
            &[100]
        } else {
            &[1, 3, 100]
        };
        converges(Options {
            switches,
            page_size: pick(random, pages),
            ..Options::default()
        });
    }
}

#[test]
fn tenants_that_nobody_can_see_are_not_created_twice() {
    let options = Options {
        page_size: 1,
        ..with(|switches| switches.tenants_find = TenantsFind::Off)
    };
    let server = Server::start(options, start());
    let desired = desired(
        "{version: 1, tenants: {gone: {name: Gone}, else: {name: Elsewhere}, fresh: {name: Fresh}}}",
    );
    let plan = server.plan(&desired);
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    let mut blocked = plan.blocked.iter();
    assert!(
        blocked.all(|blocked| blocked.reason.contains("may exist unseen")),
        "{:?}",
        plan.blocked
    );
    assert_eq!(plan.blocked.len(), 3);
}
