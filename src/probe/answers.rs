//! The questions. Each is named as the emulator's switch for it, and answers with one of its values.

#![expect(
    clippy::indexing_slicing,
    reason = "a key that a JSON value does not have is null"
)]

use std::pin::Pin;

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::ApiError;
use crate::probe::judge::{ProbeResult, normalise, role_list};
use crate::probe::prober::{Choice, Prober};
use crate::probe::profile::Answer;

type Asked<'p> = Pin<Box<dyn Future<Output = Result<String, ApiError>> + 'p>>;
type Question = for<'p> fn(&'p mut Prober<'_>) -> Asked<'p>;

macro_rules! question {
    ($ask:ident) => {
        |prober| Box::pin($ask(prober))
    };
}

/// Each switch, what may ask it, and how.
const QUESTIONS: &[(&str, Choice, Question)] = &[
    ("search-order", Choice::Reading, question!(search_order)),
    ("page-zero", Choice::Reading, question!(page_zero)),
    ("past-end", Choice::Reading, question!(past_end)),
    ("find-limit", Choice::Reading, question!(find_limit)),
    ("tenants-find", Choice::Reading, question!(tenants_find)),
    ("role-lists", Choice::Reading, question!(role_lists)),
    ("new-records", Choice::Usual, question!(new_records)),
    ("normalise", Choice::Usual, question!(normalised)),
    ("email-case", Choice::Usual, question!(email_case)),
    ("search-case", Choice::Usual, question!(search_case)),
    ("existing-email", Choice::Usual, question!(existing_email)),
    ("update-missing", Choice::Usual, question!(update_missing)),
    ("data", Choice::Usual, question!(data)),
    ("empty-answers", Choice::Usual, question!(empty_answers)),
    ("uuid-paths", Choice::Usual, question!(uuid_paths)),
    ("delete-absent", Choice::Usual, question!(delete_absent)),
    (
        "user-authorization",
        Choice::Usual,
        question!(user_authorization),
    ),
    ("nesting", Choice::Usual, question!(nesting)),
    ("ids", Choice::All, question!(ids)),
    ("updates", Choice::All, question!(updates)),
    ("unknown-roles", Choice::All, question!(unknown_roles)),
];

/// What no question finds out, and why.
const NOT_ASKED: &[(&str, &str)] = &[
    (
        "retry-after",
        "it takes more calls than a server should be burdened with",
    ),
    ("page-size", "it takes more records than a page holds"),
];

/// The answers, in the order of the questions.
pub(crate) async fn all(
    prober: &mut Prober<'_>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Vec<(&'static str, Answer)> {
    let mut answers = Vec::new();
    for (name, choice, ask) in QUESTIONS {
        let allowed = match (*choice, prober.choice) {
            (_, Choice::All) | (Choice::Reading, _) | (Choice::Usual, Choice::Usual) => Ok(()),
            (Choice::Usual, Choice::Reading) => Err("it takes a key that may write"),
            (Choice::All, _) => Err(
                "it leaves something behind, or burdens the server: --probe-all, on loopback only",
            ),
        };
        let answer = match allowed {
            Err(why) => Answer::Unknown(why.to_owned()),
            Ok(()) if stop() => Answer::Unknown("the run was ended before".to_owned()),
            Ok(()) => match ask(prober).await {
                Ok(value) => Answer::Is(value),
                Err(error) => Answer::Unknown(error.to_string()),
            },
        };
        answers.push((*name, answer));
    }
    answers.extend(
        NOT_ASKED
            .iter()
            .map(|(name, why)| (*name, Answer::Unknown((*why).to_owned()))),
    );
    answers
}

async fn search(prober: &Prober<'_>, body: Value) -> Result<ProbeResult, ApiError> {
    prober.call(Method::POST, "/v0/users/find", body).await
}

/// A search for an address.
fn by_email(email: &str, times: usize) -> Value {
    let filter = json!({"attr": "email", "type": "string", "comparison": "is", "value": email});
    let filters = vec![filter; times];
    json!({"filters": {"conjunction": "and", "filterGroups": [{"conjunction": "or", "filters": filters}]}})
}

