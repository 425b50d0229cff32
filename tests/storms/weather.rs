//! A weather: which calls go wrong in which way, and how the server behaves where the reference is silent.

use std::num::NonZeroUsize;

use fastrand::Rng;
use ufsync::emulator::faults::draw::{FaultKind, Faults};
use ufsync::emulator::switches::{RetryAfter, Switches, TenantsFind, Updates};

use super::TIMEOUT;
use crate::support::switches;

/// No kind of fault strikes more than so many of a hundred calls.
const LARGEST_SHARE: u32 = 20;
/// A client that is refused goes slower, so that most weathers refuse only a few.
const FEW: u32 = 2;

/// All that a seed decides.
#[derive(Debug)]
pub(super) struct Weather {
    pub(super) faults: Faults,
    pub(super) switches: Switches,
    pub(super) page_size: usize,
    pub(super) parallel: usize,
}

fn pick<T: Copy>(random: &mut Rng, values: &[T]) -> T {
    values[random.usize(..values.len())]
}

impl Weather {
    pub(super) fn draw(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let random = &mut random;
        let switches = switches(random);
        Self {
            faults: faults(random, seed, switches.retry_after),
            switches,
            // Without a listing, tenants beyond the first page of the workspace's record can't be seen.
            page_size: match switches.tenants_find {
                TenantsFind::Off => 100,
                TenantsFind::On => pick(random, &[2, 5, 100]),
            },
            parallel: pick(random, &[1, 2, 4, 8, 16]),
        }
    }
}

fn switches(random: &mut Rng) -> Switches {
    Switches {
        // The header asks for a whole second, so most weathers do without.
        retry_after: match random.u32(..20) {
            0 => RetryAfter::Seconds,
            1 => RetryAfter::Date,
            _ => RetryAfter::None,
        },
        find_limit: NonZeroUsize::new(pick(random, &[0, 0, 1, 3])),
        updates: Updates::Atomic,
        ..switches::random(random)
    }
}

/// From one kind of fault to all of them, up to a sum that is itself drawn.
fn faults(random: &mut Rng, seed: u64, retry_after: RetryAfter) -> Faults {
    let mut kinds = FaultKind::ALL;
    random.shuffle(&mut kinds);
    let count = random.usize(1..=kinds.len());
    let refusals = if random.u32(..8) == 0 {
        LARGEST_SHARE
    } else {
        FEW
    };
    let mut left = pick(random, &[10, 20, 40, 60, 80, 100]);
    let mut shares = Vec::new();
    for kind in kinds.into_iter().take(count) {
        let most = match kind {
            // Each asks for a whole second.
            FaultKind::TooMany if retry_after != RetryAfter::None => 1,
            FaultKind::TooMany | FaultKind::TooManyBare => refusals,
            _ => LARGEST_SHARE,
        };
        let share = random.u32(1..=most).min(left);
        left -= share;
        shares.push(format!("{kind}={share}"));
    }
    Faults::parse(shares)
        .unwrap()
        .seeded(seed)
        .lasting(TIMEOUT + TIMEOUT / 4)
}
