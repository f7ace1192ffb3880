//! What people do, right or wrong.

use crate::people::{CALLERS, CREATORS, FEE, GENERATIONS, NODES, Order, Person, VALIDATORS, openings};
use hai_runtime::HAI;
use pallet_role_staking::types::Role;
use pallet_workflow_registry::PriceMode;
use proptest::{prelude::*, sample::select};
use receipt::{JobId, Tier, attestation::Opening};

/// How long people go on with an audit before they turn to something else.
pub(crate) const PATIENCE: u32 = 60;

#[derive(Clone, Debug)]
pub(crate) enum Action {
	/// A caller uses a ticket, that the node signed or somebody else did.
	Request(Order, Person),
	/// The same in order, and the node delivers at once.
	Run(Order),
	Deliver {
		job: JobId,
		tokens: u32,
		signer: Person,
	},
	/// The job's own node declines it, or somebody else tries to.
	Cancel {
		job: JobId,
		by: Option<Person>,
	},
	/// So many blocks pass, or as many as it takes, in which the validators that are online attest what they owe, and
	/// nodes open what they planted or do not.
	Audit {
		offline: u8,
		says: [Opening; 4],
		blocks: u32,
		opens: bool,
	},
	/// Somebody opens a job that may be no canary, or not be asked for.
	Open {
		job: JobId,
		by: Person,
	},
	Settle {
		job: JobId,
	},
	/// The job's own caller disputes it, or somebody else tries to.
	Dispute {
		job: JobId,
		by: Option<Person>,
	},
	/// The job's own node posts something for a court, or somebody else tries to.
	Post {
		job: JobId,
		by: Option<Person>,
	},
	Prune {
		job: JobId,
	},
	Stake(Person, Bonding),
	Publish {
		by: Person,
		seed: u8,
		mode: PriceMode,
		parent: Option<u32>,
	},
	SetPrice {
		workflow: u32,
		mode: PriceMode,
	},
	Retire {
		workflow: u32,
	},
	Reclaim {
		workflow: u32,
	},
	Ban {
		workflow: u32,
	},
	/// Congress changes one of the numbers.
	SetTerms {
		which: u8,
		to: u8,
	},
	Claim {
		who: Person,
	},
	ClaimWorkflow {
		workflow: u32,
	},
	/// Puts so many thousand HAI into the governance hold.
	Govern {
		who: Person,
		thousands: u128,
	},
	Anchor {
		who: Person,
	},
	/// Whoever was chilled or shrank takes work again, if it can.
	Mend,
}

/// What a bonded person does with its bond. Amounts are percents of what is active.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bonding {
	Bond(Role),
	Unbond(u32),
	Extra(u32),
	Withdraw,
	Chill,
	Resume,
	SetKeys(u8),
	Advertise(receipt::Hash),
	Join,
	Leave,
}

fn order() -> impl Strategy<Value = Order> {
	let tier = prop_oneof![
		5 => Just(Tier::Replicated),
		1 => Just(Tier::Private),
		1 => Just(Tier::Sampled),
	];
	let fee = prop_oneof![8 => Just(FEE), 1 => Just(1u128), 1 => Just(400 * HAI)];
	// The first workflows are in order.
	let workflow = prop_oneof![6 => 0u32..3, 1 => 3u32..9];
	(
		select(NODES.to_vec()),
		select(CALLERS.to_vec()),
		workflow,
		tier,
		fee,
		any::<u8>(),
	)
		.prop_map(|(node, caller, workflow, tier, fee, nonce)| Order {
			node,
			caller,
			workflow,
			tier,
			fee,
			nonce,
		})
}

fn bonding() -> impl Strategy<Value = Bonding> {
	prop_oneof![
		1 => select(vec![Role::Node, Role::Validator]).prop_map(Bonding::Bond),
		2 => select(vec![1u32, 50, 100, 200]).prop_map(Bonding::Unbond),
		2 => select(vec![0u32, 1, 100]).prop_map(Bonding::Extra),
		1 => Just(Bonding::Withdraw),
		1 => Just(Bonding::Chill),
		3 => Just(Bonding::Resume),
		2 => (0..GENERATIONS).prop_map(Bonding::SetKeys),
		2 => select(vec![[3u8; 32], [3; 32], [9; 32]]).prop_map(Bonding::Advertise),
		1 => Just(Bonding::Join),
		1 => Just(Bonding::Leave),
	]
}

