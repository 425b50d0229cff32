//! Rule: telephone numbers are written as E.164 has them, which is how the API stores them.

use crate::manifest::syntax::manifest::Manifest;
use crate::manifest::{Finding, ManifestError};

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    for (_, user) in &manifest.users.0 {
        if let Some(number) = user.phone_number.value()
            && !is_number(&number.value)
        {
            let mistake = ManifestError::BadPhoneNumber {
                number: number.value.as_ref().to_owned(),
            };
            findings.push(Finding::new(mistake, number.origin));
        }
    }
}

/// `+`, then 2 to 15 digits, the first of which is not 0.
pub(crate) fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
