//! Arguments of tests.

/// A value that a [`#[whippet::test]`](crate::test) takes as an argument. Every test gets a new value.
///
/// ```
/// use whippet::testing::{Fixture, TestApp};
/// use whippet::{App, health};
///
/// struct Api(TestApp);
///
/// impl Fixture for Api {
///     async fn set_up() -> Self {
///         Self(TestApp::new(|_| Ok(health::routes(App::new()))).await)
///     }
/// }
///
/// #[whippet::test]
/// async fn the_api_is_healthy(Api(app): Api) {
///     app.get("/healthz").await.assert_status(200);
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the argument of a test",
    note = "implement `whippet::testing::Fixture` for this type"
)]
pub trait Fixture: Sized {
    /// Creates the value for one test.
    fn set_up() -> impl Future<Output = Self>;
}
