//! A whole brand out of a file, into an empty database of the same schema.
//!
//! The archive is read to its end and held to its sums before anything is done. All rows are written
//! in one transaction with triggers silent, so that ids, versions and times are what they were, and
//! nothing happens because of them: no event, no letter, no trace in the audit. What was made for a
//! brand that did not arrive whole is taken away again.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use terrace_migrator::SchemaDescription;
use terrace_product::{ProductId, Profile, check_all};

use super::{
    Outcome, Place, Steps,
    archive::{self, Manifest},
    database,
    place::write_whole,
    redis, secrets,
    tables::{self, quoted},
    wiring::{self, Wired},
};
use crate::{
    interchange::explain,
    media::storage::{Key, Storage},
};

/// What is there now.
#[derive(Clone, Debug, Serialize)]
pub struct Imported {
    /// The brand that it is now.
    pub product: String,
    /// The brand that it was.
    pub from: String,
    /// Its database.
    pub database: String,
    /// Rows of all tables.
    pub rows: u64,
    /// Files of the storage.
    pub media: usize,
    /// Whether its folder came out of the archive.
    pub wrote_folder: bool,
    /// Whether people were left out.
    pub public_only: bool,
}

/// Brings a brand out of a file. With `into`, the rows become those of a brand that is there and
/// keeps its own folder; without, the brand keeps its id, and its folder comes out of the archive
/// unless there is one.
///
/// # Errors
/// For a file that is not whole, another schema, and a database that is not empty: nothing is done.
/// For whatever happens later: everything is taken back.
pub async fn import(
    place: &mut Place,
    file: &Path,
    into: Option<ProductId>,
    steps: &mut Steps<'_>,
) -> anyhow::Result<Imported> {
    steps.begin("Archive");
    let manifest = archive::inspect(file)?;
    let admin = database::admin(&place.env)?;
    refuse_other_schema(&manifest)?;
    database::check_admin(&admin).await?;
    steps.end(
        "Archive",
        Outcome::Done,
        format!("{} of {}, whole", manifest.product, manifest.made_at),
    );
    let id = target(place, &manifest, into)?;
    let mut made = Made { admin, ..Made::default() };
    let arrived = arrive(place, file, &manifest, &id, &mut made, steps).await;
    match arrived {
        Ok(imported) => {
            steps.begin("Redis");
            let (outcome, detail) = redis::provision(place, &place.load(&id)?).await?;
            steps.end("Redis", outcome, detail);
            steps.begin("Deployment");
            let (outcome, detail) = deploy(place, &id).with_context(|| {
                format!("`{id}` is here, but for its lines in the files by which it is started")
            })?;
            steps.end("Deployment", outcome, detail);
            Ok(imported)
        }
        Err(error) => {
            steps.begin("Taking back");
            let left = made.take_back(place).await;
            Err(match left {
                Ok(()) => error.context("nothing was kept of it"),
                Err(also) => {
                    error.context(format!("and it could not be taken back whole: {also:#}"))
                }
            })
        }
    }
}

fn refuse_other_schema(manifest: &Manifest) -> anyhow::Result<()> {
    let ours = SchemaDescription::expected().fingerprint();
    if manifest.fingerprint != ours {
        bail!(
            "the archive is of schema {} (terrace {}), this program's is {ours} ({}): \
             import it with the version that wrote it, then migrate up",
            manifest.fingerprint,
            manifest.terrace,
            env!("CARGO_PKG_VERSION")
        );
    }
    Ok(())
}

fn target(
    place: &Place,
    manifest: &Manifest,
    into: Option<ProductId>,
) -> anyhow::Result<ProductId> {
    match into {
        Some(id) if place.knows(&id) => Ok(id),
        Some(id) => bail!(
            "there is no product `{id}` here to import into: make it with `terrace product new {id}`, \
             or leave --product out to bring `{}` as it is",
            manifest.product
        ),
        None => Ok(ProductId::parse(&manifest.product)?),
    }
}

