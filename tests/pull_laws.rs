//! What holds for every pull, whatever the manifest, its style and the drift.

use serde_json::json;
use ufsync::manifest::{self, File, Input};
use ufsync::session::{Gone, Pull, PullOptions};

use crate::pull::by_hand;
use crate::support::{Program, Server};

/// A manifest in random styles, and the comments in it.
pub(crate) fn random_manifest(random: &mut fastrand::Rng) -> (String, Vec<String>) {
    let mut comments = Vec::new();
    let mut comment = |random: &mut fastrand::Rng| {
        if random.bool() {
            return String::new();
        }
        comments.push(format!("# comment {}", comments.len()));
        format!("  {}", comments[comments.len() - 1])
    };
    let mut text = "version: 1\nworkspace: demo1234\nmode: test\ntenants:\n".to_owned();
    for number in 0..3 {
        let end = comment(random);
        let entry = match random.usize(..3) {
            0 => format!("  t{number}: {{ name: T{number}, data: {{ plan: pro }} }}{end}\n"),
            1 => format!("  t{number}:{end}\n    name: \"T{number}\"\n    data: {{plan: pro}}\n"),
            _ => format!("  t{number}:\n    name: 'T{number}'{end}\n    data:\n      plan: pro\n"),
        };
        text += &entry;
    }
    text += "users:\n";
    for number in 0..6 {
        let (one, two) = (comment(random), comment(random));
        let email = format!("u{number}@example.com");
        // The comments that are not used come before the entry.
        let entry = match random.usize(..4) {
            0 => format!(
                "{two}\n  {email}: {{ name: U, roles: [viewer, member], tenants: {{ t0: [owner], t1: [] }} }}{one}\n"
            ),
            1 => format!(
                "  {email}:{one}\n    name: U\n    roles:\n      - viewer\n      - member\n    tenants:\n      t0: [owner]\n      t1: []{two}\n"
            ),
            2 => format!(
                "{two}\n  \"{email}\":\n    name: 'U'{one}\n    roles:\n    - viewer\n    - member\n    tenants: {{t0: [owner], t1: []}}\n\n"
            ),
            _ => format!(
                "  {email}:\n    roles: [viewer, member]{one}\n    name: >-\n      U\n    tenants:\n      t0:\n        - owner\n      t1: []{two}\n"
            ),
        };
        text += &entry;
    }
    if random.bool() {
        text = text.replace('\n', "\r\n");
    }
    (text, comments)
}

/// A manifest of one file.
pub(crate) fn input(text: &str) -> Input {
    let file = File {
        name: "ufsync.yaml".into(),
        bytes: text.into(),
    };
    Input {
        files: vec![file],
        ..Input::default()
    }
}

