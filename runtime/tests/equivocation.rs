//! A validator that votes twice in one round of GRANDPA pays for it, once.

use hai_runtime::{
	Grandpa, Hash, Historical, RoleStaking, Runtime, RuntimeEvent, RuntimeGenesisConfig, RuntimeOrigin,
	System, Terms, presets,
};
use pallet_role_staking::types::SlashReason;
use polkadot_sdk::{
	frame_support::traits::KeyOwnerProofSystem,
	pallet_grandpa,
	sp_consensus_grandpa::{AuthorityId, Equivocation, EquivocationProof, KEY_TYPE, localized_payload},
	sp_genesis_builder::PresetId,
	sp_io::TestExternalities,
	sp_keyring::{Ed25519Keyring, Sr25519Keyring},
	sp_runtime::{BuildStorage, DispatchError},
	sp_session::MembershipProof,
};

const SET: u64 = 0;
const ROUND: u64 = 1;

type Vote = finality_grandpa::Prevote<Hash, u32>;

fn local() -> TestExternalities {
	let preset = presets::get_preset(&PresetId::from(presets::LOCAL)).expect("the preset exists");
	let genesis: RuntimeGenesisConfig = serde_json::from_slice(&preset).expect("the preset is a genesis");
	genesis.build_storage().expect("the genesis is valid").into()
}

/// Two prevotes of Dave for one round, for these blocks.
fn votes(first: Hash, second: Hash) -> EquivocationProof<Hash, u32> {
	let signed = |target: Hash| {
		let vote = Vote::new(target, 10);
		let message = finality_grandpa::Message::Prevote(vote.clone());
		let payload = localized_payload(ROUND, SET, &message);
		(vote, Ed25519Keyring::Dave.sign(&payload).into())
	};
	EquivocationProof::new(
		SET,
		Equivocation::Prevote(finality_grandpa::Equivocation {
			round_number: ROUND,
			identity: Ed25519Keyring::Dave.public().into(),
			first: signed(first),
			second: signed(second),
		}),
	)
}

/// Shows that Dave's key is a validator's.
fn membership() -> MembershipProof {
	let dave: AuthorityId = Ed25519Keyring::Dave.public().into();
	Historical::prove((KEY_TYPE, dave)).expect("Dave is a validator of this session")
}

fn report(proof: EquivocationProof<Hash, u32>) -> Result<(), DispatchError> {
	Grandpa::report_equivocation_unsigned(RuntimeOrigin::none(), Box::new(proof), membership())
		.map(|_| ())
		.map_err(|refused| refused.error)
}

/// What was slashed so far: whose, why, how much.
fn slashes() -> Vec<(hai_runtime::AccountId, SlashReason, u128)> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::RoleStaking(pallet_role_staking::Event::Slashed {
				account,
				reason,
				amount,
				..
			}) => Some((account, reason, amount)),
			_ => None,
		})
		.collect()
}

#[test]
fn two_votes_in_one_round_are_slashed_once() {
	local().execute_with(|| {
		System::set_block_number(1);
		let dave = Sr25519Keyring::Dave.to_account_id();
		let before = RoleStaking::account(dave.clone()).expect("Dave is bonded");
		assert!(!before.chilled);
		let (_, terms) = Terms::terms();
		let due = terms.slashes.equivocation.mul_floor(before.active);
		assert!(due > 0);

		let (one, other) = (Hash::repeat_byte(1), Hash::repeat_byte(2));
		let no_fault = pallet_grandpa::Error::<Runtime>::InvalidEquivocationProof;
		assert_eq!(report(votes(one, one)), Err(no_fault.into()));
		assert!(slashes().is_empty());

		assert_eq!(report(votes(one, other)), Ok(()));
		let slashed = [(dave.clone(), SlashReason::Equivocation, due)];
		assert_eq!(slashes(), slashed);
		let after = RoleStaking::account(dave.clone()).expect("Dave is bonded still");
		assert_eq!(after.active, before.active - due);
		assert!(after.chilled);

		// The same fault again, and other votes of the same round, are no new one.
		let again = pallet_grandpa::Error::<Runtime>::DuplicateOffenceReport;
		assert_eq!(report(votes(one, other)), Err(again.into()));
		let again = pallet_grandpa::Error::<Runtime>::DuplicateOffenceReport;
		assert_eq!(report(votes(other, Hash::repeat_byte(3))), Err(again.into()));
		assert_eq!(slashes(), slashed);
		assert_eq!(hai_runtime::ties::try_state(), Ok(()));
	});
}
