//! The plain types have the shapes of the committed metadata: every record is encoded as the chain's type of that name
//! and read back. A field that the chain has and the plain type lacks fails to encode, one it does not have fails to
//! decode.

use crate::{
	Shared,
	bonds::{Bond, Chunk, RetiredKey, Role, Slash, SlashReason},
	calibrations::Calibration,
	canaries::AuditorAccuracy,
	congress::{
		self, Choice, Decision, Electorate, ElectorateView, Kind, Member, Participation, Tally, Vote,
	},
	jobs::*,
	nodes::{Advertisement, Offer, ServingNode},
	proofs::METADATA,
	terms::{BallotTerms, CongressTerms, DepositTerms, JobTerms, SlashTerms, Split, StakingTerms, Terms},
	validators::Validator,
	workflows::{Entry, Parent, Price, PriceMode, Publication, PublishInput, Standing, Workflow},
};
use receipt::{
	CheckKind, Figures, Receipt, Sampling, StopReason, Ticket, Tier, Verdict,
	attestation::Opening,
	canary::Planting,
	keys::KeySet,
	trace::{Evidence, POINTS, Shown, Trace, Tracer},
};
use std::fmt::Debug;
use subxt::ext::{scale_decode::DecodeAsType, scale_encode::EncodeAsType};

#[track_caller]
fn check<T: EncodeAsType + DecodeAsType + PartialEq + Debug>(path: &str, value: T) {
	let types = METADATA.types();
	let segments: Vec<&str> = path.split("::").collect();
	let ty = types
		.types
		.iter()
		.find(|ty| ty.ty.path.segments == segments)
		.unwrap_or_else(|| panic!("the metadata has no type {path}"));
	let bytes = value
		.encode_as_type(ty.id, types)
		.unwrap_or_else(|error| panic!("{path}: {error}"));
	let cursor = &mut bytes.as_slice();
	let read = T::decode_as_type(cursor, ty.id, types).unwrap_or_else(|error| panic!("{path}: {error}"));
	assert!(cursor.is_empty(), "{path}: {} bytes are left over", cursor.len());
	assert_eq!(read, value, "{path}");
}

fn keys() -> Shared<KeySet> {
	KeySet {
		peer: [1; 32],
		encryption: [2; 32],
		audit: [3; 32],
	}
	.into()
}

fn advertisement() -> Advertisement {
	Advertisement {
		addresses: vec![b"/ip4/127.0.0.1/tcp/1".to_vec()],
		models: vec![Offer {
			model: [1; 32],
			pair: [2; 32],
			price_base: 3,
			price_per_token: 4,
		}],
		max_tokens: 5,
		slots: 6,
	}
}

fn ballot() -> BallotTerms {
	BallotTerms {
		quorum: 670_000,
		majority: 750_000,
		voting_period: 3,
		enactment_delay: 4,
		deposit: 5,
	}
}

fn split() -> Split {
	Split {
		creator: 450_000,
		upstream: 200_000,
		node: 250_000,
		validators: 50_000,
		treasury: 50_000,
	}
}

fn terms() -> Terms {
	Terms {
		default_split: split(),
		jobs: JobTerms {
			delivery_window: 1,
			draw_delay: 2,
			min_distinct_authors: 3,
			commit_window: 4,
			court_window: 14,
			reveal_delay: 5,
			reveal_window: 6,
			opening_window: 14,
			dispute_window: 7,
			retention: 10,
			max_tokens: 13,
			min_fee_per_token: 11,
			record_deposit: 12,
			min_dispute_deposit: 15,
		},
		staking: StakingTerms {
			min_node_bond: 1,
			min_validator_bond: 2,
			min_validators: 3,
			max_validators: 4,
			unbonding_delay: 5,
		},
		slashes: SlashTerms {
			collusion: 3,
			equivocation: 5,
			burned: 6,
			reporter_reward: 7,
		},
		verification: verification::Rules::DEFAULT.into(),
		deposits: DepositTerms {
			publish_base: 1,
			publish_per_byte: 2,
			anchor: 3,
		},
		congress: CongressTerms {
			constitutional: ballot(),
			technical: ballot(),
			community: ballot(),
			resource: ballot(),
			min_electorate: 1,
			min_held: 2,
		},
	}
}

