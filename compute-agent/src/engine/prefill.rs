//! The forward pass of many positions at once, and their logits.
//!
//! Positions are cut into tiles, and tiles into one share per thread. Within a layer the shares need
//! nothing of each other but the keys and values, which are complete before anybody attends to them.

use super::{
	attention::{Cache, LayerCache},
	lanes::{Column, POSITIONS},
	tiles::{Add, Attend, RmsNorm, Rotate, SwiGlu, from_rows, to_rows},
	weights::{Layer, Weights},
};
use receipt::Token;
use std::sync::mpsc;

/// Fewer positions than these are faster one by one.
pub(super) const WORTH_A_TILE: usize = 4;

/// Logits of one tile that wait for their reader, for each thread that computes them.
const WAITING: usize = 2;

/// Final-norm states, tile by tile.
pub(super) struct TileStates {
	columns: Vec<Column>,
	positions: usize,
}

/// Tiles that one thread computes, and what it needs for that.
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
		let mut shares = self.shares(cache.positions, tokens);
		on_threads(&mut shares, |share| {
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
			on_threads(&mut shares, |share| {
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

	/// Cuts tokens into shares that take about the same time: one per thread, at most.
	fn shares<'a>(&self, first: usize, tokens: &'a [Token]) -> Vec<Share<'a>> {
		// candle has threads of its own.
		let threads = if self.is_portable() {
			self.processor.threads()
		} else {
			1
		};
		let tiles: Vec<&[Token]> = tokens.chunks(POSITIONS).collect();
		// Products of a tile: with each weight, and with the keys and values it sees.
		let attention = 2 * self.layers.len() * self.heads.queries * self.heads.size;
		let cost = |tile: usize| self.parameters as usize + attention * (first + tile * POSITIONS);
		let whole: usize = (0..tiles.len()).map(cost).sum();
		let mut shares = Vec::new();
		let (mut taken, mut before) = (0, 0);
		for thread in 1..=threads {
			let from = taken;
			while taken < tiles.len()
				&& (thread == threads || (before + cost(taken) / 2) * threads < whole * thread)
			{
				before += cost(taken);
				taken += 1;
			}
			if from < taken {
				let range = from * POSITIONS..tokens.len().min(taken * POSITIONS);
				shares.push(Share {
					first: first + range.start,
					tokens: &tokens[range],
					..Share::default()
				});
			}
		}
		shares
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
		let writers = self.processor.threads().min(tiles.len().saturating_sub(first)) - 1;
		if writers == 0 {
			let mut columns = Vec::new();
			return (first..tiles.len()).try_for_each(|tile| read(tile, logits(tile, &mut columns)?));
		}
		std::thread::scope(|scope| {
			let receivers: Vec<_> = (0..writers)
				.map(|writer| {
					let (sender, receiver) = mpsc::sync_channel(WAITING);
					let logits = &logits;
					let mut own = (first + writer..tiles.len()).step_by(writers);
					scope.spawn(move || {
						let mut columns = Vec::new();
						own.try_for_each(|tile| sender.send(logits(tile, &mut columns)))
					});
					receiver
				})
				.collect();
			for tile in first..tiles.len() {
				let received = receivers[(tile - first) % writers].recv();
				read(tile, received.expect("a writer ends after its last tile")?)?;
			}
			Ok(())
		})
	}
}

impl TileStates {
	/// One row of `width` values for each position.
	pub(super) fn rows(&self, width: usize) -> Vec<f32> {
		to_rows(&self.columns, width, self.positions)
	}
}

/// Runs `work` on every share, each in a thread of its own.
fn on_threads<S: Send>(
	shares: &mut [S],
	work: impl Fn(&mut S) -> candle_core::Result<()> + Sync,
) -> candle_core::Result<()> {
	let Some((own, others)) = shares.split_first_mut() else {
		return Ok(());
	};
	std::thread::scope(|scope| {
		let work = &work;
		let running: Vec<_> = others
			.iter_mut()
			.map(|share| scope.spawn(move || work(share)))
			.collect();
		let mut result = work(own);
		for thread in running {
			let other = thread
				.join()
				.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
			result = result.and(other);
		}
		result
	})
}
