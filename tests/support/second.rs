//! A second server, written by hand from what is public about the service, and from nothing of the emulator. It is another idea of
//! the service: it sorts only by what is sure to be accepted, merges data, lowers addresses, takes uuids in the path of reading
//! calls only, and answers deletions without a body. A test may have it answer single requests in another way.

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Map, Value, json};
use ufsync::api::Client;

use super::{Http, Program, client};

pub(crate) const HOME: &str = "demo1234";
const KEY: &str = "uf_test_admin_demo1234_s3cret";

/// What it holds.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) users: Vec<Value>,
    pub(crate) tenants: Vec<Value>,
    /// Each request, as `METHOD path`.
    pub(crate) asked: Vec<String>,
    /// The body of each.
    pub(crate) bodies: Vec<Value>,
    /// Whether a creation with an address that exists updates that user.
    pub(crate) updates: bool,
    pub(crate) made: u64,
}

/// A request: its method, its path, and its body.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: &'a Value,
}

impl Asked<'_> {
    /// Whether it is this call.
    pub(crate) fn is(&self, call: &str) -> bool {
        format!("{} {}", self.method, self.path) == call
    }
}

pub(crate) type Answer = Result<Value, (&'static str, &'static str)>;

pub(crate) const ABSENT: (&str, &str) = ("404 Not Found", "Not Found");
pub(crate) const BAD: (&str, &str) = ("400 Bad Request", "Bad Request");

impl Store {
    pub(crate) fn answer(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        let parts: Vec<&str> = path.trim_start_matches("/v0/").split('/').collect();
        match (method, &parts[..]) {
            ("POST", ["users", "find"]) => search(&self.users.clone(), body, holds),
            ("POST", ["users", "createOrUpdate" | "invite"]) => self.create_user(body),
            ("GET", ["users", id]) => self.user(id, true).cloned(),
            ("PUT", ["users", id]) => {
                let user = self.user_mut(id)?;
                set(user, body);
                Ok(user.clone())
            }
            ("DELETE", ["users", id]) => {
                self.user_mut(id)?;
                self.users.retain(|user| !has_number(user, id));
                Ok(Value::Null)
            }
            ("PUT", ["users", id, "roles"]) => self.grant(id, HOME, body),
            ("PUT", ["tenants", tenant, "users", id, "roles"]) => self.grant(id, tenant, body),
            ("GET", ["roles"] | ["tenants", _, "roles"]) => Ok(
                json!({"roles": [{"name": "admin"}, {"name": "member"}, {"name": "owner"}, {"name": "viewer"}, {"name": "support"}]}),
            ),
            ("POST", ["tenants"]) => Ok(self.create_tenant(HOME, body)),
            ("POST", ["tenants", above, "tenants"]) => Ok(self.create_tenant(above, body)),
            ("POST", ["tenants", above, "tenants", "find"]) => {
                let below = |tenant: &&Value| tenant["parent"]["tenantId"] == **above;
                let below: Vec<Value> = self
                    .tenants
                    .iter()
                    .filter(below)
                    .map(|it| self.shown(it))
                    .collect();
                search(&below, body, text)
            }
            ("GET", ["tenants", id]) => Ok(self.shown(&self.tenant(id)?)),
            ("PUT", ["tenants", id]) => {
                let tenant = self
                    .tenants
                    .iter_mut()
                    .find(|it| it["tenantId"] == **id)
                    .ok_or(ABSENT)?;
                set(tenant, body);
                Ok(tenant.clone())
            }
            ("DELETE", ["tenants", id]) => {
                self.tenant(id)?;
                self.tenants.retain(|tenant| tenant["tenantId"] != **id);
                for user in &mut self.users {
                    user["authorization"].as_object_mut().unwrap().remove(*id);
                }
                Ok(Value::Null)
            }
            _ => Err(ABSENT),
        }
    }

    fn user(&self, id: &str, by_uuid: bool) -> Result<&Value, (&'static str, &'static str)> {
        let is_it = |user: &&Value| has_number(user, id) || by_uuid && user["userUuid"] == *id;
        self.users.iter().find(is_it).ok_or(ABSENT)
    }

