//! How far this machine's clock is off, by the Date that a node's HTTP server states.

use anyhow::{Context, Result};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
};

/// How long the server may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The seconds by which this clock is ahead of that of a `ws://` server, exact to about one second.
pub async fn offset(url: &str) -> Result<i64> {
	let host = url
		.strip_prefix("ws://")
		.context("only ws:// servers can be asked")?;
	let host = host.split('/').next().unwrap_or(host);
	let address = if host.rsplit(']').next().is_some_and(|rest| rest.contains(':')) {
		host.to_owned()
	} else {
		format!("{host}:80")
	};
	let head = tokio::time::timeout(TIMEOUT, async {
		let mut stream = TcpStream::connect(&address).await?;
		stream
			.write_all(
				format!("GET /health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes(),
			)
			.await?;
		let mut head = vec![0; 4096];
		let count = stream.read(&mut head).await?;
		head.truncate(count);
		std::io::Result::Ok(String::from_utf8_lossy(&head).into_owned())
	})
	.await
	.context("the server did not answer in time")??;
	let now = SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.map_or(0, |since| since.as_secs() as i64);
	let date = head
		.lines()
		.find_map(|line| {
			line.split_once(':')
				.filter(|(name, _)| name.eq_ignore_ascii_case("date"))
		})
		.and_then(|(_, value)| parse_date(value.trim()))
		.context("the server states no date")?;
	Ok(now - date)
}

/// Seconds since 1970 of a date such as `Sat, 21 Nov 2026 01:56:33 GMT`.
fn parse_date(text: &str) -> Option<i64> {
	const MONTHS: [&str; 12] = [
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
	];
	let mut words = text.split_once(", ")?.1.split(' ');
	let day: i64 = words.next()?.parse().ok()?;
	let month_name = words.next()?;
	let month = MONTHS.iter().position(|name| *name == month_name)? as i64 + 1;
	let year: i64 = words.next()?.parse().ok()?;
	let mut clock = words.next()?.split(':').map(|part| part.parse::<i64>());
	let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
	// Years that begin in March put the leap day at the end.
	let (year, month) = if month <= 2 {
		(year - 1, month + 9)
	} else {
		(year, month - 3)
	};
	let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
	Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
	use super::*;
	use tokio::net::TcpListener;

	#[test]
	fn dates_are_read() {
		for (text, seconds) in [
			("Thu, 01 Jan 1970 00:00:00 GMT", 0),
			("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
			("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000),
			("Sat, 21 Nov 2026 01:56:33 GMT", 1_795_226_193),
		] {
			assert_eq!(parse_date(text), Some(seconds), "{text}");
		}
		for text in ["", "now", "Sat, 21 Foo 2026 01:56:33 GMT", "Sat, 21 Nov"] {
			assert_eq!(parse_date(text), None, "{text}");
		}
	}

	#[tokio::test]
	async fn a_server_of_another_time_is_noticed() {
		let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
		let address = listener.local_addr().expect("bound");
		tokio::spawn(async move {
			let (mut stream, _) = listener.accept().await.expect("one client");
			let mut request = [0; 256];
			let _ = stream.read(&mut request).await;
			let answer = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:10 GMT\r\n\r\n";
			stream.write_all(answer.as_bytes()).await.expect("open");
		});
		let offset = offset(&format!("ws://{address}")).await.expect("answered");
		assert!(offset > 1_700_000_000, "{offset}");
	}
}
