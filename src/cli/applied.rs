//! `PLAN.applied`: what runs of a saved plan created, written line by line while they run, so that running again goes on.
//!
//! It is a claim, like every file: a record counts only while it still has the values that the server answered with, and only
//! where it was created while its line was written. With `--sha256` the file itself has to be named by its digest.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::apply::Event;
use crate::cli::cli_error::CliError;
use crate::cli::exit::Failure;
use crate::files;
use crate::files::FileError;
use crate::model::digest;
use crate::plan::{Address, CreatedRecord, CreatedRecords, PlanFile};

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", deny_unknown_fields)]
enum Line {
    /// A run of the plan with this checksum begins.
    Begin {
        plan: String,
        time: Timestamp,
        /// Of these lines.
        #[serde(rename = "formatVersion", default = "format_version")]
        format_version: u32,
    },
    Created {
        address: Address,
        time: Timestamp,
        made: CreatedRecord,
    },
}

/// The version of the lines that this program writes and reads. The first ones did not say it.
fn format_version() -> u32 {
    1
}

/// What earlier runs made, and when: not before, and not after.
#[derive(Default)]
pub(crate) struct Earlier {
    pub(crate) made: CreatedRecords,
    pub(crate) times: BTreeMap<Address, (Timestamp, Timestamp)>,
}

/// The file beside a plan.
pub(crate) fn beside(plan: &Path) -> PathBuf {
    let mut name = plan.as_os_str().to_owned();
    name.push(".applied");
    PathBuf::from(name)
}

/// Reads what earlier runs of a plan made; nothing where there was none. Where a digest is given, only the file that has it.
pub(crate) fn read(plan: &Path, file: &PlanFile, sha256: Option<&str>) -> Result<Earlier, Failure> {
    let path = beside(plan);
    if !path.exists() {
        return Ok(Earlier::default());
    }
    let text = files::read_document(&path)?;
    let found = digest(&text);
    if sha256.is_some_and(|expected| !found.eq_ignore_ascii_case(expected)) {
        let refusal = CliError::OtherDigest { path, found };
        return Err(Failure::Stale(Box::new(refusal)));
    }
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    let mut earlier = Earlier::default();
    let mut since = None;
    for line in lines {
        match serde_json::from_slice(line) {
            Ok(Line::Begin { format_version, .. }) if format_version != self::format_version() => {
                let reason = "another version of ufsync wrote it".to_owned();
                return Err(FileError::NoDocument { path, reason }.into());
            }
            Ok(Line::Begin { plan, time, .. }) => since = (plan == file.checksum).then_some(time),
            Ok(Line::Created {
                address,
                time,
                made,
            }) => {
                if let Some(since) = since {
                    earlier.times.insert(address.clone(), (since, time));
                    earlier.made.0.insert(address, made);
                }
            }
            // A run that was killed leaves half a line. What it made is not known then: that is in the way.
            Err(_) => {}
        }
    }
    Ok(earlier)
}

/// The file while a run writes it.
pub(crate) struct Applied {
    path: PathBuf,
    file: File,
    broken: bool,
}

impl Applied {
    /// Opens the file beside a plan, and notes that a run begins.
    pub(crate) fn open(plan: &Path, file: &PlanFile, now: Timestamp) -> Result<Self, CliError> {
        let path = beside(plan);
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.open(&path);
        let unwritable = |error| FileError::Unwritable {
            path: path.clone(),
            error,
        };
        let mut applied = Self {
            file: opened.map_err(unwritable)?,
            path: path.clone(),
            broken: false,
        };
        let begin = Line::Begin {
            plan: file.checksum.clone(),
            time: now,
            format_version: format_version(),
        };
        // What a killed run left is no part of this line.
        applied.file.write_all(b"\n").map_err(unwritable)?;
        applied.write(&begin);
        Ok(applied)
    }

    /// Notes what a step created. Whether the notes are on the disk.
    pub(crate) fn note(&mut self, event: Event<'_>, now: Timestamp) -> bool {
        if let Event::Settled {
            step,
            made: Some(made),
            ..
        } = event
        {
            self.write(&Line::Created {
                address: step.address.clone(),
                time: now,
                made: made.clone(),
            });
        }
        !self.broken
    }

    fn write(&mut self, line: &Line) {
        let text = serde_json::to_string(line).map_err(std::io::Error::other);
        let written = text.and_then(|text| {
            self.file.write_all(format!("{text}\n").as_bytes())?;
            self.file.sync_data()
        });
        self.broken |= written.is_err();
    }

    /// The digest of what was written, for `--applied-sha256`.
    pub(crate) fn digest(&self) -> Option<String> {
        files::read_document(&self.path)
            .ok()
            .map(|text| digest(&text))
    }
}
