//! The examples converge on a second server as well, one that shares nothing with the emulator.

use crate::support::Program;
use crate::support::second::{Second, Store};

#[test]
fn the_examples_converge_on_another_idea_of_the_service() {
    for example in ["quickstart.yaml", "company"] {
        let server = Second::start(Store::default(), |_, _| None);
        let program: Program = server.program();
        let path = format!("{}/examples/{example}", env!("CARGO_MANIFEST_DIR"));
        program
            .run(&["apply", "-f", &path, "--yes", "--undo", "undo.json"])
            .exits(0)
            .done();
        program
            .run(&["plan", "-f", &path])
            .exits(0)
            .says("No changes")
            .done();
        let export = program.run(&["export"]).exits(0).stdout;
        assert!(!export.contains("cloudinary"), "{export}");
        program.write("export.yaml", &export);
        let again = program.run(&["plan", "-f", "export.yaml"]).exits(0);
        again.says("No changes").done();
        program.accept_saved("undo.json", &[]).exits(0).done();
        let profile = program.run(&["doctor", "--probe"]).exits(0);
        profile
            .says("search-order        listed")
            .says("data                merge")
            .says("uuid-paths          read")
            .done();
    }
}
