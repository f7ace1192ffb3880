//! Two peers in one process, over loopback.

use peer_network::{
	Followed, LocalDiscovery, Network, NetworkConfig, Refusal, Request, RequestError, Response, RunState,
	seal,
};

fn listening_on(addresses: &[&str]) -> NetworkConfig {
	NetworkConfig {
		secret: seal::new_secret(),
		listen: addresses.iter().map(|address| (*address).to_owned()).collect(),
		bootstrap: Vec::new(),
		local_discovery: LocalDiscovery::Off,
	}
}

async fn sealed_answer_over(listen: &str) {
	let (server, mut incoming) = Network::start(listening_on(&[listen]))
		.await
		.expect("loopback is there");
	let (client, _) = Network::start(NetworkConfig::client())
		.await
		.expect("nothing to listen on");
	let reply_secret = seal::new_secret();
	let reply_key = seal::public_key(&reply_secret);
	let followed = Followed {
		job: Some(4),
		text: "once".into(),
		state: RunState::Running { tokens: 1 },
	};

	let answer = followed.clone();
	let serving = tokio::spawn(async move {
		let request = incoming.next().await.expect("one request comes");
		assert_eq!(
			request.request,
			Request::Follow {
				ticket: [9; 32],
				secret: [8; 32],
				from: 0
			}
		);
		request
			.responder
			.respond(Response::Followed(seal::seal(&reply_key, &answer)))
			.await;
		incoming
	});
	let response = client
		.request(
			&server.key(),
			&server.addresses(),
			Request::Follow {
				ticket: [9; 32],
				secret: [8; 32],
				from: 0,
			},
		)
		.await
		.expect("the server answers");
	let Response::Followed(sealed) = response else {
		panic!("{response:?}")
	};
	assert_eq!(seal::open::<Followed>(&reply_secret, &sealed), Ok(followed));
	serving.await.expect("no panic");
}

#[tokio::test]
async fn a_sealed_answer_comes_back_over_quic() {
	sealed_answer_over("/ip4/127.0.0.1/udp/0/quic-v1").await;
}

#[tokio::test]
async fn a_sealed_answer_comes_back_over_tcp() {
	sealed_answer_over("/ip4/127.0.0.1/tcp/0").await;
}

#[tokio::test]
async fn large_answers_pass_and_unanswered_requests_end() {
	let (server, mut incoming) = Network::start(listening_on(&["/ip4/127.0.0.1/tcp/0"]))
		.await
		.expect("starts");
	let (client, _) = Network::start(NetworkConfig::client()).await.expect("starts");
	tokio::spawn(async move {
		let request = incoming.next().await.expect("first");
		request
			.responder
			.respond(Response::Transcript(vec![7; 3 * 1024 * 1024]))
			.await;
		drop(incoming.next().await.expect("second"));
		let request = incoming.next().await.expect("third");
		request
			.responder
			.respond(Response::Refused(Refusal::NotFound))
			.await;
		// The queue is dropped here.
	});
	let key = server.key();
	let ask = || {
		client.request(
			&key,
			&[],
			Request::Follow {
				ticket: [0; 32],
				secret: [8; 32],
				from: 0,
			},
		)
	};
	let first = client
		.request(
			&server.key(),
			&server.addresses(),
			Request::Follow {
				ticket: [0; 32],
				secret: [8; 32],
				from: 0,
			},
		)
		.await
		.expect("large but within the limit");
	assert_eq!(first, Response::Transcript(vec![7; 3 * 1024 * 1024]));
	assert!(matches!(ask().await, Err(RequestError::Broken { .. })));
	assert_eq!(
		ask().await.expect("known by now"),
		Response::Refused(Refusal::NotFound)
	);
	// Nobody looks at requests any more: the peer says so, it does not fall silent.
	assert_eq!(
		ask().await.expect("still connected"),
		Response::Refused(Refusal::NotServing)
	);
}

#[tokio::test]
async fn a_wrong_peer_behind_an_address_is_not_believed() {
	let (server, _incoming) = Network::start(listening_on(&["/ip4/127.0.0.1/tcp/0"]))
		.await
		.expect("starts");
	let (client, _) = Network::start(NetworkConfig::client()).await.expect("starts");
	let (somebody_else, _incoming) = Network::start(listening_on(&[])).await.expect("starts");
	let answer = client
		.request(
			&somebody_else.key(),
			&server.addresses(),
			Request::Follow {
				ticket: [0; 32],
				secret: [8; 32],
				from: 0,
			},
		)
		.await;
	assert!(
		matches!(answer, Err(RequestError::Unreachable { .. })),
		"{answer:?}"
	);
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
	for free in ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"] {
		let (server, _incoming) = Network::start(listening_on(&[free])).await.expect("starts");
		let taken = server.addresses().remove(0);
		let error = Network::start(listening_on(&[&taken]))
			.await
			.expect_err("the port is taken");
		assert!(error.to_string().contains(&taken), "{error}");
	}
}
