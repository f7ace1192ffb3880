//! The chain on which people act, and what took effect of it.

use crate::{
	actions::{Action, Bonding, PATIENCE},
	chain::{Chain, now},
	people::{
		self, CALLERS, CREATORS, NODES, Order, Person, VALIDATORS, account, bonded, bytes, openings, signed,
	},
};
use hai_runtime::{
	ExecutionLog, Executive, HAI, MILLI_HAI, RoleStaking, Runtime, RuntimeCall, RuntimeHoldReason,
	RuntimeOrigin, Terms, WorkflowRegistry, ties::Attestations,
};
use offchain_worker::{Owed, OwedWork, Phase};
use pallet_congress::Kind;
use pallet_execution_log::{Call as Jobs, JobState};
use pallet_role_staking::{Call as Staking, types::Role};
use pallet_workflow_registry::{Call as Registry, PriceMode};
use polkadot_sdk::{
	frame_system::offchain::CreateAuthorizedTransaction, pallet_balances, sp_runtime::traits::Dispatchable,
};
use receipt::{
	JobId,
	attestation::{Batch, Item, Opening, commitment},
	canary::CanaryOpening,
};
use std::collections::{BTreeMap, BTreeSet};

/// The chain, and what took effect so far.
pub(crate) struct World {
	chain: Chain,
	seen: BTreeSet<String>,
	/// What nodes sealed in their receipts.
	openings: BTreeMap<JobId, CanaryOpening>,
}

impl World {
	/// Two nodes serve, and there are three workflows: one, another upon it, and one at cost.
	pub(crate) fn new() -> Self {
		let mut world = Self {
			chain: Chain::start(),
			seen: BTreeSet::new(),
			openings: BTreeMap::new(),
		};
		for node in NODES {
			let bonded = world.stake(node, Bonding::Bond(Role::Node));
			let serves = world.advertise(node, people::usual_advertisement());
			assert!(bonded && serves, "{node:?} serves");
		}
		for (by, seed, mode, parent) in [
			(CREATORS[0], 100, PriceMode::Share, None),
			(CREATORS[1], 101, PriceMode::Share, Some(0)),
			(CREATORS[0], 102, PriceMode::CostPlus, None),
		] {
			let input = Box::new(people::publication(seed, mode, parent));
			let published = world.call(
				"publish at first",
				signed(by),
				Registry::<Runtime>::publish { input },
			);
			assert!(published, "the workflow {seed} is in order");
		}
		world.chain.next_block();
		world
	}

	/// Makes a call, and notes its name if it takes effect.
	fn call(&mut self, name: &str, origin: RuntimeOrigin, call: impl Into<RuntimeCall>) -> bool {
		let done = call.into().dispatch(origin).is_ok();
		if done {
			self.seen.insert(name.into());
		}
		done
	}

	pub(crate) fn perform(&mut self, action: Action) {
		match action {
			Action::Request(order, signer) => {
				self.request(&order, signer);
			}
			Action::Run(order) => {
				if let Some(job) = self.request(&order, order.node) {
					self.deliver(job, 20, order.node);
				}
			}
			Action::Deliver { job, tokens, signer } => self.deliver(numbered(job), tokens, signer),
			Action::Cancel { job, by } => {
				let job = numbered(job);
				let node = || ExecutionLog::job(job).map(|job| RuntimeOrigin::signed(job.node()));
				if let Some(origin) = by.map(signed).or_else(node) {
					self.call("cancel", origin, Jobs::<Runtime>::cancel { job });
				}
			}
			Action::Audit {
				offline,
				says,
				blocks,
				opens,
			} => {
				for _ in 0..blocks {
					self.attest(offline, &says);
					if opens {
						self.open_canaries();
					}
					self.chain.next_block();
					if !any_open() {
						break;
					}
				}
			}
			Action::Open { job, by } => {
				let job = numbered(job);
				self.open_canary(job, by);
			}
			Action::Settle { job } => {
				let job = numbered(job);
				self.call("settle", signed(CALLERS[0]), Jobs::<Runtime>::settle { job });
			}
			Action::Dispute { job, by } => self.dispute(job, by),
			Action::Post { job, by } => self.post(job, by),
			Action::Prune { job } => self.prune(numbered(job)),
			Action::Stake(who, bonding) => {
				self.stake(who, bonding);
			}
			Action::Publish {
				by,
				seed,
				mode,
				parent,
			} => {
				let input = Box::new(people::publication(seed, mode, parent));
				self.call("publish", signed(by), Registry::<Runtime>::publish { input });
			}
			Action::SetPrice { workflow, mode } => {
				let price = people::price(mode);
				let call = Registry::<Runtime>::set_price { workflow, price };
				self.call("set_price", owner(workflow), call);
			}
			Action::Retire { workflow } => {
				let call = Registry::<Runtime>::retire { workflow };
				self.call("retire", owner(workflow), call);
			}
			Action::Reclaim { workflow } => {
				let call = Registry::<Runtime>::reclaim { workflow };
				self.call("reclaim", signed(CALLERS[0]), call);
			}
			Action::Ban { workflow } => {
				let call = Registry::<Runtime>::ban { workflow };
				self.call("ban", congress(Kind::Community), call);
			}
			Action::SetTerms { which, to } => self.set_terms(which, to),
			Action::Claim { who } => {
				self.call("claim", signed(who), pallet_payout::Call::<Runtime>::claim {});
			}
			Action::ClaimWorkflow { workflow } => {
				let call = pallet_payout::Call::<Runtime>::claim_workflow { workflow };
				self.call("claim_workflow", owner(workflow), call);
			}
			Action::Govern { who, thousands } => {
				let amount = thousands * 1_000 * HAI;
				let call = pallet_congress::Call::<Runtime>::hold_for_governance { amount };
				self.call("hold_for_governance", signed(who), call);
			}
			Action::Anchor { who } => self.anchor(who),
			Action::Mend => {
				for who in bonded() {
					self.stake(who, Bonding::Extra(50));
					self.stake(who, Bonding::Resume);
				}
				for node in NODES {
					self.advertise(node, people::usual_advertisement());
				}
			}
		}
	}

