//! A machine that runs shell steps: a folder, a home, and stand-ins for the programs that would reach the network.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_yaml::Value;
use tempfile::TempDir;

use crate::support::{Server, git};

/// What stands in the examples where a reader puts the SHA-256 of the archive.
const NO_SHA256: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The variables of a step or a job.
pub(super) type Env = BTreeMap<String, String>;

/// The folders of a runner, and what was asked of the world outside.
pub(super) struct Machine {
    folder: TempDir,
    api_url: String,
}

/// How a script ended.
#[must_use]
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) output: String,
}

impl Machine {
    /// A machine whose repository holds this manifest.
    pub(super) fn new(server: &Server, manifest: &str) -> Self {
        let machine = Self {
            folder: TempDir::new().unwrap(),
            api_url: server.running.url().to_owned(),
        };
        for folder in ["repository", "workspace", "home", "stubs", "record", "temp"] {
            fs::create_dir(machine.path(folder)).unwrap();
        }
        let stubs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ci_examples/stubs");
        for entry in fs::read_dir(stubs).unwrap() {
            let path = entry.unwrap().path();
            machine.install(&path);
        }
        machine.pack();
        machine.git(&["init", "--quiet", "--initial-branch=main"]);
        machine.git(&["commit", "--quiet", "--allow-empty", "--message=Begin"]);
        machine.add_action();
        machine.commit(manifest);
        machine.answer("list", "[]", "");
        machine.answer("pulls", "[]", "");
        machine
    }