#[test]
fn after_a_pull_the_plan_is_empty_whatever_the_style_and_the_drift() {
    for seed in 0..u64::from(crate::support::anything::cases(40)) {
        let mut random = fastrand::Rng::with_seed(seed);
        let (text, comments) = random_manifest(&mut random);
        let server = Server::empty();
        let program = Program::with(&server);
        program.write("ufsync.yaml", &text);
        program.run(&["apply", "--yes"]).exits(0).done();
        let store = server.store();
        let mut drifted = 0;
        for user in &store.users {
            let path = format!("/v0/users/{}", user.user_id);
            if random.bool() {
                let names = ["V", "no", "12", "a: b # c", "${X}", "x'y\"z", "  w"];
                let name = names[random.usize(..names.len())];
                by_hand(
                    &program,
                    "PUT",
                    &path,
                    &json!({"name": name, "username": format!("n{}", user.user_id)}),
                );
                drifted += 1;
            }
            let lists = [
                json!([]),
                json!(["admin"]),
                json!(["member", "owner", "viewer"]),
                json!(["no"]),
            ];
            if random.bool() {
                let roles = &lists[random.usize(..lists.len())];
                by_hand(
                    &program,
                    "PUT",
                    &format!("{path}/roles"),
                    &json!({"roles": roles}),
                );
            }
            let tenant = &store.tenants[random.usize(..2)].tenant_id;
            let roles = &lists[random.usize(..lists.len())];
            by_hand(
                &program,
                "PUT",
                &format!("/v0/tenants/{tenant}/users/{}/roles", user.user_id),
                &json!({"roles": roles}),
            );
        }
        for tenant in &store.tenants {
            let plan = ["free", "pro", "~", "a, b"][random.usize(..4)];
            by_hand(
                &program,
                "PUT",
                &format!("/v0/tenants/{}", tenant.tenant_id),
                &json!({"data": {"plan": plan}}),
            );
        }
        let input = input(&text);
        let (desired, _) = manifest::load(input.clone()).ok().unwrap();
        let live = server.everything();
        let pull = Pull::of(&input, &desired, &live, &PullOptions::default()).unwrap();
        let (rewrites, stays) = pull.rewrites(Gone::Keep).unwrap();
        assert!(stays.is_empty(), "{seed}: {stays:?}");
        let run = program.run(&["pull", "--yes"]).exits(0);
        let after = program.read("ufsync.yaml");
        let by_library = rewrites.first().map_or(&text, |rewrite| &rewrite.after);
        assert_eq!(
            *by_library, after,
            "{seed}: the library pulls as the program"
        );
        let plan = program.run(&["plan"]);
        assert!(
            plan.stdout.contains("No changes"),
            "{seed} ({drifted}): {}\n{}\n{after}\n{}",
            run.stdout,
            run.stderr,
            plan.stdout
        );
        for comment in comments {
            // A list that is laid out with a comment inside is the one place that is left.
            assert!(
                after.contains(&comment),
                "{seed}: {comment} is gone from:\n{after}"
            );
        }
        program
            .run(&["pull", "--yes"])
            .exits(0)
            .complains("Nothing to pull")
            .done();
    }
}

#[test]
fn a_pull_of_three_changes_in_a_folder_of_files_changes_three_lines() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write(
        "all/base.yaml",
        "version: 1\nworkspace: demo1234\nmode: test\n",
    );
    for number in 0..200 {
        let text = format!(
            "# Team {number}\ntenants:\n  t{number}:\n    name: T{number}\nusers:\n  u{number}@example.com: # lead\n    name: \"U{number}\"\n    tenants:\n      t{number}: [owner]\n"
        );
        program.write(&format!("all/team-{number}.yaml"), &text);
    }
    program
        .run(&["apply", "-f", "all", "--yes"])
        .exits(0)
        .done();
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        let run = command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
        let run = run
            .args(arguments)
            .current_dir(program.path())
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "{}",
            String::from_utf8_lossy(&run.stderr)
        );
        String::from_utf8(run.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "before"]);
    let store = server.store();
    let user = |name: &str| {
        let mut users = store.users.iter();
        users
            .find(|it| it.name.as_deref() == Some(name))
            .unwrap()
            .user_id
    };
    let tenant = |name: &str| {
        let mut tenants = store.tenants.iter();
        tenants
            .find(|it| it.name == name)
            .unwrap()
            .tenant_id
            .clone()
    };
    let (one, other) = (tenant("T101"), tenant("T199"));
    for (path, body) in [
        (
            format!("/v0/users/{}", user("U17")),
            json!({"name": "Somebody else"}),
        ),
        (format!("/v0/tenants/{one}"), json!({"name": "Renamed"})),
        (
            format!("/v0/tenants/{other}/users/{}/roles", user("U199")),
            json!({"roles": ["owner", "viewer"]}),
        ),
    ] {
        by_hand(&program, "PUT", &path, &body);
    }
    let run = program.run(&["pull", "-f", "all", "--yes"]);
    // A tenant is found by its name: without a pin, another name is another tenant.
    run.exits(5).done();
    assert!(
        git(&["diff", "--shortstat"]).contains("2 files changed, 2 insertions(+), 2 deletions(-)")
    );
    let name = "all/team-101.yaml";
    program.write(
        name,
        &program
            .read(name)
            .replace("name: T101", &format!("name: T101\n    tenantId: {one}")),
    );
    git(&["commit", "--quiet", "-am", "pin"]);
    program.run(&["pull", "-f", "all", "--yes"]).exits(0).done();
    assert!(
        git(&["diff", "--shortstat"]).contains("1 file changed, 1 insertion(+), 1 deletion(-)")
    );
}
