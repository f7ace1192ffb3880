//! The relations that the rules keep.

use crate::{
	JobFacts, Planck, Ppm, Rules, Surroundings, Tier, conviction_chance, court::MAX_JURY,
	hypergeometric::MAX_POPULATION, penalty,
};

/// The relation that does not hold, and what to change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RulesError {
	/// A probability or a share is above one.
	#[error("a probability or a share is above one: lower it")]
	NotAShare,
	/// A number that something is divided by, or that makes a rule work at all, is zero.
	#[error("{field} is zero: raise it")]
	IsZero {
		/// Which.
		field: &'static str,
	},
	/// The buckets of `detection` do not rise in length and power, or the last one is limited.
	#[error(
		"detection: lengths and powers must rise from bucket to bucket, and the last length be unlimited"
	)]
	DetectionTable,
	/// `reference_fee` is above `always_audit_fee`.
	#[error("reference_fee is above always_audit_fee: lower it")]
	ReferenceFee,
	/// `stop_one_in` is below 2, or `stop_within` below four times it.
	#[error("the draw's end is known: raise stop_one_in to 2 and stop_within to four times it")]
	StopIsKnown,
	/// The sizes of panel and jury do not fit: `4 <= min_eligible <= panel <= jury <= 21`, jury odd.
	#[error("court: 4 <= min_eligible <= panel <= jury <= 21 must hold, and jury be odd")]
	CourtSizes,
	/// `panel_agreement` is not above one half.
	#[error("panel_agreement is not above one half: raise it, or two verdicts could both win")]
	PanelAgreement,
	/// `assumed_dishonest` is not below one half.
	#[error("assumed_dishonest is not below one half: no court is right then")]
	AssumedDishonest,
	/// `safety` times what withholding leaves is not above one.
	#[error(
		"safety x (1 - assumed_dishonest) is not above one: raise safety, or cheating pays for block authors"
	)]
	CheatingPays,
	/// `open_factor` is below `safety`.
	#[error("open_factor is below safety: raise it, or cheating on all open jobs at once pays")]
	OpenJobsUncovered,
	/// `incident_window` is shorter than the longest audit.
	#[error("incident_window of {window} blocks is shorter than the longest audit of {longest}: lengthen it")]
	IncidentTooShort {
		/// The window.
		window: u64,
		/// The longest audit.
		longest: u64,
	},
	/// `incident_window` is longer than the dispute window.
	#[error("incident_window is longer than the dispute window: jobs of one incident would be paid already")]
	IncidentTooLong,
	/// One incident would eject.
	#[error("score_limit is not above score_fail: one incident would eject")]
	OneIncidentEjects,
	/// The score does not fall at `honest_fail_rate` or does not rise at `cheat_fail_rate`.
	#[error("the score must fall at honest_fail_rate and rise at cheat_fail_rate")]
	ScoreDrift,
	/// `absence_factor` is below `safety`.
	#[error("absence_factor is below safety: raise it, or cheats that are drawn hide their transcripts")]
	HidingPays,
	/// `clear_factor` is below 2.
	#[error("clear_factor is below 2: honest auditors near the band would be slashed")]
	ClearFactor,
	/// `no_show_factor` is zero.
	#[error("no_show_factor is zero: silence would be cheaper than work")]
	SilencePays,
	/// `canary_reward` is above `finder_reward`.
	#[error("canary_reward is above finder_reward: lower it, for who finds a fraud must be worth more")]
	CanaryReward,
	/// The smallest node bond does not cover a job at `always_audit_fee`.
	#[error("min_node_bond of {bond} is below the {needed} that a job at always_audit_fee takes")]
	NodeBond {
		/// The smallest bond.
		bond: Planck,
		/// What is needed.
		needed: Planck,
	},
	/// The smallest validator bond does not cover a wrong verdict on a job at `always_audit_fee`.
	#[error(
		"min_validator_bond of {bond} is below the {needed} that wrong verdicts at always_audit_fee take"
	)]
	ValidatorBond {
		/// The smallest bond.
		bond: Planck,
		/// What is needed.
		needed: Planck,
	},
	/// Bonds could be withdrawn before a fault comes to light.
	#[error("unbonding_delay of {delay} blocks does not outlast the longest job of {longest}: lengthen it")]
	UnbondingTooShort {
		/// The delay.
		delay: u64,
		/// The longest job, with its incident.
		longest: u64,
	},
}

use RulesError::*;

fn ensure(holds: bool, error: RulesError) -> Result<(), RulesError> {
	if holds { Ok(()) } else { Err(error) }
}

