//! Guards and rules that name no user, and roles that no list has: a misspelt guard guards nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AddressPatterns, Desired, Email, LiveUser, Origin, Place, RoleName, RuleSays, is_one_address,
    suggest,
};
use crate::plan::draft::records::Input;
use crate::plan::{Missing, Warning, WarningKind};

/// How many patterns are compiled together.
const TOGETHER: usize = 500;

/// A warning for each pattern of `protect` and of rules that matches no user, and each role of `keepHolders` that no list has. A single
/// address is looked up; of a pattern that is said where all users were read, because searching for it may take reading
/// them all.
///
/// # Errors
/// Where a list that may have the role was not read.
pub(crate) fn unmatched(input: Input<'_>) -> Result<Vec<Warning>, Missing> {
    let mut warnings = unmatched_patterns(input);
    warnings.extend(kept(input)?);
    Ok(warnings)
}

/// A pattern, the list that it is in, and where that is written.
struct Pattern<'d> {
    list: &'static str,
    text: &'d str,
    place: Option<Place>,
}

fn patterns(desired: &Desired) -> impl Iterator<Item = Pattern<'_>> {
    let pattern = |list, text, origin| Pattern {
        list,
        text,
        place: desired.sources.place(origin),
    };
    let protect = desired.guards.protect.iter();
    let protect = protect.map(move |it| pattern("protect", &*it.value, it.origin));
    let rules = desired.rules.iter().flat_map(move |rule| {
        let only: &[_] = match &rule.says {
            RuleSays::OnlyUsers { written, .. } => written,
            _ => &[],
        };
        let only = only.iter().map(|it| ("onlyUsers", it));
        let except = rule.except.written.iter().map(|it| ("except", it));
        only.chain(except)
            .map(move |(list, it)| pattern(list, &**it, rule.origin))
    });
    // The way back from a plan has no manifest, and its guards were checked with the manifest that they are from.
    protect.chain(rules).filter(|it| it.place.is_some())
}

/// The patterns that match no user. All of them are looked for in one pass over the users.
fn unmatched_patterns(input: Input<'_>) -> Vec<Warning> {
    let patterns: Vec<Pattern<'_>> = patterns(input.desired).collect();
    // Each text once, in sets that are not too large to be compiled.
    let texts: BTreeSet<&str> = patterns.iter().map(|it| it.text).collect();
    let texts: Vec<&str> = texts.into_iter().collect();
    let sets = texts.chunks(TOGETHER).filter_map(|texts| {
        let set = AddressPatterns::new(texts.iter().copied()).ok()?;
        Some((set, texts))
    });
    let sets: Vec<(AddressPatterns, &[&str])> = sets.collect();
    let live = input.live.users.found().filter_map(LiveUser::email);
    let mut matched: BTreeSet<&str> = BTreeSet::new();
    for email in input.desired.users.keys().cloned().chain(live) {
        if matched.len() == texts.len() {
            break;
        }
        for (set, texts) in &sets {
            let found = set.matches(&email).into_iter();
            matched.extend(found.filter_map(|index| texts.get(index)));
        }
    }
    let unmatched = patterns.into_iter().filter(|it| {
        let is_known = is_one_address(it.text) || input.live.users.is_complete();
        is_known && !matched.contains(it.text)
    });
    let warnings = unmatched.map(|Pattern { list, text, place }| {
        // Of the manifest's users only: which others were read is not part of a plan.
        let near = nearest(text, input.desired.users.keys());
        Warning {
            kind: WarningKind::GuardMatchesNothing,
            message: format!(
                "`{list}: {text}` matches no user in the manifest or on the server{near}"
            ),
            place,
        }
    });
    warnings.collect()
}

fn nearest<'e>(pattern: &str, emails: impl Iterator<Item = &'e Email>) -> String {
    if !is_one_address(pattern) {
        return String::new();
    }
    let near = suggest::nearest(pattern, emails.map(Email::as_str));
    near.map(|near| format!("; did you mean {near}?"))
        .unwrap_or_default()
}

fn kept(input: Input<'_>) -> Result<Vec<Warning>, Missing> {
    let (desired, live) = (input.desired, input.live);
    let kept = desired.guards.keep_holders.iter().flatten();
    let granted = desired.users.values().flat_map(|user| &user.grants);
    let granted = granted.flat_map(|(_, grant)| &grant.roles);
    let granted: BTreeSet<&RoleName> = granted.map(|granted| &granted.role).collect();
    let held = |role: &RoleName| {
        let mut grants = live.users.found().flat_map(|user| user.grants.values());
        grants.any(|roles| roles.contains(role))
    };
    let unknown = kept.map(|(role, _)| role).filter(|role| {
        let is_listed = desired
            .vocabulary
            .as_ref()
            .is_some_and(|known| known.contains(*role));
        role.as_str() != RoleName::ADMIN
            && !is_listed
            && !granted.contains(*role)
            && !live.roles.contains(*role)
            && !held(role)
    });
    let unknown: Vec<&RoleName> = unknown.collect();
    // The way back from a plan has no manifest, and its guards were checked with the manifest that they are from.
    if unknown.is_empty() || desired.sources.is_empty() {
        return Ok(Vec::new());
    }
    if !live.is_whole() {
        return Err(Missing::everything());
    }
    let known = granted.into_iter().chain(&live.roles);
    let known: Vec<&str> = known.map(RoleName::as_str).collect();
    let warnings = unknown.into_iter().map(|role| {
        let near = suggest::nearest(role.as_str(), known.iter().copied());
        let near = near.map(|near| format!("; did you mean {near}?"));
        Warning {
            kind: WarningKind::GuardMatchesNothing,
            message: format!(
                "`keepHolders` names role \"{role}\", which nobody holds and no list has{}",
                near.unwrap_or_default()
            ),
            place: None,
        }
    });
    Ok(warnings.collect())
}

/// Without a list of roles of its own the manifest is held against the server's lists.
///
/// # Errors
/// Where a list that may have the role was not read.
pub(crate) fn unlisted_roles(input: Input<'_>) -> Result<Vec<Warning>, Missing> {
    let Input { desired, live, .. } = input;
    if desired.vocabulary.is_some() || live.roles.is_empty() {
        return Ok(Vec::new());
    }
    let mut unlisted: BTreeMap<&RoleName, Origin> = BTreeMap::new();
    let grants = desired.users.values().flat_map(|user| &user.grants);
    for granted in grants.flat_map(|(_, grant)| &grant.roles) {
        if !live.roles.contains(&granted.role) {
            unlisted.entry(&granted.role).or_insert(granted.origin);
        }
    }
    if !unlisted.is_empty() && !live.tenants.is_complete() {
        return Err(Missing::everything());
    }
    let warnings = unlisted.into_iter().map(|(role, origin)| Warning {
        kind: WarningKind::UnlistedRole,
        message: match suggest::nearest(role.as_str(), live.roles.iter().map(RoleName::as_str)) {
            Some(near) => format!(
                "role \"{role}\" is in no list of roles on the server: did you mean \"{near}\"?"
            ),
            None => format!("role \"{role}\" is in no list of roles on the server"),
        },
        place: desired.sources.place(origin),
    });
    Ok(warnings.collect())
}
