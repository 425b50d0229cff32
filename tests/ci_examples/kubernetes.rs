//! The `CronJob` of `examples/ci/kubernetes`: what its container runs, with its volumes as folders.

use serde_yaml::Value;

use super::machine::{example, text};
use super::{GUARDED, MANIFEST, by_hand, converged};
use crate::support::{Program, Server};

/// The container of the job.
fn container() -> (Value, Value) {
    let job = example("kubernetes/cronjob.yaml");
    let pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"].clone();
    (pod["containers"][0].clone(), pod)
}

/// Its arguments, for a machine where the volumes are folders.
fn arguments(program: &Program) -> Vec<String> {
    let (container, _) = container();
    let arguments = container["args"].as_sequence().unwrap().iter();
    let folder = program.path().display();
    let local = |argument: String| {
        let argument = argument.replace("=/manifest/", &format!("={folder}/manifest/"));
        argument.replace("=/key/", &format!("={folder}/key/"))
    };
    arguments.map(text).map(local).collect()
}

#[test]
fn the_job_applies_what_the_config_map_says_and_nothing_that_breaks_a_guard() {
    let server = Server::empty();
    let program = Program::new().set("USERFRONT_API_URL", server.running.url());
    program.write("key/key", &server.running.keys().test_admin);
    program.write("manifest/ufsync.yaml", MANIFEST);
    let arguments = arguments(&program);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    program.run(&arguments).exits(0).says("Applied:").done();
    assert!(converged(&server, MANIFEST));
    program.run(&arguments).exits(0).says("No changes").done();

    program.write("manifest/ufsync.yaml", GUARDED);
    program.run(&arguments).exits(3).done();
    assert_eq!(server.store().users.len(), 2);

    by_hand(
        &server,
        "version: 1\nusers: { jane@example.com: { name: By Hand } }\n",
    );
    program.write("manifest/ufsync.yaml", MANIFEST);
    program.run(&arguments).exits(0).done();
    assert!(converged(&server, MANIFEST));
}

#[test]
fn the_pod_has_no_right_that_it_does_not_need() {
    let (container, pod) = container();
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let rights = &container["securityContext"];
    assert_eq!(rights["allowPrivilegeEscalation"], false);
    assert_eq!(rights["readOnlyRootFilesystem"], true);
    assert_eq!(rights["capabilities"]["drop"][0], "ALL");
    // The key is in no variable, which `kubectl describe` would show.
    assert!(container["env"].is_null());
    let version = format!("ufsync:{}@sha256:", env!("CARGO_PKG_VERSION"));
    assert!(text(&container["image"]).contains(&version));
}