    /// Makes the archive that is downloaded: as the one of a release, with a program that calls the one under test. Before a release
    /// it is that of `.ci/package` itself.
    fn pack(&self) {
        if let Some(archive) = std::env::var_os("UFSYNC_ARCHIVE") {
            fs::copy(archive, self.path("record/ufsync.tar.gz")).unwrap();
            return;
        }
        let folder = self.path("temp/ufsync-0");
        fs::create_dir(&folder).unwrap();
        let program = format!("#!/bin/sh\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_ufsync"));
        fs::write(folder.join("ufsync"), program).unwrap();
        let script =
            "chmod +x temp/ufsync-0/ufsync && tar -czf record/ufsync.tar.gz -C temp ufsync-0";
        let made = Command::new("sh")
            .args(["-c", script])
            .current_dir(self.folder.path())
            .status();
        assert!(made.unwrap().success());
    }

    /// Puts the action of the examples into the repository, with the SHA-256 of that archive, as a reader does.
    fn add_action(&self) {
        let action = text_of_example("github/setup-ufsync/action.yml");
        assert!(action.contains(NO_SHA256));
        let folder = self.path("repository/.github/actions/setup-ufsync");
        fs::create_dir_all(&folder).unwrap();
        let action = action.replace(NO_SHA256, &self.sha256());
        fs::write(folder.join("action.yml"), action).unwrap();
        self.git(&["add", ".github"]);
    }

    /// Puts a folder of the home into the store of caches.
    pub(super) fn save(&self, path: &str, key: &str) {
        let folder = self.path(&path.replace('~', "home"));
        for file in fs::read_dir(folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let from = format!("{}/{name}", path.replace('~', "home"));
            assert!(self.copy(&from, &format!("record/caches/{key}/{name}")));
        }
    }

    /// Puts another text in place of every file in the store of caches.
    pub(super) fn put_into_caches(&self, text: &str) {
        for cache in fs::read_dir(self.path("record/caches")).unwrap() {
            for file in fs::read_dir(cache.unwrap().path()).unwrap() {
                fs::write(file.unwrap().path(), text).unwrap();
            }
        }
    }

    /// Takes a folder of the home from the store of caches, and says whether it was there.
    pub(super) fn restore(&self, path: &str, key: &str) -> bool {
        let Ok(files) = fs::read_dir(self.path(&format!("record/caches/{key}"))) else {
            return false;
        };
        for file in files {
            let name = file.unwrap().file_name().into_string().unwrap();
            let to = format!("{}/{name}", path.replace('~', "home"));
            assert!(self.copy(&format!("record/caches/{key}/{name}"), &to));
        }
        true
    }

    /// The SHA-256 of that archive.
    pub(super) fn sha256(&self) -> String {
        let archive = self.path("record/ufsync.tar.gz");
        let told = Command::new("sha256sum").arg(archive).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        told.split(' ').next().unwrap().to_owned()
    }

    /// Puts the SHA-256 of the archive in place of the one that a reader is to replace.
    pub(super) fn settle(&self, env: &mut Env) {
        if let Some(sha256) = env.get_mut("UFSYNC_SHA256") {
            assert_eq!(*sha256, NO_SHA256, "the example has no archive of its own");
            *sha256 = self.sha256();
        }
    }

    /// From here on there is no server that answers.
    pub(super) fn leave_server(&mut self) {
        "http://127.0.0.1:9".clone_into(&mut self.api_url);
    }

    fn install(&self, stub: &Path) {
        use std::os::unix::fs::PermissionsExt as _;

        let text = fs::read_to_string(stub)
            .unwrap()
            .replace("@RECORD@", self.path("record").to_str().unwrap())
            .replace("@UFSYNC@", env!("CARGO_BIN_EXE_ufsync"));
        let path = self.path("stubs").join(stub.file_name().unwrap());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A path of the machine.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of a file of the machine; nothing where there is none.
    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Commits a manifest to the repository.
    pub(super) fn commit(&self, manifest: &str) {
        fs::write(self.path("repository/ufsync.yaml"), manifest).unwrap();
        self.git(&["add", "ufsync.yaml"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=Change"]);
    }

    /// Runs git in the repository, and says what it says.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git(&self.path("repository"), arguments)
    }

    /// What a question for the `list` of comments, notes or issues, or for `pulls`, is answered with, and what a filter
    /// is to leave of that.
    pub(super) fn answer(&self, what: &str, answer: &str, filtered: &str) {
        fs::write(self.path(&format!("record/{what}.json")), answer).unwrap();
        fs::write(self.path(&format!("record/{what}.txt")), filtered).unwrap();
    }

    /// A new job: an empty folder, and a home into which nothing is installed.
    pub(super) fn start_job(&self) {
        for folder in ["workspace", "home", "temp"] {
            fs::remove_dir_all(self.path(folder)).unwrap();
            fs::create_dir(self.path(folder)).unwrap();
        }
    }

    /// Copies a file, and says whether it was there.
    pub(super) fn copy(&self, from: &str, to: &str) -> bool {
        let to = self.path(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(self.path(from), to).is_ok()
    }

    /// Clones the repository into the job's folder, with so many commits; 0 stands for all.
    pub(super) fn check_out(&self, depth: u64) {
        let from = format!("file://{}", self.path("repository").display());
        let to = self.path("workspace");
        let depth = format!("--depth={depth}");
        let mut clone = vec!["clone", "--quiet", &from, to.to_str().unwrap()];
        if depth != "--depth=0" {
            clone.push(&depth);
        }
        self.git(&clone);
    }

    /// Runs a script as a runner does: with a shell, in the job's folder, with these variables and no others.
    pub(super) fn run(&self, shell: &[&str], script: &str, env: &Env) -> Ended {
        let file = self.path("temp/script.sh");
        fs::write(&file, script).unwrap();
        let (program, arguments) = shell.split_first().unwrap();
        // What a step wrote into GITHUB_PATH is found by the steps after it.
        let added = self.read("temp/GITHUB_PATH");
        let added = added.lines().map(PathBuf::from);
        let fixed = [self.path("stubs"), "/usr/bin".into(), "/bin".into()];
        let paths: Vec<PathBuf> = added.chain(fixed).collect();
        let output = Command::new(program)
            .args(arguments)
            .arg(&file)
            .env_clear()
            .env("PATH", std::env::join_paths(paths).unwrap())
            .env("HOME", self.path("home"))
            .env("CI", "true")
            .env("USERFRONT_API_URL", &self.api_url)
            .envs(env)
            .current_dir(self.path("workspace"))
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended {
            code: output.status.code().expect("the script ended by itself"),
            output: text(output.stdout) + &text(output.stderr),
        }
    }

    /// What has been asked of the world outside since the last time.
    pub(super) fn calls(&self) -> String {
        let calls = self.read("record/calls");
        fs::write(self.path("record/calls"), "").unwrap();
        calls
    }

    /// The text of the comment, note or issue that was written last.
    pub(super) fn body(&self) -> String {
        self.read("record/body")
    }
}

fn text_of_example(path: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci");
    fs::read_to_string(examples.join(path)).unwrap()
}

/// An example as it is written.
pub(super) fn example(path: &str) -> Value {
    serde_yaml::from_str(&text_of_example(path)).unwrap()
}

/// The entries of a map, in their order; none where there is no map.
pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let entries = value.as_mapping().into_iter().flatten();
    entries.map(|(key, value)| (key.as_str().unwrap(), value))
}

/// The text of a scalar, as the environment has it.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_yaml::to_string(other).unwrap().trim().to_owned(),
    }
}
