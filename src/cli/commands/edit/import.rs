//! Users from a table.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use csv::{ReaderBuilder, StringRecord, Trim};
use serde_json::{Map, Value, json};

use crate::cli::commands::edit::roles::until;
use crate::cli::exit::{Exit, Failure};
use crate::cli::table_mistake::TableMistake;
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::manifest::Input;
use crate::manifest::edit::{EditKind, EntryKey, ManifestEdit};
use crate::manifest::{is_address, is_number, is_role};
use crate::model::{
    Desired, Email, Finding, Findings, Handle, Origin, RoleName, Scope, Source, SourceId, Sources,
    Until, suggest,
};
use crate::plan::{Address, Person};
use crate::session::edit::{role_item, written_end};

/// Add users from a table of comma-separated values, with a header that names the columns.
#[derive(Args, Debug)]
pub(crate) struct ImportArgs {
    /// The table; `-` is standard input. `--template` prints one to begin with.
    #[arg(value_name = "FILE", required_unless_present = "template")]
    table: Option<PathBuf>,
    /// The file that gets the entries [default: the one that has most users].
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Change users who are in the manifest already: what a cell says replaces what their entries say.
    #[arg(long)]
    update: bool,
    /// Print a table with the columns and an example.
    #[arg(long)]
    pub(crate) template: bool,
}

const COLUMNS: [&str; 7] = [
    "email",
    "name",
    "username",
    "phoneNumber",
    "roles",
    "tenants",
    "until",
];
/// What a spreadsheet would take for a formula, and a `'` in front keeps from it.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Prints the columns and an example.
pub(crate) fn template(ui: &mut Ui) -> Result<Exit, Failure> {
    let example =
        "ada@example.com,Ada Lovelace,ada,'+15550100,member,acme:owner|viewer;globex:member,";
    ui.result(|out| writeln!(out, "{}\n{example}", COLUMNS.join(",")))?;
    Ok(Exit::Done)
}

struct Mistakes {
    text: Source,
    list: Vec<Finding<TableMistake>>,
    /// The grants whose cells name no end, and that keep theirs.
    kept: Vec<String>,
}

impl Mistakes {
    /// Notes a mistake in the line that begins at a byte.
    fn add(&mut self, start: usize, column: &str, what: impl std::fmt::Display) {
        let rest = self.text.text.get(start..).unwrap_or_default();
        let end = start + rest.find(['\r', '\n']).unwrap_or(rest.len());
        let place = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        let origin = Origin {
            source: SourceId(0),
            start: place(start),
            end: place(end),
        };
        let mistake = TableMistake {
            column: column.to_owned(),
            what: what.to_string(),
        };
        self.list.push(Finding::new(mistake, origin));
    }
}

pub(crate) fn import(
    args: &ImportArgs,
    input: &Input,
    desired: &Desired,
    ui: &mut Ui,
) -> Result<Vec<ManifestEdit>, Failure> {
    let table = args.table.as_deref().unwrap_or(Path::new("-"));
    let text = files::read_text(table)?;
    let file = args
        .into
        .as_deref()
        .map(|path| files::position(&input.files, path));
    let file = file.transpose()?;
    let mut mistakes = Mistakes {
        text: Source::new(table.display().to_string(), text.as_str()),
        list: Vec::new(),
        kept: Vec::new(),
    };
    let mut rows: BTreeMap<Email, Map<String, Value>> = BTreeMap::new();
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .trim(Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let columns = columns(&header, &mut mistakes);
    for row in reader.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let place = error.position().map_or(0, position);
                mistakes.add(place, "the line", &error);
                break;
            }
        };
        let line = row.position().map_or(0, position);
        if row.len() > header.len() {
            mistakes.add(line, "the last column", "it has no name in the header");
        }
        let row = Row {
            columns: &columns,
            cells: &row,
            line,
        };
        let Some((email, entry)) = row.entry(desired, &mut mistakes) else {
            continue;
        };
        let is_known = desired
            .users
            .get(&email)
            .is_some_and(|it| !it.mentioned_only);
        if is_known && !args.update {
            mistakes.add(
                line,
                "email",
                "the user is in the manifest already: --update changes entries",
            );
        } else {
            match rows.entry(email) {
                Entry::Vacant(row) => drop(row.insert(entry)),
                Entry::Occupied(_) => {
                    mistakes.add(line, "email", "the user is in an earlier line too");
                }
            }
        }
    }
    if !mistakes.list.is_empty() {
        let mut sources = Sources::default();
        sources.add(mistakes.text);
        return Err(Failure::Table(Findings::new(mistakes.list, sources)));
    }
    for kept in &mistakes.kept {
        ui.remark(kept);
    }
    let requests = rows.into_iter().flat_map(|(email, entry)| {
        let is_known = desired
            .users
            .get(&email)
            .is_some_and(|it| !it.mentioned_only);
        requests(email, entry, is_known, file)
    });
    Ok(requests.collect())
}

