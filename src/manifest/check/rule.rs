//! Rule: what is to hold for all access holds in scopes that are there.

use crate::manifest::check::suggestions::Suggestions;
use crate::manifest::syntax::manifest::Manifest;
use crate::manifest::{Finding, RuleMistake};
use crate::model::RuleScope;

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let handles = || manifest.tenants.0.iter().map(|(handle, _)| &*handle.value);
    let mut suggestions = Suggestions::default();
    for rule in &manifest.rules {
        let Some(scope) = &rule.scope else { continue };
        let help = match rule.meant() {
            Some(RuleScope::Tenant(handle)) if !handles().any(|it| it == handle.as_str()) => {
                suggestions.help(handle.as_str(), handles())
            }
            Some(_) => continue,
            None => String::new(),
        };
        let mistake = RuleMistake::BadScope {
            scope: scope.value.as_ref().to_owned(),
            help,
        };
        findings.push(Finding::new(mistake, scope.origin));
    }
}