    fn user_mut(&mut self, id: &str) -> Result<&mut Value, (&'static str, &'static str)> {
        self.users
            .iter_mut()
            .find(|user| has_number(user, id))
            .ok_or(ABSENT)
    }

    fn create_user(&mut self, body: &Value) -> Answer {
        let email = body["email"].as_str().ok_or(BAD)?.to_lowercase();
        if let Some(user) = self.users.iter_mut().find(|user| user["email"] == email) {
            if !self.updates {
                return Err(BAD);
            }
            set(user, body);
            return Ok(user.clone());
        }
        let mut user = self.new_user(&email);
        set(&mut user, body);
        self.users.push(user.clone());
        Ok(user)
    }

    /// The record of a user who signs up now.
    pub(crate) fn new_user(&mut self, email: &str) -> Value {
        self.made += 1;
        let (made, number) = (self.made, self.users.len() + 1);
        let now = jiff::Timestamp::now();
        let now = format!("{now:.3}");
        json!({
            "mode": "test", "userId": number + 1_000, "userUuid": format!("00000000-0000-4000-8000-{made:012}"),
            "tenantId": HOME, "email": email, "name": "", "username": format!("quiet-river-{made:05}"), "phoneNumber": null,
            "image": "https://res.cloudinary.com/component/image/upload/avatars/avatar-plain-4.png",
            "data": {}, "locked": false, "isConfirmed": false, "authorization": {}, "lastActiveAt": null,
            "createdAt": now, "updatedAt": now})
    }

    fn create_tenant(&mut self, above: &str, body: &Value) -> Value {
        self.made += 1;
        let id = format!("t{:07}", self.made);
        let mut tenant = json!({"tenantId": id, "data": {}, "type": "basic", "parent": {"tenantId": above},
            "image": "https://res.cloudinary.com/component/image/upload/avatars/icon-2.png", "roles": []});
        set(&mut tenant, body);
        self.tenants.push(tenant.clone());
        tenant
    }

    fn tenant(&self, id: &str) -> Answer {
        if id == HOME {
            return Ok(
                json!({"tenantId": HOME, "name": "Demo", "parent": {"tenantId": "unknown0"}, "data": {}}),
            );
        }
        self.tenants
            .iter()
            .find(|tenant| tenant["tenantId"] == *id)
            .cloned()
            .ok_or(ABSENT)
    }

    /// A tenant's record, with what is below it.
    fn shown(&self, tenant: &Value) -> Value {
        let below = self
            .tenants
            .iter()
            .filter(|it| it["parent"]["tenantId"] == tenant["tenantId"]);
        let below: Vec<Value> = below.map(|it| self.shown(it)).collect();
        let mut shown = tenant.clone();
        shown["children"] = json!({"totalCount": below.len(), "totalPages": 1, "results": below});
        shown
    }

    fn grant(&mut self, id: &str, scope: &str, body: &Value) -> Answer {
        let name = self.tenant(scope)?["name"].clone();
        let user = self.user_mut(id)?;
        let held = user["authorization"].as_object_mut().unwrap();
        if body["roles"] == json!([]) {
            held.remove(scope);
        } else {
            held.insert(
                scope.to_owned(),
                json!({"tenantId": scope, "name": name, "roles": body["roles"]}),
            );
        }
        Ok(user.clone())
    }
}

fn has_number(user: &Value, id: &str) -> bool {
    user["userId"].as_u64() == id.parse().ok()
}

/// Sets what a body has. Data are merged.
fn set(record: &mut Value, body: &Value) {
    for (field, value) in body.as_object().unwrap() {
        match field.as_str() {
            "email" => record["email"] = json!(value.as_str().unwrap().to_lowercase()),
            "data" => {
                let data = record["data"].as_object_mut().unwrap();
                data.extend(value.as_object().cloned().unwrap_or_default());
                data.retain(|_, value| !value.is_null());
            }
            "name" | "username" | "image" | "phoneNumber" | "locked" => {
                record[field] = value.clone();
            }
            _ => {}
        }
    }
}

