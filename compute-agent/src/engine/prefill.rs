//! The forward pass of many positions at once, and their logits.
//!
//! Positions are cut into tiles, and tiles into shares. A share goes through the layers step by step, and since no
//! position depends on later ones, a step needs nothing but the same step's keys and values of the shares before it.
//! So threads, which live for the whole pass, never wait for all others: each takes the earliest step that can be
//! taken, and then logits of shares that are through. One that another program holds up holds up no earlier share, and
//! takes fewer steps.

use super::{
	attention::{Cache, LayerCache},
	lanes::{Column, POSITIONS},
	tiles::{Add, Attend, RmsNorm, Rotate, SwiGlu, from_rows, to_rows},
	weights::{Layer, Weights},
};
use receipt::Token;
use std::{
	collections::BTreeMap,
	sync::{Condvar, Mutex, MutexGuard, OnceLock},
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
	number: usize,
	tokens: &'a [Token],
	/// The position of the first token.
	first: usize,
	angles: Vec<(Column, Column)>,
	/// What runs through the layers, and its norm.
	x: Vec<Column>,
	normed: Vec<Column>,
	queries: Vec<Column>,
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
		self.read_tiles(cache, tokens, tokens.len(), &mut |_, _| Ok(()))
	}

	/// Feeds tokens after those in the cache, and gives `reader` the logits of each from the token `from` on, in order.
	/// The other threads compute while the reader looks.
	pub(super) fn read_tiles<E: From<candle_core::Error>>(
		&self,
		cache: &mut Cache,
		tokens: &[Token],
		from: usize,
		reader: &mut dyn FnMut(usize, &[f32]) -> Result<(), E>,
	) -> Result<TileStates, E> {
		let pass = Pass::new(self, cache, tokens, from);
		std::thread::scope(|scope| {
			for _ in 0..pass.helpers() {
				scope.spawn(|| pass.help());
			}
			let _end = EndWhenDropped(&pass);
			pass.read(reader)
		})?;
		let Pass { cached, states, .. } = pass;
		for share in cached {
			for (cache, part) in cache.layers.iter_mut().zip(share) {
				let part = part.into_inner().expect("every share went through all layers");
				cache.keys.extend(part.keys);
				cache.values.extend(part.values);
			}
		}
		cache.positions += tokens.len();
		Ok(TileStates {
			columns: states
				.into_iter()
				.flat_map(|states| states.into_inner().expect("every share went through all layers"))
				.collect(),
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

	/// Queries of a layer, which stay in the share, and its keys and values, in rows as the cache wants them.
	fn project(&self, layer: &Layer, share: &mut Share<'_>) -> candle_core::Result<LayerCache> {
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
		let keys = to_rows(projected, heads.keys * size, positions);
		layer.value.apply_tiles(x, positions, processor, projected)?;
		let values = to_rows(projected, heads.keys * size, positions);
		Ok(LayerCache { keys, values })
	}

	/// Attention over the positions of `cached`, the share's own last, and the feed-forward block of a layer.
	fn finish(
		&self,
		layer: &Layer,
		cached: &[&LayerCache],
		share: &mut Share<'_>,
	) -> candle_core::Result<()> {
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
				cached,
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
}

/// One call of [`Weights::read_tiles`].
///
/// Step 0 of a share embeds its tokens and projects queries, keys and values for layer 0. Step `n` takes it through
/// the rest of layer `n - 1`, and projects for layer `n`; after the last layer there is the final norm instead.
struct Pass<'a> {
	weights: &'a Weights,
	/// Keys and values of the positions before.
	before: &'a Cache,
	/// Keys and values, share by share and layer by layer.
	cached: Vec<Vec<OnceLock<LayerCache>>>,
	/// Final-norm states, share by share.
	states: Vec<OnceLock<Vec<Column>>>,
	/// Tiles of every share but the last, which may have fewer.
	tiles: usize,
	positions: usize,
	/// The first position whose logits are wanted.
	from: usize,
	progress: Mutex<Progress<'a>>,
	changed: Condvar,
}

struct Progress<'a> {
	/// How many steps of each share are done, and the share itself while nobody computes it.
	shares: Vec<(usize, Option<Share<'a>>)>,
	/// The tile that the reader waits for.
	wanted: usize,
	/// The next one whose logits nobody has begun.
	next: usize,
	/// Logits that the reader has not seen yet.
	logits: BTreeMap<usize, Vec<f32>>,
	error: Option<candle_core::Error>,
	/// Nobody shall begin anything any more.
	ended: bool,
}

/// What a thread does in one go.
enum Work<'a> {
	/// The next step of a share, of which so many are done.
	Step(usize, Share<'a>),
	/// The logits of a tile.
	Logits(usize),
}

impl<'a> Pass<'a> {
	fn new(weights: &'a Weights, before: &'a Cache, tokens: &'a [Token], from: usize) -> Self {
		let (tiles, shares) = shares(before.positions, tokens, weights.prefill_threads());
		let layers = || weights.layers.iter().map(|_| OnceLock::new()).collect();
		Self {
			weights,
			before,
			cached: shares.iter().map(|_| layers()).collect(),
			states: shares.iter().map(|_| OnceLock::new()).collect(),
			tiles,
			positions: tokens.len(),
			from,
			progress: Mutex::new(Progress {
				shares: shares.into_iter().map(|share| (0, Some(share))).collect(),
				wanted: from / POSITIONS,
				next: from / POSITIONS,
				logits: BTreeMap::new(),
				error: None,
				ended: false,
			}),
			changed: Condvar::new(),
		}
	}

	/// After the last tile whose logits are wanted.
	fn end(&self) -> usize {
		if self.from < self.positions {
			self.positions.div_ceil(POSITIONS)
		} else {
			self.from / POSITIONS
		}
	}

	/// Threads that are worth starting beside the reader's.
	fn helpers(&self) -> usize {
		let at_once = self.states.len().max(self.end() - self.from / POSITIONS);
		self.weights.processor.threads().min(at_once) - 1
	}

	/// Steps of a share.
	fn steps(&self) -> usize {
		self.weights.layers.len() + 1
	}

	fn lock(&self) -> MutexGuard<'_, Progress<'a>> {
		self.progress.lock().expect("nobody panics with this lock")
	}

	fn wait<'b>(&self, progress: MutexGuard<'b, Progress<'a>>) -> MutexGuard<'b, Progress<'a>> {
		self.changed.wait(progress).expect("nobody panics with this lock")
	}

	/// Something to do, if there is anything that needs nothing of what others are doing. Steps come before logits,
	/// because steps wait for each other.
	fn take(&self, progress: &mut Progress<'a>) -> Option<Work<'a>> {
		let mut earliest = None;
		// A step attends to keys and values that all shares before have from their step before.
		let mut done_before = usize::MAX;
		for (number, (done, share)) in progress.shares.iter().enumerate() {
			let can_go_on = share.is_some() && *done < self.steps() && *done <= done_before;
			if can_go_on && earliest.is_none_or(|(step, _)| *done < step) {
				earliest = Some((*done, number));
			}
			done_before = done_before.min(*done);
		}
		if let Some((step, number)) = earliest {
			return Some(Work::Step(step, progress.shares[number].1.take()?));
		}
		let tile = progress.next;
		let ahead = WAITING * (self.helpers() + 1);
		let is_near = tile < self.end() && tile < progress.wanted + ahead;
		(is_near && progress.shares[tile / self.tiles].0 == self.steps()).then(|| {
			progress.next += 1;
			Work::Logits(tile)
		})
	}

	/// Does the work, and tells the others.
	fn perform(&self, work: Work<'a>, columns: &mut Vec<Column>) {
		let result = match work {
			Work::Step(step, mut share) => self.step(step, &mut share).map(|()| {
				let number = share.number;
				self.lock().shares[number] = (step + 1, Some(share));
			}),
			Work::Logits(tile) => self.logits(tile, columns).map(|logits| {
				self.lock().logits.insert(tile, logits);
			}),
		};
		if let Err(error) = result {
			let mut progress = self.lock();
			progress.error.get_or_insert(error);
			progress.ended = true;
		}
		self.changed.notify_all();
	}

	fn step(&self, step: usize, share: &mut Share<'_>) -> candle_core::Result<()> {
		let (weights, number) = (self.weights, share.number);
		match step.checked_sub(1) {
			None => weights.begin(share)?,
			Some(layer) => {
				let of_shares = self.cached[..=number].iter().map(|layers| {
					let part = layers[layer].get();
					part.expect("a step is taken when the shares before have done the step before")
				});
				let cached: Vec<&LayerCache> = std::iter::once(&self.before.layers[layer])
					.chain(of_shares)
					.collect();
				weights.finish(&weights.layers[layer], &cached, share)?;
			}
		}
		match weights.layers.get(step) {
			Some(layer) => {
				let projected = weights.project(layer, share)?;
				self.cached[number][step].get_or_init(|| projected);
			}
			None => {
				weights.norm(&share.x, &weights.output_norm, &mut share.normed);
				self.states[number].get_or_init(|| std::mem::take(&mut share.normed));
			}
		}
		Ok(())
	}

	/// The logits of a tile, in rows.
	fn logits(&self, tile: usize, columns: &mut Vec<Column>) -> candle_core::Result<Vec<f32>> {
		let weights = self.weights;
		let share = self.states[tile / self.tiles].get();
		let share = share.expect("logits are taken when their share is through");
		let states = &share[tile % self.tiles * weights.width..][..weights.width];
		let positions = POSITIONS.min(self.positions - tile * POSITIONS);
		weights
			.output_matrix()
			.apply_tiles(states, positions, weights.processor, columns)?;
		Ok(to_rows(columns, weights.vocabulary, positions))
	}

	/// Works until the pass ends.
	fn help(&self) {
		let _end = EndWhenDropped(self);
		let mut columns = Vec::new();
		let mut progress = self.lock();
		while !progress.ended {
			match self.take(&mut progress) {
				Some(work) => {
					drop(progress);
					self.perform(work, &mut columns);
					progress = self.lock();
				}
				None => progress = self.wait(progress),
			}
		}
	}

	/// Works, rather than wait, until `find` finds something.
	fn work_until<T>(
		&self,
		columns: &mut Vec<Column>,
		mut find: impl FnMut(&mut Progress<'a>) -> Option<T>,
	) -> candle_core::Result<T> {
		let mut progress = self.lock();
		loop {
			if let Some(error) = progress.error.take() {
				return Err(error);
			}
			if let Some(found) = find(&mut progress) {
				return Ok(found);
			}
			if progress.ended {
				drop(progress);
				panic!("a thread of this pass has panicked");
			}
			match self.take(&mut progress) {
				Some(work) => {
					drop(progress);
					self.perform(work, columns);
					progress = self.lock();
				}
				None => progress = self.wait(progress),
			}
		}
	}

	/// Gives the reader its logits, and ends when every share is through.
	fn read<E: From<candle_core::Error>>(
		&self,
		reader: &mut dyn FnMut(usize, &[f32]) -> Result<(), E>,
	) -> Result<(), E> {
		let mut columns = Vec::new();
		for tile in self.from / POSITIONS..self.end() {
			let logits = self.work_until(&mut columns, |progress| {
				if progress.wanted < tile {
					progress.wanted = tile;
					self.changed.notify_all();
				}
				progress.logits.remove(&tile)
			})?;
			let first = tile * POSITIONS;
			let rows = logits.chunks_exact(self.weights.vocabulary).enumerate();
			for (row, logits) in rows.skip(self.from.saturating_sub(first)) {
				reader(first + row, logits)?;
			}
		}
		let are_through = |progress: &mut Progress<'a>| {
			let mut shares = progress.shares.iter();
			shares.all(|(done, _)| *done == self.steps()).then_some(())
		};
		Ok(self.work_until(&mut columns, are_through)?)
	}
}

/// Ends a pass when the thread that holds it is done with it or panics, so that nobody waits for what will not come.
struct EndWhenDropped<'a, 'b>(&'b Pass<'a>);

impl Drop for EndWhenDropped<'_, '_> {
	fn drop(&mut self) {
		self.0.lock().ended = true;
		self.0.changed.notify_all();
	}
}

impl TileStates {
	/// One row of `width` values for each position.
	pub(super) fn rows(&self, width: usize) -> Vec<f32> {
		to_rows(&self.columns, width, self.positions)
	}
}

/// Cuts tokens into shares: one for one thread, several for each of more, so that all end at about the same time. The
/// number of tiles that each but the last has comes first.
fn shares(first: usize, tokens: &[Token], threads: usize) -> (usize, Vec<Share<'_>>) {
	let all = tokens.len().div_ceil(POSITIONS);
	let tiles = match threads {
		1 => all.max(1),
		_ => (all / (2 * threads)).clamp(1, SHARE),
	};
	let shares = tokens
		.chunks(tiles * POSITIONS)
		.enumerate()
		.map(|(number, tokens)| Share {
			number,
			first: first + number * tiles * POSITIONS,
			tokens,
			..Share::default()
		})
		.collect();
	(tiles, shares)
}
