//! Where output goes: results to stdout, everything else to stderr, colours where they are wanted.
#![expect(
    clippy::disallowed_methods,
    reason = "the command line reads the environment and the clock"
)]

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, IsTerminal as _, Write};
use std::time::Instant;

use anstream::{AutoStream, ColorChoice};
use miette::Diagnostic;
use tracing::Level;

use crate::cli::args::options::Global;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::columns::{columns, wrapped};
use crate::cli::terminal::interrupt::Interrupt;
use crate::cli::terminal::log;
use crate::cli::terminal::page;
use crate::model::Findings;
use crate::report;
use crate::report::Look;

/// How wide diagnostics are where there is no terminal to measure, in columns.
const PLAIN_WIDTH: usize = 100;
/// Longer lines are hard to read.
const WIDEST: usize = 120;

/// The two streams and what is known of them, and what the user asks for while the program runs.
pub(crate) struct Ui {
    stdout: BufWriter<AutoStream<io::Stdout>>,
    stderr: AutoStream<io::Stderr>,
    /// Print only results and errors.
    pub(crate) quiet: bool,
    verbose: bool,
    /// When the program began.
    pub(crate) started: Instant,
    pub(crate) interrupt: Interrupt,
    /// Whether something was written to stdout.
    pub(crate) has_result: bool,
}

impl Ui {
    pub(crate) fn new(global: &Global) -> Self {
        let choice = match global.color {
            clap::ColorChoice::Auto => ColorChoice::Auto,
            clap::ColorChoice::Always => ColorChoice::Always,
            clap::ColorChoice::Never => ColorChoice::Never,
        };
        // What the terminal and the environment can do is asked by anstream itself.
        let stdout = BufWriter::new(AutoStream::new(io::stdout(), choice));
        let stderr = AutoStream::new(io::stderr(), choice);
        log::start(global.log_format, global.verbose);
        Self {
            stdout,
            stderr,
            quiet: global.quiet,
            verbose: global.verbose > 0,
            started: Instant::now(),
            interrupt: Interrupt::default(),
            has_result: false,
        }
    }

    /// Whether more is to be told than usual.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Whether there is a terminal to ask on.
    pub(crate) fn is_interactive() -> bool {
        io::stderr().is_terminal() && (io::stdin().is_terminal() || terminal().is_some())
    }

    /// Whether progress can be drawn.
    pub(crate) fn draws_progress(&self) -> bool {
        !self.quiet && !log::is_json() && io::stderr().is_terminal()
    }

    /// Writes a result. Where the reader of stdout has gone away there is nothing left to say.
    pub(crate) fn result(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        self.has_result = true;
        write(&mut self.stdout)
            .and_then(|()| self.stdout.flush())
            .map_err(Failure::Output)
    }

    /// Writes a report to stdout, with lines that fit the terminal.
    pub(crate) fn report(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let text = text(write)?;
        let text = report::clean(&text);
        let columns = columns(&io::stdout());
        self.result(|out| out.write_all(wrapped(&text, columns).as_bytes()))
    }

    /// Writes a page of Markdown to stdout: laid out for a terminal, as it is elsewhere.
    pub(crate) fn page(&mut self, page: &str) -> Result<(), Failure> {
        let Some(columns) = columns(&io::stdout()) else {
            return self.result(|out| out.write_all(page.as_bytes()));
        };
        let is_plain = self.stdout.get_ref().current_choice() == ColorChoice::Never;
        let text = page::laid_out(page, columns.min(WIDEST), is_plain);
        self.result(|out| out.write_all(text.as_bytes()))
    }

    /// Writes a report to stdout that another program reads.
    pub(crate) fn document(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let text = text(write)?;
        self.result(|out| out.write_all(report::clean(&text).as_bytes()))
    }

    /// Writes a report that is made of a CI system's commands to stdout.
    pub(crate) fn commands(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let text = text(write)?;
        self.result(|out| out.write_all(report::clean_commands(&text).as_bytes()))
    }

