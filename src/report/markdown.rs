//! A plan as a comment on a pull request, of GitHub or GitLab.
//!
//! Names can come from a stranger's manifest. They are shown in fenced blocks only, where markup, HTML and mentions have no
//! effect, and the fence is longer than any run of backticks inside.

use std::io::{self, Write};

use jiff::Timestamp;

use crate::model::RoleSet;
use crate::plan::{ActionKind, Plan, Step, Summary};
use crate::report::alike::{Alike, alike};
use crate::report::grouping::{by_tenant, folds};
use crate::report::human::{Context, what_becomes};
use crate::report::model::{OutcomeKind, Report};
use crate::report::row::{Row, row};
use crate::report::summary::{changes, dangers, no_changes, verb};
use crate::report::text::{count, safe};
use crate::report::{blocked, endings, unmanaged};

/// GitHub refuses comments of more than 65,536 characters.
const LONGEST: usize = 60_000;
/// Room for the last sentences, in characters.
const RESERVE: usize = 500;
/// The longest line of a row, in characters.
const LONGEST_LINE: usize = 300;
/// The most lines of a row.
const HIGHEST_ROW: usize = 20;

/// Writes a plan: the counts, then what needs review, then everything else, folded by tenant.
///
/// # Errors
/// Where the writer fails.
pub fn plan(plan: &Plan, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let first = if context.folds {
        Page::in_few_lines
    } else {
        Page::by_tenant
    };
    let (page, left_out) = whole(plan, context, first);
    let (mut page, left_out) = match left_out {
        0 => (page, 0),
        _ => whole(plan, context, Page::by_effect),
    };
    if left_out > 0 {
        page.line(format!(
            "{} more not shown: run `ufsync plan` to see all.",
            count(left_out, "change")
        ));
    }
    out.write_all(page.text.as_bytes())
}

/// How the changes are shown: those that need review, and the others. Returns how many are left out.
type Form = fn(&mut Page, dangerous: Vec<&Step>, usual: Vec<&Step>, &RowContext<'_>) -> usize;

/// What the rows say depends on this.
struct RowContext<'p> {
    sensitive: &'p RoleSet,
    now: Timestamp,
}

impl RowContext<'_> {
    fn row(&self, step: &Step) -> Row {
        row(step, self.sensitive, self.now)
    }
}

/// The comment, and how many changes there was no room for.
fn whole(plan: &Plan, context: &Context, form: Form) -> (Page, usize) {
    let mut page = Page::default();
    page.line(format!(
        "### ufsync plan for workspace `{}` ({})",
        plain(plan.workspace.as_str()),
        plan.mode
    ));
    if plan.steps.is_empty() {
        page.line(no_changes(plan));
    } else {
        let calls = count(context.cost.calls, "call");
        let about = context.cost.time.as_secs().max(1);
        page.line(format!(
            "**{}.** {calls}, about {about} s.",
            changes(plan).join(", ")
        ));
        page.line(table(&Summary::of(plan)));
    }
    if let Some(counts) = plan.unmanaged.as_ref().and_then(unmanaged::counts) {
        page.line(format!("In the workspace: {counts}."));
    }
    if let Some(selected) = &plan.selection {
        page.line(format!(
            "A choice of the changes: {} left out.",
            count(selected.left_out, "change")
        ));
    }
    obstacles(plan, &mut page);
    let (mut dangerous, usual): (Vec<&Step>, Vec<&Step>) =
        plan.steps.iter().partition(|step| !step.dangers.is_empty());
    dangerous.sort_by_key(|step| step.dangers.first().copied());
    if !dangerous.is_empty() {
        page.line(format!("**Needs review:** {}.", dangers(plan).join(", ")));
    }
    let told = RowContext {
        sensitive: &plan.limits.sensitive,
        now: context.now,
    };
    let left_out = form(&mut page, dangerous, usual, &told);
    if !plan.endings.is_empty() {
        let lines = endings::lines(plan);
        let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
        page.rows(&lines, Some("Access that ends"));
    }
    if let Some(unmanaged) = plan.unmanaged.as_ref().filter(|it| !it.list.is_empty()) {
        let lines: Vec<String> = unmanaged::lines(unmanaged)
            .map(|line| format!("{line}\n"))
            .collect();
        let more = page.rows(&lines, Some("Not in the manifest"));
        if more > 0 {
            page.line(format!("{more} more are not in the manifest."));
        }
    }
    (page, left_out)
}

