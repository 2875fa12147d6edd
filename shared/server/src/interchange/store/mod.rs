//! The writing half of an import: what a batch of rows changes in the database.

mod change;
mod rows;
mod withdraw;

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, TransactionTrait};
use uuid::Uuid;

use super::{
    airbnb,
    check::Agent,
    export,
    read::{Key, Plan, Ready},
    record::Record,
    refused::Refusal,
};
use crate::{
    db::statement,
    error::{Error, FieldError, Result},
};

pub(super) use change::Tally;
pub(super) use withdraw::withdraw;

use change::{Change, Existing, LONG_TAIL, made_slug};
/// Stores batches of rows.
pub(super) struct Batch<'a> {
    pub(super) plan: &'a Plan,
    pub(super) agent: Option<Agent>,
    pub(super) tx: &'a DatabaseTransaction,
}

impl Batch<'_> {
    /// Stores rows together; those that cannot be are returned.
    pub(super) async fn store(&self, rows: Vec<Ready>, tally: &mut Tally) -> Result<Vec<Refusal>> {
        let mut refusals = Vec::new();
        let changes = self.sort_out(rows, tally, &mut refusals).await?;
        if changes.is_empty() {
            return Ok(refusals);
        }
        // What the rules let through and the database does not must not cost the whole file: the
        // batch is taken back and tried row by row.
        let Err(error) = self.guarded(&changes).await else {
            changes.iter().for_each(|change| tally.count(change));
            return Ok(refusals);
        };
        if !is_about_data(&error) {
            return Err(error);
        }
        for change in changes {
            match self.guarded(std::slice::from_ref(&change)).await {
                Ok(()) => tally.count(&change),
                Err(error) if is_about_data(&error) => refusals.push(change.refused(error)),
                Err(error) => return Err(error),
            }
        }
        Ok(refusals)
    }

    async fn guarded(&self, changes: &[Change]) -> Result<()> {
        let inner = self.tx.begin().await?;
        match rows::write(&inner, self, changes).await {
            Ok(()) => Ok(inner.commit().await?),
            Err(error) => {
                inner.rollback().await?;
                Err(error)
            }
        }
    }

    /// Tells what each row means for the database.
    async fn sort_out(
        &self,
        rows: Vec<Ready>,
        tally: &mut Tally,
        refusals: &mut Vec<Refusal>,
    ) -> Result<Vec<Change>> {
        let known = self.known(&rows).await?;
        let mut changes = Vec::new();
        let mut differing = Vec::new();
        for row in rows {
            let Some(existing) = known.of(&row.record).cloned() else {
                match row.record.id.and_then(|id| known.by_id.get(&id)) {
                    Some(_) => refusals.push(refuse(
                        row,
                        FieldError::new("/id", "id_taken", "Another listing has this id."),
                    )),
                    None => changes.push(Change::Create(row)),
                }
                continue;
            };
            let same = existing.import_hash.as_ref() == Some(&row.hash);
            match (existing.is_deleted, existing.is_edited, same) {
                (true, true, _) => tally.kept_away += 1,
                (true, false, true) => changes.push(Change::Restore { row, existing }),
                (false, _, true) => tally.unchanged += 1,
                (_, _, false) => differing.push((row, existing)),
            }
        }
        let ids: Vec<Uuid> = differing.iter().map(|(_, existing)| existing.id).collect();
        let mut current = export::records_of(self.tx, ids).await?;
        for (row, existing) in differing {
            let Some(current) = current.remove(&existing.id) else {
                return Err(Error::internal(anyhow::anyhow!(
                    "a listing vanished while it was imported"
                )));
            };
            let row = self.on_top_of(row, &current)?;
            if row.record == current && !existing.is_deleted {
                tally.unchanged += 1;
                continue;
            }
            let wrong = self.plan.rules.check(&Record { agent: None, ..row.record.clone() });
            if wrong.is_empty() {
                changes.push(Change::Update { row, current: Box::new(current), existing });
            } else {
                refusals.push(Refusal { line: row.line, fields: wrong, raw: row.raw });
            }
        }
        self.name(changes, refusals).await
    }

    /// The row as it shall be, given what the listing is now. What Airbnb's files cannot say is
    /// left as it is; our own format says everything.
    fn on_top_of(&self, mut row: Ready, current: &Record) -> Result<Ready> {
        if let Some(unsaid) = row.unsaid {
            row.record = row.record.on_top_of(current, unsaid)?;
        }
        row.record.complete(current);
        Ok(row)
    }

    /// The listings that these rows are about.
    async fn known(&self, rows: &[Ready]) -> Result<Known> {
        let (mut sources, mut externals, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            if let Some(Key::External(source, external)) = Key::of(&row.record) {
                sources.push(source);
                externals.push(external);
            }
            ids.extend(row.record.id);
        }
        let columns = "p.id, p.external_source, p.external_id, p.import_hash, \
            p.deleted_at IS NOT NULL AS is_deleted, p.updated_by IS NOT NULL AS is_edited";
        let by_source = format!(
            "SELECT {columns} FROM unnest($1::text[], $2::text[]) AS n (source, external) \
             JOIN properties p ON p.external_source = n.source AND p.external_id = n.external"
        );
        let by_id = format!("SELECT {columns} FROM properties p WHERE p.id = ANY($1::uuid[])");
        let mut known = Known::default();
        let values = [sources.into(), externals.into()];
        for row in self.tx.query_all_raw(statement(by_source, values)).await? {
            known.add(Existing::from_query_result(&row, "")?);
        }
        if !ids.is_empty() {
            for row in self.tx.query_all_raw(statement(by_id, [ids.into()])).await? {
                known.add(Existing::from_query_result(&row, "")?);
            }
        }
        Ok(known)
    }

    /// Gives each new listing a slug of its own, and refuses a slug that another has.
    async fn name(&self, changes: Vec<Change>, refusals: &mut Vec<Refusal>) -> Result<Vec<Change>> {
        let mut wanted = Vec::new();
        for change in &changes {
            wanted.extend(change.wanted_slug());
        }
        if wanted.is_empty() {
            return Ok(changes);
        }
        let sql = "SELECT slug FROM properties WHERE slug = ANY($1::text[])";
        let mut taken = HashSet::new();
        for row in self.tx.query_all_raw(statement(sql, [wanted.into()])).await? {
            taken.insert(row.try_get::<String>("", "slug")?);
        }
        let mut named = Vec::with_capacity(changes.len());
        for mut change in changes {
            let Some(slug) = change.wanted_slug() else {
                named.push(change);
                continue;
            };
            let chosen = if taken.insert(slug.clone()) {
                slug
            } else if change.row().record.slug.is_none() {
                let long = made_slug(&change.row().record, LONG_TAIL);
                taken.insert(long.clone());
                long
            } else {
                refusals.push(refuse(
                    change.into_row(),
                    FieldError::new("/slug", "slug_taken", "Another listing has this slug."),
                ));
                continue;
            };
            change.row_mut().record.slug = Some(chosen);
            named.push(change);
        }
        Ok(named)
    }
}

