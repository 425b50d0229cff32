//! A bash in the folder of a [`Program`]: for commands as they are printed in the guide and in the help.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Program, Server};

/// A folder, the server that its commands talk to, and a bash that runs them.
pub(crate) struct Shell {
    pub(crate) server: Server,
    pub(crate) program: Program,
}

impl Shell {
    /// In an empty folder, with an empty server.
    pub(crate) fn new() -> Self {
        let server = Server::empty();
        let program = Program::with(&server);
        Self { server, program }
    }

    /// Copies a file of the repository into the folder.
    pub(crate) fn copy(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        self.program
            .write(name, &std::fs::read_to_string(path).unwrap());
    }

    /// Makes the folder a repository of git whose branch `main` holds this file.
    pub(crate) fn commit(&self, file: &str) {
        let line = format!("git init -qb main . && git add {file} && git commit -qm Begin");
        let (code, said) = self.run(&line);
        assert_eq!(code, 0, "{said}");
    }

    fn command(&self, line: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_ufsync")).parent().unwrap();
        let mut command = Command::new("bash");
        command
            .args(["--norc", "-c", line])
            .current_dir(self.program.path())
            .env_clear()
            .env("HOME", self.program.path())
            .env("EDITOR", "./editor")
            .env(
                "PATH",
                format!("{}:/usr/local/bin:/usr/bin:/bin", program.display()),
            )
            .env("GIT_AUTHOR_NAME", "Test")
            .env("GIT_AUTHOR_EMAIL", "test@example.com")
            .env("GIT_COMMITTER_NAME", "Test")
            .env("GIT_COMMITTER_EMAIL", "test@example.com")
            .env("USERFRONT_API_URL", self.server.running.url())
            .env("USERFRONT_API_KEY", &self.server.running.keys().test_admin)
            .stdin(Stdio::null());
        command
    }

    /// Runs a line; its exit code, and all that it says.
    pub(crate) fn run(&self, line: &str) -> (i32, String) {
        let output = self.command(line).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    }

    /// Runs a line as a person would who says yes, and says what it said.
    pub(crate) fn type_in(&self, line: &str) -> String {
        if line.starts_with("ufsync emulator") {
            return self.see_start(line);
        }
        let asks = ["ufsync pull", "ufsync edit", "ufsync apply"];
        let asks = asks.iter().any(|begin| line.starts_with(begin))
            && !["--check", "--yes", "--template"]
                .iter()
                .any(|option| line.contains(option));
        let typed = if asks {
            format!("{line} --yes")
        } else {
            line.to_owned()
        };
        let (code, said) = self.run(&typed);
        assert!(
            code == 0 || code == 2 && line.contains("--check"),
            "{line}: {code}\n{said}"
        );
        said
    }

    /// Sees that something that runs on has started.
    fn see_start(&self, line: &str) -> String {
        // The port of an example may be taken.
        let line = if line.contains("8787") {
            line.replace("8787", "0")
        } else {
            format!("{line} --port 0")
        };
        let mut running = self
            .command(&format!("exec {line}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let out = running.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut first).unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
        assert!(first.contains("http://127.0.0.1:"), "{line}: {first}");
        first
    }
}
