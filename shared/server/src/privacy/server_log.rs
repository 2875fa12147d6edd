//! PostgreSQL writes statements, and the values in them, into its own log: that log is on another
//! machine, is kept by other people, and nobody is erased from it. These settings keep values out.

use sea_orm::FromQueryResult;

use crate::{app::State, error::Result};

/// Setting, what it must be, and what the log would tell otherwise.
const WANTED: &[(&str, &str, &str)] = &[
    ("log_error_verbosity", "terse", "the values of rows that break a rule"),
    ("log_min_error_statement", "panic", "the text of statements that fail"),
    ("log_parameter_max_length_on_error", "0", "the values of statements that fail"),
    ("log_parameter_max_length", "0", "the values of statements that are logged"),
    ("log_statement", "none", "the text of statements"),
];

/// A setting that lets values into PostgreSQL's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The setting.
    pub setting: &'static str,
    /// What it is.
    pub is: String,
    /// What it should be.
    pub should_be: &'static str,
    /// What the log tells because of it.
    pub tells: &'static str,
}

/// The settings that are not as they should be.
///
/// # Errors
/// Those of the database.
pub async fn leaks(state: &State) -> Result<Vec<Leak>> {
    #[derive(FromQueryResult)]
    struct Setting {
        name: String,
        setting: String,
    }
    let names: Vec<String> = WANTED.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let sql = "SELECT name, setting FROM pg_settings WHERE name = ANY($1)";
    let found: Vec<Setting> = state.db.read().all(sql, [names.into()]).await?;
    let leak = |(setting, should_be, tells): &(&'static str, &'static str, &'static str)| {
        let is = found.iter().find(|found| found.name == *setting)?.setting.clone();
        (is != *should_be).then_some(Leak { setting, is, should_be, tells })
    };
    Ok(WANTED.iter().filter_map(leak).collect())
}

/// Warns of them; a server that is away is not the matter here.
pub async fn warn(state: &State) {
    for Leak { setting, is, should_be, tells } in leaks(state).await.unwrap_or_default() {
        tracing::warn!(
            setting,
            is,
            should_be,
            "PostgreSQL's log holds {tells}: set it in postgresql.conf and reload"
        );
    }
}
