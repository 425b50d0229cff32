//! The guard on steps against users who are protected.

use crate::model::{AddressPatterns, Guards, Live, LiveUser, UserField, UserUuid};
use crate::plan::draft::records::{Handles, scope_name};
use crate::plan::review::sentence::Sentence;
use crate::plan::{Change, Step, Target};

/// What the steps do to users who are protected.
pub(crate) fn check(
    guards: &Guards,
    live: &Live,
    steps: &[Step],
    handles: &Handles,
) -> Vec<Sentence> {
    if guards.protect.is_empty() {
        return Vec::new();
    }
    let patterns = match AddressPatterns::new(guards.protect.iter().map(|it| &*it.value)) {
        Ok(patterns) => patterns,
        // A manifest with such patterns does not load. Those of a file that can't be read protect everybody.
        Err(error) => {
            let text = format!("the patterns of users who are protected can't be read: {error}");
            return vec![text.into()];
        }
    };
    // A user is protected by the address of the record of now, whatever the manifest calls the user.
    let email = |id: &UserUuid| {
        let email = live.users.get(id).and_then(LiveUser::email);
        email.filter(|email| patterns.is_match(email))
    };
    let mut reasons = Vec::new();
    for step in steps {
        let what = match &step.change {
            Change::User { .. } if step.change.deleted_user().is_some() => "deletes",
            Change::User { .. } if step.change.new_email().is_some() => "gives another address to",
            Change::User { .. } if step.change.locked_out().is_some() => "locks",
            Change::User { edit, .. } if edit.after(UserField::Username).is_some() => {
                "gives another username to"
            }
            Change::User { edit, .. } if edit.after(UserField::PhoneNumber).is_some() => {
                "gives another phone number to"
            }
            Change::Roles { before, after, .. } if !before.is_subset(after) => {
                "takes roles away from"
            }
            Change::Tenant { .. } => {
                let lost = step
                    .change
                    .removal()
                    .into_iter()
                    .flat_map(|removal| &removal.lost);
                reasons.extend(lost.filter_map(|loss| {
                    let email = email(&loss.user)?;
                    let tenant = scope_name(&loss.scope, handles);
                    let text = format!(
                        "deletes tenant {tenant}, in which {email}, who is protected, holds roles"
                    );
                    Some(Sentence::from(text))
                }));
                continue;
            }
            Change::User { .. } | Change::Roles { .. } => continue,
        };
        let user = step.change.user().and_then(Target::existing);
        if let Some(email) = user.and_then(email) {
            let text = format!("{what} {email}, who is protected ({})", step.address);
            reasons.push(text.into());
        }
    }
    reasons
}