async fn search_order(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let by_number = search(prober, json!({"order": "userId_ASC"})).await?;
    Ok(by_number.or("any", "listed").to_owned())
}

async fn page_zero(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    Ok(search(prober, json!({"page": 0}))
        .await?
        .or("first", "400")
        .to_owned())
}

async fn past_end(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    Ok(search(prober, json!({"page": 1_000_000}))
        .await?
        .or("empty", "404")
        .to_owned())
}

/// The most conditions that are accepted; "none" where 200 are, which is more than ufsync sends.
async fn find_limit(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let takes = async |count: usize| {
        let body = by_email("nobody@example.com", count);
        search(prober, body)
            .await
            .map(|came| matches!(came, ProbeResult::Done(_)))
    };
    let (mut most, mut fewest_refused) = (1, 200);
    if takes(fewest_refused).await? {
        return Ok("none".to_owned());
    }
    while fewest_refused - most > 1 {
        let middle = usize::midpoint(most, fewest_refused);
        if takes(middle).await? {
            most = middle;
        } else {
            fewest_refused = middle;
        }
    }
    Ok(most.to_string())
}

async fn tenants_find(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let path = format!("/v0/tenants/{}/tenants/find", prober.client.workspace());
    let found = prober.call(Method::POST, &path, json!({})).await?;
    Ok(found.or("on", "off").to_owned())
}

async fn role_lists(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let list = prober.get("/v0/roles").await?;
    role_list(list.answer())
        .map(str::to_owned)
        .ok_or_else(|| strange("GET", "/v0/roles"))
}

fn strange(method: &str, path: &str) -> ApiError {
    let call = if method == "GET" {
        crate::api::Call::get(path)
    } else {
        crate::api::Call::post(path)
    };
    ApiError::BadAnswer {
        call,
        reason: "it is none of the forms that are known".to_owned(),
    }
}

async fn new_records(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let user = prober.user(json!({})).await?;
    let is_there = |field: &str| user.get(field).is_some_and(|value| !value.is_null());
    let filled = ["image", "name", "username"].into_iter().any(is_there);
    Ok(if filled { "filled" } else { "bare" }.to_owned())
}

async fn normalised(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let username = format!("Probe{}", prober.tag.to_uppercase());
    let sent = json!({"name": " Probe ", "username": username, "phoneNumber": "+1 555 0100"});
    let user = prober.user(sent.clone()).await?;
    Ok(normalise(&user, &sent).to_owned())
}

async fn email_case(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let email = prober.email().replace("@e", "@E");
    let user = prober.user_called(&email, json!({})).await?;
    Ok(if user["email"] == json!(email) {
        "keep"
    } else {
        "lower"
    }
    .to_owned())
}

async fn search_case(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let user = prober.user(json!({})).await?;
    let email = user["email"].as_str().unwrap_or_default().to_uppercase();
    let found = search(prober, by_email(&email, 1)).await?;
    let found = found.answer()["results"]
        .as_array()
        .is_some_and(|found| !found.is_empty());
    Ok(if found { "ignore" } else { "sensitive" }.to_owned())
}

async fn existing_email(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let user = prober.user(json!({})).await?;
    let body = json!({"email": user["email"], "name": "Probe again"});
    let again = prober
        .call(Method::POST, "/v0/users/createOrUpdate", body)
        .await?;
    prober.note(&again);
    Ok(again.or("update", "refuse").to_owned())
}

async fn update_missing(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let body = json!({
        "userUuid": "00000000-0000-4000-8000-000000000000",
        "email": prober.email(),
        "data": prober.data(&Value::Null),
    });
    let came = prober
        .call(Method::POST, "/v0/users/createOrUpdate", body)
        .await?;
    prober.note(&came);
    Ok(came.or("create", "404").to_owned())
}

/// The path of a user's record, by number: every call takes it.
fn path_of(user: &Value) -> String {
    format!("/v0/users/{}", user["userId"])
}

