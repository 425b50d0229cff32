//! Identifiers without chance. In: a mode and a count. Out: a userUuid or a tenantId that looks
//! random and is the same in every run. Main function: [`user_uuid`].

use super::options::Mode;
use uuid::{Builder, Uuid, Variant, Version};

/// How many tenant ids there are: eight characters of 36.
const TENANT_IDS: u64 = 36 * 36 * 36 * 36 * 36 * 36 * 36 * 36;

/// The uuid of a user; a higher `attempt` gives another where one is taken.
pub(super) fn user_uuid(mode: Mode, user_id: u64, attempt: u64) -> Uuid {
    let high = mix(salt(mode) ^ user_id.wrapping_add(attempt.rotate_right(16)));
    let low = mix(high ^ user_id);
    let bits = (u128::from(high) << 64) | u128::from(low);
    Builder::from_u128(bits)
        .with_version(Version::Random)
        .with_variant(Variant::RFC4122)
        .into_uuid()
}

/// The id of the tenant made from this count: eight characters of `[a-z0-9]`.
pub(super) fn tenant_id(mode: Mode, count: u64) -> String {
    let mut rest = mix(salt(mode).rotate_left(7) ^ count) % TENANT_IDS;
    let mut id = String::with_capacity(8);
    for _ in 0..8 {
        let digit = u32::try_from(rest % 36).unwrap_or_default();
        id.push(char::from_digit(digit, 36).unwrap_or('0'));
        rest /= 36;
    }
    id
}

/// Keeps the two modes' identifiers apart.
fn salt(mode: Mode) -> u64 {
    match mode {
        Mode::Test => 0x7465_7374_7465_7374,
        Mode::Live => 0x6c69_7665_6c69_7665,
    }
}

/// The finishing function of `SplitMix64`: a permutation of all 64-bit numbers.
pub(super) fn mix(count: u64) -> u64 {
    let mut bits = count.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
