//! A batch as SQL: a handful of statements, whatever its size.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use serde::Serialize;
use uuid::Uuid;

use super::{Batch, Change};
use crate::{
    db::statement,
    error::{Error, Result},
    interchange::record::Record,
    jobs,
    listings::{
        blocks::BLOCKS,
        duplicates::FindDuplicates,
        model::{
            Amenities, ContactInfo, Currency, Image, LocationDetails, PhysicalSpecs, Policies,
            PropertyType, TransactionType,
        },
    },
};

/// The columns of a listing's content, as records have them.
const CONTENT: &str = "title, description, transaction_type, property_type, rent_price, \
    sale_price, lease_price, currency, physical_specs, location_details, amenities, policies, \
    contact_info, cover_image, images, tags, import_hash";

/// A row of `properties`; the names are the columns'.
#[derive(Serialize)]
struct Row<'a> {
    id: Uuid,
    slug: Option<&'a str>,
    title: &'a str,
    description: &'a str,
    transaction_type: TransactionType,
    property_type: PropertyType,
    rent_price: Option<i64>,
    sale_price: Option<i64>,
    lease_price: Option<i64>,
    currency: Option<Currency>,
    physical_specs: &'a PhysicalSpecs,
    location_details: &'a LocationDetails,
    amenities: &'a Amenities,
    policies: &'a Policies,
    contact_info: &'a ContactInfo,
    cover_image: &'a Option<Image>,
    images: &'a [Image],
    tags: &'a [String],
    is_published: bool,
    is_featured: bool,
    listing_priority: i16,
    agent_id: Option<Uuid>,
    company_id: Option<Uuid>,
    reference: Option<&'a str>,
    external_source: Option<&'a str>,
    external_id: Option<&'a str>,
    import_hash: &'a str,
}

#[derive(Serialize)]
struct Details {
    property_id: Uuid,
    details: serde_json::Value,
}

#[derive(Serialize)]
struct Text<'a> {
    property_id: Uuid,
    locale: &'a str,
    field: &'static str,
    value: String,
}

/// What a batch writes, table by table.
#[derive(Default)]
struct Tables<'a> {
    created: Vec<Row<'a>>,
    updated: Vec<Row<'a>>,
    restored: Vec<Uuid>,
    /// By table of details: rows to write, and rows to take away.
    details: BTreeMap<&'static str, (Vec<Details>, Vec<Uuid>)>,
    texts: Vec<Text<'a>>,
    /// Listings whose texts are replaced.
    retold: Vec<Uuid>,
}

/// Writes changes.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    batch: &Batch<'_>,
    changes: &[Change],
) -> Result<()> {
    let mut tables = Tables::default();
    for change in changes {
        tables.add(batch, change)?;
    }
    tables.write(tx).await
}

impl<'a> Tables<'a> {
    fn add(&mut self, batch: &Batch<'_>, change: &'a Change) -> Result<()> {
        match change {
            Change::Create(row) => {
                let record = &row.record;
                let named = record.agent.as_deref().and_then(|email| batch.plan.rules.agent(email));
                let agent = named.or(batch.agent);
                let id = record.id.unwrap_or_else(Uuid::now_v7);
                let publish = row.unsaid.is_some() && !batch.plan.options.draft;
                self.created.push(Row {
                    agent_id: agent.map(|agent| agent.user_id),
                    company_id: agent.and_then(|agent| agent.company_id),
                    is_published: record.is_published.unwrap_or(publish),
                    ..line(id, record, &row.hash)
                });
                self.details(id, record, None)?;
                self.tell(id, record);
            }
            Change::Update { row, current, existing } => {
                let (id, record) = (existing.id, &row.record);
                let agent = match record.agent == current.agent {
                    true => None,
                    false => {
                        record.agent.as_deref().and_then(|email| batch.plan.rules.agent(email))
                    }
                };
                self.updated.push(Row {
                    agent_id: agent.map(|agent| agent.user_id),
                    company_id: agent.and_then(|agent| agent.company_id),
                    ..line(id, record, &row.hash)
                });
                self.details(id, record, Some(current))?;
                if record.translations != current.translations {
                    self.retold.push(id);
                    self.tell(id, record);
                }
            }
            Change::Restore { existing, .. } => self.restored.push(existing.id),
        }
        Ok(())
    }

