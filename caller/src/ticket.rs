//! Whether a ticket is what was asked.

use crate::choice::most_prompt_tokens;
use chain_client::{Account, Hash, Planck, amount, workflows::Publication};
use receipt::{JobInput, PairKey, Price, Signature, Ticket, Tier, signing};

/// What was asked of a node.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
	/// The chain.
	pub genesis: Hash,
	/// The node that was asked.
	pub node: Account,
	/// Its audit key on chain.
	pub audit_key: [u8; 32],
	/// The pairs it advertises for the model, and what it asks on each.
	pub offers: Vec<(PairKey, Price)>,
	/// The input it got.
	pub input: &'a JobInput,
	/// Who shall check the work.
	pub tier: Tier,
	/// The workflow as it stands on chain.
	pub workflow: &'a Publication,
	/// The version of the terms in force.
	pub terms: u32,
	/// The smallest fee per token under these terms.
	pub min_fee_per_token: Planck,
	/// The most the caller pays; without it, the price and a fifth.
	pub max_fee: Option<Planck>,
	/// The newest block.
	pub now: u32,
}

/// Blocks that must be left until a ticket expires, for the request to be included.
const MIN_LIFETIME: u32 = 3;

/// How a ticket differs from what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
	/// It names another value than was asked.
	#[error("the ticket names another {0} than was asked")]
	Differs(&'static str),
	/// The node's audit key on chain did not sign it.
	#[error("the ticket is not signed by the audit key that the node has on chain")]
	Signature,
	/// It expires too soon to be used.
	#[error("the ticket expires in block {expires_at}, and block {now} is the newest")]
	Expired {
		/// Its last block.
		expires_at: u32,
		/// The newest block.
		now: u32,
	},
	/// It counts more prompt tokens than the prompt can have.
	#[error("the ticket counts {claimed} prompt tokens, but a prompt of {bytes} bytes has at most {most}")]
	PromptTokens {
		/// Tokens on the ticket.
		claimed: u32,
		/// Bytes of the prompt.
		bytes: usize,
		/// The most it can have.
		most: u32,
	},
	/// Prompt and answer are longer than the workflow takes.
	#[error("prompt and answer together have {tokens} tokens, but the workflow takes {limit}; ask for fewer")]
	TooLong {
		/// Prompt and answer.
		tokens: u32,
		/// The workflow's limit.
		limit: u32,
	},
	/// It costs more than the caller pays.
	#[error(
		"the ticket costs up to {}, but at most {} were allowed; raise the maximum fee or ask for fewer tokens",
		amount::hai(*.fee),
		amount::hai(*.most)
	)]
	Fee {
		/// The ticket's fee.
		fee: Planck,
		/// The most the caller pays.
		most: Planck,
	},
	/// The node asks more than it advertises.
	#[error("the node asks more than it advertises for this pair")]
	NodePrice,
}

