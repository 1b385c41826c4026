//! The request headers that each route needs. A host passes only these headers to the app, because on Spin each header
//! costs a call to the host.

use axum::http::HeaderName;

use crate::{id, trace};

/// The request headers that an argument of a handler reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// No headers.
    Nothing,
    /// The headers with these lower-case names, if the request has them. The names are strings, because a constant
    /// cannot contain a `HeaderName` with a custom name.
    Headers(&'static [&'static str]),
    /// All headers that the items read. A dependency has one item for each of its arguments.
    Each(&'static [Reads]),
    /// Every header of the request.
    Everything,
}

fn compare(a: &HeaderName, b: &HeaderName) -> std::cmp::Ordering {
    a.as_str().cmp(b.as_str())
}

/// The headers that Whippet itself reads from every request, in alphabetical order.
const READ_BY_THE_CORE: [HeaderName; 3] = [trace::TRACEPARENT, trace::TRACESTATE, id::HEADER];

/// The headers that a host must read for a route: all headers, or the headers with certain names. Routes that need the
/// same headers share one set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderSet {
    index: usize,
    names: Option<Box<[HeaderName]>>,
}

impl HeaderSet {
    /// Returns the index of this set among the sets of the app. A host can use the index to cache the names of the
    /// headers.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the names of the headers, without duplicates. Returns `None` if the host must read every header.
    #[must_use]
    pub fn names(&self) -> Option<&[HeaderName]> {
        self.names.as_deref()
    }
}

/// The header sets of all routes of an app.
#[derive(Debug)]
pub(crate) struct HeaderSets(Vec<HeaderSet>);

impl HeaderSets {
    /// The index of the header set that contains every header.
    pub(crate) const ALL: usize = 0;
    /// The index of the smallest header set, which contains only the headers that Whippet itself reads.
    pub(crate) const MINIMUM: usize = 1;

    pub(crate) fn new() -> Self {
        let mut sets = Self(Vec::new());
        sets.add(&[Reads::Everything]);
        sets.add(&[]);
        sets
    }

    /// Returns the index of the header set for a route whose arguments read the headers in `reads`. If no such set
    /// exists yet, adds it.
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

/// Inserts the headers in `reads` into `names`, in alphabetical order. If an argument reads every header, `names`
/// becomes `None`.
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
