//! Whose turn it is to be asked, and when: a node that is busy says when it may have room, and is asked again then.

use std::time::Duration;

/// How long a call waits in all for nodes that are busy, unless it says otherwise.
pub(crate) const USUAL_PATIENCE: Duration = Duration::from_secs(60);
/// The shortest wait, whatever a node says: one that says zero must not be asked without end.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// What is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn<N> {
	/// After this time, which is zero for a node that was not asked before, this node is asked.
	Ask(N, Duration),
	/// Nobody is left whose turn comes soon enough. If somebody would have room later, after this time.
	Over(Option<Duration>),
}

/// The nodes that can be asked, first all of them once, then those that were busy. Times count from the beginning.
pub(crate) struct Turns<N> {
	fresh: std::vec::IntoIter<N>,
	/// Who was busy, and when it may have room.
	busy: Vec<(N, Duration)>,
	patience: Duration,
	/// No wait ends later; known when the first begins.
	give_up: Option<Duration>,
}

impl<N> Turns<N> {
	/// Of these nodes, in this order, with so much time for waits in all.
	pub(crate) fn new(nodes: Vec<N>, patience: Duration) -> Self {
		Self {
			fresh: nodes.into_iter(),
			busy: Vec::new(),
			patience,
			give_up: None,
		}
	}

	/// Whose turn it is.
	pub(crate) fn next(&mut self, now: Duration) -> Turn<N> {
		if let Some(node) = self.fresh.next() {
			return Turn::Ask(node, Duration::ZERO);
		}
		let busy = self.busy.iter().map(|(_, free)| *free).enumerate();
		let Some((index, free)) = busy.min_by_key(|(_, free)| *free) else {
			return Turn::Over(None);
		};
		let wait = free.saturating_sub(now);
		let give_up = *self.give_up.get_or_insert(now.saturating_add(self.patience));
		if now.saturating_add(wait) > give_up {
			return Turn::Over(Some(wait.max(SHORTEST_WAIT)));
		}
		let (node, _) = self.busy.remove(index);
		Turn::Ask(node, wait)
	}

	/// A node that was asked is busy, for so many seconds as it says.
	pub(crate) fn is_busy(&mut self, node: N, retry_after: u32, now: Duration) {
		let wait = Duration::from_secs(retry_after.into()).max(SHORTEST_WAIT);
		self.busy.push((node, now.saturating_add(wait)));
	}

	/// Who was still busy when it was asked last.
	pub(crate) fn into_busy(self) -> impl Iterator<Item = N> {
		self.busy.into_iter().map(|(node, _)| node)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const fn seconds(number: u64) -> Duration {
		Duration::from_secs(number)
	}

	/// Plays a call: each node answers its list of numbers in turn, `Some` of seconds for which it is busy, `None` of a
	/// ticket; one without an answer left refuses for good. Returns who gave a ticket and when, or when somebody would have
	/// room, and whom was asked when.
	fn play(
		answers: &[&[Option<u32>]],
		patience: u64,
	) -> (Result<(usize, u64), Option<u64>>, Vec<(usize, u64)>) {
		let mut turns = Turns::new((0..answers.len()).collect(), seconds(patience));
		let mut left: Vec<_> = answers.iter().map(|answers| answers.iter()).collect();
		let (mut now, mut asked) = (Duration::ZERO, Vec::new());
		loop {
			let (node, wait) = match turns.next(now) {
				Turn::Ask(node, wait) => (node, wait),
				Turn::Over(later) => return (Err(later.map(|wait| wait.as_secs())), asked),
			};
			now += wait;
			asked.push((node, now.as_secs()));
			match left[node].next() {
				Some(None) => return (Ok((node, now.as_secs())), asked),
				Some(Some(retry_after)) => turns.is_busy(node, *retry_after, now),
				None => {}
			}
		}
	}

	#[test]
	fn the_next_node_is_asked_before_a_busy_one_is_waited_for() {
		let (outcome, asked) = play(&[&[Some(16)], &[None]], 60);
		assert_eq!(outcome, Ok((1, 0)));
		assert_eq!(asked, [(0, 0), (1, 0)]);
	}

	#[test]
	fn a_busy_node_is_asked_again_when_it_said() {
		let (outcome, asked) = play(&[&[Some(16), None]], 60);
		assert_eq!(outcome, Ok((0, 16)));
		assert_eq!(asked, [(0, 0), (0, 16)]);
	}

	#[test]
	fn who_has_room_first_is_asked_first() {
		let (outcome, asked) = play(&[&[Some(20), None], &[Some(4), Some(30)], &[]], 60);
		assert_eq!(outcome, Ok((0, 20)));
		assert_eq!(asked, [(0, 0), (1, 0), (2, 0), (1, 4), (0, 20)]);
	}

	#[test]
	fn no_wait_ends_after_the_patience_does() {
		assert_eq!(play(&[&[Some(61)]], 60), (Err(Some(61)), vec![(0, 0)]));
		assert_eq!(play(&[&[Some(60), None]], 60).0, Ok((0, 60)));
		// Half of it is used up when it says so again.
		let (outcome, asked) = play(&[&[Some(30), Some(31), None]], 60);
		assert_eq!(outcome, Err(Some(31)));
		assert_eq!(asked, [(0, 0), (0, 30)]);
		assert_eq!(play(&[&[Some(2), None]], 0), (Err(Some(2)), vec![(0, 0)]));
	}

	#[test]
	fn a_node_that_says_zero_is_not_asked_without_end() {
		let always = [Some(0); 100];
		let (outcome, asked) = play(&[&always], 5);
		assert_eq!(outcome, Err(Some(1)));
		assert_eq!(asked.len(), 6);
	}

	#[test]
	fn where_nobody_is_busy_nobody_is_waited_for() {
		assert_eq!(play(&[&[], &[]], 60), (Err(None), vec![(0, 0), (1, 0)]));
		assert_eq!(play(&[], 60), (Err(None), Vec::new()));
		// One that was busy refuses for good in the end.
		assert_eq!(play(&[&[Some(3)]], 60), (Err(None), vec![(0, 0), (0, 3)]));
	}

	#[test]
	fn what_was_asked_for_long_is_not_waited_for_besides() {
		let mut turns = Turns::new(vec!['a'], seconds(10));
		assert_eq!(turns.next(seconds(0)), Turn::Ask('a', Duration::ZERO));
		turns.is_busy('a', 4, seconds(0));
		// Others took so long to answer that its time has come; the patience counts from here.
		assert_eq!(turns.next(seconds(90)), Turn::Ask('a', Duration::ZERO));
		turns.is_busy('a', 10, seconds(91));
		assert_eq!(turns.next(seconds(91)), Turn::Over(Some(seconds(10))));
		assert_eq!(turns.into_busy().collect::<Vec<_>>(), ['a']);
	}
}