    fn details(&mut self, id: Uuid, record: &Record, current: Option<&Record>) -> Result<()> {
        let before = current.map(blocks).transpose()?.unwrap_or_default();
        let after = blocks(record)?;
        for (table, details) in &after {
            if before.get(table) != Some(details) {
                let row = Details { property_id: id, details: details.clone() };
                self.details.entry(table).or_default().0.push(row);
            }
        }
        for table in before.keys().filter(|table| !after.contains_key(*table)) {
            self.details.entry(table).or_default().1.push(id);
        }
        Ok(())
    }

    fn tell(&mut self, id: Uuid, record: &'a Record) {
        for (locale, texts) in &record.translations {
            let texts = texts.clone().texts();
            self.texts.extend(texts.into_iter().map(|(field, value)| Text {
                property_id: id,
                locale,
                field,
                value,
            }));
        }
    }

    async fn write(self, tx: &DatabaseTransaction) -> Result<()> {
        let come = self.created.iter().chain(&self.updated).map(|row| row.id);
        let come: Vec<Uuid> = come.chain(self.restored.iter().copied()).collect();
        if !come.is_empty() {
            jobs::enqueue(tx, &FindDuplicates::of_all(come)).await?;
        }
        if !self.created.is_empty() {
            let columns = format!(
                "{CONTENT}, id, slug, is_published, is_featured, listing_priority, agent_id, \
                 company_id, reference, external_source, external_id"
            );
            let sql = format!(
                "INSERT INTO properties ({columns}, published_at, status) \
                 SELECT {columns}, CASE WHEN is_published THEN now() END, \
                 (CASE WHEN is_published THEN 'published' ELSE 'draft' END)::listing_status \
                 FROM jsonb_populate_recordset(NULL::properties, $1::text::jsonb)"
            );
            run(tx, sql, [json(&self.created)?]).await?;
        }
        if !self.updated.is_empty() {
            let content: Vec<String> =
                CONTENT.split(", ").map(|column| format!("{column} = n.{column}")).collect();
            let sql = format!(
                "UPDATE properties p SET {}, slug = coalesce(n.slug, p.slug), \
                 is_published = n.is_published, is_featured = n.is_featured, \
                 status = CASE WHEN n.is_published THEN 'published' \
                    WHEN p.is_published THEN 'draft' ELSE p.status END, \
                 submitted_at = CASE WHEN NOT n.is_published THEN p.submitted_at END, \
                 rejection_reason = CASE WHEN NOT n.is_published THEN p.rejection_reason END, \
                 listing_priority = n.listing_priority, \
                 reference = coalesce(n.reference, p.reference), \
                 published_at = CASE WHEN n.is_published THEN coalesce(p.published_at, now()) \
                    ELSE p.published_at END, \
                 agent_id = coalesce(n.agent_id, p.agent_id), \
                 company_id = CASE WHEN n.agent_id IS NULL THEN p.company_id ELSE n.company_id END, \
                 deleted_at = NULL, updated_by = NULL, version = p.version + 1 \
                 FROM jsonb_populate_recordset(NULL::properties, $1::text::jsonb) n \
                 WHERE p.id = n.id",
                content.join(", ")
            );
            run(tx, sql, [json(&self.updated)?]).await?;
        }
        if !self.restored.is_empty() {
            let sql = "UPDATE properties SET deleted_at = NULL, version = version + 1 \
                       WHERE id = ANY($1::uuid[])";
            run(tx, sql, [self.restored.into()]).await?;
        }
        for block in &BLOCKS {
            let Some((written, gone)) = self.details.get(block.table) else {
                continue;
            };
            if !gone.is_empty() {
                let sql =
                    format!("DELETE FROM {} WHERE property_id = ANY($1::uuid[])", block.table);
                run(tx, sql, [gone.clone().into()]).await?;
            }
            if !written.is_empty() {
                let rows = "SELECT property_id, details FROM jsonb_to_recordset($1::text::jsonb) \
                            AS r (property_id uuid, details jsonb)";
                run(tx, block.upsert(rows), [json(written)?]).await?;
            }
        }
        if !self.retold.is_empty() {
            let sql = "DELETE FROM property_translations t WHERE property_id = ANY($1::uuid[]) \
                       AND NOT EXISTS (SELECT FROM jsonb_to_recordset($2::text::jsonb) \
                           AS r (property_id uuid, locale text, field translation_field) \
                           WHERE (r.property_id, r.locale, r.field) = (t.property_id, t.locale, t.field))";
            run(tx, sql, [self.retold.into(), json(&self.texts)?]).await?;
        }
        if !self.texts.is_empty() {
            // What a source says again unchanged, it has not translated anew: left alone, it stays
            // as fresh or stale as it is.
            let sql = "INSERT INTO property_translations (property_id, locale, field, value, origin) \
                       SELECT property_id, locale, field, value, 'import' \
                       FROM jsonb_populate_recordset(NULL::property_translations, $1::text::jsonb) \
                       ON CONFLICT (property_id, locale, field) \
                       DO UPDATE SET value = excluded.value, origin = excluded.origin \
                       WHERE property_translations.value IS DISTINCT FROM excluded.value";
            run(tx, sql, [json(&self.texts)?]).await?;
        }
        Ok(())
    }
}

