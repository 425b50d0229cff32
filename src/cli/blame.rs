//! Since when grants are written as they are, and by whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::access::{Access, Since};
use crate::cli::cli_error::CliError;
use crate::files;
use crate::git::{Blame, Repository};
use crate::model::Place;

/// Notes for each source of each row when it was written: for a group the later of the role's line and the membership's.
pub(crate) fn note(rows: &mut [Access]) -> Result<(), CliError> {
    let sources = || rows.iter().flat_map(|row| &row.sources);
    let places = sources().flat_map(|source| source.place.iter().chain(&source.member));
    let files: BTreeSet<String> = places.map(|place| place.file.to_string()).collect();
    let mut known = BTreeMap::new();
    for file in files {
        let lines = blame(&file)?;
        known.insert(file, lines);
    }
    let at = |place: &Place| known.get(&*place.file)?.get(&place.line).map(since);
    for source in rows.iter_mut().flat_map(|row| &mut row.sources) {
        let both = [source.place.as_ref(), source.member.as_ref()];
        let since = both.into_iter().flatten().filter_map(at);
        source.since = since.max_by(|one, two| one.time.cmp(&two.time));
    }
    Ok(())
}

fn blame(file: &str) -> Result<BTreeMap<usize, Blame>, CliError> {
    let path = Path::new(file);
    let text = files::read_text(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let lines = Repository::beside(file).blame(&name, &text);
    lines.map_err(|error| CliError::Blame {
        file: file.to_owned(),
        reason: error.reason,
    })
}

fn since(blame: &Blame) -> Since {
    Since {
        time: blame.time.map(|time| time.to_string()).unwrap_or_default(),
        commit: blame.commit.clone(),
        author: blame.author.clone(),
    }
}
