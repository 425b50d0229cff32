//! What comes of a pull.

use crate::manifest::edit::ManifestEdit;
use crate::plan::Address;

/// A request, and the change of the plan that it makes needless.
#[derive(Clone, Debug)]
pub(crate) struct Pulled {
    pub address: Address,
    pub request: ManifestEdit,
    /// Whether it is not to be carried out unless the others of the address are.
    pub together: bool,
}

impl Pulled {
    /// One that is carried out whatever becomes of others.
    pub(crate) fn alone(address: Address, request: ManifestEdit) -> Self {
        Self {
            address,
            request,
            together: false,
        }
    }
}

/// A change of the plan that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPulled {
    /// Its address.
    pub address: Address,
    /// Why.
    pub why: String,
}
