//! The installation: where its brands, its secrets and the files by which it is started are.

use std::{
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use terrace_product::{Env, Environment, ProductId, Profile, Profiles};

/// An installation, seen in one environment.
#[derive(Clone, Debug)]
pub struct Place {
    /// The brands.
    pub profiles: Profiles,
    /// Which life of theirs.
    pub environment: Environment,
    /// The variables that their profiles are read with.
    pub env: Env,
}

impl Place {
    /// The checkout: what holds the folder of products.
    pub(super) fn root(&self) -> PathBuf {
        let folder = self.profiles.folder();
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        folder.parent().map_or_else(|| folder.clone(), Path::to_owned)
    }

    /// What a development machine keeps beside the checkout's own files.
    pub(super) fn dev(&self) -> PathBuf {
        self.root().join(".dev")
    }

    pub(super) fn folder(&self, id: &ProductId) -> PathBuf {
        self.profiles.folder().join(id.as_str())
    }

    pub(super) fn knows(&self, id: &ProductId) -> bool {
        self.profiles.ids().contains(id)
    }

    pub(super) fn load(&self, id: &ProductId) -> anyhow::Result<Profile> {
        Ok(self.profiles.load(id.as_str(), self.environment, &self.env)?)
    }

    /// Every brand but this one.
    pub(super) fn others(&self, id: &ProductId) -> anyhow::Result<Vec<Profile>> {
        self.profiles
            .ids()
            .iter()
            .filter(|other| *other != id)
            .map(|other| self.load(other))
            .collect()
    }

    /// Looks at the folder of products again.
    pub(super) fn refresh(&mut self) -> anyhow::Result<()> {
        self.profiles = Profiles::discover(self.profiles.folder())?;
        Ok(())
    }

    /// The new brand stands where its source stands: what the source's variables say of servers holds
    /// for it, unless its own say otherwise.
    pub(super) fn lend(&mut self, from: &ProductId, to: &ProductId) {
        for (key, value) in self.lent(from, to) {
            self.env.entry(key).or_insert(value);
        }
    }

    /// The variables of a brand that name servers, under another brand's prefix.
    pub(super) fn lent(&self, from: &ProductId, to: &ProductId) -> Vec<(String, String)> {
        ["DATABASE__HOST", "DATABASE__PORT", "REDIS__URL"]
            .into_iter()
            .filter_map(|key| {
                let value = self.env.get(&format!("{}{key}", from.variable_prefix()))?;
                Some((format!("{}{key}", to.variable_prefix()), value.clone()))
            })
            .collect()
    }
}

/// Replaces a file whole, readable by its owner alone.
pub(super) fn write_privately(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_with(path, bytes, 0o600)
}

/// Replaces a file whole: nobody ever reads half of it.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_with(path, bytes, 0o644)
}

fn write_with(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let draft = path.with_file_name(name);
    let written = (|| {
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(mode).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    })();
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Makes a folder that only its owner may enter.
pub(super) fn private_folder(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}

/// Every file below a folder, as paths from there, in order.
pub(super) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    fn walk(top: &Path, below: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in fs::read_dir(top.join(below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                walk(top, &path, found)?;
            } else if kind.is_file() {
                found.push(path);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(folder, Path::new(""), &mut found)
        .with_context(|| format!("cannot read {}", folder.display()))?;
    found.sort();
    Ok(found)
}
