//! Request, delivery, cancellation and pruning.

use crate::{
	Audit, Auditable, Config, Draw, Error, Event, HoldReason, Job, JobState, Jobs, NextJob, NodeStats,
	OpenJobs, Pallet, RING, Ring, Tickets, judge,
	traits::{Auditors, BlockRandomness, Nodes, Workflows},
	types::{Delivery, RingEntry},
};
use frame_support::{
	BoundedVec,
	dispatch::DispatchResult,
	ensure,
	traits::{fungible::MutateHold, tokens::Precision},
};
use pallet_terms::{Terms, TermsSource};
use polkadot_sdk::*;
use receipt::{
	CheckKind, Hash, JobId, PairKey, Planck, Receipt, Signature, Ticket, Tier,
	attestation::MAX_BATCH,
	hash::{Domain, hash},
};
use sp_core::ed25519;
use sp_runtime::AccountId32;
use verification::{Bucket, JobFacts, needed_bond};

/// Whether an ed25519 key signed a hash.
pub(crate) fn signed_by(key: &[u8; 32], message: &Hash, signature: &Signature) -> bool {
	sp_io::crypto::ed25519_verify(
		&ed25519::Signature::from_raw(*signature),
		message,
		&ed25519::Public::from_raw(*key),
	)
}

impl<T: Config> Pallet<T> {
	/// Keeps this block's randomness.
	pub(crate) fn record_randomness(block: u32) {
		let (author, output) = match T::Randomness::of_this_block() {
			Some((author, output)) => (Some(author), output),
			// A block without an output has a parent at least. It counts for no author.
			None => (None, frame_system::Pallet::<T>::parent_hash().0),
		};
		let before = Self::ring_entry(block.saturating_sub(1)).map_or([0; 32], |entry| entry.beacon);
		let entry = RingEntry {
			block,
			author,
			beacon: hash(Domain::Draw, &(before, output)),
		};
		Ring::<T>::insert(block % RING, entry);
	}

	/// The kept randomness of a block.
	pub(crate) fn ring_entry(block: u32) -> Option<RingEntry> {
		Ring::<T>::get(block % RING).filter(|entry| entry.block == block)
	}

