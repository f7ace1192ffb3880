//! Published workflows.

use super::{check, terms::split};
use crate::workflows::{Entry, Parent, Price, PriceMode, Publication, PublishInput, Standing, Workflow};

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
