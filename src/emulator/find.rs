//! Searches in a store. In: a [`Store`] and a [`Search`]. Out: a page of records, 404 past the end,
//! or 400 where a search is too long. Main functions: [`Store::find_users`] and
//! [`Store::find_tenants`].
//!
//! What the indexes know (address, username, ids, members of a scope) is never looked for by a scan,
//! also inside an `or` of many; and users in the order of their ids are never sorted.

use super::error::ApiError;
use super::page::{Found, Pages};
use super::record::{TenantView, UserView};
use super::search::{Attr, Cell, Compare, Field, Node, Subject, TextTest};
use super::search_parse::{Order, Search};
use super::store::Store;
use super::switches::PastEnd;
use std::cmp::Ordering;
use uuid::Uuid;

/// User ids that an index gave, rising. Unless they are `exact`, some may not fit.
struct Candidates {
    ids: Vec<u64>,
    exact: bool,
}

impl Store {
    /// A page of users.
    pub(super) fn find_users(&self, search: &Search) -> Result<Found<UserView<'_>>, ApiError> {
        self.check_length(search)?;
        let by_id = search.order.attr == Attr::Field(Field::UserId);
        if by_id && search.filter.is_none() {
            return self.users_by_id(search);
        }
        let fitting = self.fitting_users(search.filter.as_ref());
        let pages = self.pages(search, fitting.len())?;
        let results = if by_id {
            page_by_id(search, pages, |start| fitting.into_iter().skip(start))
        } else {
            sorted(&fitting, &search.order, pages)
        };
        Ok(Found::new(results, pages))
    }

    /// A page of all users in the order of their ids, which needs no list of them.
    fn users_by_id(&self, search: &Search) -> Result<Found<UserView<'_>>, ApiError> {
        let pages = self.pages(search, self.users.len())?;
        let view = |user| UserView { store: self, user };
        let results = page_by_id(search, pages, |start| self.users.skip(start).map(view));
        Ok(Found::new(results, pages))
    }

    /// The users whom a filter fits, in the order of their ids.
    fn fitting_users(&self, filter: Option<&Node>) -> Vec<UserView<'_>> {
        let view = |user| UserView { store: self, user };
        let Some(filter) = filter else {
            return self.users.iter().map(view).collect();
        };
        if let Some(Candidates { ids, exact }) = self.candidates(filter) {
            let users = ids.into_iter().filter_map(|id| self.users.get(id));
            let fits = |user: &UserView<'_>| exact || filter.fits(user);
            users.map(view).filter(fits).collect()
        } else {
            let users = self.users.iter().map(view);
            users.filter(|user| filter.fits(user)).collect()
        }
    }

    /// A page of the children of a tenant: all tenants are the workspace's.
    pub(super) fn find_tenants(
        &self,
        parent: &str,
        search: &Search,
    ) -> Result<Found<TenantView<'_>>, ApiError> {
        let is_home = self.tenant(parent)?.id == self.home.id;
        self.check_length(search)?;
        let tenants = self.tenants.values().filter(|_| is_home);
        let views = tenants.map(|tenant| TenantView {
            store: self,
            tenant,
        });
        let fits = |view: &TenantView<'_>| search.filter.as_ref().is_none_or(|it| it.fits(view));
        let fitting: Vec<_> = views.filter(fits).collect();
        let pages = self.pages(search, fitting.len())?;
        Ok(Found::new(sorted(&fitting, &search.order, pages), pages))
    }

    /// Refuses a search with more conditions than the switch allows.
    fn check_length(&self, search: &Search) -> Result<(), ApiError> {
        let conditions = search.filter.as_ref().map_or(0, Node::conditions);
        match self.switches.find_limit {
            Some(limit) if conditions > limit.get() => Err(ApiError::bad_request(format!(
                "A search may have {limit} filters at most"
            ))),
            _ => Ok(()),
        }
    }

    fn pages(&self, search: &Search, total: usize) -> Result<Pages, ApiError> {
        let pages = Pages::new(search.page, self.page_size, total);
        if pages.is_past_end() && self.switches.past_end == PastEnd::NotFound {
            return Err(ApiError::not_found("There is no such page"));
        }
        Ok(pages)
    }

    /// The users among whom all that fit are, where an index can tell.
    fn candidates(&self, node: &Node) -> Option<Candidates> {
        match node {
            Node::All(nodes) => {
                let known = nodes.iter().filter_map(|node| self.candidates(node));
                let fewest = known.min_by_key(|known| known.ids.len())?;
                Some(Candidates {
                    exact: false,
                    ..fewest
                })
            }
            Node::Any(nodes) => {
                let mut all = Candidates {
                    ids: Vec::new(),
                    exact: true,
                };
                for node in nodes {
                    let some = self.candidates(node)?;
                    all.ids.extend(some.ids);
                    all.exact &= some.exact;
                }
                all.ids.sort_unstable();
                all.ids.dedup();
                Some(all)
            }
            Node::Role { scope, role } => {
                let members = self.scope(scope).map(|scope| &scope.members);
                Some(Candidates {
                    ids: members.into_iter().flatten().copied().collect(),
                    exact: role.is_none(),
                })
            }
            Node::Test(Attr::Field(field), compare) => {
                let id = self.indexed(*field, compare)?;
                Some(Candidates {
                    ids: id.into_iter().collect(),
                    exact: true,
                })
            }
            Node::Test(Attr::Data(_), _) => None,
        }
    }

    /// The one user who can have this value, if anybody: none where there is no index for it.
    #[expect(clippy::option_option, reason = "no index is not the same as nobody")]
    fn indexed(&self, field: Field, compare: &Compare) -> Option<Option<u64>> {
        match (field, compare) {
            (Field::Email, Compare::Folded(TextTest::Is, email)) => Some(self.email_holder(email)),
            (Field::Username, Compare::Text(TextTest::Is, name)) => {
                Some(self.usernames.get(name.as_str()).copied())
            }
            (Field::Uuid, Compare::Text(TextTest::Is, uuid)) => {
                // Another way of writing the same uuid is another text.
                let same = |known: &Uuid| known.to_string() == *uuid;
                let known = Uuid::try_parse(uuid).ok().filter(same);
                Some(known.and_then(|uuid| self.uuids.get(&uuid).copied()))
            }
            (Field::UserId, Compare::Number(Ordering::Equal, id)) => {
                let id: Option<u64> = format!("{id}").parse().ok();
                Some(id.filter(|id| self.users.get(*id).is_some()))
            }
            _ => None,
        }
    }
}

