//! Measures the calls and the parts of the hooks, each at its dearest.
//!
//! Keys come from the keystore that the benchmark command provides.

use super::*;
use crate::traits::{Auditors, BENCHMARK_KEYS, BENCHMARK_PAIR, BenchmarkHelper, Workflows};
use alloc::{boxed::Box, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
	BoundedVec,
	pallet_prelude::TransactionSource,
	traits::{ConstU32, fungible::MutateHold},
};
use frame_system::RawOrigin;
use pallet_terms::{MAX_COMMITTEE, TermsSource};
use polkadot_sdk::*;
use receipt::{
	CheckKind, Figures, Hash, JobId, Planck, Price, Receipt, Sampling, Signature, StopReason, Ticket, Tier,
	Verdict,
	attestation::{Batch, Item, MAX_BATCH, Opening, Reason, commitment},
	canary::{CanaryOpening, Planting},
	trace::{Evidence, POINTS, Trace},
};
use sp_core::ed25519;
use sp_runtime::AccountId32;
use verification::Stage;

/// An account with an audit key.
struct Party {
	account: AccountId32,
	key: ed25519::Public,
}

impl Party {
	fn new(role: &'static str, number: u32) -> Self {
		let account = account::<AccountId32>(role, number, 0);
		Self {
			account,
			key: sp_io::crypto::ed25519_generate(BENCHMARK_KEYS, None),
		}
	}

	fn sign(&self, message: &Hash) -> Signature {
		sp_io::crypto::ed25519_sign(BENCHMARK_KEYS, &self.key, message)
			.expect("the key was generated in this keystore")
			.0
	}
}

/// A node, a caller with money, and a workflow.
struct Scene {
	node: Party,
	caller: AccountId32,
	workflow: (u32, u32),
}

impl Scene {
	fn new<T: Config>() -> Self {
		Self::of::<T>(Party::new("node", 0))
	}

	fn of<T: Config>(node: Party) -> Self {
		T::BenchmarkHelper::prepare();
		let caller = account::<AccountId32>("caller", 0, 0);
		T::BenchmarkHelper::fund(&caller);
		T::BenchmarkHelper::make_node(&node.account, node.key.0);
		let workflow = T::BenchmarkHelper::make_workflow();
		let now = frame_system::Pallet::<T>::block_number();
		if now == 0u32.into() {
			frame_system::Pallet::<T>::set_block_number(1u32.into());
		}
		Pallet::<T>::record_randomness(Pallet::<T>::now());
		Self {
			node,
			caller,
			workflow,
		}
	}

	fn ticket<T: Config>(&self, nonce: u32) -> (Ticket, Signature) {
		let (terms, numbers) = T::Terms::current();
		let (prompt_tokens, max_tokens) = (16, 16);
		let node_price = Price::default();
		let quote = T::Workflows::quote(self.workflow.0, self.workflow.1, &node_price, 32)
			.expect("the workflow has a price");
		let mut seed = [0; 32];
		seed[..4].copy_from_slice(&nonce.to_le_bytes());
		let ticket = Ticket {
			genesis: Pallet::<T>::genesis(),
			node: self.node.account.clone().into(),
			caller: self.caller.clone().into(),
			workflow: self.workflow.0,
			version: self.workflow.1,
			terms,
			input: [1; 32],
			pair: BENCHMARK_PAIR,
			check: CheckKind::TokenPrefill,
			tier: Tier::Replicated,
			prompt_tokens,
			max_tokens,
			node_price,
			fee: quote
				.total
				.max(numbers.jobs.min_fee_per_token.saturating_mul(Planck::from(32u32))),
			nonce: seed,
			expires_at: Pallet::<T>::now() + 1,
		};
		(ticket, self.node.sign(&ticket.hash()))
	}

	fn requested<T: Config>(&self, nonce: u32) -> JobId {
		let id = NextJob::<T>::get();
		let (ticket, signature) = self.ticket::<T>(nonce);
		Pallet::<T>::do_request(self.caller.clone(), ticket, signature).expect("the ticket is in order");
		id
	}