fn line<'a>(id: Uuid, record: &'a Record, hash: &'a str) -> Row<'a> {
    Row {
        id,
        slug: record.slug.as_deref(),
        title: &record.title,
        description: &record.description,
        transaction_type: record.transaction_type,
        property_type: record.property_type,
        rent_price: record.rent_price,
        sale_price: record.sale_price,
        lease_price: record.lease_price,
        currency: record.currency,
        physical_specs: &record.physical_specs,
        location_details: &record.location_details,
        amenities: &record.amenities,
        policies: &record.policies,
        contact_info: &record.contact_info,
        cover_image: &record.cover_image,
        images: &record.images,
        tags: &record.tags,
        is_published: record.is_published.unwrap_or_default(),
        is_featured: record.is_featured.unwrap_or_default(),
        listing_priority: record.listing_priority.unwrap_or_default(),
        agent_id: None,
        company_id: None,
        reference: record.reference.as_deref(),
        external_source: record.external_source.as_deref(),
        external_id: record.external_id.as_deref(),
        import_hash: hash,
    }
}

/// The details of a record, by their table.
fn blocks(record: &Record) -> Result<BTreeMap<&'static str, serde_json::Value>> {
    let all = [
        ("rental_details", record.rental_details.as_ref().map(serde_json::to_value)),
        ("lease_details", record.lease_details.as_ref().map(serde_json::to_value)),
        ("sale_details", record.sale_details.as_ref().map(serde_json::to_value)),
        ("business_details", record.business_details.as_ref().map(serde_json::to_value)),
        ("investment_details", record.investment_details.as_ref().map(serde_json::to_value)),
    ];
    all.into_iter()
        .filter_map(|(table, details)| Some((table, details?)))
        .map(|(table, details)| Ok((table, details.map_err(Error::internal)?)))
        .collect()
}

/// As text: the statement casts it, and no tree is built on this side.
fn json(rows: &impl Serialize) -> Result<Value> {
    Ok(serde_json::to_string(rows).map_err(Error::internal)?.into())
}

async fn run<const N: usize>(
    tx: &DatabaseTransaction,
    sql: impl Into<String>,
    values: [Value; N],
) -> Result<()> {
    tx.execute_raw(statement(sql, values)).await?;
    Ok(())
}
