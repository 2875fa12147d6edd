//! What a command did, for a table or for JSON.

use serde::Serialize;

use crate::{SchemaDescription, diff};

/// One product after a command of the runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The product's id.
    pub product: String,
    /// The database's name.
    pub database: String,
    /// The last applied migration; `None` for an empty database.
    pub version: Option<String>,
    /// Applied by this command, in order.
    pub applied_now: Vec<String>,
    /// Taken back by this command, in order.
    pub reverted_now: Vec<String>,
    /// Known to the binary and not applied.
    pub pending: Vec<String>,
    /// Applied and not known to the binary.
    pub unknown: Vec<String>,
    /// Wall time, in milliseconds.
    pub duration_ms: u64,
    /// Short hash of the schema's description; equal schemas have equal fingerprints.
    pub fingerprint: String,
    /// Differences from what the migrations of this binary produce, one a line (`-`
    /// expected, `+` found); empty when in step or when migrations are pending.
    pub drift: Vec<String>,
    /// The schema itself, to show how two products differ.
    #[serde(skip)]
    pub schema: SchemaDescription,
}

/// How products differ from the first one, each line with the product it speaks of (`-` only
/// in the first, `+` only in the other); empty when all are in lockstep.
#[must_use]
pub fn divergence(reports: &[Report]) -> Vec<String> {
    let Some((first, others)) = reports.split_first() else { return Vec::new() };
    let against_first = |other: &Report| {
        diff(&first.schema, &other.schema)
            .into_iter()
            .map(|line| format!("{} against {}: {line}", other.product, first.product))
            .collect::<Vec<_>>()
    };
    others.iter().flat_map(against_first).collect()
}

/// A step that `up` would run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedStep {
    /// For instance `m20261121_000003_accounts`.
    pub name: String,
    /// The whole SQL of the step's transaction.
    pub sql: String,
}

/// What provisioning made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProvisionReport {
    pub product: String,
    pub database: String,
    pub owner_role: String,
    pub app_role: String,
    /// Whether each was made by this run (false: it was there and was set right).
    pub created_database: bool,
    pub created_owner_role: bool,
    pub created_app_role: bool,
    /// For instance `16.14`.
    pub server_version: String,
}
