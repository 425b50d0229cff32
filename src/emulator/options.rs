//! How an emulator is to run. In: nothing. Out: [`Options`], and the [`Keys`] that follow from the
//! workspace. Main type: [`Options`].

use crate::emulator::faults::draw::Faults;
use crate::emulator::http::observer::Observer;
use crate::emulator::switches::Switches;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// How an emulator is to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The workspace's own tenant id, part of every key.
    pub workspace: String,
    /// How many records a page of a search holds; 0 counts as 1.
    pub page_size: usize,
    /// How long every API request takes at least.
    pub latency: Duration,
    /// Allowed API requests per second, shared by all callers; none is no limit. The bucket holds a
    /// tenth of a second's worth, at least one request, so a burst of that size passes at once.
    pub rate: Option<u32>,
    /// What the reference leaves open.
    pub switches: Switches,
    /// Where the state is saved: within about a second of a change, and at the end.
    pub state_file: Option<PathBuf>,
    /// Which API requests go wrong at the start; [`Running::set_faults`](crate::emulator::Running::set_faults)
    /// and `PUT /_emulator/faults` change it, and a reset comes back to it.
    pub faults: Faults,
    /// Whether it is for the process that starts it alone: its keys are random, and it has no calls about itself.
    pub private: bool,
    /// Names by which it is reached, beside those of this machine. Only where it listens on loopback does that matter.
    pub hosts: Vec<String>,
    /// Called after each change.
    pub observer: Option<Observer>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            workspace: "demo1234".to_owned(),
            page_size: 100,
            latency: Duration::ZERO,
            rate: None,
            switches: Switches::default(),
            state_file: None,
            faults: Faults::default(),
            private: false,
            hosts: Vec::new(),
            observer: None,
        }
    }
}

/// The four keys that an emulator accepts. They are fixed, so that they can stand in a CI file, unless it is private.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// Every call, test mode.
    pub test_admin: String,
    /// Reads and searches, test mode.
    pub test_readonly: String,
    /// Every call, live mode.
    pub live_admin: String,
    /// Reads and searches, live mode.
    pub live_readonly: String,
}

impl Keys {
    /// The keys of an emulator whose workspace has this id.
    pub fn new(workspace: &str) -> Self {
        Self::with(workspace, "emulator")
    }

    /// Keys that nobody can guess.
    pub(crate) fn random(workspace: &str) -> Self {
        Self::with(workspace, &uuid::Uuid::new_v4().simple().to_string())
    }

    fn with(workspace: &str, secret: &str) -> Self {
        let key = |kind: &str| format!("uf_{kind}_{workspace}_{secret}");
        Self {
            test_admin: key("test_admin"),
            test_readonly: key("test_readonly"),
            live_admin: key("live_admin"),
            live_readonly: key("live_readonly"),
        }
    }
}
