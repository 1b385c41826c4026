//! The headers that a route reads. A host passes no other headers to the app, because on Spin each header costs a call
//! to the host.

use axum::http::HeaderName;

use crate::{id, trace};

/// The request headers that an argument of a handler reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// No headers.
    Nothing,
    /// The headers with the listed lower-case names, if the request has them. The names are strings, because a `const`
    /// cannot create a custom `HeaderName`.
    Headers(&'static [&'static str]),
    /// The headers of all items in the list. A dependency has one item for each of its arguments.
    Each(&'static [Reads]),
    /// Every header of the request.
    Everything,
}

fn compare(a: &HeaderName, b: &HeaderName) -> std::cmp::Ordering {
    a.as_str().cmp(b.as_str())
}

/// The headers that the core reads from every request, in alphabetical order.
const READ_BY_THE_CORE: [HeaderName; 3] = [trace::TRACEPARENT, trace::TRACESTATE, id::HEADER];

/// The headers that a host must read for a route: all headers, or the headers with certain names. Routes that read the
/// same headers share a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderSet {
    index: usize,
    names: Option<Box<[HeaderName]>>,
}

impl HeaderSet {
    /// Returns a small number that identifies the set within its app, so that a host can cache the header names.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the name of each header once. Returns `None` if the host must read every header.
    #[must_use]
    pub fn names(&self) -> Option<&[HeaderName]> {
        self.names.as_deref()
    }
}

/// The header sets of an app's routes.
#[derive(Debug)]
pub(crate) struct HeaderSets(Vec<HeaderSet>);

impl HeaderSets {
    /// The index of the header set that contains every header.
    pub(crate) const ALL: usize = 0;
    /// The index of the smallest header set: only the headers that the core reads.
    pub(crate) const MINIMUM: usize = 1;

    pub(crate) fn new() -> Self {
        let mut sets = Self(Vec::new());
        sets.add(&[Reads::Everything]);
        sets.add(&[]);
        sets
    }

    /// Returns the index of the header set for a route. `reads` states which headers the arguments of the route read.
    /// Adds the header set if it is new.
    pub(crate) fn add(&mut self, reads: &[Reads]) -> usize {
        let mut names = Some(READ_BY_THE_CORE.to_vec());
        add_names(reads, &mut names);
        let names = names.map(Vec::into_boxed_slice);
        let existing = self.0.iter().position(|set| set.names == names);
        existing.unwrap_or_else(|| {
            let index = self.0.len();
            self.0.push(HeaderSet { index, names });
            index
        })
    }

    pub(crate) fn get(&self, index: usize) -> &HeaderSet {
        &self.0[index]
    }
}

/// Adds the headers in `reads` to `names`, which stay in alphabetical order. `names` becomes `None` if every header is
/// read.
fn add_names(reads: &[Reads], names: &mut Option<Vec<HeaderName>>) {
    for read in reads {
        match (read, &mut *names) {
            (Reads::Everything, _) => *names = None,
            (Reads::Headers(more), Some(names)) => {
                for new in more.iter().filter_map(|name| name.parse().ok()) {
                    if let Err(at) = names.binary_search_by(|name| compare(name, &new)) {
                        names.insert(at, new);
                    }
                }
            }
            (Reads::Each(more), _) => add_names(more, names),
            (Reads::Nothing, _) | (Reads::Headers(_), None) => {}
        }
    }
}
