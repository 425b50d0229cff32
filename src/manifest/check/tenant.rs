//! Rule: roles are held in tenants that the manifest has and keeps.

use std::collections::BTreeMap;

use crate::manifest::syntax::Manifest;
use crate::manifest::{Finding, Mistake, suggest};

pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let known: BTreeMap<&str, bool> = manifest
        .tenants
        .0
        .iter()
        .map(|(handle, tenant)| {
            (
                &*handle.value,
                tenant
                    .state
                    .as_ref()
                    .is_some_and(|state| &*state.value == "absent"),
            )
        })
        .collect();
    for (_, user) in &manifest.users.0 {
        for (handle, _) in &user.tenants.0 {
            let word = handle.value.as_ref().to_owned();
            match known.get(&*handle.value) {
                Some(false) => {}
                Some(true) => findings.push(Finding::new(
                    Mistake::AbsentTenant { handle: word },
                    handle.origin,
                )),
                None => {
                    let help = format!(
                        "{} Write it under `tenants` first.",
                        suggest::help(&handle.value, known.keys().copied().collect::<Vec<_>>())
                    );
                    findings.push(Finding::new(
                        Mistake::UnknownTenant { handle: word, help },
                        handle.origin,
                    ));
                }
            }
        }
    }
}