fn ticket() -> Shared<Ticket> {
	Ticket {
		genesis: [1; 32],
		node: [2; 32],
		caller: [3; 32],
		workflow: 4,
		version: 5,
		terms: 6,
		input: [7; 32],
		pair: [8; 32],
		check: CheckKind::TokenPrefill,
		tier: Tier::Replicated,
		prompt_tokens: 9,
		max_tokens: 10,
		node_price: receipt::Price {
			base: 11,
			per_token: 12,
		},
		fee: 13,
		nonce: [14; 32],
		expires_at: 15,
	}
	.into()
}

fn receipt() -> Shared<Receipt> {
	Receipt {
		job: 1,
		check: CheckKind::TokenPrefill,
		pair: [2; 32],
		request: [3; 32],
		output: [4; 32],
		transcript: [5; 32],
		tokens_in: 6,
		tokens_out: 7,
		sampling: Sampling::GREEDY,
		stop: StopReason::Aborted([8; 64]),
		fingerprint: [9; 32],
		sealed_canary: [10; 32],
	}
	.into()
}

fn payouts() -> Vec<PayoutLine> {
	vec![
		PayoutLine {
			kind: PayoutKind::Creator,
			payee: Payee::Workflow(1),
			amount: 2,
		},
		PayoutLine {
			kind: PayoutKind::Treasury,
			payee: Payee::Account([3; 32]),
			amount: 4,
		},
	]
}

fn states() -> Vec<JobState> {
	let charge = Charge {
		total: 1,
		node_part: 2,
	};
	vec![
		JobState::Assigned { deliver_by: 1 },
		JobState::Delivered {
			from: 1,
			draw: Draw::Who(Stage::Jury),
		},
		JobState::Auditing {
			stage: Stage::Auditor,
			commit_until: 1,
			reveal_from: 2,
			reveal_until: 3,
		},
		JobState::Payable { at: 1, settle_at: 2 },
		JobState::Settled {
			at: 1,
			charge,
			payouts: payouts(),
		},
		JobState::TimedOut { at: 1 },
		JobState::Cancelled { at: 1 },
		JobState::Refunded {
			at: 1,
			reason: RefundReason::NoQuorum,
		},
		JobState::Opening {
			until: 1,
			stage: Stage::Panel,
		},
	]
}

fn planting() -> Shared<Planting> {
	Planting {
		transcript: [1; 32],
		fingerprint: [2; 32],
		chunk: 3,
		shift: 4,
	}
	.into()
}

fn canaries() -> [Canary; 3] {
	let opened = OpenedCanary {
		at: 1,
		planting: planting(),
		error_milli: 2,
		had_passed: true,
		planted: vec![PlantedVerdict {
			auditor: [3; 32],
			verdict: Verdict::Unavailable.into(),
			credited: false,
			idle: true,
		}],
		saw: 4,
		missed: 5,
	};
	[Canary::Sealed, Canary::Asked, Canary::Opened(opened)]
}

fn publication() -> Publication {
	Publication {
		name: b"story".to_vec(),
		manifest_hash: [1; 32],
		manifest_location: b"https://x".to_vec(),
		price: Price {
			mode: PriceMode::CostPlus,
			base: 1,
			per_token: 2,
		},
		split: split(),
		min_upstream_share: 3,
		parents: vec![Parent {
			workflow: 1,
			version: 2,
			share: 1_000_000,
		}],
		upstream: vec![(1, 1_000_000)],
		model: [4; 32],
		max_tokens: 5,
		published_at: 6,
		deposit: 7,
	}
}

