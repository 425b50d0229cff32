//! Since when a line is as it is, and who wrote it: from `git blame`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;

use crate::access::{Access, Since};
use crate::cli::exit::Failure;
use crate::cli::refusal::Refusal;
use crate::model::Place;

/// The changes of the lines of a file, by line.
type Lines = BTreeMap<usize, Since>;

/// Notes for each source of each row when it was written: for a group the later of the role's line and the membership's.
pub(crate) fn note(rows: &mut [Access]) -> Result<(), Failure> {
    let sources = || rows.iter().flat_map(|row| &row.sources);
    let places = sources().flat_map(|source| source.place.iter().chain(&source.member));
    let files: BTreeSet<String> = places.map(|place| place.file.to_string()).collect();
    let mut known: BTreeMap<String, Lines> = BTreeMap::new();
    for file in files {
        let lines = blame(&file)?;
        known.insert(file, lines);
    }
    let at = |place: &Place| known.get(&*place.file)?.get(&place.line).cloned();
    for source in rows.iter_mut().flat_map(|row| &mut row.sources) {
        let both = [source.place.as_ref(), source.member.as_ref()];
        let since = both.into_iter().flatten().filter_map(at);
        source.since = since.max_by(|one, two| one.time.cmp(&two.time));
    }
    Ok(())
}

/// The commit of the folder of a file, and the name that git knows the user by; nothing where git says nothing.
pub(crate) fn head(file: &str) -> (Option<String>, Option<String>) {
    let ask = |arguments: &[&str]| {
        let output = git_beside(file).args(arguments).output().ok();
        let output = output.filter(|output| output.status.success())?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Some(text).filter(|text| !text.is_empty())
    };
    let commit = ask(&["rev-parse", "--short=12", "HEAD"]);
    let name = commit.as_ref().and_then(|_| ask(&["config", "user.name"]));
    (commit, name)
}

/// Git, in the folder of a file.
fn git_beside(file: &str) -> Command {
    let folder = Path::new(file).parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    let mut git = Command::new("git");
    git.arg("-C").arg(folder.unwrap_or(Path::new(".")));
    git
}

fn blame(file: &str) -> Result<Lines, Failure> {
    let refused = |reason: &str| -> Failure {
        Refusal::Blame {
            file: file.to_owned(),
            reason: reason.trim().to_owned(),
        }
        .into()
    };
    let output = git_beside(file)
        .args(["blame", "--line-porcelain", "-w", "-M", "--"])
        .arg(Path::new(file).file_name().unwrap_or_default())
        .output()
        .map_err(|error| refused(&error.to_string()))?;
    if !output.status.success() {
        return Err(refused(&String::from_utf8_lossy(&output.stderr)));
    }
    Ok(lines(&String::from_utf8_lossy(&output.stdout)))
}

/// Reads what `git blame --line-porcelain` prints: for each line a head, then what is known of its commit, then the text behind
/// a tab.
fn lines(text: &str) -> Lines {
    let mut lines = Lines::new();
    let (mut commit, mut line) = ("", 0);
    let (mut author, mut time) = ("", String::new());
    for row in text.lines() {
        if row.starts_with('\t') {
            // A commit of zeros is a change that is not committed yet.
            if !commit.is_empty() && !commit.bytes().all(|byte| byte == b'0') {
                let since = Since {
                    time: time.clone(),
                    commit: commit.to_owned(),
                    author: author.to_owned(),
                };
                lines.insert(line, since);
            }
            (commit, author, time) = ("", "", String::new());
        } else if let Some(name) = row.strip_prefix("author ") {
            author = name;
        } else if let Some(seconds) = row.strip_prefix("author-time ") {
            let moment = seconds.parse().ok();
            let moment = moment.and_then(|seconds| Timestamp::from_second(seconds).ok());
            time = moment.map(|moment| moment.to_string()).unwrap_or_default();
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