/// Writes how an apply ended: the counts, and what was not done.
///
/// # Errors
/// Where the writer fails.
pub fn outcome(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::default();
    page.line(format!(
        "### ufsync apply to workspace `{}` ({})",
        plain(report.workspace.as_str()),
        report.mode
    ));
    let done = report.calls_of(OutcomeKind::Done);
    page.line(format!(
        "**{done} of {} done.**",
        count(report.calls(), "call")
    ));
    let undone = report.undone().map(|undone| {
        let (address, why) = (undone.step.address.to_string(), undone.line());
        short(&format!(
            "- {}  {}
",
            safe(&address),
            safe(&why)
        ))
    });
    let blocked = report.blocked.iter();
    let blocked = blocked.map(|it| short(&format!("- blocked: {}\n", blocked::line(it))));
    let left_out = page.rows(&undone.chain(blocked).collect::<Vec<_>>(), None);
    if left_out > 0 {
        page.line(format!("{left_out} more not shown."));
    }
    out.write_all(page.text.as_bytes())
}

/// Writes a text as it is, in a fenced block, where markup has no effect, as far as a comment has room for it.
///
/// # Errors
/// Where the writer fails.
pub(crate) fn fenced(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let lines = text.trim_end_matches('\n').lines();
    let lines: Vec<String> = lines.map(|line| format!("{line}\n")).collect();
    let mut page = Page::default();
    let more = page.rows(&lines, None);
    if more > 0 {
        page.line(format!("{} more not shown.", count(more, "line")));
    }
    writeln!(out, "{}", page.text.trim_end())
}

/// The comment so far.
#[derive(Default)]
struct Page {
    text: String,
    length: usize,
}

impl Page {
    /// Each change on its own, by tenant.
    fn by_tenant(
        &mut self,
        dangerous: Vec<&Step>,
        usual: Vec<&Step>,
        told: &RowContext<'_>,
    ) -> usize {
        let rows = |steps: Vec<&Step>| -> Vec<String> {
            steps
                .into_iter()
                .map(|step| diff_row(&told.row(step)))
                .collect()
        };
        let mut left_out = self.rows(&rows(dangerous), None);
        let (drift, own): (Vec<&Step>, Vec<&Step>) =
            usual.into_iter().partition(|step| step.is_drift());
        for (group, steps) in by_tenant(own) {
            let title = title(group, steps.len());
            left_out += self.rows(&rows(steps), Some(&title));
        }
        if !drift.is_empty() {
            let title = format!(
                "Drift, without this change: {}",
                count(drift.len(), "change")
            );
            left_out += self.rows(&rows(drift), Some(&title));
        }
        left_out
    }

    /// By tenant, with equal changes as one.
    fn in_few_lines(
        &mut self,
        dangerous: Vec<&Step>,
        usual: Vec<&Step>,
        told: &RowContext<'_>,
    ) -> usize {
        let mut left_out = 0;
        for (steps, what) in [(dangerous, ", to review"), (usual, "")] {
            for fold in folds(steps, told.sensitive, told.now) {
                let line = |line: &String| broken(line).join("\n") + "\n";
                let lines: Vec<String> = fold.lines.iter().map(line).collect();
                self.line(format!("**{}{what}**", title(fold.tenant, fold.changes)));
                if self.rows(&lines, None) > 0 {
                    left_out += fold.changes;
                }
            }
        }
        left_out
    }

