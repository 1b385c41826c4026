//! Sets up TLS with two files, whose paths are in `TLS_CERT` and `TLS_KEY`.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::{Config, ConfigError};

const CERT: &str = "TLS_CERT";
const KEY: &str = "TLS_KEY";

/// Returns a TLS acceptor that supports HTTP/2 and HTTP/1.1. Returns `None` if neither `TLS_CERT` nor `TLS_KEY` is set.
///
/// `TLS_CERT` names a PEM file with the certificate, followed by the intermediate certificates. `TLS_KEY` names a PEM
/// file with the private key.
pub(super) fn acceptor(config: &Config) -> Result<Option<TlsAcceptor>, ConfigError> {
    let (certificates, key) = match (config.get(CERT), config.get(KEY)) {
        (None, None) => return Ok(None),
        (Some(certificates), Some(key)) => (certificates, key),
        (Some(_), None) => return Err(ConfigError::new(KEY, "is not set, but TLS_CERT is")),
        (None, Some(_)) => return Err(ConfigError::new(CERT, "is not set, but TLS_KEY is")),
    };
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(CERT, certificates, &error))?;
    if chain.is_empty() {
        return Err(unreadable(CERT, certificates, &"it has no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(KEY, key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|error| unreadable(CERT, certificates, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn unreadable(name: &'static str, file: &str, why: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::new(
        name,
        format!("names the file {file:?}, which cannot be used: {why}"),
    )
}
