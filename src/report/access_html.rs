//! Who has what, as one page that works without a network. The names in it come from strangers: they are data for its script,
//! which shows them as text and nothing else.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::access::{Access, AccessDocument};
use crate::model::RoleName;
use crate::report::text::clean_json;

const PAGE: &str = include_str!("access.html");
/// Where the data go.
const DATA: &str = "@DATA@";

/// Writes the page, administrators first, then the other sensitive grants.
///
/// # Errors
/// Where the writer fails.
pub(crate) fn page(document: &AccessDocument, out: &mut dyn Write) -> io::Result<()> {
    let mut rows: Vec<&Access> = document.grants.iter().collect();
    rows.sort_by_key(|row| (row.role.as_str() != RoleName::ADMIN, !row.sensitive));
    let rows: Vec<Value> = rows.into_iter().map(row).collect();
    let difference = document.difference.as_ref().map(|it| {
        let list = |rows: &[Access]| rows.iter().map(row).collect::<Vec<_>>();
        json!({
            "granted": list(&it.granted),
            "revoked": list(&it.revoked),
            "changed": list(&it.changed),
        })
    });
    let data = json!({
        "workspace": document.workspace,
        "mode": document.mode,
        "time": document.time,
        "tool": document.tool(),
        "commit": document.commit,
        "madeBy": document.made_by,
        "rows": rows,
        "difference": difference,
    });
    let text = data.to_string();
    // Nothing in the data can end the element that holds it.
    let text = clean_json(&text).replace('<', "\\u003c");
    let (before, after) = PAGE.split_once(DATA).unwrap_or((PAGE, ""));
    write!(out, "{before}{text}{after}")
}

fn row(row: &Access) -> Value {
    let since = row.since();
    let places: Vec<String> = row.places().map(ToString::to_string).collect();
    json!({
        "user": row.user,
        "name": row.name,
        "tenant": row.tenant,
        "tenantName": row.tenant_name,
        "role": row.role,
        "sensitive": row.sensitive,
        "state": row.state.as_str(),
        "from": row.from(),
        "place": places.join("; "),
        "since": since.map(|since| since.time.get(..10).unwrap_or_default()),
        "author": since.map(|since| since.author.as_str()),
        "commit": since.map(|since| since.commit.as_str()),
        "until": row.until,
        "lastActive": row.last_active,
        "locked": row.locked,
    })
}
