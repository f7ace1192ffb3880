//! What holds for every job, bond and validator set.

use proptest::prelude::*;
use verification::{
	FetchTime, JobFacts, Planck, Ppm, Rules, Score, Stage, Standing, Tier, Trust, Votes, audit_probability,
	conviction_chance,
	hypergeometric::at_least,
	needed_bond,
	penalty::{absence_penalty, carried_gain, caught_chance, penalty},
};

fn job(fee: Planck, tokens: u32) -> JobFacts {
	JobFacts {
		tier: Tier::Sampled,
		fee,
		node_part: fee / 4,
		tokens,
	}
}

proptest! {
	#[test]
	fn dearer_jobs_are_audited_more(fee in any::<u128>(), more in any::<u128>(), tokens in any::<u32>()) {
		let rules = Rules::default();
		let p = audit_probability(&rules, &job(fee, tokens), Standing::Proven);
		let dearer = audit_probability(&rules, &job(fee.saturating_add(more), tokens), Standing::Proven);
		prop_assert!(p >= rules.base_audit && p <= dearer && dearer <= Ppm::ONE);
	}

	#[test]
	fn shorter_jobs_are_audited_more(fee in any::<u128>(), tokens in any::<u32>(), less in any::<u32>()) {
		let rules = Rules::default();
		let p = audit_probability(&rules, &job(fee, tokens), Standing::Proven);
		let shorter = audit_probability(&rules, &job(fee, tokens.saturating_sub(less)), Standing::Proven);
		prop_assert!(shorter >= p);
	}

	/// A fee that is split into two jobs costs a cheat no less: the chance of being caught falls by less than half.
	#[test]
	fn a_penalty_never_falls_with_the_fee(fee in 1_000u128..=1 << 100, more in 0u128..=1 << 100, tokens in any::<u32>()) {
		let rules = Rules::default();
		let convicts = conviction_chance(&rules, 100);
		let of = |fee| {
			let job = job(fee, tokens);
			let p = audit_probability(&rules, &job, Standing::Proven);
			penalty(&rules, &job, p, convicts).expect("a sampled job can be convicted")
		};
		// One part in ten thousand for the rounding of the probability.
		let (less, more) = (of(fee), of(fee + more));
		prop_assert!(more.saturating_add(more / 10_000) >= less, "{less} {more}");
	}

	#[test]
	fn a_cheat_costs_twice_its_gain_on_average(fee in 4_000u128..=1 << 90, tokens in any::<u32>(), eligible in 4u32..=256) {
		let rules = Rules::default();
		let job = job(fee, tokens);
		let p = audit_probability(&rules, &job, Standing::Proven);
		let convicts = conviction_chance(&rules, eligible);
		let q = caught_chance(p, rules.detection_power(tokens), convicts);
		let phi = penalty(&rules, &job, p, convicts).expect("a court can sit");
		let expected = q.of(phi);
		prop_assert!(expected >= (2 * job.gain(&rules)).saturating_sub(1));
		prop_assert!(absence_penalty(&rules, &job, p).expect("it is audited") <= phi);
	}

	#[test]
	fn nothing_overflows(fee in any::<u128>(), tokens in any::<u32>(), p in 0u32..=1_000_000, eligible in any::<u32>(), open in any::<u128>()) {
		let rules = Rules::default();
		let job = job(fee, tokens);
		let convicts = conviction_chance(&rules, eligible);
		let phi = penalty(&rules, &job, Ppm::new(p), convicts).unwrap_or(0);
		let needed = needed_bond(&rules, phi, open, job.gain(&rules));
		prop_assert!(needed >= phi);
		prop_assert!(carried_gain(&rules, needed) >= open.min(u128::MAX / 2) || needed == u128::MAX);
	}

	#[test]
	fn more_good_ones_are_likelier(population in 1u32..=256, good in 0u32..=256, sample in 1u32..=21, least in 0u32..=21) {
		let good = good.min(population);
		let chance = at_least(population, good, sample, least);
		prop_assert!(chance >= at_least(population, good, sample, least + 1));
		if good < population {
			prop_assert!(at_least(population, good + 1, sample, least) >= chance);
		}
	}

	#[test]
	fn two_verdicts_never_both_win(seats in 1u32..=21, valid in 0u32..=21, stage in 0usize..3) {
		let stage = [Stage::Auditor, Stage::Panel, Stage::Jury][stage];
		let rules = Rules::default();
		let valid = valid.min(seats);
		let quorum = rules.quorum(stage, seats);
		prop_assert!(quorum <= seats);
		prop_assert!(stage == Stage::Auditor || !(valid >= quorum && seats - valid >= quorum));
		// A stage that everybody stays away from still leads on, and the last one ends.
		prop_assert_ne!(
			rules.decide(stage, seats, Votes::default(), Trust::Enough, FetchTime::Short),
			verification::Decision::Escalates(stage)
		);
	}

	#[test]
	fn a_score_is_never_below_zero_and_passes_never_raise_it(fees in prop::collection::vec(any::<u128>(), 0..50), fails in 0u32..10) {
		let rules = Rules::default();
		let mut score = Score::ZERO;
		for _ in 0..fails {
			score.fail(&rules);
		}
		for fee in fees {
			let before = score;
			score.pass(&rules, fee);
			prop_assert!(score <= before);
		}
	}
}
