//! Security schemes: how a request proves who sends it.

use serde_json::{Value, json};

use super::ParameterLocation;

/// A security scheme of the OpenAPI document: how a request proves who sends it.
///
/// The extractors [`Bearer`](crate::extract::Bearer), [`Basic`](crate::extract::Basic) and `ApiKey…` add a scheme with
/// a default name. To use a scheme with another name and a description instead, write `#[dependency(security = KEY)]`.
///
/// ```
/// use whippet::extract::Bearer;
/// use whippet::openapi::SecurityScheme;
/// use whippet::{Problem, dependency, get};
///
/// const KEY: SecurityScheme = SecurityScheme::bearer("key").doc("The key of your account.");
///
/// #[derive(Clone)]
/// struct Account(&'static str);
///
/// #[dependency(security = KEY)]
/// async fn account(given: Bearer) -> Result<Account, Problem> {
///     match given.token().matches("ada's key") {
///         true => Ok(Account("ada")),
///         false => Err(Bearer::invalid("the key is not valid")),
///     }
/// }
///
/// #[get("/whoami")]
/// async fn whoami(Account(name): Account) -> String {
///     name.to_owned()
/// }
/// # let _ = whoami;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SecurityScheme {
    pub(super) name: &'static str,
    doc: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// The name of an authentication scheme (RFC 9110 section 11.1).
    Http(&'static str),
    ApiKey(ParameterLocation, &'static str),
    Custom(fn() -> Value),
}

impl SecurityScheme {
    /// Describes `Authorization: Bearer <token>` (RFC 6750). `name` identifies the scheme within the document.
    #[must_use]
    pub const fn bearer(name: &'static str) -> Self {
        Self::new(name, Kind::Http("bearer"))
    }

    /// Describes `Authorization: Basic <user and password>` (RFC 7617).
    #[must_use]
    pub const fn basic(name: &'static str) -> Self {
        Self::new(name, Kind::Http("basic"))
    }

    /// Describes a key in the parameter `parameter`, which is a header, a query parameter or a cookie.
    #[must_use]
    pub const fn api_key(
        name: &'static str,
        location: ParameterLocation,
        parameter: &'static str,
    ) -> Self {
        Self::new(name, Kind::ApiKey(location, parameter))
    }

    /// Describes any other scheme, such as OAuth 2.0. `object` returns the "Security Scheme Object".
    #[must_use]
    pub const fn custom(name: &'static str, object: fn() -> Value) -> Self {
        Self::new(name, Kind::Custom(object))
    }

    /// Sets the description.
    #[must_use]
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            doc: "",
            kind,
        }
    }

    /// Returns the "Security Scheme Object".
    pub(crate) fn object(&self) -> Value {
        let mut object = match self.kind {
            Kind::Http(scheme) => json!({"type": "http", "scheme": scheme}),
            Kind::ApiKey(location, parameter) => {
                json!({"type": "apiKey", "in": location.name(), "name": parameter})
            }
            Kind::Custom(object) => object(),
        };
        if !self.doc.is_empty() {
            object["description"] = self.doc.into();
        }
        object
    }
}