/// The listings that a batch is about.
#[derive(Default)]
struct Known {
    by_key: HashMap<Key, Existing>,
    by_id: HashMap<Uuid, Existing>,
}

impl Known {
    fn add(&mut self, existing: Existing) {
        if let (Some(source), Some(id)) = (&existing.external_source, &existing.external_id) {
            self.by_key.insert(Key::External(source.clone(), id.clone()), existing.clone());
        }
        self.by_id.insert(existing.id, existing);
    }

    fn of(&self, record: &Record) -> Option<&Existing> {
        match Key::of(record)? {
            Key::Own(id) => self.by_id.get(&id),
            key => self.by_key.get(&key),
        }
    }
}

fn refuse(row: Ready, field: FieldError) -> Refusal {
    Refusal { line: row.line, fields: vec![field], raw: row.raw }
}

/// The database's own refusal of values: integrity (23) and data (22).
fn is_about_data(error: &Error) -> bool {
    error.database.as_ref().is_some_and(|refusal| {
        refusal.sqlstate.starts_with("22") || refusal.sqlstate.starts_with("23")
    })
}

/// What a record of this format leaves unsaid; none for our own, which says everything.
pub(super) fn unsaid(format: super::Format) -> Option<&'static [&'static [&'static str]]> {
    match format {
        super::Format::AirbnbSummary => Some(airbnb::UNSAID_BY_SUMMARY),
        super::Format::AirbnbDetailed => Some(&[]),
        super::Format::TerraceCsv | super::Format::TerraceJsonl => None,
    }
}
