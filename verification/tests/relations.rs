//! Each relation between the numbers is refused, by name, when it is broken.

use verification::{HAI, Ppm, Rules, RulesError, Surroundings};

fn broken(change: impl FnOnce(&mut Rules, &mut Surroundings)) -> RulesError {
	let (mut rules, mut around) = (Rules::default(), Surroundings::production());
	change(&mut rules, &mut around);
	rules.check(&around).expect_err("the relation is broken")
}

#[test]
fn the_defaults_fit_together() {
	assert_eq!(Rules::default().check(&Surroundings::production()), Ok(()));
}

#[test]
fn each_broken_relation_is_named() {
	use RulesError::*;
	assert_eq!(
		broken(|rules, _| rules.base_audit = Ppm::ZERO),
		IsZero { field: "base_audit" }
	);
	assert_eq!(
		broken(|rules, _| rules.gain = Ppm::ZERO),
		IsZero { field: "gain" }
	);
	assert_eq!(
		broken(|rules, _| rules.probation = 0),
		IsZero { field: "probation" }
	);
	assert_eq!(
		broken(|rules, _| rules.canary_rate = Ppm::ZERO),
		IsZero {
			field: "canary_rate x canary_clear"
		}
	);
	assert_eq!(broken(|rules, _| rules.detection.swap(0, 1)), DetectionTable);
	assert_eq!(
		broken(|rules, _| rules.detection[4].up_to = 9_000),
		DetectionTable
	);
	assert_eq!(broken(|rules, _| rules.reference_fee = 101 * HAI), ReferenceFee);
	assert_eq!(broken(|rules, _| rules.stop_one_in = 1), StopIsKnown);
	assert_eq!(broken(|rules, _| rules.stop_within = 31), StopIsKnown);
	assert_eq!(broken(|rules, _| rules.jury = 20), CourtSizes);
	assert_eq!(broken(|rules, _| rules.min_eligible = 3), CourtSizes);
	assert_eq!(broken(|rules, _| rules.panel = 22), CourtSizes);
	assert_eq!(
		broken(|rules, _| rules.panel_agreement = Ppm::new(500_000)),
		PanelAgreement
	);
	assert_eq!(
		broken(|rules, _| rules.assumed_dishonest = Ppm::new(500_000)),
		AssumedDishonest
	);
	assert_eq!(broken(|rules, _| rules.safety = 1), CheatingPays);
	assert_eq!(broken(|rules, _| rules.open_factor = 1), OpenJobsUncovered);
	assert_eq!(broken(|rules, _| rules.absence_factor = 1), HidingPays);
	assert!(matches!(
		broken(|rules, _| rules.incident_window = 2_685),
		IncidentTooShort { .. }
	));
	assert_eq!(broken(|rules, _| rules.incident_window = 2_701), IncidentTooLong);
	assert_eq!(
		broken(|rules, _| rules.score_limit = 3_912_023),
		OneIncidentEjects
	);
	assert_eq!(
		broken(|rules, _| rules.honest_fail_rate = Ppm::new(200_000)),
		ScoreDrift
	);
	assert_eq!(
		broken(|rules, _| rules.cheat_fail_rate = Ppm::new(100_000)),
		ScoreDrift
	);
	assert_eq!(broken(|rules, _| rules.clear_factor = 1), ClearFactor);
	assert_eq!(broken(|rules, _| rules.no_show_factor = 0), SilencePays);
	assert_eq!(
		broken(|rules, _| rules.canary_reward = rules.finder_reward + 1),
		CanaryReward
	);
	assert!(matches!(
		broken(|_, around| around.opening_window = 1_200),
		IncidentTooShort { .. }
	));
	assert!(matches!(
		broken(|_, around| around.min_node_bond = 100 * HAI),
		NodeBond { .. }
	));
	assert!(matches!(
		broken(|_, around| around.min_validator_bond = HAI),
		ValidatorBond { .. }
	));
	assert!(matches!(
		broken(|_, around| around.unbonding_delay = 14_000),
		UnbondingTooShort { .. }
	));
}

#[test]
fn a_decoded_share_above_one_is_refused() {
	use codec::{Decode, Encode};
	let encoded = Rules::default().encode();
	let mut wrong = encoded.clone();
	wrong[..4].copy_from_slice(&1_000_001u32.to_le_bytes());
	let rules = Rules::decode(&mut &wrong[..]).expect("the encoding is well formed");
	assert_eq!(
		rules.check(&Surroundings::production()),
		Err(RulesError::NotAShare)
	);
	assert_eq!(Rules::decode(&mut &encoded[..]), Ok(Rules::default()));
}
