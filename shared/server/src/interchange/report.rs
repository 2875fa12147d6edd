//! What an import did, to the last row.

use std::path::PathBuf;

use serde::Serialize;

use super::formats::Format;

/// Rows refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalGroup {
    /// Stable code.
    pub reason: String,
    /// The field or column at fault; `*` stands for any position in a list.
    pub field: String,
    /// How many rows.
    pub rows: u64,
    /// The lines of the first of them.
    pub first_lines: Vec<u64>,
}

/// What an import did. `rows` is the sum of `created`, `updated`, `unchanged`, `restored`,
/// `kept_away` and `refused`.
#[derive(Clone, Debug, Serialize)]
pub struct ImportReport {
    /// The product.
    pub product: String,
    /// The file.
    pub file: PathBuf,
    /// What it was read as.
    pub format: Format,
    /// The sources whose listings it speaks of.
    pub sources: Vec<String>,
    /// Whether everything was rolled back at the end.
    pub dry_run: bool,
    /// Rows of the file.
    pub rows: u64,
    /// Listings that are new.
    pub created: u64,
    /// Listings whose content changed.
    pub updated: u64,
    /// Of the updated: another price that counts.
    pub updated_price: u64,
    /// Of the updated: another title.
    pub updated_title: u64,
    /// Of the updated: other coordinates.
    pub updated_location: u64,
    /// Of the updated: people had changed them since the last import.
    pub updated_over_edits: u64,
    /// Listings that are as the file says.
    pub unchanged: u64,
    /// Listings that an earlier import had withdrawn.
    pub restored: u64,
    /// Listings in the file that people have taken away: they stay away.
    pub kept_away: u64,
    /// Rows that were not taken.
    pub refused: u64,
    /// Why not.
    pub refusals: Vec<RefusalGroup>,
    /// Where they are.
    pub refused_file: Option<PathBuf>,
    /// Listings of the sources that are not in the file any more.
    pub withdrawn: u64,
    /// How long it took, seconds.
    pub seconds: f64,
    /// Rows of the file for each second.
    pub rows_per_second: f64,
}
