//! Where something of a person may be, besides answers.

use std::path::Path;

use anyhow::Context;
use deadpool_redis::redis::{AsyncCommands, Client};
use sqlx::{AssertSqlSafe, PgPool};

use crate::stage::Brand;

/// Every row of every table, as text: what a dump would hold.
pub(super) async fn rows(pool: &PgPool) -> anyhow::Result<Vec<(String, String)>> {
    const TABLES: &str = "SELECT relname::text FROM pg_class \
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1";
    let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(pool).await?;
    let mut rows = Vec::new();
    for table in tables {
        // Bytes are shown as what they say: an answer that is stored is JSON.
        let sql = format!(
            "SELECT to_jsonb(t)::text || coalesce({}, '') FROM {table} t",
            bytes_of(&table)
        );
        let found: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.context(table.clone())?;
        rows.extend(found.into_iter().map(|row| (table.clone(), row)));
    }
    Ok(rows)
}

fn bytes_of(table: &str) -> &'static str {
    match table {
        "idempotency_keys" => "convert_from(response_body, 'UTF8')",
        _ => "''",
    }
}

/// Every key of the brand in Redis, with its value. None where there is no Redis.
pub(super) async fn redis(brand: &Brand) -> anyhow::Result<Vec<(String, String)>> {
    let (url, prefix) = brand.redis();
    let Ok(mut connection) = Client::open(url)?.get_multiplexed_async_connection().await else {
        return Ok(Vec::new());
    };
    let keys: Vec<String> = connection.keys(format!("{prefix}*")).await?;
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        // One that ended meanwhile, or is no text, has no value to show.
        let value: Option<Vec<u8>> = connection.get(&key).await.unwrap_or_default();
        found.push((key, String::from_utf8_lossy(&value.unwrap_or_default()).into_owned()));
    }
    Ok(found)
}

/// Every file below a folder.
pub(super) fn files(folder: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
                found.push((path.display().to_string(), bytes));
            }
        }
    }
    Ok(found)
}