    /// What is alike as one, where there is no room for each: nothing is left out but subjects, and their number is told.
    fn by_effect(
        &mut self,
        dangerous: Vec<&Step>,
        usual: Vec<&Step>,
        told: &RowContext<'_>,
    ) -> usize {
        let all = |steps: Vec<&Step>| alike(steps.into_iter().map(|step| told.row(step)).collect());
        let (dangerous, usual) = (all(dangerous), all(usual));
        let others: usize = usual.iter().map(Alike::len).sum();
        let others = format!("Everything else: {}", count(others, "change"));
        let mut parts = dangerous.len() + usual.len();
        let mut left_out = 0;
        for (alike, title) in [(dangerous, None), (usual, Some(&*others))] {
            let mut rows = Vec::new();
            let mut used = self.length;
            for part in &alike {
                let share = (LONGEST - RESERVE).saturating_sub(used) / parts;
                let lines = part.lines(share.saturating_sub(LONGEST_LINE), diff_row);
                used += lines.chars().count();
                parts -= 1;
                rows.push(lines);
            }
            let shown = rows.len() - self.rows(&rows, title);
            left_out += alike.iter().skip(shown).map(Alike::len).sum::<usize>();
        }
        left_out
    }

    fn add(&mut self, text: &str) {
        self.length += text.chars().count();
        self.text.push_str(text);
    }

    /// A paragraph.
    fn line(&mut self, text: impl AsRef<str>) {
        self.add(text.as_ref());
        self.add("\n\n");
    }

    /// A fenced block of as many rows as there is room for, folded under a title. Returns how many rows are left out.
    fn rows(&mut self, rows: &[String], title: Option<&str>) -> usize {
        let backticks = rows
            .iter()
            .map(|row| longest_run(row))
            .max()
            .unwrap_or_default();
        let fence = "`".repeat(backticks.max(2) + 1);
        let start = match title {
            Some(title) => format!("<details><summary>{title}</summary>\n\n{fence}diff\n"),
            None => format!("{fence}diff\n"),
        };
        let end = match title {
            Some(_) => format!("{fence}\n\n</details>\n\n"),
            None => format!("{fence}\n\n"),
        };
        let around = start.chars().count() + end.chars().count();
        let room = (LONGEST - RESERVE).saturating_sub(self.length + around);
        let mut used = 0;
        let fitting = rows
            .iter()
            .take_while(|row| {
                used += row.chars().count();
                used <= room
            })
            .count();
        if fitting > 0 {
            self.add(&start);
            rows.iter().take(fitting).for_each(|row| self.add(row));
            self.add(&end);
        }
        rows.len() - fitting
    }
}

/// What keeps the plan from being applied, and what it warns of.
fn obstacles(plan: &Plan, page: &mut Page) {
    let guards = plan.broken_guards.iter().flat_map(|guard| {
        let reasons = guard.reasons.iter();
        let reasons = reasons.map(|reason| format!("- guard {}: {}\n", guard.name, safe(reason)));
        reasons.chain([format!(
            "  to accept exactly this: --accept {}:{}\n",
            guard.name,
            safe(&guard.code)
        )])
    });
    let renames = plan.likely_renames.iter().map(|rename| {
        format!(
            "! {} {} and {} is created: is it one person? Then write renamedFrom: {}\n",
            safe(rename.removed.as_str()),
            what_becomes(rename.stays),
            safe(rename.created.as_str()),
            safe(rename.removed.as_str())
        )
    });
    let stops: Vec<String> = guards.chain(renames).map(|line| short(&line)).collect();
    if !stops.is_empty() {
        page.line("**This plan needs a decision before it is applied:**");
        page.part(stops);
    }
    let rules = plan.broken_rules.iter();
    let rules: Vec<String> = rules
        .map(|rule| short(&format!("- rule: {}\n", safe(&rule.line()))))
        .collect();
    if !rules.is_empty() {
        page.line("**Rules for access are broken:**");
        page.part(rules);
    }
    let blocked = plan.blocked.iter();
    let blocked: Vec<String> = blocked
        .map(|it| short(&format!("- {}\n", blocked::line(it))))
        .collect();
    if !blocked.is_empty() {
        let what = count(blocked.len(), "change");
        page.line(format!(
            "**Blocked: {what} that can't be planned.** The rest can be applied."
        ));
        page.part(blocked);
    }
    let warnings = plan.warnings.iter();
    let warnings: Vec<String> = warnings
        .map(|warning| short(&format!("! {}\n", safe(&warning.to_string()))))
        .collect();
    if !warnings.is_empty() {
        page.part(warnings);
    }
}

