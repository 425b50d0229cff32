//! The tenants of a workspace, also where the server does not list them.
//!
//! The search for tenants is not part of the reference. Where it answers 404, tenants are known from the workspace's
//! own record, from the roles that users hold, and from the manifest's pins; how many stay hidden is part of the result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use crate::api::{ApiError, Page, Query, Reader, search_tenants};
use crate::model::{Hidden, LiveTenant, LiveUser, TenantId, Unreadable, UserUuid};
use crate::observe::read_plan::{ReadPlan, ReadScope};
use crate::observe::search_check::tenants_by_name;
use crate::observe::{choice, search_check, tree};

pub(crate) enum Listed {
    All(search_check::Tenants),
    /// Those that are named, of a list that has all.
    Named(search_check::Tenants),
    /// Some of them, and how many there are, where it says.
    Some {
        children: Vec<LiveTenant>,
        unreadable: Vec<Unreadable>,
        count: Option<usize>,
    },
}

/// The tenants that are known.
pub(crate) struct Tenants {
    pub(crate) known: BTreeMap<TenantId, LiveTenant>,
    pub(crate) unreadable: Vec<Unreadable>,
    pub(crate) hidden: Hidden,
    /// Whether only those that are named were looked up.
    pub(crate) looked_up: bool,
}

/// Asks for the list, or for what stands in for it.
pub(crate) async fn listed(reader: &Reader, need: &ReadPlan) -> Result<Listed, ApiError> {
    let found = match need.tenants {
        ReadScope::Nothing => Ok(Listed::Named(search_check::Tenants::default())),
        ReadScope::Named => named(reader, need, None).await,
        ReadScope::Cheapest => cheapest(reader, need).await,
        ReadScope::Everything => every(reader, need, Vec::new()).await,
    };
    match found {
        Err(ApiError::NotFound { .. } | ApiError::PerhapsNotFound { .. }) => {
            let workspace = reader.tenant(reader.workspace()).await?;
            let all = workspace.descendant_count;
            let is_flat = all.is_some() && all == workspace.child_count;
            let mut unreadable = workspace.unreadable;
            let children = if is_flat {
                workspace.children
            } else {
                tree::by_records(reader, workspace.children, &mut unreadable).await?
            };
            Ok(Listed::Some {
                children,
                unreadable,
                count: workspace.child_count,
            })
        }
        found => found,
    }
}

/// The tenants that are named, or all where the search for names can't be trusted.
async fn named(
    reader: &Reader,
    need: &ReadPlan,
    first: Option<Page<LiveTenant>>,
) -> Result<Listed, ApiError> {
    let names: Vec<&Arc<str>> = need.names.iter().collect();
    let known = first.iter().flat_map(|first| &first.results);
    match tenants_by_name(reader, &names, known).await? {
        Some(found) => Ok(Listed::Named(found)),
        None => every(reader, need, first.into_iter().collect()).await,
    }
}

/// All tenants, or those that are named where that takes fewer calls.
async fn cheapest(reader: &Reader, need: &ReadPlan) -> Result<Listed, ApiError> {
    let everything = Query::all();
    let first = reader.find_tenants(reader.workspace(), &everything).await?;
    let (pages, total) = (first.count(), first.total);
    if choice::look_up(pages, need.names.len(), need.pins.len()) {
        tracing::info!(total, "looking up the tenants that the manifest names");
        named(reader, need, Some(first)).await
    } else {
        every(reader, need, vec![first]).await
    }
}

async fn every(
    reader: &Reader,
    need: &ReadPlan,
    read: Vec<Page<LiveTenant>>,
) -> Result<Listed, ApiError> {
    let everything = Query::all();
    let mut found = search_tenants(reader, reader.workspace(), &everything, read).await?;
    // A name that the pages do not show may have moved between two of them.
    if found.paged {
        let seen: BTreeSet<&str> = found.records.values().map(LiveTenant::name).collect();
        let missing = need.names.iter().filter(|name| !seen.contains(&***name));
        let missing: Vec<&Arc<str>> = missing.collect();
        let more = tenants_by_name(reader, &missing, found.records.values()).await?;
        found.extend(more.unwrap_or_default());
    }
    tree::with_those_below(reader, found).await.map(Listed::All)
}

