//! `PLAN.applied`: what runs of a saved plan created, written line by line while they run, so that running again goes on.
//!
//! It is a claim, like every file: a record counts only while it still has the values that the server answered with, and only
//! where it was created while its line was written. The lines themselves count only if each has the HMAC of a key in the state
//! folder, so that this user wrote it, or if the whole file is named by its digest. With `--sha256` only the digest counts.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

/// Where an HMAC is in a line, beside what it says.
const HMAC: &str = "hmac";

/// The key in the state folder, for the lines of one plan.
struct Seal {
    key: hmac::Key,
    plan: String,
}

impl Seal {
    fn of(file: &PlanFile) -> Result<Self, FileError> {
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &files::key()?),
            plan: file.checksum.clone(),
        })
    }

    /// What is sealed: a line belongs to one run of one plan.
    fn sealed(&self, since: Timestamp, line: &Map<String, Value>) -> Vec<u8> {
        let line = Value::Object(line.clone());
        format!("ufsync applied\n{}\n{since}\n{line}", self.plan).into_bytes()
    }

    fn put(&self, since: Timestamp, line: &mut Map<String, Value>) {
        let tag = hmac::sign(&self.key, &self.sealed(since, line));
        let digits = tag.as_ref().iter().map(|byte| format!("{byte:02x}"));
        let digits: String = digits.collect();
        line.insert(HMAC.to_owned(), digits.into());
    }

    fn fits(&self, since: Timestamp, line: &Map<String, Value>, digits: &str) -> bool {
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let tag: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(byte).collect();
        let sealed = self.sealed(since, line);
        tag.is_some_and(|tag| hmac::verify(&self.key, &sealed, &tag).is_ok())
    }
}

/// The file beside a plan.
pub(crate) fn beside(plan: &Path) -> PathBuf {
    let mut name = plan.as_os_str().to_owned();
    name.push(".applied");
    PathBuf::from(name)
}

/// The file beside a plan, where there is one.
///
/// # Errors
/// Where it is a link: the person who made it would choose the file.
pub(crate) fn found(plan: &Path) -> Result<Option<PathBuf>, FileError> {
    let path = beside(plan);
    files::no_link(&path)?;
    Ok(Some(path).filter(|path| path.symlink_metadata().is_ok()))
}

/// Reads what earlier runs of a plan made; nothing where there was none. Where a digest is given, only the file that has it;
/// without one, only lines that this user's runs wrote.
pub(crate) fn read(plan: &Path, file: &PlanFile, sha256: Option<&str>) -> Result<Earlier, Failure> {
    let Some(path) = found(plan)? else {
        return Ok(Earlier::default());
    };
    let text = files::read_document(&path)?;
    let found = digest(&text);
    if sha256.is_some_and(|expected| !found.eq_ignore_ascii_case(expected)) {
        let refusal = CliError::OtherDigest { path, found };
        return Err(Failure::Stale(Box::new(refusal)));
    }
    let seal = Seal::of(file).ok();
    let lines = text.split(|byte| *byte == b'\n');
    let mut earlier = Earlier::default();
    let mut since = None;
    for line in lines.filter(|line| !line.is_empty()) {
        // A run that was killed leaves half a line. What it made is not known then: that is in the way.
        let Ok(mut line) = serde_json::from_slice::<Map<String, Value>>(line) else {
            continue;
        };
        let tag = line.remove(HMAC);
        let Ok(says) = serde_json::from_value(Value::Object(line.clone())) else {
            continue;
        };
        if let Line::Begin {
            plan,
            time,
            format_version,
        } = &says
        {
            if *format_version != self::format_version() {
                let reason = "another version of ufsync wrote it".to_owned();
                return Err(FileError::NoDocument { path, reason }.into());
            }
            since = (*plan == file.checksum).then_some(*time);
        }
        // What runs of another plan say does not count in any case.
        let Some(since) = since else {
            continue;
        };
        let is_ours = || {
            let tag = tag.as_ref().and_then(Value::as_str);
            let seal = tag.zip(seal.as_ref());
            seal.is_some_and(|(tag, seal)| seal.fits(since, &line, tag))
        };
        if sha256.is_none() && !is_ours() {
            let refusal = CliError::AppliedByOthers { path, found };
            return Err(Failure::Stale(Box::new(refusal)));
        }
        if let Line::Created {
            address,
            time,
            made,
        } = says
        {
            earlier.times.insert(address.clone(), (since, time));
            earlier.made.0.insert(address, made);
        }
    }
    Ok(earlier)
}

/// The file while a run writes it.
pub(crate) struct Applied {
    path: PathBuf,
    file: File,
    broken: bool,
    since: Timestamp,
    /// Nothing where there is no state folder.
    seal: Option<Seal>,
}

impl Applied {
    /// Opens the file beside a plan, and notes that a run begins.
    pub(crate) fn open(plan: &Path, file: &PlanFile, now: Timestamp) -> Result<Self, CliError> {
        let path = beside(plan);
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        files::no_link(&path)?;
        let opened = files::without_links(&mut options).open(&path);
        let unwritable = |error| FileError::Unwritable {
            path: path.clone(),
            error,
        };
        let mut applied = Self {
            file: opened.map_err(unwritable)?,
            path: path.clone(),
            broken: false,
            since: now,
            seal: Seal::of(file).ok(),
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
        let line = serde_json::to_value(line).map_err(std::io::Error::other);
        let written = line.and_then(|mut line| {
            if let (Some(seal), Some(line)) = (&self.seal, line.as_object_mut()) {
                seal.put(self.since, line);
            }
            let text = line.to_string();
            self.file.write_all(format!("{text}\n").as_bytes())?;
            self.file.sync_data()
        });
        self.broken |= written.is_err();
    }

    /// Whether the next run knows by itself who wrote it.
    pub(crate) fn is_sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// The digest of what was written, for `--applied-sha256`.
    pub(crate) fn digest(&self) -> Option<String> {
        files::read_document(&self.path)
            .ok()
            .map(|text| digest(&text))
    }
}
