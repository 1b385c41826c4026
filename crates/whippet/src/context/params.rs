//! The parameters in a request's path.

/// The parameters that the route's pattern found: names and percent-decoded values, in order.
#[derive(Debug, Default)]
pub(crate) struct PathParams(pub(crate) Vec<(Box<str>, Box<str>)>);

impl PathParams {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.into(), value.into()));
    }
}
