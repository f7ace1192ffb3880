//! Bonds, and the nodes and validators behind them.

use super::check;
use crate::{
	Shared,
	bonds::{Bond, Chunk, RetiredKey, Role, Slash, SlashReason},
	nodes::{Advertisement, Offer, ServingNode},
	validators::Validator,
};
use receipt::keys::KeySet;

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
