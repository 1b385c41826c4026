//! What a load balancer asks.

use crate::support::host::Host;

/// `/readyz` while the schema is behind needs a server that does not migrate, so it is tested in
/// process.
pub(crate) fn health_and_readiness_need_no_key(host: Host) {
    for path in ["/healthz", "/readyz"] {
        let answer = host.api().get(path).without_key().send();
        assert_eq!(answer.status, 200, "{answer:?}");
        let wrong = host
            .api()
            .get(path)
            .header("authorization", "Bearer wrong")
            .send();
        assert_eq!(wrong.status, 200, "{wrong:?}");
    }
}
