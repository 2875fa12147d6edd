//! The products of an installation.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Environment, Profile, ProfileError, environment::Env, load::Loader, text::ProductId};

/// The products of one folder.
#[derive(Clone, Debug)]
pub struct Profiles {
    folder: PathBuf,
    ids: Vec<ProductId>,
}

impl Profiles {
    /// The variable that names the folder of products.
    pub const FOLDER_VARIABLE: &'static str = "TERRACE_PRODUCTS_DIR";

    /// The products in `folder`: every folder in it that has a `product.toml`.
    ///
    /// # Errors
    /// If the folder cannot be read, or the name of such a folder is no product id.
    pub fn discover(folder: &Path) -> Result<Self, ProfileError> {
        let unreadable = |source| ProfileError::Unreadable { path: folder.to_owned(), source };
        let mut ids = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if entry.path().join("product.toml").is_file() {
                let id = ProductId::parse(&entry.file_name().to_string_lossy());
                ids.push(
                    id.map_err(|source| ProfileError::FolderName { path: entry.path(), source })?,
                );
            }
        }
        ids.sort();
        Ok(Self { folder: folder.to_owned(), ids })
    }

    /// The products of the folder in `TERRACE_PRODUCTS_DIR`, else of the first
    /// folder `products` in `start` or above it.
    ///
    /// # Errors
    /// If there is none, and as [`discover`](Self::discover).
    pub fn locate(start: &Path, env: &Env) -> Result<Self, ProfileError> {
        if let Some(folder) = env.get(Self::FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) {
            return Self::discover(Path::new(folder));
        }
        let folder =
            start.ancestors().map(|folder| folder.join("products")).find(|folder| folder.is_dir());
        Self::discover(&folder.ok_or_else(|| ProfileError::NoProducts { from: start.to_owned() })?)
    }

    /// The folder of products.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The ids of the products, in alphabetical order.
    #[must_use]
    pub fn ids(&self) -> &[ProductId] {
        &self.ids
    }

    /// Loads and checks the profile of one product.
    ///
    /// # Errors
    /// For an unknown product, an unreadable file, and with every problem of
    /// its keys at once.
    pub fn load(
        &self,
        product: &str,
        environment: Environment,
        env: &Env,
    ) -> Result<Profile, ProfileError> {
        let id = self.ids.iter().find(|id| id.as_str() == product).ok_or_else(|| {
            ProfileError::Unknown {
                wanted: product.to_owned(),
                folder: self.folder.clone(),
                known: self.ids.iter().map(ToString::to_string).collect(),
            }
        })?;
        Loader::new(self.folder.join(product), id, environment).load(env)
    }

    /// Loads every product. Whether they get along is
    /// [`check_all`](crate::check_all)'s question.
    ///
    /// # Errors
    /// As [`load`](Self::load), for all products that fail.
    pub fn load_all(
        &self,
        environment: Environment,
        env: &Env,
    ) -> Result<Vec<Profile>, ProfileError> {
        let (mut profiles, mut errors) = (Vec::new(), Vec::new());
        for id in &self.ids {
            match self.load(id.as_str(), environment, env) {
                Ok(profile) => profiles.push(profile),
                Err(error) => errors.push(error),
            }
        }
        match errors.len() {
            0 => Ok(profiles),
            1 => Err(errors.swap_remove(0)),
            _ => Err(ProfileError::Several(errors)),
        }
    }
}
