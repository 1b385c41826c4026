//! What the arguments of a test are made from.

/// Something that tests take as an argument, set up anew for each.
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
/// async fn the_api_is_well(Api(app): Api) {
///     app.get("/healthz").await.assert_status(200);
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the argument of a test",
    note = "implement `whippet::testing::Fixture` for it, which says how it is set up"
)]
pub trait Fixture: Sized {
    /// Sets it up.
    fn set_up() -> impl Future<Output = Self>;
}