	fn request(&mut self, order: &Order, signer: Person) -> Option<JobId> {
		let job = ExecutionLog::next_job();
		let ticket = people::ticket(order, now() + 5);
		let call = Jobs::<Runtime>::request {
			ticket: Box::new(ticket),
			signature: people::sign_as(signer, &ticket.hash()),
		};
		self.call("request", signed(order.caller), call).then_some(job)
	}

	fn deliver(&mut self, job: JobId, tokens: u32, signer: Person) {
		let Some(ticket) = ExecutionLog::job(job).map(|job| job.ticket) else {
			return;
		};
		let mut receipt = people::receipt(job, &ticket, tokens);
		// A proof is another one each time: the first one is kept.
		let kept = self.openings.get(&job).copied();
		if let Some(opening) = kept.or_else(|| people::canary_opening(job)) {
			receipt.sealed_canary = opening.seal();
			self.openings.insert(job, opening);
		}
		let call = Jobs::<Runtime>::deliver {
			receipt: Box::new(receipt),
			signature: people::sign_as(signer, &receipt.hash()),
		};
		self.call("deliver", signed(signer), call);
	}

	/// Disputes a job that can be, after an audit that passes it where none waits for its payment yet. Or else the one so
	/// many back.
	fn dispute(&mut self, back: u64, by: Option<Person>) {
		let disputable = || {
			let all = ExecutionLog::next_job();
			(0..all)
				.map(|more| (back + more) % all)
				.find(|job| ExecutionLog::dispute_deposit(*job).is_some())
		};
		for _ in 0..PATIENCE {
			if disputable().is_some() || !any_open() {
				break;
			}
			self.attest(0, &[openings()[0]; 4]);
			self.chain.next_block();
		}
		let job = disputable().unwrap_or(numbered(back));
		let caller = || ExecutionLog::job(job).map(|job| RuntimeOrigin::signed(job.caller()));
		if let Some(origin) = by.map(signed).or_else(caller) {
			self.call("dispute", origin, Jobs::<Runtime>::dispute { job });
		}
	}

	/// Posts something for the court of a job, from so many back on, that is being drawn or sits.
	fn post(&mut self, back: u64, by: Option<Person>) {
		let state = |job: JobId| ExecutionLog::job(job).map(|job| job.state);
		let is_drawn = |job: JobId| !matches!(state(job), Some(JobState::Delivered { .. }));
		let mut jobs = (0..4).map(|more| numbered((back + more) % 4));
		let job = jobs
			.find(|job| !is_drawn(*job) || matches!(state(*job), Some(JobState::Auditing { .. })))
			.unwrap_or(numbered(back));
		for _ in 0..PATIENCE {
			if is_drawn(job) {
				break;
			}
			self.chain.next_block();
		}
		let node = || ExecutionLog::job(job).map(|job| RuntimeOrigin::signed(job.node()));
		if let Some(origin) = by.map(signed).or_else(node) {
			let sealed = pallet_execution_log::posting::Sealed::truncate_from(vec![1; 10]);
			let call = Jobs::<Runtime>::post_transcript { job, sealed };
			self.call("post_transcript", origin, call);
		}
	}

