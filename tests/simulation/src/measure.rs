//! What a strategy came to in one world.

use crate::{
	settings::Settings,
	strategy::{Measured, Strategy},
	world::{End, Owner, State, Trace, Violation, World},
};
use std::{
	sync::atomic::{AtomicU64, Ordering},
	thread,
};
use verification::Planck;

/// What everybody gained in the world of one seed in which all are honest.
#[derive(Clone, Debug)]
pub struct Baseline {
	nodes: Vec<i128>,
	validators: Vec<i128>,
	audit_costs: Vec<Planck>,
}

impl Baseline {
	/// Runs that world.
	pub fn of(settings: &Settings, seed: u64) -> Result<Self, Violation> {
		let world = World::run(settings.clone(), Strategy::Honest, seed, Trace::Off)?;
		Ok(Self {
			nodes: (0..world.owners.len())
				.map(|owner| world.gain_of_owner(owner))
				.collect(),
			validators: (0..world.validators.len())
				.map(|validator| world.gain_of_validator(validator))
				.collect(),
			audit_costs: world.validators.iter().map(|own| own.costs).collect(),
		})
	}
}

/// What a strategy came to in the world of one seed.
#[derive(Clone, Debug)]
pub struct Outcome {
	/// The strategy.
	pub strategy: Strategy,
	/// The seed.
	pub seed: u64,
	/// What its group gained over what the same group gained when it was honest. One is as much.
	pub relative: f64,
	/// Jobs that the group cheated on and delivered.
	pub cheats: u64,
	/// Of those, found.
	pub caught: u64,
	/// For each ejected owner of the group: the block of its first ejection.
	pub ejections: Vec<u32>,
	/// Owners in the group.
	pub owners: usize,
	/// Times that a bond of the group's nodes was slashed for an incident.
	pub slashes: u64,
	/// Incidents of the group in which a bad driver was found, and those of them with a slash.
	pub bursts: (u64, u64),
	/// Part of the group's income from jobs that it lost to refunds and slashes.
	pub group_loss: f64,
	/// The same of the honest nodes of this world.
	pub honest_loss: f64,
	/// Part of the honest validators' pay that slashes took.
	pub honest_validator_loss: f64,
	/// Honest owners that were ejected.
	pub honest_ejections: usize,
	/// Jobs of anybody that were done as agreed, and failed an audit all the same.
	pub wronged: u64,
	/// Part of the group's verdicts that were clearly wrong.
	pub faults: f64,
	/// Part of the group's verdicts that were found to be of somebody that never ran the model.
	pub idle: f64,
	/// Verdicts of honest validators of which that was found.
	pub honest_idle: u64,
	/// What the audits of the group's validators cost when it was honest, over what the group gained then: the most that it
	/// can save.
	pub audit_costs: f64,
	/// Part of all ended jobs that no court could decide.
	pub undecided: f64,
	/// Part of all ended jobs that were audited.
	pub audited: f64,
	/// Verdicts per ended job.
	pub verdicts: f64,
	/// Settled runs per owner of the group, and distinct callers that paid for one.
	pub runs_and_callers: (f64, f64),
	/// Blocks that were withheld.
	pub withheld: u64,
}

fn part(of: Planck, whole: Planck) -> f64 {
	if whole == 0 { 0.0 } else { of as f64 / whole as f64 }
}

fn loss<'a>(owners: impl Iterator<Item = &'a Owner>) -> f64 {
	let (mut lost, mut income) = (0, 0);
	for Owner { tally, .. } in owners {
		lost += tally.slashed + tally.forfeited;
		income += tally.earned + tally.forfeited;
	}
	part(lost, income)
}

impl Outcome {
	/// Runs the world of a strategy and a seed and measures it.
	pub fn of(
		settings: &Settings,
		strategy: Strategy,
		seed: u64,
		baseline: &Baseline,
		trace: Trace,
	) -> Result<Self, Violation> {
		let world = World::run(settings.clone(), strategy, seed, trace)?;
		Ok(Self::measure(&world, baseline))
	}

