//! `ufsync doctor`

use std::time::Duration;

use clap::Args;

use crate::api::{ApiError, Level, Query};
use crate::cli::args::connection::{Connection, Expected, Intent};
use crate::cli::args::options::ServerArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::probe;
use crate::cli::probe::ProbeArgs;
use crate::cli::terminal::ui::Ui;
use crate::report::{count, safe};

/// A clock that is off by more than this makes certificates and times look wrong.
const MOST_SKEW: Duration = Duration::from_mins(1);

/// How one check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    /// It works, with less comfort.
    Fair,
    Bad,
}

struct Check {
    verdict: Verdict,
    what: &'static str,
    found: String,
}

/// Check the key, the connection and the endpoints that a plan needs. It reads only, unless --probe is given.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    probe: ProbeArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) fn run(args: &DoctorArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let connection = Connection::open(&args.server, &Expected::default(), Intent::Examine)?;
    if args.probe.is_asked() {
        return probe::run(&args.probe, &connection, ui);
    }
    let checks = connection.runtime.block_on(examine(&connection));
    ui.report(|out| {
        checks.iter().try_for_each(|check| {
            let mark = match check.verdict {
                Verdict::Good => "ok  ",
                Verdict::Fair => "note",
                Verdict::Bad => "FAIL",
            };
            writeln!(out, "{mark}  {:<40} {}", check.what, safe(&check.found))
        })
    })?;
    let bad = checks.iter().any(|check| check.verdict == Verdict::Bad);
    Ok(if bad { Exit::Error } else { Exit::Done })
}

/// Everything that can be found out by reading.
async fn examine(connection: &Connection) -> Vec<Check> {
    let client = &connection.client;
    let key = client.key();
    let level = match key.level {
        Level::Admin => "admin: may plan and apply",
        Level::Readonly => "readonly: may plan and export",
    };
    let mut checks = vec![
        good("key", level.to_owned()),
        good(
            "workspace",
            format!("{} ({} data)", key.workspace, key.mode),
        ),
    ];
    let workspace = key.workspace.clone();
    let own = client.tenant(&workspace).await;
    checks.push(match &own {
        // Any answer of the API itself shows that it is there.
        Ok(_)
        | Err(
            ApiError::Unauthorized { .. } | ApiError::Forbidden { .. } | ApiError::NotFound { .. },
        ) => {
            let usage = client.usage();
            let security = if client.is_encrypted() {
                "certificate accepted"
            } else {
                "plain HTTP on this machine"
            };
            good(
                "server",
                format!(
                    "{}, {security}, {} ms",
                    client.url(),
                    usage.mean().as_millis()
                ),
            )
        }
        Err(error) => bad("server", error.to_string()),
    });
    if let Err(
        ApiError::Unreachable { .. } | ApiError::NotTls { .. } | ApiError::Untrusted { .. },
    ) = own
    {
        // The other calls would say the same.
        return checks;
    }
    checks.push(clock(client.skew()));
    checks.push(endpoint(
        "GET /v0/tenants/:tenantId",
        own.map(|_| String::new()),
    ));
    let users = client.find_users(&Query::all()).await;
    let first = users
        .as_ref()
        .ok()
        .and_then(|page| page.results.first().map(|user| user.id));
    let tell = |page: crate::api::Page<_>| count(page.total, "user");
    checks.push(endpoint("POST /v0/users/find", users.map(tell)));
    if let Some(id) = first {
        let user = client.user(id).await;
        checks.push(endpoint(
            "GET /v0/users/:userId",
            user.map(|_| String::new()),
        ));
    }
    let roles = client.roles().await.map(|roles| count(roles.len(), "role"));
    checks.push(endpoint("GET /v0/roles", roles));
    let roles = client.tenant_roles(&workspace).await;
    checks.push(endpoint(
        "GET /v0/tenants/:tenantId/roles",
        roles.map(|_| String::new()),
    ));
    let tenants = client.find_tenants(&workspace, &Query::all()).await;
    checks.push(match tenants {
        Err(ApiError::NotFound { .. }) => Check {
            verdict: Verdict::Fair,
            what: "POST /v0/tenants/:tenantId/tenants/find",
            found: "not there: tenants that nobody holds a role in may have to be pinned"
                .to_owned(),
        },
        tenants => endpoint(
            "POST /v0/tenants/:tenantId/tenants/find",
            tenants.map(|page| count(page.total, "tenant")),
        ),
    });
    checks
}

fn good(what: &'static str, found: String) -> Check {
    Check {
        verdict: Verdict::Good,
        what,
        found,
    }
}

fn bad(what: &'static str, found: String) -> Check {
    Check {
        verdict: Verdict::Bad,
        what,
        found,
    }
}

fn endpoint(what: &'static str, answer: Result<String, ApiError>) -> Check {
    match answer {
        Ok(found) if found.is_empty() => good(what, "answers".to_owned()),
        Ok(found) => good(what, found),
        Err(error) => bad(what, error.to_string()),
    }
}

fn clock(skew: Option<Duration>) -> Check {
    match skew {
        None => Check {
            verdict: Verdict::Fair,
            what: "clock",
            found: "the response has no `Date` header".to_owned(),
        },
        Some(skew) if skew > MOST_SKEW => Check {
            verdict: Verdict::Fair,
            what: "clock",
            found: format!("{} s apart from the server's", skew.as_secs()),
        },
        Some(_) => good("clock", "that of the server".to_owned()),
    }
}
