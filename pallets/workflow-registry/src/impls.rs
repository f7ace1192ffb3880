//! Checks, storage and what other rule-books ask.

use crate::*;
use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use flatten::{Ancestry, flatten};
use frame_support::{
	ensure,
	traits::{
		Get,
		fungible::{InspectHold, MutateHold},
		tokens::{Fortitude, Precision, Restriction},
	},
};
use pallet_terms::{Blocks, Planck, Split, TermsSource};
use polkadot_sdk::*;
use sp_arithmetic::Permill;
use sp_runtime::{AccountId32, DispatchError, DispatchResult, SaturatedConversion, TryRuntimeError};

/// The bytes of a version besides its record: its keys, and its manifest's entry.
const KEY_BYTES: Planck = 96;

impl<T: Config> Pallet<T> {
	/// What a call of this version is bound to, where it can be called now: the workflow is active
	/// and has no newer version.
	pub fn callable(workflow: WorkflowId, version: Version) -> Result<CallTerms, Error<T>> {
		let entry = Workflows::<T>::get(workflow).ok_or(Error::<T>::UnknownWorkflow)?;
		match entry.standing {
			Standing::Active => {}
			Standing::Retired { .. } => return Err(Error::<T>::Retired),
			Standing::Banned => return Err(Error::<T>::Banned),
		}
		ensure!(version > 0 && version <= entry.latest, Error::<T>::UnknownVersion);
		ensure!(version == entry.latest, Error::<T>::NotLatestVersion);
		Self::snapshot(workflow, version).ok_or(Error::<T>::UnknownVersion)
	}

	/// What a job that was requested under this version is bound to, whatever became of the
	/// workflow since. It stays until the workflow is reclaimed, long after its jobs.
	pub fn snapshot(workflow: WorkflowId, version: Version) -> Option<CallTerms> {
		let Publication {
			split,
			upstream,
			price,
			model,
			max_tokens,
			..
		} = Versions::<T>::get(workflow, version)?;
		Some(CallTerms {
			workflow,
			version,
			split,
			upstream,
			price,
			model,
			max_tokens,
		})
	}

	/// Who may claim what a workflow earned: nobody where it is unknown or banned.
	pub fn owner_of(workflow: WorkflowId) -> Option<AccountId32> {
		let entry = Workflows::<T>::get(workflow)?;
		(entry.standing != Standing::Banned).then_some(entry.owner)
	}

	/// The newest version of a workflow.
	pub fn latest_version(workflow: WorkflowId) -> Option<Version> {
		Workflows::<T>::get(workflow).map(|entry| entry.latest)
	}

	pub(crate) fn view(id: WorkflowId) -> Option<WorkflowView> {
		let workflow = Workflows::<T>::get(id)?;
		let publication = Versions::<T>::get(id, workflow.latest);
		Some(WorkflowView {
			id,
			workflow,
			publication,
		})
	}

	/// The entry, where `who` owns it and it is not banned.
	pub(crate) fn entry_of(workflow: WorkflowId, who: &AccountId32) -> Result<Workflow, Error<T>> {
		let entry = Workflows::<T>::get(workflow).ok_or(Error::<T>::UnknownWorkflow)?;
		ensure!(entry.owner == *who, Error::<T>::NotOwner);
		ensure!(entry.standing != Standing::Banned, Error::<T>::Banned);
		Ok(entry)
	}

	/// The entry, where `who` owns it and it is active.
	pub(crate) fn active_of(workflow: WorkflowId, who: &AccountId32) -> Result<Workflow, Error<T>> {
		let entry = Self::entry_of(workflow, who)?;
		ensure!(entry.standing == Standing::Active, Error::<T>::Retired);
		Ok(entry)
	}

