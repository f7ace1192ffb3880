//! Canaries: a node shows that the fault in its receipt was planted, and who has not seen it is found out.
//!
//! When an auditor calls a job invalid, the node is asked first ([`JobState::Opening`]). When an audit passed the job, the
//! node may speak up by itself until it is paid. Either way the node's draw says whether the job is a canary and what had
//! to be planted; the node only shows it. Then the job is audited once more, by the true transcript.
//!
//! What was said of the planted receipt is worth nothing until that audit has confirmed the opening: until then only the
//! node claims that there was a fault, and auditors that passed honest work must not pay for such a claim. Then each
//! verdict is judged by the planted error, some in each step. One auditor is enough to confirm an opening only where nobody
//! is slashed for it: otherwise a node and one friend among the validators could have everybody slashed that passes honest
//! work.

use crate::{
	Accuracy, AuditorAccuracy, Canary, Class, Config, Draw, Due, DueStep, Error, Event, Job, JobState, Jobs,
	OpenedCanary, Pallet, PlantedVerdict,
	trace::has,
	traits::{Auditors, Settlement, Workflows},
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use frame_support::{BoundedVec, dispatch::DispatchResult, ensure};
use pallet_terms::Terms;
use polkadot_sdk::*;
use receipt::{
	Hash, JobId, Planck, Tier, Verdict,
	canary::{CanaryOpening, Planting, VRF_FIELD, VRF_LABEL, VRF_OUTPUT, chunk, vrf_message, words},
};
use sp_core::{
	crypto::VrfPublic,
	sr25519::{
		Public,
		vrf::{VrfSignature, VrfTranscript},
	},
};
use sp_runtime::AccountId32;
use verification::{
	Rules, Stage,
	canary::{Conduct, conduct, is_canary, planted_error, shift},
	penalty::{attestation_penalty, canary_reward},
};

/// The verdicts on a planted receipt that one step settles.
pub(crate) const CANARY_STEP: usize = 16;

/// Rounds of an opened canary follow those of the audit before.
const ROUNDS: u8 = 3;

/// The round of a stage, for the salts of its commitments.
pub(crate) fn round(job: &Job, stage: Stage) -> u8 {
	let first = if job.audit.canary.opened().is_some() {
		ROUNDS
	} else {
		0
	};
	first.saturating_add(stage as u8)
}

impl Canary {
	/// What was opened, if it was.
	pub fn opened(&self) -> Option<&OpenedCanary> {
		match self {
			Self::Opened(opened) => Some(opened),
			Self::Sealed | Self::Asked => None,
		}
	}
}

impl Job {
	/// The mantissa band by which it is audited, in thousandths of a bf16 step: it says how large a planted fault is.
	pub(crate) fn mantissa_band(&self) -> u32 {
		self.audit
			.calibration
			.map_or(0, |calibration| calibration.bands.mantissa_milli)
	}

	/// Whether an opening, once it is confirmed, slashes somebody that called the planted receipt valid.
	pub(crate) fn accuses_auditors(&self, rules: &Rules) -> bool {
		let is_at_fault = |verdict: Verdict, error: u32| {
			let own = Class::from(verdict);
			conduct(rules, own.into(), verification::Verdict::Invalid, error) == Conduct::AtFault
		};
		self.audit.canary.opened().is_some_and(|opened| {
			let mut planted = opened.planted.iter();
			planted.any(|said| !said.idle && is_at_fault(said.verdict, opened.error_milli))
		})
	}
}

/// The output of a node's draw over a message; nothing where the proof does not show that it is.
fn draw_output(node: &AccountId32, message: &Hash, opening: &CanaryOpening) -> Option<[u8; 32]> {
	let bytes: &[u8; 32] = node.as_ref();
	let public = Public::from_raw(*bytes);
	let signature =
		VrfSignature::decode(&mut (opening.pre_output, opening.proof).encode().as_slice()).ok()?;
	let transcript = VrfTranscript::new(VRF_LABEL, &[(VRF_FIELD, message.as_slice())]);
	if !public.vrf_verify(&transcript.clone().into_sign_data(), &signature) {
		return None;
	}
	public
		.make_bytes(VRF_OUTPUT, &transcript, &signature.pre_output)
		.ok()
}

impl<T: Config> Pallet<T> {
	/// Asks the node, if somebody of the stage that has ended calls its work invalid and nobody asked before. The caller
	/// stores the job.
	pub(crate) fn asks_node(id: JobId, job: &mut Job, stage: Stage, terms: &Terms, now: u32) -> bool {
		let window = terms.jobs.opening_window;
		let is_accused = job
			.findings()
			.any(|finding| Class::from(finding.verdict) == Class::Invalid);
		if window == 0 || !is_accused || job.audit.canary != Canary::Sealed {
			return false;
		}
		let until = now.saturating_add(window);
		job.audit.canary = Canary::Asked;
		Self::enter(job, JobState::Opening { until, stage });
		Self::schedule(id, job, until.saturating_add(1));
		Self::deposit_event(Event::NodeAsked { job: id, until });
		true
	}

	/// The call `open_canary`.
	pub(crate) fn do_open_canary(id: JobId, who: &AccountId32, opening: &CanaryOpening) -> DispatchResult {
		let now = Self::now();
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		ensure!(job.node() == *who, Error::<T>::NotTheNode);
		ensure!(job.audit.canary.opened().is_none(), Error::<T>::AlreadyOpened);
		match job.state {
			JobState::Opening { until, .. } => ensure!(now <= until, Error::<T>::OpeningTooLate),
			JobState::Payable { settle_at, .. } if job.class == Some(Class::Valid) => {
				let is_in_time = now < settle_at && job.audit.canary == Canary::Sealed;
				ensure!(is_in_time, Error::<T>::OpeningTooLate);
			}
			_ => return Err(Error::<T>::WrongState.into()),
		}
		let terms = Self::terms_of(&job)?;
		let planting = Self::planting(id, &job, opening, &terms.verification)?;
		Self::audit_again(id, job, planting, &terms, now)
	}

	/// What the node's draw says was planted, if the opening is the sealed one and the draw says that there was anything.
	fn planting(id: JobId, job: &Job, opening: &CanaryOpening, rules: &Rules) -> Result<Planting, Error<T>> {
		let receipt = &job.delivery.as_ref().ok_or(Error::<T>::WrongState)?.receipt;
		ensure!(opening.seal() == receipt.sealed_canary, Error::<T>::NotSealed);
		let message = vrf_message(&Self::genesis(), id, &job.randomness, &job.ticket_hash);
		let output = draw_output(&job.node(), &message, opening).ok_or(Error::<T>::BadCanaryProof)?;
		let words = words(&output);
		ensure!(is_canary(rules, words.canary), Error::<T>::NotACanary);
		Ok(Planting {
			transcript: opening.transcript,
			fingerprint: opening.fingerprint,
			chunk: chunk(words.chunk, receipt),
			shift: shift(rules, job.mantissa_band(), words.clear),
		})
	}

	/// Has an opened job audited from the first stage on, by the true transcript; from a panel on, where somebody would be
	/// slashed because of it.
	pub(crate) fn audit_again(
		id: JobId,
		mut job: Job,
		planting: Planting,
		terms: &Terms,
		now: u32,
	) -> DispatchResult {
		// What an audit had passed before a dispute was settled with then.
		let (passed, settled) = (job.class == Some(Class::Valid), job.settled_findings());
		let had_passed = passed || settled > 0;
		let is_paid_by_fee = job.ticket.tier == Tier::Replicated;
		let planted: Vec<_> = job
			.all_findings()
			.enumerate()
			.map(|(number, finding)| PlantedVerdict {
				credited: (passed || number < settled && !is_paid_by_fee)
					&& finding.verdict == Verdict::Valid
					&& !(is_paid_by_fee && job.quorum.contains(&finding.auditor)),
				idle: has(job.audit.idle, number),
				auditor: finding.auditor,
				verdict: finding.verdict,
			})
			.collect();
		let opened = OpenedCanary {
			at: now,
			planting,
			error_milli: planted_error(planting.shift, job.mantissa_band()),
			had_passed,
			planted: BoundedVec::try_from(planted).map_err(|_| Error::<T>::TooMany)?,
			saw: 0,
			missed: 0,
		};
		job.audit.canary = Canary::Opened(opened);
		job.audit.earlier = BoundedVec::new();
		(job.audit.idle, job.audit.slashed, job.audit.agreed) = (0, 0, None);
		job.audit.accuser = None;
		job.audit.stage = None;
		job.audit.posted = None;
		if let Some(dispute) = &mut job.audit.dispute {
			dispute.settled = 0;
		}
		job.committee = BoundedVec::new();
		job.quorum = BoundedVec::new();
		job.class = None;
		Self::start_draw(id, &mut job, Draw::Surely, terms, now);
		Jobs::<T>::insert(id, job);
		Self::deposit_event(Event::CanaryOpened { job: id, planting });
		Ok(())
	}

	/// Has the verdicts on a planted receipt settled, now that it is known what the opening was worth.
	pub(crate) fn start_canary(id: JobId, job: &Job, now: u32) {
		if job
			.audit
			.canary
			.opened()
			.is_some_and(|opened| !opened.planted.is_empty())
		{
			Due::<T>::insert(now, DueStep::Canary(id), ());
		}
	}

	/// Settles some of the verdicts on a planted receipt; the rest is due at once.
	pub(crate) fn settle_canary(id: JobId, now: u32) {
		let Some(mut job) = Jobs::<T>::get(id) else {
			return;
		};
		let Ok(terms) = Self::terms_of(&job) else {
			return;
		};
		let rules = &terms.verification;
		let penalty = attestation_penalty(rules, &job.facts(), job.audit.penalty);
		let (is_confirmed, node) = (job.class == Some(Class::Valid), job.node());
		let common = Self::common_part_of(&job, &terms);
		let Canary::Opened(opened) = &mut job.audit.canary else {
			return;
		};
		for _ in 0..CANARY_STEP {
			let Some(said) = opened.planted.pop() else {
				break;
			};
			if is_confirmed {
				Self::settle_planted(id, said, rules, penalty, opened);
			} else if job.class == Some(Class::Invalid)
				&& Class::from(said.verdict) == Class::Invalid
				&& !said.idle
			{
				// Planted or not, the receipt was not right, and it said so.
				T::Auditors::credit(&said.auditor);
			}
		}
		if !opened.planted.is_empty() {
			Due::<T>::insert(now, DueStep::Canary(id), ());
		} else if is_confirmed {
			let (saw, missed) = (opened.saw, opened.missed);
			if saw.saturating_add(missed) > 0 {
				T::Auditors::reward(&node, canary_reward(rules, common));
			}
			Self::deposit_event(Event::CanaryConfirmed { job: id, saw, missed });
		}
		Jobs::<T>::insert(id, job);
	}

	/// Judges one verdict on a receipt in which a fault was planted.
	fn settle_planted(
		id: JobId,
		said: PlantedVerdict,
		rules: &Rules,
		penalty: Planck,
		opened: &mut OpenedCanary,
	) {
		let PlantedVerdict {
			auditor,
			verdict,
			credited,
			idle,
		} = said;
		let own = Class::from(verdict);
		if own == Class::Unavailable {
			return;
		}
		if credited && !idle {
			T::Auditors::discredit(&auditor);
		}
		let conduct = conduct(
			rules,
			own.into(),
			verification::Verdict::Invalid,
			opened.error_milli,
		);
		let count = if conduct == Conduct::Correct {
			&mut opened.saw
		} else {
			&mut opened.missed
		};
		*count = count.saturating_add(1);
		Accuracy::<T>::mutate(&auditor, |accuracy| {
			let AuditorAccuracy {
				canaries,
				missed,
				near_missed,
				idle: _,
			} = accuracy;
			*canaries = canaries.saturating_add(1);
			match conduct {
				Conduct::Correct => {}
				Conduct::Inaccurate => *near_missed = near_missed.saturating_add(1),
				Conduct::AtFault => *missed = missed.saturating_add(1),
			}
		});
		match conduct {
			_ if idle => {}
			Conduct::Correct => T::Auditors::credit(&auditor),
			Conduct::Inaccurate => {}
			Conduct::AtFault => {
				T::Auditors::slash_false_attestation(&auditor, penalty);
				Self::deposit_event(Event::WrongVerdict {
					job: id,
					auditor,
					verdict,
				});
			}
		}
	}

	/// What validators and treasury get of what the run of a job costs; nothing where its price is not there any more.
	fn common_part_of(job: &Job, terms: &Terms) -> Planck {
		let tokens = job.delivery.as_ref().map_or(0, |delivery| {
			let receipt = &delivery.receipt;
			receipt.tokens_in.saturating_add(receipt.tokens_out)
		});
		let ticket = &job.ticket;
		let (workflow, version) = (ticket.workflow, ticket.version);
		let Some(mut charge) = T::Workflows::quote(workflow, version, &ticket.node_price, tokens) else {
			return 0;
		};
		let minimum = terms.jobs.min_fee_per_token.saturating_mul(Planck::from(tokens));
		charge.total = charge.total.max(minimum);
		T::Settlement::common_part(workflow, version, &job.node(), &charge).unwrap_or(0)
	}
}
