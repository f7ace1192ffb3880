//! The epoch length, fixed at genesis, and the author of the parent block.
//!
//! The epoch length is storage so that presets can differ, and nothing can change it: a change
//! would stop block production.

pub use pallet::*;

#[allow(missing_docs, reason = "generated items")]
#[polkadot_sdk::frame_support::pallet]
pub mod pallet {
	use polkadot_sdk::*;

	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: pallet_babe::Config {}

	/// Slots per epoch.
	#[pallet::storage]
	pub type EpochLength<T> = StorageValue<_, u64, ValueQuery>;

	/// The index of the authority that made the parent block, and its VRF output.
	#[pallet::storage]
	pub type ParentSeal<T> = StorageValue<_, (u32, [u8; 32])>;

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Slots per epoch.
		pub epoch_length: u64,
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			EpochLength::<T>::put(self.epoch_length.max(1));
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			// Room for the write in `on_finalize`.
			T::DbWeight::get().reads_writes(2, 1)
		}

		fn on_finalize(_: BlockNumberFor<T>) {
			use frame_support::traits::FindAuthor;
			let digest = frame_system::Pallet::<T>::digest();
			let author = pallet_babe::Pallet::<T>::find_author(
				digest.logs.iter().filter_map(|log| log.as_pre_runtime()),
			);
			// The VRF output of this block, as BABE itself reads it from the same digest.
			let output = digest
				.logs
				.iter()
				.filter_map(|log| log.as_babe_pre_digest())
				.find_map(|pre| pre.vrf_signature().map(|vrf| vrf.pre_output.encode()));
			match (author, output) {
				(Some(author), Some(output)) => {
					ParentSeal::<T>::put((author, sp_io::hashing::blake2_256(&output)));
				},
				_ => ParentSeal::<T>::kill(),
			}
		}
	}

	use sp_consensus_babe::digests::CompatibleDigestItem;

	impl<T: Config> Get<u64> for Pallet<T> {
		fn get() -> u64 {
			EpochLength::<T>::get().max(1)
		}
	}
}