#[test]
fn bonds_and_nodes() {
	check("pallet_role_staking::types::Role", Role::Validator);
	for reason in [
		SlashReason::Fraud,
		SlashReason::Downtime,
		SlashReason::Collusion,
		SlashReason::FalseAttestation,
		SlashReason::Equivocation,
	] {
		check("pallet_role_staking::types::SlashReason", reason);
	}
	check(
		"pallet_role_staking::types::AccountView",
		Bond {
			role: Role::Node,
			active: 1,
			unlocking: vec![Chunk {
				amount: 2,
				release_at: 3,
			}],
			keys: Some(keys()),
			retired_keys: vec![RetiredKey {
				audit: [4; 32],
				until: 5,
			}],
			chilled: true,
			bonded_at: 6,
			open_exposure: 7,
			open_audits: 8,
			slashes: vec![Slash {
				block: 9,
				reason: SlashReason::Downtime,
				amount: 10,
			}],
		},
	);
	check("pallet_role_staking::types::Advertisement", advertisement());
	let (account, active, capacity) = ([1; 32], 2, 3);
	let node = ServingNode {
		account,
		active,
		capacity,
		keys: keys(),
		advertisement: advertisement(),
	};
	check("pallet_role_staking::types::ServingNode", node);
	check(
		"pallet_role_staking::types::ValidatorView",
		Validator {
			account: [1; 32],
			active: 2,
			chilled: true,
			candidate: false,
			in_session: true,
			open_audits: 3,
			pairs: 4,
		},
	);
}

fn calibration_entry() -> calibration::Entry {
	calibration::Entry {
		record: [1; 32],
		model: [2; 32],
		bands: calibration::Bands {
			mismatches: 3,
			mantissa_milli: 4,
			loss_milli: 5,
			vector: Some(calibration::VectorBands::EXACT),
		},
		detection: calibration::Bucket::ASSUMED,
	}
}

#[test]
fn calibrations() {
	check(
		"pallet_calibration::types::Calibration",
		Calibration {
			entry: calibration_entry().into(),
			registered_at: 6,
		},
	);
}

#[test]
fn every_number_of_the_terms() {
	check("pallet_terms::types::Terms", terms());
}

const TRACE: Trace = Trace([3; POINTS]);

fn job(state: JobState, canary: Canary) -> Job {
	let opening = Opening {
		verdict: Verdict::Valid,
		figures: Figures::default(),
		evidence: Evidence {
			trace: Some(TRACE),
			neighbour: None,
			untrue: 4,
		},
		salt: [1; 32],
	};
	Job {
		ticket: ticket(),
		ticket_hash: [1; 32],
		ticket_signature: [2; 64],
		ticket_key: [3; 32],
		requested_at: 4,
		terms: 5,
		record_deposit: 6,
		randomness: [7; 32],
		state,
		due: 8,
		delivery: Some(Delivery {
			receipt: receipt(),
			hash: [9; 32],
			signature: [10; 64],
			key: [11; 32],
			at: 12,
		}),
		audit: Audit {
			node_part: 1,
			calibration: Some(calibration_entry().into()),
			probability: verification::Ppm::ONE.into(),
			penalty: 2,
			stage: Some(Stage::Panel),
			accuser: Some([3; 32]),
			earlier: vec![Finding {
				auditor: [4; 32],
				verdict: Verdict::Valid.into(),
				error_milli: 5,
				round: 6,
				trace: Some(TRACE.into()),
				contradicts: true,
			}],
			agreed: Some(Class::Invalid),
			idle: 7,
			slashed: 8,
			dispute: Some(Dispute {
				at: 6,
				deposit: 7,
				stage: Stage::Jury,
				settled: 8,
				outcome: DisputeOutcome::Undecided,
			}),
			posted: Some(Posting {
				at: 9,
				hash: [10; 32],
				stage: Stage::Panel,
			}),
			canary,
		},
		committee: vec![Seat {
			auditor: [13; 32],
			key: [14; 32],
			commitment: Some([15; 32]),
			opening: Some(opening.into()),
		}],
		class: Some(Class::Valid),
		quorum: vec![[16; 32]],
		absent: vec![[17; 32]],
	}
}

