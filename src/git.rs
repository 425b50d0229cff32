//! Questions to git: the only file that starts it. In: a folder, and names in it. Out: texts and commits. Main type: [`Repository`].
//!
//! The repository may be another person's. So no call runs anything of it: no hook, no monitor of files, no pager, no program that
//! turns files into text or filters them, and no helper that fetches what is missing. And a folder is a repository only by its
//! `.git`: what is committed may look like one.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use thiserror::Error;

/// Settings that win over those of the repository.
const SETTINGS: [&str; 5] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "protocol.allow=never",
    "submodule.recurse=false",
    // Old versions do not know it: `bare` is for them.
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
        let mut git = self.git("ls-tree")?;
        git.args(["-r", "-z", "--name-only", reference, "--"]);
        let listed = text(output(git.args(paths))?)?;
        let names = listed.split('\0').filter(|name| !name.is_empty());
        Ok(names.map(str::to_owned).collect())
    }

    /// The text of a file at a commit.
    pub(crate) fn text_at(&self, reference: &str, name: &str) -> Result<String, GitError> {
        // Unlike `git show`, it gives the bytes as they are, without filters.
        let mut git = self.git("cat-file")?;
        git.args(["blob", &format!("{reference}:./{name}")]);
        text(output(&mut git)?)
    }

    /// For each line of a file of this folder, which has this text now, the commit that made it what it is; nothing for a line
    /// that is not committed.
    ///
    /// The text is held against that of the last commit here. Where git reads a file of the work tree, it runs the filters that
    /// the repository names.
    pub(crate) fn blame(&self, name: &str, now: &str) -> Result<BTreeMap<usize, Blame>, GitError> {
        let mut git = self.git("blame")?;
        git.args(["--no-textconv", "--no-ext-diff"]);
        git.args(["--line-porcelain", "-w", "-M", "HEAD", "--", name]);
        let mut committed = lines(&String::from_utf8_lossy(&output(&mut git)?));
        let before = self.text_at("HEAD", name)?;
        // White space does not count, as for `git blame -w`.
        let bare = |text: &str| -> Vec<String> {
            let lines = text.lines();
            lines
                .map(|line| line.split_whitespace().collect())
                .collect()
        };
        let (before, now) = (bare(&before), bare(now));
        let mut known = BTreeMap::new();
        for operation in capture_diff_slices(Algorithm::Myers, &before, &now) {
            if let DiffOp::Equal {
                old_index,
                new_index,
                len,
            } = operation
            {
                let same = (0..len).map(|at| (old_index + at + 1, new_index + at + 1));
                known.extend(same.filter_map(|(old, new)| Some((new, committed.remove(&old)?))));
            }
        }
        Ok(known)
    }

    fn word(&self, arguments: &[&str]) -> Option<String> {
        let (command, arguments) = arguments.split_first()?;
        let output = output(self.git(command).ok()?.args(arguments)).ok()?;
        let text = String::from_utf8_lossy(&output).trim().to_owned();
        Some(text).filter(|text| !text.is_empty())
    }

    fn git(&self, command: &str) -> Result<Command, GitError> {
        if let Some(folder) = bare(&self.folder) {
            let folder = folder.display();
            let reason = format!("{folder} looks like a git directory and is not called .git");
            return Err(GitError::new(&reason));
        }
        let mut git = Command::new("git");
        git.env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .args(["--no-pager", "--no-optional-locks"]);
        for setting in SETTINGS {
            git.args(["-c", setting]);
        }
        git.arg("-C").arg(&self.folder).arg(command);
        Ok(git)
    }
}

/// A folder that git would take for a repository although it is not called `.git`: the one that is given, or one above it that is
/// nearer than a `.git`. A person who commits such a folder would choose the settings.
fn bare(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    for above in folder.ancestors() {
        let is_there = |name: &str| above.join(name).symlink_metadata().is_ok();
        if is_there(".git") {
            return None;
        }
        let is_git = above.file_name().is_some_and(|name| name == ".git");
        if !is_git && ["HEAD", "objects", "refs"].into_iter().all(is_there) {
            return Some(above.to_owned());
        }
    }
    None
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