impl Page {
    /// A block that may take no more than a quarter of the comment, so that there is room for the changes.
    fn part(&mut self, rows: Vec<String>) {
        let mut used = 0;
        let all = rows.len();
        let mut kept: Vec<String> = rows
            .into_iter()
            .take_while(|row| {
                used += row.chars().count();
                used <= LONGEST / 4
            })
            .collect();
        if kept.len() < all {
            kept.push(format!("  and {} more\n", all - kept.len()));
        }
        self.rows(&kept, None);
    }
}

/// The counts. They include the deletions, even where there is no room for them below.
fn table(summary: &Summary) -> String {
    const ACTIONS: [ActionKind; 5] = [
        ActionKind::Create,
        ActionKind::Invite,
        ActionKind::Update,
        ActionKind::Lock,
        ActionKind::Delete,
    ];
    let heads = ACTIONS.map(verb).join(" | ");
    let mut text = format!("| | {heads} |\n|---|---|---|---|---|---|");
    let kinds = [
        ("tenants", &summary.tenants),
        ("users", &summary.users),
        ("roles", &summary.roles),
    ];
    for (what, counts) in kinds {
        let cell = |action| counts.get(&action).map(ToString::to_string);
        let cells = ACTIONS.map(|action| cell(action).unwrap_or_default());
        text = format!("{text}\n| {what} | {} |", cells.join(" | "));
    }
    text
}

/// A row as a line of a diff, which GitHub colours by its first character.
fn diff_row(row: &Row) -> String {
    let text = row.diff();
    let mut lines: Vec<String> = if row.is_dangerous() {
        text.lines().flat_map(broken).collect()
    } else {
        text.lines().map(short).collect()
    };
    if lines.len() > HIGHEST_ROW {
        let more = lines.len() - HIGHEST_ROW;
        lines.truncate(HIGHEST_ROW);
        lines.push(format!("  and {} more", count(more, "line")));
    }
    lines.join("\n") + "\n"
}

/// A line that is broken where it is too long: what needs review is shown to its end.
fn broken(line: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = line;
    while let Some((end, _)) = rest.char_indices().nth(LONGEST_LINE) {
        let (part, _) = rest.split_at(end);
        // Between words, where there are any.
        let end = part.rfind(' ').filter(|at| *at > end / 2).unwrap_or(end);
        let (part, after) = rest.split_at(end);
        lines.push(part.to_owned());
        rest = after.trim_start();
    }
    lines.push(rest.to_owned());
    for line in lines.iter_mut().skip(1) {
        *line = format!("    {line}");
    }
    lines
}

/// A line that is cut where it is too long.
fn short(line: &str) -> String {
    if line.chars().count() <= LONGEST_LINE {
        return line.to_owned();
    }
    let cut: String = line.chars().take(LONGEST_LINE).collect();
    let end = if line.ends_with('\n') { "…\n" } else { "…" };
    cut + end
}

fn title(tenant: Option<&str>, changes: usize) -> String {
    let what = match tenant {
        None => "Users and workspace roles".to_owned(),
        Some(tenant) => format!("Tenant {}", plain(tenant)),
    };
    format!("{what}: {}", count(changes, "change"))
}

/// A handle or an id outside a fence: characters that could be markup are left out.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect()
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}