    /// Writes a remark to stderr, unless it is to be quiet.
    pub(crate) fn remark(&mut self, text: impl std::fmt::Display) {
        if !self.quiet {
            let text = text.to_string();
            if log::is_json() {
                return log::say(Level::INFO, &text);
            }
            let text = report::clean(&text);
            // Where stderr is gone nobody can be told of that either.
            drop(writeln!(
                self.stderr,
                "{}",
                wrapped(&text, columns(&io::stderr()))
            ));
        }
    }

    /// Writes a report to stderr, where stdout is for another document.
    pub(crate) fn note(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        if self.quiet {
            return Ok(());
        }
        self.reason(write)
    }

    /// Writes why something fails to stderr, also where little is to be said.
    ///
    /// # Errors
    /// Where it can't be written.
    pub(crate) fn reason(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let text = text(write)?;
        if log::is_json() {
            log::say(Level::INFO, &text);
            return Ok(());
        }
        let text = report::clean(&text);
        self.stderr
            .write_all(wrapped(&text, columns(&io::stderr())).as_bytes())
            .map_err(Failure::Output)
    }

    pub(crate) fn confirm(&mut self, question: &str) -> Result<bool, Failure> {
        let answer = self.ask(question)?;
        Ok(matches!(answer.as_str(), "y" | "Y" | "yes" | "Yes"))
    }

    /// Asks, and waits for a line.
    pub(crate) fn ask(&mut self, question: &str) -> Result<String, Failure> {
        write!(self.stderr, "{}", report::clean(question))
            .and_then(|()| self.stderr.flush())
            .map_err(Failure::Output)?;
        let mut answer = String::new();
        // Standard input may be the manifest: then the terminal itself is asked, as git and ssh do.
        match terminal().filter(|_| !io::stdin().is_terminal()) {
            Some(terminal) => BufReader::new(terminal).read_line(&mut answer),
            None => io::stdin().read_line(&mut answer),
        }
        .map_err(Failure::Output)?;
        Ok(answer.trim().to_owned())
    }

    pub(crate) fn warn<M: Diagnostic>(&mut self, findings: &Findings<M>) {
        if !self.quiet && !findings.list.is_empty() {
            self.findings(findings);
        }
    }

    fn findings<M: Diagnostic>(&mut self, findings: &Findings<M>) {
        if log::is_json() {
            for finding in &findings.list {
                let level = if finding.is_error() {
                    Level::ERROR
                } else {
                    Level::WARN
                };
                log::entry(level, report::finding_json(finding, &findings.sources));
            }
            return;
        }
        let look = self.look();
        drop(report::findings(findings, look, &mut self.stderr));
    }

    /// Shows why a command stopped, and says how the program ends.
    pub(crate) fn fail(&mut self, failure: &Failure) -> Exit {
        match failure {
            Failure::Manifest(findings) => self.findings(findings),
            Failure::Plan(findings) => self.findings(findings),
            Failure::Table(findings) => self.findings(findings),
            Failure::Other(error)
            | Failure::Guard(error)
            | Failure::Stale(error)
            | Failure::Usage(error) => {
                if log::is_json() {
                    log::entry(Level::ERROR, report::one_error_json(&**error));
                } else {
                    drop(report::error(&**error, self.look(), &mut self.stderr));
                }
            }
            Failure::Declined => log::say(Level::ERROR, "Nothing was changed."),
            Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Failure::Output(error) => {
                log::say(
                    Level::ERROR,
                    &format!("error: output can't be written: {error}"),
                );
            }
        }
        failure.exit()
    }

    fn look(&self) -> Look {
        let width = columns(&io::stderr()).unwrap_or(PLAIN_WIDTH).min(WIDEST);
        Look {
            color: self.stderr.current_choice() != ColorChoice::Never,
            width,
        }
    }
}

/// What is written. What looks like a key, wherever it came from, is not shown.
fn text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<String, Failure> {
    let mut text = Vec::new();
    write(&mut text).map_err(Failure::Output)?;
    let text = String::from_utf8_lossy(&text);
    Ok(report::without_keys(&text).into_owned())
}

/// The terminal of this process, whatever its standard input is.
fn terminal() -> Option<File> {
    let path = if cfg!(windows) { "CONIN$" } else { "/dev/tty" };
    File::open(path).ok()
}
