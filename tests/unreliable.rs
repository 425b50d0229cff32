//! Servers and proxies that answer what no reference promises: the client neither trusts nor repeats them blindly.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use ufsync::api::directory::{Query, UserKey};
use ufsync::api::{ApiError, Client, Directory as _, ReadDirectory as _};
use ufsync::model::{Email, RoleSet, UserFields, UserId};

use crate::support::client;

/// A server that answers each connection with the next of these texts, and tells what it was sent.
fn scripted(answers: Vec<String>) -> (Client, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(5)))
                .unwrap();
            let mut buffer = [0; 8192];
            let length = stream.read(&mut buffer).unwrap_or_default();
            // Where the test is over nobody listens any more.
            drop(sender.send(String::from_utf8_lossy(&buffer[..length]).into_owned()));
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    (client(&url, "uf_test_admin_demo1234_s3cret"), receiver)
}

fn answer(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

const ROLES: &str = r#"{"results": [{"name": "admin"}]}"#;

fn jane() -> UserFields {
    UserFields {
        email: Some(Email::new("jane@example.com")),
        ..UserFields::default()
    }
}

#[test]
fn reading_is_repeated_after_failures_pages_and_cut_answers() {
    let html = "<html>502 Bad Gateway</html>";
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"results\": [".to_owned();
    let (client, requests) = scripted(vec![
        answer("500 Internal Server Error", ""),
        answer("502 Bad Gateway", html),
        answer("200 OK", html),
        cut,
        String::new(),
        answer("200 OK", ROLES),
    ]);
    assert_eq!(block_on(client.roles()).unwrap().len(), 1);
    assert_eq!(requests.iter().count(), 6);
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
        let error = block_on(client.create_or_update_user(None, &jane())).unwrap_err();
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
fn an_answer_of_the_wrong_form_is_an_error_and_not_an_empty_list() {
    for body in [
        "[]",
        "{}",
        r#"{"results": [{"name": "no id"}], "totalCount": 1}"#,
        r#"{"results": []}"#,
        r#"{"results": [{"userId": 1, "authorization": {"../x": {"roles": ["a"]}}}], "totalCount": 1}"#,
    ] {
        let (client, _requests) = scripted(vec![answer("200 OK", body)]);
        let error = block_on(client.find_users(&Query::all("userId_ASC"))).unwrap_err();
        assert!(
            matches!(error, ApiError::BadAnswer { .. }),
            "{body}: {error}"
        );
    }
}

#[test]
fn fields_may_be_missing_of_another_type_or_unknown() {
    let body = r#"{"userId": "33", "name": 5, "email": null, "data": [], "locked": null, "brandNew": {"x": 1}, "authorization": {"demo1234": {"roles": [{"name": "admin"}, "member"]}, "aaaa0001": {}}}"#;
    let (client, _requests) = scripted(vec![answer("200 OK", body)]);
    let user = block_on(client.user(&UserKey::from(UserId(33)))).unwrap();
    assert_eq!(
        (user.id, user.name.as_deref(), user.email, user.grants.len()),
        (UserId(33), Some("5"), None, 1)
    );
}

#[test]
fn setting_roles_succeeds_with_an_empty_answer_and_not_with_a_page() {
    let (client, _requests) = scripted(vec![answer("200 OK", "")]);
    block_on(client.set_roles(&UserKey::from(UserId(1)), &RoleSet::new())).unwrap();
    let pages = vec![answer("200 OK", "<html>log in to this hotel's network</html>"); 8];
    let (client, requests) = scripted(pages);
    let error = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            tokio::time::timeout(
                Duration::from_secs(4),
                client.set_roles(&UserKey::from(UserId(1)), &RoleSet::new()),
            )
            .await
        });
    assert!(error.is_err(), "the page was taken for a success");
    assert!(requests.try_iter().count() > 1);
}

#[test]
fn a_proxys_404_is_not_a_deletion() {
    let (client, _requests) = scripted(vec![answer("404 Not Found", "<html>no route</html>")]);
    let error = block_on(client.delete_user(&UserKey::from(UserId(1)))).unwrap_err();
    assert!(
        error.to_string().contains("does not come from the API"),
        "{error}"
    );
    for gone in ["", r#"{"statusCode": 404, "message": "Not Found"}"#] {
        let (client, _requests) = scripted(vec![answer("404 Not Found", gone)]);
        block_on(client.delete_user(&UserKey::from(UserId(1)))).unwrap();
    }
}

