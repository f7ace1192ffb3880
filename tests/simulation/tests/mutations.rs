//! Without a rule, what it prevents happens: so the claims can fail, and the rules are not idle.

use hai_simulation::{Claim, Pace, Settings, Strategy, claims, study, table::Row};
use verification::{HAI, Ppm};

/// The mean outcome of a strategy, and its standard error, with some rules changed.
fn outcome(pace: Pace, strategy: Strategy, seeds: u64, change: impl FnOnce(&mut Settings)) -> (f64, f64) {
	let mut settings = pace.settings();
	change(&mut settings);
	let seeds: Vec<u64> = (1..=seeds).collect();
	let outcomes = study(&settings, &[strategy], &seeds).unwrap_or_else(|violation| panic!("{violation}"));
	let (mean, error) = Row::of(strategy, &outcomes).expect("it was studied").mean;
	// The claims see it too, where it is a gain.
	let seen = claims::check(pace, &outcomes)
		.iter()
		.any(|broken| broken.claim == Claim::CheatingLoses);
	let gains = strategy.is_dishonest() && mean + 3.0 * error >= 1.0;
	assert_eq!(seen, gains, "{strategy}: {mean} {error}");
	(mean, error)
}

fn pays(pace: Pace, strategy: Strategy, change: impl FnOnce(&mut Settings)) {
	let (mean, error) = outcome(pace, strategy, 16, change);
	assert!(
		mean - 2.0 * error > 1.0,
		"{strategy} should pay, but comes to {mean}, standard error {error}"
	);
}

/// The longer a job waits, the more of a cheat's jobs are forfeited with the one that was found: that alone makes most
/// cheats a loss. Here they wait for a sixth of the time, so that it is the other rules which decide.
fn with_short_waits(settings: &mut Settings) {
	settings.rules.incident_window = 450;
	settings.around.dispute_window = 450;
}

#[test]
fn without_the_slash_cheating_pays() {
	let without = |settings: &mut Settings| {
		with_short_waits(settings);
		settings.rules.safety = 0;
	};
	for strategy in [
		Strategy::Cheat(5),
		Strategy::Cheat(10),
		Strategy::Churn,
		Strategy::Grinder,
	] {
		pays(Pace::Slow, strategy, without);
	}
}

#[test]
fn without_slash_and_score_cheating_always_pays() {
	pays(Pace::Slow, Strategy::Cheat(100), |settings| {
		with_short_waits(settings);
		settings.rules.safety = 0;
		settings.rules.score_limit = u64::MAX;
	});
}

#[test]
fn a_smaller_slash_does_not_do() {
	// Once the gain instead of twice, on the assumption that no auditor covers for anybody.
	let (mean, _) = outcome(Pace::Slow, Strategy::QuietlyColluding, 8, |_| {});
	let (without, _) = outcome(Pace::Slow, Strategy::QuietlyColluding, 8, |settings| {
		settings.rules.safety = 1;
		settings.rules.assumed_dishonest = Ppm::ZERO;
	});
	assert!(without > mean + 1.0, "{mean} {without}");
}

#[test]
fn without_a_price_of_absence_hiding_the_transcript_pays() {
	pays(Pace::Slow, Strategy::Silent, |settings| {
		settings.rules.absence_factor = 0;
		settings.rules.score_limit = u64::MAX;
	});
}

#[test]
fn with_a_known_last_block_withholding_does_not_lose() {
	let (drawn, error) = outcome(Pace::Slow, Strategy::Grinder, 16, |_| {});
	assert!(drawn + 3.0 * error < 1.0, "{drawn} {error}");
	let (known, error) = outcome(Pace::Slow, Strategy::Grinder, 16, |settings| {
		settings.rules.stop_one_in = 1
	});
	assert!(
		known + 3.0 * error > 1.0 && known > drawn + 0.08,
		"{known} {error} {drawn}"
	);
}

#[test]
fn without_faults_laziness_pays() {
	for strategy in [Strategy::Lazy, Strategy::CanaryLeak] {
		pays(Pace::Busy, strategy, |settings| {
			settings.rules.audit_cost = Ppm::ZERO;
			settings.rules.safety = 0;
		});
	}
}

