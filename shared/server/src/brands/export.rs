//! A whole brand into one file: every row of one moment, the files of its storage, its folder.

use std::{
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use futures_util::TryStreamExt;
use serde::Serialize;
use sqlx::{Connection, Executor, PgConnection};
use terrace_migrator::SchemaDescription;
use terrace_product::{ProductId, Profile};

use super::{
    Outcome, Place, Steps,
    archive::{Manifest, Meter, Rows, Writer},
    database, place, public,
    tables::{self, TableShape},
};
use crate::{
    interchange::explain,
    media::storage::{Key, Storage},
};

/// How much of a brand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Everything, people included.
    Whole,
    /// What everybody may see.
    PublicOnly,
}

/// What is in the file now.
#[derive(Clone, Debug, Serialize)]
pub struct Exported {
    /// The brand.
    pub product: String,
    /// The file.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Tables, empty ones included.
    pub tables: usize,
    /// Rows of all tables.
    pub rows: u64,
    /// Files of the storage.
    pub media: usize,
    /// Files of the brand's folder.
    pub files: usize,
    /// The schema's fingerprint.
    pub fingerprint: String,
    /// Whether people were left out.
    pub public_only: bool,
}

/// Writes a brand into a file of mode 0600. The brand may be served meanwhile: rows are those of one
/// moment.
///
/// # Errors
/// Where the file is there already, the database is not the brand's or of another schema, or
/// anything cannot be read. A file is there only if it is whole.
pub async fn export(
    place: &Place,
    id: &ProductId,
    to: &Path,
    extent: Extent,
    steps: &mut Steps<'_>,
) -> anyhow::Result<Exported> {
    let profile = place.load(id)?;
    let mut writer = Writer::create(to)?;
    steps.begin("Rows");
    let mut snapshot = Snapshot::begin(place, &profile).await?;
    let mut manifest = Manifest::new(&profile, snapshot.fingerprint.clone());
    manifest.public_only = extent == Extent::PublicOnly;
    for (nth, shape) in snapshot.shapes.clone().iter().enumerate() {
        steps.working(&shape.name, nth, snapshot.shapes.len());
        let rows = snapshot.write(shape, extent, &mut writer).await?;
        manifest.tables.push(Rows {
            name: shape.name.clone(),
            columns: shape.columns.clone(),
            rows,
        });
    }
    manifest.sequences = tables::sequences(&mut snapshot.connection).await?;
    let stems = snapshot.stems(extent).await?;
    snapshot.connection.close().await?;
    steps.end(
        "Rows",
        Outcome::Done,
        format!("{} of {} tables", manifest.rows(), manifest.tables.len()),
    );

    steps.begin("Media");
    let (count, bytes) = media(&profile, &stems, extent, &mut writer, steps).await?;
    steps.end("Media", Outcome::Done, format!("{count} files, {bytes} bytes"));

    steps.begin("Folder");
    let files = place::files(&profile.folder)?;
    for file in &files {
        let content = std::fs::read(profile.folder.join(file))?;
        writer.add_bytes(format!("folder/{}", file.display()), &content)?;
    }
    steps.end("Folder", Outcome::Done, format!("{} files", files.len()));

    let (manifest, bytes) = writer.finish(manifest)?;
    Ok(Exported {
        product: manifest.product.clone(),
        file: to.to_owned(),
        bytes,
        tables: manifest.tables.len(),
        rows: manifest.rows(),
        media: count,
        files: files.len(),
        fingerprint: manifest.fingerprint,
        public_only: manifest.public_only,
    })
}

/// A brand's database as it was at one moment.
struct Snapshot {
    connection: PgConnection,
    shapes: Vec<TableShape>,
    fingerprint: String,
}

