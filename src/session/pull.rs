//! Live changes → the files of a manifest. In: its texts and a live state. Out: rewrites, and what differs and stays. Main type:
//! [`Pull`], because a person may have to say in between what becomes of entries whose records are gone.

use std::collections::BTreeSet;

use crate::manifest;
use crate::manifest::Input;
use crate::manifest::edit::{Rewrite, edit};
use crate::model::{Desired, Live};
use crate::plan;
use crate::plan::{Address, Pattern, Plan, Policy, Selection, Unmentioned};
use crate::pull::{Gone, NotPulled, Pulled, adopt, left_over, requests};
use crate::session::SessionError;
use crate::session::edit::changed;
use crate::session::plan::compare;
use crate::session::read::only_looking;

/// What is pulled.
#[derive(Clone, Debug, Default)]
pub struct PullOptions {
    /// The addresses of the changes.
    pub selection: Selection,
    /// The addresses of what no entry mentions and is taken in.
    pub adopt: Vec<Pattern>,
    /// The place of the file that gets what is taken in.
    pub into: Option<usize>,
}

/// A pull that has begun: the manifest is compared with the live state.
pub struct Pull<'p> {
    input: &'p Input,
    desired: &'p Desired,
    live: &'p Live,
    policy: Policy,
    plan: Plan,
    adopted: Vec<Pulled>,
    stays: Vec<NotPulled>,
}

impl<'p> Pull<'p> {
    /// Compares a manifest, and the texts that it was read from, with a live state.
    ///
    /// # Errors
    /// A manifest that does not fit the live state, or a pattern that matches nothing that could be taken in.
    pub fn of(
        input: &'p Input,
        desired: &'p Desired,
        live: &'p Live,
        options: &PullOptions,
    ) -> Result<Self, SessionError> {
        let policy = Policy {
            list_unmanaged: !options.adopt.is_empty(),
            // What looks like one user is one entry with another address.
            rename_check: true,
            ..only_looking(options.selection.clone())
        };
        let plan = compare(desired, live, &policy)?;
        let (adopted, stays) = adopted(options, desired, live, &plan)?;
        Ok(Self {
            input,
            desired,
            live,
            policy,
            plan,
            adopted,
            stays,
        })
    }

    /// The addresses of the entries whose records are gone.
    pub fn gone(&self) -> Vec<&Address> {
        let created = self.plan.steps.iter();
        let created = created.filter(|step| step.change.creates());
        created.map(|step| &step.address).collect()
    }

    /// The files as they are to be, and what differs and stays, each address once.
    ///
    /// # Errors
    /// Where the manifest would be wrong, or would change something else.
    pub fn rewrites(self, gone: Gone) -> Result<(Vec<Rewrite>, Vec<NotPulled>), SessionError> {
        let texts = self.input.texts();
        let (mut pulled, mut stays) = requests(self.desired, &texts, &self.plan, gone);
        let is_adopted = |address: &Address| self.adopted.iter().any(|it| it.address == *address);
        stays.retain(|it| !is_adopted(&it.address));
        stays.extend(self.stays.iter().cloned());
        pulled.extend(self.adopted.iter().cloned());
        let edited = self.settled(&texts, pulled, &mut stays)?;
        // An address is told once, with the first reason.
        let mut told: BTreeSet<Address> = BTreeSet::new();
        stays.retain(|it| told.insert(it.address.clone()));
        Ok((changed(&self.input.files, &edited), stays))
    }

    /// The texts as they are to be, with nothing in them that has no effect: where an overlay or another place says otherwise, the
    /// change stays.
    fn settled(
        &self,
        texts: &[String],
        mut pulled: Vec<Pulled>,
        stays: &mut Vec<NotPulled>,
    ) -> Result<Vec<String>, SessionError> {
        let is_told =
            |stays: &[NotPulled], address: &Address| stays.iter().any(|it| it.address == *address);
        loop {
            let (texts, left) = edited(texts, &pulled);
            let broken: BTreeSet<Address> = left
                .iter()
                .filter(|(_, together)| *together)
                .map(|(it, _)| it.address.clone())
                .collect();
            let mut all = stays.clone();
            all.extend(left.into_iter().map(|(it, _)| it));
            if !broken.is_empty() {
                pulled.retain(|it| !broken.contains(&it.address));
                stays.extend(all.into_iter().filter(|it| broken.contains(&it.address)));
                continue;
            }
            let differing = self.differing(&texts)?;
            let in_vain: BTreeSet<Address> = pulled
                .iter()
                .map(|it| &it.address)
                .filter(|address| differing.contains(*address) && !is_told(&all, address))
                .cloned()
                .collect();
            if in_vain.is_empty() {
                *stays = all;
                return Ok(texts);
            }
            pulled.retain(|it| !in_vain.contains(&it.address));
            stays.extend(in_vain.into_iter().map(|address| NotPulled {
                address,
                why: "an overlay, a group or another place says otherwise".to_owned(),
            }));
        }
    }

    /// Reads the new texts and plans again: nothing may be different that was not. The addresses that still are.
    fn differing(&self, texts: &[String]) -> Result<BTreeSet<Address>, SessionError> {
        let input = self.input.with_texts(texts);
        let (desired, _) = manifest::load(input).map_err(SessionError::Manifest)?;
        let after = compare(&desired, self.live, &self.policy)?;
        let (known, new) = left_over(&self.plan, &after);
        if let Some(address) = new.first() {
            return Err(SessionError::PullUnfit {
                address: address.to_string(),
            });
        }
        Ok(known.into_iter().cloned().collect())
    }
}

/// What is adopted, and what of it is not.
fn adopted(
    options: &PullOptions,
    desired: &Desired,
    live: &Live,
    plan: &Plan,
) -> Result<(Vec<Pulled>, Vec<NotPulled>), SessionError> {
    if options.adopt.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let unmentioned = plan.unmanaged.iter().flat_map(|it| &it.list);
    let addresses = unmentioned.map(|it| (it.address.to_string(), it));
    let addresses: Vec<(String, &Unmentioned)> = addresses.collect();
    for pattern in &options.adopt {
        let mut addresses = addresses.iter();
        if !addresses.any(|(address, _)| pattern.matches(address)) {
            return Err(SessionError::AdoptNothing {
                pattern: pattern.to_string(),
            });
        }
    }
    let is_chosen = |address: &str| {
        let mut patterns = options.adopt.iter();
        patterns.any(|pattern| pattern.matches(address))
    };
    let chosen = addresses.iter().filter(|(address, _)| is_chosen(address));
    let chosen: Vec<&Unmentioned> = chosen.map(|(_, it)| *it).collect();
    let handles = plan::handles(desired, live);
    Ok(adopt(desired, live, handles, &chosen, options.into))
}

/// The texts as they are to be, and what the editor leaves, each with whether it was one of several that belong together.
fn edited(texts: &[String], pulled: &[Pulled]) -> (Vec<String>, Vec<(NotPulled, bool)>) {
    let list: Vec<_> = pulled.iter().map(|it| it.request.clone()).collect();
    let (texts, left) = edit(texts, &list);
    let left = left.into_iter().filter_map(|(number, why)| {
        let pulled = pulled.get(number)?;
        let stays = NotPulled {
            address: pulled.address.clone(),
            why: why.to_string(),
        };
        Some((stays, pulled.together))
    });
    (texts, left.collect())
}