	/// Measures a finished world.
	pub fn measure(world: &World, baseline: &Baseline) -> Self {
		let strategy = world.strategy;
		let first = world.settings.honest_nodes;
		let (honest, group) = world.owners.split_at(first);
		let nodes =
			|| (first..world.owners.len()).map(|owner| (world.gain_of_owner(owner), baseline.nodes[owner]));
		let numbers = || {
			(0..world.validators.len())
				.filter(|number| world.validators[*number].strategy == strategy && strategy.has_validators())
		};
		let validators =
			|| numbers().map(|number| (world.gain_of_validator(number), baseline.validators[number]));
		let audit_costs: Planck = numbers().map(|number| baseline.audit_costs[number]).sum();
		let pairs: Vec<(i128, i128)> = match strategy.measured() {
			Measured::Nodes => nodes().collect(),
			Measured::Validators => validators().collect(),
			Measured::Coalition => nodes().chain(validators()).collect(),
		};
		let (gained, honestly) = pairs
			.iter()
			.fold((0, 0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));

		let ended = world.jobs.len().max(1) as f64;
		let count = |end| {
			let is = |state| matches!(state, State::Ended { end: own, .. } if own == end);
			world.jobs.iter().filter(|job| is(job.state)).count() as f64
		};
		let honest_validators = world
			.validators
			.iter()
			.filter(|own| own.strategy == Strategy::Honest);
		let (slashed, paid, honest_idle) = honest_validators.fold((0, 0, 0), |sum, own| {
			(
				sum.0 + own.tally.slashed,
				sum.1 + own.tally.earned,
				sum.2 + own.tally.idle,
			)
		});
		let strategic = world.validators.iter().filter(|own| own.strategy == strategy);
		let (faults, idle, verdicts) = strategic.fold((0, 0, 0), |sum, own| {
			(
				sum.0 + own.tally.faults,
				sum.1 + own.tally.idle,
				sum.2 + own.tally.verdicts,
			)
		});
		let all_verdicts: u64 = world.validators.iter().map(|own| own.tally.verdicts).sum();
		let owners = group.len().max(1) as f64;
		Self {
			strategy,
			seed: world.seed,
			relative: gained as f64 / honestly as f64,
			cheats: group.iter().map(|owner| owner.tally.cheats).sum(),
			caught: group.iter().map(|owner| owner.tally.caught).sum(),
			ejections: group.iter().filter_map(|owner| owner.tally.ejected_at).collect(),
			owners: group.len(),
			slashes: group.iter().map(|owner| owner.tally.slashes).sum(),
			bursts: group.iter().fold((0, 0), |sum, owner| {
				(sum.0 + owner.tally.bursts.0, sum.1 + owner.tally.bursts.1)
			}),
			group_loss: loss(group.iter()),
			honest_loss: loss(honest.iter()),
			honest_validator_loss: part(slashed, paid),
			honest_ejections: honest
				.iter()
				.filter(|owner| owner.tally.ejected_at.is_some())
				.count(),
			wronged: world.owners.iter().map(|owner| owner.tally.wronged).sum(),
			faults: faults as f64 / (verdicts.max(1)) as f64,
			idle: idle as f64 / (verdicts.max(1)) as f64,
			honest_idle,
			audit_costs: audit_costs as f64 / honestly as f64,
			undecided: count(End::Undecided) / ended,
			audited: world.jobs.iter().filter(|job| job.audited).count() as f64 / ended,
			verdicts: all_verdicts as f64 / ended,
			runs_and_callers: (
				group.iter().map(|owner| owner.tally.runs).sum::<u64>() as f64 / owners,
				group.iter().map(|owner| owner.tally.callers).sum::<u64>() as f64 / owners,
			),
			withheld: world.withheld(),
		}
	}
}

/// Runs every strategy for every seed, on all cores. The outcomes are in the order of seeds, then strategies.
///
/// Error: the violation of the lowest seed that has one.
pub fn study(settings: &Settings, strategies: &[Strategy], seeds: &[u64]) -> Result<Vec<Outcome>, Violation> {
	let next = AtomicU64::new(0);
	let work = || {
		let mut found = Vec::new();
		loop {
			let index = next.fetch_add(1, Ordering::Relaxed) as usize;
			let Some(seed) = seeds.get(index) else {
				return found;
			};
			let outcomes = Baseline::of(settings, *seed).and_then(|baseline| {
				strategies
					.iter()
					.map(|strategy| Outcome::of(settings, *strategy, *seed, &baseline, Trace::Off))
					.collect::<Result<Vec<_>, _>>()
			});
			found.push((index, outcomes));
		}
	};
	let cores = thread::available_parallelism().map_or(1, usize::from);
	let mut found: Vec<_> = thread::scope(|scope| {
		let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
		let joined = threads
			.into_iter()
			.map(|thread| thread.join().expect("a world does not panic"));
		joined.flatten().collect()
	});
	found.sort_by_key(|(index, _)| *index);
	let mut all = Vec::new();
	for (_, outcomes) in found {
		all.extend(outcomes?);
	}
	Ok(all)
}
