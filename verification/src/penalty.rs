//! What a fault costs, and the bond that covers it.

use crate::{JobFacts, Planck, Ppm, Rules};

/// Why a bond does not cover a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BondError {
	/// The bond is below what the job and those that are open need.
	#[error("a bond of {bond} planck does not cover this job: it takes {needed} planck")]
	TooSmall {
		/// The active bond.
		bond: Planck,
		/// The bond that would do.
		needed: Planck,
	},
	/// Nobody could convict the node, so its bond answers for nothing.
	#[error("no court could sit: {eligible} auditors are eligible, {least} are needed")]
	NoCourt {
		/// How many are eligible.
		eligible: u32,
		/// How many are needed.
		least: u32,
	},
}

/// q = p d P: the chance that one cheated job is convicted.
///
/// `p` is the probability with which the job is audited, `d` the [`Rules::detection_power`] for its
/// length and `convicts` the [`crate::conviction_chance`]. One division rounds down, which makes
/// the penalty larger.
pub fn caught_chance(p: Ppm, d: Ppm, convicts: Ppm) -> Ppm {
	let one = u64::from(Ppm::ONE.parts());
	let product = u64::from(p.parts())
		.saturating_mul(u64::from(d.parts()))
		.saturating_mul(u64::from(convicts.parts()));
	Ppm::new((product / one.saturating_mul(one)) as u32)
}

/// `amount` times `factor` over a chance, rounded up; saturates, also where the chance is zero.
fn over(amount: Planck, factor: u32, chance: Ppm) -> Planck {
	let scaled = amount
		.saturating_mul(u128::from(factor))
		.saturating_mul(u128::from(Ppm::ONE.parts()));
	match u128::from(chance.parts()) {
		0 if scaled == 0 => 0,
		0 => Planck::MAX,
		parts => scaled.div_ceil(parts),
	}
}

/// Φ = 2R / q: what an upheld failed audit takes from the bond, beside the fee.
///
/// So a cheat costs twice its gain on average, however rarely it is audited. `p` is the
/// probability that was in force when the job was delivered. `None` where the job could not be convicted
/// (a private one, or no court): nothing may be slashed then.
pub fn penalty(rules: &Rules, job: &JobFacts, p: Ppm, convicts: Ppm) -> Option<Planck> {
	let q = caught_chance(p, rules.detection_power(job.tokens), convicts);
	(q > Ppm::ZERO).then(|| over(job.gain(rules), rules.safety, q))
}

/// 2R / p (the 2 is `absence_factor`): what a node pays whose transcript a court could not fetch in all of its time.
///
/// Hiding a transcript must not be cheaper than showing a bad one; it needs no detection and
/// no vote that could be bought, so it is divided by p alone. `None` for a job that is never audited.
pub fn absence_penalty(rules: &Rules, job: &JobFacts, p: Ppm) -> Option<Planck> {
	(p > Ppm::ZERO).then(|| over(job.gain(rules), rules.absence_factor, p))
}

/// Ψ = 2a / min(c, s): what an auditor pays that was clearly wrong, or never ran the model, where a is the cost of the
/// audit, c the chance that an audit is a clear canary, and s that of a second look; at least what its verdict would have
/// cost the node.
///
/// So an auditor that saves the work loses twice of it on average, and one that accuses risks what it
/// would make the accused pay.
pub fn attestation_penalty(rules: &Rules, job: &JobFacts, node_penalty: Planck) -> Planck {
	let cost = audit_cost(rules, job);
	let is_found = rules.canary_rate.and(rules.canary_clear).min(rules.second_look);
	over(cost, rules.safety, is_found).max(node_penalty)
}

/// What a drawn auditor pays that did not commit, or did not reveal.
pub fn no_show_penalty(rules: &Rules, job: &JobFacts) -> Planck {
	audit_cost(rules, job).saturating_mul(u128::from(rules.no_show_factor))
}

/// The most that an audit of this job costs an auditor.
pub fn audit_cost(rules: &Rules, job: &JobFacts) -> Planck {
	rules.audit_cost.of(job.gain(rules))
}

/// What the treasury pays the auditor whose audit was upheld: fixed, and never above a tenth of the slash, so that
/// a node gains nothing by having itself found.
pub fn finder_reward(rules: &Rules, slash: Planck) -> Planck {
	rules.finder_reward.min(slash / 10)
}

/// What the treasury pays a node for a canary that auditors looked at: fixed, and never above a tenth of what validators
/// and treasury together get of the job's charge.
///
/// Whoever calls itself has all else of the charge back, under `CostPlus` nearly all of it. So nobody calls itself for the
/// reward, whatever transactions cost.
pub fn canary_reward(rules: &Rules, common: Planck) -> Planck {
	rules.canary_reward.min(common / 10)
}

/// The bond that covers one more job: `bond_penalties` times its penalty, and `open_factor` times the gains of all
/// open jobs with it.
///
/// The second part is what keeps a node from cheating on very many open jobs at once: with it, what the
/// bond can lose stays above what the jobs can gain.
pub fn needed_bond(rules: &Rules, penalty: Planck, open_gain: Planck, gain: Planck) -> Planck {
	let single = penalty.saturating_mul(u128::from(rules.bond_penalties));
	let all = open_gain
		.saturating_add(gain)
		.saturating_mul(u128::from(rules.open_factor));
	single.max(all)
}

