//! `cargo bench --bench stages`: what each stage takes, at 1,000, 10,000 and 100,000 users. No network.
//!
//! Load is decoding, parsing, checking and resolving; diff is with nothing to do, and with everything to create, which is
//! ordering as well. Divide by the users to see that a stage grows no faster than they do.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark fails loudly"
)]

use std::fmt::Write as _;

use divan::{Bencher, black_box};
use jiff::Timestamp;
use ufsync::export::snapshot::Snapshot;
use ufsync::export::write::write;
use ufsync::export::{self, export};
use ufsync::manifest::{File, Input, load};
use ufsync::model::live::{Held, LiveData};
use ufsync::model::record::{Scalar, UserField};
use ufsync::model::{
    Desired, Live, LiveUser, Mode, Record, RoleName, RoleSet, Scope, TenantId, UserId, UserUuid,
};
use ufsync::plan::cost::{Pace, cost};
use ufsync::plan::{Plan, Policy};
use ufsync::report::human::{Context, plan as render};
use ufsync::session::compare;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn main() {
    divan::main();
}

fn text(users: usize) -> Vec<u8> {
    let mut text = "version: 1\nroles: [admin, member]\nusers:\n".to_owned();
    for user in 0..users {
        writeln!(text, "  user{user}@example.com: {{name: User {user}, data: {{seat: {user}}}, roles: [member]}}").unwrap();
    }
    text.into_bytes()
}

fn desired(users: usize) -> Desired {
    loaded(text(users))
}

fn loaded(bytes: Vec<u8>) -> Desired {
    let file = File {
        name: "bench.yaml".to_owned(),
        bytes,
    };
    let input = Input {
        files: vec![file],
        ..Input::default()
    };
    load(input)
        .unwrap_or_else(|findings| panic!("{:?}", findings.list))
        .0
}

fn live(users: usize) -> Live {
    let held: Held = [(Scope::Workspace, RoleSet::from([RoleName::new("member")]))]
        .into_iter()
        .collect();
    let mut live = Live::empty(TenantId::new("demo1234"), Mode::Test);
    for number in 0..users {
        let fields = [
            (
                UserField::Email,
                Scalar::text(format!("user{number}@example.com")),
            ),
            (UserField::Name, Scalar::text(format!("User {number}"))),
        ];
        let data = LiveData::from_iter([("seat".into(), number.into())]);
        let user = LiveUser {
            uuid: UserUuid::new(format!("{number:08x}-4dca-403c-bc3c-a008c5115b5c")),
            id: UserId(number as u64 + 1),
            record: Record::new(fields, data),
            last_active_at: None,
            confirmed: true,
            grants_told: true,
            grants: held.clone(),
            shown: held.clone(),
            inherited: Held::default(),
            tenant_names: [].into(),
        };
        live.users.insert(user.uuid.clone(), user);
    }
    live
}

fn planned(desired: &Desired, live: &Live) -> Plan {
    compare(desired, live, &Policy::default()).unwrap_or_else(|error| panic!("{error:?}"))
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn load_manifest(bencher: Bencher<'_, '_>, users: usize) {
    bencher.with_inputs(|| text(users)).bench_values(loaded);
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn diff_with_nothing_to_do(bencher: Bencher<'_, '_>, users: usize) {
    let (desired, live) = (desired(users), live(users));
    assert!(planned(&desired, &live).steps.is_empty());
    bencher.bench_local(|| planned(black_box(&desired), black_box(&live)));
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn diff_and_order_with_all_to_create(bencher: Bencher<'_, '_>, users: usize) {
    let (desired, live) = (desired(users), live(0));
    assert_eq!(planned(&desired, &live).steps.len(), 2 * users);
    bencher.bench_local(|| planned(black_box(&desired), black_box(&live)));
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn render_for_people(bencher: Bencher<'_, '_>, users: usize) {
    let plan = planned(&desired(users), &live(0));
    let context = Context::new(None, cost(&plan, Pace::default()), Timestamp::UNIX_EPOCH);
    bencher.bench_local(|| {
        let mut out = Vec::new();
        render(black_box(&plan), &context, &mut out).unwrap();
        out
    });
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn export_as_a_manifest(bencher: Bencher<'_, '_>, users: usize) {
    let live = live(users);
    bencher.bench_local(|| {
        write(
            &export(black_box(&live), export::Options::default()).manifest,
            None,
        )
        .unwrap()
    });
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn export_as_a_snapshot(bencher: Bencher<'_, '_>, users: usize) {
    let live = live(users);
    bencher.bench_local(|| Snapshot::of(black_box(&live)).unwrap().text());
}
