//! What a live state lacks → lines on stderr, and whether the result is incomplete.

use crate::cli::terminal::ui::Ui;
use crate::model::{Hidden, Live};

/// Says which records could not be read, and whether the server keeps tenants to itself. Whether anything is missing.
pub(crate) fn tell(live: &Live, ui: &mut Ui) -> bool {
    for record in live.unreadable_tenants.iter().chain(&live.unreadable_users) {
        ui.remark(format_args!(
            "left out: a record that can't be read: {record}"
        ));
    }
    match live.hidden {
        Hidden::Nothing => {}
        Hidden::Some(count) => ui.remark(format_args!(
            "left out: {count} tenants that the server counts and does not list"
        )),
        Hidden::Unknown => ui.remark("left out: tenants that the server may not list"),
    }
    live.hidden != Hidden::Nothing
        || !live.unreadable_tenants.is_empty()
        || !live.unreadable_users.is_empty()
}
