//! A server or a snapshot → the whole of a live state, for commands that look at all of it.

use crate::api::Reader;
use crate::model::{Desired, Live};
use crate::observe;
use crate::observe::ReadPlan;
use crate::plan::{Policy, Selection};
use crate::session::SessionError;

/// Reads everything. With a manifest also what it names and the server does not list.
///
/// # Errors
/// A call that fails for good.
pub async fn read(reader: &Reader, desired: Option<&Desired>) -> Result<Live, SessionError> {
    let need = desired.map_or_else(ReadPlan::everything, |desired| {
        ReadPlan::of(desired).of_everything()
    });
    Ok(observe::live(reader, &need).await?)
}

/// What a question allows: it changes nothing on the server, so that nothing has to be allowed for it.
pub(crate) fn only_looking(selection: Selection) -> Policy {
    Policy {
        allow_prune_all: true,
        allow_temporary_address: true,
        rename_check: false,
        list_unmanaged: false,
        selection,
    }
}
