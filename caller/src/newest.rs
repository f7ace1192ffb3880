//! The newest block, as far as a caller knows.

use chain_client::ReadError;
use std::time::{Duration, Instant};

/// The length of a block.
const BLOCK: Duration = Duration::from_secs(2);

/// The height of the newest block. A ticket is compared with it, so it must not lie behind: one that expires soon would
/// pass for a good one.
pub(crate) struct Newest {
	height: u32,
	/// When that block was the newest.
	at: Instant,
}

impl Newest {
	/// A block of this height was the newest then.
	pub(crate) fn new(height: u32, at: Instant) -> Self {
		Self { height, at }
	}

	/// The height of the newest block.
	pub(crate) fn height(&self) -> u32 {
		self.height
	}

	/// Takes over what was read now. Where nothing could be read, as many blocks have come as take so long.
	pub(crate) fn read(&mut self, height: Result<u32, ReadError>, now: Instant) {
		match height {
			Ok(height) => *self = Self::new(height, now),
			Err(error) => {
				tracing::debug!(%error, "the newest block is estimated");
				let blocks = now.saturating_duration_since(self.at).as_secs() / BLOCK.as_secs();
				let blocks = u32::try_from(blocks).unwrap_or(u32::MAX);
				self.height = self.height.saturating_add(blocks);
				self.at += BLOCK.saturating_mul(blocks);
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_block_that_cannot_be_read_is_counted_from_the_last_that_was() {
		let began = Instant::now();
		let lost = || -> Result<u32, ReadError> {
			Err(ReadError::Connection {
				what: "the block",
				reason: "it is gone".into(),
			})
		};
		let mut newest = Newest::new(100, began);
		// Seconds since the beginning, what is read then, and what the newest block is by that.
		for (seconds, read, expected) in [
			(1, lost(), 100),
			(3, lost(), 101),
			// The second that was left over counts.
			(4, lost(), 102),
			(34, lost(), 117),
			(35, Ok(110), 110),
			(36, lost(), 110),
			(37, lost(), 111),
			(37, Ok(109), 109),
		] {
			newest.read(read, began + Duration::from_secs(seconds));
			assert_eq!(newest.height(), expected, "after {seconds} s");
		}
	}
}
