//! Talks to a HAI-Net chain: generated bindings, signing, views.
//!
//! ```no_run
//! use chain_client::{At, ChainClient, Key, balances};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let chain = ChainClient::connect("ws://127.0.0.1:9944").await?;
//! let view = chain.view(At::Finalized).await?;
//! for node in view.serving_nodes().await? {
//!     println!("{} takes fees up to {}", chain_client::address(&node.account), node.capacity);
//! }
//! let alice = Key::from_suri("//Alice")?;
//! let transfer = balances::transfer(&Key::from_suri("//Bob")?.account(), 1_000_000_000_000);
//! let done = chain.submit(&transfer, &alice).await?.finalized().await?;
//! println!("in block {}", done.block.number);
//! # Ok(())
//! # }
//! ```
//!
//! Four concepts:
//!
//! - [`ChainClient`] is the connection. It makes views, streams [blocks] and submits calls.
//! - [`View`] is the chain at one block; everything is read through one. What can be read, and the functions that build
//!   calls, stand in modules named after what they are about: [`jobs`], [`disputes`], [`postings`], [`workflows`], [`nodes`], [`bonds`],
//!   [`validators`], [`payouts`], [`balances`], [`congress`], [`terms`], [`calibrations`].
//! - A call is built by a function such as [`jobs::request`], handed in by [`ChainClient::submit`] and followed by the
//!   [`Submission`](submit::Submission) until it is in a block or finalized. An error of a rule-book comes with the
//!   text that documents it.
//! - [`Key`] signs.
//!
//! Everything is generated from `metadata.scale`, which is committed; a call or a record that has another shape on the
//! connected chain is refused before anything is sent.

pub mod amount;
pub mod balances;
pub mod blocks;
pub mod bonds;
pub mod calibrations;
pub mod canaries;
pub mod congress;
mod connection;
pub mod disputes;
mod error;
pub mod jobs;
mod key;
pub mod nodes;
mod nonces;
pub mod payouts;
mod plain;
pub mod postings;
pub mod proofs;
#[cfg(test)]
mod shapes;
pub mod submit;
pub mod terms;
pub mod validators;
pub mod workflows;

pub use connection::{At, BlockId, ChainClient, View};
pub use error::{ConnectError, ReadError, SubmitError};
pub use key::{AddressError, Key, KeyError, address, parse_address, verify};
pub use receipt::{Account, Hash, JobId, Planck, WorkflowId};
pub use submit::{Included, Stage, Submission, Until};

/// A type of the `receipt` crate inside a record of the chain. It dereferences to that type, and `.0` takes it out.
pub type Shared<T> = subxt::utils::Static<T>;

