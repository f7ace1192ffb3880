//! What all audits together cost, as a part of all work.

use verification::{
	HAI, JobFacts, Planck, Ppm, Rules, Stage, Standing, Tier, audit_probability, court::Accuser,
};

/// Fees for which the share is shown, in planck.
const FEES: [Planck; 3] = [HAI / 100, HAI, 10 * HAI];

/// Auditors among whom is drawn: enough for a full panel.
const ELIGIBLE: u32 = 100;

/// The verification of honest jobs of one fee, under the default rules.
#[derive(serde::Serialize)]
pub(crate) struct Share {
	/// In HAI.
	fee: f64,
	/// Jobs of proven nodes that are audited.
	audit_probability: f64,
	/// Audits that are made for each job, by the single auditor and by the panel that looks at some of it again.
	audits_per_job: f64,
	/// Their part of all work: of writing answers and of auditing them.
	pub(crate) share: f64,
}

impl Share {
	/// Whether this is the fee whose jobs count fully in the score: the one that the limit speaks of.
	pub(crate) fn is_of_reference(&self) -> bool {
		self.fee == hai(Rules::DEFAULT.reference_fee)
	}

	pub(crate) fn print(&self) {
		println!(
			"fee {:>5} HAI: {:>5.1} % of the jobs are audited, {:.3} audits a job, {:.2} % of all work",
			self.fee,
			self.audit_probability * 100.0,
			self.audits_per_job,
			self.share * 100.0
		);
	}
}

fn hai(planck: Planck) -> f64 {
	planck as f64 / HAI as f64
}

fn unit(share: Ppm) -> f64 {
	f64::from(share.parts()) / 1e6
}

/// For answers of so many compared tokens, of which an audit takes `ratio` of the writing.
pub(crate) fn shares(tokens: u32, ratio: f64) -> Vec<Share> {
	let rules = Rules::DEFAULT;
	// The single auditor does not sit in the panel that looks again.
	let panel = rules
		.seats(Stage::Panel, ELIGIBLE, Accuser::Eligible)
		.unwrap_or(0);
	let seats = 1.0 + unit(rules.second_look) * f64::from(panel);
	FEES.map(|fee| {
		let facts = JobFacts {
			tier: Tier::Sampled,
			fee,
			// It does not change the probability.
			node_part: fee / 4,
			tokens,
		};
		let probability = unit(audit_probability(&rules, &facts, Standing::Proven));
		let audits = probability * seats;
		Share {
			fee: hai(fee),
			audit_probability: probability,
			audits_per_job: audits,
			share: audits * ratio / (1.0 + audits * ratio),
		}
	})
	.into()
}
