//! The handle, and the libp2p swarm behind it.

use crate::{
	address::{AddressError, parse, resolve},
	codec::ScaleCodec,
	protocol::{PROTOCOL, Refusal, Request, Response},
};
use futures::StreamExt;
use libp2p::{
	Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder, connection_limits, identify, identity, kad, mdns,
	multiaddr::Protocol,
	noise, ping,
	request_response::{self, ProtocolSupport, ResponseChannel},
	swarm::{NetworkBehaviour, SwarmEvent, behaviour::toggle::Toggle},
	tcp, yamux,
};
use std::{
	collections::{HashMap, HashSet},
	io,
	sync::{Arc, RwLock},
	time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// The ed25519 public key by which a peer is known; it stands on chain.
pub type PeerKey = [u8; 32];

/// How long one request may take, connection included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// How long listening may take to begin.
const LISTEN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an unused connection stays open.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// Requests of others that may wait to be looked at; further ones are told that we are busy.
const INCOMING_QUEUE: usize = 128;
/// Connections of one peer, and of all.
const MAX_CONNECTIONS: (u32, u32) = (8, 512);

/// How to join the network.
#[derive(Clone)]
pub struct NetworkConfig {
	/// The ed25519 secret of this peer.
	pub secret: [u8; 32],
	/// Where to listen; nowhere for a mere client.
	pub listen: Vec<String>,
	/// Peers to meet first, as addresses that end in `/p2p/PEER_ID`; for finding others by Kademlia.
	pub bootstrap: Vec<String>,
	/// Whether to look for peers, and be found, in the local network.
	pub local_discovery: LocalDiscovery,
}

/// Whether peers in the local network are looked for by mDNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalDiscovery {
	/// They are, and they find us.
	On,
	/// Nothing is sent into the local network.
	Off,
}

impl NetworkConfig {
	/// A peer that only asks, under a new name.
	pub fn client() -> Self {
		Self {
			secret: crate::seal::new_secret(),
			listen: Vec::new(),
			bootstrap: Vec::new(),
			local_discovery: LocalDiscovery::Off,
		}
	}
}

/// Why joining failed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
	/// An address cannot be used.
	#[error(transparent)]
	Address(#[from] AddressError),
	/// A bootstrap address does not say whose it is.
	#[error("the bootstrap address '{0}' must end in /p2p/PEER_ID")]
	BootstrapWithoutPeer(String),
	/// Listening failed.
	#[error("cannot listen on {address}: {reason}; is the port free?")]
	Listen {
		/// Where.
		address: String,
		/// Why not.
		reason: String,
	},
	/// A transport or discovery could not be set up.
	#[error("the network cannot be set up: {0}")]
	Setup(String),
}

/// Why a request has no response.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
	/// The key is no ed25519 public key.
	#[error("the peer key {} is not a public key", hex_of(.0))]
	PeerKey(PeerKey),
	/// No address is known, or none answers.
	#[error("peer {peer} cannot be reached at {addresses:?}")]
	Unreachable {
		/// Who.
		peer: String,
		/// Where it was looked for.
		addresses: Vec<String>,
	},
	/// It did not answer in time.
	#[error("peer {0} did not answer in time")]
	Timeout(String),
	/// The connection broke or the answer made no sense.
	#[error("the exchange with peer {peer} broke off: {reason}")]
	Broken {
		/// Who.
		peer: String,
		/// How.
		reason: String,
	},
	/// The network was shut down.
	#[error("the network of this process was shut down")]
	ShutDown,
}

