//! Whether tenants are below others, where not all tenants were read.

use crate::api::{ApiError, Reader};
use crate::model::Live;
use crate::observe::live::live;
use crate::observe::read_plan::{ReadPlan, ReadScope};
use crate::observe::tree::is_flat;

/// The same live state, where it is known which tenants are below others: because there are none, or by reading all tenants.
///
/// # Errors
/// The first call that fails for good.
pub(crate) async fn levels(
    reader: &Reader,
    mut known: Live,
    need: &ReadPlan,
) -> Result<Live, ApiError> {
    if is_flat(reader).await? {
        known.is_flat = true;
        return Ok(known);
    }
    let need = ReadPlan {
        tenants: ReadScope::Everything,
        ..need.clone()
    };
    live(reader, &need).await
}
