//! Servers and proxies that answer what no reference promises: the client neither trusts nor repeats them blindly.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use ufsync::api::{ApiError, Body};
use ufsync::model::live::{Data, LiveData};
use ufsync::model::record::{Scalar, UserField};
use ufsync::model::{Live, Mode, Record, TenantId, UserId, UserUuid};

use crate::support::scripted::{answer, scripted};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

const ROLES: &str = r#"{"results": [{"name": "admin"}]}"#;

fn jane() -> Body {
    Body::from_iter([("email".to_owned(), "jane@example.com".into())])
}

#[test]
fn reading_is_repeated_after_failures_pages_and_cut_answers() {
    let html = "<html>502 Bad Gateway</html>";
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"results\": [".to_owned();
    let (client, requests) = scripted(vec![
        answer("500 Internal Server Error", ""),
        answer("408 Request Timeout", ""),
        answer("425 Too Early", ""),
        answer("502 Bad Gateway", html),
        cut,
        String::new(),
        answer("200 OK", ROLES),
    ]);
    assert_eq!(block_on(client.roles()).unwrap().len(), 1);
    assert_eq!(requests.iter().count(), 7);
}

#[test]
fn a_creation_whose_answer_was_lost_is_not_sent_again() {
    for lost in [
        String::new(),
        answer("500 Internal Server Error", "{}"),
        answer("200 OK", "<html>"),
        answer("504 Gateway Timeout", ""),
    ] {
        let (client, requests) = scripted(vec![lost, answer("200 OK", r#"{"userId": 1}"#)]);
        let error = block_on(client.create_user(&jane())).unwrap_err();
        assert!(matches!(error, ApiError::AnswerLost { .. }), "{error}");
        drop(client);
        assert_eq!(requests.try_iter().count(), 1);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let (client, requests) = scripted(vec![
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/elsewhere\r\ncontent-length: 0\r\n\r\n"
            .to_owned(),
    ]);
    let error = block_on(client.roles()).unwrap_err();
    assert!(
        error.to_string().contains("carry the key elsewhere"),
        "{error}"
    );
    assert!(
        requests
            .recv()
            .unwrap()
            .contains("uf_test_admin_demo1234_s3cret")
    );
}

#[test]
fn a_server_that_echoes_the_key_does_not_make_us_print_it() {
    let (client, _requests) = scripted(vec![answer(
        "400 Bad Request",
        r#"{"message": "bad \u001b[31m key uf_test_admin_demo1234_s3cret"}"#,
    )]);
    let error = block_on(client.roles()).unwrap_err();
    assert!(error.to_string().contains("bad [31m key [key]"), "{error}");
    assert!(!format!("{error:?} {client:?}").contains("s3cret"));
}

#[test]
fn fields_may_be_missing_of_another_type_or_unknown() {
    let body = r#"{"userId": "33", "name": 5, "email": null, "data": [], "locked": null, "brandNew": {"x": 1}, "authorization": {"demo1234": {"roles": [{"name": "admin"}, "member"]}, "aaaa0001": {}}}"#;
    let (client, _requests) = scripted(vec![answer("200 OK", body)]);
    let user = block_on(client.user(UserId(33))).unwrap();
    assert_eq!(
        (
            user.id,
            user.record.text(UserField::Name).map(|name| &**name),
            user.email(),
            user.grants.len()
        ),
        (UserId(33), Some("5"), None, 1)
    );
}

#[test]
fn setting_roles_succeeds_with_an_empty_answer_and_not_with_a_page() {
    let (client, _requests) = scripted(vec![answer("200 OK", "")]);
    block_on(client.set_roles(UserId(1), &no_roles())).unwrap();
    let pages = vec![answer("200 OK", "<html>log in to this hotel's network</html>"); 8];
    let (client, requests) = scripted(pages);
    let error = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            tokio::time::timeout(
                Duration::from_secs(4),
                client.set_roles(UserId(1), &no_roles()),
            )
            .await
        });
    let error = error.unwrap().unwrap_err();
    assert!(error.to_string().contains("web page (HTML)"), "{error}");
    assert_eq!(requests.try_iter().count(), 2, "a login page comes again");
}

#[test]
fn a_change_may_be_answered_with_nothing() {
    let (client, _requests) = scripted(vec![answer("200 OK", "")]);
    assert_eq!(
        block_on(client.update_user(UserId(1), &jane())).unwrap(),
        None
    );
}

fn no_roles() -> Data {
    Data::from_iter([("roles".to_owned(), serde_json::json!([]))])
}

const UUID: &str = "cf2504e0-4f89-41d3-9a0c-0305e82c3301";

/// The first lines of the requests: method and path.
fn asked(requests: &Receiver<String>) -> Vec<String> {
    let line = |text: String| {
        let mut words = text.split(' ').map(str::to_owned);
        format!("{} {}", words.next().unwrap(), words.next().unwrap())
    };
    requests.try_iter().map(line).collect()
}

/// A user's record with this number and [`UUID`].
fn record(number: u64) -> String {
    let record = format!(r#"{{"userId": {number}, "userUuid": "{UUID}", "authorization": {{}}}}"#);
    answer("200 OK", &record)
}

fn absent() -> String {
    answer(
        "404 Not Found",
        r#"{"statusCode": 404, "message": "Not Found"}"#,
    )
}

#[test]
fn a_uuid_that_is_not_accepted_in_a_path_is_replaced_by_the_number_of_that_moment() {
    let user = UserUuid::new(UUID);
    let (client, requests) = scripted(vec![
        answer("400 Bad Request", r#"{"message": "userId is no number"}"#),
        record(7),
        record(7),
        record(8),
        answer("200 OK", ""),
        record(8),
        answer("200 OK", r#"["member"]"#),
    ]);
    block_on(async {
        let updated = client.update_user(&user, &jane()).await.unwrap().unwrap();
        assert_eq!(updated.id, UserId(7));
        client.set_roles(&user, &no_roles()).await.unwrap();
        let acme = TenantId::new("aaaa0001");
        let held = client
            .set_tenant_roles(&acme, &user, &no_roles())
            .await
            .unwrap();
        assert_eq!(held.unwrap().len(), 1);
    });
    let read = format!("GET /v0/users/{UUID}");
    assert_eq!(
        asked(&requests),
        [
            &*format!("PUT /v0/users/{UUID}"),
            &read,
            "PUT /v0/users/7",
            &read,
            "PUT /v0/users/8/roles",
            &read,
            "PUT /v0/tenants/aaaa0001/users/8/roles",
        ]
    );
}

#[test]
fn a_uuid_that_begins_with_digits_is_read_before_the_first_write_and_written_by_what_get_answered()
{
    let uuid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    let (digits, letters) = (UserUuid::new(uuid), UserUuid::new(UUID));
    let found = answer(
        "200 OK",
        &format!(r#"{{"userId": 9, "userUuid": "{uuid}"}}"#),
    );
    let done = || answer("200 OK", "");
    let (client, requests) = scripted(vec![found, done(), done(), done()]);
    block_on(async {
        // A server that reads the number at its beginning would show it by answering with user 3; a number may pass on.
        client.set_roles(&digits, &no_roles()).await.unwrap();
        client.set_roles(&letters, &no_roles()).await.unwrap();
        client.set_roles(&digits, &no_roles()).await.unwrap();
    });
    assert_eq!(
        asked(&requests),
        [
            format!("GET /v0/users/{uuid}"),
            format!("PUT /v0/users/{uuid}/roles"),
            format!("PUT /v0/users/{UUID}/roles"),
            format!("PUT /v0/users/{uuid}/roles"),
        ]
    );
}

#[test]
fn a_user_that_is_gone_is_deleted_and_not_updated() {
    let user = UserUuid::new(UUID);
    let (client, requests) = scripted(vec![
        absent(),
        absent(),
        answer("200 OK", r#"{"results": [], "totalCount": 0}"#),
        absent(),
        absent(),
    ]);
    block_on(async {
        client.delete_user(&user).await.unwrap();
        let error = client.update_user(&user, &jane()).await.unwrap_err();
        assert!(matches!(error, ApiError::NotFound { .. }), "{error}");
    });
    assert_eq!(
        asked(&requests).len(),
        5,
        "one search that the user is gone"
    );
}

#[test]
fn a_value_that_is_refused_does_not_make_the_client_distrust_uuids() {
    let user = UserUuid::new(UUID);
    let refused = answer("400 Bad Request", r#"{"message": "no such name"}"#);
    let (client, requests) = scripted(vec![refused.clone(), record(7), refused, record(7)]);
    block_on(async {
        let error = client.update_user(&user, &jane()).await.unwrap_err();
        assert!(matches!(error, ApiError::Refused { .. }), "{error}");
        client.set_roles(&user, &no_roles()).await.unwrap();
    });
    let last = asked(&requests).pop().unwrap();
    assert_eq!(last, format!("PUT /v0/users/{UUID}/roles"));
}

#[test]
fn the_record_of_another_user_is_no_answer() {
    let user = UserUuid::new(UUID);
    let other = r#"{"userId": 3, "userUuid": "11111111-4f89-41d3-9a0c-0305e82c3301"}"#;
    let other = answer("200 OK", other);
    let (client, _requests) = scripted(vec![other; 5]);
    let names_it = |error: ApiError| {
        let text = error.to_string();
        assert!(text.contains("the record of user 11111111-"), "{text}");
    };
    block_on(async {
        names_it(client.user(&user).await.unwrap_err());
        names_it(client.update_user(&user, &jane()).await.unwrap_err());
        names_it(client.delete_user(&user).await.unwrap_err());
        let roles = no_roles();
        names_it(client.set_roles(&user, &roles).await.unwrap_err());
        let acme = TenantId::new("aaaa0001");
        let set = client.set_tenant_roles(&acme, &user, &roles).await;
        names_it(set.unwrap_err());
    });
}

#[test]
fn a_write_that_reached_another_user_is_named_with_what_to_set_back() {
    let other = r#"{"userId": 3, "userUuid": "11111111-4f89-41d3-9a0c-0305e82c3301"}"#;
    let (client, _requests) = scripted(vec![answer("200 OK", other)]);
    let error = block_on(client.set_roles(&UserUuid::new(UUID), &no_roles())).unwrap_err();
    assert!(matches!(error, ApiError::OtherRecord { .. }), "{error}");
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(
        help.contains("user 11111111-4f89-41d3-9a0c-0305e82c3301") && help.contains("roles"),
        "{help}"
    );
}

#[test]
fn a_search_that_never_ends_ends() {
    let page = answer(
        "200 OK",
        r#"{"results": [{"userId": 1, "authorization": {}}, {"userId": 2, "authorization": {}}], "totalCount": 5, "meta": {"totalPages": 1000000000000}}"#,
    );
    let (client, requests) = scripted(vec![page; 200]);
    let need = ufsync::observe::read_plan::ReadPlan {
        users: ufsync::observe::read_plan::ReadScope::Everything,
        ..ufsync::observe::read_plan::ReadPlan::default()
    };
    let error = block_on(ufsync::observe::live(&client, &need)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("it counts 5 records, and all its pages have 2"),
        "{error}"
    );
    assert!(requests.try_iter().count() < 60);
}

#[test]
fn a_user_without_roles_told_is_read_alone_and_not_believed_to_hold_none() {
    let found = answer(
        "200 OK",
        r#"{"results": [{"userId": 1, "email": "jane@example.com"}], "totalCount": 1}"#,
    );
    let need = ufsync::observe::read_plan::ReadPlan {
        users: ufsync::observe::read_plan::ReadScope::Everything,
        ..ufsync::observe::read_plan::ReadPlan::default()
    };
    let (client, _requests) = scripted(vec![
        found.clone(),
        answer(
            "200 OK",
            r#"{"userId": 1, "authorization": {"demo1234": {"roles": ["admin"]}}}"#,
        ),
    ]);
    let live = block_on(ufsync::observe::live(&client, &need)).unwrap();
    // Without a uuid the number stands in for it.
    assert_eq!(live.users.records()[&UserUuid::new("1")].grants.len(), 1);
    let (client, _requests) = scripted(vec![found, answer("200 OK", r#"{"userId": 1}"#)]);
    let live = block_on(ufsync::observe::live(&client, &need)).unwrap();
    assert!(live.users.records().is_empty());
    let said = live.unreadable_users[0].to_string();
    assert!(said.contains("does not contain the roles"), "{said}");
}

#[test]
fn what_the_server_holds_otherwise_is_read_again_once_and_named() {
    let user = |name: &str| {
        answer(
            "200 OK",
            &format!(
                r#"{{"userId": 1, "email": "jane@example.com", "name": "{name}", "data": {{"plan": "pro"}}, "authorization": {{}}}}"#
            ),
        )
    };
    let manifest = crate::support::desired(
        "version: 1\nusers: {jane@example.com: {name: '  Jane ', data: {plan: pro}}}\n",
    );
    let mut before = Live::empty(TenantId::new("demo1234"), Mode::Test);
    before.users.insert(UserUuid::new("1"), jane_before());
    let policy = ufsync::plan::Policy::default();
    let plan = ufsync::session::compare(&manifest, &before, &policy).unwrap();
    let run = |answers: Vec<String>| {
        // The data is read right before it is written.
        let answers = [vec![user("Jane before")], answers].concat();
        let (client, requests) = scripted(answers);
        let options = ufsync::session::ApplyOptions::new(1);
        let applied = ufsync::session::apply(&client, &plan, options, |_| {});
        let outcome = block_on(applied).unwrap();
        assert!(outcome.is_complete(), "{outcome:?}");
        (outcome.mismatches, requests.try_iter().count())
    };
    let (mismatches, requests) = run(vec![user("  Jane ")]);
    assert_eq!(
        (mismatches.len(), requests),
        (0, 2),
        "an answer that says so is believed"
    );
    let (mismatches, requests) = run(vec![user("Jane"), user("  Jane ")]);
    assert_eq!(
        (mismatches.len(), requests),
        (0, 3),
        "what differed in the answer alone is no matter"
    );
    let (mismatches, requests) = run(vec![user("Jane"), user("Jane")]);
    assert_eq!(requests, 3);
    let field = &mismatches[0].fields[0];
    assert_eq!(
        (field.field.as_str(), &field.asked, &field.holds),
        ("name", &"  Jane ".into(), &"Jane".into())
    );
    let (mismatches, requests) = run(vec![answer("200 OK", ""), user("Jane")]);
    assert_eq!(
        (mismatches.len(), requests),
        (1, 3),
        "an answer that says nothing is looked up"
    );
    let mut text = Vec::new();
    let outcome = ufsync::session::outcome::Outcome {
        steps: vec![ufsync::session::outcome::StepOutcome::Done],
        mismatches,
        ..ufsync::session::outcome::Outcome::default()
    };
    ufsync::report::outcome(&ufsync::report::Report::of(&plan, &outcome), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains(
            "users/jane@example.com: asked for name \"  Jane \", and the server stored \"Jane\""
        ),
        "{text}"
    );
}

/// Jane's record before anything is done.
fn jane_before() -> ufsync::model::LiveUser {
    let email = Scalar::text("jane@example.com");
    ufsync::model::LiveUser {
        uuid: UserUuid::new("1"),
        id: UserId(1),
        record: Record::new([(UserField::Email, email)], LiveData::default()),
        last_active_at: None,
        confirmed: true,
        grants_told: true,
        grants: ufsync::model::live::Held::default(),
        shown: ufsync::model::live::Held::default(),
        inherited: ufsync::model::live::Held::default(),
        tenant_names: std::collections::BTreeMap::new(),
    }
}
