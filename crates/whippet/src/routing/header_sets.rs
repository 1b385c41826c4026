//! Which headers of a request a route reads: a host hands over no others, since on some each one costs a call.

use axum::http::HeaderName;

use crate::{id, trace};

/// What an argument of a handler reads of a request's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// None.
    Nothing,
    /// These, by their lower-case names, if they are there. (A constant cannot hold a `HeaderName` of one's own.)
    Headers(&'static [&'static str]),
    /// What each of these reads: those of a dependency's arguments.
    Each(&'static [Reads]),
    /// Any: the host hands over all of them.
    Everything,
}

fn in_order(a: &HeaderName, b: &HeaderName) -> std::cmp::Ordering {
    a.as_str().cmp(b.as_str())
}

/// What the core itself reads of every request, in order.
const OF_EVERY_REQUEST: [HeaderName; 3] = [trace::PARENT, trace::STATE, id::HEADER];

/// The headers that a host is asked for: all, or those named. Routes that read the same share a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderSet {
    index: usize,
    names: Option<Box<[HeaderName]>>,
}

impl HeaderSet {
    /// A small number, the same for equal sets of one app and no others.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The names, each once; `None` stands for every header that there is.
    #[must_use]
    pub fn names(&self) -> Option<&[HeaderName]> {
        self.names.as_deref()
    }
}

/// The sets of an app's routes.
#[derive(Debug)]
pub(crate) struct HeaderSets(Vec<HeaderSet>);

impl HeaderSets {
    /// The set of every header, and the set of what the core reads anyway.
    pub(crate) const ALL: usize = 0;
    pub(crate) const LEAST: usize = 1;

    pub(crate) fn new() -> Self {
        let mut sets = Self(Vec::new());
        sets.add(&[Reads::Everything]);
        sets.add(&[]);
        sets
    }

    /// The index of the set for a route whose arguments read this.
    pub(crate) fn add(&mut self, reads: &[Reads]) -> usize {
        let mut names = Some(OF_EVERY_REQUEST.to_vec());
        collect(reads, &mut names);
        let names = names.map(Vec::into_boxed_slice);
        let known = self.0.iter().position(|set| set.names == names);
        known.unwrap_or_else(|| {
            let index = self.0.len();
            self.0.push(HeaderSet { index, names });
            index
        })
    }

    pub(crate) fn get(&self, index: usize) -> &HeaderSet {
        &self.0[index]
    }
}

/// Adds what is read to the names, which are in order; there are none where everything is.
fn collect(reads: &[Reads], names: &mut Option<Vec<HeaderName>>) {
    for read in reads {
        match (read, &mut *names) {
            (Reads::Everything, _) => *names = None,
            (Reads::Headers(more), Some(names)) => {
                for name in more.iter().filter_map(|name| name.parse().ok()) {
                    if let Err(at) = names.binary_search_by(|known| in_order(known, &name)) {
                        names.insert(at, name);
                    }
                }
            }
            (Reads::Each(more), _) => collect(more, names),
            (Reads::Nothing, _) | (Reads::Headers(_), None) => {}
        }
    }
}
