//! A brand, taken away: kept as an archive, its database and roles dropped, its folder moved aside.
//!
//! In this order, so that whatever interrupts it, the folder is there to go on with, and the archive
//! is whole before anything is dropped.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use serde::Serialize;
use sqlx::Connection;
use terrace_product::{Environment, ProductId, Profile, StorageProvider};

use super::{
    Extent, Outcome, Place, RedisAdmin, Steps, database, export, place::private_folder, secrets,
    wiring,
};

/// What is left of it.
#[derive(Clone, Debug, Serialize)]
pub struct Removed {
    /// The brand.
    pub product: String,
    /// Everything of it that was kept: the archive, the folder, secrets, files.
    pub kept: PathBuf,
    /// The archive; none where its database was gone before.
    pub archive: Option<PathBuf>,
}

/// Takes a brand away. `kept` is the folder in which it is kept; the usual one if none is said.
///
/// # Errors
/// Where an instance serves it and nobody said `force`; where it cannot be archived or dropped. The
/// same call goes on from there.
pub async fn remove(
    place: &mut Place,
    id: &ProductId,
    kept: Option<PathBuf>,
    force: bool,
    steps: &mut Steps<'_>,
) -> anyhow::Result<Removed> {
    let profile = place.load(id)?;
    let database = profile.database.name.as_str();
    let admin = database::admin(&place.env)?;
    let mut server = database::connect(&admin, None).await?;
    let is_there = database::exists(&mut server, database).await?;
    let sessions = database::sessions(&mut server, database).await?;
    if sessions > 0 && !force {
        bail!(
            "`{id}` is in use: {sessions} connections to {database}. Stop its servers and workers first, \
             or repeat it with --force to cut them off"
        );
    }
    let kept = kept.unwrap_or_else(|| usual_place(place, id));
    private_folder(&kept)?;

    let archive = kept.join(format!("{id}.terrace"));
    if is_there {
        // One of an attempt before is of another moment.
        let _ = fs::remove_file(&archive);
        let _ = export(place, id, &archive, Extent::Whole, steps).await?;
    }

    steps.begin("Deployment");
    let (outcome, detail) = wiring::remove(place, id)?;
    steps.end("Deployment", outcome, detail);

    steps.begin("Database");
    database::drop_database(&mut server, database, force).await?;
    let roles = database::drop_roles(&mut server, &profile).await?;
    server.close().await?;
    let outcome = Outcome::made(is_there || roles > 0);
    steps.end("Database", outcome, format!("{database} and {roles} roles dropped"));

    steps.begin("Redis");
    let outcome = match RedisAdmin::of(&place.env)? {
        Some(admin) => Outcome::made(admin.remove(&profile.redis).await?),
        None => Outcome::Skipped,
    };
    steps.end("Redis", outcome, format!("user {}", profile.redis.user));

    steps.begin("Files");
    let moved = move_aside(place, &profile, &kept)?;
    secrets::forget(place, id)?;
    steps.end("Files", Outcome::Done, format!("{moved} moved to {}", kept.display()));

    // Last: while it is there, the same command can go on.
    steps.begin("Folder");
    move_to(&profile.folder, &kept.join("folder"))?;
    place.refresh()?;
    steps.end("Folder", Outcome::Done, format!("moved to {}", kept.join("folder").display()));
    Ok(Removed { product: id.to_string(), kept, archive: is_there.then_some(archive) })
}

fn usual_place(place: &Place, id: &ProductId) -> PathBuf {
    let folder = match place.environment {
        Environment::Production => PathBuf::from("/var/lib/terrace/removed"),
        _ => place.dev().join("removed"),
    };
    folder.join(format!("{id}-{}", chrono::Utc::now().format("%Y%m%dT%H%M%SZ")))
}

/// Moves what the brand has on this machine; gives how many things there were. What is in a bucket
/// stays there.
fn move_aside(place: &Place, profile: &Profile, kept: &Path) -> anyhow::Result<usize> {
    let mut things = vec![
        (profile.identity.state_dir.clone(), "realm".to_owned()),
        (profile.mail.capture_dir.clone(), "mail".to_owned()),
    ];
    if profile.media.provider == StorageProvider::Local {
        things.push((profile.media.folder.clone(), "media".to_owned()));
    }
    for secret in secrets::paths(place, &profile.id) {
        let name = secret.file_name().map(|name| name.to_string_lossy().into_owned());
        things.push((secret.clone(), name.unwrap_or_default()));
    }
    // In production the realm's folder may hold the others: the inner ones go first.
    things.sort_by_key(|(path, _)| std::cmp::Reverse(path.components().count()));
    let mut moved = 0;
    for (from, name) in things {
        if from.exists() {
            move_to(&from, &kept.join(name))?;
            moved += 1;
        }
    }
    Ok(moved)
}

fn move_to(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::rename(from, to).with_context(|| {
        format!(
            "cannot move {} to {}; move it by hand, or name a folder of the same disk with --keep",
            from.display(),
            to.display()
        )
    })
}