#[test]
fn a_change_may_be_answered_with_nothing() {
    let (client, _requests) = scripted(vec![answer("200 OK", "")]);
    assert_eq!(
        block_on(client.update_user(&UserKey::from(UserId(1)), &jane())).unwrap(),
        None
    );
}

#[test]
fn a_search_that_never_ends_ends() {
    let page = answer(
        "200 OK",
        r#"{"results": [{"userId": 1, "authorization": {}}, {"userId": 2, "authorization": {}}], "totalCount": 5, "meta": {"totalPages": 1000000000000}}"#,
    );
    let (client, requests) = scripted(vec![page; 200]);
    let need = ufsync::observe::Need {
        users: ufsync::observe::Reach::Everything,
        ..ufsync::observe::Need::default()
    };
    let error = block_on(ufsync::observe::live(&client, &need)).unwrap_err();
    assert!(matches!(error, ApiError::Unstable { .. }), "{error}");
    assert!(requests.try_iter().count() < 60);
}

#[test]
fn a_user_without_roles_told_is_read_alone_and_not_believed_to_hold_none() {
    let found = answer(
        "200 OK",
        r#"{"results": [{"userId": 1, "email": "jane@example.com"}], "totalCount": 1}"#,
    );
    let need = ufsync::observe::Need {
        users: ufsync::observe::Reach::Everything,
        ..ufsync::observe::Need::default()
    };
    let (client, _requests) = scripted(vec![
        found.clone(),
        answer(
            "200 OK",
            r#"{"userId": 1, "authorization": {"demo1234": {"roles": ["admin"]}}}"#,
        ),
    ]);
    let live = block_on(ufsync::observe::live(&client, &need)).unwrap();
    assert_eq!(live.users[&UserId(1)].grants.len(), 1);
    let (client, _requests) = scripted(vec![found, answer("200 OK", r#"{"userId": 1}"#)]);
    assert!(matches!(
        block_on(ufsync::observe::live(&client, &need)),
        Err(ApiError::BadAnswer { .. })
    ));
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
    let before = ufsync::model::Live {
        workspace: ufsync::model::TenantId::new("demo1234"),
        mode: ufsync::model::Mode::Test,
        tenants: [].into(),
        users: [(UserId(1), jane_before())].into(),
        roles: RoleSet::new(),
        totals: None,
        hidden: ufsync::model::Hidden::Nothing,
    };
    let plan = ufsync::plan::diff(&manifest, &before, &ufsync::plan::Policy::default()).unwrap();
    let run = |answers: Vec<String>| {
        let (client, requests) = scripted(answers);
        let conduct = ufsync::apply::Conduct::with(1);
        let outcome = block_on(ufsync::apply::execute(&plan, &client, conduct, |_| {}));
        assert!(outcome.is_complete(), "{outcome:?}");
        (outcome.unkept, requests.try_iter().count())
    };
    let (unkept, requests) = run(vec![user("  Jane ")]);
    assert_eq!(
        (unkept.len(), requests),
        (0, 1),
        "an answer that says so is believed"
    );
    let (unkept, requests) = run(vec![user("Jane"), user("  Jane ")]);
    assert_eq!(
        (unkept.len(), requests),
        (0, 2),
        "what differed in the answer alone is no matter"
    );
    let (unkept, requests) = run(vec![user("Jane"), user("Jane")]);
    assert_eq!(requests, 2);
    let field = &unkept[0].fields[0];
    assert_eq!(
        (field.field.as_str(), &field.asked, &field.holds),
        ("name", &"  Jane ".into(), &"Jane".into())
    );
    let (unkept, requests) = run(vec![answer("200 OK", ""), user("Jane")]);
    assert_eq!(
        (unkept.len(), requests),
        (1, 2),
        "an answer that says nothing is looked up"
    );
    let mut text = Vec::new();
    let outcome = ufsync::apply::Outcome {
        steps: vec![ufsync::apply::StepOutcome::Done],
        unkept,
        ..ufsync::apply::Outcome::default()
    };
    ufsync::report::outcome(&plan, &outcome, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains(
            "users/jane@example.com: asked for name \"  Jane \", and the server holds \"Jane\""
        ),
        "{text}"
    );
}

/// Jane's record before anything is done.
fn jane_before() -> ufsync::model::LiveUser {
    ufsync::model::LiveUser {
        id: UserId(1),
        uuid: None,
        email: Some(Email::new("jane@example.com")),
        name: None,
        username: None,
        image: None,
        phone_number: None,
        locked: false,
        data: ufsync::model::LiveData::default(),
        last_active_at: None,
        grants_told: true,
        grants: ufsync::model::Held::default(),
        tenant_names: std::collections::BTreeMap::new(),
    }
}
