//! What the roles need of the network.

use futures::future::BoxFuture;
use peer_network::{Network, PeerKey, Request, RequestError, Response};

/// Asks peers.
pub trait Net: Send + Sync + 'static {
	/// Asks the peer with this key, which is reached at one of these addresses.
	fn request(
		&self,
		peer: PeerKey,
		addresses: Vec<String>,
		request: Request,
	) -> BoxFuture<'_, Result<Response, RequestError>>;
}

impl Net for Network {
	fn request(
		&self,
		peer: PeerKey,
		addresses: Vec<String>,
		request: Request,
	) -> BoxFuture<'_, Result<Response, RequestError>> {
		Box::pin(async move { Network::request(self, &peer, &addresses, request).await })
	}
}