impl Rules {
	/// Whether these numbers fit together and with those of other rule-books. The first relation that does not
	/// hold is named.
	pub fn check(&self, around: &Surroundings) -> Result<(), RulesError> {
		self.check_ranges(around)?;
		self.check_court()?;
		self.check_score()?;
		ensure(self.clear_factor >= 2, ClearFactor)?;
		ensure(self.no_show_factor >= 1, SilencePays)?;
		ensure(self.canary_reward <= self.finder_reward, CanaryReward)?;

		let one = u64::from(Ppm::ONE.parts());
		let left = u64::from(self.assumed_dishonest.complement().parts());
		ensure(u64::from(self.safety).saturating_mul(left) > one, CheatingPays)?;
		ensure(self.open_factor >= self.safety, OpenJobsUncovered)?;
		ensure(self.absence_factor >= self.safety, HidingPays)?;

		let (window, longest) = (u64::from(self.incident_window), around.longest_audit(self));
		ensure(window >= longest, IncidentTooShort { window, longest })?;
		ensure(self.incident_window <= around.dispute_window, IncidentTooLong)?;
		let longest = around
			.longest_path(self)
			.saturating_add(u64::from(self.incident_window));
		let delay = u64::from(around.unbonding_delay);
		ensure(delay > longest, UnbondingTooShort { delay, longest })?;
		self.check_bonds(around)
	}

	fn check_ranges(&self, around: &Surroundings) -> Result<(), RulesError> {
		let shares = [
			self.base_audit,
			self.panel_agreement,
			self.second_look,
			self.assumed_dishonest,
			self.gain,
			self.relief,
			self.honest_fail_rate,
			self.cheat_fail_rate,
			self.canary_rate,
			self.canary_clear,
			self.audit_cost,
			around.node_share,
		];
		let powers = self.detection.map(|bucket| bucket.power);
		let mut all = shares.iter().chain(&powers);
		ensure(all.all(|share| share.is_share()), NotAShare)?;
		let above_zero = [
			("base_audit", self.base_audit > Ppm::ZERO),
			("reference_fee", self.reference_fee > 0),
			("probation", self.probation > 0),
			("detection", powers.iter().all(|power| *power > Ppm::ZERO)),
			("second_look", self.second_look > Ppm::ZERO),
			("gain", self.gain > Ppm::ZERO),
			("bond_penalties", self.bond_penalties > 0),
			("score_pass", self.score_pass > 0),
			(
				"canary_rate x canary_clear",
				self.canary_rate.and(self.canary_clear) > Ppm::ZERO,
			),
			("audit_cost", self.audit_cost > Ppm::ZERO),
			("no_shows_to_chill", self.no_shows_to_chill > 0),
			("era", self.era > 0),
		];
		for (field, holds) in above_zero {
			ensure(holds, IsZero { field })?;
		}
		let rise = self
			.detection
			.is_sorted_by(|short, long| short.up_to < long.up_to && short.power <= long.power);
		let [.., last] = self.detection;
		ensure(rise && last.up_to == u32::MAX, DetectionTable)?;
		ensure(self.reference_fee <= self.always_audit_fee, ReferenceFee)?;
		let hidden = self.stop_one_in >= 2 && self.stop_within >= self.stop_one_in.saturating_mul(4);
		ensure(hidden, StopIsKnown)
	}

	fn check_court(&self) -> Result<(), RulesError> {
		let fit = self.min_eligible >= 4
			&& self.min_eligible <= self.panel
			&& self.panel <= self.jury
			&& self.jury <= MAX_JURY
			&& !self.jury.is_multiple_of(2);
		ensure(fit, CourtSizes)?;
		let half = Ppm::new(500_000);
		ensure(self.panel_agreement > half, PanelAgreement)?;
		ensure(self.assumed_dishonest < half, AssumedDishonest)
	}

	fn check_score(&self) -> Result<(), RulesError> {
		ensure(self.score_limit > self.score_fail, OneIncidentEjects)?;
		let falls = self.score_drift(self.honest_fail_rate) < 0;
		ensure(falls && self.score_drift(self.cheat_fail_rate) > 0, ScoreDrift)
	}

	/// The penalty of a sampled job is the largest at `always_audit_fee`: below it the probability falls more
	/// slowly than the fee.
	fn check_bonds(&self, around: &Surroundings) -> Result<(), RulesError> {
		let convicts = self.least_conviction_chance();
		for bucket in &self.detection {
			let job = JobFacts {
				tier: Tier::Sampled,
				fee: self.always_audit_fee,
				node_part: around.node_share.of(self.always_audit_fee),
				tokens: bucket.up_to,
			};
			let phi = penalty::penalty(self, &job, Ppm::ONE, convicts).unwrap_or(Planck::MAX);
			let needed = penalty::needed_bond(self, phi, 0, job.gain(self));
			let bond = around.min_node_bond;
			ensure(bond >= needed, NodeBond { bond, needed })?;
			let psi = penalty::attestation_penalty(self, &job, phi);
			let needed = psi.saturating_mul(u128::from(self.bond_penalties));
			let bond = around.min_validator_bond;
			ensure(bond >= needed, ValidatorBond { bond, needed })?;
		}
		Ok(())
	}

	/// The smallest P over the sizes of validator sets: every one up to 64, where it moves in steps, then some.
	fn least_conviction_chance(&self) -> Ppm {
		(self.min_eligible..=64)
			.chain([100, 128, 200, MAX_POPULATION])
			.map(|eligible| conviction_chance(self, eligible))
			.min()
			.unwrap_or(Ppm::ZERO)
	}
}
