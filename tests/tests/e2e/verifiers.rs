//! Validators that answer without looking, the opposite, what others said, or too late: one of them among four
//! makes no cheat pass and no honest work fail. The honest three decide, and who was clearly wrong pays.

use anyhow::{Context, Result};
use chain_client::{bonds::SlashReason, jobs::Class};
use compute_agent::adversary::VerifierAdversary;
use end_to_end::{Network, Options, Prompt, account, model_hash, workflow};
use receipt::Verdict;

/// The validator with the dishonest verifier, and its index.
const DISHONEST: (usize, &str) = (3, "Dave");

/// The others.
const HONEST: [&str; 3] = ["Alice", "Bob", "Charlie"];

/// What the dishonest verifier is in turn, and the node that cheats meanwhile: one that failed takes no work
/// any more.
const TURNS: [(VerifierAdversary, &str); 4] = [
	(VerifierAdversary::Lazy, "Ferdie"),
	(VerifierAdversary::Contrary, "Ferdie//stash"),
	(VerifierAdversary::Copying, "Eve//stash"),
	(VerifierAdversary::Slow, "Charlie//stash"),
];

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
	let cheat = ["--adversary", "random-token"].map(str::to_owned).to_vec();
	let mut nodes: Vec<_> = TURNS
		.iter()
		.map(|(_, node)| ((*node).to_owned(), cheat.clone()))
		.collect();
	nodes.push(("Eve".into(), Vec::new()));
	network.start_agents(&nodes).await?;
	let model = model_hash(network.model())?;
	let workflow = network.publish("Bob", workflow("disputed", model, &[])).await?;

	let (mut late, mut wrong) = (0, 0);
	for (kind, cheat) in TURNS {
		network.replace_verifier(DISHONEST.0, &["--adversary", &kind.to_string()])?;
		network.wait_for_verifier(DISHONEST.0).await?;
		let call = |caller: &'static str, node: &'static str| {
			let prompt = Prompt::new("And the king said").to(node);
			network.call(caller, workflow, prompt, |_| ())
		};
		let (cheated, honest) = tokio::join!(call("Alice//stash", cheat), call("Bob//stash", "Eve"));
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
		wrong += usize::from(of_cheated == Some(Verdict::Valid)) + usize::from(invalid(of_honest));
		match kind {
			VerifierAdversary::Honest => unreachable!("it is not among those above"),
			// Nobody has revealed anything of a new node's work before, so that a copy of it is a guess.
			VerifierAdversary::Lazy | VerifierAdversary::Copying => {
				assert_eq!(of_cheated, Some(Verdict::Valid), "{kind}");
				assert_eq!(of_honest, Some(Verdict::Valid), "{kind}");
			}
			VerifierAdversary::Contrary => {
				assert_eq!(of_cheated, Some(Verdict::Valid));
				assert!(invalid(of_honest), "{of_honest:?}");
			}
			VerifierAdversary::Slow => {
				for (job, said) in [(cheated.job, of_cheated), (honest.job, of_honest)] {
					if kind.is_too_late(job) {
						assert_eq!(said, None, "{job}");
						late += 1;
					}
				}
			}
		}
	}

	// Who was clearly wrong pays for that, and who says nothing in time for downtime.
	let slashes = network.slashes(DISHONEST.1).await?;
	let of = |reason: SlashReason| slashes.iter().filter(|(why, _)| *why == reason).count();
	assert_eq!(of(SlashReason::FalseAttestation), wrong, "{slashes:?}");
	assert!(of(SlashReason::Downtime) >= late, "{late}: {slashes:?}");
	for name in HONEST.into_iter().chain(["Eve"]) {
		let slashes = network.slashes(name).await?;
		let deceit = slashes.iter().filter(|(why, _)| *why != SlashReason::Downtime);
		assert_eq!(deceit.count(), 0, "{name} is honest: {slashes:?}");
	}
	let view = network.chain().await?.view(chain_client::At::Finalized).await?;
	for (kind, cheat) in TURNS {
		let bond = view.bond(&account(cheat)).await?.context("it is bonded")?;
		assert!(bond.chilled, "{kind}: {cheat} takes no new work");
	}
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
