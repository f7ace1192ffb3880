//! What a node offers for an input: the ticket, or why there is none.

use crate::chain::Publication;
use calibration::VectorBands;
use chain_client::amount;
use peer_network::{QuoteRequest, Refusal};
use receipt::{Account, CheckKind, Hash, PairKey, Planck, Price, Task, Ticket, Tier};

/// What this node serves.
#[derive(Clone, Copy, Debug)]
pub struct Serving {
	/// The chain.
	pub genesis: Hash,
	/// The node's account.
	pub node: Account,
	/// The content hash of its model.
	pub model: Hash,
	/// The pair on which it runs.
	pub pair: PairKey,
	/// What it asks where a workflow's price lets it ask.
	pub price: Price,
	/// The longest job, prompt and answer together.
	pub max_tokens: u32,
	/// Blocks for which a ticket can be used.
	pub ticket_blocks: u32,
}

/// What the chain says about a workflow at this moment.
#[derive(Clone, Debug)]
pub struct Basis {
	/// The newest block.
	pub block: u32,
	/// The version of the terms in force.
	pub terms: u32,
	/// The smallest fee per token.
	pub min_fee_per_token: Planck,
	/// What the caller has free.
	pub funds: Planck,
	/// How many validators can be drawn to audit the node's pair.
	pub auditors: u32,
	/// How many there must be, or the chain takes no audited job.
	pub least_auditors: u32,
	/// The version that was asked for, if it can be called now.
	pub publication: Option<Publication>,
}

/// How work for this task is checked. `vectors` are the bands of the pair's vectors, if they were measured.
fn check_of(task: Task, tier: Tier, vectors: Option<VectorBands>) -> Result<CheckKind, Refusal> {
	match (task, vectors) {
		(Task::Text, _) => Ok(CheckKind::TokenPrefill),
		(Task::Embedding, Some(bands)) => Ok(bands.check()),
		// Nobody looks, so nothing is promised.
		(Task::Embedding, None) if tier == Tier::Private => Ok(CheckKind::VectorRecompute {
			cosine_ppm: 0,
			max_abs_ppm: 0,
		}),
		(Task::Embedding, None) => Err(Refusal::NotServed(
			"vectors of the pair on which it runs the model are not calibrated, so nobody could audit them: ask for the \
			 tier Private"
				.into(),
		)),
	}
}