/// What was made on the way, to be taken away if the brand does not arrive.
#[derive(Default)]
struct Made {
    admin: PgConnectOptions,
    folder: Option<PathBuf>,
    database: Option<Profile>,
    roles: Vec<String>,
    media: Option<(Storage, Vec<Key>)>,
}

impl Made {
    async fn take_back(&mut self, place: &mut Place) -> anyhow::Result<()> {
        if let Some((storage, keys)) = self.media.take() {
            for key in keys {
                storage.remove_one(&key).await.map_err(explain)?;
            }
        }
        if let Some(profile) = self.database.take() {
            let mut server = database::connect(&self.admin, None).await?;
            database::drop_database(&mut server, profile.database.name.as_str(), true).await?;
            for role in self.roles.drain(..) {
                server.execute(AssertSqlSafe(format!("DROP ROLE IF EXISTS {role}"))).await?;
            }
            server.close().await?;
        }
        if let Some(folder) = self.folder.take() {
            std::fs::remove_dir_all(folder)?;
            place.refresh()?;
        }
        Ok(())
    }
}

async fn arrive(
    place: &mut Place,
    file: &Path,
    manifest: &Manifest,
    id: &ProductId,
    made: &mut Made,
    steps: &mut Steps<'_>,
) -> anyhow::Result<Imported> {
    steps.begin("Folder");
    let wrote_folder = !place.knows(id);
    if wrote_folder {
        made.folder = Some(place.folder(id));
        unpack_folder(file, &place.folder(id)).await?;
        place.refresh()?;
    }
    steps.end("Folder", Outcome::made(wrote_folder), place.folder(id).display().to_string());

    steps.begin("Secrets");
    let (outcome, detail) = secrets::issue(place, None, id)?;
    steps.end("Secrets", outcome, detail);
    let profile = place.load(id)?;
    let mut all = place.others(id)?;
    all.push(profile.clone());
    check_all(&all)?;

    steps.begin("Database");
    let report = database::provision(&profile, &made.admin).await?;
    if report.created_database {
        made.database = Some(profile.clone());
        let roles = [
            (report.created_owner_role, &report.owner_role),
            (report.created_app_role, &report.app_role),
        ];
        made.roles =
            roles.into_iter().filter(|(new, _)| *new).map(|(_, role)| role.clone()).collect();
    }
    let _ = database::migrate(&profile).await?;
    steps.end("Database", Outcome::made(report.created_database), report.database.clone());

    steps.begin("Rows");
    let mut connection =
        database::connect(&made.admin, Some(profile.database.name.as_str())).await?;
    load(&mut connection, file, manifest, &profile, steps).await?;
    steps.end(
        "Rows",
        Outcome::Done,
        format!("{} of {} tables", manifest.rows(), manifest.tables.len()),
    );

    steps.begin("Media");
    let media = load_media(file, manifest, &profile, made, steps).await?;
    steps.end("Media", Outcome::Done, format!("{media} files"));

    // Only now: until here nothing of it was to be seen.
    connection.execute("COMMIT").await?;
    connection.execute("ANALYZE").await?;
    connection.close().await?;
    Ok(Imported {
        product: id.to_string(),
        from: manifest.product.clone(),
        database: profile.database.name.to_string(),
        rows: manifest.rows(),
        media,
        wrote_folder,
        public_only: manifest.public_only,
    })
}

/// Enters it into the files by which the platform is started, like the first brand that stands in them.
fn deploy(place: &Place, id: &ProductId) -> anyhow::Result<(Outcome, String)> {
    let new = Wired::of(&place.load(id)?);
    for other in place.others(id)? {
        let (outcome, detail) = wiring::add(place, &Wired::of(&other), &new)?;
        if outcome != Outcome::WasThere {
            return Ok((outcome, detail));
        }
    }
    Ok(match wiring::is_there(place, id)? {
        true => (Outcome::WasThere, "nothing to change".to_owned()),
        false => (Outcome::Skipped, "no brand that stands there is here to be like".to_owned()),
    })
}

