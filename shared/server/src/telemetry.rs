//! Logs and measurements.

use std::{sync::OnceLock, time::Duration};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use terrace_product::{Log, LogFormat};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Buckets of a request's duration, seconds: from a cached read to the longest that anyone waits.
const DURATIONS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// Begins to log, to standard error. `RUST_LOG` beats the profile's level. Later calls change
/// nothing.
pub fn init_logs(config: &Log) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(config.level.as_str()));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let result = match config.format {
        LogFormat::Json => {
            registry.with(lines.json().flatten_event(true).with_span_list(false)).try_init()
        }
        LogFormat::Pretty => registry.with(lines).try_init(),
    };
    // A second start in one process (tests) keeps the first one's log.
    drop(result);
}

/// Begins to measure. Later calls change nothing.
///
/// # Errors
/// Where another recorder has been installed.
pub fn init_metrics() -> anyhow::Result<()> {
    if METRICS.get().is_some() {
        return Ok(());
    }
    let matcher = Matcher::Suffix("_duration_seconds".to_owned());
    let recorder =
        PrometheusBuilder::new().set_buckets_for_metric(matcher, DURATIONS)?.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_ok() {
        // Whoever was first keeps the handle that belongs to the recorder.
        let _ = METRICS.set(handle);
        metrics_process::Collector::default().describe();
    }
    Ok(())
}

/// Keeps histograms bounded for as long as it is polled.
pub async fn upkeep_metrics() {
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    loop {
        tick.tick().await;
        if let Some(handle) = METRICS.get() {
            handle.run_upkeep();
        }
    }
}

/// Everything measured so far, as Prometheus text.
#[must_use]
pub fn render_metrics() -> String {
    metrics_process::Collector::default().collect();
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}