/// The gains of open jobs that a bond can carry in all.
pub fn carried_gain(rules: &Rules, bond: Planck) -> Planck {
	bond / u128::from(rules.open_factor.max(1))
}

/// Whether a bond covers one more job; the refusal names the bond that would.
///
/// A job that is never audited needs no bond. Errors: [`BondError::TooSmall`], [`BondError::NoCourt`].
pub fn ensure_covered(
	rules: &Rules,
	bond: Planck,
	job: &JobFacts,
	p: Ppm,
	eligible: u32,
	open_gain: Planck,
) -> Result<(), BondError> {
	if p == Ppm::ZERO {
		return Ok(());
	}
	let convicts = crate::conviction_chance(rules, eligible);
	let penalty = penalty(rules, job, p, convicts).ok_or(BondError::NoCourt {
		eligible,
		least: rules.min_eligible,
	})?;
	let needed = needed_bond(rules, penalty, open_gain, job.gain(rules));
	if bond >= needed {
		Ok(())
	} else {
		Err(BondError::TooSmall { bond, needed })
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{HAI, Standing, Tier, audit_probability, conviction_chance};

	fn job(fee: Planck, tokens: u32) -> JobFacts {
		JobFacts {
			tier: Tier::Sampled,
			fee,
			node_part: fee / 4,
			tokens,
		}
	}

	#[test]
	fn the_expected_penalty_is_twice_the_gain() {
		let rules = Rules::default();
		let convicts = conviction_chance(&rules, 100);
		for (fee, tokens) in [(HAI / 100, 4), (HAI, 100), (30 * HAI, 1_000), (100 * HAI, 20)] {
			let job = job(fee, tokens);
			let p = audit_probability(&rules, &job, Standing::Proven);
			let q = caught_chance(p, rules.detection_power(tokens), convicts);
			let expected = q.of(penalty(&rules, &job, p, convicts).unwrap());
			let twice = 2 * job.gain(&rules);
			assert!(
				expected >= twice - 1 && expected < twice + twice / 1_000,
				"{fee} {tokens}"
			);
		}
	}

	#[test]
	fn a_refusal_names_the_bond_that_would_do() {
		let rules = Rules::default();
		let job = job(50 * HAI, 1_000);
		let p = audit_probability(&rules, &job, Standing::Proven);
		let Err(BondError::TooSmall { needed, .. }) = ensure_covered(&rules, HAI, &job, p, 40, HAI) else {
			panic!("one HAI covers nothing");
		};
		assert_eq!(ensure_covered(&rules, needed, &job, p, 40, HAI), Ok(()));
		assert_eq!(
			ensure_covered(&rules, needed - 1, &job, p, 40, HAI),
			Err(BondError::TooSmall {
				bond: needed - 1,
				needed
			})
		);
		assert_eq!(
			ensure_covered(&rules, needed, &job, p, 3, HAI),
			Err(BondError::NoCourt {
				eligible: 3,
				least: 4
			})
		);
		assert_eq!(ensure_covered(&rules, 0, &job, Ppm::ZERO, 3, HAI), Ok(()));
	}

	#[test]
	fn extremes_saturate() {
		let rules = Rules::default();
		let huge = job(u128::MAX, 0);
		assert_eq!(penalty(&rules, &huge, Ppm::new(1), Ppm::ONE), None);
		assert_eq!(
			penalty(&rules, &huge, Ppm::ONE, Ppm::ONE),
			Some(Planck::MAX.div_ceil(400_000))
		);
		assert_eq!(needed_bond(&rules, u128::MAX, u128::MAX, u128::MAX), u128::MAX);
		assert_eq!(penalty(&rules, &huge, Ppm::ZERO, Ppm::ONE), None);
		assert_eq!(absence_penalty(&rules, &huge, Ppm::ZERO), None);
		assert_eq!(no_show_penalty(&rules, &job(0, 0)), 0);
	}

	#[test]
	fn a_canary_of_ones_own_call_brings_a_tenth_of_what_it_costs_at_most() {
		let rules = Rules::default();
		for common in [0, 9, 10, HAI / 100, HAI / 10, HAI, u128::MAX] {
			let reward = canary_reward(&rules, common);
			assert!(reward <= common / 10, "{common}");
			assert!(reward <= rules.canary_reward, "{common}");
		}
		assert_eq!(canary_reward(&rules, HAI / 100), HAI / 1_000);
		assert_eq!(canary_reward(&rules, HAI), rules.canary_reward);
	}

	#[test]
	fn accusing_risks_what_the_accused_does() {
		let rules = Rules::default();
		let job = job(HAI, 100);
		assert_eq!(attestation_penalty(&rules, &job, u128::MAX), u128::MAX);
		// 2 x 20 % of R over 4 %
		assert_eq!(attestation_penalty(&rules, &job, 0), 10 * job.gain(&rules));
	}
}
