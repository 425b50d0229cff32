//! Questions to git: the only file that starts it. In: a folder, and names in it. Out: texts and commits. Main type: [`Repository`].
//!
//! The repository may be another person's. So no call runs anything of it: no hook, no monitor of files, no pager, no program that
//! turns files into text, and no helper that fetches what is missing.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use thiserror::Error;

/// Settings that win over those of the repository.
const SETTINGS: [&str; 4] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "protocol.allow=never",
    // A folder in the tree that looks like a repository is none.
    "safe.bareRepository=explicit",
];

/// Why git has no answer.
#[derive(Debug, Error)]
#[error("{reason}")]
pub(crate) struct GitError {
    pub(crate) reason: String,
}

impl GitError {
    fn new(reason: &impl ToString) -> Self {
        let reason = reason.to_string().trim().to_owned();
        Self { reason }
    }
}

/// Who wrote a line as it is, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blame {
    pub(crate) commit: String,
    pub(crate) author: String,
    pub(crate) time: Option<Timestamp>,
}

/// The repository of a folder.
pub(crate) struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// That of the working folder.
    pub(crate) fn here() -> Self {
        Self {
            folder: PathBuf::from("."),
        }
    }

    /// That of the folder of a file.
    pub(crate) fn beside(file: &str) -> Self {
        let folder = Path::new(file).parent();
        folder
            .filter(|folder| !folder.as_os_str().is_empty())
            .map_or_else(Self::here, |folder| Self {
                folder: folder.to_owned(),
            })
    }

    /// The commit that is checked out, in 12 digits.
    pub(crate) fn head(&self) -> Option<String> {
        self.word(&["rev-parse", "--short=12", "HEAD"])
    }

    /// The name that git knows the user by.
    pub(crate) fn user_name(&self) -> Option<String> {
        self.word(&["config", "user.name"])
    }

    /// The files that a commit has at these paths.
    pub(crate) fn names_at<P: AsRef<OsStr>>(
        &self,
        reference: &str,
        paths: impl IntoIterator<Item = P>,
    ) -> Result<Vec<String>, GitError> {
        let mut git = self.git("ls-tree");
        git.args(["-r", "-z", "--name-only", reference, "--"]);
        let listed = text(output(git.args(paths))?)?;
        let names = listed.split('\0').filter(|name| !name.is_empty());
        Ok(names.map(str::to_owned).collect())
    }

    /// The text of a file at a commit.
    pub(crate) fn text_at(&self, reference: &str, name: &str) -> Result<String, GitError> {
        // Unlike `git show`, it gives the bytes as they are, without filters.
        let mut git = self.git("cat-file");
        git.args(["blob", &format!("{reference}:./{name}")]);
        text(output(&mut git)?)
    }

    /// For each line of a file of this folder the commit that made it what it is; nothing for a line that is not committed.
    pub(crate) fn blame(&self, name: &OsStr) -> Result<BTreeMap<usize, Blame>, GitError> {
        let mut git = self.git("blame");
        git.args(["--no-textconv", "--no-ext-diff"]);
        git.args(["--line-porcelain", "-w", "-M", "--"]).arg(name);
        Ok(lines(&String::from_utf8_lossy(&output(&mut git)?)))
    }

    fn word(&self, arguments: &[&str]) -> Option<String> {
        let (command, arguments) = arguments.split_first()?;
        let output = output(self.git(command).args(arguments)).ok()?;
        let text = String::from_utf8_lossy(&output).trim().to_owned();
        Some(text).filter(|text| !text.is_empty())
    }

    fn git(&self, command: &str) -> Command {
        let mut git = Command::new("git");
        git.env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .args(["--no-pager", "--no-optional-locks"]);
        for setting in SETTINGS {
            git.args(["-c", setting]);
        }
        git.arg("-C").arg(&self.folder).arg(command);
        git
    }
}

fn output(git: &mut Command) -> Result<Vec<u8>, GitError> {
    let output = git.output().map_err(|error| GitError::new(&error))?;
    if !output.status.success() {
        return Err(GitError::new(&String::from_utf8_lossy(&output.stderr)));
    }
    Ok(output.stdout)
}

fn text(bytes: Vec<u8>) -> Result<String, GitError> {
    String::from_utf8(bytes).map_err(|_| GitError::new(&"a file is not UTF-8"))
}

/// Reads what `git blame --line-porcelain` prints: for each line a head, then what is known of its commit, then the text behind
/// a tab.
fn lines(text: &str) -> BTreeMap<usize, Blame> {
    let mut lines = BTreeMap::new();
    let (mut commit, mut line) = ("", 0);
    let (mut author, mut time) = ("", None);
    for row in text.lines() {
        if row.starts_with('\t') {
            // A commit of zeros is a change that is not committed yet.
            if !commit.is_empty() && !commit.bytes().all(|byte| byte == b'0') {
                let blame = Blame {
                    commit: commit.to_owned(),
                    author: author.to_owned(),
                    time,
                };
                lines.insert(line, blame);
            }
            (commit, author, time) = ("", "", None);
        } else if let Some(name) = row.strip_prefix("author ") {
            author = name;
        } else if let Some(seconds) = row.strip_prefix("author-time ") {
            let moment = seconds.parse().ok();
            time = moment.and_then(|seconds| Timestamp::from_second(seconds).ok());
        } else if commit.is_empty() {
            let mut words = row.split(' ');
            commit = words.next().unwrap_or_default();
            line = words
                .nth(1)
                .and_then(|word| word.parse().ok())
                .unwrap_or_default();
        }
    }
    lines
}
