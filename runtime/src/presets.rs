//! The genesis of the chains that this runtime knows by name.
//!
//! - `development`: one authority (Alice) on one node, which also holds the audit keys of four
//!   bonded validators, so that a whole committee exists on one machine.
//! - `local`: four validators on four nodes. GRANDPA needs n - (n-1)/3 votes, so three would
//!   tolerate no fault.

use crate::*;

use alloc::{vec, vec::Vec};
use pallet_calibration::{Bands, Bucket, Entry, GenesisCalibration, Ppm, VectorBands};
use pallet_role_staking::types::{GenesisBond, Role};
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// The name of the preset for one node.
pub const DEVELOPMENT: &str = sp_genesis_builder::DEV_RUNTIME_PRESET;
/// The name of the preset for four nodes.
pub const LOCAL: &str = sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET;

/// Slots per epoch: a validator that joins is active after two epochs, so about a minute and a half.
const SHORT_EPOCH: u64 = 20;

/// BLAKE2b-256 of `CONSTITUTION.md` as it stands at genesis.
pub const CONSTITUTION: [u8; 32] = hex32("31d68150f1a54881a9b9220fe50bdd4f1fcddaab7fd4607d075b6126523d59ed");

/// The well-known public keys of the development accounts: peer, encryption, audit. The secret
/// halves are `receipt::keys::KeySecrets::development(name)`.
pub const DEVELOPMENT_KEYS: [(&str, [[u8; 32]; 3]); 4] = [
	(
		"Alice",
		[
			hex32("8f6f3705c7b24304d3a765e353457192070f5e702cc1e638c86a91f7573937be"),
			hex32("ced03b2d4cbb5857af147e08b18d62c07def8f1940d9475c8b5e188903598a58"),
			hex32("5e6ce1c55694e254c2e41ff935ec3b9ca478a7d1379d02963d00bce3fb35cb77"),
		],
	),
	(
		"Bob",
		[
			hex32("63fa4d687f4363c573389de54847f6efac8530434b3cf85550d539ca19d96882"),
			hex32("98b4513ffad6b1704082d95607e078504a45107b43e992711c9392cbb67ec55c"),
			hex32("a45ce476d7926bf54226e1091e1f6ff8bd6aa2eca9a050d57995cea6e5d467fa"),
		],
	),
	(
		"Charlie",
		[
			hex32("3d30420ae0821de831b5f0ee8bbe15f2058810785407868cca6151b2f2e3cbd9"),
			hex32("b6d8e25790de00dc20495061b0478815f3e5c820dcd8e0bbd02dab4b311b8c04"),
			hex32("e055cd5681cc4f5029f4bde8e9908ae8a869cd5bb3e2ed809921a47d669582a4"),
		],
	),
	(
		"Dave",
		[
			hex32("fc31428d5281f55502327ddf490a1c386a0a5c8e87c5bd5bf5336b257eb6e205"),
			hex32("d5251fb29db9cc6ade3f04c2da074093a6646e1bb85c9240b854a9616c2a6773"),
			hex32("63a6a46e579603df206251c47b0ad8599e77472cde61cd8047b863dfbabd9035"),
		],
	),
];

/// The pair of the seed model on portable arithmetic: what `models/seed/calibration.json` shows of it.
pub const SEED_CALIBRATION: GenesisCalibration = GenesisCalibration {
	pair: hex32("bb407c1aed9827b5b584260e20789c0dc20b31b8765adde967cf844f1ae303a5"),
	entry: Entry {
		record: hex32("d69c6e945b7ff6cf41387aa5345bc52a057ed17902dec21eedddffabc3be45a8"),
		model: hex32("e346ff9078442bc31030c8286c961c87b603f8cbd73503323a19544b44d12523"),
		bands: Bands {
			mismatches: 2,
			mantissa_milli: 64,
			loss_milli: 2,
			vector: Some(VectorBands {
				cosine_ppm: 999_998,
				max_abs_ppm: 60,
			}),
		},
		detection: [
			bucket(8, 883_030),
			bucket(32, 883_030),
			bucket(128, 883_030),
			bucket(512, 883_030),
			bucket(u32::MAX, 883_030),
		],
	},
};

