//! The program in a clean environment: a folder of its own, and nothing of the tester's variables.

use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Child;
#[cfg(unix)]
use std::time::Duration;

use assert_cmd::Command;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::Server;

/// A folder to run the program in, one for its state, and the server that it talks to.
pub(crate) struct Program {
    folder: TempDir,
    state: TempDir,
    environment: Vec<(&'static str, String)>,
}

/// How one run ended.
#[must_use]
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    /// Without a server.
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            state: TempDir::new().unwrap(),
            environment: Vec::new(),
        }
    }

    /// With the address and the admin key of a server in its environment.
    pub(crate) fn with(server: &Server) -> Self {
        Self::new()
            .set("USERFRONT_API_URL", server.running.url())
            .set("USERFRONT_API_KEY", &server.running.keys().test_admin)
    }

    /// Sets a variable.
    pub(crate) fn set(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of its state.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    /// The folder that the state has for a manifest.
    pub(crate) fn state_of(&self, manifest: &str) -> PathBuf {
        let path = self.path().join(manifest).canonicalize().unwrap();
        let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let digits = digest.iter().map(|byte| format!("{byte:02x}"));
        self.state().join(digits.collect::<Vec<_>>().concat())
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes a file into the folder that can be run.
    #[cfg(unix)]
    pub(crate) fn script(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.write(name, text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Reads a file of the folder.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, "")
    }

    /// Runs the program; where a guard stops it, again with the codes that it showed.
    pub(crate) fn run_accepting(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        if run.code != 3 {
            return run;
        }
        let codes = run.codes();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        self.run(&[arguments, &codes].concat())
    }

    /// Applies a plan that is saved in the folder, and accepts what it breaks.
    pub(crate) fn accept_saved(&self, plan: &str, more: &[&str]) -> Run {
        self.run_accepting(&[&["apply", plan, "--yes"], more].concat())
    }

    /// Applies a plan that is saved in the folder. Guards that it breaks have to be accepted by more arguments.
    pub(crate) fn apply_saved(&self, plan: &str, more: &[&str]) -> Run {
        self.run(&[&["apply", plan, "--yes"], more].concat())
    }

    /// The program, ready to run.
    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ufsync"));
        command
            .env_clear()
            .env("UFSYNC_STATE_DIR", self.state())
            .envs(self.environment.iter().cloned())
            .current_dir(self.path())
            .args(arguments);
        command
    }

    /// Runs the program with something on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = Command::from(self.command(arguments));
        let output = command.write_stdin(input).output().unwrap();
        Run {
            code: output.status.code().expect("the program ended by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// The options that accept the guards that a plan breaks, as it shows them.
    pub(crate) fn codes(&self) -> Vec<String> {
        let text = format!("{}\n{}", self.stdout, self.stderr);
        let words: Vec<&str> = text.split_whitespace().collect();
        let options = words.windows(2).filter(|pair| pair[0] == "--accept");
        let mut codes: Vec<String> = options
            .map(|pair| pair[1].trim_end_matches(['.', ',']))
            .map(|code| format!("--accept={code}"))
            .collect();
        codes.sort();
        codes.dedup();
        codes
    }

    /// The same run, checked to have ended with this code.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// The same run, checked to have written this to stdout.
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "`{text}` is not in stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// The same run, checked to have written this to stderr.
    pub(crate) fn complains(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "`{text}` is not in stderr:\n{}",
            self.stderr
        );
        self
    }

    /// For runs whose output does not matter.
    pub(crate) fn done(self) {
        drop(self);
    }
}

/// Sends a signal to the program in the background, as soon as it is time.
#[cfg(unix)]
pub(crate) fn signal(child: &mut Child, signal: &str, is_time: impl Fn() -> bool) {
    while !is_time() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut kill = std::process::Command::new("kill");
    let kill = kill.args([signal, &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
}