/// What was generated from the chain's metadata. The events of a transaction are looked up by these types, see
/// [`Included::event`].
#[subxt::subxt(
	runtime_metadata_path = "metadata.scale",
	derive_for_all_types = "Clone, PartialEq, Eq",
	substitute_type(
		path = "receipt::attestation::Batch",
		with = "crate::Shared<::receipt::attestation::Batch>"
	),
	substitute_type(
		path = "receipt::attestation::Opening",
		with = "crate::Shared<::receipt::attestation::Opening>"
	),
	substitute_type(
		path = "receipt::attestation::Verdict",
		with = "crate::Shared<::receipt::attestation::Verdict>"
	),
	substitute_type(
		path = "receipt::canary::CanaryOpening",
		with = "crate::Shared<::receipt::canary::CanaryOpening>"
	),
	substitute_type(
		path = "receipt::canary::Planting",
		with = "crate::Shared<::receipt::canary::Planting>"
	),
	substitute_type(path = "receipt::job::Receipt", with = "crate::Shared<::receipt::Receipt>"),
	substitute_type(path = "receipt::job::Ticket", with = "crate::Shared<::receipt::Ticket>"),
	substitute_type(
		path = "receipt::keys::KeySet",
		with = "crate::Shared<::receipt::keys::KeySet>"
	),
	substitute_type(
		path = "calibration::entry::Entry",
		with = "crate::Shared<::calibration::Entry>"
	),
	substitute_type(
		path = "pallet_calibration::types::Calibration",
		with = "crate::calibrations::Calibration"
	),
	substitute_type(path = "pallet_terms::types::Split", with = "crate::terms::Split"),
	substitute_type(path = "pallet_terms::types::Terms", with = "crate::terms::Terms"),
	substitute_type(path = "pallet_terms::types::BallotTerms", with = "crate::terms::BallotTerms"),
	substitute_type(path = "pallet_role_staking::types::AccountView", with = "crate::bonds::Bond"),
	substitute_type(path = "pallet_role_staking::types::Role", with = "crate::bonds::Role"),
	substitute_type(
		path = "pallet_role_staking::types::SlashReason",
		with = "crate::bonds::SlashReason"
	),
	substitute_type(
		path = "pallet_role_staking::types::Advertisement",
		with = "crate::nodes::Advertisement"
	),
	substitute_type(
		path = "pallet_role_staking::types::ServingNode",
		with = "crate::nodes::ServingNode"
	),
	substitute_type(
		path = "pallet_role_staking::types::ValidatorView",
		with = "crate::validators::Validator"
	),
	substitute_type(path = "pallet_execution_log::types::Job", with = "crate::jobs::Job"),
	substitute_type(
		path = "pallet_execution_log::types::Reputation",
		with = "crate::jobs::Reputation"
	),
	substitute_type(path = "pallet_execution_log::types::Owed", with = "crate::jobs::Owed"),
	substitute_type(
		path = "pallet_execution_log::types::WorkflowStatistics",
		with = "crate::jobs::WorkflowStatistics"
	),
	substitute_type(
		path = "pallet_execution_log::types::NodeStatistics",
		with = "crate::jobs::NodeStatistics"
	),
	substitute_type(
		path = "pallet_execution_log::types::AuditorAccuracy",
		with = "crate::canaries::AuditorAccuracy"
	),
	substitute_type(path = "pallet_execution_log::types::Charge", with = "crate::jobs::Charge"),
	substitute_type(
		path = "pallet_execution_log::types::PayoutLine",
		with = "crate::jobs::PayoutLine"
	),
	substitute_type(path = "pallet_execution_log::types::Class", with = "crate::jobs::Class"),
	substitute_type(
		path = "pallet_execution_log::types::RefundReason",
		with = "crate::jobs::RefundReason"
	),
	substitute_type(path = "pallet_execution_log::pallet::Event", with = "crate::jobs::JobEvent"),
	substitute_type(
		path = "pallet_workflow_registry::types::PublishInput",
		with = "crate::workflows::PublishInput"
	),
	substitute_type(
		path = "pallet_workflow_registry::types::Publication",
		with = "crate::workflows::Publication"
	),
	substitute_type(
		path = "pallet_workflow_registry::types::WorkflowView",
		with = "crate::workflows::Workflow"
	),
	substitute_type(
		path = "pallet_workflow_registry::types::Price",
		with = "crate::workflows::Price"
	),
	substitute_type(path = "pallet_congress::types::Kind", with = "crate::congress::Kind"),
	substitute_type(path = "pallet_congress::types::Choice", with = "crate::congress::Choice"),
	substitute_type(path = "pallet_congress::types::Tally", with = "crate::congress::Tally"),
	substitute_type(path = "pallet_congress::types::Stage", with = "crate::congress::Stage"),
	substitute_type(path = "pallet_congress::types::Decision", with = "crate::congress::Decision"),
	substitute_type(path = "pallet_congress::types::Member", with = "crate::congress::Member"),
	substitute_type(
		path = "pallet_congress::types::AccountView",
		with = "crate::congress::Participation"
	),
	substitute_type(
		path = "pallet_congress::types::ElectorateView",
		with = "crate::congress::ElectorateView"
	)
)]
pub mod chain {}
