//! TLS for tests: an authority, certificates that it signs, a listener that takes TLS off, and a proxy in between.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Who signs certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, for `SSL_CERT_FILE`.
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    /// A server with a certificate for this host, which speaks HTTP/2 as well.
    pub(crate) fn server(&self, host: &str) -> Arc<ServerConfig> {
        let mut config = self.old_server(host);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }

    /// One that speaks HTTP/1.1 alone.
    pub(crate) fn old_server(&self, host: &str) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }
}

/// What a listener was sent.
pub(crate) type Heard = Arc<Mutex<Vec<u8>>>;

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Takes TLS off what comes and passes it on.
pub(crate) fn terminate(
    runtime: &Runtime,
    config: impl Into<Arc<ServerConfig>>,
    behind: SocketAddr,
) -> SocketAddr {
    let (listener, address) = runtime.block_on(listener());
    let acceptor = TlsAcceptor::from(config.into());
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Who does not trust us hangs up.
                if let Ok(mut plain) = acceptor.accept(stream).await {
                    let mut behind = TcpStream::connect(behind).await.unwrap();
                    drop(copy_bidirectional(&mut plain, &mut behind).await);
                }
            });
        }
    });
    address
}

/// Answers every request with the same text, and remembers all that it is sent.
pub(crate) fn answering(runtime: &Runtime, answer: String) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let (listener, address) = runtime.block_on(listener());
    let shared = Arc::clone(&heard);
    runtime.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 65536];
            let length = stream.read(&mut buffer).await.unwrap_or_default();
            shared.lock().unwrap().extend(&buffer[..length]);
            drop(stream.write_all(answer.as_bytes()).await);
            drop(stream.shutdown().await);
        }
    });
    (address, heard)
}

/// A proxy that leads everywhere to one address, and remembers all that it is sent.
pub(crate) fn proxy(runtime: &Runtime, behind: SocketAddr) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let (listener, address) = runtime.block_on(listener());
    let shared = Arc::clone(&heard);
    runtime.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let heard = Arc::clone(&shared);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => return,
                    }
                }
                heard.lock().unwrap().extend(&head);
                let answer = b"HTTP/1.1 200 Connection established\r\n\r\n";
                stream.write_all(answer).await.unwrap();
                let mut behind = TcpStream::connect(behind).await.unwrap();
                let (mut from, mut to) = stream.split();
                let (mut answers, mut requests) = behind.split();
                let there = async {
                    let mut buffer = [0; 4096];
                    while let Ok(length @ 1..) = from.read(&mut buffer).await {
                        heard.lock().unwrap().extend(&buffer[..length]);
                        if requests.write_all(&buffer[..length]).await.is_err() {
                            break;
                        }
                    }
                };
                let back = tokio::io::copy(&mut answers, &mut to);
                tokio::select! {
                    () = there => {}
                    _ = back => {}
                }
            });
        }
    });
    (address, heard)
}