	fn receipt<T: Config>(&self, job: JobId) -> (Receipt, Signature) {
		let receipt = Receipt {
			job,
			check: CheckKind::TokenPrefill,
			pair: BENCHMARK_PAIR,
			request: [3; 32],
			output: [4; 32],
			transcript: [5; 32],
			tokens_in: 16,
			tokens_out: 16,
			sampling: Sampling::GREEDY,
			stop: StopReason::Aborted([0; 64]),
			fingerprint: [6; 32],
			sealed_canary: [7; 32],
		};
		(receipt, self.node.sign(&receipt.hash()))
	}

	/// A job on which a full committee is at work; all have committed, and all but the first have
	/// revealed.
	fn audited<T: Config>(&self, nonce: u32, committee: &[Party]) -> JobId {
		let id = self.requested::<T>(nonce);
		let (receipt, signature) = self.receipt::<T>(id);
		Pallet::<T>::do_deliver(receipt, signature).expect("the receipt is in order");
		let now = Pallet::<T>::now();
		Jobs::<T>::mutate(id, |job| {
			let job = job.as_mut().expect("it was requested");
			let seats = committee.iter().enumerate().map(|(number, party)| {
				T::Auditors::open_audit(&party.account);
				OpenAudits::<T>::insert(&party.account, id, ());
				let account: &[u8; 32] = party.account.as_ref();
				let genesis = Pallet::<T>::genesis();
				Seat {
					auditor: party.account.clone(),
					key: party.key.0,
					commitment: Some(commitment(&genesis, id, &receipt.hash(), account, &opening())),
					opening: (number > 0).then(opening),
				}
			});
			job.committee = BoundedVec::truncate_from(seats.collect());
			job.state = JobState::Auditing {
				stage: Stage::Jury,
				commit_until: now,
				reveal_from: now,
				reveal_until: now,
			};
			job.audit.stage = Some(Stage::Jury);
		});
		id
	}

	/// A job that is due to be paid.
	fn judged<T: Config>(&self, nonce: u32, committee: &[Party]) -> JobId {
		let id = self.audited::<T>(nonce, committee);
		let now = Pallet::<T>::now();
		Jobs::<T>::mutate(id, |job| {
			let job = job.as_mut().expect("it was requested");
			for seat in job.committee.iter_mut() {
				OpenAudits::<T>::remove(&seat.auditor, id);
				T::Auditors::close_audit(&seat.auditor);
				seat.opening = Some(opening());
			}
			job.class = Some(Class::Valid);
			let quorum = job.committee.iter().map(|seat| seat.auditor.clone());
			job.quorum = BoundedVec::truncate_from(quorum.collect());
			Pallet::<T>::make_payable(id, job, 0, now);
		});
		id
	}
}

fn opening() -> Opening {
	Opening {
		verdict: Verdict::Valid,
		figures: Figures::default(),
		evidence: Evidence {
			trace: Some(TRACE),
			neighbour: Some(TRACE),
			untrue: 0,
		},
		salt: [9; 32],
	}
}

const TRACE: Trace = Trace([0x3f80; POINTS]);

/// What these auditors found in stages before: that all is valid.
fn earlier(auditors: impl IntoIterator<Item = AccountId32>) -> BoundedVec<Finding, ConstU32<MAX_SEATS>> {
	let findings = auditors.into_iter().map(|auditor| Finding {
		auditor,
		verdict: Verdict::Valid,
		error_milli: 0,
		round: 0,
		trace: Some(TRACE),
		contradicts: true,
	});
	BoundedVec::truncate_from(findings.collect())
}

fn committee<T: Config>() -> Vec<Party> {
	let parties: Vec<_> = (0..MAX_COMMITTEE)
		.map(|number| Party::new("seat", number))
		.collect();
	for party in &parties {
		T::BenchmarkHelper::make_auditor(&party.account, party.key.0);
	}
	parties
}

