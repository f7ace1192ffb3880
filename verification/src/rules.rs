//! Every number of sampled verification, in one structure.

use crate::{Blocks, HAI, Planck, Ppm, detection::Bucket};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The numbers of sampled verification. [`Rules::check`] verifies the relations named here.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
pub struct Rules {
	// Who is audited.
	/// Probability with which the cheapest long job is audited. Default 5 %. Above zero.
	pub base_audit: Ppm,
	/// Fee from which a job is always audited; between zero and it the probability rises in a straight
	/// line. Planck, default 100 HAI. At least `reference_fee`; the smallest node bond must cover it.
	pub always_audit_fee: Planck,
	/// Fee whose pass counts fully, in the score and towards the end of the probation; a pass of a cheaper
	/// job counts in proportion. Planck, default 1 HAI. Above zero.
	pub reference_fee: Planck,
	/// Passes of full weight that a new identity needs before it is sampled; until then every job is
	/// audited. A count, default 50.
	pub probation: u32,
	/// How likely an auditor is to see that a run was not honest, by the number of tokens compared, where no
	/// measurement of the pair says it. No pair may be below the first power: the smallest bonds cover that one.
	/// Lengths and powers rise, the last length is unlimited.
	pub detection: [Bucket; 5],

	// The randomness of the draw.
	/// After the shortest delay each block ends the draw with probability one in so many. A count of
	/// blocks, default 8. At least 2, or the last block would be known beforehand.
	pub stop_one_in: u32,
	/// The draw ends at the latest so many blocks after the shortest delay. Default 64. At least
	/// four times `stop_one_in`, so that the end is hardly ever the known one.
	pub stop_within: Blocks,

	// Who decides.
	/// Auditors on a panel where so many are eligible. Default 7. At most `jury`, at least `min_eligible`.
	pub panel: u32,
	/// Share of a panel that must agree, rounded up to whole seats. Default two thirds. Above one half.
	pub panel_agreement: Ppm,
	/// Auditors on a jury where so many are eligible; more than half of them decide. Default 21. Odd, at
	/// most [`crate::court::MAX_JURY`].
	pub jury: u32,
	/// Fewer eligible auditors than this judge nobody. Default 4. At least 4.
	pub min_eligible: u32,
	/// Probability that a panel looks again at what a single auditor has passed. Default 5 %. Above zero: it is what
	/// catches one that covers for a node, or that never ran the model.
	pub second_look: Ppm,
	/// Share of the auditors that may work against a conviction. Default one third. Below one half.
	pub assumed_dishonest: Ppm,

	// What a fault costs.
	/// The most that a cheat saves, as a part of what the node is paid for the job: R. Default all of it.
	/// Above zero.
	pub gain: Ppm,
	/// How many times its gain a cheat must cost on average: the 2 in 2R / q. Times
	/// (1 - `assumed_dishonest`) it stays above one, because authors can withhold blocks.
	pub safety: u32,
	/// How many times its gain a transcript that cannot be fetched must cost on average. Default 2. At least
	/// `safety`, or a cheat that is drawn would hide.
	pub absence_factor: u32,
	/// How many penalties of its dearest job a bond must hold. Default 3. At least 1.
	pub bond_penalties: u32,
	/// How many times the gains of all open jobs a bond must hold. Default 2. At least `safety`.
	pub open_factor: u32,
	/// Failures of one node within so many blocks are one incident. Default 2700 (90 minutes). At least the longest
	/// audit, so that a sweep ends within it; at most the dispute window, so that nothing of it is paid yet.
	pub incident_window: Blocks,
	/// What each further failure of an incident takes off its slash, as a part of its gain, because that gain
	/// was forfeited with the fee. Default all of it. At most all of it, or many cheats would be cheaper than one.
	pub relief: Ppm,

	// The score.
	/// What an incident adds to the score, in millionths of a nat: ln(p1 / p0). Default ln 50. Below
	/// `score_limit`: one incident ejects nobody.
	pub score_fail: u64,
	/// What a pass of full weight takes off, in millionths of a nat: ln((1 - p0) / (1 - p1)). Default ln 1.98.
	pub score_pass: u64,
	/// The score at which a node is ejected, in millionths of a nat. Default ln 10^4.
	pub score_limit: u64,
	/// p0, the rate of failure that the score takes as honest. Default 1 %. The score falls at this rate.
	pub honest_fail_rate: Ppm,
	/// p1, the rate of failure that it takes as dishonest. Default 50 %. The score rises at this rate.
	pub cheat_fail_rate: Ppm,

	// Auditors.
	/// Probability that a job is a canary, drawn privately by the node. Default 5 %. Above zero.
	pub canary_rate: Ppm,
	/// Share of the canaries whose planted error is at least `clear_factor` bands. Default 80 %. Above zero.
	pub canary_clear: Ppm,
	/// An error of so many bands is clear: who calls it valid is at fault, and so is who calls invalid what
	/// lies below one in so many of a band. Default 2. At least 2.
	pub clear_factor: u32,
	/// The most that an audit costs, as a part of the job's gain. Default 20 %. Above zero.
	pub audit_cost: Ppm,
	/// What an absent auditor pays, as a multiple of the most that the audit costs. Default 1. At least 1, or
	/// silence would be cheaper than work.
	pub no_show_factor: u32,
	/// Absences within one `incident_window` that chill an auditor. Default 3. Above zero.
	pub no_shows_to_chill: u32,
	/// What the treasury pays the auditor whose audit was upheld; never above a tenth of the slash. Planck,
	/// default 1 HAI.
	pub finder_reward: Planck,
	/// What the treasury pays a node for a canary that auditors looked at and that was confirmed; never above a tenth of
	/// what validators and treasury get of the job's charge. Planck, default a hundredth of a HAI. At most `finder_reward`.
	pub canary_reward: Planck,
	/// How often the pool of the validators is divided among correct audits. Blocks, default 1800. Above zero.
	pub era: Blocks,
}

