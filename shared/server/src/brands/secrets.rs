//! The secrets of a brand on a developer's machine: files of mode 0600 where `scripts/dev` looks for
//! them, and the variables that point there.
//!
//! Production's secrets come from outside. Where `scripts/dev` has never run, the passwords of
//! `development.toml` open the database, and nothing is made.

use std::path::PathBuf;

use anyhow::Context;
use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use terrace_product::{Environment, ProductId};

use super::{
    Outcome, Place, RedisAdmin,
    place::{private_folder, write_privately},
};

/// Name of the file, and the variable that points to it.
const FILES: [(&str, &str); 4] = [
    ("owner.password", "DATABASE__OWNER_PASSWORD_FILE"),
    ("app.password", "DATABASE__APP_PASSWORD_FILE"),
    ("visitors.secret", "VISITORS__SECRET_FILE"),
    REDIS,
];

/// Only where the platform makes users there: nobody else could come in with it.
const REDIS: (&str, &str) = ("redis.password", "REDIS__PASSWORD_FILE");

/// The files that a brand may have.
pub(super) fn paths(place: &Place, id: &ProductId) -> Vec<PathBuf> {
    FILES.iter().map(|(file, _)| path(place, id, file)).collect()
}

fn path(place: &Place, id: &ProductId, file: &str) -> PathBuf {
    place.dev().join("secrets").join(format!("{id}_{file}"))
}

fn env_file(place: &Place) -> PathBuf {
    place.dev().join("env")
}

/// Makes what is missing and points the brand's variables to it, in this process and in the file
/// that `scripts/terrace` reads.
pub(super) fn issue(
    place: &mut Place,
    from: Option<&ProductId>,
    id: &ProductId,
) -> anyhow::Result<(Outcome, String)> {
    if place.environment != Environment::Development || !env_file(place).is_file() {
        let why = match place.environment {
            Environment::Production => "production's come from outside, one file each",
            _ => "those of its files open the database",
        };
        return Ok((Outcome::Skipped, why.to_owned()));
    }
    private_folder(&place.dev().join("secrets"))?;
    let mut made = 0;
    let mut variables = from.map(|from| place.lent(from, id)).unwrap_or_default();
    let makes_users = RedisAdmin::of(&place.env)?.is_some();
    for (file, variable) in FILES.into_iter().filter(|file| makes_users || *file != REDIS) {
        let path = path(place, id, file);
        if !path.exists() {
            write_privately(&path, format!("{}\n", random()?).as_bytes())?;
            made += 1;
        }
        variables.push((format!("{}{variable}", id.variable_prefix()), path.display().to_string()));
    }
    tell(place, &variables)?;
    place.env.extend(variables);
    let folder = place.dev().join("secrets");
    Ok((Outcome::made(made > 0), format!("{made} new in {}, mode 0600", folder.display())))
}

fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 24];
    rand::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Adds the variables that are not in the file yet.
fn tell(place: &Place, variables: &[(String, String)]) -> anyhow::Result<()> {
    let path = env_file(place);
    let read = || std::fs::read_to_string(&path).with_context(|| path.display().to_string());
    let mut text = read()?;
    let known = |text: &str, name: &str| {
        text.lines().any(|line| line.split_once('=').is_some_and(|(key, _)| key == name))
    };
    let before = text.len();
    for (name, value) in variables {
        if !known(&text, name) {
            text.push_str(&format!("{name}={value}\n"));
        }
    }
    if text.len() == before { Ok(()) } else { write_privately(&path, text.as_bytes()) }
}

/// Takes a brand's variables out of the file.
pub(super) fn forget(place: &Place, id: &ProductId) -> anyhow::Result<()> {
    let path = env_file(place);
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(()) };
    let prefix = id.variable_prefix();
    let kept: String =
        text.split_inclusive('\n').filter(|line| !line.starts_with(&prefix)).collect();
    if kept == text { Ok(()) } else { write_privately(&path, kept.as_bytes()) }
}