	/// Checks what is to be published as `version` of `workflow` and flattens its parents. The
	/// block and the deposit are filled in when it is stored.
	pub(crate) fn prepare(
		workflow: WorkflowId,
		version: Version,
		input: PublishInput,
	) -> Result<Publication, Error<T>> {
		ensure!(!input.name.is_empty(), Error::<T>::NoName);
		ensure!(input.max_tokens > 0, Error::<T>::NoTokens);
		let default = T::Terms::current().1.default_split;
		let split = input.split.unwrap_or(default);
		ensure!(split.sums_to_one(), Error::<T>::SplitMustSumToOne);
		ensure!(
			split.validators >= default.validators && split.treasury >= default.treasury,
			Error::<T>::ProtocolPartTooLow
		);
		Self::ensure_divisible(&input.price, &split)?;
		Self::ensure_manifest_free(workflow, &input.manifest_hash)?;
		let upstream = Self::flatten_parents(workflow, version, input.price.mode, &split, &input.parents)?;
		let PublishInput {
			name,
			manifest_hash,
			manifest_location,
			price,
			split: _,
			min_upstream_share,
			parents,
			model,
			max_tokens,
		} = input;
		Ok(Publication {
			name,
			manifest_hash,
			manifest_location,
			price,
			split,
			min_upstream_share,
			parents,
			upstream,
			model,
			max_tokens,
			published_at: 0,
			deposit: 0,
		})
	}

	/// In the mode cost-plus something besides the node part must be there to divide.
	pub(crate) fn ensure_divisible(price: &Price, split: &Split) -> Result<(), Error<T>> {
		let divides = price.mode == PriceMode::Share || split.node < Permill::one();
		ensure!(divides, Error::<T>::NothingToDivide);
		Ok(())
	}

	/// A manifest belongs to one workflow, until that one is banned.
	fn ensure_manifest_free(workflow: WorkflowId, hash: &Hash32) -> Result<(), Error<T>> {
		if let Some((holder, _)) = Manifests::<T>::get(hash) {
			let banned =
				|| Workflows::<T>::get(holder).is_some_and(|entry| entry.standing == Standing::Banned);
			ensure!(holder == workflow || banned(), Error::<T>::ManifestTaken);
		}
		Ok(())
	}

	fn flatten_parents(
		workflow: WorkflowId,
		version: Version,
		mode: PriceMode,
		split: &Split,
		parents: &Parents,
	) -> Result<Table, Error<T>> {
		if parents.is_empty() {
			return Ok(Table::new());
		}
		let mut seen = Vec::<WorkflowId>::with_capacity(parents.len());
		let mut sum = 0u64;
		let mut publications = Vec::with_capacity(parents.len());
		for parent in parents {
			ensure!(!seen.contains(&parent.workflow), Error::<T>::DuplicateParent);
			seen.push(parent.workflow);
			let earlier =
				parent.workflow < workflow || (parent.workflow == workflow && parent.version < version);
			ensure!(earlier, Error::<T>::ParentNotEarlier);
			let slice = parent.share.deconstruct();
			ensure!(slice > 0, Error::<T>::ParentWithoutShare);
			sum = sum.saturating_add(slice.into());
			let entry = Workflows::<T>::get(parent.workflow).ok_or(Error::<T>::UnknownParent)?;
			ensure!(entry.standing == Standing::Active, Error::<T>::ParentNotActive);
			let publication =
				Versions::<T>::get(parent.workflow, parent.version).ok_or(Error::<T>::UnknownParent)?;
			// Both sides count parts of a million times a million, so nothing is rounded.
			let passed = u64::from(split.upstream.deconstruct()).saturating_mul(u64::from(slice));
			let asked =
				u64::from(publication.min_upstream_share.deconstruct()).saturating_mul(u64::from(WHOLE));
			ensure!(passed >= asked, Error::<T>::ParentAsksMore);
			// In the mode cost-plus these are parts of what remains of the fee, which may be nothing.
			ensure!(asked == 0 || mode == PriceMode::Share, Error::<T>::ParentAsksMore);
			publications.push((parent.workflow, slice, publication));
		}
		ensure!(sum == u64::from(WHOLE), Error::<T>::ParentSharesMustSumToOne);
		let ancestry: Vec<Ancestry> = publications
			.iter()
			.map(|(workflow, slice, publication)| Ancestry {
				workflow: *workflow,
				slice: *slice,
				split: publication.split,
				upstream: &publication.upstream,
			})
			.collect();
		flatten(&ancestry).ok_or(Error::<T>::TooManyBeneficiaries)
	}

