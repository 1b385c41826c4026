//! The health and readiness checks for load balancers.

use crate::support::host::Host;

/// Every server of this suite has applied its migrations. `tests/api/start.rs` tests `/readyz` with pending migrations.
pub(crate) fn health_and_readiness_need_no_key(host: Host) {
    for path in ["/healthz", "/readyz"] {
        let response = host.api().get(path).without_key().send();
        assert_eq!(response.status, 200, "{response:?}");
        let wrong = host
            .api()
            .get(path)
            .header("authorization", "Bearer wrong")
            .send();
        assert_eq!(wrong.status, 200, "{wrong:?}");
    }
}
