//! A new brand, from the name to the server that answers.

use std::{fs, path::PathBuf};

use anyhow::{Context, bail};
use terrace_product::{Environment, Line, Origin, ProductId, Profile, Profiles, check_all};

use super::{
    Outcome, Place, Started, Steps, database,
    folder::{self, Names, Own},
    redis, secrets, start,
    wiring::{self, Wired},
};
use crate::{
    db::Db,
    interchange::{
        explain,
        seed::{Content, seed},
    },
};

/// What the development front end of a brand listens on, counted from its API's port.
const FRONT_END: u16 = 2828;

/// The brand that is wanted.
#[derive(Clone, Debug)]
pub struct NewBrand {
    /// The name of its folder.
    pub id: ProductId,
    /// The brand as people say it.
    pub name: Line,
    /// The brand that it begins as a copy of.
    pub from: ProductId,
    /// Where its API listens.
    pub port: u16,
    /// The front end that may call it in this environment.
    pub origin: Option<Origin>,
    /// Whether to start its server.
    pub start: bool,
}

/// Makes a brand, or finishes one that was begun.
///
/// # Errors
/// For a name, port or origin that is another's, and a server that is away: nothing was made. For
/// whatever fails later: what was made stays, and the same call goes on from there.
pub async fn create(
    place: &mut Place,
    wanted: &NewBrand,
    steps: &mut Steps<'_>,
) -> anyhow::Result<Option<Started>> {
    let source = check(place, wanted)?;
    let admin = database::admin(&place.env)?;
    database::check_admin(&admin).await?;
    place.lend(&wanted.from, &wanted.id);

    steps.begin("Folder");
    let is_new = !place.knows(&wanted.id);
    if is_new {
        write_folder(place, &source, wanted)?;
    }
    let folder = place.folder(&wanted.id);
    steps.end("Folder", Outcome::made(is_new), folder.display().to_string());

    steps.begin("Secrets");
    let (outcome, detail) = secrets::issue(place, Some(&wanted.from), &wanted.id)?;
    steps.end("Secrets", outcome, detail);
    let profile = place.load(&wanted.id)?;

    steps.begin("Database");
    let report = database::provision(&profile, &admin).await?;
    let detail =
        format!("{}, roles {} and {}", report.database, report.owner_role, report.app_role);
    steps.end("Database", Outcome::made(report.created_database), detail);

    steps.begin("Redis");
    let (outcome, detail) = redis::provision(place, &profile).await?;
    steps.end("Redis", outcome, detail);

    steps.begin("Schema");
    let report = database::migrate(&profile).await?;
    let detail = format!("{} migrations, {}", report.applied_now.len(), report.fingerprint);
    steps.end("Schema", Outcome::made(!report.applied_now.is_empty()), detail);

    steps.begin("Content");
    let (outcome, detail) = fill(place.environment, &profile).await?;
    steps.end("Content", outcome, detail);

    steps.begin("Deployment");
    let (outcome, detail) = wiring::add(place, &Wired::of(&source), &Wired::of(&profile))?;
    steps.end("Deployment", outcome, detail);

    if !wanted.start {
        return Ok(None);
    }
    steps.begin("Server");
    if start::is_taken(wanted.port) {
        let detail = format!("somebody listens on port {} already", wanted.port);
        steps.end("Server", Outcome::Skipped, detail);
        return Ok(None);
    }
    let started = start::start(place, &profile).await?;
    steps.end("Server", Outcome::Done, format!("{}, process {}", started.url, started.pid));
    Ok(Some(started))
}

/// Everything that can be refused without having made anything.
fn check(place: &Place, wanted: &NewBrand) -> anyhow::Result<Profile> {
    let NewBrand { id, name, from, port, .. } = wanted;
    folder::check_name(name)?;
    if id == from {
        bail!("a brand cannot be made from itself: --from must name another product");
    }
    let source = place.load(from).with_context(|| format!("--from {from}"))?;
    if *port < 1024 {
        bail!("--port {port}: ports below 1024 are the system's; choose one above");
    }
    if place.knows(id) {
        return same_brand(place, wanted).map(|()| source);
    }
    let folder = place.folder(id);
    if folder.exists() {
        bail!(
            "{} is there and is no product: move it away, or choose another id",
            folder.display()
        );
    }
    for other in place.others(id)? {
        if other.name.as_str().to_lowercase() == name.as_str().to_lowercase() {
            bail!("--name: `{}` is called so already; people could not tell them apart", other.id);
        }
        if other.server.port.get() == *port {
            bail!("--port {port} is {}'s: choose another one", other.id);
        }
    }
    if start::is_taken(*port) {
        bail!(
            "--port {port}: a program of this machine listens on it; stop it, or choose another port"
        );
    }
    Ok(source)
}