	/// Stores the next version of an entry and holds its deposit. Returns the version.
	pub(crate) fn store(
		workflow: WorkflowId,
		mut entry: Workflow,
		mut publication: Publication,
		previous: Option<Publication>,
	) -> Result<Version, DispatchError> {
		let version = entry.latest.checked_add(1).ok_or(Error::<T>::NumbersExhausted)?;
		let bytes = (publication.encoded_size() as Planck).saturating_add(KEY_BYTES);
		publication.deposit = T::Terms::current()
			.1
			.deposits
			.publish_per_byte
			.saturating_mul(bytes);
		publication.published_at = Self::now();
		T::Currency::hold(&HoldReason::Publication.into(), &entry.owner, publication.deposit)?;

		for ancestor in Self::joined(workflow, &publication, previous.as_ref()) {
			Workflows::<T>::mutate(ancestor, |standing| {
				if let Some(standing) = standing {
					standing.descendants = standing.descendants.saturating_add(1);
				}
			});
		}
		let kept =
			Manifests::<T>::get(publication.manifest_hash).is_some_and(|(holder, _)| holder == workflow);
		if !kept {
			Manifests::<T>::insert(publication.manifest_hash, (workflow, version));
		}
		entry.latest = version;
		entry.deposit = entry.deposit.saturating_add(publication.deposit);
		Workflows::<T>::insert(workflow, entry);
		Versions::<T>::insert(workflow, version, publication);
		Ok(version)
	}

	/// The ancestors that a version pays and the version before it did not.
	fn joined(
		workflow: WorkflowId,
		publication: &Publication,
		previous: Option<&Publication>,
	) -> Vec<WorkflowId> {
		let paid = |ancestor: &WorkflowId| {
			previous.is_some_and(|previous| previous.upstream.iter().any(|(paid, _)| paid == ancestor))
		};
		publication
			.upstream
			.iter()
			.map(|(ancestor, _)| *ancestor)
			.filter(|ancestor| *ancestor != workflow && !paid(ancestor))
			.collect()
	}

	/// The block from which no job of a workflow that is retired now can need it: the longest job,
	/// and then as long as its record is kept.
	pub(crate) fn unused_from() -> Blocks {
		let (_, terms) = T::Terms::current();
		u64::from(Self::now())
			.saturating_add(terms.longest_path())
			.saturating_add(terms.jobs.retention.into())
			.saturated_into()
	}

	/// Removes up to [`RECLAIM_BATCH`] versions; returns how many.
	pub(crate) fn do_reclaim(workflow: WorkflowId) -> Result<u32, DispatchError> {
		let mut entry = Workflows::<T>::get(workflow).ok_or(Error::<T>::UnknownWorkflow)?;
		let Standing::Retired { until } = entry.standing else {
			return Err(Error::<T>::NotRetired.into());
		};
		ensure!(Self::now() >= until, Error::<T>::TooEarly);
		ensure!(entry.descendants == 0, Error::<T>::HasDescendants);
		ensure!(T::Earnings::owed(workflow) == 0, Error::<T>::HasEarnings);

		let mut removed = 0u32;
		let mut returned: Planck = 0;
		while removed < RECLAIM_BATCH && entry.latest > 0 {
			let version = entry.latest;
			entry.latest = version.saturating_sub(1);
			removed = removed.saturating_add(1);
			let Some(publication) = Versions::<T>::take(workflow, version) else {
				continue;
			};
			let previous = Versions::<T>::get(workflow, entry.latest);
			for ancestor in Self::joined(workflow, &publication, previous.as_ref()) {
				Workflows::<T>::mutate(ancestor, |standing| {
					if let Some(standing) = standing {
						standing.descendants = standing.descendants.saturating_sub(1);
					}
				});
			}
			if Manifests::<T>::get(publication.manifest_hash) == Some((workflow, version)) {
				Manifests::<T>::remove(publication.manifest_hash);
			}
			returned = returned.saturating_add(publication.deposit);
		}
		let left = entry.latest;
		if left == 0 {
			returned = entry.deposit;
			Workflows::<T>::remove(workflow);
			Self::release(&entry.owner, returned)?;
		} else {
			entry.deposit = entry.deposit.saturating_sub(returned);
			Self::release(&entry.owner, returned)?;
			Workflows::<T>::insert(workflow, entry);
		}
		Self::deposit_event(Event::Reclaimed {
			workflow,
			left,
			returned,
		});
		Ok(removed)
	}