const fn bucket(up_to: u32, millionths: u32) -> Bucket {
	Bucket {
		up_to,
		power: Ppm::new(millionths),
	}
}

const fn hex32(text: &str) -> [u8; 32] {
	let bytes = text.as_bytes();
	let mut out = [0; 32];
	let mut i = 0;
	while i < 32 {
		out[i] = nibble(bytes[2 * i]) << 4 | nibble(bytes[2 * i + 1]);
		i += 1;
	}
	out
}

const fn nibble(digit: u8) -> u8 {
	match digit {
		b'0'..=b'9' => digit - b'0',
		b'a'..=b'f' => digit - b'a' + 10,
		_ => panic!("a lower-case hexadecimal digit"),
	}
}

fn genesis(authorities: &[(Sr25519Keyring, Ed25519Keyring)]) -> RuntimeGenesisConfig {
	let validators = [
		Sr25519Keyring::Alice,
		Sr25519Keyring::Bob,
		Sr25519Keyring::Charlie,
		Sr25519Keyring::Dave,
	];
	let terms = pallet_terms::Terms::development();
	let bond = terms.staking.min_validator_bond;
	RuntimeGenesisConfig {
		clock: clock::GenesisConfig {
			epoch_length: SHORT_EPOCH,
			..Default::default()
		},
		babe: pallet_babe::GenesisConfig {
			epoch_config: BABE_GENESIS_CONFIGURATION,
			..Default::default()
		},
		balances: pallet_balances::GenesisConfig {
			balances: Sr25519Keyring::well_known()
				.map(|who| (who.to_account_id(), 10_000_000 * HAI))
				.chain([(configs::TreasuryAccount::get(), 1_000_000 * HAI)])
				.collect(),
			..Default::default()
		},
		terms: pallet_terms::GenesisConfig {
			terms,
			..Default::default()
		},
		role_staking: pallet_role_staking::GenesisConfig {
			bonds: validators
				.iter()
				.zip(DEVELOPMENT_KEYS)
				.map(|(who, (_, [peer, encryption, audit]))| GenesisBond {
					account: who.to_account_id(),
					role: Role::Validator,
					amount: bond * 10,
					keys: receipt::keys::KeySet {
						peer,
						encryption,
						audit,
					}
					.into(),
					pairs: vec![SEED_CALIBRATION.pair.into()],
				})
				.collect(),
			candidates: authorities.iter().map(|(babe, _)| babe.to_account_id()).collect(),
			..Default::default()
		},
		session: pallet_session::GenesisConfig {
			keys: authorities
				.iter()
				.map(|(babe, grandpa)| {
					let who = babe.to_account_id();
					let keys = SessionKeys {
						babe: babe.public().into(),
						grandpa: grandpa.public().into(),
					};
					(who.clone(), who, keys)
				})
				.collect(),
			..Default::default()
		},
		congress: pallet_congress::GenesisConfig {
			members: validators.iter().map(|who| who.to_account_id()).collect(),
		},
		contract: pallet_contract::GenesisConfig {
			constitution: CONSTITUTION.into(),
			..Default::default()
		},
		calibration: pallet_calibration::GenesisConfig {
			calibrations: vec![SEED_CALIBRATION],
			..Default::default()
		},
		..Default::default()
	}
}

/// The JSON of a preset.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let all = [
		(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
		(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
		(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
		(Sr25519Keyring::Dave, Ed25519Keyring::Dave),
	];
	let authorities = match id.as_ref() {
		DEVELOPMENT => &all[..1],
		LOCAL => &all[..],
		_ => return None,
	};
	serde_json::to_vec(&genesis(authorities)).ok()
}

/// The names of all presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![PresetId::from(DEVELOPMENT), PresetId::from(LOCAL)]
}