/// The ticket for an input, not yet signed. `vectors` are the bands of the pair's vectors, if they were measured.
pub fn offer(
	serving: &Serving,
	basis: &Basis,
	request: &QuoteRequest,
	prompt_tokens: u32,
	vectors: Option<VectorBands>,
) -> Result<Ticket, Refusal> {
	let input = &request.input;
	if request.genesis != serving.genesis {
		return Err(Refusal::WrongChain(serving.genesis));
	}
	if request.tier == Tier::Proved {
		return Err(Refusal::NotServed(
			"runs cannot be proved so far: ask for Private, Sampled or Replicated".into(),
		));
	}
	if !input.sampling.is_valid() {
		return Err(Refusal::Malformed(
			"the sampling is out of bounds: top_k 1 to 64, temperature at most 10".into(),
		));
	}
	let wants_text = input.task == Task::Text;
	if prompt_tokens == 0 || (wants_text && input.max_tokens == 0) {
		return Err(Refusal::Malformed(
			"prompt and answer need at least one token each".into(),
		));
	}
	if !wants_text && input.max_tokens > 0 {
		return Err(Refusal::Malformed(
			"a vector has no tokens of an answer: ask for none".into(),
		));
	}
	let check = check_of(input.task, request.tier, vectors)?;
	let Some(publication) = &basis.publication else {
		return Err(Refusal::NotServed(format!(
			"version {} of workflow {} cannot be called",
			input.version, input.workflow
		)));
	};
	if publication.model != serving.model {
		return Err(Refusal::NotServed("it runs another model".into()));
	}
	if request.tier != Tier::Private && basis.auditors < basis.least_auditors {
		return Err(Refusal::NotServed(format!(
			"{} validators check the pair on which it runs the model, and {} must, or nobody could be judged: ask for the \
			 tier Private, or try again when more have declared the pair",
			basis.auditors, basis.least_auditors
		)));
	}
	let tokens = prompt_tokens.saturating_add(input.max_tokens);
	let limit = serving.max_tokens.min(publication.max_tokens);
	if tokens > limit {
		return Err(Refusal::TooLong { tokens, limit });
	}
	let node_price = if publication.node_may_ask() {
		serving.price
	} else {
		Price::default()
	};
	let fee = publication
		.price
		.min_fee(tokens, node_price.of(tokens), basis.min_fee_per_token);
	// Places are kept for who can take them.
	if basis.funds < fee {
		return Err(Refusal::NotEntitled(format!(
			"the call costs {}, and the account has {}",
			amount::hai(fee),
			amount::hai(basis.funds)
		)));
	}
	Ok(Ticket {
		genesis: serving.genesis,
		node: serving.node,
		caller: input.caller,
		workflow: input.workflow,
		version: input.version,
		terms: basis.terms,
		input: input.commitment(),
		pair: serving.pair,
		check,
		tier: request.tier,
		prompt_tokens,
		max_tokens: input.max_tokens,
		node_price,
		fee,
		nonce: input.nonce,
		expires_at: basis.block.saturating_add(serving.ticket_blocks),
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{chain::PriceMode, compute::samples};

	fn serving() -> Serving {
		Serving {
			genesis: [1; 32],
			node: [8; 32],
			model: [2; 32],
			pair: [3; 32],
			price: Price {
				base: 5,
				per_token: 2,
			},
			max_tokens: 100,
			ticket_blocks: 10,
		}
	}

	fn basis(mode: PriceMode) -> Basis {
		let price = chain_client::workflows::Price {
			mode,
			base: 50,
			per_token: 3,
		};
		let publication = Publication {
			model: [2; 32],
			max_tokens: 50,
			price,
		};
		Basis {
			block: 7,
			terms: 4,
			min_fee_per_token: 1,
			funds: 1_000,
			auditors: 4,
			least_auditors: 4,
			publication: Some(publication),
		}
	}

	fn request() -> QuoteRequest {
		QuoteRequest {
			genesis: [1; 32],
			input: samples::record(1).input,
			tier: Tier::Replicated,
			reply_key: [6; 32],
			follow_secret: [9; 32],
			signature: [0; 64],
		}
	}

	#[test]
	fn the_ticket_repeats_what_was_asked_and_adds_the_price() {
		let request = request();
		let ticket = offer(&serving(), &basis(PriceMode::Share), &request, 6, None).expect("served");
		assert_eq!(ticket.input, request.input.commitment());
		assert_eq!(
			(ticket.caller, ticket.nonce),
			(request.input.caller, request.input.nonce)
		);
		assert_eq!(
			(
				ticket.terms,
				ticket.expires_at,
				ticket.prompt_tokens,
				ticket.max_tokens
			),
			(4, 17, 6, 4)
		);
		assert_eq!((ticket.fee, ticket.node_price), (50 + 3 * 10, Price::default()));
	}

	#[test]
	fn where_the_price_lets_it_the_node_asks_its_own_on_top() {
		let ticket = offer(&serving(), &basis(PriceMode::CostPlus), &request(), 6, None).expect("served");
		assert_eq!(
			(ticket.fee, ticket.node_price),
			(50 + 3 * 10 + 5 + 2 * 10, serving().price)
		);
	}

	/// A request for the vector of a prompt.
	fn embedding(tier: Tier) -> QuoteRequest {
		let mut request = QuoteRequest { tier, ..request() };
		request.input.task = Task::Embedding;
		request.input.max_tokens = 0;
		request
	}

	#[test]
	fn a_vector_costs_its_prompt_and_promises_the_pairs_bands() {
		let offered = |tier, vectors| {
			let request = embedding(tier);
			offer(&serving(), &basis(PriceMode::Share), &request, 6, vectors)
		};
		let ticket = offered(Tier::Sampled, Some(VectorBands::EXACT)).expect("served");
		assert_eq!(
			(ticket.check, ticket.max_tokens, ticket.fee),
			(VectorBands::EXACT.check(), 0, 50 + 3 * 6)
		);
		let unmeasured = offered(Tier::Sampled, None).expect_err("nobody could audit it");
		assert!(unmeasured.to_string().contains("not calibrated"), "{unmeasured}");
		let private = offered(Tier::Private, None).expect("nobody audits it");
		assert!(Task::Embedding.is_checked_by(&private.check));
	}

	#[test]
	fn a_vector_has_no_answer() {
		let mut request = embedding(Tier::Replicated);
		request.input.max_tokens = 1;
		let bands = Some(VectorBands::EXACT);
		let refusal = offer(&serving(), &basis(PriceMode::Share), &request, 6, bands).expect_err("no answer");
		assert!(
			refusal.to_string().contains("no tokens of an answer"),
			"{refusal}"
		);
		request.input.max_tokens = 0;
		let refusal = offer(&serving(), &basis(PriceMode::Share), &request, 0, bands).expect_err("no prompt");
		assert!(refusal.to_string().contains("at least one token"), "{refusal}");
	}

	#[test]
	fn what_cannot_be_served_is_refused_with_the_reason() {
		let check = |change: &dyn Fn(&mut QuoteRequest, &mut Basis), prompt_tokens, expected: &str| {
			let (mut request, mut basis) = (request(), basis(PriceMode::Share));
			change(&mut request, &mut basis);
			let refusal = offer(&serving(), &basis, &request, prompt_tokens, None).expect_err(expected);
			assert!(refusal.to_string().contains(expected), "{refusal}");
		};
		check(&|request, _| request.genesis = [9; 32], 6, "genesis");
		check(&|request, _| request.tier = Tier::Proved, 6, "Sampled");
		check(&|request, _| request.input.sampling.top_k = 0, 6, "sampling");
		check(
			&|request, _| request.input.max_tokens = 0,
			6,
			"at least one token",
		);
		check(&|_, _| {}, 0, "at least one token");
		check(&|_, _| {}, 47, "51 tokens, but the node takes at most 50");
		check(&|request, _| request.input.max_tokens = u32::MAX, 6, "at most 50");
		check(&|_, basis| basis.publication = None, 6, "cannot be called");
		check(&|_, basis| basis.funds = 79, 6, "the account has");
		let other_model = |_: &mut QuoteRequest, basis: &mut Basis| {
			basis.publication.as_mut().expect("set above").model = [9; 32];
		};
		check(&other_model, 6, "another model");
		check(&|_, basis| basis.auditors = 3, 6, "3 validators check the pair");
	}

	#[test]
	fn private_work_needs_nobody_who_checks_the_pair() {
		let request = QuoteRequest {
			tier: Tier::Private,
			..request()
		};
		let basis = Basis {
			auditors: 0,
			..basis(PriceMode::Share)
		};
		assert!(offer(&serving(), &basis, &request, 6, None).is_ok());
	}
}