	pub(crate) fn do_request(caller: AccountId32, ticket: Ticket, signature: Signature) -> DispatchResult {
		let now = Self::now();
		let (version, Terms { jobs: terms, .. }) = T::Terms::current();
		let node = AccountId32::new(ticket.node);

		ensure!(ticket.genesis == Self::genesis(), Error::<T>::WrongGenesis);
		ensure!(
			AccountId32::new(ticket.caller) == caller,
			Error::<T>::NotYourTicket
		);
		ensure!(
			matches!(ticket.tier, Tier::Private | Tier::Sampled | Tier::Replicated),
			Error::<T>::TierNotSupported
		);
		let is_vector = matches!(ticket.check, CheckKind::VectorRecompute { .. });
		ensure!(
			is_vector || ticket.check == CheckKind::TokenPrefill,
			Error::<T>::CheckNotSupported
		);
		ensure!(now <= ticket.expires_at, Error::<T>::TicketExpired);
		// So that no ticket outlives the record that remembers its use.
		ensure!(
			ticket.expires_at <= now.saturating_add(terms.retention),
			Error::<T>::TicketTooLong
		);
		// The job keeps the terms in force, so the node must have signed under these.
		ensure!(ticket.terms == version, Error::<T>::TermsChanged);
		ensure!(T::Nodes::is_serving(&node), Error::<T>::NodeNotServing);
		ensure!(T::Nodes::offers(&node, &ticket), Error::<T>::NotOffered);
		let key = T::Nodes::audit_key(&node).ok_or(Error::<T>::NodeNotServing)?;
		let hash = ticket.hash();
		ensure!(!Tickets::<T>::contains_key(hash), Error::<T>::TicketUsed);
		ensure!(signed_by(&key, &hash, &signature), Error::<T>::BadTicketSignature);

		ensure!(
			ticket.prompt_tokens > 0 && (is_vector || ticket.max_tokens > 0),
			Error::<T>::NoTokens
		);
		ensure!(!is_vector || ticket.max_tokens == 0, Error::<T>::VectorWithAnswer);
		let tokens = ticket
			.prompt_tokens
			.checked_add(ticket.max_tokens)
			.filter(|tokens| *tokens <= terms.max_tokens)
			.ok_or(Error::<T>::TooManyTokens)?;
		let minimum = terms.min_fee_per_token.saturating_mul(Planck::from(tokens));
		ensure!(ticket.fee >= minimum, Error::<T>::FeeTooLow);
		T::Workflows::is_callable(ticket.workflow, ticket.version)?;
		ensure!(
			T::Workflows::within_limits(&ticket),
			Error::<T>::AboveWorkflowLimit
		);
		let mut quote = T::Workflows::quote(ticket.workflow, ticket.version, &ticket.node_price, tokens)
			.ok_or(Error::<T>::NoSuchVersion)?;
		ensure!(quote.total <= ticket.fee, Error::<T>::FeeBelowQuote);
		quote.total = quote.total.max(minimum);
		let node_part = T::Workflows::node_pay(ticket.workflow, ticket.version, &quote)
			.ok_or(Error::<T>::NoSuchVersion)?;
		let mut calibration = None;
		if ticket.tier != Tier::Private {
			ensure!(T::Nodes::is_calibrated(&ticket), Error::<T>::NotCalibrated);
			let entry = T::Nodes::calibration(&ticket.pair).ok_or(Error::<T>::NotCalibrated)?;
			calibration = Some(entry);
			Self::ensure_auditable(&node, &ticket.pair)?;
			let (tier, detection) = (ticket.tier, entry.detection);
			let needed = Self::bond_for(&node, &ticket.pair, tier, ticket.fee, node_part, detection)
				.ok_or(Error::<T>::TooFewAuditors)?;
			ensure!(
				T::Nodes::active_bond(&node) >= needed,
				Error::<T>::BondBelowPenalty
			);
			Auditable::<T>::mutate(ticket.pair, |count| *count = count.saturating_add(1));
		}

		T::Nodes::open_exposure(&node, ticket.fee)?;
		T::Currency::hold(&HoldReason::Fee.into(), &caller, ticket.fee)?;
		T::Currency::hold(&HoldReason::Record.into(), &caller, terms.record_deposit)?;

		let id = NextJob::<T>::get();
		NextJob::<T>::put(id.checked_add(1).ok_or(Error::<T>::Overflow)?);
		Tickets::<T>::insert(hash, id);
		let randomness = Self::ring_entry(now).map_or([0; 32], |entry| entry.beacon);
		let deliver_by = now.saturating_add(terms.delivery_window);
		let mut job = Job {
			ticket,
			ticket_hash: hash,
			ticket_signature: signature,
			ticket_key: key,
			requested_at: now,
			terms: version,
			record_deposit: terms.record_deposit,
			randomness,
			state: JobState::Assigned { deliver_by },
			due: now,
			delivery: None,
			audit: Audit {
				node_part,
				calibration,
				..Audit::default()
			},
			committee: BoundedVec::new(),
			class: None,
			quorum: BoundedVec::new(),
			absent: BoundedVec::new(),
		};
		Self::schedule(id, &mut job, deliver_by.saturating_add(1));
		Jobs::<T>::insert(id, job);
		OpenJobs::<T>::insert(&node, id, ());
		Self::deposit_event(Event::Requested {
			job: id,
			ticket: hash,
			caller,
			node,
			workflow: ticket.workflow,
			version: ticket.version,
			fee: ticket.fee,
			randomness,
			deliver_by,
		});
		Ok(())
	}

	/// Whether there are auditors for one more job of a node under a pair: enough to judge anybody, and not with all that
	/// they can bear already.
	fn ensure_auditable(node: &AccountId32, pair: &PairKey) -> DispatchResult {
		let (_, terms) = T::Terms::current();
		let rules = terms.verification;
		let auditors = T::Auditors::eligible(pair, Self::now());
		let others = auditors.iter().filter(|auditor| *auditor != node).count() as u32;
		ensure!(others >= rules.min_eligible, Error::<T>::TooFewAuditors);
		// Were all of them drawn at once, each auditor would owe one full batch of this pair.
		let most = others.saturating_mul(MAX_BATCH);
		let seats = Auditable::<T>::get(pair)
			.saturating_add(1)
			.saturating_mul(rules.panel.min(others));
		ensure!(seats <= most, Error::<T>::AuditorsBusy);
		Ok(())
	}

	/// The bond that a job with this fee takes of a node, if it is as short as can be: several times what failing
	/// would cost. `None` where no court could sit.
	pub(crate) fn bond_for(
		node: &AccountId32,
		pair: &PairKey,
		tier: Tier,
		fee: Planck,
		node_part: Planck,
		detection: [Bucket; 5],
	) -> Option<Planck> {
		let (_, terms) = T::Terms::current();
		let rules = &terms.verification.with_detection(detection);
		let facts = JobFacts {
			tier: judge::tier(tier),
			fee,
			node_part,
			tokens: 1,
		};
		if tier == Tier::Private {
			return Some(0);
		}
		let (_, penalty) = Self::stakes(&facts, node, pair, Self::now(), rules);
		Some(needed_bond(rules, penalty?, 0, 0))
	}