fn requests(
    email: Email,
    entry: Map<String, Value>,
    is_known: bool,
    file: Option<usize>,
) -> Vec<ManifestEdit> {
    let entry_key = EntryKey::User(email);
    if !is_known {
        return vec![ManifestEdit {
            entry: entry_key,
            path: Vec::new(),
            what: EditKind::Add(Value::Object(entry), file),
        }];
    }
    let mut requests = Vec::new();
    let mut set = |path: Vec<String>, value| {
        requests.push(ManifestEdit {
            entry: entry_key.clone(),
            path,
            what: EditKind::Set(value),
        });
    };
    for (field, value) in entry {
        match value {
            Value::Object(tenants) => {
                for (handle, roles) in tenants {
                    set(vec![field.clone(), handle], roles);
                }
            }
            value => set(vec![field], value),
        }
    }
    requests
}

/// Spreadsheets of some languages separate by semicolons.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    if header.contains(';') && !header.contains(',') {
        b';'
    } else {
        b','
    }
}

/// Where a line begins, in bytes.
fn position(position: &csv::Position) -> usize {
    usize::try_from(position.byte()).unwrap_or(usize::MAX)
}

fn columns(header: &StringRecord, mistakes: &mut Mistakes) -> BTreeMap<&'static str, usize> {
    let mut columns = BTreeMap::new();
    for (place, name) in header.iter().enumerate() {
        match COLUMNS.into_iter().find(|known| *known == name) {
            None => {
                let help = suggest::help(name, COLUMNS);
                mistakes.add(
                    1,
                    "the header",
                    format_args!("there is no column {name:?}. {help}"),
                );
            }
            Some(known) => {
                if columns.insert(known, place).is_some() {
                    mistakes.add(0, "the header", format_args!("{known} is there twice"));
                }
            }
        }
    }
    if !columns.contains_key("email") {
        mistakes.add(0, "the header", "there is no column email");
    }
    columns
}

struct Row<'r> {
    columns: &'r BTreeMap<&'static str, usize>,
    cells: &'r StringRecord,
    /// Where it begins, in bytes.
    line: usize,
}

/// When the grants of a line end.
struct Ends<'d> {
    desired: &'d Desired,
    email: Email,
    /// What the line says.
    until: Option<Until>,
}

impl Ends<'_> {
    /// Roles as they are written. Without an end in the line, what the manifest grants for a time keeps its end.
    fn items(
        &self,
        roles: &BTreeSet<String>,
        scope: &Scope<Handle>,
        mistakes: &mut Mistakes,
    ) -> Value {
        let item = |role: &String| {
            if self.until.is_some() {
                return role_item(role, self.until.as_ref());
            }
            let end = written_end(self.desired, &self.email, scope, role);
            if let Some(end) = end {
                mistakes.kept.push(format!(
                    "{}: \"{role}\" keeps its end, {end}: `until` changes it, `ufsync edit grant --no-end` takes it away.",
                    Address::roles(Person::Email(self.email.clone()), scope.clone())
                ));
            }
            role_item(role, end)
        };
        roles.iter().map(item).collect()
    }
}

