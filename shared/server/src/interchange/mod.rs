//! Listings in and out of files: import, export, and the content that ships with a product.
//!
//! Every way in ends in the same place. A row of any format becomes a [`Record`], is held to the
//! rules of the API (`check`), and is stored in batches inside one transaction (`import`,
//! `store`), so that a file which turns out to be broken on its last line has changed nothing.
//! `docs/IMPORT.md` tells an operator what each format means.

mod airbnb;
mod check;
mod columns;
mod csv_rows;
mod export;
mod file;
mod formats;
mod guard;
mod import;
mod read;
mod record;
mod refused;
mod report;
pub mod seed;
mod store;

pub use export::{ExportForm, ExportReport, export};
pub use formats::{Format, Wanted};
pub use import::{ImportOptions, import};
pub use record::Record;
pub use report::{ImportReport, RefusalGroup};

use crate::error::Error;

/// An error as an operator should read it: with its cause, which a client of the API never sees.
#[must_use]
pub fn explain(error: Error) -> anyhow::Error {
    let database = error.database.as_ref().map(|refusal| {
        format!(" (the database refused: SQLSTATE {} {})", refusal.sqlstate, refusal.constraint)
    });
    let told = format!("{error}{}", database.unwrap_or_default());
    match error.cause {
        Some(cause) => cause.context(told),
        None => anyhow::anyhow!(told),
    }
}