	/// The bond that one more job takes of a node, which may ask for the whole fee itself. `None` where the pair is not
	/// calibrated or no court could sit.
	pub(crate) fn bond_for_one_more(
		node: &AccountId32,
		pair: &PairKey,
		tier: Tier,
		fee: Planck,
	) -> Option<Planck> {
		if tier == Tier::Private {
			return Some(0);
		}
		let detection = T::Nodes::calibration(pair)?.detection;
		Self::bond_for(node, pair, tier, fee, fee, detection)
	}

	pub(crate) fn do_deliver(receipt: Receipt, signature: Signature) -> DispatchResult {
		let now = Self::now();
		let id = receipt.job;
		let mut job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		let JobState::Assigned { deliver_by } = job.state else {
			return Err(Error::<T>::WrongState.into());
		};
		ensure!(now <= deliver_by, Error::<T>::TooLate);
		let ticket = &job.ticket;
		ensure!(receipt.check == ticket.check, Error::<T>::WrongCheck);
		ensure!(receipt.pair == ticket.pair, Error::<T>::WrongPair);
		ensure!(receipt.sampling.is_valid(), Error::<T>::WrongSampling);
		ensure!(
			receipt.tokens_in == ticket.prompt_tokens
				&& (ticket.max_tokens.min(1)..=ticket.max_tokens).contains(&receipt.tokens_out),
			Error::<T>::WrongTokenCount
		);

		let hash = receipt.hash();
		let node = job.node();
		// The key of the ticket signs as long as the node's bond answers for it, or its present one.
		let key = Some(job.ticket_key)
			.filter(|key| T::Nodes::accepts_key(&node, key))
			.into_iter()
			.chain(T::Nodes::audit_key(&node))
			.find(|key| signed_by(key, &hash, &signature))
			.ok_or(Error::<T>::BadReceiptSignature)?;

		let terms = Self::terms_of(&job)?;
		job.delivery = Some(Delivery {
			receipt,
			hash,
			signature,
			key,
			at: now,
		});
		if job.ticket.tier == Tier::Private {
			Self::make_payable(id, &mut job, terms.jobs.dispute_window, now);
		} else {
			let rules = &terms.verification;
			let rules = &rules.with_detection(
				job.audit
					.calibration
					.map_or(rules.detection, |calibration| calibration.detection),
			);
			let (pair, at) = (&job.ticket.pair, job.requested_at);
			let (probability, penalty) = Self::stakes(&job.facts(), &node, pair, at, rules);
			job.audit.probability = probability;
			job.audit.penalty = penalty.unwrap_or(0);
			Self::start_draw(id, &mut job, Draw::Whether, &terms, now);
		}
		Jobs::<T>::insert(id, job);
		Self::deposit_event(Event::Delivered {
			job: id,
			receipt: hash,
			tokens_in: receipt.tokens_in,
			tokens_out: receipt.tokens_out,
		});
		Ok(())
	}

	pub(crate) fn do_cancel(id: JobId, who: &AccountId32) -> DispatchResult {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		ensure!(job.node() == *who, Error::<T>::NotTheNode);
		let JobState::Assigned { deliver_by } = job.state else {
			return Err(Error::<T>::WrongState.into());
		};
		ensure!(Self::now() <= deliver_by, Error::<T>::TooLate);
		NodeStats::<T>::mutate(who, |stats| stats.cancelled = stats.cancelled.saturating_add(1));
		Self::give_back(id, job, JobState::Cancelled { at: Self::now() })?;
		Self::deposit_event(Event::Cancelled { job: id });
		Ok(())
	}

	pub(crate) fn do_prune(id: JobId) -> DispatchResult {
		let job = Jobs::<T>::get(id).ok_or(Error::<T>::JobNotFound)?;
		let ended = job.state.ended_at().ok_or(Error::<T>::NotEnded)?;
		let terms = Self::terms_of(&job)?;
		ensure!(
			Self::now() > ended.saturating_add(terms.jobs.retention),
			Error::<T>::TooEarlyToPrune
		);
		T::Currency::release(
			&HoldReason::Record.into(),
			&job.caller(),
			job.record_deposit,
			Precision::Exact,
		)?;
		Tickets::<T>::remove(job.ticket_hash);
		Jobs::<T>::remove(id);
		Self::deposit_event(Event::Pruned { job: id });
		Ok(())
	}
}