async fn data(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let user = prober.user(json!({"data": {"one": 1}})).await?;
    let path = path_of(&user);
    prober
        .call(
            Method::PUT,
            &path,
            json!({"data": prober.data(&json!({"two": 2}))}),
        )
        .await?;
    let user = prober.get(&path).await?;
    let kept = user.answer()["data"].get("one").is_some();
    Ok(if kept { "merge" } else { "replace" }.to_owned())
}

async fn empty_answers(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let user = prober.user(json!({})).await?;
    let answer = prober
        .call(Method::PUT, &path_of(&user), json!({"name": "Probe"}))
        .await?;
    Ok(if answer.answer().is_null() {
        "on"
    } else {
        "off"
    }
    .to_owned())
}

async fn uuid_paths(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let user = prober.user(json!({})).await?;
    let path = format!(
        "/v0/users/{}",
        user["userUuid"].as_str().unwrap_or_default()
    );
    let came = prober
        .call(Method::PUT, &path, json!({"name": "Probe"}))
        .await?;
    Ok(came.or("all", "read").to_owned())
}

async fn delete_absent(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let user = prober.user(json!({})).await?;
    let path = path_of(&user);
    prober.call(Method::DELETE, &path, Value::Null).await?;
    let again = prober.call(Method::DELETE, &path, Value::Null).await?;
    Ok(again.or("200", "404").to_owned())
}

/// Gives a user a role of the server's list in a tenant.
async fn grant(prober: &Prober<'_>, user: &Value, tenant: &str) -> Result<(), ApiError> {
    let path = format!("/v0/tenants/{tenant}/users/{}/roles", user["userId"]);
    prober
        .call(Method::PUT, &path, json!({"roles": ["viewer"]}))
        .await?;
    Ok(())
}

async fn user_authorization(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let Ok(tenant) = prober.tenant(None).await? else {
        return Err(strange("POST", "/v0/tenants"));
    };
    let user = prober.user(json!({})).await?;
    grant(prober, &user, &tenant).await?;
    let user = prober.get(&path_of(&user)).await?;
    let told = user.answer()["authorization"].get(&tenant).is_some();
    Ok(if told { "full" } else { "own" }.to_owned())
}

async fn nesting(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let Ok(above) = prober.tenant(None).await? else {
        return Err(strange("POST", "/v0/tenants"));
    };
    let Ok(below) = prober.tenant(Some(&above)).await? else {
        return Ok("off".to_owned());
    };
    let user = prober.user(json!({})).await?;
    grant(prober, &user, &above).await?;
    let user = prober.get(&path_of(&user)).await?;
    let repeats = user.answer()["authorization"].get(&below).is_some();
    Ok(if repeats { "cascade" } else { "on" }.to_owned())
}

async fn ids(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let first = prober.user(json!({})).await?;
    prober
        .call(Method::DELETE, &path_of(&first), Value::Null)
        .await?;
    let second = prober.user(json!({})).await?;
    let same = first["userId"] == second["userId"];
    Ok(if same { "again" } else { "fresh" }.to_owned())
}

/// How often two writes are sent at once, where none is seen to be lost.
const PAIRS: usize = 20;

async fn updates(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let user = prober.user(json!({})).await?;
    let path = path_of(&user);
    for round in 0..PAIRS {
        let (name, image) = (
            format!("Probe {round}"),
            format!("https://example.com/{round}.png"),
        );
        let one = prober.call(Method::PUT, &path, json!({"name": name}));
        let other = prober.call(Method::PUT, &path, json!({"image": image}));
        let (one, other) = futures_util::future::join(one, other).await;
        one?;
        other?;
        let user = prober.get(&path).await?;
        if user.answer()["name"] != json!(name) || user.answer()["image"] != json!(image) {
            return Ok("slow".to_owned());
        }
    }
    Ok("atomic".to_owned())
}

async fn unknown_roles(prober: &mut Prober<'_>) -> Result<String, ApiError> {
    let user = prober.user(json!({})).await?;
    let role = prober.name();
    let path = format!("{}/roles", path_of(&user));
    let came = prober
        .call(Method::PUT, &path, json!({"roles": [role]}))
        .await?;
    Ok(came.or("create", "refuse").to_owned())
}
