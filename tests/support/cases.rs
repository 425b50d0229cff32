//! How many cases tests draw: few in the gate, more before a release.

/// How many cases a test draws; `UFSYNC_CASES` says how many times as many.
pub(crate) fn cases(usual: u32) -> u32 {
    let times = std::env::var("UFSYNC_CASES").ok();
    usual * times.map_or(1, |times| times.parse::<u32>().unwrap())
}