#[test]
fn jobs_in_every_state() {
	for (number, state) in states().into_iter().enumerate() {
		let job = job(state, canaries()[number % 3].clone());
		check("pallet_execution_log::types::Job", job);
	}
	for phase in [
		AuditPhase::Commit { until: 1 },
		AuditPhase::Reveal {
			until: 2,
			commitment: [3; 32],
		},
	] {
		let owed = Owed {
			job: 1,
			key: [2; 32],
			round: 1,
			phase,
			node: [3; 32],
			receipt_hash: [4; 32],
			receipt: receipt(),
			ticket_hash: [5; 32],
			input: [6; 32],
			nonce: [7; 32],
			randomness: [8; 32],
			max_tokens: 9,
			opened: Some(planting()),
			committee: vec![[10; 32]],
			earlier: vec![
				Shown {
					tracer: Tracer {
						auditor: [11; 32],
						round: 12,
					},
					verdict: Verdict::Valid,
					trace: Some(TRACE),
				}
				.into(),
			],
		};
		check("pallet_execution_log::types::Owed", owed);
	}
	check(
		"pallet_execution_log::types::AuditorAccuracy",
		AuditorAccuracy {
			canaries: 3,
			missed: 2,
			near_missed: 1,
			idle: 4,
		},
	);
	check(
		"pallet_execution_log::types::WorkflowStatistics",
		WorkflowStatistics {
			runs: 1,
			audited_runs: 6,
			private_runs: 5,
			charged: 2,
			earned: 3,
			callers: 4,
		},
	);
	check(
		"pallet_execution_log::types::NodeStatistics",
		NodeStatistics {
			settled: 1,
			audited: 10,
			private_runs: 9,
			timed_out: 2,
			cancelled: 3,
			invalid: 4,
			unavailable: 5,
			no_quorum: 6,
			unsettled: 7,
			callers: 8,
		},
	);
	check(
		"pallet_execution_log::types::Reputation",
		Reputation {
			score: verification::Score::ZERO.into(),
			probation: verification::Probation::default().into(),
			incident: Some(verification::Incident::open(1, 2).into()),
			finder: Some([7; 32]),
			ejected: true,
		},
	);
}

#[test]
fn a_record_says_who_was_idle_and_whether_a_panel_looks_again() {
	let record = |round, verdict: Verdict, dispute| {
		let mut record = job(JobState::TimedOut { at: 1 }, Canary::Sealed);
		record.audit.earlier[0].round = round;
		record.audit.earlier[0].verdict = verdict.into();
		record.audit.dispute = dispute;
		record
	};
	let disputed = |stage| Dispute {
		at: 6,
		deposit: 7,
		stage,
		settled: 1,
		outcome: DisputeOutcome::Open,
	};
	for (round, verdict, dispute, expect) in [
		(0, Verdict::Valid, None, true),
		(3, Verdict::Valid, None, true),
		(0, Verdict::Unavailable, None, false),
		(1, Verdict::Valid, None, false),
		(0, Verdict::Valid, Some(disputed(Stage::Panel)), false),
		(0, Verdict::Valid, Some(disputed(Stage::Jury)), true),
	] {
		let record = record(round, verdict, dispute);
		assert_eq!(
			record.is_looked_at_again(),
			expect,
			"{round} {verdict:?} {dispute:?}"
		);
	}
	let mut record = record(0, Verdict::Valid, None);
	record.audit.idle = 0b101;
	let idle = [0, 1, 2, 63, 64].map(|number| record.is_idle(number));
	assert_eq!(idle, [true, false, true, false, false]);
}

