//! The action `setup-ufsync`: what is installed is what the repository pins, wherever it comes from.

use super::github::Workflow;
use super::github_stories::contexts;
use super::machine::Machine;
use super::{MANIFEST, by_hand};
use crate::support::Server;

#[test]
fn what_is_installed_is_what_was_pinned() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, MANIFEST);
    let contexts = contexts(&server);
    let night = || {
        let job = Workflow::start(&machine, "drift.yml", &contexts).job("drift");
        (job, machine.calls().contains("curl "))
    };
    let (job, loaded) = night();
    job.passes().done();
    assert!(loaded);
    let (job, loaded) = night();
    job.passes().done();
    assert!(!loaded, "it is in the cache");

    // A cache that somebody else could write is not believed.
    machine.put_into_caches("another program");
    let (job, loaded) = night();
    job.passes().done();
    assert!(loaded);

    // Nor is what comes from the address.
    machine.put_into_caches("another program");
    std::fs::write(machine.path("record/ufsync.tar.gz"), "another program").unwrap();
    let (job, _) = night();
    job.fails("./.github/actions/setup-ufsync", 1)
        .says("FAILED")
        .done();
}
