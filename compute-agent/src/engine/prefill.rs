//! The forward pass of many positions at once, and their logits.
//!
//! Positions are cut into tiles, and tiles into shares, which threads take one after the other: a thread that another
//! program holds up takes fewer of them. Within a layer the shares need nothing of each other but the keys and values,
//! which are complete before anybody attends to them.

use super::{
	attention::{Cache, LayerCache},
	lanes::{Column, POSITIONS},
	tiles::{Add, Attend, RmsNorm, Rotate, SwiGlu, from_rows, to_rows},
	weights::{Layer, Weights},
};
use receipt::Token;
use std::{
	collections::BTreeMap,
	sync::{Condvar, Mutex, MutexGuard},
};

/// Fewer positions than these are faster one by one.
pub(super) const WORTH_A_TILE: usize = 4;

/// Logits of one tile that wait for their reader, for each thread that computes them.
const WAITING: usize = 2;

/// The most tiles of a share. Weights are read from memory once for all tiles of a share.
const SHARE: usize = 4;

/// Final-norm states, tile by tile.
pub(super) struct TileStates {
	columns: Vec<Column>,
	positions: usize,
}

/// Tiles that one thread computes in one go, and what it needs for that.
#[derive(Default)]
struct Share<'a> {
	tokens: &'a [Token],
	/// The position of the first token.
	first: usize,
	angles: Vec<(Column, Column)>,
	/// What runs through the layers, and its norm.
	x: Vec<Column>,
	normed: Vec<Column>,
	queries: Vec<Column>,
	/// Of one layer, in rows, as the cache wants them.
	keys: Vec<f32>,
	values: Vec<f32>,
	gate: Vec<Column>,
	up: Vec<Column>,
	/// What is added to `x`.
	product: Vec<Column>,
	/// Keys or values.
	projected: Vec<Column>,
}

impl Weights {
	/// Feeds tokens after those in the cache; the states are those of [`Weights::forward`], to the bit.
	pub(super) fn forward_tiles(
		&self,
		cache: &mut Cache,
		tokens: &[Token],
	) -> candle_core::Result<TileStates> {
		let threads = self.prefill_threads();
		let mut shares = shares(cache.positions, tokens, threads);
		on_threads(threads, &mut shares, |share| {
			self.begin(share)?;
			self.project(&self.layers[0], share)
		})?;
		for (number, layer) in self.layers.iter().enumerate() {
			let cache = &mut cache.layers[number];
			for share in &mut shares {
				cache.keys.append(&mut share.keys);
				cache.values.append(&mut share.values);
			}
			let next = self.layers.get(number + 1);
			on_threads(threads, &mut shares, |share| {
				self.finish(layer, cache, share)?;
				match next {
					Some(next) => self.project(next, share),
					None => {
						self.norm(&share.x, &self.output_norm, &mut share.normed);
						Ok(())
					}
				}
			})?;
		}
		cache.positions += tokens.len();
		Ok(TileStates {
			columns: shares.into_iter().flat_map(|share| share.normed).collect(),
			positions: tokens.len(),
		})
	}

	fn prefill_threads(&self) -> usize {
		// candle has threads of its own.
		if self.is_portable() {
			self.processor.threads()
		} else {
			1
		}
	}

	fn norm(&self, x: &[Column], weight: &[f32], y: &mut Vec<Column>) {
		y.resize(x.len(), Column::ZERO);
		self.processor.run(RmsNorm {
			x,
			weight,
			epsilon: self.epsilon,
			y,
		});
	}

	/// The tokens' embeddings, and the angles of their positions.
	fn begin(&self, share: &mut Share<'_>) -> candle_core::Result<()> {
		let rows = self.embedding.rows(share.tokens)?;
		share.x = from_rows(&rows, self.width);
		share.angles = self
			.rotary
			.tiles(share.first, share.tokens.len().div_ceil(POSITIONS));
		Ok(())
	}