/// A brand of this id is there: it must be the one that is wanted, begun before.
fn same_brand(place: &Place, wanted: &NewBrand) -> anyhow::Result<()> {
    let mut view = place.clone();
    view.lend(&wanted.from, &wanted.id);
    let there = view.load(&wanted.id)?;
    let same_origin =
        wanted.origin.as_ref().is_none_or(|origin| there.server.origins.contains(origin));
    if there.name != wanted.name || there.server.port.get() != wanted.port || !same_origin {
        bail!(
            "`{}` is taken: it is “{}” on port {} for {}. Choose another id; or, to finish what was \
             begun, give the same name, port and origin",
            wanted.id,
            there.name,
            there.server.port,
            there.server.origins.iter().map(|o| o.as_str()).collect::<Vec<_>>().join(", ")
        );
    }
    Ok(())
}

/// Writes the folder aside, looks at it as a server would, and moves it to its place whole.
fn write_folder(place: &mut Place, source: &Profile, wanted: &NewBrand) -> anyhow::Result<()> {
    let aside = Aside(place.profiles.folder().join(format!(".new-{}", wanted.id)));
    let _ = fs::remove_dir_all(&aside.0);
    let draft = aside.0.join(wanted.id.as_str());
    let names = Names { id: wanted.id.clone(), name: wanted.name.clone() };
    let own = Own { names: &names, port: wanted.port, origins: &origins(place, wanted)? };
    let theirs = Names { id: source.id.clone(), name: source.name.clone() };
    folder::write(&source.folder, &theirs, &draft, &own)?;

    let profiles = Profiles::discover(&aside.0)?;
    let profile = profiles.load(wanted.id.as_str(), place.environment, &place.env)?;
    let mut all = place.others(&wanted.id)?;
    all.push(profile);
    check_all(&all)?;

    let folder = place.folder(&wanted.id);
    fs::rename(&draft, &folder).with_context(|| format!("cannot make {}", folder.display()))?;
    place.refresh()
}

/// The front ends of the new brand, for the environments whose files name one.
fn origins(place: &Place, wanted: &NewBrand) -> anyhow::Result<Vec<(Environment, Origin)>> {
    let usual = || {
        let port = wanted.port.checked_sub(FRONT_END).filter(|port| *port >= 1024);
        let port = port.unwrap_or_else(|| wanted.port.saturating_add(FRONT_END));
        Ok::<_, anyhow::Error>(Origin::parse(&format!("http://localhost:{port}"))?)
    };
    let mut origins = Vec::new();
    for environment in [Environment::Development, Environment::Test] {
        let own = wanted.origin.clone().filter(|_| environment == place.environment);
        origins.push((environment, own.map_or_else(usual, Ok)?));
    }
    // Production's follows from the source's, whose id is in it, unless it is said.
    let own = wanted.origin.clone().filter(|_| place.environment.is_production());
    origins.extend(own.map(|origin| (Environment::Production, origin)));
    Ok(origins)
}

/// A folder that goes with whoever made it.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn fill(environment: Environment, profile: &Profile) -> anyhow::Result<(Outcome, String)> {
    // The people and listings of a folder are made up.
    let content = match environment.is_production() {
        true => Content::Catalogue,
        false => Content::Everything,
    };
    let db = Db::connect(&profile.database);
    let filled = seed(&db, profile, content).await;
    db.close().await;
    let report = filled.map_err(explain)?;
    let listings =
        report.listings.as_ref().map_or(0, |listings| listings.created + listings.updated);
    let changed = report.catalogue + report.people + report.prices + listings;
    let detail = format!(
        "{} catalogue entries, {} people, {listings} listings, {} prices",
        report.catalogue, report.people, report.prices
    );
    Ok((Outcome::made(changed > 0), detail))
}
