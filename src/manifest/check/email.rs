//! Rule: every person stands under a bare e-mail address.

use email_address::{EmailAddress, Options};

use crate::manifest::syntax::manifest::{Manifest, Text};
use crate::manifest::{Finding, ManifestError};
use crate::model::Email;

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let users = manifest.users.0.iter();
    let before = users.flat_map(|(_, user)| &user.renamed_from);
    manifest
        .people()
        .chain(before)
        .for_each(|email| address(email, findings));
}

fn address(text: &Text, findings: &mut Vec<Finding>) {
    if let Err(reason) = is_address(&text.value) {
        let mistake = ManifestError::BadEmail {
            email: text.value.as_ref().to_owned(),
            reason,
        };
        findings.push(Finding::new(mistake, text.origin));
    }
}

/// Whether a text is a bare address, or why not.
pub(crate) fn is_address(text: &str) -> Result<(), String> {
    let options = Options::default()
        .without_display_text()
        .without_domain_literal();
    // In the form in which it is compared: a server may spell the domain of an address in either of two ways.
    let email = Email::new(text);
    EmailAddress::parse_with_options(&email.canonical(), options)
        .map(drop)
        .map_err(|error| error.to_string())
}