impl Asked<'_> {
	/// Checks a ticket and its signature. A ticket that passes costs what was expected and binds the node to exactly
	/// this input.
	pub fn check(&self, ticket: &Ticket, signature: &Signature) -> Result<(), TicketError> {
		let asked = self.input;
		for (same, name) in [
			(ticket.genesis == self.genesis, "chain"),
			(ticket.node == self.node, "node"),
			(ticket.caller == asked.caller, "caller"),
			(ticket.workflow == asked.workflow, "workflow"),
			(ticket.version == asked.version, "version of the workflow"),
			(ticket.terms == self.terms, "version of the terms"),
			(ticket.input == asked.commitment(), "input"),
			(asked.task.is_checked_by(&ticket.check), "kind of check"),
			(ticket.tier == self.tier, "tier"),
			(ticket.max_tokens == asked.max_tokens, "limit of tokens"),
			(ticket.nonce == asked.nonce, "nonce"),
		] {
			if !same {
				return Err(TicketError::Differs(name));
			}
		}
		let (_, price) = self
			.offers
			.iter()
			.find(|(pair, _)| *pair == ticket.pair)
			.ok_or(TicketError::Differs("pair"))?;
		if ticket.node_price.base > price.base || ticket.node_price.per_token > price.per_token {
			return Err(TicketError::NodePrice);
		}
		let most = most_prompt_tokens(asked.prompt.len());
		if ticket.prompt_tokens == 0 || ticket.prompt_tokens > most {
			let (claimed, bytes) = (ticket.prompt_tokens, asked.prompt.len());
			return Err(TicketError::PromptTokens { claimed, bytes, most });
		}
		let tokens = ticket.prompt_tokens.saturating_add(ticket.max_tokens);
		if tokens > self.workflow.max_tokens {
			return Err(TicketError::TooLong {
				tokens,
				limit: self.workflow.max_tokens,
			});
		}
		let most = self.max_fee.unwrap_or_else(|| self.expected_fee(ticket, tokens));
		if ticket.fee > most {
			return Err(TicketError::Fee {
				fee: ticket.fee,
				most,
			});
		}
		if ticket.expires_at < self.now.saturating_add(MIN_LIFETIME) {
			return Err(TicketError::Expired {
				expires_at: ticket.expires_at,
				now: self.now,
			});
		}
		if !signing::verify(&self.audit_key, &ticket.hash(), signature) {
			return Err(TicketError::Signature);
		}
		Ok(())
	}

	/// The price of the full limit and a fifth.
	fn expected_fee(&self, ticket: &Ticket, tokens: u32) -> Planck {
		let price = self
			.workflow
			.price
			.min_fee(tokens, ticket.node_price.of(tokens), self.min_fee_per_token);
		price.saturating_add(price / 5)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::choice::tests::workflow;
	use chain_client::workflows::PriceMode;
	use receipt::{CheckKind, Sampling};

	const SECRET: [u8; 32] = [5; 32];

	fn input() -> JobInput {
		JobInput {
			workflow: 4,
			version: 2,
			task: receipt::Task::Text,
			caller: [8; 32],
			prompt: b"Once upon a time".to_vec(),
			max_tokens: 40,
			sampling: Sampling::GREEDY,
			nonce: [6; 32],
			salt: [7; 32],
		}
	}

	fn asked<'a>(input: &'a JobInput, workflow: &'a Publication) -> Asked<'a> {
		Asked {
			genesis: [1; 32],
			node: [2; 32],
			audit_key: signing::public_key(&SECRET),
			offers: vec![(
				[9; 32],
				Price {
					base: 10,
					per_token: 2,
				},
			)],
			input,
			tier: Tier::Replicated,
			workflow,
			terms: 1,
			min_fee_per_token: 1,
			max_fee: None,
			now: 100,
		}
	}

	fn ticket(input: &JobInput) -> Ticket {
		Ticket {
			genesis: [1; 32],
			node: [2; 32],
			caller: input.caller,
			workflow: input.workflow,
			version: input.version,
			terms: 1,
			input: input.commitment(),
			pair: [9; 32],
			check: CheckKind::TokenPrefill,
			tier: Tier::Replicated,
			prompt_tokens: 5,
			max_tokens: 40,
			node_price: Price {
				base: 10,
				per_token: 2,
			},
			fee: 150,
			nonce: input.nonce,
			expires_at: 120,
		}
	}

	fn check(change: impl FnOnce(&mut Ticket)) -> Result<(), TicketError> {
		let (input, workflow) = (input(), workflow(PriceMode::Share));
		let mut ticket = ticket(&input);
		change(&mut ticket);
		let signature = signing::sign(&SECRET, &ticket.hash());
		asked(&input, &workflow).check(&ticket, &signature)
	}

	#[test]
	fn the_ticket_that_was_asked_for_passes() {
		assert_eq!(check(|_| ()), Ok(()));
	}

	#[test]
	fn a_vectors_ticket_is_checked_as_a_vector() {
		let workflow = workflow(PriceMode::Share);
		let input = JobInput {
			task: receipt::Task::Embedding,
			max_tokens: 0,
			..input()
		};
		let check = |check: CheckKind| {
			let ticket = Ticket {
				check,
				max_tokens: 0,
				fee: 120,
				..ticket(&input)
			};
			let signature = signing::sign(&SECRET, &ticket.hash());
			asked(&input, &workflow).check(&ticket, &signature)
		};
		let vector = CheckKind::VectorRecompute {
			cosine_ppm: 999_998,
			max_abs_ppm: 60,
		};
		assert_eq!(check(vector), Ok(()));
		assert_eq!(
			check(CheckKind::TokenPrefill),
			Err(TicketError::Differs("kind of check"))
		);
	}

	#[test]
	fn every_field_that_differs_is_named() {
		let changes: [(fn(&mut Ticket), &str); 12] = [
			(|t| t.genesis = [0; 32], "chain"),
			(|t| t.node = [0; 32], "node"),
			(|t| t.caller = [0; 32], "caller"),
			(|t| t.workflow = 0, "workflow"),
			(|t| t.version = 1, "version of the workflow"),
			(|t| t.terms = 2, "version of the terms"),
			(|t| t.input = [0; 32], "input"),
			(|t| t.pair = [0; 32], "pair"),
			(|t| t.check = CheckKind::None, "kind of check"),
			(|t| t.tier = Tier::Private, "tier"),
			(|t| t.max_tokens = 41, "limit of tokens"),
			(|t| t.nonce = [0; 32], "nonce"),
		];
		for (change, name) in changes {
			assert_eq!(check(change), Err(TicketError::Differs(name)));
		}
	}

	#[test]
	fn more_money_or_less_time_than_agreed_is_refused() {
		// 100 + 45 tokens, and a fifth: 174.
		assert_eq!(check(|t| t.fee = 174), Ok(()));
		assert_eq!(
			check(|t| t.fee = 175),
			Err(TicketError::Fee { fee: 175, most: 174 })
		);
		assert_eq!(check(|t| t.node_price.per_token = 3), Err(TicketError::NodePrice));
		assert_eq!(
			check(|t| t.expires_at = 102),
			Err(TicketError::Expired {
				expires_at: 102,
				now: 100
			})
		);
		let claimed = check(|t| t.prompt_tokens = 33);
		assert_eq!(
			claimed,
			Err(TicketError::PromptTokens {
				claimed: 33,
				bytes: 16,
				most: 32
			})
		);
		assert!(matches!(
			check(|t| t.prompt_tokens = 0),
			Err(TicketError::PromptTokens { .. })
		));
	}

	#[test]
	fn a_callers_own_limit_holds() {
		let (input, workflow) = (input(), workflow(PriceMode::Share));
		let ticket = ticket(&input);
		let signature = signing::sign(&SECRET, &ticket.hash());
		let asked = Asked {
			max_fee: Some(149),
			..asked(&input, &workflow)
		};
		assert_eq!(
			asked.check(&ticket, &signature),
			Err(TicketError::Fee { fee: 150, most: 149 })
		);
	}

	#[test]
	fn a_foreign_signature_and_a_changed_ticket_are_refused() {
		let (input, workflow) = (input(), workflow(PriceMode::Share));
		let asked = asked(&input, &workflow);
		let mut ticket = ticket(&input);
		let foreign = signing::sign(&[4; 32], &ticket.hash());
		assert_eq!(asked.check(&ticket, &foreign), Err(TicketError::Signature));
		let signature = signing::sign(&SECRET, &ticket.hash());
		ticket.fee -= 1;
		assert_eq!(asked.check(&ticket, &signature), Err(TicketError::Signature));
	}
}