fn audit() -> impl Strategy<Value = Action> {
	let one = || select(openings());
	// Mostly the same of all, as honest validators have it.
	let says = prop_oneof![3 => one().prop_map(|all| [all; 4]), 1 => prop::array::uniform4(one())];
	// Who is online stays so for the whole audit.
	let offline = prop_oneof![5 => Just(0u8), 1 => Just(0b1111u8), 3 => 0u8..16];
	let blocks = prop_oneof![1 => 1u32..4, 3 => Just(PATIENCE)];
	(offline, says, blocks, any::<bool>()).prop_map(|(offline, says, blocks, opens)| Action::Audit {
		offline,
		says,
		blocks,
		opens,
	})
}

pub(crate) fn action() -> impl Strategy<Value = Action> {
	let anyone = || select([&NODES[..], &VALIDATORS, &CALLERS, &CREATORS].concat());
	// Validators seldom do anything with their bond, or too few are left to audit.
	let staker = prop_oneof![4 => select(NODES.to_vec()), 1 => select(VALIDATORS.to_vec())];
	let node = || select(NODES.to_vec());
	// Counted back from the newest.
	let job = || 0u64..4;
	let workflow = || 0u32..8;
	let mode = || {
		prop_oneof![
			2 => Just(PriceMode::Share),
			1 => Just(PriceMode::CostPlus),
		]
	};
	prop_oneof![
		3 => (order(), prop_oneof![4 => Just(None), 1 => anyone().prop_map(Some)]).prop_map(
			|(order, other)| {
				let signer = other.unwrap_or(order.node);
				Action::Request(order, signer)
			}
		),
		8 => order().prop_map(Action::Run),
		4 => (job(), 0u32..60, node())
			.prop_map(|(job, tokens, signer)| Action::Deliver { job, tokens, signer }),
		4 => (job(), prop_oneof![4 => Just(None), 1 => anyone().prop_map(Some)])
			.prop_map(|(job, by)| Action::Cancel { job, by }),
		8 => audit(),
		1 => (job(), select(NODES.to_vec())).prop_map(|(job, by)| Action::Open { job, by }),
		1 => job().prop_map(|job| Action::Settle { job }),
		1 => job().prop_map(|job| Action::Prune { job }),
		4 => (job(), prop_oneof![6 => Just(None), 1 => anyone().prop_map(Some)])
			.prop_map(|(job, by)| Action::Dispute { job, by }),
		2 => (job(), prop_oneof![4 => Just(None), 1 => anyone().prop_map(Some)])
			.prop_map(|(job, by)| Action::Post { job, by }),
		8 => (staker, bonding()).prop_map(|(who, bonding)| Action::Stake(who, bonding)),
		3 => (select(CREATORS.to_vec()), 0u8..40, mode(), prop::option::of(workflow()))
			.prop_map(|(by, seed, mode, parent)| Action::Publish { by, seed, mode, parent }),
		1 => (workflow(), mode()).prop_map(|(workflow, mode)| Action::SetPrice { workflow, mode }),
		1 => workflow().prop_map(|workflow| Action::Retire { workflow }),
		1 => workflow().prop_map(|workflow| Action::Reclaim { workflow }),
		1 => workflow().prop_map(|workflow| Action::Ban { workflow }),
		2 => (0u8..8, any::<u8>()).prop_map(|(which, to)| Action::SetTerms { which, to }),
		2 => anyone().prop_map(|who| Action::Claim { who }),
		2 => workflow().prop_map(|workflow| Action::ClaimWorkflow { workflow }),
		1 => (anyone(), 0u128..3).prop_map(|(who, thousands)| Action::Govern { who, thousands }),
		1 => anyone().prop_map(|who| Action::Anchor { who }),
		3 => Just(Action::Mend),
	]
}
