//! Validators that answer without looking, the opposite, what others said, or too late: one of them among four
//! makes no cheat pass and no honest work fail. The honest three decide.

use anyhow::{Context, Result};
use chain_client::{bonds::SlashReason, jobs::Class};
use compute_agent::adversary::VerifierAdversary;
use end_to_end::{Network, Options, Prompt, account, model_hash, workflow};
use receipt::Verdict;

/// The validator with the dishonest verifier, and its index.
const DISHONEST: (usize, &str) = (3, "Dave");

/// The others.
const HONEST: [&str; 3] = ["Alice", "Bob", "Charlie"];

#[tokio::test(flavor = "multi_thread")]
async fn one_dishonest_verifier_of_four_decides_nothing() -> Result<()> {
	let mut network = Network::start(Options::default()).await?;
	let result = scenario(&mut network).await;
	if result.is_err() {
		eprintln!("{}", network.logs(25));
	}
	result
}

async fn scenario(network: &mut Network) -> Result<()> {
	// Enough at stake for all that is slashed here.
	let cheat = ["--bond", "5000", "--adversary", "random-token"];
	network.start_agent("Ferdie", &cheat).await?;
	network.start_agent("Eve", &[]).await?;
	let model = model_hash(network.model())?;
	let workflow = network.publish("Bob", workflow("disputed", model, &[])).await?;

	let mut late = Vec::new();
	for kind in [
		VerifierAdversary::Lazy,
		VerifierAdversary::Contrary,
		VerifierAdversary::Copying,
		VerifierAdversary::Slow,
	] {
		network.replace_verifier(DISHONEST.0, &["--adversary", &kind.to_string()])?;
		let call = |caller: &'static str, node: &'static str| {
			let prompt = Prompt::new("And the king said").to(node);
			network.call(caller, workflow, prompt, |_| ())
		};
		let (cheated, honest) = tokio::join!(call("Alice//stash", "Ferdie"), call("Bob//stash", "Eve"));
		let (cheated, honest) = (cheated.context("the cheat's call")?, honest.context("the other")?);
		assert_eq!(cheated.class, Some(Class::Invalid), "{kind}");
		assert_eq!(honest.class, Some(Class::Valid), "{kind}");
		for outcome in [&cheated, &honest] {
			for name in HONEST {
				assert!(outcome.quorum.contains(&account(name)), "{kind}: {name}");
			}
		}

		let (of_cheated, of_honest) = (
			said(network, cheated.job).await?,
			said(network, honest.job).await?,
		);
		let invalid = |said| matches!(said, Some(Verdict::Invalid(_)));
		match kind {
			VerifierAdversary::Honest => unreachable!("it is not among those above"),
			VerifierAdversary::Lazy => {
				assert_eq!(
					(of_cheated, of_honest),
					(Some(Verdict::Valid), Some(Verdict::Valid))
				);
			}
			VerifierAdversary::Contrary => {
				assert_eq!(of_cheated, Some(Verdict::Valid));
				assert!(invalid(of_honest), "{of_honest:?}");
			}
			// The others have revealed what they found of both nodes before.
			VerifierAdversary::Copying => {
				assert!(invalid(of_cheated), "{of_cheated:?}");
				assert_eq!(of_honest, Some(Verdict::Valid));
			}
			VerifierAdversary::Slow => {
				late = [(cheated.job, of_cheated), (honest.job, of_honest)]
					.into_iter()
					.filter(|(job, _)| kind.is_too_late(*job))
					.collect();
				assert!(late.iter().all(|(_, said)| said.is_none()), "{late:?}");
			}
		}
	}

	// Who says nothing in time pays for downtime.
	let slashes = network.slashes(DISHONEST.1).await?;
	let downtime = slashes.iter().filter(|(why, _)| *why == SlashReason::Downtime);
	assert!(downtime.count() >= late.len(), "{late:?}: {slashes:?}");
	for name in HONEST.into_iter().chain(["Eve"]) {
		assert!(network.slashes(name).await?.is_empty(), "{name} is honest");
	}
	let fraud = network.slashes("Ferdie").await?;
	assert_eq!(
		fraud.iter().filter(|(why, _)| *why == SlashReason::Fraud).count(),
		4
	);
	Ok(())
}

/// What the dishonest validator revealed about a job.
async fn said(network: &Network, job: u64) -> Result<Option<Verdict>> {
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	let job = view.job(job).await?.context("a job that has ended stays")?;
	let dishonest = account(DISHONEST.1);
	let seat = job.committee.iter().find(|seat| seat.auditor == dishonest);
	let seat = seat.context("all four are drawn")?;
	Ok(seat.opening.as_ref().map(|opening| opening.verdict))
}
