//! Sorts pairs with a binary heap. The method `sort` would add several kilobytes to a bundle for each type of item.

use std::collections::BinaryHeap;

/// A pair: its name, its position among all pairs, and its value.
pub(in crate::extract) type NumberedPair<'a> = (&'a str, usize, &'a str);

/// Returns the pairs in the order of their names; pairs with the same name keep their order.
pub(in crate::extract) fn sorted<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<NumberedPair<'a>> {
    let numbered = pairs.enumerate();
    let entries = numbered.map(|(number, (name, value))| (name, number, value));
    entries.collect::<BinaryHeap<_>>().into_sorted_vec()
}
