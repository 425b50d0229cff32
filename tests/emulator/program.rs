//! The faults as flags of the program.

use crate::support::{Emulator, Program};
use reqwest::Client;
use serde_json::{Value, json};

#[tokio::test]
async fn the_flags_are_the_faults_of_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let flags =
        "--fault reset=2.5 --fault 500-after-commit=1 --fault-seed 9 --fault-timeout 1500ms";
    let flags: Vec<&str> = flags.split(' ').collect();
    let (_emulator, url) = Emulator::start(folder.path(), &flags);
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = Client::builder().no_proxy().build().unwrap();
    let response = http.get(format!("{url}/_emulator/faults")).send().await;
    let shown: Value = response.unwrap().json().await.unwrap();
    let expected = json!({
        "faults": {"500-after-commit": 1.0, "reset": 2.5}, "seed": 9, "timeoutMs": 1500
    });
    assert_eq!(shown, expected);
}

#[test]
fn flags_that_cannot_be_are_wrong_usage() {
    let table = [
        ("reset", "write KIND=PERCENT, as in reset=2.5"),
        ("rest=1", "there are 500, 500-after-commit, 503,"),
        ("reset=x", "write a number from 0 to 100"),
    ];
    let program = Program::new();
    for (flag, message) in table {
        let run = program.run(&["emulator", "--fault", flag]);
        run.exits(64).complains(message).done();
    }
    let run = program.run(&["emulator", "--fault", "500=60", "--fault", "reset=41"]);
    let run = run.exits(64).complains("ufsync::cli::bad_fault");
    run.complains("add up to 101 %").done();
}
