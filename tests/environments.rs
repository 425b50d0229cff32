//! One manifest for several environments: `--env NAME`, and variables in overlays.

use crate::support::{Program, Server};

const BASE: &str = "version: 1
workspace: demo1234
mode: test
tenants: { acme: { name: \"Acme ${STAGE:-dev}\", image: \"https://${HOST:-localhost}/a.png\" } }
";
const PROD: &str = "# Production.
overlay: true
vars: { STAGE: prod, HOST: acme.example }
mode: live
tenants: { acme: { data: { plan: pro } } }
";

/// What a manifest makes of an empty workspace.
fn planned(program: &Program, arguments: &[&str]) -> String {
    let run = program.run(&[&["plan", "--sandbox"], arguments].concat());
    run.exits(0).stdout
}

#[test]
fn an_environment_is_an_overlay_in_or_beside_the_manifest() {
    for (manifest, overlay, files) in [
        ("ufsync.yaml", "ufsync.prod.yaml", vec![]),
        ("ufsync/all.yaml", "ufsync.prod.yaml", vec![]),
        ("ufsync/all.yaml", "ufsync/ufsync.prod.yaml", vec![]),
        (
            "here/ufsync.yaml",
            "here/ufsync.prod.yaml",
            vec!["-f", "here/ufsync.yaml"],
        ),
        ("here/a.yaml", "here/ufsync.prod.yaml", vec!["-f", "here"]),
        ("here/a.yaml", "ufsync.prod.yaml", vec!["-f", "here"]),
    ] {
        let program = Program::new();
        program.write(manifest, BASE);
        program.write(overlay, PROD);
        let plain = planned(&program, &files);
        assert!(
            plain.contains("(test)") && plain.contains("Acme dev"),
            "{plain}"
        );
        let prod = planned(&program, &[files.as_slice(), &["--env", "prod"]].concat());
        for told in [
            "(live)",
            "Acme prod",
            "https://acme.example/a.png",
            "{plan: pro}",
        ] {
            assert!(prod.contains(told), "{overlay}: {told}\n{prod}");
        }
        // What is given by name wins, and so does a later overlay.
        program.write("more.yaml", "vars: { STAGE: later }\n");
        let more = [
            files.as_slice(),
            &[
                "--env",
                "prod",
                "--overlay",
                "more.yaml",
                "--var",
                "HOST=cli",
            ],
        ]
        .concat();
        let text = planned(&program, &more);
        assert!(
            text.contains("Acme later") && text.contains("https://cli/a.png"),
            "{text}"
        );
        let run = program.run(&[&["validate"], files.as_slice(), &["--env", "prdo"]].concat());
        run.exits(1)
            .complains("no_environment")
            .complains("ufsync.prdo.yaml")
            .done();
    }
}

#[test]
fn what_could_be_meant_in_two_ways_is_refused() {
    let program = Program::new();
    program.write("all/a.yaml", BASE);
    program.write(
        "all/ufsync.prod.yaml",
        "tenants: { globex: { name: Globex } }\n",
    );
    program
        .run(&["validate", "-f", "all"])
        .exits(1)
        .complains("no_overlay")
        .done();
    program.write("all/ufsync.prod.yaml", PROD);
    program.write("ufsync.prod.yaml", PROD);
    let env = ["validate", "-f", "all", "--env", "prod"];
    program
        .run(&env)
        .exits(1)
        .complains("two_environments")
        .done();
    program
        .run(&["validate", "-f", "all", "--env", "../x"])
        .exits(64)
        .done();
    // Only an overlay has variables; and what they hold is text.
    program.write("all/b.yaml", "vars: { STAGE: x }\n");
    program
        .run(&["validate", "-f", "all"])
        .exits(1)
        .complains("unknown_key")
        .done();
    std::fs::remove_file(program.path().join("all/b.yaml")).unwrap();
    program.write(
        "all/ufsync.prod.yaml",
        "overlay: true\nvars: { STAGE: 12, \"a b\": x }\n",
    );
    std::fs::remove_file(program.path().join("ufsync.prod.yaml")).unwrap();
    let run = program.run(&env).exits(1);
    run.complains("unquoted_text")
        .complains("bad_variable_name")
        .done();
}

#[test]
fn a_new_manifest_can_be_tried_at_once_and_none_is_buried() {
    let program = Program::new();
    program.write("people/.keep", "");
    let init = ["init", "people", "--workspace", "no"];
    program
        .run(&init)
        .exits(0)
        .complains("ufsync apply --sandbox")
        .done();
    let text = program.read("people/ufsync.yaml");
    assert!(text.contains("workspace: \"no\""), "{text}");
    program.run(&["validate", "-f", "people"]).exits(0).done();
    let apply = ["apply", "--sandbox", "-f", "people/ufsync.yaml"];
    program.run(&apply).exits(0).says("Applied:").done();
    let schema: serde_json::Value =
        serde_json::from_str(&program.read("people/ufsync.schema.json")).unwrap();
    let manifest: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    assert!(jsonschema::is_valid(&schema, &manifest));
    // Nothing is there but what it wrote; then somebody writes on.
    program.run(&init).exits(0).done();
    let text = format!("{text}# more\n");
    program.write("people/ufsync.yaml", &text);
    program.run(&init).exits(1).complains("init_there").done();
    assert_eq!(program.read("people/ufsync.yaml"), text);
    // An export beside it names the same schema.
    program
        .run(&[
            "export",
            "--sandbox=people/ufsync.yaml",
            "-o",
            "people/live.yaml",
        ])
        .exits(0)
        .done();
    assert!(
        program
            .read("people/live.yaml")
            .contains("$schema=ufsync.schema.json")
    );
}

#[test]
fn a_repository_begins_with_its_workflows() {
    for (system, file, example) in [
        ("github", ".github/workflows/apply.yml", "github/apply.yml"),
        (
            "github",
            ".github/actions/setup-ufsync/action.yml",
            "github/setup-ufsync/action.yml",
        ),
        ("gitlab", ".gitlab-ci.yml", "gitlab/.gitlab-ci.yml"),
    ] {
        let program = Program::new();
        let init = ["init", "new", "--ci", system];
        program.run(&init).exits(0).complains(file).done();
        let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples/ci")
            .join(example);
        let written = program.read(&format!("new/{file}"));
        assert_eq!(written, std::fs::read_to_string(example).unwrap());
        let ignored = program.read("new/.gitignore");
        for name in ["plan.json", "*.applied", "undo.json", "*.jsonl"] {
            assert!(
                ignored.lines().any(|line| line == name),
                "{name}\n{ignored}"
            );
        }
        program.run(&["validate", "-f", "new"]).exits(0).done();
    }
}

#[test]
fn a_repository_that_has_workflows_keeps_them() {
    let program = Program::new();
    program.write(".github/workflows/plan.yml", "name: mine\n");
    program.write(".gitignore", "mine\n");
    let run = program.run(&["init", "--ci", "github"]).exits(1);
    run.complains("workflows/plan.yml").done();
    assert!(!program.path().join("ufsync.yaml").exists());
    program.run(&["init"]).exits(0).done();
    assert_eq!(program.read(".gitignore"), "mine\n");
}

#[test]
fn init_names_workflows_of_earlier_builds() {
    let now = Program::new();
    for system in ["github", "gitlab"] {
        let init = ["init", "new", "--ci", system];
        now.run(&init).exits(0).done();
    }
    let again = now.run(&["init", "new", "--ci", "github"]).exits(0);
    assert!(!again.stderr.contains("earlier"), "{}", again.stderr);
    for (path, before, after) in [
        (".github/workflows/plan.yml", " && $code -ne 6 ]]", " ]]"),
        (".github/workflows/drift.yml", "2 | 3 | 6)", "2 | 3)"),
        (
            ".github/workflows/apply.yml",
            "2 | 6) echo",
            "3) grep -q '^  \"brokenGuards\": \\[\\]' plan.json; echo",
        ),
        (".gitlab-ci.yml", " && [ \"$code\" -ne 6 ]; then", "; then"),
    ] {
        let text = now.read(&format!("new/{path}"));
        assert!(text.contains(before), "{path}");
        let program = Program::new();
        program.write(path, &text.replace(before, after));
        let hint = format!("{path} is of an earlier ufsync");
        program.run(&["init"]).exits(0).complains(&hint).done();
        let system = path.split_once("hub/").map_or("gitlab", |_| "github");
        let init = ["init", "--ci", system];
        program.run(&init).exits(1).complains(&hint).done();
    }
}

#[test]
fn with_a_key_a_repository_begins_with_what_the_workspace_has() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write(
        "by-hand.yaml",
        "version: 1\nusers: { eve@example.com: { name: Eve, roles: [viewer] } }\n",
    );
    program
        .run(&["apply", "--yes", "-f", "by-hand.yaml"])
        .exits(0)
        .done();
    let run = program.run(&["init", "new", "--ci", "github"]);
    run.exits(0)
        .complains("ufsync plan -f new/ufsync.yaml")
        .done();
    let text = program.read("new/ufsync.yaml");
    assert!(text.contains("eve@example.com") && text.contains("$schema=ufsync.schema.json"));
    program
        .run(&["plan", "-f", "new/ufsync.yaml", "--detailed-exitcode"])
        .exits(0)
        .says("No changes")
        .done();
    // Nothing is asked where nothing could be written.
    let requests = server.running.requests().len();
    program
        .run(&["init", "new"])
        .exits(1)
        .complains("init_there")
        .done();
    assert_eq!(server.running.requests().len(), requests);
    // An example was asked for.
    let example = ["init", "other", "--workspace", "demo1234"];
    program.run(&example).exits(0).done();
    assert!(
        program
            .read("other/ufsync.yaml")
            .contains("jane@example.com")
    );
    // Nothing is written where the server gives no answer.
    let lost = Program::with(&server).set("USERFRONT_API_URL", "http://127.0.0.1:9");
    lost.run(&["init", "new"]).exits(1).done();
    assert!(!lost.path().join("new").exists());
}

#[test]
fn workflows_come_to_a_manifest_that_is_there() {
    let program = Program::new();
    program.write("ufsync.yaml", "version: 1\n");
    program.write(".gitignore", "mine\n");
    program
        .run(&["init"])
        .exits(1)
        .complains("init_there")
        .done();
    let run = program.run(&["init", "--ci", "github"]).exits(0);
    run.complains(".gitignore is there already")
        .complains("plan.json")
        .done();
    assert_eq!(program.read("ufsync.yaml"), "version: 1\n");
    assert!(
        program
            .read(".github/workflows/plan.yml")
            .contains("ufsync plan")
    );
    for wrong in ["a b", "", "a_b", "a\"b"] {
        let run = program.run(&["init", "new", "--workspace", wrong]);
        run.exits(64).complains("init_workspace").done();
        assert!(!program.path().join("new").exists());
    }
}

#[test]
fn the_seed_of_a_sandbox_reads_allowed_variables() {
    let program = Program::new().set("STAGE", "prod");
    let text = "version: 1\nworkspace: demo1234\nmode: test\nvariables: [STAGE]\nusers: { jane@example.com: { name: \"${STAGE}\" } }\n";
    program.write("ufsync.yaml", text);
    let plan = ["plan", "--sandbox=ufsync.yaml", "--allow-var", "STAGE"];
    program.run(&plan).exits(0).says("No changes").done();
    program
        .run(&plan[..2])
        .exits(1)
        .complains("--allow-var STAGE")
        .done();
}