	/// What a node's agent does in each block.
	fn open_canaries(&mut self) {
		let sealed: Vec<_> = self.openings.keys().copied().collect();
		for job in sealed {
			let node = ExecutionLog::job(job).map(|job| job.node());
			if let Some(by) = NODES.into_iter().find(|who| Some(account(*who)) == node) {
				self.open_canary(job, by);
			}
		}
	}

	fn open_canary(&mut self, job: JobId, by: Person) {
		if let Some(opening) = self.openings.get(&job) {
			let opening = Box::new(*opening);
			self.call(
				"open_canary",
				signed(by),
				Jobs::<Runtime>::open_canary { job, opening },
			);
		}
	}

	fn prune(&mut self, job: JobId) {
		self.call("prune", signed(CALLERS[1]), Jobs::<Runtime>::prune { job });
	}

	/// Every validator that is online sends what the off-chain worker would see that it owes. What it commits to
	/// can be found again, so that it opens the same later.
	fn attest(&mut self, offline: u8, says: &[Opening; 4]) {
		for (number, (who, opening)) in VALIDATORS.into_iter().zip(says).enumerate() {
			if offline >> number & 1 == 1 {
				continue;
			}
			for owed in Attestations::owed(&bytes(who)) {
				if let Some(item) = item(who, &owed, opening) {
					self.send(who, &owed, item);
				}
			}
		}
	}

	/// Sends an attestation through the whole path of a transaction. The view speaks of the next block, so that
	/// an opening can be a block early; it is sent again.
	fn send(&mut self, who: Person, owed: &Owed, item: Item) {
		let batch = Batch {
			auditor: bytes(who),
			at: now(),
			items: vec![item],
		};
		let signature = people::sign_with(&owed.key, &batch.message(&Attestations::genesis()));
		let call = Jobs::<Runtime>::attest { batch, signature };
		let transaction =
			<Runtime as CreateAuthorizedTransaction<Jobs<Runtime>>>::create_authorized_transaction(
				call.into(),
			);
		if let Ok(dispatched) = Executive::apply_extrinsic(transaction) {
			assert_eq!(dispatched, Ok(()), "what was authorized is dispatched");
			self.seen.insert("attest".into());
		}
	}

	fn stake(&mut self, who: Person, bonding: Bonding) -> bool {
		let active = RoleStaking::account(account(who)).map_or(0, |bond| bond.active);
		let part = |percent: u32| active / 100 * u128::from(percent);
		let (name, call) = match bonding {
			Bonding::Bond(role) => {
				let (keys, peer_signature, audit_signature) = people::bound(who, 0);
				let call = Staking::<Runtime>::bond {
					role,
					amount: 20_000 * HAI,
					keys,
					peer_signature,
					audit_signature,
				};
				("bond", call)
			}
			Bonding::Unbond(percent) => {
				let amount = part(percent);
				("unbond", Staking::unbond { amount })
			}
			Bonding::Extra(percent) => {
				let amount = part(percent);
				("bond_extra", Staking::bond_extra { amount })
			}
			Bonding::Withdraw => ("withdraw", Staking::withdraw {}),
			Bonding::Chill => ("chill", Staking::chill {}),
			Bonding::Resume => ("resume", Staking::resume {}),
			Bonding::SetKeys(generation) => {
				let (keys, peer_signature, audit_signature) = people::bound(who, generation);
				let call = Staking::set_keys {
					keys,
					peer_signature,
					audit_signature,
				};
				("set_keys", call)
			}
			Bonding::Advertise(model) => return self.advertise(who, people::advertisement(model)),
			Bonding::Join => ("join_validators", Staking::join_validators {}),
			Bonding::Leave => ("leave_validators", Staking::leave_validators {}),
		};
		self.call(name, signed(who), call)
	}

	fn advertise(&mut self, who: Person, advertisement: pallet_role_staking::types::Advertisement) -> bool {
		let call = Staking::<Runtime>::advertise { advertisement };
		self.call("advertise", signed(who), call)
	}

	/// Some of these do not fit together, and are refused.
	fn set_terms(&mut self, which: u8, to: u8) {
		let (_, mut terms) = Terms::terms();
		let amount = u128::from(to);
		match which {
			0 => terms.jobs.record_deposit = amount * MILLI_HAI,
			1 => terms.jobs.dispute_window = u32::from(to % 4),
			2 => terms.jobs.delivery_window = 10 + u32::from(to % 20),
			3 => terms.jobs.min_fee_per_token = 500 + amount,
			4 => terms.deposits.publish_base = amount * HAI,
			5 => terms.staking.min_node_bond = (500 + amount) * HAI,
			6 => terms.slashes.burned = polkadot_sdk::sp_runtime::Permill::from_percent(u32::from(to % 101)),
			_ => terms.staking.unbonding_delay = u32::from(to),
		}
		let call = pallet_terms::Call::<Runtime>::set_terms {
			terms: Box::new(terms),
		};
		self.call("set_terms", congress(Kind::Technical), call);
	}