impl Rules {
	/// The numbers a public network starts with.
	pub const DEFAULT: Self = Self {
		base_audit: Ppm::new(50_000),
		always_audit_fee: 100 * HAI,
		reference_fee: HAI,
		probation: 50,
		detection: Bucket::ASSUMED,
		stop_one_in: 8,
		stop_within: 64,
		panel: 7,
		// Just below two thirds, so that four of six are enough.
		panel_agreement: Ppm::new(666_666),
		jury: 21,
		min_eligible: 4,
		second_look: Ppm::new(50_000),
		assumed_dishonest: Ppm::new(333_333),
		gain: Ppm::ONE,
		safety: 2,
		absence_factor: 2,
		bond_penalties: 3,
		open_factor: 2,
		incident_window: 2_700,
		relief: Ppm::ONE,
		score_fail: 3_912_023,
		score_pass: 683_097,
		score_limit: 9_210_340,
		honest_fail_rate: Ppm::new(10_000),
		cheat_fail_rate: Ppm::new(500_000),
		canary_rate: Ppm::new(50_000),
		canary_clear: Ppm::new(800_000),
		clear_factor: 2,
		audit_cost: Ppm::new(200_000),
		no_show_factor: 1,
		no_shows_to_chill: 3,
		finder_reward: HAI,
		canary_reward: HAI / 100,
		era: 1_800,
	};
}

impl Default for Rules {
	fn default() -> Self {
		Self::DEFAULT
	}
}

/// The numbers of other rule-books to which the rules stand in relation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Surroundings {
	/// The smallest bond of a node.
	pub min_node_bond: Planck,
	/// The smallest bond of a validator.
	pub min_validator_bond: Planck,
	/// The largest part of a fee that a node is paid where the fee is divided by shares.
	pub node_share: Ppm,
	/// From request to the last block for a delivery.
	pub delivery_window: Blocks,
	/// The fewest blocks whose randomness draws.
	pub draw_delay: Blocks,
	/// From the draw to the last block for commitments.
	pub commit_window: Blocks,
	/// The same for a court that an accusation or a dispute opened.
	pub court_window: Blocks,
	/// From the end of the commitments to the first reveal.
	pub reveal_delay: Blocks,
	/// From the first reveal to the last.
	pub reveal_window: Blocks,
	/// How long a node is asked whether it planted what an auditor found.
	pub opening_window: Blocks,
	/// From the draw that chose nobody, or from the verdict, to the payment.
	pub dispute_window: Blocks,
	/// From unbonding to withdrawal.
	pub unbonding_delay: Blocks,
}

impl Surroundings {
	/// The numbers a public network starts with.
	pub const fn production() -> Self {
		Self {
			min_node_bond: 1_000 * HAI,
			min_validator_bond: 10_000 * HAI,
			node_share: Ppm::new(250_000),
			delivery_window: 300,
			draw_delay: 16,
			commit_window: 60,
			court_window: 1_800,
			reveal_delay: 10,
			reveal_window: 60,
			opening_window: 300,
			dispute_window: 2_700,
			unbonding_delay: 28 * 43_200,
		}
	}

	/// The most blocks from the start of one stage's draw to its verdict.
	pub fn longest_stage(&self, rules: &Rules) -> u64 {
		self.stage_of(rules, self.commit_window)
	}

	/// The same for the court that an accusation or a dispute opens, which has the longer time to commit.
	pub fn longest_court(&self, rules: &Rules) -> u64 {
		self.stage_of(rules, self.court_window)
	}

	fn stage_of(&self, rules: &Rules, commit_window: Blocks) -> u64 {
		[
			self.draw_delay,
			rules.stop_within,
			commit_window,
			self.reveal_delay,
			self.reveal_window,
		]
		.iter()
		.map(|blocks| u64::from(*blocks).saturating_add(1))
		.sum()
	}

	/// The most blocks from the first draw of an audit to its last verdict: three stages, one of which an accusation
	/// opened, and the question whether what one of them found was planted. An audit that a dispute begins is shorter by
	/// a stage.
	pub fn longest_audit(&self, rules: &Rules) -> u64 {
		self.longest_stage(rules)
			.saturating_mul(2)
			.saturating_add(self.longest_court(rules))
			.saturating_add(u64::from(self.opening_window))
			.saturating_add(1)
	}

	/// No job takes more blocks from its request to its end: delivered late, not drawn, swept in the last block before
	/// its payment, passed, disputed in the last block before its payment, passed, opened as a canary in the last block
	/// before its payment, audited once more, and paid after a fourth dispute window.
	pub fn longest_path(&self, rules: &Rules) -> u64 {
		let first_draw = u64::from(self.draw_delay).saturating_add(u64::from(rules.stop_within));
		u64::from(self.delivery_window)
			.saturating_add(first_draw)
			.saturating_add(u64::from(self.dispute_window))
			.saturating_add(
				self.longest_audit(rules)
					.saturating_add(u64::from(self.dispute_window))
					.saturating_mul(3),
			)
			.saturating_add(8)
	}
}
