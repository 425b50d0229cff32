//! A journal of a run: one line before each call and one after, on the disk before the run goes on.
#![expect(clippy::disallowed_methods, reason = "a journal is a file")]

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use miette::Diagnostic as _;
use serde::Serialize;

use crate::apply::{Event, StepOutcome};
use crate::cli::cli_error::CliError;
use crate::files;
use crate::files::FileError;
use crate::files::Place;
use crate::plan::{Plan, Step, Target};
use crate::report::without_keys;

/// A journal that is being written.
pub(crate) struct Journal {
    file: File,
    /// Whether it is a device or a pipe, which can't be synced.
    is_stream: bool,
    path: PathBuf,
    /// Whether names and addresses may be part of it.
    personal: bool,
    broken: Option<io::Error>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'l> {
    time: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<usize>,
}

impl Journal {
    /// Opens a journal, or goes on with one, and notes that a plan is carried out.
    pub(crate) fn open(path: &Path, plan: &Plan, personal: bool) -> Result<Self, CliError> {
        let unwritable = |error| FileError::Unwritable {
            path: path.to_owned(),
            error,
        };
        let place = files::place(path)?;
        if !matches!(place, Place::Stream) {
            check_journal(path)?;
        }
        let file = match &place {
            Place::Stream => files::stream(path),
            Place::File { target, .. } => OpenOptions::new().append(true).open(target),
            Place::New => {
                let mut options = OpenOptions::new();
                // Nobody can have put a link there meanwhile.
                options.create_new(true).append(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                options.open(path)
            }
        };
        let mut journal = Self {
            file: file.map_err(unwritable)?,
            is_stream: matches!(place, Place::Stream),
            path: path.to_owned(),
            personal,
            broken: None,
        };
        if matches!(place, Place::File { .. }) && lacks_final_newline(path).map_err(unwritable)? {
            journal.file.write_all(b"\n").map_err(unwritable)?;
        }
        journal.write(&Line {
            time: now(),
            event: "begin",
            workspace: Some(plan.workspace.as_str()),
            mode: Some(plan.mode.as_str()),
            steps: Some(plan.steps.len()),
            ..Line::default()
        });
        match journal.broken.take() {
            Some(error) => Err(unwritable(error).into()),
            None => Ok(journal),
        }
    }

    pub(crate) fn note(&mut self, event: Event<'_>) {
        let line = match event {
            Event::Started { step, .. } => self.line("intent", step),
            Event::Settled { step, outcome, .. } => {
                let error = outcome.error();
                Line {
                    outcome: Some(word(outcome)),
                    error: error
                        .as_ref()
                        .and_then(|error| Some(error.code()?.to_string())),
                    // What the server says may name people.
                    message: error
                        .filter(|_| self.personal)
                        .map(|error| error.to_string()),
                    ..self.line("outcome", step)
                }
            }
        };
        self.write(&line);
    }

    fn line(&self, event: &'static str, step: &Step) -> Line<'static> {
        let user = step.change.user().and_then(Target::existing);
        let tenant = step.change.tenant().and_then(Target::existing);
        Line {
            time: now(),
            event,
            step: Some(step.id.0),
            call: Some(step.change.call()),
            user: user.map(ToString::to_string),
            tenant: tenant.map(ToString::to_string),
            address: self.personal.then(|| step.address.to_string()),
            ..Line::default()
        }
    }

    fn write(&mut self, line: &Line<'_>) {
        if self.broken.is_some() {
            return;
        }
        let text = serde_json::to_string(line).unwrap_or_default();
        let text = format!("{}\n", without_keys(&text));
        let written = self.file.write_all(text.as_bytes());
        let synced = written.and_then(|()| {
            if self.is_stream {
                self.file.flush()
            } else {
                self.file.sync_data()
            }
        });
        self.broken = synced.err();
    }

    /// Whether it can't be written any more: then the run has to end, because nobody would know what it did.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// What went wrong with it, if anything did.
    pub(crate) fn close(self) -> Result<(), CliError> {
        let path = self.path;
        self.broken.map_or(Ok(()), |error| {
            Err(FileError::Unwritable { path, error }.into())
        })
    }
}

/// A file that is not a journal is not changed.
fn check_journal(path: &Path) -> Result<(), CliError> {
    files::may_replace(path, "{\"time\":", false).map_err(|_| CliError::NotAJournal {
        path: path.to_owned(),
    })
}

/// Whether a file's last line is cut off, as that of a run that broke off may be.
fn lacks_final_newline(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn now() -> String {
    Timestamp::now().to_string()
}

fn word(outcome: &StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done => "done",
        StepOutcome::Failed(_)
        | StepOutcome::NotKept(_)
        | StepOutcome::Exists(_)
        | StepOutcome::NotOurs { .. }
        | StepOutcome::LeavesNobody(_)
        | StepOutcome::PutBack(_) => "failed",
        StepOutcome::Unknown(_) => "unknown",
        StepOutcome::Blocked(_) => "blocked",
        StepOutcome::HeldBack(_) => "heldBack",
        StepOutcome::NotStarted => "notStarted",
    }
}
