//! The two halves of a workspace. In: a count. Out: a userUuid or a tenantId that looks random and is
//! the same in every run, and different in each mode. Main type: [`Mode`].

use fastrand::Rng;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One of the two halves of a workspace. Their data are fully apart, and the key picks one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Reached by `uf_test_…` keys.
    Test,
    /// Reached by `uf_live_…` keys.
    Live,
}

impl Mode {
    /// As keys and records write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// The uuid of a user; a higher `attempt` gives another where one is taken.
    pub(crate) fn user_uuid(self, user_id: u64, attempt: u64) -> Uuid {
        let name = format!("{}/{user_id}/{attempt}", self.name());
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
    }

    /// The id of the tenant made from this count: eight characters of `[a-z0-9]`.
    pub(crate) fn tenant_id(self, count: u64) -> String {
        let salt = match self {
            Self::Test => 0,
            Self::Live => 1 << 63,
        };
        let mut random = Rng::with_seed(count ^ salt);
        let mut digit = || char::from_digit(random.u32(0..36), 36).unwrap_or_default();
        (0..8).map(|_| digit()).collect()
    }
}
