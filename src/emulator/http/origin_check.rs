//! Who may come in at all. In: a request. Out: its response, or 403. Main function: [`door`].
//!
//! A web page that somebody has open can send requests to this machine. It can't choose their `Origin`, and where it got a name of
//! its own to lead here, it can't choose their `Host`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::emulator::http::app::App;
use crate::emulator::http::error::ApiError;

/// Lets a request in that is for this machine by name, and that no page of another origin sent.
pub(crate) async fn door(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let names = app.is_local.then_some(&*app.options.hosts);
    match refusal(names, request.uri(), request.headers()) {
        None => next.run(request).await,
        Some(reason) => ApiError::new(StatusCode::FORBIDDEN, reason).into_response(),
    }
}

/// Why a request is not let in. The names are those that lead here beside the ones of this machine, where not all do.
fn refusal(names: Option<&[String]>, uri: &Uri, headers: &HeaderMap) -> Option<&'static str> {
    let host = match headers.get(HOST) {
        Some(_) => text(headers, &HOST).and_then(|host| host.parse().ok()),
        // HTTP/2 has no such header.
        None => uri.authority().cloned(),
    };
    if headers.contains_key(ORIGIN) {
        let origin = text(headers, &ORIGIN).and_then(|origin| origin.parse::<Uri>().ok());
        let origin = origin.as_ref().and_then(Uri::authority);
        if origin.is_none() || origin != host.as_ref() {
            return Some("A page of another origin can't use this emulator");
        }
    }
    let is_named = host.is_some() || headers.contains_key(HOST);
    let names = names.filter(|_| is_named)?;
    let leads_here = host.as_ref().is_some_and(|host| {
        let mut names = names.iter();
        is_loopback(host) || names.any(|name| name.eq_ignore_ascii_case(host.host()))
    });
    (!leads_here).then_some(
        "This emulator answers to localhost, 127.0.0.1 and [::1] only, and to names given with --host",
    )
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn is_loopback(host: &Authority) -> bool {
    let name = host.host();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let is_ip = bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let name = name.to_ascii_lowercase();
    is_ip || name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(is_local: bool, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        let names = ["emulator.test".to_owned()];
        let names = is_local.then_some(&names[..]);
        refusal(names, &Uri::from_static("/"), &headers).is_some()
    }

    #[test]
    fn names_of_this_machine_are_let_in() {
        for host in [
            "127.0.0.1:8787",
            "localhost",
            "LocalHost:1",
            "[::1]:8787",
            "a.localhost:1",
            "127.9.9.9",
            "Emulator.test:80",
        ] {
            assert!(!refused(true, host, None), "{host}");
        }
        for host in [
            "evil.example:8787",
            "localhost.evil.example",
            "10.0.0.1",
            "",
            "127.0.0.1.evil.example",
        ] {
            assert!(refused(true, host, None), "{host}");
        }
        assert!(!refused(false, "emulator:8787", None));
    }

    #[test]
    fn pages_of_other_origins_are_not() {
        for local in [true, false] {
            assert!(refused(
                local,
                "localhost:8787",
                Some("https://evil.example")
            ));
            assert!(refused(
                local,
                "localhost:8787",
                Some("http://localhost:3000")
            ));
            assert!(refused(local, "localhost:8787", Some("null")));
            assert!(!refused(
                local,
                "localhost:8787",
                Some("http://localhost:8787")
            ));
        }
    }
}
