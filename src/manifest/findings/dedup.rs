//! Each mistake once: findings at the same place, through aliases, and findings about one name that many places use.

use crate::manifest::findings::role_mistake::RoleMistake;
use crate::manifest::findings::variable_mistake::VariableMistake;
use crate::manifest::{Finding, ManifestError};
use crate::model::Origin;
use hashbrown::{HashMap, hash_map};

/// Whether two findings with the same words are one mistake, to be corrected at one place: a name that is used in many
/// places, and is not defined in any.
fn is_of_a_name(mistake: &ManifestError) -> bool {
    matches!(
        mistake,
        ManifestError::Variable(VariableMistake::MissingVariable { .. })
            | ManifestError::UnknownTenant { .. }
            | ManifestError::AbsentTenant { .. }
            | ManifestError::Role(RoleMistake::UnknownRole { .. } | RoleMistake::BadRole { .. })
            | ManifestError::BadEmail { .. }
            | ManifestError::AbsentMember { .. }
            | ManifestError::LookAlike { .. }
    )
}

/// How many more places of one mistake are shown.
const SHOWN_PLACES: usize = 3;

/// Each mistake once, however many places and aliases refer to it. The first place in the order of the files is kept.
pub(crate) fn once(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.origin);
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut others: HashMap<usize, Vec<Origin>> = HashMap::new();
    for finding in findings {
        // An alias repeats a value with its place.
        let same_place = kept.iter().rev();
        let mut same_place = same_place.take_while(|known| known.origin == finding.origin);
        if same_place.any(|known| known.mistake == finding.mistake) {
            continue;
        }
        if is_of_a_name(&finding.mistake) {
            match names.entry(finding.mistake.to_string()) {
                hash_map::Entry::Vacant(place) => drop(place.insert(kept.len())),
                hash_map::Entry::Occupied(first) => {
                    others.entry(*first.get()).or_default().push(finding.origin);
                    continue;
                }
            }
        }
        kept.push(finding);
    }
    for (index, places) in others {
        let Some(finding) = kept.get_mut(index) else {
            continue;
        };
        let more = places.len().saturating_sub(SHOWN_PLACES);
        let last = places.len().min(SHOWN_PLACES) - 1;
        for (at, origin) in places.into_iter().take(SHOWN_PLACES).enumerate() {
            let word = match (at == last, more) {
                (true, 1) => "also here, and in 1 more place".to_owned(),
                (true, 2..) => format!("also here, and in {more} more places"),
                _ => "also here".to_owned(),
            };
            finding.related.push((origin, word.into()));
        }
    }
    kept
}
