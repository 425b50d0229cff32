//! TLS: which certificates are trusted, and whether TLS is why a call failed.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// TLS with the certificates that this system trusts, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. The provider
/// of cryptography is named here: nothing is installed for the whole process. Without HTTPS no certificate is checked, so
/// none is loaded, which takes longer than a small plan.
pub(crate) fn tls(is_https: bool) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let mut config = if is_https {
        let verifier = rustls_platform_verifier::Verifier::new(provider)?;
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth()
    } else {
        builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth()
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// What is wrong with a secure connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The other side does not speak TLS at all.
    Plain,
    /// Its certificate is not accepted, or no version of TLS is common.
    Untrusted,
}

/// Whether TLS itself is the cause of an error, and not the network below it.
pub(crate) fn trouble(error: &(dyn std::error::Error + 'static)) -> Option<Trouble> {
    match error.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidMessage(_)) => return Some(Trouble::Plain),
        Some(_) => return Some(Trouble::Untrusted),
        None => {}
    }
    // The source of an I/O error is the source of what it wraps, not the wrapped error itself.
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    let wrapped = wrapped.and_then(|error| trouble(error));
    wrapped.or_else(|| error.source().and_then(trouble))
}