async fn unpack_folder(file: &Path, to: &Path) -> anyhow::Result<()> {
    archive::each(file, "folder/", async |entry| {
        let path = to.join(entry.path);
        let folder = path.parent().unwrap_or(to);
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        write_whole(&path, &entry.whole()?)
    })
    .await
}

/// Everything but the commit.
async fn load(
    connection: &mut PgConnection,
    file: &Path,
    manifest: &Manifest,
    profile: &Profile,
    steps: &Steps<'_>,
) -> anyhow::Result<()> {
    tables::settle(connection).await?;
    // Neither triggers nor checks of foreign keys; those are made up for below.
    connection.execute("BEGIN; SET LOCAL session_replication_role = replica").await?;
    let shapes = tables::shapes(connection).await?;
    for shape in &shapes {
        let theirs = manifest.tables.iter().find(|table| table.name == shape.name);
        let same = theirs.is_some_and(|table| table.columns == shape.columns);
        ensure!(same, "the archive's columns of {} are not this schema's", shape.name);
    }
    let all: Vec<String> =
        shapes.iter().map(|shape| format!("public.{}", quoted(&shape.name))).collect();
    // Nobody writes meanwhile.
    connection
        .execute(AssertSqlSafe(format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", all.join(", "))))
        .await?;
    if let Some((table, rows)) = tables::occupied(connection, &shapes).await? {
        bail!(
            "database {} is not empty ({table} has {rows} rows): a brand is imported into an empty one. \
             Take the brand that is there away with `terrace product remove {}`, or name another \
             database in its profile",
            profile.database.name,
            profile.id
        );
    }
    connection.execute(AssertSqlSafe(format!("TRUNCATE {}", all.join(", ")))).await?;
    let mut nth = 0;
    archive::each(file, "tables/", async |entry| {
        steps.working(entry.path, nth, shapes.len());
        nth += 1;
        let shape = shapes.iter().find(|shape| shape.name == entry.path);
        let shape = shape.with_context(|| format!("there is no table {}", entry.path))?;
        let mut copy = connection.copy_in_raw(&shape.copy_in()).await?;
        while let Some(piece) = entry.chunk()? {
            copy.send(piece).await?;
        }
        let rows = copy.finish().await.with_context(|| format!("the rows of {}", shape.name))?;
        let wanted = manifest.tables.iter().find(|table| table.name == shape.name);
        ensure!(
            wanted.is_some_and(|table| table.rows == rows),
            "{rows} rows of {} arrived, not as many as were written",
            shape.name
        );
        Ok(())
    })
    .await?;
    for sequence in &manifest.sequences {
        let sql = "SELECT setval(to_regclass('public.' || quote_ident($1)), $2, $3)";
        let _: i64 = sqlx::query_scalar(sql)
            .bind(&sequence.name)
            .bind(sequence.value)
            .bind(sequence.is_called)
            .fetch_one(&mut *connection)
            .await
            .with_context(|| format!("counter {}", sequence.name))?;
    }
    let dangling = tables::dangling(connection).await?;
    ensure!(dangling.is_empty(), "rows refer to what is not there: {}", dangling.join(", "));
    Ok(())
}

async fn load_media(
    file: &Path,
    manifest: &Manifest,
    profile: &Profile,
    made: &mut Made,
    steps: &Steps<'_>,
) -> anyhow::Result<usize> {
    let of = manifest.count("media/");
    let (storage, keys) = made.media.insert((Storage::new(profile)?, Vec::new()));
    archive::each(file, "media/", async |entry| {
        steps.working("media", keys.len(), of);
        let key = Key::from_text(entry.path);
        ensure!(key.stem().is_some(), "{} is no file of the storage", entry.path);
        let is_picture = entry.path.ends_with(".webp");
        let kind = if is_picture { "image/webp" } else { "application/octet-stream" };
        let there = storage.size(&key).await.map_err(explain)?;
        ensure!(
            there.is_none(),
            "the storage has {key} already: it is another brand's, or not empty"
        );
        let content = entry.whole()?;
        keys.push(key.clone());
        storage.write(&key, content.into(), kind).await.map_err(explain)
    })
    .await?;
    Ok(of)
}
