//! Answers are claims: one that is about something else than was asked, or that may come from elsewhere, is not believed.

use ufsync::api::{ApiError, Query};
use ufsync::model::{TenantId, UserId};

use crate::support::scripted::{answer, scripted};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

fn record(number: u64) -> String {
    answer(
        "200 OK",
        &format!(r#"{{"userId": {number}, "authorization": {{}}}}"#),
    )
}

#[test]
fn one_record_that_can_t_be_read_leaves_the_others_readable() {
    for (record, reason) in [
        (r#"{"name": "no id"}"#, "has no userId"),
        (
            r#"{"userId": 1, "authorization": {"../x": {"roles": ["a"]}}}"#,
            "tenantId",
        ),
        (
            r#"{"userId": 1, "authorization": {"acme0001": {"roles": [1]}}}"#,
            "wrong type",
        ),
        (
            r#"{"userId": 1, "locked": "true"}"#,
            "`locked` is neither true nor false",
        ),
        (
            r#"{"userId": 1, "email": ["a@example.com"]}"#,
            "`email` is not text",
        ),
        (r#"{"userId": 1, "data": 5}"#, "data"),
        (r"5", "wrong type"),
    ] {
        let body = format!(r#"{{"results": [{record}, {{"userId": 2}}], "totalCount": 2}}"#);
        let (client, _requests) = scripted(vec![answer("200 OK", &body)]);
        let page = block_on(client.find_users(&Query::all())).unwrap();
        assert_eq!((page.results.len(), page.results[0].id), (1, UserId(2)));
        assert_eq!(page.unreadable.len(), 1);
        let said = page.unreadable[0].to_string();
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_record_that_was_not_asked_for_is_an_error() {
    let (client, _requests) = scripted(vec![
        record(7),
        answer("200 OK", r#"{"tenantId": "other123"}"#),
    ]);
    block_on(async {
        let error = client.user(UserId(8)).await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("record of user 7, not of user 8"),
            "{error}"
        );
        let error = client.tenant(&TenantId::new("acme0001")).await.unwrap_err();
        assert!(
            error.to_string().contains("record of tenant other123"),
            "{error}"
        );
    });
}

#[test]
fn a_404_that_may_be_a_gateways_is_confirmed_by_a_search() {
    let page = |records: &str| {
        let total = usize::from(!records.is_empty());
        answer(
            "200 OK",
            &format!(r#"{{"results": [{records}], "totalCount": {total}}}"#),
        )
    };
    for unclear in ["", r#"{"message": "no Route matched with those values"}"#] {
        let unclear = answer("404 Not Found", unclear);
        let answers = |found: &str| scripted(vec![unclear.clone(), unclear.clone(), page(found)]);
        let (client, _requests) = answers("");
        block_on(client.delete_user(UserId(1))).unwrap();
        let (client, _requests) = answers(r#"{"userId": 1}"#);
        let error = block_on(client.delete_user(UserId(1))).unwrap_err();
        assert!(error.to_string().contains("still there"), "{error}");
        // A search that finds others does not search for what it was asked.
        let (client, _requests) = answers(r#"{"userId": 2}"#);
        let error = block_on(client.delete_user(UserId(1))).unwrap_err();
        assert!(matches!(error, ApiError::PerhapsNotFound { .. }), "{error}");
    }
}

#[test]
fn a_deletion_that_is_answered_with_nothing_or_something_else_is_not_believed() {
    let still_there = vec![answer("200 OK", ""), record(7)];
    let (client, _requests) = scripted(still_there);
    let error = block_on(client.delete_user(UserId(7))).unwrap_err();
    assert!(error.to_string().contains("still there"), "{error}");
    for body in [
        r#"{"statusCode": 500, "message": "Internal"}"#,
        r#"{"error": {"type": "x"}}"#,
        r#"{"results": [], "totalCount": 0}"#,
    ] {
        let (client, _requests) = scripted(vec![answer("200 OK", body)]);
        let error = block_on(client.delete_user(UserId(7))).unwrap_err();
        assert!(
            matches!(error, ApiError::BadAnswer { .. }),
            "{body}: {error}"
        );
    }
}

#[test]
fn a_proxys_404_is_not_a_deletion() {
    let (client, _requests) = scripted(vec![answer("404 Not Found", "<html>no route</html>")]);
    let error = block_on(client.delete_user(UserId(1))).unwrap_err();
    assert!(
        error.to_string().contains("does not come from the API"),
        "{error}"
    );
    let gone = answer(
        "404 Not Found",
        r#"{"statusCode": 404, "message": "Not Found"}"#,
    );
    let (client, _requests) = scripted(vec![gone]);
    block_on(client.delete_user(UserId(1))).unwrap();
}

#[test]
fn an_answer_of_the_wrong_form_is_an_error_and_not_an_empty_list() {
    for body in [
        "[]",
        "{}",
        r#"{"results": []}"#,
        r#"{"results": [{"userId": 1, "mode": "live"}], "totalCount": 1}"#,
        r#"{"results": [{"userId": 1, "tenantId": "other123"}], "totalCount": 1}"#,
    ] {
        let (client, _requests) = scripted(vec![answer("200 OK", body)]);
        let error = block_on(client.find_users(&Query::all())).unwrap_err();
        assert!(
            matches!(error, ApiError::BadAnswer { .. }),
            "{body}: {error}"
        );
    }
}
