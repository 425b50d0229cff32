//! The main job at the size of a real company: over HTTP, to an emulator that runs as a program of its own.

use std::fmt::Write as _;

use fastrand::Rng;

use crate::support::{Emulator, Program};

const TENANTS: usize = 770;
const USERS: usize = 1500;
const GRANTS: usize = 6300;
const ROLES: [&str; 6] = ["admin", "billing", "member", "owner", "support", "viewer"];

fn manifest() -> String {
    let mut random = Rng::with_seed(7);
    let mut text = format!(
        "version: 1\nworkspace: demo1234\nmode: test\nroles: [{}]\ntenants:\n",
        ROLES.join(", ")
    );
    for tenant in 0..TENANTS {
        writeln!(
            text,
            "  t{tenant}: {{ name: Tenant {tenant}, data: {{ plan: pro, seats: {tenant} }} }}"
        )
        .unwrap();
    }
    text.push_str("users:\n");
    for user in 0..USERS {
        // The same for everybody, and one more for the first until the sum is right.
        let grants = GRANTS / USERS + usize::from(user < GRANTS % USERS);
        writeln!(text, "  user{user}@example.com:\n    name: User {user}\n    username: user{user}\n    roles: [{}]\n    tenants:", random.choice(ROLES).unwrap()).unwrap();
        let first = random.usize(..TENANTS);
        for tenant in (0..grants - 1).map(|step| (first + step * 97) % TENANTS) {
            writeln!(text, "      t{tenant}: [{}]", random.choice(ROLES).unwrap()).unwrap();
        }
    }
    text
}

#[test]
fn a_company_is_applied_exported_and_planned_to_nothing() {
    let program = Program::new();
    let (_emulator, url) = Emulator::start(program.path(), &[]);
    let program = program
        .set("USERFRONT_API_URL", &url)
        .set("USERFRONT_API_KEY", "uf_test_admin_demo1234_emulator");
    program.write("ufsync.yaml", &manifest());
    program
        .run(&["apply", "--yes"])
        .exits(0)
        .says("770 tenants to create, 1500 users to create, 6300 role sets")
        .says("Applied: 8570 calls.")
        .done();
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .says("No changes")
        .done();
    program
        .run(&["export", "-o", "export.yaml"])
        .exits(0)
        .done();
    program
        .run(&["plan", "--detailed-exitcode", "-f", "export.yaml"])
        .exits(0)
        .says("No changes")
        .done();
}
