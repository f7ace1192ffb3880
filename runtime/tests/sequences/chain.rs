//! Blocks of the real runtime, built as an author builds them, and what must hold after each.

use crate::people::CALIBRATION;
use hai_runtime::{
	AccountId, Balance, BlockNumber, Executive, Hash, Header, Runtime, RuntimeEvent, RuntimeGenesisConfig,
	RuntimeOrigin, SLOT_MILLISECONDS, System, Timestamp, presets, ties,
};
use polkadot_sdk::{
	frame_system, pallet_babe, pallet_balances,
	sp_consensus_babe::{
		digests::{CompatibleDigestItem, PreDigest, SecondaryVRFPreDigest},
		make_vrf_sign_data,
	},
	sp_core::{crypto::VrfSecret, sr25519},
	sp_genesis_builder::PresetId,
	sp_io::TestExternalities,
	sp_keyring::Sr25519Keyring,
	sp_runtime::{BuildStorage, Digest, DigestItem, traits::Header as _},
};
use std::sync::LazyLock;

/// Signs the randomness of every block: whose it is only nodes check, before they execute a block.
static AUTHOR: LazyLock<sr25519::Pair> = LazyLock::new(|| Sr25519Keyring::Alice.pair());

/// The state at genesis of the preset for four nodes, with the pair of the nodes here.
pub(crate) fn local() -> TestExternalities {
	let preset = presets::get_preset(&PresetId::from(presets::LOCAL)).expect("the preset exists");
	let mut genesis: RuntimeGenesisConfig = serde_json::from_slice(&preset).expect("the preset is a genesis");
	genesis.calibration.calibrations.push(CALIBRATION);
	for bond in &mut genesis.role_staking.bonds {
		bond.pairs.push(CALIBRATION.pair.into());
	}
	// Often enough for short sequences.
	genesis.terms.terms.verification.canary_rate = pallet_calibration::Ppm::new(500_000);
	genesis.build_storage().expect("the genesis is valid").into()
}

/// A chain with a block that is being built.
pub(crate) struct Chain {
	/// What was issued at genesis.
	issued: Balance,
	/// What slashes burned of it.
	burned: Balance,
}

impl Chain {
	/// Opens the first block.
	pub(crate) fn start() -> Self {
		let issued = pallet_balances::TotalIssuance::<Runtime>::get();
		open(System::block_hash(0));
		Self { issued, burned: 0 }
	}

	/// Closes the block, checks what must hold, and opens the next one.
	pub(crate) fn next_block(&mut self) {
		let closed = self.close();
		open(closed);
	}

	/// The same, but the next block comes so many numbers and slots later: nothing is open for which the blocks
	/// between would matter.
	pub(crate) fn leap(&mut self, blocks: BlockNumber) {
		let closed = self.close();
		System::set_block_number(now() + blocks);
		open(closed);
	}

	fn close(&mut self) -> Hash {
		let header = Executive::finalize_block();
		for record in System::events() {
			if let RuntimeEvent::RoleStaking(pallet_role_staking::Event::Slashed { burned, .. }) =
				record.event
			{
				self.burned += burned;
			}
		}
		self.check();
		header.hash()
	}

	fn check(&self) {
		assert_eq!(ties::try_state(), Ok(()), "after block {}", now());
		let left = pallet_balances::TotalIssuance::<Runtime>::get();
		assert_eq!(left + self.burned, self.issued, "money appeared or vanished");
		let owned: Balance = accounts().map(|(_, free, reserved)| free + reserved).sum();
		assert_eq!(owned, left, "accounts have other than what was issued");
	}
}

/// Every account, what is free and what is held.
fn accounts() -> impl Iterator<Item = (AccountId, Balance, Balance)> {
	frame_system::Account::<Runtime>::iter()
		.map(|(who, account)| (who, account.data.free, account.data.reserved))
}

/// The number of the block that is being built.
pub(crate) fn now() -> BlockNumber {
	System::block_number()
}

/// The validators take turns, one block a slot.
fn pre_digest(number: BlockNumber) -> DigestItem {
	let authorities = pallet_babe::Authorities::<Runtime>::get().len() as u32;
	let slot = u64::from(number).into();
	DigestItem::babe_pre_digest(PreDigest::SecondaryVRF(SecondaryVRFPreDigest {
		authority_index: number % authorities,
		slot,
		vrf_signature: AUTHOR.vrf_sign(&make_vrf_sign_data(&[0; 32], slot, 0)),
	}))
}

fn open(parent: Hash) {
	let number = now() + 1;
	let digest = Digest {
		logs: vec![pre_digest(number)],
	};
	let header = Header::new(number, Hash::zero(), Hash::zero(), parent, digest);
	Executive::initialize_block(&header);
	Timestamp::set(RuntimeOrigin::none(), u64::from(number) * SLOT_MILLISECONDS)
		.expect("the block says once when it was made");
}
