//! Listings as a file: what is written is what an import reads.

use std::{collections::HashMap, io::Write};

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Serialize;
use terrace_product::Profile;
use uuid::Uuid;

use super::{check::market_currency, columns, record::Record};
use crate::{
    db::{Db, statement},
    error::{Error, Result},
    listings::{
        blocks::{self, BLOCKS},
        model::Currency,
    },
};

/// Listings read at a time.
const PAGE: u32 = 500;

/// The form of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportForm {
    /// One JSON object a line.
    #[default]
    Jsonl,
    /// A table.
    Csv,
}

/// What an export wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// The product.
    pub product: String,
    /// Listings.
    pub rows: u64,
}

/// Writes all listings that have not been taken away, drafts too, in the order of their ids. With
/// a `source`, only those that came from it.
///
/// Each page of 500 is one statement, so that a listing is always whole; what changes while the
/// export runs may be in it as it was or as it is.
///
/// # Errors
/// Those of the database and of the writer.
pub async fn export(
    db: &Db,
    profile: &Profile,
    form: ExportForm,
    source: Option<&str>,
    out: &mut (dyn Write + Send),
) -> Result<ExportReport> {
    let currency = market_currency(profile)?;
    let mut writer = match form {
        ExportForm::Jsonl => Writer::Jsonl(out),
        ExportForm::Csv => {
            let names = columns::names(&locales(db).await?);
            let mut table = csv::Writer::from_writer(out);
            table.write_record(&names).map_err(Error::internal)?;
            Writer::Csv { table: Box::new(table), names }
        }
    };
    let sql = select(
        "p.deleted_at IS NULL AND p.id > $1 AND ($2::text IS NULL OR p.external_source = $2)",
        &format!("ORDER BY p.id LIMIT {PAGE}"),
    );
    let (mut rows, mut last) = (0, Uuid::nil());
    loop {
        let values = [last.into(), source.map(str::to_owned).into()];
        // It names agents by their addresses.
        let page: Vec<Row> = db.platform_rows("export", sql.as_str(), values).await?;
        let found = page.len();
        for row in page {
            last = row.id;
            writer.write(&row.into_record(currency)?)?;
            rows += 1;
        }
        if found < PAGE as usize {
            writer.finish()?;
            return Ok(ExportReport { product: profile.id.to_string(), rows });
        }
    }
}

enum Writer<'a> {
    Jsonl(&'a mut (dyn Write + Send)),
    Csv { table: Box<csv::Writer<&'a mut (dyn Write + Send)>>, names: Vec<String> },
}

impl Writer<'_> {
    fn write(&mut self, record: &Record) -> Result<()> {
        match self {
            Self::Jsonl(out) => {
                let mut line = serde_json::to_vec(record).map_err(Error::internal)?;
                line.push(b'\n');
                out.write_all(&line).map_err(Error::internal)
            }
            Self::Csv { table, names } => {
                table.write_record(columns::cells(record, names)?).map_err(Error::internal)
            }
        }
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Jsonl(out) => out.flush().map_err(Error::internal),
            Self::Csv { mut table, .. } => table.flush().map_err(Error::internal),
        }
    }
}

/// The languages that listings are translated into.
async fn locales(db: &Db) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Row {
        locale: String,
    }
    let sql = "SELECT DISTINCT locale FROM property_translations ORDER BY locale";
    let rows: Vec<Row> = db.read().all(sql, []).await?;
    Ok(rows.into_iter().map(|row| row.locale).collect())
}

/// The listings of these ids as records.
///
/// # Errors
/// Those of the database.
pub(super) async fn records_of(
    tx: &DatabaseTransaction,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, Record>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = select("p.id = ANY($1::uuid[])", "");
    let rows = tx.query_all_raw(statement(sql, [ids.into()])).await?;
    rows.iter()
        .map(|row| {
            let row = Row::from_query_result(row, "")?;
            // Every listing has a currency of its own here: the default is not used.
            Ok((row.id, row.into_record(Currency::Thb)?))
        })
        .collect()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    record: String,
}

impl Row {
    fn into_record(self, currency: Currency) -> Result<Record> {
        let mut record: Record = serde_json::from_str(&self.record).map_err(|error| {
            Error::internal(anyhow::anyhow!(
                "listing {} has something that no listing can have: {error}",
                self.id
            ))
        })?;
        record.normalise(currency);
        Ok(record)
    }
}

/// Listings `p` as JSON, by the names of [`Record`]'s fields.
fn select(condition: &str, order: &str) -> String {
    const FIELDS: [&str; 26] = [
        "id",
        "external_source",
        "external_id",
        "slug",
        "transaction_type",
        "property_type",
        "title",
        "description",
        "rent_price",
        "sale_price",
        "lease_price",
        "currency",
        "physical_specs",
        "location_details",
        "amenities",
        "policies",
        "contact_info",
        "cover_image",
        "images",
        "tags",
        "is_featured",
        "listing_priority",
        "is_published",
        "agent",
        "reference",
        "translations",
    ];
    let fields: Vec<String> = FIELDS
        .iter()
        .map(|field| match *field {
            "agent" => "'agent', u.email".to_owned(),
            "translations" => {
                "'translations', (SELECT coalesce(jsonb_object_agg(t.locale, t.texts), '{}') \
                FROM (SELECT locale, jsonb_object_agg(field, value) AS texts \
                    FROM property_translations WHERE property_id = p.id GROUP BY locale) t)"
                    .to_owned()
            }
            field => format!("'{field}', p.{field}"),
        })
        .collect();
    let tables: Vec<String> = BLOCKS
        .iter()
        .map(|block| format!("WHEN '{}' THEN '{}'", block.transaction.name(), block.table))
        .collect();
    format!(
        "SELECT p.id, (jsonb_build_object({}) || jsonb_build_object( \
            CASE p.transaction_type {} END, ({})::jsonb))::text AS record \
         FROM properties p LEFT JOIN users u ON u.id = p.agent_id WHERE {condition} {order}",
        fields.join(", "),
        tables.join(" "),
        blocks::select()
    )
}
