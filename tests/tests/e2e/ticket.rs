//! A ticket in order, of which requests are made that no `hai` would send.

use anyhow::{Context, Result};
use chain_client::{At, ChainClient, WorkflowId};
use end_to_end::account;
use receipt::{CheckKind, Price, Ticket, Tier};

/// A ticket of Bob's for the first model that Eve offers. It lacks the node's signature alone.
pub(crate) async fn good_ticket(chain: &ChainClient, workflow: WorkflowId) -> Result<Ticket> {
	let view = chain.view(At::Finalized).await?;
	let node = view.serving_node(&account("Eve")).await?.context("Eve serves")?;
	let offer = node.advertisement.models.first().context("Eve offers a model")?;
	Ok(Ticket {
		genesis: chain.genesis(),
		node: account("Eve"),
		caller: account("Bob"),
		workflow,
		version: 1,
		terms: view.terms().await?.0,
		input: [1; 32],
		pair: offer.pair,
		check: CheckKind::TokenPrefill,
		tier: Tier::Replicated,
		prompt_tokens: 4,
		max_tokens: 4,
		node_price: Price::default(),
		fee: 5_000_000_000,
		nonce: [3; 32],
		expires_at: view.block().number + 50,
	})
}
