//! Path parameters.

/// The path parameters of a request: names and percent-decoded values, in the order of the path.
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