/// The ids of all tenants that can be known of.
pub(crate) async fn all(
    reader: &Reader,
    users: &BTreeMap<UserUuid, LiveUser>,
) -> Result<Vec<TenantId>, ApiError> {
    let need = ReadPlan {
        tenants: ReadScope::Everything,
        ..ReadPlan::default()
    };
    let listed = listed(reader, &need).await?;
    let tenants = complete(reader, listed, users, &need).await?;
    Ok(tenants.known.into_keys().collect())
}

/// Completes the list with the tenants that users' records and pins name.
pub(crate) async fn complete(
    reader: &Reader,
    listed: Listed,
    users: &BTreeMap<UserUuid, LiveUser>,
    need: &ReadPlan,
) -> Result<Tenants, ApiError> {
    let (found, looked_up, count) = match listed {
        Listed::All(known) => (known, false, None),
        Listed::Named(known) => (known, true, None),
        Listed::Some {
            children,
            unreadable,
            count,
        } => {
            let children = children.into_iter();
            let known = children.map(|tenant| (tenant.id.clone(), tenant));
            let found = search_check::Tenants {
                records: known.collect(),
                unreadable,
                ..search_check::Tenants::default()
            };
            (found, false, Some(count))
        }
    };
    let search_check::Tenants {
        records: mut known,
        mut unreadable,
        ..
    } = found;
    // A tenant in which a user holds a role exists, whatever the list says.
    let named: BTreeSet<&TenantId> = if looked_up {
        need.pins.iter().collect()
    } else {
        let held = users.values().flat_map(|user| user.tenant_names.keys());
        held.chain(&need.pins).collect()
    };
    let missing = named
        .into_iter()
        .filter(|id| !known.contains_key(*id) && *id != reader.workspace());
    let mut records = stream::iter(missing.collect::<Vec<_>>())
        .map(async |id| (id, reader.tenant_if_any(id).await))
        .buffered(reader.parallel());
    let mut found = Vec::new();
    while let Some((id, read)) = records.next().await {
        match read {
            Err(error) => {
                let mut names = users.values().filter_map(|user| user.tenant_names.get(id));
                let record =
                    error.unreadable(id.to_string(), names.next().map(ToString::to_string))?;
                if !unreadable.contains(&record) {
                    unreadable.push(record);
                }
            }
            Ok(read) => found.extend(read),
        }
    }
    drop(records);
    known.extend(found.into_iter().map(|tenant| (tenant.id.clone(), tenant)));
    // The workspace is no tenant of its own, whatever a list says: nothing may be planned for it.
    known.remove(reader.workspace());
    let children = known
        .values()
        .filter(|tenant| {
            tenant
                .parent
                .as_ref()
                .is_none_or(|parent| parent == reader.workspace())
        })
        .count();
    let hidden = match count {
        None => Hidden::Nothing,
        Some(None) => Hidden::Unknown,
        Some(Some(count)) => match count.saturating_sub(children) + deeper_hidden(&known) {
            0 => Hidden::Nothing,
            hidden => Hidden::Some(hidden),
        },
    };
    Ok(Tenants {
        known,
        unreadable,
        hidden,
        looked_up,
    })
}

/// How many tenants below others are not known, although the records count them.
fn deeper_hidden(known: &BTreeMap<TenantId, LiveTenant>) -> usize {
    let mut below: BTreeMap<&TenantId, usize> = BTreeMap::new();
    for parent in known.values().filter_map(|tenant| tenant.parent.as_ref()) {
        *below.entry(parent).or_default() += 1;
    }
    let claimed = known
        .values()
        .filter_map(|tenant| Some((&tenant.id, tenant.children?)));
    let seen = |id| below.get(id).copied().unwrap_or_default();
    claimed
        .map(|(id, count)| count.saturating_sub(seen(id)))
        .sum()
}