	/// Goes on with the log of `who`, or closes it.
	fn anchor(&mut self, who: Person) {
		use pallet_contract::{Call, NO_ANCHOR};
		let log = hai_runtime::Contract::log(account(who));
		let anchor = Call::<Runtime>::anchor {
			root: Default::default(),
			length: log.map_or(1, |log| log.length + 1),
			previous: log.map_or(NO_ANCHOR, |log| log.hash),
		};
		match log {
			Some(log) if log.anchors == 2 => {
				self.call("close_log", signed(who), Call::<Runtime>::close_log {})
			}
			_ => self.call("anchor", signed(who), anchor),
		};
	}

	/// Lets every job end, with every validator offline, and then every record be pruned.
	pub(crate) fn finish(mut self) -> BTreeSet<String> {
		// The terms keep this longer than any job can take, and no action makes a window much longer.
		let terms = Terms::terms_at(1).expect("genesis set terms");
		for _ in 0..terms.staking.unbonding_delay {
			if !any_open() {
				break;
			}
			self.chain.next_block();
		}
		for (id, job) in pallet_execution_log::Jobs::<Runtime>::iter() {
			let end = match job.state {
				JobState::Settled { .. } => "settled".into(),
				JobState::TimedOut { .. } => "timed out".into(),
				JobState::Cancelled { .. } => "cancelled".into(),
				JobState::Refunded { reason, .. } => format!("refunded: {reason:?}"),
				open => panic!("the job {id} has not ended: {open:?}"),
			};
			self.seen.insert(end);
			if job.audit.idle != 0 {
				self.seen.insert("idle".into());
			}
			if let Some(dispute) = job.audit.dispute {
				self.seen.insert(format!("disputed: {:?}", dispute.outcome));
			}
		}
		assert_eq!(pallet_role_staking::OpenExposure::<Runtime>::iter().count(), 0);
		assert_eq!(pallet_role_staking::OpenAudits::<Runtime>::iter().count(), 0);
		assert!(!is_held(pallet_execution_log::HoldReason::Fee));
		assert!(!is_held(pallet_execution_log::HoldReason::Dispute));
		// What nobody asked for on the way is there in the end.
		for workflow in 0..8 {
			self.perform(Action::ClaimWorkflow { workflow });
		}

		// A job keeps the retention of its request, which no action changes.
		self.chain.leap(2 * terms.jobs.retention);
		let jobs: Vec<_> = pallet_execution_log::Jobs::<Runtime>::iter_keys().collect();
		for job in jobs {
			self.prune(job);
		}
		self.chain.next_block();
		assert_eq!(pallet_execution_log::Jobs::<Runtime>::iter().count(), 0);
		assert!(!is_held(pallet_execution_log::HoldReason::Record));
		self.seen
	}
}

/// What a validator says next of what it owes. Nothing where it committed to something that it never says.
fn item(who: Person, owed: &Owed, opening: &Opening) -> Option<Item> {
	let (genesis, receipt) = (Attestations::genesis(), owed.receipt.hash());
	let commit = |opening: &Opening| commitment(&genesis, owed.job, &receipt, &bytes(who), opening);
	match owed.phase {
		Phase::Commit { .. } => Some(Item::Commit {
			job: owed.job,
			sitting: owed.sitting(),
			commitment: commit(opening),
		}),
		Phase::Reveal { commitment, .. } => {
			let opening = openings()
				.into_iter()
				.find(|opening| commit(opening) == commitment)?;
			Some(Item::Reveal {
				job: owed.job,
				opening,
			})
		}
	}
}

/// Counts a job back from the newest.
fn numbered(back: u64) -> JobId {
	ExecutionLog::next_job().saturating_sub(back + 1)
}

fn any_open() -> bool {
	pallet_execution_log::Jobs::<Runtime>::iter_values().any(|job| job.state.ended_at().is_none())
}

fn is_held(reason: pallet_execution_log::HoldReason) -> bool {
	let reason = RuntimeHoldReason::from(reason);
	pallet_balances::Holds::<Runtime>::iter_values().any(|holds| holds.iter().any(|hold| hold.id == reason))
}

/// The owner of a workflow, or somebody where nobody owns it.
fn owner(workflow: u32) -> RuntimeOrigin {
	let owner = WorkflowRegistry::owner_of(workflow);
	RuntimeOrigin::signed(owner.unwrap_or_else(|| account(CALLERS[0])))
}

fn congress(kind: Kind) -> RuntimeOrigin {
	pallet_congress::Origin::Congress(kind).into()
}
