//! Loading one product: layers, then the keys that are missing, then the rules.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use crate::{
    Environment, Profile, ProfileError, derive,
    environment::Env,
    explain,
    layer::{self, Entry, FileRules, Layer},
    merge,
    problem::Problem,
    profile::RawProfile,
    rules,
    schema::{self, Home},
    stores::Database,
    text::ProductId,
    variables,
};

pub(crate) const DEFAULTS: &str = include_str!("defaults.toml");

/// Loads one product; problems gather until a step can go no further.
pub(crate) struct Loader<'a> {
    folder: PathBuf,
    id: &'a ProductId,
    environment: Environment,
    problems: Vec<Problem>,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(folder: PathBuf, id: &'a ProductId, environment: Environment) -> Self {
        Self { folder, id, environment, problems: Vec::new() }
    }

    pub(crate) fn load(mut self, env: &Env) -> Result<Profile, ProfileError> {
        let layers = self.layers(env)?;
        self.stop_if_refused()?;
        // What the table of keys lets through, the types take: these two fail
        // only if the one and the other have drifted apart.
        let drifted =
            |error: &dyn fmt::Display| Problem::new("profile", "all layers", error.to_string());
        let mut entries =
            merge::merge(layers).map_err(|error| self.refused(vec![drifted(&error)]))?;
        derive::fill_in(self.id, self.environment, &self.folder, &mut entries);
        self.problems = self.missing(&entries);
        self.stop_if_refused()?;
        let raw = serde_json::from_value(merge::nested(&entries));
        let raw = raw.map_err(|error| self.refused(vec![drifted(&error)]))?;
        let profile = self.profile(raw, &entries).map_err(|problem| self.refused(vec![problem]))?;
        self.problems = rules::check(&profile, self.id);
        self.stop_if_refused()?;
        Ok(profile)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn environment_file(&self) -> PathBuf {
        self.file(&format!("{}.toml", self.environment))
    }

    fn layers(&mut self, env: &Env) -> Result<Vec<Layer>, ProfileError> {
        let prefix = self.id.variable_prefix();
        let open = FileRules { origin: "default", secrets_go_to: None };
        let mut layers = vec![layer::from_toml(
            DEFAULTS,
            Path::new("defaults.toml"),
            &open,
            &mut self.problems,
        )?];

        for path in [self.file("product.toml"), self.environment_file()] {
            let text = match fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(source) => return Err(ProfileError::Unreadable { path, source }),
            };
            // A password that opens nothing but a developer's own database is no secret.
            let local_only = !self.environment.is_production() && path == self.environment_file();
            let origin = path.display().to_string();
            let rules = FileRules {
                origin: &origin,
                secrets_go_to: (!local_only).then_some(prefix.as_str()),
            };
            layers.push(layer::from_toml(&text, &path, &rules, &mut self.problems)?);
        }
        layers.extend(variables::layers(self.id, env, &mut self.problems));
        Ok(layers)
    }

    fn missing(&self, entries: &[Entry]) -> Vec<Problem> {
        let prefix = self.id.variable_prefix();
        let unset = |path: &str| entries.iter().all(|entry| entry.path != path);
        let keys = schema::KEYS.iter().filter_map(|key| {
            let file = match key.home {
                Home::Nowhere => return None,
                Home::ProductFile => self.file("product.toml"),
                Home::EnvironmentFile => self.environment_file(),
            };
            let remedy = format!(
                "no layer sets it; write it there, or set {}",
                layer::variable(&prefix, key.path)
            );
            Some((key.path, format!("missing in {}", file.display()), remedy))
        });
        let production = self.environment.is_production();
        let secrets = [
            ("database.app_password", "a password"),
            ("redis.password", "a password"),
            ("visitors.secret", "a secret"),
        ];
        let secrets = secrets.into_iter().filter(|_| production).map(|(path, what)| {
            let variable = layer::variable(&prefix, path);
            let remedy = format!("production needs {what}; set {variable}_FILE to a file that holds it, or {variable}");
            (path, "not set".to_owned(), remedy)
        });
        keys.chain(secrets)
            .filter(|(path, ..)| unset(path))
            .map(|(path, place, remedy)| Problem::new(path, place, remedy))
            .collect()
    }

    fn profile(&self, raw: RawProfile, entries: &[Entry]) -> Result<Profile, Problem> {
        let identity = raw.identity.decide().map_err(|(key, message)| {
            let entry = entries.iter().find(|entry| entry.path == key);
            let place = entry.map_or("not set", |entry| entry.origin.as_str());
            Problem::new(key, place, message)
        })?;
        Ok(Profile {
            id: raw.id,
            environment: self.environment,
            name: raw.name,
            tagline: raw.tagline,
            server: raw.server,
            database: Database { time_zone: raw.market.timezone, ..raw.database },
            redis: raw.redis,
            identity,
            locales: raw.locales,
            market: raw.market,
            theme: raw.theme,
            contact: raw.contact,
            seo: raw.seo,
            cache: raw.cache,
            log: raw.log,
            mail: raw.mail,
            jobs: raw.jobs,
            media: raw.media,
            payments: raw.payments,
            limits: raw.limits,
            visitors: raw.visitors,
            privacy: raw.privacy,
            bookings: raw.bookings,
            leads: raw.leads,
            listings: raw.listings,
            quotes: raw.quotes,
            outbound: raw.outbound,
            model: raw.model,
            embedding: raw.embedding,
            assistant: raw.assistant,
            search: raw.search,
            import: raw.import,
            folder: self.folder.clone(),
            sources: explain::explain(entries),
        })
    }

    fn stop_if_refused(&mut self) -> Result<(), ProfileError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let problems = std::mem::take(&mut self.problems);
        Err(self.refused(problems))
    }

    fn refused(&self, problems: Vec<Problem>) -> ProfileError {
        ProfileError::Refused {
            product: self.id.to_string(),
            environment: self.environment,
            problems,
        }
    }
}