fn hex_of(bytes: &[u8]) -> String {
	bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A request of somebody else.
#[derive(Debug)]
pub struct IncomingRequest {
	/// Who asks, as libp2p names it. For logs and limits only: it proves nothing.
	pub peer: String,
	/// What it asks.
	pub request: Request,
	/// Where the answer goes.
	pub responder: Responder,
}

/// Takes the one answer to one request. Dropping it tells the peer that there is none.
#[derive(Debug)]
pub struct Responder {
	channel: ResponseChannel<Response>,
	commands: mpsc::Sender<Command>,
}

impl Responder {
	/// Sends the answer; it is lost without notice if the peer has gone.
	pub async fn respond(self, response: Response) {
		// The network may have been shut down meanwhile: then nobody waits either.
		let _ = self.commands.send(Command::Respond(self.channel, response)).await;
	}
}

/// The requests of others, in the order in which they arrived.
#[derive(Debug)]
pub struct Incoming(mpsc::Receiver<IncomingRequest>);

impl Incoming {
	/// The next one; `None` when the network was shut down.
	pub async fn next(&mut self) -> Option<IncomingRequest> {
		self.0.recv().await
	}
}

#[derive(Debug)]
enum Command {
	Request {
		peer: PeerId,
		addresses: Vec<Multiaddr>,
		request: Request,
		answer: oneshot::Sender<Result<Response, request_response::OutboundFailure>>,
	},
	Respond(ResponseChannel<Response>, Response),
}

/// A handle to a peer that runs in the background until all handles, and the [`Incoming`], are dropped.
#[derive(Clone, Debug)]
pub struct Network {
	commands: mpsc::Sender<Command>,
	addresses: Arc<RwLock<Vec<String>>>,
	key: PeerKey,
}

impl Network {
	/// Joins the network. Returns when all addresses are listened on.
	pub async fn start(config: NetworkConfig) -> Result<(Self, Incoming), StartError> {
		let mut secret = config.secret;
		let keypair = identity::Keypair::ed25519_from_bytes(&mut secret)
			.map_err(|error| StartError::Setup(error.to_string()))?;
		let key = keypair
			.clone()
			.try_into_ed25519()
			.expect("made as ed25519 above")
			.public()
			.to_bytes();
		let mut swarm = build_swarm(keypair, &config)?;

		for address in &config.bootstrap {
			let parsed = parse(address)?;
			let Some(Protocol::P2p(peer)) = parsed.iter().last() else {
				return Err(StartError::BootstrapWithoutPeer(address.clone()));
			};
			for address in resolve(parsed).await {
				swarm.behaviour_mut().kad.add_address(&peer, address);
			}
		}
		let listening = listen(&mut swarm, &config.listen).await?;

		let (commands, command_queue) = mpsc::channel(INCOMING_QUEUE);
		let (incoming, incoming_queue) = mpsc::channel(INCOMING_QUEUE);
		let addresses = Arc::new(RwLock::new(listening));
		let driver = Driver {
			swarm,
			commands: command_queue,
			own_commands: commands.downgrade(),
			incoming,
			waiting: HashMap::new(),
			addresses: addresses.clone(),
		};
		tokio::spawn(driver.run());
		Ok((
			Self {
				commands,
				addresses,
				key,
			},
			Incoming(incoming_queue),
		))
	}

	/// The public key of this peer.
	pub fn key(&self) -> PeerKey {
		self.key
	}

	/// Where this peer listens now.
	pub fn addresses(&self) -> Vec<String> {
		self.addresses
			.read()
			.expect("no holder of this lock panics")
			.clone()
	}

	/// Asks the peer with this key. `addresses` may be empty where the peer is known already, by an
	/// earlier request or by discovery.
	pub async fn request(
		&self,
		peer: &PeerKey,
		addresses: &[String],
		request: Request,
	) -> Result<Response, RequestError> {
		let id = peer_id(peer)?;
		let mut resolved = Vec::new();
		for address in addresses {
			match parse(address) {
				Ok(parsed) => resolved.extend(resolve(parsed).await),
				Err(error) => tracing::debug!(peer = %id, %error, "an advertised address is skipped"),
			}
		}
		let (answer, answered) = oneshot::channel();
		let command = Command::Request {
			peer: id,
			addresses: resolved,
			request,
			answer,
		};
		self.commands
			.send(command)
			.await
			.map_err(|_| RequestError::ShutDown)?;
		let failure = match answered.await {
			Ok(Ok(response)) => return Ok(response),
			Ok(Err(failure)) => failure,
			Err(_) => return Err(RequestError::ShutDown),
		};
		use request_response::OutboundFailure;
		Err(match failure {
			OutboundFailure::DialFailure => RequestError::Unreachable {
				peer: id.to_string(),
				addresses: addresses.to_vec(),
			},
			OutboundFailure::Timeout => RequestError::Timeout(id.to_string()),
			other => RequestError::Broken {
				peer: id.to_string(),
				reason: other.to_string(),
			},
		})
	}
}

fn peer_id(key: &PeerKey) -> Result<PeerId, RequestError> {
	let public =
		identity::ed25519::PublicKey::try_from_bytes(key).map_err(|_| RequestError::PeerKey(*key))?;
	Ok(identity::PublicKey::from(public).to_peer_id())
}

#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
struct Behaviour {
	limits: connection_limits::Behaviour,
	exchange: request_response::Behaviour<ScaleCodec>,
	identify: identify::Behaviour,
	kad: kad::Behaviour<kad::store::MemoryStore>,
	mdns: Toggle<mdns::tokio::Behaviour>,
	ping: ping::Behaviour,
}

fn build_swarm(keypair: identity::Keypair, config: &NetworkConfig) -> Result<Swarm<Behaviour>, StartError> {
	let setup = |error: &dyn std::fmt::Display| StartError::Setup(error.to_string());
	let id = keypair.public().to_peer_id();
	let mdns = match config.local_discovery {
		LocalDiscovery::Off => None,
		LocalDiscovery::On => {
			Some(mdns::tokio::Behaviour::new(mdns::Config::default(), id).map_err(|error| setup(&error))?)
		}
	};
	let mut kad = kad::Behaviour::with_config(
		id,
		kad::store::MemoryStore::new(id),
		kad::Config::new(StreamProtocol::new("/hai-net/kad/1")),
	);
	// Who listens nowhere cannot answer for others.
	kad.set_mode(Some(if config.listen.is_empty() {
		kad::Mode::Client
	} else {
		kad::Mode::Server
	}));
	let support = if config.listen.is_empty() {
		ProtocolSupport::Outbound
	} else {
		ProtocolSupport::Full
	};
	let (per_peer, all) = MAX_CONNECTIONS;
	let behaviour = Behaviour {
		limits: connection_limits::Behaviour::new(
			connection_limits::ConnectionLimits::default()
				.with_max_established_per_peer(Some(per_peer))
				.with_max_established_incoming(Some(all))
				.with_max_pending_incoming(Some(all / 4)),
		),
		exchange: request_response::Behaviour::with_codec(
			ScaleCodec,
			[(StreamProtocol::new(PROTOCOL), support)],
			request_response::Config::default().with_request_timeout(REQUEST_TIMEOUT),
		),
		identify: identify::Behaviour::new(identify::Config::new(PROTOCOL.to_owned(), keypair.public())),
		kad,
		mdns: mdns.into(),
		ping: ping::Behaviour::default(),
	};
	Ok(SwarmBuilder::with_existing_identity(keypair)
		.with_tokio()
		.with_tcp(
			tcp::Config::default().nodelay(true),
			noise::Config::new,
			yamux::Config::default,
		)
		.map_err(|error| setup(&error))?
		.with_quic()
		.with_behaviour(|_| behaviour)
		.expect("the behaviour is made already")
		.with_swarm_config(|swarm| swarm.with_idle_connection_timeout(IDLE_TIMEOUT))
		.build())
}

/// Listens on all addresses and waits until each is ready. Returns where it listens.
async fn listen(swarm: &mut Swarm<Behaviour>, addresses: &[String]) -> Result<Vec<String>, StartError> {
	let mut pending = HashMap::new();
	for address in addresses {
		let failed = |reason: String| StartError::Listen {
			address: address.clone(),
			reason,
		};
		let parsed = parse(address)?;
		check_free(&parsed).map_err(|error| failed(error.to_string()))?;
		let id = swarm
			.listen_on(parsed)
			.map_err(|error| failed(error.to_string()))?;
		pending.insert(id, address.clone());
	}
	let mut listening = Vec::new();
	let deadline = tokio::time::sleep(LISTEN_TIMEOUT);
	tokio::pin!(deadline);
	while !pending.is_empty() {
		let event = tokio::select! {
			event = swarm.select_next_some() => event,
			() = &mut deadline => {
				let address = pending.into_values().next().expect("checked by the loop");
				return Err(StartError::Listen { address, reason: "it took too long".into() });
			},
		};
		match event {
			SwarmEvent::NewListenAddr { listener_id, address } => {
				pending.remove(&listener_id);
				listening.push(address.to_string());
			}
			SwarmEvent::ListenerClosed {
				listener_id, reason, ..
			} => {
				if let Some(address) = pending.remove(&listener_id) {
					let reason = reason
						.err()
						.map_or("closed".to_owned(), |error: io::Error| error.to_string());
					return Err(StartError::Listen { address, reason });
				}
			}
			_ => {}
		}
	}
	Ok(listening)
}

/// Whether nobody else listens there. libp2p's own sockets share a TCP port with any other process
/// of this user, and each would get a part of the connections.
fn check_free(address: &Multiaddr) -> io::Result<()> {
	let parts: Vec<_> = address.iter().take(2).collect();
	let ip: std::net::IpAddr = match parts.first() {
		Some(Protocol::Ip4(ip)) => (*ip).into(),
		Some(Protocol::Ip6(ip)) => (*ip).into(),
		_ => return Ok(()),
	};
	match parts.get(1) {
		Some(Protocol::Tcp(port)) => std::net::TcpListener::bind((ip, *port)).map(drop),
		Some(Protocol::Udp(port)) => std::net::UdpSocket::bind((ip, *port)).map(drop),
		_ => Ok(()),
	}
}

/// The background task that owns the swarm.
struct Driver {
	swarm: Swarm<Behaviour>,
	commands: mpsc::Receiver<Command>,
	/// Weak, so that the task ends when the last handle is gone.
	own_commands: mpsc::WeakSender<Command>,
	incoming: mpsc::Sender<IncomingRequest>,
	waiting: HashMap<
		request_response::OutboundRequestId,
		oneshot::Sender<Result<Response, request_response::OutboundFailure>>,
	>,
	addresses: Arc<RwLock<Vec<String>>>,
}

impl Driver {
	async fn run(mut self) {
		loop {
			tokio::select! {
				command = self.commands.recv() => match command {
					Some(command) => self.obey(command),
					None => return,
				},
				event = self.swarm.select_next_some() => self.see(event),
			}
		}
	}

	fn obey(&mut self, command: Command) {
		match command {
			Command::Request {
				peer,
				addresses,
				request,
				answer,
			} => {
				let id = self
					.swarm
					.behaviour_mut()
					.exchange
					.send_request_with_addresses(&peer, request, addresses);
				self.waiting.insert(id, answer);
			}
			Command::Respond(channel, response) => {
				if self
					.swarm
					.behaviour_mut()
					.exchange
					.send_response(channel, response)
					.is_err()
				{
					tracing::debug!("a peer went away before its answer was ready");
				}
			}
		}
	}

	fn see(&mut self, event: SwarmEvent<BehaviourEvent>) {
		match event {
			SwarmEvent::Behaviour(BehaviourEvent::Exchange(event)) => self.exchanged(event),
			SwarmEvent::Behaviour(BehaviourEvent::Mdns(mdns::Event::Discovered(peers))) => {
				for (peer, address) in peers {
					tracing::debug!(%peer, %address, "found in the local network");
					self.swarm.behaviour_mut().kad.add_address(&peer, address.clone());
					self.swarm.add_peer_address(peer, address);
				}
			}
			SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received {
				peer_id,
				info,
				..
			})) if info
				.protocols
				.iter()
				.any(|protocol| protocol.as_ref() == PROTOCOL) =>
			{
				// Only peers that speak our protocol belong into the routing table.
				let distinct: HashSet<Multiaddr> = info.listen_addrs.into_iter().take(16).collect();
				for address in distinct {
					self.swarm.behaviour_mut().kad.add_address(&peer_id, address);
				}
			}
			SwarmEvent::NewListenAddr { address, .. } => {
				tracing::info!(%address, "listening");
				self.addresses
					.write()
					.expect("no holder of this lock panics")
					.push(address.to_string());
			}
			SwarmEvent::ExpiredListenAddr { address, .. } => {
				let text = address.to_string();
				self.addresses
					.write()
					.expect("no holder of this lock panics")
					.retain(|known| *known != text);
			}
			_ => {}
		}
	}

	fn exchanged(&mut self, event: request_response::Event<Request, Response>) {
		use request_response::{Event, Message};
		match event {
			Event::Message {
				peer,
				message: Message::Request { request, channel, .. },
				..
			} => {
				let Some(commands) = self.own_commands.upgrade() else {
					return;
				};
				let request = IncomingRequest {
					peer: peer.to_string(),
					request,
					responder: Responder { channel, commands },
				};
				let refused = match self.incoming.try_send(request) {
					Ok(()) => return,
					Err(mpsc::error::TrySendError::Full(refused)) => {
						(refused, Refusal::Busy { retry_after: 1 })
					}
					Err(mpsc::error::TrySendError::Closed(refused)) => (refused, Refusal::NotServing),
				};
				let (request, refusal) = refused;
				tracing::debug!(%peer, %refusal, "a request is refused");
				self.obey(Command::Respond(
					request.responder.channel,
					Response::Refused(refusal),
				));
			}
			Event::Message {
				message: Message::Response { request_id, response },
				..
			} => {
				if let Some(answer) = self.waiting.remove(&request_id) {
					// Whoever asked may have given up.
					let _ = answer.send(Ok(response));
				}
			}
			Event::OutboundFailure {
				request_id, error, ..
			} => {
				if let Some(answer) = self.waiting.remove(&request_id) {
					let _ = answer.send(Err(error));
				}
			}
			Event::InboundFailure { peer, error, .. } => {
				tracing::debug!(%peer, %error, "a peer's request failed")
			}
			Event::ResponseSent { .. } => {}
		}
	}
}