	/// Queries, keys and values of a layer.
	fn project(&self, layer: &Layer, share: &mut Share<'_>) -> candle_core::Result<()> {
		let (processor, positions, heads) = (self.processor, share.tokens.len(), self.heads);
		let (angles, pairs, size) = (&share.angles, self.rotary.pairs(), heads.size);
		let rotate = |x: &mut [Column], heads: usize| {
			processor.run(Rotate {
				x,
				features: heads * size,
				size,
				angles,
				pairs,
			})
		};
		self.norm(&share.x, &layer.attention_norm, &mut share.normed);
		let (x, projected) = (&share.normed, &mut share.projected);
		layer
			.query
			.apply_tiles(x, positions, processor, &mut share.queries)?;
		rotate(&mut share.queries, heads.queries);
		layer.key.apply_tiles(x, positions, processor, projected)?;
		rotate(projected, heads.keys);
		share.keys = to_rows(projected, heads.keys * size, positions);
		layer.value.apply_tiles(x, positions, processor, projected)?;
		share.values = to_rows(projected, heads.keys * size, positions);
		Ok(())
	}

	/// Attention and the feed-forward block of a layer.
	fn finish(&self, layer: &Layer, cache: &LayerCache, share: &mut Share<'_>) -> candle_core::Result<()> {
		let (processor, positions, heads) = (self.processor, share.tokens.len(), self.heads);
		let Share {
			x,
			normed,
			queries,
			gate,
			up,
			product,
			..
		} = share;
		let width = heads.queries * heads.size;
		normed.resize(queries.len(), Column::ZERO);
		let tiles = queries.chunks_exact(width).zip(normed.chunks_exact_mut(width));
		for (tile, (queries, out)) in tiles.enumerate() {
			processor.run(Attend {
				queries,
				cache,
				heads,
				first: share.first + tile * POSITIONS,
				out,
			});
		}
		layer
			.attention_output
			.apply_tiles(normed, positions, processor, product)?;
		processor.run(Add { x, y: product });

		self.norm(x, &layer.forward_norm, normed);
		layer.gate.apply_tiles(normed, positions, processor, gate)?;
		layer.up.apply_tiles(normed, positions, processor, up)?;
		processor.run(SwiGlu { gate, up });
		layer.down.apply_tiles(gate, positions, processor, product)?;
		processor.run(Add { x, y: product });
		Ok(())
	}

	/// Gives `reader` the states' logits, from the position `from` on, in order. The other threads
	/// compute while the reader looks.
	pub(super) fn read_logits<E: From<candle_core::Error>>(
		&self,
		states: &TileStates,
		from: usize,
		reader: &mut dyn FnMut(usize, &[f32]) -> Result<(), E>,
	) -> Result<(), E> {
		let tiles: Vec<&[Column]> = states.columns.chunks_exact(self.width).collect();
		let logits = |tile: usize, columns: &mut Vec<Column>| -> candle_core::Result<Vec<f32>> {
			let positions = POSITIONS.min(states.positions - tile * POSITIONS);
			self.output_matrix()
				.apply_tiles(tiles[tile], positions, self.processor, columns)?;
			Ok(to_rows(columns, self.vocabulary, positions))
		};
		let mut read = |tile: usize, logits: Vec<f32>| -> Result<(), E> {
			let first = tile * POSITIONS;
			let rows = logits.chunks_exact(self.vocabulary).enumerate();
			for (row, logits) in rows.skip(from.saturating_sub(first)) {
				reader(first + row, logits)?;
			}
			Ok(())
		};
		let first = from / POSITIONS;
		let others = self.processor.threads().min(tiles.len().saturating_sub(first)) - 1;
		if others == 0 {
			let mut columns = Vec::new();
			return (first..tiles.len()).try_for_each(|tile| read(tile, logits(tile, &mut columns)?));
		}
		let queue = Queue::new(first, tiles.len(), WAITING * (others + 1));
		std::thread::scope(|scope| {
			for _ in 0..others {
				scope.spawn(|| {
					let _guard = EndOnPanic(&queue);
					let mut columns = Vec::new();
					while let Some(tile) = queue.take() {
						queue.put(tile, logits(tile, &mut columns));
					}
				});
			}
			let _guard = EndOnPanic(&queue);
			let mut columns = Vec::new();
			let result = (first..tiles.len()).try_for_each(|tile| {
				// Rather than wait, the reader computes what nobody has begun.
				while let Some(next) = queue.take_instead_of(tile) {
					queue.put(next, logits(next, &mut columns));
				}
				let computed = queue
					.get(tile)
					.expect("whoever took a tile puts its logits there");
				read(tile, computed?)
			});
			queue.end();
			result
		})
	}
}

/// Tiles whose logits are computed by several threads and read by one, in order.
struct Queue {
	state: Mutex<QueueState>,
	changed: Condvar,
	/// Tiles that may be taken before the reader has them.
	ahead: usize,
}

