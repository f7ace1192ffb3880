//! Carries prompts, tickets, tokens and transcripts between peers.
//!
//! ```no_run
//! use peer_network::{Network, NetworkConfig, Request, Response};
//!
//! # async fn example(node: [u8; 32], quote: Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
//! let (network, _incoming) = Network::start(NetworkConfig::client()).await?;
//! let addresses = vec!["/ip4/192.0.2.1/udp/4001/quic-v1".to_owned()];
//! match network.request(&node, &addresses, Request::Quote { sealed: quote }).await? {
//!     Response::Quoted { ticket, .. } => println!("the call costs at most {}", ticket.fee),
//!     other => println!("no ticket: {other:?}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Three concepts:
//!
//! - [`Network`] is a handle to a libp2p peer that runs in the background: QUIC and TCP, peers found
//!   by the addresses on chain, by mDNS in a local network, or by Kademlia. One asks a peer, named by
//!   its public key, one [`Request`] and gets one [`Response`]. [`Incoming`] gives the requests of others.
//! - [`Request`] and [`Response`] are the protocol `/hai-net/1`, SCALE encoded and limited in size.
//! - [`seal`] hides what only one receiver may read: whoever runs the network between two peers, and
//!   whoever asks for the answer of somebody else, sees ciphertext. [`posted`] does it for several receivers at once.

mod address;
mod codec;
#[cfg(test)]
mod golden;
mod network;
pub mod posted;
mod protocol;
pub mod seal;

pub use address::{AddressError, check_address};
pub use network::{
	Incoming, IncomingRequest, LocalDiscovery, Network, NetworkConfig, PeerKey, RequestError, Responder,
	StartError,
};
pub use protocol::{
	Followed, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, PROTOCOL, QuoteRequest, Refusal, Request, Requester,
	Response, RunState, TranscriptRequest,
};
