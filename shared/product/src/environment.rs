//! Which of its lives a product is in, and the variables it was started with.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::text::Invalid;

/// The variables a profile is read with. Handed in, never read from the
/// process in the middle of things, so that tests run side by side.
pub type Env = BTreeMap<String, String>;

/// The variables of this process that are text; the one place that asks the
/// operating system.
#[must_use]
pub fn process_env() -> Env {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Development, test or production.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    #[default]
    Development,
    Test,
    Production,
}

impl Environment {
    /// The variable that chooses.
    pub const VARIABLE: &'static str = "TERRACE_ENVIRONMENT";

    /// Every environment.
    pub const ALL: [Self; 3] = [Self::Development, Self::Test, Self::Production];

    /// What `TERRACE_ENVIRONMENT` says; development when it says nothing.
    ///
    /// # Errors
    /// [`Invalid`] for any other word.
    pub fn from_env(env: &Env) -> Result<Self, Invalid> {
        match env.get(Self::VARIABLE).map(String::as_str) {
            None | Some("") => Ok(Self::Development),
            Some(text) => text.parse(),
        }
    }

    /// The name, which is also the stem of the environment's file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Test => "test",
            Self::Production => "production",
        }
    }

    /// Whether real people are served.
    #[must_use]
    pub fn is_production(self) -> bool {
        self == Self::Production
    }
}

impl FromStr for Environment {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|environment| environment.as_str() == text).ok_or_else(|| {
            Invalid::new("development, test or production in TERRACE_ENVIRONMENT", text)
        })
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{Env, Environment};

    #[test]
    fn the_variable_chooses_and_silence_means_development() {
        let chosen = |value: Option<&str>| {
            let env: Env = value
                .map(|value| ("TERRACE_ENVIRONMENT".to_owned(), value.to_owned()))
                .into_iter()
                .collect();
            Environment::from_env(&env).map_err(|error| error.to_string())
        };
        assert_eq!(chosen(None), Ok(Environment::Development));
        assert_eq!(chosen(Some("")), Ok(Environment::Development));
        assert_eq!(chosen(Some("test")), Ok(Environment::Test));
        assert_eq!(chosen(Some("production")), Ok(Environment::Production));
        let refused =
            "expected development, test or production in TERRACE_ENVIRONMENT, found `prod`";
        assert_eq!(chosen(Some("prod")), Err(refused.to_owned()));
    }
}
