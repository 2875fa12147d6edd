//! The tables of a brand as the database itself knows them, so that no new one is ever forgotten.

use anyhow::Context;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::archive::Sequence;

/// Of the installation, not of the brand: whose database it is, and which steps made it.
const LEFT_OUT: &str = "'platform_identity', 'seaql_migrations'";

/// What migrations write into these is replaced by what the brand had.
const SEEDED: [&str; 4] = ["event_cursors", "holidays", "lead_rotation", "lease_rules"];

/// Values are written the same way on every server.
const FORMS: &str = "SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET timezone = 'UTC'; \
    SET extra_float_digits = 1; SET bytea_output = 'hex'; SET client_encoding = 'UTF8'; \
    SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

/// A table and the columns that are written, computed ones left out.
#[derive(Clone, Debug)]
pub(super) struct TableShape {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) key: Vec<String>,
}

impl TableShape {
    /// The statement that gives its rows, in the order of their key.
    pub(super) fn copy_out(&self, values: &[String], rows: &str) -> String {
        let order = match self.key.is_empty() {
            true => String::new(),
            false => format!(" ORDER BY {}", list(&self.key)),
        };
        let name = quoted(&self.name);
        format!(
            "COPY (SELECT {} FROM public.{name} t WHERE {rows}{order}) TO STDOUT",
            values.join(", ")
        )
    }

    /// The statement that takes them.
    pub(super) fn copy_in(&self) -> String {
        format!("COPY public.{} ({}) FROM STDIN", quoted(&self.name), list(&self.columns))
    }
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// Agrees with the server on how values are written.
pub(super) async fn settle(connection: &mut PgConnection) -> anyhow::Result<()> {
    connection.execute(FORMS).await?;
    Ok(())
}

/// Every table that a brand's data is in.
pub(super) async fn shapes(connection: &mut PgConnection) -> anyhow::Result<Vec<TableShape>> {
    let sql = format!(
        "SELECT c.relname::text AS name, \
            (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a \
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns, \
            coalesce((SELECT array_agg(a.attname::text ORDER BY k.position) FROM pg_index i, \
              unnest(i.indkey::int2[]) WITH ORDINALITY k(number, position) JOIN pg_attribute a ON a.attnum = k.number \
              WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid), '{{}}') AS key \
         FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' \
           AND c.relname NOT IN ({LEFT_OUT}) \
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass \
                           AND d.objid = c.oid AND d.deptype = 'e') \
         ORDER BY c.relname"
    );
    let rows: Vec<(String, Vec<String>, Vec<String>)> = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .context("the tables could not be listed")?;
    let shape = |(name, columns, key)| TableShape { name, columns, key };
    Ok(rows.into_iter().map(shape).collect())
}

/// How far every counter is.
pub(super) async fn sequences(connection: &mut PgConnection) -> anyhow::Result<Vec<Sequence>> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' \
         ORDER BY relname",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut found = Vec::new();
    for name in names {
        let sql = format!("SELECT last_value, is_called FROM public.{}", quoted(&name));
        let (value, is_called) =
            sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
        found.push(Sequence { name, value, is_called });
    }
    Ok(found)
}

/// A table that holds more than migrations write into an empty database, with its rows.
pub(super) async fn occupied(
    connection: &mut PgConnection,
    shapes: &[TableShape],
) -> anyhow::Result<Option<(String, i64)>> {
    for shape in shapes.iter().filter(|shape| !SEEDED.contains(&shape.name.as_str())) {
        let sql = format!("SELECT count(*) FROM public.{}", quoted(&shape.name));
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
        if rows > 0 {
            return Ok(Some((shape.name.clone(), rows)));
        }
    }
    Ok(None)
}

/// Name, table, table that it refers to, and the columns of both.
type ForeignKey = (String, String, String, Vec<String>, Vec<String>);

/// Foreign keys that lead nowhere. They are not checked while rows are loaded as they were.
pub(super) async fn dangling(connection: &mut PgConnection) -> anyhow::Result<Vec<String>> {
    let attributes = |relation: &str, key: &str| {
        format!(
            "(SELECT array_agg(a.attname::text ORDER BY k.position) \
              FROM unnest(c.{key}) WITH ORDINALITY k(number, position) \
              JOIN pg_attribute a ON a.attrelid = c.{relation} AND a.attnum = k.number)"
        )
    };
    let sql = format!(
        "SELECT c.conname::text AS name, c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent, \
            {} AS columns, {} AS refers_to \
         FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace ORDER BY c.conname",
        attributes("conrelid", "conkey"),
        attributes("confrelid", "confkey")
    );
    let keys: Vec<ForeignKey> =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *connection).await?;
    let mut found = Vec::new();
    for (name, child, parent, columns, refers_to) in keys {
        let pairs = columns.iter().zip(&refers_to);
        let same: Vec<String> = pairs
            .map(|(mine, theirs)| format!("p.{} = c.{}", quoted(theirs), quoted(mine)))
            .collect();
        let set: Vec<String> =
            columns.iter().map(|mine| format!("c.{} IS NOT NULL", quoted(mine))).collect();
        let sql = format!(
            "SELECT count(*) FROM {child} c WHERE {} AND NOT EXISTS (SELECT FROM {parent} p WHERE {})",
            set.join(" AND "),
            same.join(" AND ")
        );
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
        if rows > 0 {
            found.push(format!("{name} ({rows} rows of {child})"));
        }
    }
    Ok(found)
}
