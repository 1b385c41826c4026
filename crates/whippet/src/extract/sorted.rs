//! Sorting: one type and a heap for all that is sorted here, since `sort` is several kilobytes for each type.

use std::collections::BinaryHeap;

/// A name, its number among all, and its value.
pub(super) type Entry<'a> = (&'a str, usize, &'a str);

/// Names with values, in the order of the names; those of one name in the order in which they came.
pub(super) fn sorted<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Entry<'a>> {
    let numbered = pairs.enumerate();
    let entries = numbered.map(|(number, (name, value))| (name, number, value));
    entries.collect::<BinaryHeap<_>>().into_sorted_vec()
}
