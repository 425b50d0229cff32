//! Records as the API writes them. In: a [`Store`] and what is in it. Out: JSON. Main types:
//! [`UserView`] and [`TenantView`].

use crate::emulator::data::mode::Mode;
use crate::emulator::data::store::{Store, Tenant, User};
use crate::emulator::data::time::Stamp;
use crate::emulator::search::page::Pages;
use crate::emulator::switches::{Nesting, RoleLists, UserAuthorization};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A user, seen with the store that says the rest: tenants' names and what to show of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UserView<'a> {
    pub(crate) store: &'a Store,
    pub(crate) user: &'a User,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the API's record has them")]
struct UserRecord<'a> {
    mode: Mode,
    user_id: u64,
    user_uuid: &'a str,
    uuid: &'a str,
    tenant_id: &'a str,
    email: Option<&'a str>,
    username: Option<&'a str>,
    name: Option<&'a str>,
    image: Option<&'a str>,
    phone_number: Option<&'a str>,
    data: &'a Map<String, Value>,
    locked: bool,
    is_mfa_required: bool,
    is_email_confirmed: bool,
    is_confirmed: bool,
    last_active_at: Option<Stamp>,
    created_at: Stamp,
    updated_at: Stamp,
    authorization: BTreeMap<&'a str, Scope<'a>>,
    tenant: TenantRef<'a>,
}

impl Serialize for UserView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { store, user } = *self;
        let mut buffer = uuid::Uuid::encode_buffer();
        let uuid: &str = user.uuid.hyphenated().encode_lower(&mut buffer);
        let record = UserRecord {
            mode: store.mode,
            user_id: user.id,
            user_uuid: uuid,
            uuid,
            tenant_id: &store.home.id,
            email: user.email.as_deref(),
            username: user.username.as_deref(),
            name: user.name.as_deref(),
            image: user.image.as_deref(),
            phone_number: user.phone_number.as_deref(),
            data: &user.data,
            locked: user.locked,
            is_mfa_required: false,
            is_email_confirmed: user.confirmed,
            is_confirmed: user.confirmed,
            last_active_at: user.last_active.map(Stamp),
            created_at: Stamp(user.created),
            updated_at: Stamp(user.updated),
            authorization: authorization(store, user),
            tenant: TenantRef::of(&store.home),
        };
        record.serialize(serializer)
    }
}

/// A user's scopes by tenant id, as far as the switch shows them.
fn authorization<'a>(store: &'a Store, user: &'a User) -> BTreeMap<&'a str, Scope<'a>> {
    let shown = |scope: &str| match store.switches.user_authorization {
        UserAuthorization::Full => true,
        UserAuthorization::Own => scope == store.home.id,
    };
    let held = user.roles.iter().filter(|(scope, _)| shown(scope));
    let held = held.filter_map(|(scope, roles)| Some((store.scope(scope)?, roles)));
    let mut scopes: BTreeMap<&str, Scope<'_>> = BTreeMap::new();
    for (tenant, roles) in held {
        let below = (store.switches.nesting == Nesting::Cascade && tenant.id != store.home.id)
            .then(|| store.descendants(&tenant.id));
        for tenant in std::iter::once(tenant).chain(below.into_iter().flatten()) {
            let scope = scopes.entry(&tenant.id).or_insert_with(|| Scope {
                tenant_id: &tenant.id,
                name: &tenant.name,
                roles: Vec::new(),
            });
            for role in roles {
                if !scope.roles.contains(&role.as_str()) {
                    scope.roles.push(role);
                }
            }
        }
    }
    scopes
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Scope<'a> {
    tenant_id: &'a str,
    name: &'a str,
    roles: Vec<&'a str>,
}

/// A tenant where another record mentions it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TenantRef<'a> {
    tenant_id: &'a str,
    name: &'a str,
    image: Option<&'a str>,
}

impl<'a> TenantRef<'a> {
    fn of(tenant: &'a Tenant) -> Self {
        Self {
            tenant_id: &tenant.id,
            name: &tenant.name,
            image: tenant.image.as_deref(),
        }
    }
}

/// A tenant, seen with the store that has its children and the workspace's roles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TenantView<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a Tenant,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TenantRecord<'a> {
    tenant_id: &'a str,
    name: &'a str,
    image: Option<&'a str>,
    data: &'a Map<String, Value>,
    #[serde(rename = "type")]
    kind: &'static str,
    roles: Vec<RoleName<'a>>,
    parent: TenantRef<'a>,
    children: List<TenantView<'a>>,
    descendant_count: DescendantCount,
}

/// How many tenants there are below another.
#[derive(Serialize)]
struct DescendantCount {
    descendants: usize,
    children: usize,
    basic: usize,
    multiuser: usize,
    enterprise: usize,
}

impl Serialize for TenantView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { store, tenant } = *self;
        let descendants = if tenant.id == store.home.id {
            store.tenants.len()
        } else {
            store.descendants(&tenant.id).count()
        };
        let children = children(store, tenant);
        let record = TenantRecord {
            tenant_id: &tenant.id,
            name: &tenant.name,
            image: tenant.image.as_deref(),
            data: &tenant.data,
            kind: "basic",
            roles: role_names(store, tenant),
            parent: parent(store, tenant),
            descendant_count: DescendantCount {
                descendants,
                children: children.total_count,
                basic: descendants,
                multiuser: 0,
                enterprise: 0,
            },
            children,
        };
        record.serialize(serializer)
    }
}

/// The tenant above another; above the workspace there is Userfront itself.
fn parent<'a>(store: &'a Store, tenant: &'a Tenant) -> TenantRef<'a> {
    if tenant.id == store.home.id {
        return TenantRef {
            tenant_id: "unknown0",
            name: "Userfront",
            image: None,
        };
    }
    TenantRef::of(store.ancestors(tenant).next().unwrap_or(&store.home))
}

/// The first page of a tenant's children.
fn children<'a>(store: &'a Store, tenant: &Tenant) -> List<TenantView<'a>> {
    let total = store.children(&tenant.id).count();
    let pages = Pages::new(1, store.page_size, total);
    let first = store.children(&tenant.id).take(pages.count());
    List {
        total_count: total,
        total_pages: pages.total_pages(),
        results: first.map(|tenant| TenantView { store, tenant }).collect(),
    }
}

/// A list that is answered whole or by its first page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List<T> {
    total_count: usize,
    total_pages: usize,
    results: Vec<T>,
}

/// A role in a list.
#[derive(Serialize)]
pub(crate) struct RoleName<'a> {
    name: &'a str,
}

/// The answer to the two calls that list roles, in the form that the switch says.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum RoleList<'a> {
    Results(List<RoleName<'a>>),
    Plain(Vec<&'a String>),
    Roles { roles: Vec<RoleName<'a>> },
}

pub(crate) fn role_list<'a>(store: &'a Store, scope: &'a Tenant) -> RoleList<'a> {
    let roles = role_names(store, scope);
    match store.switches.role_lists {
        RoleLists::Results => RoleList::Results(List {
            total_count: roles.len(),
            total_pages: 1,
            results: roles,
        }),
        RoleLists::Plain => RoleList::Plain(store.roles_of(scope).collect()),
        RoleLists::Roles => RoleList::Roles { roles },
    }
}

fn role_names<'a>(store: &'a Store, scope: &'a Tenant) -> Vec<RoleName<'a>> {
    let names = store.roles_of(scope);
    names.map(|name| RoleName { name }).collect()
}
