//! Searches in a store. In: a [`Store`] and a [`Search`]. Out: a page of records, 404 past the end,
//! or 400 where a search is too long. Main functions: [`Store::find_users`] and
//! [`Store::find_tenants`].

use crate::emulator::data::record::{TenantView, UserView};
use crate::emulator::data::store::{Store, User};
use crate::emulator::http::error::ApiError;
use crate::emulator::search::matching::{Attr, Cell, Compare, Field, Node, Subject, TextTest};
use crate::emulator::search::page::{Found, Pages};
use crate::emulator::search::parse::{Order, Search};
use crate::emulator::switches::PastEnd;
use std::collections::BTreeSet;

impl Store {
    /// A page of users; below a tenant, of those who hold a role in it.
    pub(crate) fn find_users(
        &self,
        below: Option<&str>,
        search: &Search,
    ) -> Result<Found<UserView<'_>>, ApiError> {
        let addressed = search.filter.as_ref().and_then(|it| self.addressed(it));
        let users: Box<dyn Iterator<Item = &User>> = match addressed {
            Some(ids) => Box::new(ids.into_iter().filter_map(|id| self.users.get(&id))),
            None => Box::new(self.users.values()),
        };
        let users = users.filter(|user| below.is_none_or(|tenant| user.roles.contains_key(tenant)));
        self.find(users.map(|user| UserView { store: self, user }), search)
    }

    /// A page of the children of a tenant.
    pub(crate) fn find_tenants(
        &self,
        parent: &str,
        search: &Search,
    ) -> Result<Found<TenantView<'_>>, ApiError> {
        let parent = &self.tenant(parent)?.id;
        let views = self.children(parent).map(|tenant| TenantView {
            store: self,
            tenant,
        });
        self.find(views, search)
    }

    /// A page of those records, which come in the order of their ids.
    fn find<T: Subject>(
        &self,
        records: impl Iterator<Item = T>,
        search: &Search,
    ) -> Result<Found<T>, ApiError> {
        let conditions = search.filter.as_ref().map_or(0, Node::conditions);
        if let Some(limit) = self.switches.find_limit.filter(|it| conditions > it.get()) {
            return Err(ApiError::bad_request(format!(
                "A search may have {limit} filters at most"
            )));
        }
        let fits = |record: &T| search.filter.as_ref().is_none_or(|it| it.fits(record));
        let mut records: Vec<T> = records.filter(fits).collect();
        let pages = Pages::new(search.page, self.page_size, records.len());
        if pages.is_past_end() && self.switches.past_end == PastEnd::NotFound {
            return Err(ApiError::not_found("There is no such page"));
        }
        sort(&mut records, &search.order);
        let page = records.into_iter().skip(pages.start()).take(pages.count());
        Ok(Found::new(page.collect(), pages))
    }

    /// The users who have the addresses that a filter asks for, if it asks for nothing else: a search
    /// for a hundred addresses must not compare all users with each of them.
    fn addressed(&self, filter: &Node) -> Option<BTreeSet<u64>> {
        match filter {
            Node::Any(nodes) => {
                let each: Option<Vec<_>> = nodes.iter().map(|node| self.addressed(node)).collect();
                Some(each?.into_iter().flatten().collect())
            }
            Node::Test(
                Attr::Field(Field::Email),
                Compare::Text(TextTest::Is, email) | Compare::Folded(TextTest::Is, email),
            ) => Some(self.email_holder(email).into_iter().collect()),
            _ => None,
        }
    }
}

/// Orders records that come in the order of their ids, which decides between equal ones.
fn sort<T: Subject>(records: &mut [T], order: &Order) {
    // The usual order, and no work where it is there already.
    if !matches!(order.attr, Attr::Field(Field::UserId)) {
        records.sort_by(|one, two| {
            let (one, two) = (one.cell(&order.attr), two.cell(&order.attr));
            let ordering = one.order(&two);
            if order.descending {
                ordering.reverse()
            } else {
                ordering
            }
        });
    } else if order.descending {
        records.reverse();
    }
}

impl Subject for UserView<'_> {
    fn cell(&self, attr: &Attr) -> Cell<'_> {
        let user = self.user;
        let field = match attr {
            Attr::Data(path) => return Cell::in_data(&user.data, path),
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
        let held = self.user.roles.get(scope);
        held.is_some_and(|held| role.is_none_or(|role| held.iter().any(|name| name == role)))
    }
}

impl Subject for TenantView<'_> {
    fn cell(&self, attr: &Attr) -> Cell<'_> {
        let tenant = self.tenant;
        match attr {
            Attr::Data(path) => Cell::in_data(&tenant.data, path),
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
