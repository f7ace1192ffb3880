//! What the project asserts of its rules, over many seeds.

use crate::{
	measure::Outcome,
	settings::Pace,
	strategy::{Measured, Strategy},
	table::Row,
};
use std::fmt;

/// The largest part of their income that honest nodes and honest validators may lose.
pub const HONEST_LOSS: f64 = 0.015;

/// An assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
	/// Every dishonest strategy ends with less than honesty: its mean and three standard errors are below one.
	CheatingLoses,
	/// Validators that always repeat what others tell them, and make up their traces, lose, in every seed.
	RepeatingLoses,
	/// Validators that share whole runs gain at most what their audits cost, in every seed.
	SharedRunsSaveOnlyAudits,
	/// No honest auditor is slashed as idle, in any seed in which no third of the validators says so of everybody.
	HonestyIsNotIdle,
	/// Honest nodes lose at most [`HONEST_LOSS`] of their income on average, and so do honest validators.
	HonestyIsCheap,
	/// A bad driver costs a node that checks its runs no slash, in any seed.
	BurstsAreNotSlashed,
	/// No honest node is ejected, in any seed, and no node for one burst.
	HonestyIsNotEjected,
	/// No work that was done is found wanting, in any seed, also while any number of verifiers is away.
	NobodyIsWronged,
	/// What cannot be audited cannot be slashed, in any seed.
	UnverifiedIsNotSlashed,
}

impl fmt::Display for Claim {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::CheatingLoses => "every dishonest strategy ends with less than honesty",
			Self::RepeatingLoses => {
				"an auditor that always repeats verdicts ends with less than one that runs the model"
			}
			Self::SharedRunsSaveOnlyAudits => "auditors that share runs gain at most what their audits cost",
			Self::HonestyIsNotIdle => "no honest auditor is slashed as idle",
			Self::HonestyIsCheap => "honest nodes and validators lose at most 1.5 % of their income",
			Self::BurstsAreNotSlashed => "a bad driver costs a node that checks its runs no slash",
			Self::HonestyIsNotEjected => "no honest node is ejected, and none for a bad driver",
			Self::NobodyIsWronged => "no work that was done as agreed fails an audit",
			Self::UnverifiedIsNotSlashed => "a node on an uncalibrated pair is not slashed",
		})
	}
}

/// An assertion that does not hold.
#[derive(Clone, Debug)]
pub struct Broken {
	/// Which.
	pub claim: Claim,
	/// For which strategy.
	pub strategy: Strategy,
	/// In which worlds.
	pub pace: Pace,
	/// A seed that shows it: the one in which it is the clearest.
	pub seed: u64,
	/// The figures.
	pub figures: String,
}

impl fmt::Display for Broken {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self {
			claim,
			strategy,
			pace,
			seed,
			figures,
		} = self;
		write!(
			f,
			"does not hold: {claim}\n  strategy {strategy}, pace {pace}, clearest in seed {seed}, at the end of the run: \
			 {figures}\n  replay: ./scripts/sim --seed {seed} --strategy {strategy} --pace {pace} --trace"
		)
	}
}

fn clearest<'a>(own: &[&'a Outcome], figure: impl Fn(&Outcome) -> f64) -> &'a Outcome {
	own.iter()
		.max_by(|one, other| figure(one).total_cmp(&figure(other)))
		.expect("there is an outcome")
}