impl Snapshot {
    async fn begin(place: &Place, profile: &Profile) -> anyhow::Result<Self> {
        let admin = database::admin(&place.env)?;
        let name = profile.database.name.as_str();
        let mut connection = database::connect(&admin, Some(name)).await?;
        let is = database::identity(&mut connection).await?;
        anyhow::ensure!(
            is.as_deref() == Some(profile.id.as_str()),
            "{name} belongs to {}, not to {}",
            is.as_deref().unwrap_or("nobody"),
            profile.id
        );
        let fingerprint = fingerprint(profile).await?;
        tables::settle(&mut connection).await?;
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let shapes = tables::shapes(&mut connection).await?;
        Ok(Self { connection, shapes, fingerprint })
    }

    /// The rows of a table into the archive; gives how many.
    async fn write(
        &mut self,
        shape: &TableShape,
        extent: Extent,
        writer: &mut Writer,
    ) -> anyhow::Result<u64> {
        let (rows, values) = match extent {
            Extent::Whole => {
                let all =
                    shape.columns.iter().map(|column| format!("t.{}", tables::quoted(column)));
                ("true".to_owned(), all.collect())
            }
            Extent::PublicOnly => (public::rows(&shape.name), public::values(shape)),
        };
        // A tar says how long an entry is before it comes. The file has no name and goes by itself.
        let mut spool = tempfile::tempfile_in(writer.folder())?;
        let mut meter = Meter::new();
        let mut count = 0;
        let statement = shape.copy_out(&values, &rows);
        let mut stream = self
            .connection
            .copy_out_raw(&statement)
            .await
            .with_context(|| format!("the rows of {} cannot be read", shape.name))?;
        while let Some(piece) = stream.try_next().await? {
            // In this form a line's end within a value is written otherwise.
            count += piece.iter().filter(|byte| **byte == b'\n').count();
            meter.take(&piece);
            spool.write_all(&piece)?;
        }
        drop(stream);
        spool.seek(SeekFrom::Start(0))?;
        writer.add(format!("tables/{}", shape.name), meter.sum(), &mut spool)?;
        Ok(u64::try_from(count)?)
    }

    /// Whose files in the storage come along.
    async fn stems(&mut self, extent: Extent) -> anyhow::Result<Vec<String>> {
        let rows = match extent {
            Extent::Whole => "true".to_owned(),
            Extent::PublicOnly => public::rows("media"),
        };
        let sql = format!("SELECT storage_key FROM media WHERE {rows} ORDER BY storage_key");
        Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut self.connection).await?)
    }
}

async fn fingerprint(profile: &Profile) -> anyhow::Result<String> {
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    let pool = pool.connect_with(super::owner(profile)?);
    let database = sea_orm::DatabaseConnection::from(pool.await?);
    let is = SchemaDescription::of(&database, profile.database.app_role.as_str()).await?;
    database.close().await?;
    let expected = SchemaDescription::expected();
    anyhow::ensure!(
        is == expected,
        "the schema of {} is {}, this program's is {}: run `terrace migrate up --product {}` first",
        profile.database.name,
        is.fingerprint(),
        expected.fingerprint(),
        profile.id
    );
    Ok(is.fingerprint())
}

async fn media(
    profile: &Profile,
    stems: &[String],
    extent: Extent,
    writer: &mut Writer,
    steps: &Steps<'_>,
) -> anyhow::Result<(usize, u64)> {
    let storage = Storage::new(profile)?;
    let (mut count, mut bytes) = (0, 0);
    for (nth, stem) in stems.iter().enumerate() {
        steps.working("media", nth, stems.len());
        let found = storage.list(Key::pictures(stem)).await.map_err(explain)?;
        let mut keys: Vec<Key> =
            found.map_ok(|found| found.key).try_collect().await.map_err(explain)?;
        if extent == Extent::Whole {
            keys.push(Key::quarantine(stem));
        }
        for key in keys {
            if let Some(content) = storage.read(&key, u64::MAX).await.map_err(explain)? {
                writer.add_bytes(format!("media/{key}"), &content)?;
                count += 1;
                bytes += u64::try_from(content.len())?;
            }
        }
    }
    Ok((count, bytes))
}
