//! The checks by which other rule-books let the congress, and nobody else, do something.

use crate::{Kind, Origin};
use core::marker::PhantomData;
use frame_support::traits::{EnsureOrigin, OriginTrait};
use polkadot_sdk::*;

/// A set of kinds, named by a type.
pub trait Kinds {
	/// Whether `kind` is in the set.
	fn contain(kind: Kind) -> bool;
	/// One kind of the set, for benchmarks.
	fn sample() -> Kind;
}

macro_rules! one_kind {
	($($name:ident),*) => {$(
		#[doc = concat!("The set of the one kind `", stringify!($name), "`.")]
		pub struct $name;
		impl Kinds for $name {
			fn contain(kind: Kind) -> bool {
				kind == Kind::$name
			}
			fn sample() -> Kind {
				Kind::$name
			}
		}
	)*};
}
one_kind!(Constitutional, Technical, Community, Resource);

/// Either set: `(Technical, Resource)`, or nested for more.
impl<A: Kinds, B: Kinds> Kinds for (A, B) {
	fn contain(kind: Kind) -> bool {
		A::contain(kind) || B::contain(kind)
	}
	fn sample() -> Kind {
		A::sample()
	}
}

/// Accepts the congress acting in one of the kinds `K`, as in `EnsureCongress<Technical>`. Nothing else passes:
/// neither Root nor any signed account.
pub struct EnsureCongress<K>(PhantomData<K>);

impl<O, K> EnsureOrigin<O> for EnsureCongress<K>
where
	K: Kinds,
	O: OriginTrait + From<Origin>,
	for<'a> &'a O::PalletsOrigin: TryInto<&'a Origin>,
{
	type Success = Kind;

	fn try_origin(origin: O) -> Result<Kind, O> {
		let kind = match origin.caller().try_into() {
			Ok(Origin::Congress(kind)) => Some(*kind),
			_ => None,
		};
		kind.filter(|kind| K::contain(*kind)).ok_or(origin)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin() -> Result<O, ()> {
		Ok(Origin::Congress(K::sample()).into())
	}
}
