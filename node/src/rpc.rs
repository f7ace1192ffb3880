//! The RPC methods beside the usual ones.

use crate::service::{Backend, Client, SelectChain, TransactionPool};
use hai_runtime::{BlockNumber, Hash, OpaqueBlock as Block};
use jsonrpsee::RpcModule;
use polkadot_sdk::*;
use std::sync::Arc;

use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_rpc::SubscriptionTaskExecutor;
use sp_keystore::KeystorePtr;

/// What the methods need.
pub(crate) struct Dependencies {
	pub(crate) client: Arc<Client>,
	pub(crate) pool: Arc<TransactionPool>,
	pub(crate) select_chain: SelectChain,
	pub(crate) keystore: KeystorePtr,
	pub(crate) babe_worker: BabeWorkerHandle<Block>,
	pub(crate) voter_state: SharedVoterState,
	pub(crate) authority_set: SharedAuthoritySet<Hash, BlockNumber>,
	pub(crate) justifications: GrandpaJustificationStream<Block>,
	pub(crate) finality_proofs: Arc<FinalityProofProvider<Backend, Block>>,
	pub(crate) executor: SubscriptionTaskExecutor,
}

/// The methods.
pub(crate) fn create(deps: Dependencies) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
	use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
	use sc_consensus_babe_rpc::{Babe, BabeApiServer};
	use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
	use substrate_frame_rpc_system::{System, SystemApiServer};

	let mut module = RpcModule::new(());
	module.merge(System::new(deps.client.clone(), deps.pool).into_rpc())?;
	module.merge(TransactionPayment::new(deps.client.clone()).into_rpc())?;
	module.merge(Babe::new(deps.client, deps.babe_worker, deps.keystore, deps.select_chain).into_rpc())?;
	module.merge(
		Grandpa::new(
			deps.executor,
			deps.authority_set,
			deps.voter_state,
			deps.justifications,
			deps.finality_proofs,
		)
		.into_rpc(),
	)?;
	Ok(module)
}
