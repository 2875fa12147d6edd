//! What a row means for the database, and what has been done of it.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::{
    error::{Error, FieldError},
    interchange::{
        read::{Key, Ready},
        record::{Record, hex_digest},
        refused::Refusal,
    },
    listings::slug,
};

/// What has been done so far.
#[derive(Clone, Debug, Default)]
pub(in crate::interchange) struct Tally {
    pub(in crate::interchange) created: u64,
    pub(in crate::interchange) updated: u64,
    pub(in crate::interchange) updated_price: u64,
    pub(in crate::interchange) updated_title: u64,
    pub(in crate::interchange) updated_location: u64,
    pub(in crate::interchange) updated_over_edits: u64,
    pub(in crate::interchange) unchanged: u64,
    pub(in crate::interchange) restored: u64,
    pub(in crate::interchange) kept_away: u64,
    pub(in crate::interchange) withdrawn: u64,
    /// Created and restored, by source.
    pub(super) come: HashMap<String, u64>,
}

/// A listing that is there already.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Existing {
    pub(super) id: Uuid,
    pub(super) external_source: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) import_hash: Option<String>,
    pub(super) is_deleted: bool,
    /// A person was the last to change it.
    pub(super) is_edited: bool,
}

/// What is to be done for a row.
pub(super) enum Change {
    Create(Ready),
    /// The row as it shall be, and as the listing is.
    Update {
        row: Ready,
        current: Box<Record>,
        existing: Existing,
    },
    /// Withdrawn before, and unchanged since.
    Restore {
        row: Ready,
        existing: Existing,
    },
}

impl Change {
    pub(super) fn row(&self) -> &Ready {
        match self {
            Self::Create(row) | Self::Update { row, .. } | Self::Restore { row, .. } => row,
        }
    }

    pub(super) fn row_mut(&mut self) -> &mut Ready {
        match self {
            Self::Create(row) | Self::Update { row, .. } | Self::Restore { row, .. } => row,
        }
    }

    pub(super) fn into_row(self) -> Ready {
        match self {
            Self::Create(row) | Self::Update { row, .. } | Self::Restore { row, .. } => row,
        }
    }

    /// The slug that this change needs to be free.
    pub(super) fn wanted_slug(&self) -> Option<String> {
        match self {
            Self::Create(row) => {
                let made = || made_slug(&row.record, SHORT_TAIL);
                Some(row.record.slug.clone().unwrap_or_else(made))
            }
            Self::Update { row, current, .. } => {
                row.record.slug.clone().filter(|slug| current.slug.as_ref() != Some(slug))
            }
            Self::Restore { .. } => None,
        }
    }

    pub(super) fn refused(self, error: Error) -> Refusal {
        let fields = match error.database {
            Some(refusal) if error.fields.is_empty() => {
                let code = match refusal.sqlstate.as_str() {
                    // Only NUL is a character that PostgreSQL's text cannot hold.
                    "22021" | "22P05" => "nul_character",
                    _ => "refused_by_database",
                };
                let detail = format!(
                    "The database refuses it (SQLSTATE {} {}).",
                    refusal.sqlstate, refusal.constraint
                );
                vec![FieldError::new("", code, detail)]
            }
            _ => error.fields,
        };
        let row = self.into_row();
        Refusal { line: row.line, fields, raw: row.raw }
    }
}

impl Tally {
    pub(super) fn count(&mut self, change: &Change) {
        let come = match change {
            Change::Create(row) => {
                self.created += 1;
                row.record.external_source.clone()
            }
            Change::Restore { existing, .. } => {
                self.restored += 1;
                existing.external_source.clone()
            }
            Change::Update { existing, .. } if existing.is_deleted => {
                self.restored += 1;
                existing.external_source.clone()
            }
            Change::Update { row, current, existing } => {
                let new = &row.record;
                let place =
                    |record: &Record| (record.location_details.lat, record.location_details.lng);
                self.updated += 1;
                self.updated_price += u64::from(new.price() != current.price());
                self.updated_title += u64::from(new.title != current.title);
                self.updated_location += u64::from(place(new) != place(current));
                self.updated_over_edits += u64::from(existing.is_edited);
                None
            }
        };
        if let Some(source) = come {
            *self.come.entry(source).or_default() += 1;
        }
    }
}

const SHORT_TAIL: usize = 10;
pub(super) const LONG_TAIL: usize = 24;

/// The title's words and a tail that is the listing's own and the same on every machine.
pub(super) fn made_slug(record: &Record, tail: usize) -> String {
    let identity = match Key::of(record) {
        Some(Key::External(source, id)) => format!("{source}\0{id}"),
        Some(Key::Own(id)) => id.to_string(),
        None => String::new(),
    };
    let digest = hex_digest(identity.as_bytes());
    slug::with_tail(&record.title, digest.get(..tail).unwrap_or(&digest))
}