/// Checks every claim on the outcomes of one pace. Empty where all hold.
pub fn check(pace: Pace, outcomes: &[Outcome]) -> Vec<Broken> {
	let mut broken = Vec::new();
	for strategy in Strategy::ALL {
		let own: Vec<&Outcome> = outcomes.iter().filter(|own| own.strategy == strategy).collect();
		let Some(row) = Row::of(strategy, outcomes) else {
			continue;
		};
		let mut claim = |claim, holds: bool, seed: &dyn Fn() -> u64, figures: String| {
			if !holds {
				broken.push(Broken {
					claim,
					strategy,
					pace,
					seed: seed(),
					figures,
				});
			}
		};

		if strategy.is_dishonest() {
			let (mean, error) = row.mean;
			claim(
				Claim::CheatingLoses,
				mean + 3.0 * error < 1.0,
				&|| clearest(&own, |own| own.relative).seed,
				format!("outcome {mean:.3} of an honest one, standard error {error:.3}"),
			);
		}
		if strategy.is_repeating() {
			let gaining = clearest(&own, |own| own.relative);
			claim(
				Claim::RepeatingLoses,
				gaining.relative < 1.0,
				&|| gaining.seed,
				format!("outcome {:.3} of an honest one", gaining.relative),
			);
		}
		if strategy == Strategy::SharingRuns {
			let above = |own: &Outcome| own.relative - 1.0 - own.audit_costs;
			let gaining = clearest(&own, above);
			claim(
				Claim::SharedRunsSaveOnlyAudits,
				above(gaining) <= 0.0,
				&|| gaining.seed,
				format!(
					"outcome {:.3} of an honest one, whose audits cost {:.3}",
					gaining.relative, gaining.audit_costs
				),
			);
		}
		let idle: u64 = own.iter().map(|own| own.honest_idle).sum();
		claim(
			Claim::HonestyIsNotIdle,
			idle == 0 || matches!(strategy, Strategy::Contrary | Strategy::Colluding),
			&|| clearest(&own, |own| own.honest_idle as f64).seed,
			format!("{idle} verdicts"),
		);
		// Where validators attack, honest ones lose more: docs/economics.md says how much.
		let attacked = strategy.measured() != Measured::Nodes || strategy == Strategy::Outage;
		if !attacked {
			let [_, nodes, validators] = row.losses;
			claim(
				Claim::HonestyIsCheap,
				nodes <= HONEST_LOSS,
				&|| clearest(&own, |own| own.honest_loss).seed,
				format!("honest nodes lose {:.2} %", nodes * 100.0),
			);
			claim(
				Claim::HonestyIsCheap,
				validators <= HONEST_LOSS || strategy != Strategy::Honest,
				&|| clearest(&own, |own| own.honest_validator_loss).seed,
				format!("honest validators lose {:.2} %", validators * 100.0),
			);
		}
		if strategy == Strategy::Burst {
			let slashed: u64 = own.iter().map(|own| own.bursts.1).sum();
			claim(
				Claim::BurstsAreNotSlashed,
				slashed == 0,
				&|| clearest(&own, |own| own.bursts.1 as f64).seed,
				format!("{slashed} bursts were slashed"),
			);
			claim(
				Claim::HonestyIsCheap,
				row.losses[0] <= HONEST_LOSS,
				&|| clearest(&own, |own| own.group_loss).seed,
				format!("nodes with bad drivers lose {:.2} %", row.losses[0] * 100.0),
			);
		}
		if strategy == Strategy::Absent {
			claim(
				Claim::HonestyIsCheap,
				row.losses[0] <= HONEST_LOSS,
				&|| clearest(&own, |own| own.group_loss).seed,
				format!("nodes that are away at times lose {:.2} %", row.losses[0] * 100.0),
			);
		}
		let mut ejected: usize = own.iter().map(|own| own.honest_ejections).sum();
		if matches!(
			strategy,
			Strategy::Honest | Strategy::Burst | Strategy::BurstUnchecked | Strategy::Absent
		) {
			ejected += own.iter().map(|own| own.ejections.len()).sum::<usize>();
		}
		claim(
			Claim::HonestyIsNotEjected,
			ejected == 0 || attacked,
			&|| clearest(&own, |own| (own.honest_ejections + own.ejections.len()) as f64).seed,
			format!("{ejected} were ejected"),
		);
		let wronged: u64 = own.iter().map(|own| own.wronged).sum();
		claim(
			Claim::NobodyIsWronged,
			wronged == 0 || strategy.measured() != Measured::Nodes,
			&|| clearest(&own, |own| own.wronged as f64).seed,
			format!("{wronged} jobs"),
		);
		if strategy == Strategy::OddPair {
			let slashes: u64 = own.iter().map(|own| own.slashes).sum();
			claim(
				Claim::UnverifiedIsNotSlashed,
				slashes == 0,
				&|| clearest(&own, |own| own.slashes as f64).seed,
				format!("{slashes} slashes"),
			);
		}
	}
	broken
}