#[test]
fn job_events() {
	let account = [2; 32];
	for event in [
		JobEvent::Requested {
			job: 1,
			ticket: [1; 32],
			caller: account,
			node: account,
			workflow: 3,
			version: 4,
			fee: 5,
			randomness: [6; 32],
			deliver_by: 7,
		},
		JobEvent::Cancelled { job: 1 },
		JobEvent::Delivered {
			job: 1,
			receipt: [1; 32],
			tokens_in: 2,
			tokens_out: 3,
		},
		JobEvent::TimedOut { job: 1 },
		JobEvent::Drawn {
			job: 1,
			stage: Stage::Panel,
			committee: vec![account],
			commit_until: 2,
		},
		JobEvent::Committed {
			job: 1,
			auditor: account,
		},
		JobEvent::RevealsOpen {
			job: 1,
			from: 2,
			until: 3,
		},
		JobEvent::Revealed {
			job: 1,
			auditor: account,
			verdict: Verdict::Unavailable.into(),
		},
		JobEvent::Absent {
			job: 1,
			auditor: account,
		},
		JobEvent::NotDrawn { job: 1 },
		JobEvent::Escalated {
			job: 1,
			stage: Stage::Jury,
		},
		JobEvent::NodeAsked { job: 1, until: 2 },
		JobEvent::CanaryOpened {
			job: 1,
			planting: planting(),
		},
		JobEvent::CanaryConfirmed {
			job: 1,
			saw: 2,
			missed: 3,
		},
		JobEvent::WrongVerdict {
			job: 1,
			auditor: account,
			verdict: Verdict::Valid.into(),
		},
		JobEvent::IdleAuditor {
			job: 1,
			auditor: account,
		},
		JobEvent::IncidentOpened {
			node: account,
			job: 1,
			penalty: 2,
			closes_at: 3,
		},
		JobEvent::Judged {
			job: 1,
			class: Class::Invalid,
			quorum: vec![account],
		},
		JobEvent::Refunded {
			job: 1,
			reason: RefundReason::Unsettled,
		},
		JobEvent::Settled {
			job: 1,
			charge: Charge {
				total: 1,
				node_part: 2,
			},
			payouts: payouts(),
		},
		JobEvent::Pruned { job: 1 },
		JobEvent::Disputed {
			job: 1,
			deposit: 2,
			stage: Stage::Panel,
		},
		JobEvent::DisputeEnded {
			job: 1,
			deposit: 2,
			outcome: DisputeOutcome::Upheld,
		},
		JobEvent::TranscriptPosted {
			job: 1,
			stage: Stage::Jury,
			hash: [2; 32],
			length: 3,
		},
		JobEvent::IncidentClosed {
			node: account,
			failures: 1,
			slash: 2,
		},
		JobEvent::Ejected { node: account },
	] {
		assert!(matches!(event.job(), Some(1) | None));
		check("pallet_execution_log::pallet::Event", event);
	}
}

#[test]
fn workflows() {
	let publication = publication();
	check(
		"pallet_workflow_registry::types::Publication",
		publication.clone(),
	);
	check(
		"pallet_workflow_registry::types::PublishInput",
		PublishInput {
			name: publication.name.clone(),
			manifest_hash: [1; 32],
			manifest_location: Vec::new(),
			price: Price {
				mode: PriceMode::Share,
				base: 1,
				per_token: 2,
			},
			split: Some(split()),
			min_upstream_share: 3,
			parents: publication.parents.clone(),
			model: [4; 32],
			max_tokens: 5,
		},
	);
	for standing in [Standing::Active, Standing::Retired { until: 1 }, Standing::Banned] {
		let entry = Entry {
			owner: [1; 32],
			standing,
			latest: 2,
			offered_to: Some([3; 32]),
			descendants: 4,
			deposit: 5,
		};
		let workflow = Workflow {
			id: 1,
			workflow: entry,
			publication: Some(publication.clone()),
		};
		check("pallet_workflow_registry::types::WorkflowView", workflow);
	}
}

#[test]
fn the_congress() {
	for kind in [
		Kind::Constitutional,
		Kind::Technical,
		Kind::Community,
		Kind::Resource,
	] {
		check("pallet_congress::types::Kind", kind);
	}
	for choice in [Choice::For, Choice::Against, Choice::Abstain] {
		check("pallet_congress::types::Choice", choice);
	}
	for decision in [Decision::Passed, Decision::QuorumMissed, Decision::MajorityMissed] {
		check("pallet_congress::types::Decision", decision);
	}
	for stage in [
		congress::Stage::Voting,
		congress::Stage::Approved { enact_from: 1 },
	] {
		check("pallet_congress::types::Stage", stage);
	}
	check(
		"pallet_congress::types::Tally",
		Tally {
			ayes: 1,
			nays: 2,
			abstentions: 3,
		},
	);
	check(
		"pallet_congress::types::AccountView",
		Participation {
			member: Some(Member { joined: 1 }),
			held: 2,
			locked: 3,
			votes: vec![Vote {
				proposal: 4,
				choice: Choice::For,
				weight: 5,
				reasoning: Some([6; 32]),
			}],
			proposals: vec![7],
		},
	);
	check(
		"pallet_congress::types::ElectorateView",
		ElectorateView {
			electorate: Electorate::Holders,
			size: 1,
			needed: 2,
			ballot: ballot(),
			open: 3,
			open_limit: 4,
		},
	);
}