	pub(crate) fn release(owner: &AccountId32, amount: Planck) -> DispatchResult {
		let reason = HoldReason::Publication.into();
		T::Currency::release(&reason, owner, amount, Precision::BestEffort).map(|_| ())
	}

	/// Sends what is held from `owner` to the treasury.
	pub(crate) fn forfeit(owner: &AccountId32, amount: Planck) -> DispatchResult {
		T::Currency::transfer_on_hold(
			&HoldReason::Publication.into(),
			owner,
			&T::Treasury::get(),
			amount,
			Precision::BestEffort,
			Restriction::Free,
			Fortitude::Force,
		)
		.map(|_| ())
	}

	fn now() -> Blocks {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}

	/// Whether the storage is as it must be: every entry has all its versions and no more, tables
	/// sum and name workflows that exist, manifests lead where they say, descendants and deposits
	/// are counted right and the deposits are held, none for a banned entry.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut held = BTreeMap::<AccountId32, Planck>::new();
		let mut descendants = BTreeMap::<WorkflowId, u32>::new();
		let mut versions = 0u32;
		for (id, entry) in Workflows::<T>::iter() {
			ensure!(id < NextWorkflow::<T>::get(), "a workflow beyond the next number");
			ensure!(entry.latest > 0, "a workflow without a version");
			let mut deposits: Planck = 0;
			let mut previous = None;
			for version in 1..=entry.latest {
				let publication = Versions::<T>::get(id, version).ok_or("a version is missing")?;
				versions = versions.saturating_add(1);
				deposits = deposits.saturating_add(publication.deposit);
				Self::try_publication(id, &entry, &publication)?;
				for ancestor in Self::joined(id, &publication, previous.as_ref()) {
					let count = descendants.entry(ancestor).or_default();
					*count = count.saturating_add(1);
				}
				previous = Some(publication);
			}
			if entry.standing == Standing::Banned {
				ensure!(entry.deposit == 0, "something is held for a banned entry");
			} else {
				ensure!(entry.deposit >= deposits, "an entry holds less than its versions");
			}
			let total = held.entry(entry.owner).or_default();
			*total = total.saturating_add(entry.deposit);
		}
		ensure!(
			Versions::<T>::iter_keys().count() == versions as usize,
			"a version is nobody's"
		);
		for (id, entry) in Workflows::<T>::iter() {
			let counted = descendants.remove(&id).unwrap_or_default();
			ensure!(counted == entry.descendants, "descendants are counted wrong");
		}
		ensure!(descendants.is_empty(), "a table pays a workflow that is gone");
		for (hash, (id, version)) in Manifests::<T>::iter() {
			let holder = Versions::<T>::get(id, version).ok_or("a manifest leads nowhere")?;
			ensure!(holder.manifest_hash == hash, "a manifest leads to another");
		}
		for (owner, amount) in held {
			let reason = HoldReason::Publication.into();
			ensure!(
				T::Currency::balance_on_hold(&reason, &owner) == amount,
				"an owner's hold is not what its entries say"
			);
		}
		Ok(())
	}

	fn try_publication(
		id: WorkflowId,
		entry: &Workflow,
		publication: &Publication,
	) -> Result<(), TryRuntimeError> {
		ensure!(publication.split.sums_to_one(), "a split does not sum to one");
		let sum: u64 = publication
			.upstream
			.iter()
			.map(|(_, weight)| u64::from(*weight))
			.sum();
		let expected = if publication.parents.is_empty() {
			0
		} else {
			u64::from(WHOLE)
		};
		ensure!(sum == expected, "a table does not sum");
		if entry.standing != Standing::Banned {
			let holder = Manifests::<T>::get(publication.manifest_hash).map(|(holder, _)| holder);
			ensure!(holder == Some(id), "a manifest is not its workflow's");
		}
		Ok(())
	}
}
