//! The epoch length as a later version of the runtime keeps it: under another name, in another form.
//!
//! Built only into the blob to which a test upgrades a running chain. What it changes is read in every
//! block: a chain on which the migration failed would leave its epochs.

pub use pallet::*;

#[polkadot_sdk::frame_support::pallet]
pub mod pallet {
	use polkadot_sdk::*;

	use frame_support::{pallet_prelude::*, storage_alias, traits::OnRuntimeUpgrade, weights::Weight};
	use frame_system::pallet_prelude::BlockNumberFor;

	/// The layout of what is stored here.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: polkadot_sdk::frame_system::Config {}

	/// How long an epoch is.
	#[derive(Clone, Copy, Encode, Decode, MaxEncodedLen, TypeInfo)]
	pub struct EpochTerms<BlockNumber> {
		/// The block in which this was stored.
		pub since: BlockNumber,
		/// Slots per epoch.
		pub slots: u32,
	}

	/// How long an epoch is.
	#[pallet::storage]
	pub type Epoch<T: Config> = StorageValue<_, EpochTerms<BlockNumberFor<T>>, OptionQuery>;

	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Slots per epoch.
		pub epoch_length: u64,
		#[serde(skip)]
		#[doc(hidden)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			put::<T>(self.epoch_length);
		}
	}

	impl<T: Config> Get<u64> for Pallet<T> {
		fn get() -> u64 {
			Epoch::<T>::get().map_or(1, |epoch| u64::from(epoch.slots))
		}
	}

	fn put<T: Config>(length: u64) {
		Epoch::<T>::put(EpochTerms {
			since: frame_system::Pallet::<T>::block_number(),
			slots: u32::try_from(length.max(1)).unwrap_or(u32::MAX),
		});
	}

	/// Moves the epoch length from its old place to its new one.
	pub struct MoveEpochLength<T>(core::marker::PhantomData<T>);

	/// Where the version before keeps it.
	#[storage_alias]
	type EpochLength<T: Config> = StorageValue<Pallet<T>, u64, OptionQuery>;

	impl<T: Config> OnRuntimeUpgrade for MoveEpochLength<T> {
		fn on_runtime_upgrade() -> Weight {
			let weight = T::DbWeight::get().reads_writes(2, 3);
			if Pallet::<T>::on_chain_storage_version() >= STORAGE_VERSION {
				return weight;
			}
			if let Some(length) = EpochLength::<T>::take() {
				put::<T>(length);
			}
			STORAGE_VERSION.put::<Pallet<T>>();
			weight
		}
	}
}
