//! Turns parents and their tables into one table, so that a settlement never walks a graph.
//!
//! Pure. The rule: a parent's slice of the upstream part is divided between the parent itself and
//! its own table in the ratio of its split's creator part to its split's upstream part. A parent
//! that has no table, or no upstream part, keeps the whole slice. Slices, the two sides and the
//! table are each divided by the largest remainder, so the weights sum exactly.
//!
//! With the default split (45 : 20) a child with one parent, which has one parent itself, passes
//! 692308 parts of a million to the parent and 307692 to the grandparent.

use crate::types::{Table, WHOLE, WorkflowId};
use alloc::{collections::BTreeMap, vec::Vec};
use pallet_terms::{Split, largest_remainder};

/// A parent with what flattening needs of it.
#[derive(Clone, Copy, Debug)]
pub struct Ancestry<'a> {
	/// The parent.
	pub workflow: WorkflowId,
	/// Its slice, as a weight among the parents.
	pub slice: u32,
	/// The split of the version that is built upon.
	pub split: Split,
	/// The table of that version.
	pub upstream: &'a [(WorkflowId, u32)],
}

/// The table of a workflow with these parents, by workflow number and without weights of zero; its
/// weights sum to [`WHOLE`] unless there is no parent. `None` where it would be longer than
/// [`MAX_BENEFICIARIES`](crate::MAX_BENEFICIARIES).
pub fn flatten(parents: &[Ancestry]) -> Option<Table> {
	let mut table = BTreeMap::<WorkflowId, u32>::new();
	let mut add = |workflow: WorkflowId, weight: u32| {
		if weight > 0 {
			let merged = table.entry(workflow).or_default();
			*merged = merged.saturating_add(weight);
		}
	};
	let slices: Vec<u32> = parents.iter().map(|parent| parent.slice).collect();
	for (parent, slice) in parents.iter().zip(divide(WHOLE, &slices)) {
		let upstream: Vec<u32> = parent.upstream.iter().map(|(_, weight)| *weight).collect();
		let has_upstream = upstream.iter().any(|weight| *weight > 0);
		let sides = match parent.split.upstream.deconstruct() {
			passed if passed > 0 && has_upstream => {
				divide(slice, &[parent.split.creator.deconstruct(), passed])
			}
			_ => Vec::from([slice, 0]),
		};
		let (own, passed) = match sides.as_slice() {
			[own, passed] => (*own, *passed),
			_ => (slice, 0),
		};
		add(parent.workflow, own);
		let weights = divide(passed, &upstream);
		for ((workflow, _), weight) in parent.upstream.iter().zip(weights) {
			add(*workflow, weight);
		}
	}
	Table::try_from(table.into_iter().collect::<Vec<_>>()).ok()
}

/// [`largest_remainder`] among weights of which the whole fits into 32 bits.
fn divide(whole: u32, weights: &[u32]) -> Vec<u32> {
	largest_remainder(whole.into(), weights)
		.into_iter()
		.map(|part| u32::try_from(part).unwrap_or(u32::MAX))
		.collect()
}
