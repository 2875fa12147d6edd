//! What can be wrong with a profile, said to the person who can mend it.

use std::{fmt, io, path::PathBuf};

use serde::Serialize;

use crate::{Environment, check::Clash, text::Invalid};

/// One thing wrong with one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The key, or the environment variable.
    pub key: String,
    /// The layer it stands in (a file or a variable), or where it is missed.
    pub place: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(
        key: impl Into<String>,
        place: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { key: key.into(), place: place.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, place, message } = self;
        if key == place {
            write!(f, "{key}: {message}")
        } else {
            write!(f, "{key} ({place}): {message}")
        }
    }
}

/// Why no profile could be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// There is no folder of products.
    #[error(
        "no folder `products` here or in any folder above ({}); run this inside the checkout, or name the folder in TERRACE_PRODUCTS_DIR",
        from.display()
    )]
    NoProducts {
        /// Where the search began.
        from: PathBuf,
    },
    /// No product has this id.
    #[error("there is no product `{wanted}` in {}{}", folder.display(), known_products(known))]
    Unknown {
        /// The id asked for.
        wanted: String,
        /// The folder of products.
        folder: PathBuf,
        /// The ids there are.
        known: Vec<String>,
    },
    /// A file or folder could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is not TOML.
    #[error("{} is not valid TOML: {message}", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// The parser's words, with line and column.
        message: String,
    },
    /// A folder holds a product, but its name cannot be one's id.
    #[error("{} holds a product.toml, but its name is no product id: {source}", path.display())]
    FolderName {
        /// The folder.
        path: PathBuf,
        /// What an id looks like.
        source: Invalid,
    },
    /// The profile's keys are wrong; every problem found is listed.
    #[error("the profile of `{product}` ({environment}) has {}:{}", counted(problems.len()), bullets(problems))]
    Refused {
        /// The product's id.
        product: String,
        /// The environment it was loaded for.
        environment: Environment,
        /// What is wrong, all at once.
        problems: Vec<Problem>,
    },
    /// Products share what each must have for itself; every clash is listed.
    #[error("the products share what each must have for itself:{}", bullets(.0))]
    Clashes(Vec<Clash>),
    /// Several products could not be loaded.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<ProfileError>),
}

fn counted(problems: usize) -> String {
    if problems == 1 { "one problem".to_owned() } else { format!("{problems} problems") }
}

fn bullets(items: &[impl fmt::Display]) -> String {
    items.iter().map(|item| format!("\n  - {item}")).collect()
}

fn known_products(known: &[String]) -> String {
    if known.is_empty() {
        "; it holds no product (a product is a folder with a product.toml)".to_owned()
    } else {
        format!("; there are: {}", known.join(", "))
    }
}
