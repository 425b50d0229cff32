//! An emulator in a process of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// The program that is measured, and that plays the server.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_ufsync");
/// The key that every emulator accepts.
pub(crate) const KEY: &str = "uf_test_admin_demo1234_emulator";

/// An emulator that is ended with the benchmark.
pub(crate) struct Emulator {
    pub(crate) process: Child,
    pub(crate) url: String,
}

impl Emulator {
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::by(Command::new(PROGRAM), folder, arguments).unwrap()
    }

    /// Starts it by a command that ends with the program.
    pub(crate) fn by(
        mut command: Command,
        folder: &Path,
        arguments: &[&str],
    ) -> std::io::Result<Self> {
        let ready = folder.join("ready.json");
        drop(std::fs::remove_file(&ready));
        command.args(["emulator", "--port", "0", "--ready-file"]);
        command.arg(&ready).args(arguments);
        let process = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        loop {
            if let Ok(text) = std::fs::read_to_string(&ready) {
                let ready: Value = serde_json::from_str(&text)?;
                let url = ready["url"].as_str().unwrap().to_owned();
                return Ok(Self { process, url });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
