//! Progress on stderr: a bar on a terminal, elsewhere a line every ten seconds.
#![expect(
    clippy::disallowed_methods,
    reason = "progress is measured in wall time"
)]

use std::fmt;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use tracing::Level;

use crate::apply::{Event, StepOutcome};
use crate::cli::terminal::log;
use crate::cli::terminal::ui::Ui;

const QUIET_PERIOD: Duration = Duration::from_secs(10);

/// What is shown of a running apply.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Lines instead of a bar.
    lines: bool,
    last_line: Instant,
    settled: usize,
    failed: usize,
    all: usize,
}

impl Progress {
    pub(crate) fn new(all: usize, ui: &Ui) -> Self {
        let bar = if ui.draws_progress() {
            ProgressBar::new(all as u64)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos}/{len}  {rate}  {eta} left  {msg}")
        {
            let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
                // A bar is written to memory, where nothing fails.
                write!(out, "{:.0}/s", state.per_sec()).unwrap_or_default();
            };
            bar.set_style(style.with_key("rate", rate));
        }
        Self {
            bar,
            lines: !ui.draws_progress() && !ui.quiet,
            last_line: Instant::now(),
            settled: 0,
            failed: 0,
            all,
        }
    }

    /// Says something while the bar is shown, without leaving a half of it behind.
    pub(crate) fn aside(&self) -> impl Fn(&str) + Send + 'static {
        let bar = self.bar.clone();
        move |text| bar.suspend(|| log::say(Level::INFO, text))
    }

    pub(crate) fn show(&mut self, event: Event<'_>) {
        let Event::Settled { outcome, .. } = event else {
            return;
        };
        self.settled += 1;
        self.bar.inc(1);
        if !matches!(outcome, StepOutcome::Done) {
            self.failed += 1;
            self.bar.set_message(format!("{} not done", self.failed));
        }
        if self.lines && self.last_line.elapsed() >= QUIET_PERIOD {
            self.last_line = Instant::now();
            let (settled, all, failed) = (self.settled, self.all, self.failed);
            let text = format!("{settled} of {all} steps settled, {failed} not done");
            log::say(Level::INFO, &text);
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
