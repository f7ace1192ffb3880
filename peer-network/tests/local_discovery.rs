//! Two peers of one local network find each other by its multicast alone.

use peer_network::{LocalDiscovery, Network, NetworkConfig, Refusal, Request, Response, seal};
use std::{
	io,
	net::{Ipv4Addr, SocketAddr, UdpSocket},
	time::Duration,
};

/// The group of mDNS.
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);

/// Many times as long as a question and its answer take.
const LIMIT: Duration = Duration::from_secs(60);

/// Whether this machine hears what it says to the group on the interface that leads there. A container without a
/// network has no such interface, and some networks carry no multicast: nobody could be found there.
fn hears_the_group() -> io::Result<bool> {
	let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
	probe.connect((GROUP, 5353))?;
	let SocketAddr::V4(local) = probe.local_addr()? else {
		return Ok(false);
	};
	let interface = *local.ip();
	if interface.is_loopback() || interface.is_unspecified() {
		return Ok(false);
	}
	let ear = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
	ear.join_multicast_v4(&GROUP, &interface)?;
	ear.set_read_timeout(Some(Duration::from_secs(2)))?;
	let mouth = UdpSocket::bind((interface, 0))?;
	mouth.set_multicast_loop_v4(true)?;
	mouth.send_to(b"is there anybody?", (GROUP, ear.local_addr()?.port()))?;
	let mut heard = [0; 32];
	let length = ear.recv(&mut heard)?;
	Ok(&heard[..length] == b"is there anybody?")
}

async fn listening(local_discovery: LocalDiscovery) -> (Network, peer_network::Incoming) {
	Network::start(NetworkConfig {
		secret: seal::new_secret(),
		listen: vec!["/ip4/0.0.0.0/tcp/0".into()],
		bootstrap: Vec::new(),
		local_discovery,
	})
	.await
	.expect("every machine can listen")
}

#[tokio::test]
async fn peers_on_one_machine_find_each_other_without_addresses() {
	if !matches!(hears_the_group(), Ok(true)) {
		eprintln!("this machine hears no multicast, so that nobody can be found by it");
		return;
	}
	let (server, mut incoming) = listening(LocalDiscovery::On).await;
	let (seeker, _) = listening(LocalDiscovery::On).await;
	let (hermit, _) = listening(LocalDiscovery::Off).await;
	tokio::spawn(async move {
		while let Some(request) = incoming.next().await {
			let answer = Response::Refused(Refusal::NotFound);
			request.responder.respond(answer).await;
		}
	});
	let key = server.key();
	let ask = async |peer: &Network| {
		let request = Request::Follow {
			ticket: [0; 32],
			secret: [8; 32],
			from: 0,
		};
		peer.request(&key, &[], request).await
	};
	let found = async {
		loop {
			if let Ok(answer) = ask(&seeker).await {
				return answer;
			}
			tokio::time::sleep(Duration::from_millis(200)).await;
		}
	};
	let answer = tokio::time::timeout(LIMIT, found)
		.await
		.expect("the group is heard, so the peer is found");
	assert_eq!(answer, Response::Refused(Refusal::NotFound));
	// Whoever does not listen to the group has nowhere to ask.
	assert!(ask(&hermit).await.is_err());
}