struct QueueState {
	/// The tile that the reader waits for.
	wanted: usize,
	/// The next one that nobody has taken.
	next: usize,
	/// After the last one; zero where it has ended.
	end: usize,
	done: BTreeMap<usize, candle_core::Result<Vec<f32>>>,
}

impl Queue {
	fn new(first: usize, end: usize, ahead: usize) -> Self {
		Self {
			state: Mutex::new(QueueState {
				wanted: first,
				next: first,
				end,
				done: BTreeMap::new(),
			}),
			changed: Condvar::new(),
			ahead,
		}
	}

	fn lock(&self) -> MutexGuard<'_, QueueState> {
		self.state.lock().expect("nobody panics with this lock")
	}

	/// A tile to compute, as soon as the reader is near enough; nothing after the last.
	fn take(&self) -> Option<usize> {
		let far = |state: &mut QueueState| state.next < state.end && state.next >= state.wanted + self.ahead;
		let waited = self.changed.wait_while(self.lock(), far);
		let mut state = waited.expect("nobody panics with this lock");
		state.take()
	}

	/// The same for the reader, unless `tile` is there or there is enough to read after it.
	fn take_instead_of(&self, tile: usize) -> Option<usize> {
		let mut state = self.lock();
		state.wanted = tile;
		self.changed.notify_all();
		if state.done.contains_key(&tile) || state.next >= tile + self.ahead {
			return None;
		}
		state.take()
	}

	fn put(&self, tile: usize, logits: candle_core::Result<Vec<f32>>) {
		self.lock().done.insert(tile, logits);
		self.changed.notify_all();
	}

	/// Nobody takes anything or waits any more.
	fn end(&self) {
		self.lock().end = 0;
		self.changed.notify_all();
	}

	/// The logits of a tile that was taken; nothing if whoever took it died.
	fn get(&self, tile: usize) -> Option<candle_core::Result<Vec<f32>>> {
		let missing = |state: &mut QueueState| state.end > 0 && !state.done.contains_key(&tile);
		let waited = self.changed.wait_while(self.lock(), missing);
		let mut state = waited.expect("nobody panics with this lock");
		state.done.remove(&tile)
	}
}

/// Ends a queue when its thread panics, so that nobody waits for what will not come.
struct EndOnPanic<'a>(&'a Queue);

impl Drop for EndOnPanic<'_> {
	fn drop(&mut self) {
		if std::thread::panicking() {
			self.0.end();
		}
	}
}

impl QueueState {
	fn take(&mut self) -> Option<usize> {
		(self.next < self.end).then(|| {
			self.next += 1;
			self.next - 1
		})
	}
}

impl TileStates {
	/// One row of `width` values for each position.
	pub(super) fn rows(&self, width: usize) -> Vec<f32> {
		to_rows(&self.columns, width, self.positions)
	}
}

/// Cuts tokens into shares: one for one thread, several for each of more, so that all end at about the same time.
fn shares(first: usize, tokens: &[Token], threads: usize) -> Vec<Share<'_>> {
	let all = tokens.len().div_ceil(POSITIONS);
	let tiles = match threads {
		1 => all.max(1),
		_ => (all / (2 * threads)).clamp(1, SHARE),
	};
	tokens
		.chunks(tiles * POSITIONS)
		.enumerate()
		.map(|(number, tokens)| Share {
			first: first + number * tiles * POSITIONS,
			tokens,
			..Share::default()
		})
		.collect()
}

/// Runs `work` on every share, on so many threads, each of which takes the next as soon as it is free.
fn on_threads<S: Send>(
	threads: usize,
	shares: &mut [S],
	work: impl Fn(&mut S) -> candle_core::Result<()> + Sync,
) -> candle_core::Result<()> {
	let threads = threads.min(shares.len());
	if threads <= 1 {
		return shares.iter_mut().try_for_each(work);
	}
	let waiting = Mutex::new(shares.iter_mut());
	let take_all = || -> candle_core::Result<()> {
		loop {
			let next = waiting.lock().expect("nobody panics with this lock").next();
			match next {
				Some(share) => work(share)?,
				None => return Ok(()),
			}
		}
	};
	std::thread::scope(|scope| {
		let running: Vec<_> = (1..threads).map(|_| scope.spawn(take_all)).collect();
		let mut result = take_all();
		for thread in running {
			let other = thread
				.join()
				.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
			result = result.and(other);
		}
		result
	})
}