/// The last openings of so many jobs, in one batch of the first auditor.
fn openings<T: Config>(items: u32) -> (Batch, Signature) {
	let scene = Scene::new::<T>();
	let committee = committee::<T>();
	let items = (0..items)
		.map(|nonce| Item::Reveal {
			job: scene.audited::<T>(nonce, &committee),
			opening: opening(),
		})
		.collect();
	let first = &committee[0];
	let batch = Batch {
		auditor: first.account.clone().into(),
		at: Pallet::<T>::now(),
		items,
	};
	let signature = first.sign(&batch.message(&Pallet::<T>::genesis()));
	(batch, signature)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn request() {
		let scene = Scene::new::<T>();
		let (ticket, signature) = scene.ticket::<T>(0);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(scene.caller.clone()),
			Box::new(ticket),
			signature,
		);

		assert_eq!(NextJob::<T>::get(), 1);
	}

	#[benchmark]
	fn deliver() {
		let scene = Scene::new::<T>();
		let id = scene.requested::<T>(0);
		let (receipt, signature) = scene.receipt::<T>(id);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(scene.caller.clone()),
			Box::new(receipt),
			signature,
		);

		assert!(Jobs::<T>::get(id).is_some_and(|job| job.delivery.is_some()));
	}

	#[benchmark]
	fn cancel() {
		let scene = Scene::new::<T>();
		let id = scene.requested::<T>(0);

		#[extrinsic_call]
		_(RawOrigin::Signed(scene.node.account.clone()), id);

		assert!(Jobs::<T>::get(id).is_some_and(|job| job.state.ended_at().is_some()));
	}

	#[benchmark]
	fn attest(n: Linear<1, MAX_BATCH>) {
		let (batch, signature) = openings::<T>(n);

		#[extrinsic_call]
		_(RawOrigin::Authorized, batch, signature);

		assert!(Jobs::<T>::iter_values().all(|job| job.committee[0].opening.is_some()));
	}

	#[benchmark]
	fn authorize_attest(n: Linear<1, MAX_BATCH>) {
		let (batch, signature) = openings::<T>(n);
		let result;

		#[block]
		{
			result = Pallet::<T>::authorize_attest(TransactionSource::External, &batch, &signature);
		}

		assert!(result.is_ok());
	}

	#[benchmark]
	fn settle() {
		let scene = Scene::new::<T>();
		let id = scene.judged::<T>(0, &committee::<T>());

		#[extrinsic_call]
		_(RawOrigin::Signed(scene.caller.clone()), id);

		assert!(Jobs::<T>::get(id).is_some_and(|job| job.state.ended_at().is_some()));
	}

	#[benchmark]
	fn prune() {
		let scene = Scene::new::<T>();
		let id = scene.requested::<T>(0);
		Pallet::<T>::do_cancel(id, &scene.node.account).expect("it is the node's job");
		let retention = T::Terms::current().1.jobs.retention;
		let later = Pallet::<T>::now() + retention + 1;
		frame_system::Pallet::<T>::set_block_number(later.into());

		#[extrinsic_call]
		_(RawOrigin::Signed(scene.caller.clone()), id);

		assert!(!Jobs::<T>::contains_key(id));
	}

	/// A job that a full panel passed, so that a jury is drawn.
	#[benchmark]
	fn dispute() {
		let scene = Scene::new::<T>();
		let id = scene.judged::<T>(0, &committee::<T>());
		Jobs::<T>::mutate(id, |job| {
			let job = job.as_mut().expect("it was requested");
			job.audit.stage = Some(Stage::Panel);
			let later = Pallet::<T>::now() + 10;
			Pallet::<T>::schedule(id, job, later);
			if let JobState::Payable { settle_at, .. } = &mut job.state {
				*settle_at = later;
			}
		});

		#[extrinsic_call]
		_(RawOrigin::Signed(scene.caller.clone()), id);

		assert!(Jobs::<T>::get(id).is_some_and(|job| job.dispute_deposit() > 0));
	}

	/// A transcript of so many bytes before a full jury.
	#[benchmark]
	fn post_transcript(n: Linear<0, { posting::MAX_POSTED }>) {
		let scene = Scene::new::<T>();
		let committee = committee::<T>();
		let id = scene.audited::<T>(0, &committee);
		let sealed = posting::Sealed::truncate_from(alloc::vec![7; n as usize]);

		#[extrinsic_call]
		_(RawOrigin::Signed(scene.node.account.clone()), id, sealed);

		assert!(Jobs::<T>::get(id).is_some_and(|job| job.audit.posted.is_some()));
	}

	#[benchmark]
	fn step() {
		let scene = Scene::new::<T>();
		let id = scene.judged::<T>(0, &committee::<T>());
		let now = Pallet::<T>::now();
		Cursor::<T>::put(now);

		#[block]
		{
			Pallet::<T>::process_due(now, 1);
		}

		assert!(Jobs::<T>::get(id).is_some_and(|job| job.state.ended_at().is_some()));
	}

	#[benchmark]
	fn draw() {
		let scene = Scene::new::<T>();
		committee::<T>();
		let id = scene.requested::<T>(0);
		let (receipt, signature) = scene.receipt::<T>(id);
		Pallet::<T>::do_deliver(receipt, signature).expect("the receipt is in order");
		// As many blocks as a draw waits for at most.
		let terms = T::Terms::current().1;
		let blocks = terms
			.jobs
			.draw_delay
			.saturating_add(terms.verification.stop_within);
		for _ in 0..blocks {
			let next = Pallet::<T>::now() + 1;
			frame_system::Pallet::<T>::set_block_number(next.into());
			Pallet::<T>::record_randomness(next);
		}
		let now = Pallet::<T>::now();

		#[block]
		{
			Pallet::<T>::step(id, now).expect("the draw is due");
		}

		assert!(Jobs::<T>::get(id).is_some_and(|job| job.committee.len() == MAX_COMMITTEE as usize));
	}

	/// A part of a sweep, all of whose jobs wait for their payment.
	#[benchmark]
	fn sweep() {
		let scene = Scene::new::<T>();
		for nonce in 0..consequence::SWEEP_STEP as u32 {
			let id = scene.requested::<T>(nonce);
			let (receipt, signature) = scene.receipt::<T>(id);
			Pallet::<T>::do_deliver(receipt, signature).expect("the receipt is in order");
			let now = Pallet::<T>::now();
			Jobs::<T>::mutate(id, |job| {
				let job = job.as_mut().expect("it was requested");
				job.ticket.tier = Tier::Sampled;
				Pallet::<T>::make_payable(id, job, 10, now);
			});
		}
		let now = Pallet::<T>::now();

		#[block]
		{
			Pallet::<T>::sweep(scene.node.account.clone(), now);
		}

		assert!(Jobs::<T>::iter_values().all(|job| job.state.awaits_audit()));
	}

	/// The end of a full jury that a dispute had opened. Just enough of it came, and convict; the others are absent once too
	/// often. A full panel and an auditor before them had passed the job, and all of these are idle: everybody pays, or is
	/// credited, and an incident opens.
	#[benchmark]
	fn judge() {
		let scene = Scene::new::<T>();
		let committee = committee::<T>();
		let id = scene.audited::<T>(0, &committee);
		let mut others = T::Auditors::eligible(&BENCHMARK_PAIR, Pallet::<T>::now());
		others.retain(|auditor| committee.iter().all(|party| party.account != *auditor));
		let passed = earlier(others.into_iter().take((MAX_SEATS - MAX_COMMITTEE) as usize));
		assert_eq!(passed.len() as u32, MAX_SEATS - MAX_COMMITTEE);
		let rules = T::Terms::current().1.verification;
		let quorum = rules.quorum(Stage::Jury, MAX_COMMITTEE) as usize;
		for party in committee.iter().skip(quorum) {
			let since = (Pallet::<T>::now(), rules.no_shows_to_chill.saturating_sub(1));
			NoShows::<T>::insert(&party.account, since);
		}
		Jobs::<T>::mutate(id, |job| {
			let job = job.as_mut().expect("it was requested");
			job.audit.earlier = passed.clone();
			job.audit.canary = Canary::Asked;
			for (number, seat) in job.committee.iter_mut().enumerate() {
				seat.opening = (number < quorum).then(|| Opening {
					verdict: Verdict::Invalid(Reason::Fingerprint),
					figures: Figures {
						error_milli: u32::MAX,
						..Figures::default()
					},
					evidence: Evidence {
						untrue: u64::MAX,
						..opening().evidence
					},
					..opening()
				});
			}
			let deposit = T::Terms::current().1.jobs.min_dispute_deposit;
			T::Currency::hold(&HoldReason::Dispute.into(), &scene.caller, deposit)
				.expect("the caller has enough");
			job.audit.dispute = Some(Dispute {
				at: 1,
				deposit,
				stage: Stage::Jury,
				settled: passed.len() as u32,
				outcome: DisputeOutcome::Open,
			});
		});
		let later = Pallet::<T>::now() + 1;
		frame_system::Pallet::<T>::set_block_number(later.into());

		#[block]
		{
			Pallet::<T>::step(id, later).expect("the phase is over");
		}

		assert!(Jobs::<T>::get(id).is_some_and(|job| job.class == Some(Class::Invalid)));
		assert!(
			passed
				.iter()
				.all(|finding| Accuracy::<T>::get(&finding.auditor).idle == 1)
		);
	}

	/// The draw is proved by a point and scalars that only fail at the very end, since no draw can be made here; and the job
	/// is drawn again.
	#[benchmark]
	fn open_canary() {
		let public = sp_io::crypto::sr25519_generate(BENCHMARK_KEYS, None);
		let scene = Scene::of::<T>(Party {
			account: public.0.into(),
			..Party::new("node", 0)
		});
		let id = scene.requested::<T>(0);
		let (mut receipt, _) = scene.receipt::<T>(id);
		let opening = CanaryOpening {
			salt: [1; 32],
			transcript: [2; 32],
			fingerprint: [3; 32],
			pre_output: public.0,
			proof: [0; 64],
		};
		receipt.sealed_canary = opening.seal();
		let signature = scene.node.sign(&receipt.hash());
		Pallet::<T>::do_deliver(receipt, signature).expect("the receipt is in order");
		let now = Pallet::<T>::now();
		Jobs::<T>::mutate(id, |job| {
			let job = job.as_mut().expect("it was requested");
			let auditors = (0..MAX_SEATS).map(|number| account::<AccountId32>("earlier", number, 0));
			job.audit.earlier = earlier(auditors);
			job.class = Some(Class::Valid);
			Pallet::<T>::make_payable(id, job, 10, now);
		});
		let terms = T::Terms::current().1;
		let planting = Planting {
			transcript: opening.transcript,
			fingerprint: opening.fingerprint,
			chunk: 0,
			shift: 1,
		};
		let refused;

		#[block]
		{
			refused = Pallet::<T>::do_open_canary(id, &scene.node.account, &opening);
			let job = Jobs::<T>::get(id).expect("it was requested");
			Pallet::<T>::audit_again(id, job, planting, &terms, now).expect("there is room");
		}

		assert_eq!(refused, Err(Error::<T>::BadCanaryProof.into()));
		assert!(Jobs::<T>::get(id).is_some_and(|job| job.audit.canary.opened().is_some()));
	}

	/// A part of the verdicts on a canary, all of which are slashed.
	#[benchmark]
	fn settle_canary() {
		let scene = Scene::new::<T>();
		let committee = committee::<T>();
		for party in &committee {
			T::Auditors::credit(&party.account);
		}
		let id = scene.judged::<T>(0, &committee);
		let now = Pallet::<T>::now();
		Jobs::<T>::mutate(id, |job| {
			let job = job.as_mut().expect("it was requested");
			let planted = committee.iter().map(|party| PlantedVerdict {
				auditor: party.account.clone(),
				verdict: Verdict::Valid,
				credited: true,
				idle: false,
			});
			job.audit.canary = Canary::Opened(OpenedCanary {
				at: now,
				planting: Planting {
					transcript: [1; 32],
					fingerprint: [2; 32],
					chunk: 0,
					shift: 1,
				},
				error_milli: 5_000,
				had_passed: true,
				planted: BoundedVec::truncate_from(planted.take(canary::CANARY_STEP).collect()),
				saw: 0,
				missed: 0,
			});
		});

		#[block]
		{
			Pallet::<T>::settle_canary(id, now);
		}

		assert_eq!(Accuracy::<T>::iter().count(), canary::CANARY_STEP);
	}

	#[benchmark]
	fn record_randomness() {
		let now = Pallet::<T>::now();
		Cursor::<T>::put(now);

		#[block]
		{
			Pallet::<T>::record_randomness(now);
			Pallet::<T>::process_due(now, 1);
		}

		assert!(Pallet::<T>::ring_entry(now).is_some());
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
