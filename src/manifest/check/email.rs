//! Rule: every user stands under a bare e-mail address.

use email_address::{EmailAddress, Options};

use crate::manifest::syntax::{Manifest, Text};
use crate::manifest::{Finding, Mistake};

pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    for (email, user) in &manifest.users.0 {
        address(email, findings);
        if let Some(previous) = &user.renamed_from {
            address(previous, findings);
        }
    }
}

fn address(text: &Text, findings: &mut Vec<Finding>) {
    let options = Options::default()
        .without_display_text()
        .without_domain_literal();
    if let Err(error) = EmailAddress::parse_with_options(&text.value, options) {
        let mistake = Mistake::BadEmail {
            email: text.value.as_ref().to_owned(),
            reason: error.to_string(),
        };
        findings.push(Finding::new(mistake, text.origin));
    }
}