#[test]
fn without_second_looks_repeating_pays_where_one_sits_alone() {
	pays(Pace::Busy, Strategy::ToldAlone, |settings| {
		settings.rules.second_look = Ppm::ZERO;
	});
}

#[test]
fn smaller_groups_that_share_a_verdict_lose_as_well() {
	for share in [50_000, 150_000] {
		let (mean, error) = outcome(Pace::Slow, Strategy::Sharing, 8, |settings| {
			settings.strategic_validators = Ppm::new(share);
		});
		assert!(mean + 3.0 * error < 1.0, "{share}: {mean} {error}");
	}
}

#[test]
fn a_third_that_calls_every_trace_untrue_has_some_slashed_and_the_claim_would_see_it() {
	let outcomes = study(&Pace::Busy.settings(), &[Strategy::Contrary], &[1, 2, 3, 4]).expect("no violation");
	assert!(outcomes.iter().map(|own| own.honest_idle).sum::<u64>() > 0);
	let as_if_told: Vec<_> = outcomes
		.into_iter()
		.map(|mut own| {
			own.strategy = Strategy::Told;
			own
		})
		.collect();
	let broken = claims::check(Pace::Busy, &as_if_told);
	assert!(
		broken
			.iter()
			.any(|broken| broken.claim == Claim::HonestyIsNotIdle)
	);
}

#[test]
fn sharing_whole_runs_pays() {
	pays(Pace::Busy, Strategy::SharingRuns, |_| {});
}

#[test]
fn a_bond_that_does_not_cover_deters_less() {
	let (covered, _) = outcome(Pace::Slow, Strategy::Cheat(100), 8, |_| {});
	let (bare, _) = outcome(Pace::Slow, Strategy::Cheat(100), 8, |settings| {
		settings.rules.bond_penalties = 0;
		settings.rules.open_factor = 0;
		settings.around.min_node_bond = 1;
		settings.node_bond = 10 * HAI;
		settings.node_cash = 0;
	});
	assert!(bare > covered + 1.0, "{covered} {bare}");
}

#[test]
fn without_a_check_a_bad_driver_is_slashed_and_the_claim_would_see_it() {
	let outcomes =
		study(&Pace::Busy.settings(), &[Strategy::BurstUnchecked], &[1, 2, 3, 4]).expect("no violation");
	let slashed: u64 = outcomes.iter().map(|own| own.bursts.1).sum();
	assert!(slashed > 0);
	let as_if_checked: Vec<_> = outcomes
		.into_iter()
		.map(|mut own| {
			own.strategy = Strategy::Burst;
			own
		})
		.collect();
	let broken = claims::check(Pace::Busy, &as_if_checked);
	assert!(
		broken
			.iter()
			.any(|broken| broken.claim == Claim::BurstsAreNotSlashed)
	);
}

#[test]
fn a_third_that_attacks_wrongs_somebody_and_the_claim_would_see_it() {
	let outcomes = study(&Pace::Busy.settings(), &[Strategy::Contrary], &[1, 2, 3, 4]).expect("no violation");
	assert!(outcomes.iter().map(|own| own.wronged).sum::<u64>() > 0);
}

#[test]
fn where_callers_accept_more_unverified_work_an_odd_pair_pays() {
	pays(Pace::Busy, Strategy::OddPair, |settings| {
		settings.consent = Ppm::new(400_000)
	});
}

#[test]
fn where_each_hidden_transcript_counts_one_absence_ejects() {
	let ejects = |incident_window: Option<u32>| {
		let mut settings = Pace::Busy.settings();
		// Nodes with much that is audited at a time have the most to hide.
		settings.replicated = Ppm::ONE;
		settings.job_every = 20;
		if let Some(blocks) = incident_window {
			settings.rules.incident_window = blocks;
		}
		let seeds: Vec<u64> = (1..=3).collect();
		let outcomes = study(&settings, &[Strategy::Absent], &seeds).expect("no violation");
		claims::check(Pace::Busy, &outcomes)
			.iter()
			.any(|broken| broken.claim == Claim::HonestyIsNotEjected)
	};
	assert!(!ejects(None));
	// Too short for two transcripts of one absence to fall into it.
	assert!(ejects(Some(0)));
}
