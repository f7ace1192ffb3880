//! Outcomes of many seeds as a table.

use crate::{measure::Outcome, strategy::Strategy};

/// What the outcomes of one strategy say together.
#[derive(Clone, Debug)]
pub struct Row {
	/// The strategy.
	pub strategy: Strategy,
	/// Seeds.
	pub seeds: usize,
	/// 5th percentile, median and 95th percentile of the relative outcome.
	pub relative: [f64; 3],
	/// Its mean, and the standard error of the mean.
	pub mean: (f64, f64),
	/// Part of the cheated jobs that was found, of all seeds together; `None` without cheats.
	pub caught: Option<f64>,
	/// Part of the owners that was ejected, and the median block.
	pub ejected: (f64, Option<u32>),
	/// Mean loss of the group, of the honest nodes, and of the honest validators.
	pub losses: [f64; 3],
	/// Mean part of jobs that were audited, and verdicts per job.
	pub audits: (f64, f64),
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
	sorted[(sorted.len() - 1) * percent / 100]
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
	let count = values.clone().count().max(1) as f64;
	values.sum::<f64>() / count
}

impl Row {
	/// Sums up outcomes; `None` where there is none of this strategy.
	pub fn of(strategy: Strategy, outcomes: &[Outcome]) -> Option<Self> {
		let own: Vec<&Outcome> = outcomes.iter().filter(|own| own.strategy == strategy).collect();
		if own.is_empty() {
			return None;
		}
		let mut relative: Vec<f64> = own.iter().map(|own| own.relative).collect();
		relative.sort_by(f64::total_cmp);
		let average = mean(relative.iter().copied());
		let variance = mean(relative.iter().map(|value| (value - average).powi(2)));
		let (cheats, caught) = own
			.iter()
			.fold((0, 0), |sum, own| (sum.0 + own.cheats, sum.1 + own.caught));
		let mut blocks: Vec<u32> = own.iter().flat_map(|own| own.ejections.iter().copied()).collect();
		blocks.sort_unstable();
		let owners: usize = own.iter().map(|own| own.owners).sum();
		Some(Self {
			strategy,
			seeds: own.len(),
			relative: [5, 50, 95].map(|percent| percentile(&relative, percent)),
			mean: (average, (variance / own.len() as f64).sqrt()),
			caught: (cheats > 0).then(|| caught as f64 / cheats as f64),
			ejected: (
				blocks.len() as f64 / owners.max(1) as f64,
				blocks.get(blocks.len() / 2).copied(),
			),
			losses: [
				mean(own.iter().map(|own| own.group_loss)),
				mean(own.iter().map(|own| own.honest_loss)),
				mean(own.iter().map(|own| own.honest_validator_loss)),
			],
			audits: (
				mean(own.iter().map(|own| own.audited)),
				mean(own.iter().map(|own| own.verdicts)),
			),
		})
	}

	/// The heading of [`Row::line`].
	pub const HEADING: &str = "\
| strategy | 5 % | median | 95 % | caught | ejected | at block | own loss | honest loss | honest validators' loss |
|---|---|---|---|---|---|---|---|---|---|";

	/// A line of a Markdown table.
	pub fn line(&self) -> String {
		let percent = |value: f64| format!("{:.1} %", value * 100.0);
		let [low, median, high] = self.relative;
		let [own, honest, validators] = self.losses;
		let (part, block) = self.ejected;
		format!(
			"| {} | {low:.3} | {median:.3} | {high:.3} | {} | {} | {} | {} | {} | {} |",
			self.strategy,
			self.caught.map_or("".into(), percent),
			if part > 0.0 { percent(part) } else { "".into() },
			block.map_or("".into(), |block| block.to_string()),
			percent(own),
			percent(honest),
			percent(validators),
		)
	}

	/// The same as one JSON object.
	pub fn json(&self) -> String {
		let [low, median, high] = self.relative;
		let [own, honest, validators] = self.losses;
		let (part, block) = self.ejected;
		let number = |value: Option<f64>| value.map_or("null".into(), |value| format!("{value:.6}"));
		format!(
			"{{\"strategy\":\"{}\",\"seeds\":{},\"p5\":{low:.6},\"median\":{median:.6},\"p95\":{high:.6},\
			 \"mean\":{:.6},\"standard_error\":{:.6},\"caught\":{},\"ejected\":{part:.6},\"ejected_at\":{},\
			 \"loss\":{own:.6},\"honest_loss\":{honest:.6},\"honest_validator_loss\":{validators:.6},\
			 \"audited\":{:.6},\"verdicts_per_job\":{:.6}}}",
			self.strategy,
			self.seeds,
			self.mean.0,
			self.mean.1,
			number(self.caught),
			number(block.map(f64::from)),
			self.audits.0,
			self.audits.1,
		)
	}
}
