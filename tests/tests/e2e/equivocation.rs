//! A validator whose keys run on two machines: it signs two blocks for one slot, is reported by the
//! others and slashed, and nobody else is.

use anyhow::{Context, Result, ensure};
use chain_client::bonds::SlashReason;
use end_to_end::{Network, Options, account};
use std::time::{Duration, Instant};

/// The validator that runs twice.
const TWICE: (usize, &str) = (3, "Dave");

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_that_signs_twice_is_slashed() -> Result<()> {
	let mut network = Network::start(Options::default()).await?;
	let result = scenario(&mut network).await;
	if result.is_err() {
		eprintln!("{}", network.logs(25));
	}
	result
}

async fn scenario(network: &mut Network) -> Result<()> {
	let (validator, name) = TWICE;
	let bonded = active_bond(network, name).await?;
	network.start_twin(validator)?;
	// Twins that wake in the same millisecond write the same block, which is no fault: it can take many slots.
	let began = Instant::now();
	while network.slashes(name).await?.is_empty() {
		ensure!(
			began.elapsed() < Duration::from_secs(480),
			"two nodes with one key were not noticed"
		);
		tokio::time::sleep(Duration::from_secs(1)).await;
	}

	// By the governed part, once in a session, however often it signed twice there: a second session may have begun
	// by now, so all figures are of one block.
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	let (_, terms) = view.terms().await?;
	let bond = view.bond(&account(name)).await?.context("it is still bonded")?;
	assert!(
		bond.slashes
			.iter()
			.all(|slash| slash.reason == SlashReason::Equivocation),
		"{:?}",
		bond.slashes
	);
	let rate = u128::from(terms.slashes.equivocation);
	let first = bond.slashes.first().context("it was slashed")?;
	assert_eq!(first.amount, bonded * rate / 1_000_000_000);
	let taken: u128 = bond.slashes.iter().map(|slash| slash.amount).sum();
	assert_eq!(bond.active, bonded - taken);
	assert!(bond.chilled, "it takes no new work");

	// The others lost nothing, and go on without it.
	for other in ["Alice", "Bob", "Charlie"] {
		assert!(network.slashes(other).await?.is_empty(), "{other} signed once");
	}
	let best = u64::from(network.chain().await?.best().await?.number);
	network.wait_for_finality(best + 3, Duration::from_secs(60)).await
}

async fn active_bond(network: &Network, name: &str) -> Result<u128> {
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	Ok(view.bond(&account(name)).await?.map_or(0, |bond| bond.active))
}