/// Whether a record's text is what a filter asks for, without regard to case.
fn text(record: &Value, filter: &Value) -> bool {
    let value = &record[filter["attr"].as_str().unwrap()];
    let value = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_lowercase);
    let wanted = filter["value"].as_str().unwrap().to_lowercase();
    match filter["comparison"].as_str().unwrap() {
        "is" => value == wanted,
        "starts with" => value.starts_with(&wanted),
        "ends with" => value.ends_with(&wanted),
        other => panic!("{other}"),
    }
}

fn holds(user: &Value, filter: &Value) -> bool {
    if filter["attr"] != "role" {
        return text(user, filter);
    }
    let value = filter["value"].as_str().unwrap();
    let (scope, role) = value
        .split_once(':')
        .map_or((value, None), |(scope, role)| (scope, Some(role)));
    let held = user["authorization"][scope]["roles"].as_array();
    held.is_some_and(|held| role.map_or(!held.is_empty(), |role| held.contains(&json!(role))))
}

fn search(records: &[Value], body: &Value, fits: impl Fn(&Value, &Value) -> bool) -> Answer {
    let order = body["order"].as_str().unwrap_or("createdAt_ASC");
    if !["createdAt", "updatedAt", "name", "username", "lastActiveAt"]
        .iter()
        .any(|it| order.starts_with(it))
    {
        return Err(BAD);
    }
    let none = Vec::new();
    let groups = body["filters"]["filterGroups"].as_array().unwrap_or(&none);
    let passes = |record: &&Value| {
        groups.iter().all(|group| {
            let filters = group["filters"].as_array().unwrap();
            filters.iter().any(|filter| fits(record, filter))
        })
    };
    let found: Vec<&Value> = records.iter().filter(passes).collect();
    let page: usize = body["page"].to_string().parse().unwrap_or(1).max(1);
    let results: Vec<&&Value> = found.iter().skip((page - 1) * 3).take(3).collect();
    let meta = json!({"count": results.len(), "totalCount": found.len(), "totalPages": found.len().div_ceil(3)});
    Ok(json!({"results": results, "totalCount": found.len(), "meta": meta}))
}

/// The server, with what it holds.
pub(crate) struct Second {
    pub(crate) http: Http,
    store: Arc<Mutex<Store>>,
}

impl Second {
    /// Starts it. Each request is first shown to `special`, which may answer it, or change what the server holds.
    pub(crate) fn start(
        store: Store,
        special: impl Fn(&mut Store, &Asked<'_>) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let store = Arc::new(Mutex::new(store));
        let own = Arc::clone(&store);
        let http = Http::with_clock(move |asked| {
            let (head, body) = asked.split_once("\r\n\r\n").unwrap();
            let mut words = head.split(' ');
            let (method, path) = (words.next().unwrap(), words.next().unwrap());
            let body = serde_json::from_str(body).unwrap_or_else(|_| Value::Object(Map::new()));
            let mut store = own.lock().unwrap();
            store.asked.push(format!("{method} {path}"));
            store.bodies.push(body.clone());
            let asked = Asked {
                method,
                path,
                body: &body,
            };
            let answer = special(&mut store, &asked);
            match answer.unwrap_or_else(|| store.answer(method, path, &body)) {
                Ok(answer) => ("200 OK", answer),
                Err((status, message)) => {
                    let code: u64 = status[..3].parse().unwrap();
                    (
                        status,
                        json!({"statusCode": code, "message": message, "error": {"type": "bad_request_error"}}),
                    )
                }
            }
        });
        Self { http, store }
    }

    /// What it holds now.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap()
    }

    /// A client of it.
    pub(crate) fn client(&self) -> Client {
        client(&self.http.url, KEY)
    }

    /// The program, with this server in its environment.
    pub(crate) fn program(&self) -> Program {
        Program::new()
            .set("USERFRONT_API_URL", &self.http.url)
            .set("USERFRONT_API_KEY", KEY)
    }
}