/// One page of records that come in the order of their ids, from either end.
fn page_by_id<T, I: Iterator<Item = T>>(
    search: &Search,
    pages: Pages,
    from: impl FnOnce(usize) -> I,
) -> Vec<T> {
    if !search.order.descending {
        return from(pages.start()).take(pages.count()).collect();
    }
    let mut page: Vec<T> = from(pages.start_from_end()).take(pages.count()).collect();
    page.reverse();
    page
}

/// One page of records in an order. Only the page itself is sorted: the rest is merely parted.
fn sorted<T: Subject + Copy>(records: &[T], order: &Order, pages: Pages) -> Vec<T> {
    let mut keys: Vec<(Cell<'_>, usize)> = records
        .iter()
        .enumerate()
        .map(|(place, record)| (record.cell(&order.attr), place))
        .collect();
    // Records come in the order of their ids, so the place breaks ties.
    let compare = |one: &(Cell<'_>, usize), two: &(Cell<'_>, usize)| {
        let by_value = one.0.order(&two.0);
        let by_value = if order.descending {
            by_value.reverse()
        } else {
            by_value
        };
        by_value.then(one.1.cmp(&two.1))
    };
    let (start, count) = (pages.start(), pages.count());
    if start > 0 && start < keys.len() {
        keys.select_nth_unstable_by(start, compare);
    }
    let mut page = keys.split_off(start.min(keys.len()));
    if count < page.len() {
        page.select_nth_unstable_by(count, compare);
        page.truncate(count);
    }
    page.sort_unstable_by(compare);
    let places = page.into_iter().map(|(_, place)| place);
    places
        .filter_map(|place| records.get(place).copied())
        .collect()
}

impl Subject for UserView<'_> {
    fn cell(&self, attr: &Attr) -> Cell<'_> {
        let user = self.user;
        let field = match attr {
            Attr::Data(path) => return Cell::in_data(user.data.as_deref(), path),
            Attr::Field(field) => *field,
        };
        match field {
            Field::Mode => Cell::Text(self.store.mode.name().into()),
            Field::UserId => number(user.id),
            Field::Uuid => Cell::Text(user.uuid.to_string().into()),
            Field::TenantId => Cell::of(Some(&self.store.home.id)),
            Field::Email => Cell::of(user.email.as_deref()),
            Field::Username => Cell::of(user.username.as_deref()),
            Field::Name => Cell::of(user.name.as_deref()),
            Field::Image => Cell::of(user.image.as_deref()),
            Field::PhoneNumber => Cell::of(user.phone_number.as_deref()),
            Field::Locked => Cell::Flag(user.locked),
            Field::MfaRequired => Cell::Flag(false),
            Field::Confirmed => Cell::Flag(user.confirmed),
            Field::LastActiveAt => user.last_active.map_or(Cell::Absent, Cell::Time),
            Field::CreatedAt => Cell::Time(user.created),
            Field::UpdatedAt => Cell::Time(user.updated),
            Field::Type => Cell::Absent,
        }
    }

    fn holds(&self, scope: &str, role: Option<&str>) -> bool {
        self.user.grants.iter().any(|grant| {
            let held = |role: &str| grant.roles.iter().any(|name| **name == *role);
            *grant.scope == *scope && role.is_none_or(held)
        })
    }
}

impl Subject for TenantView<'_> {
    fn cell(&self, attr: &Attr) -> Cell<'_> {
        let tenant = self.tenant;
        match attr {
            Attr::Data(path) => Cell::in_data(tenant.data.as_deref(), path),
            Attr::Field(Field::TenantId) => Cell::of(Some(&tenant.id)),
            Attr::Field(Field::Name) => Cell::of(Some(&tenant.name)),
            Attr::Field(Field::Image) => Cell::of(tenant.image.as_deref()),
            Attr::Field(Field::Type) => Cell::Text("basic".into()),
            Attr::Field(Field::CreatedAt) => Cell::Time(tenant.created),
            Attr::Field(Field::UpdatedAt) => Cell::Time(tenant.updated),
            Attr::Field(_) => Cell::Absent,
        }
    }

    fn holds(&self, _scope: &str, _role: Option<&str>) -> bool {
        false
    }
}

/// An id as a number that can be compared.
#[expect(
    clippy::cast_precision_loss,
    reason = "ids stay under 2^53, as JSON numbers must"
)]
fn number(id: u64) -> Cell<'static> {
    Cell::Number(id as f64)
}
