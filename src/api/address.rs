//! The address of an API: HTTPS, or plain HTTP on this machine.

use url::{Host, Url};

use crate::api::error::ClientError;

pub(crate) fn base(url: &str) -> Result<Url, ClientError> {
    let bad = |reason: &str| ClientError::BadUrl {
        url: without_credentials(url),
        reason: reason.to_owned(),
    };
    let mut base = Url::parse(url).map_err(|error| bad(&error.to_string()))?;
    // What every call adds is often written too.
    let path = base.path().trim_end_matches('/');
    let path = path.strip_suffix("/v0").unwrap_or(path).to_owned();
    if base.has_host() {
        base.set_path(path.trim_end_matches('/'));
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(bad(
            "it holds a name or a password; the key is the only credential",
        ));
    }
    match base.scheme() {
        "https" if base.has_host() => Ok(base),
        "http" if is_loopback(&base) => Ok(base),
        "http" => Err(ClientError::PlainHttp {
            url: url.to_owned(),
        }),
        _ => Err(bad("it does not start with https://")),
    }
}

/// An address as far as it may be shown: what stands before an `@` may be a password.
fn without_credentials(url: &str) -> String {
    url.rsplit_once('@')
        .map_or(url, |(_, host)| host)
        .to_owned()
}

/// Whether it is on this machine, where no traffic can be intercepted.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_are_acceptable() {
        for url in [
            "https://api.userfront.com",
            "https://proxy.example/userfront/",
            "http://127.0.0.1:8787",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            assert!(base(url).is_ok(), "{url}");
        }
        for url in [
            "http://api.userfront.com",
            "http://127.0.0.1.example.com",
            "http://192.168.0.1",
        ] {
            assert!(
                matches!(base(url), Err(ClientError::PlainHttp { .. })),
                "{url}"
            );
        }
        for url in [
            "",
            "api.userfront.com",
            "ftp://api.userfront.com",
            "https://",
        ] {
            assert!(
                matches!(base(url), Err(ClientError::BadUrl { .. })),
                "{url}"
            );
        }
    }

    #[test]
    fn what_every_call_adds_may_be_written_too() {
        for (written, meant) in [
            ("https://api.userfront.com", "https://api.userfront.com/"),
            ("https://api.userfront.com/", "https://api.userfront.com/"),
            ("https://api.userfront.com/v0", "https://api.userfront.com/"),
            (
                "https://api.userfront.com//v0//",
                "https://api.userfront.com/",
            ),
            ("http://localhost:8787/v0/", "http://localhost:8787/"),
            (
                "https://proxy.example/userfront/v0",
                "https://proxy.example/userfront",
            ),
            (
                "https://proxy.example/v0/userfront/",
                "https://proxy.example/v0/userfront",
            ),
            ("https://proxy.example/rev0", "https://proxy.example/rev0"),
        ] {
            assert_eq!(base(written).unwrap().as_str(), meant);
        }
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let error = base("https://jane:s3cret@api.userfront.com").unwrap_err();
        assert!(!error.to_string().contains("s3cret"));
    }
}
