//! `/metrics`, `/healthz` and `/readyz` for whoever watches over this process.

use crate::chain::Chain;
use anyhow::{Context, Result};
use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{
	net::SocketAddr,
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};

/// A role that was silent for longer is not ready.
const STALE: Duration = Duration::from_secs(60);

/// How often a role without other business looks at the chain.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Says that a role is alive; cloned into it.
#[derive(Clone, Debug, Default)]
pub struct Heartbeat(Arc<Mutex<Option<Instant>>>);

impl Heartbeat {
	/// Notes that the role has done its work just now.
	pub fn beat(&self) {
		*self.0.lock().expect("no holder of this lock panics") = Some(Instant::now());
	}

	/// Whether it did so lately.
	pub fn is_fresh(&self) -> bool {
		self.0
			.lock()
			.expect("no holder of this lock panics")
			.is_some_and(|last| last.elapsed() < STALE)
	}
}

/// Collects metrics from now on, for this process.
pub fn install_recorder() -> Result<PrometheusHandle> {
	let handle = PrometheusBuilder::new()
		.install_recorder()
		.context("the metrics cannot be collected")?;
	describe_counter!("hai_runs_total", "Runs that have ended, by result");
	describe_counter!("hai_tokens_total", "Tokens of answers");
	describe_counter!("hai_transcripts_served_total", "Transcripts shown to auditors");
	describe_counter!("hai_audits_total", "Audits that have ended, by verdict");
	describe_counter!(
		"hai_gateway_requests_total",
		"Chat completions that were asked for"
	);
	describe_gauge!("hai_jobs_open", "Jobs that are not forgotten yet");
	describe_gauge!("hai_jobs_running", "Jobs that wait or run");
	describe_gauge!(
		"hai_serving",
		"Whether the chain gives this node work: 1 or 0; below 1 somebody must look after the bond"
	);
	describe_gauge!(
		"hai_finalized_block",
		"The newest finalized block that was looked at"
	);
	describe_histogram!("hai_run_seconds", "How long runs take");
	describe_histogram!(
		"hai_check_seconds",
		"How long this node's own audits of its runs take"
	);
	describe_histogram!("hai_audit_seconds", "How long prefills of audits take");
	Ok(handle)
}

/// Notes again and again that the chain can be read.
pub async fn watch_chain(chain: Arc<dyn Chain>, heartbeat: Heartbeat) {
	let mut trouble = Trouble::default();
	loop {
		let best = chain.best().await;
		if trouble.note(best.map(drop)) {
			heartbeat.beat();
		}
		tokio::time::sleep(LOOK_EVERY).await;
	}
}

/// Logs the first of several failures in a row, and their end.
#[derive(Debug, Default)]
pub struct Trouble(Option<Instant>);

impl Trouble {
	/// Takes the result of one look at the chain; returns whether it went well.
	pub fn note(&mut self, result: Result<()>) -> bool {
		match (result, self.0) {
			(Ok(()), None) => true,
			(Ok(()), Some(since)) => {
				tracing::info!(seconds = since.elapsed().as_secs(), "the chain can be read again");
				self.0 = None;
				true
			}
			(Err(error), None) => {
				tracing::warn!(error = %format!("{error:#}"), "the chain cannot be read; it is tried again and again");
				self.0 = Some(Instant::now());
				false
			}
			(Err(error), Some(_)) => {
				tracing::debug!(error = %format!("{error:#}"), "the chain still cannot be read");
				false
			}
		}
	}
}

/// Serves the three routes in the background.
pub async fn serve(listen: SocketAddr, heartbeat: Heartbeat) -> Result<SocketAddr> {
	let handle = install_recorder()?;
	let router = router(handle.clone(), heartbeat);
	let listener = tokio::net::TcpListener::bind(listen)
		.await
		.with_context(|| format!("cannot serve metrics on {listen}: is the port free?"))?;
	let address = listener.local_addr()?;
	tracing::info!(%address, "metrics are served");
	tokio::spawn(async move { axum::serve(listener, router).await });
	tokio::spawn(async move {
		loop {
			tokio::time::sleep(Duration::from_secs(5)).await;
			handle.run_upkeep();
		}
	});
	Ok(address)
}

fn router(handle: PrometheusHandle, heartbeat: Heartbeat) -> Router {
	let ready = move || async move {
		if heartbeat.is_fresh() {
			(StatusCode::OK, "ready\n").into_response()
		} else {
			(
				StatusCode::SERVICE_UNAVAILABLE,
				"the chain was not read for a minute\n",
			)
				.into_response()
		}
	};
	Router::new()
		.route("/metrics", get(move || async move { handle.render() }))
		.route("/healthz", get(|| async { "ok\n" }))
		.route("/readyz", get(ready))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn trouble_begins_and_ends() {
		let mut trouble = Trouble::default();
		let results = [
			Ok(()),
			Err(anyhow::anyhow!("gone")),
			Err(anyhow::anyhow!("gone")),
			Ok(()),
			Ok(()),
		];
		assert_eq!(
			results.map(|result| trouble.note(result)),
			[true, false, false, true, true]
		);
		assert!(trouble.0.is_none());
	}

	#[test]
	fn a_role_is_fresh_only_after_it_has_worked() {
		let heartbeat = Heartbeat::default();
		assert!(!heartbeat.is_fresh());
		heartbeat.clone().beat();
		assert!(heartbeat.is_fresh());
	}
}
