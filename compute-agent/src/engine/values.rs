//! What a run leaves in the cache of attention's values, and the [traces](receipt::trace) that are read there.

use super::attention::Cache;
use receipt::{
	Hash,
	trace::{POINTS, Point, Shape, Trace, Tracer, points},
};

/// The values that attention keeps of a run, layer by layer.
pub trait Values {
	/// How many there are.
	fn shape(&self) -> Shape;

	/// One of them; nothing outside of the shape.
	fn at(&self, point: &Point) -> Option<f32>;
}

impl Values for Cache {
	fn shape(&self) -> Shape {
		let of_first = self.layers.first().map_or(0, |layer| layer.values.len());
		Shape {
			layers: self.layers.len() as u32,
			positions: self.positions as u32,
			features: of_first.checked_div(self.positions).unwrap_or(0) as u32,
		}
	}

	fn at(&self, point: &Point) -> Option<f32> {
		let Shape {
			positions, features, ..
		} = self.shape();
		let Point {
			layer,
			position,
			feature,
		} = *point;
		if position >= positions || feature >= features {
			return None;
		}
		let layer = self.layers.get(layer as usize)?;
		layer
			.values
			.get(position as usize * features as usize + feature as usize)
			.copied()
	}
}

/// The trace of a receipt that each of these auditors owes, in their order. None has one of an empty cache.
pub fn traces(values: &dyn Values, receipt: &Hash, tracers: &[Tracer]) -> Vec<Option<Trace>> {
	let shape = values.shape();
	let trace = |tracer: &Tracer| {
		let mut read = [0f32; POINTS];
		for (value, point) in read.iter_mut().zip(&points(receipt, tracer, &shape)?) {
			*value = values.at(point)?;
		}
		Some(Trace::of(&read))
	};
	tracers.iter().map(trace).collect()
}
