//! The emulator as a program, for tests in which it must not share the process with its client.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An emulator in a process of its own, ended with the test.
pub(crate) struct Emulator(Child);

impl Emulator {
    /// Starts it with these arguments and waits until it listens; yields its address.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> (Self, String) {
        let ready = folder.join("ready.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ufsync"));
        command
            .args(["emulator", "--port", "0", "--ready-file"])
            .arg(&ready)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let emulator = Self(command.spawn().unwrap());
        let started = Instant::now();
        loop {
            if let Ok(text) = std::fs::read_to_string(&ready) {
                let ready: serde_json::Value = serde_json::from_str(&text).unwrap();
                return (emulator, ready["url"].as_str().unwrap().to_owned());
            }
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "the emulator does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