impl Row<'_> {
    /// What a cell says; nothing where it is empty.
    fn cell(&self, column: &str) -> Option<&str> {
        let text = self.cells.get(*self.columns.get(column)?)?;
        let plain = text
            .strip_prefix('\'')
            .filter(|rest| rest.starts_with(FORMULA));
        Some(plain.unwrap_or(text)).filter(|text| !text.is_empty())
    }

    fn entry(
        &self,
        desired: &Desired,
        mistakes: &mut Mistakes,
    ) -> Option<(Email, Map<String, Value>)> {
        let line = self.line;
        let Some(email) = self.cell("email") else {
            mistakes.add(line, "email", "it is empty");
            return None;
        };
        if let Err(reason) = is_address(email) {
            mistakes.add(
                line,
                "email",
                format_args!("{email:?} is no address: {reason}"),
            );
        }
        let mut entry = Map::new();
        for field in ["name", "username", "phoneNumber"] {
            if let Some(text) = self.cell(field) {
                entry.insert(field.to_owned(), json!(text));
            }
        }
        if let Some(number) = self.cell("phoneNumber").filter(|number| !is_number(number)) {
            let what = format!("{number:?} is not in the form of E.164, as in +15550100");
            mistakes.add(line, "phoneNumber", what);
        }
        let until = self.cell("until").map(until).transpose();
        if let Err(reason) = &until {
            mistakes.add(line, "until", reason);
        }
        let ends = Ends {
            desired,
            email: Email::new(email),
            until: until.unwrap_or_default(),
        };
        if let Some(roles) = self.cell("roles") {
            let roles = self.roles(roles, ';', "roles", desired, mistakes);
            let roles = ends.items(&roles, &Scope::Workspace, mistakes);
            entry.insert("roles".to_owned(), roles);
        }
        if let Some(tenants) = self.cell("tenants") {
            let tenants = self.tenants(tenants, &ends, mistakes);
            entry.insert("tenants".to_owned(), Value::Object(tenants));
        }
        Some((ends.email, entry))
    }

    fn roles(
        &self,
        text: &str,
        separator: char,
        column: &str,
        desired: &Desired,
        mistakes: &mut Mistakes,
    ) -> BTreeSet<String> {
        let mut roles = BTreeSet::new();
        for role in text.split(separator).map(str::trim) {
            if !is_role(role) {
                mistakes.add(self.line, column, format_args!("{role:?} is not a role"));
            } else if let Some(listed) = &desired.vocabulary
                && !listed.iter().any(|known| known.as_str() == role)
            {
                let help = suggest::help(role, listed.iter().map(RoleName::as_str));
                let what = format!("there is no role {role:?} in `roles`. {help}");
                mistakes.add(self.line, column, what);
            } else if !roles.insert(role.to_owned()) {
                mistakes.add(self.line, column, format_args!("{role} is there twice"));
            }
        }
        roles
    }

    /// Reads `acme:owner|viewer;globex:member`.
    fn tenants(&self, text: &str, ends: &Ends<'_>, mistakes: &mut Mistakes) -> Map<String, Value> {
        let column = "tenants";
        let desired = ends.desired;
        let mut tenants = Map::new();
        for part in text.split(';').map(str::trim) {
            let Some((handle, roles)) = part.split_once(':') else {
                let what =
                    format!("expected HANDLE:ROLE|ROLE, as in acme:owner, and found {part:?}");
                mistakes.add(self.line, column, what);
                continue;
            };
            let handle = handle.trim();
            if !desired.tenants.contains_key(&Handle::new(handle)) {
                let handles = desired.tenants.keys().map(Handle::as_str);
                let help = suggest::help(handle, handles);
                mistakes.add(
                    self.line,
                    column,
                    format_args!("there is no tenant {handle}. {help}"),
                );
            }
            let roles = self.roles(roles, '|', column, desired, mistakes);
            let scope = Scope::Tenant(Handle::new(handle));
            let roles = ends.items(&roles, &scope, mistakes);
            if tenants.insert(handle.to_owned(), roles).is_some() {
                mistakes.add(self.line, column, format_args!("{handle} is there twice"));
            }
        }
        tenants
    }
}
