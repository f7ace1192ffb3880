//! Addresses as text, such as `/ip4/192.0.2.1/udp/4001/quic-v1`.

use libp2p::{Multiaddr, multiaddr::Protocol};
use std::net::IpAddr;

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("'{address}' is not an address: {reason}; write for example /ip4/192.0.2.1/udp/4001/quic-v1")]
pub struct AddressError {
	/// The text.
	pub address: String,
	/// What is wrong with it.
	pub reason: String,
}

/// Whether `address` is one that a peer can listen on or be reached at.
pub fn check_address(address: &str) -> Result<(), AddressError> {
	parse(address).map(|_| ())
}

/// Reads an address; one without a transport that we speak is refused.
pub(crate) fn parse(address: &str) -> Result<Multiaddr, AddressError> {
	let error = |reason: String| AddressError {
		address: address.to_owned(),
		reason,
	};
	let parsed: Multiaddr = address
		.parse()
		.map_err(|e: libp2p::multiaddr::Error| error(e.to_string()))?;
	let mut parts = parsed.iter();
	let host = parts.next();
	if !matches!(
		host,
		Some(Protocol::Ip4(_) | Protocol::Ip6(_) | Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_))
	) {
		return Err(error(
			"it must begin with /ip4, /ip6, /dns, /dns4 or /dns6".into(),
		));
	}
	match (parts.next(), parts.next()) {
		(Some(Protocol::Tcp(_)), None | Some(Protocol::P2p(_))) => Ok(parsed),
		(Some(Protocol::Udp(_)), Some(Protocol::QuicV1)) => Ok(parsed),
		_ => Err(error(
			"after the host comes /tcp/PORT or /udp/PORT/quic-v1".into(),
		)),
	}
}

/// Replaces a host name by the addresses it has now.
pub(crate) async fn resolve(address: Multiaddr) -> Vec<Multiaddr> {
	let Some(first) = address.iter().next() else {
		return Vec::new();
	};
	let (name, wanted): (String, fn(&IpAddr) -> bool) = match &first {
		Protocol::Dns(name) => (name.to_string(), |_| true),
		Protocol::Dns4(name) => (name.to_string(), IpAddr::is_ipv4),
		Protocol::Dns6(name) => (name.to_string(), IpAddr::is_ipv6),
		_ => return vec![address],
	};
	let Ok(found) = tokio::net::lookup_host((name.as_str(), 0)).await else {
		tracing::debug!(%name, "the name of a peer does not resolve");
		return Vec::new();
	};
	found
		.map(|socket| socket.ip())
		.filter(wanted)
		.filter_map(|ip| address.replace(0, |_| Some(ip.into())))
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn usable_addresses_are_told_from_others() {
		for good in [
			"/ip4/127.0.0.1/udp/4001/quic-v1",
			"/ip4/127.0.0.1/tcp/4001",
			"/ip6/::1/tcp/0",
			"/dns4/node.example.org/udp/4001/quic-v1",
		] {
			assert!(check_address(good).is_ok(), "{good}");
		}
		for bad in [
			"",
			"127.0.0.1:4001",
			"/ip4/127.0.0.1",
			"/ip4/127.0.0.1/udp/4001",
			"/tcp/1",
			"/ip4/300.0.0.1/tcp/1",
		] {
			assert!(check_address(bad).is_err(), "{bad}");
		}
	}

	#[tokio::test]
	async fn names_become_addresses() {
		let resolved = resolve("/dns4/localhost/tcp/7".parse().expect("valid")).await;
		assert_eq!(
			resolved,
			vec!["/ip4/127.0.0.1/tcp/7".parse::<Multiaddr>().expect("valid")]
		);
	}
}
