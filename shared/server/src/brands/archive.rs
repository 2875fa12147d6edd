//! The file that a whole brand travels in: a gzipped tar.
//!
//! `tables/<name>` holds rows as `COPY` writes them, `media/<key>` the files of the storage,
//! `folder/<path>` the brand's folder. `manifest.json` comes last and says what must be there, with a
//! checksum for each: a file that was cut short has none, and is refused before anything is done.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufReader, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use aws_lc_rs::digest;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};

/// Another number is another form: it is refused, not guessed at.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
/// A manifest is read into memory whole.
const LONGEST_MANIFEST: u64 = 256 << 20;
const CHUNK: usize = 64 << 10;

/// What is in an archive, and of what.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    pub(super) product: String,
    pub(super) name: String,
    pub(super) environment: String,
    /// The version of the program that wrote it.
    pub(super) terrace: String,
    /// The schema's; rows fit no other.
    pub(super) fingerprint: String,
    pub(super) made_at: String,
    /// Without people and what they did.
    pub(super) public_only: bool,
    pub(super) tables: Vec<Rows>,
    pub(super) sequences: Vec<Sequence>,
    /// Every other entry, by path.
    pub(super) entries: BTreeMap<String, Sum>,
}

/// The rows of a table.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Rows {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: u64,
}

/// How far a counter is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Sequence {
    pub(super) name: String,
    pub(super) value: i64,
    pub(super) is_called: bool,
}

/// What an entry must be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Sum {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Manifest {
    pub(super) fn new(profile: &terrace_product::Profile, fingerprint: String) -> Self {
        Self {
            format: FORMAT,
            product: profile.id.to_string(),
            name: profile.name.to_string(),
            environment: profile.environment.to_string(),
            terrace: env!("CARGO_PKG_VERSION").to_owned(),
            fingerprint,
            made_at: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            public_only: false,
            tables: Vec::new(),
            sequences: Vec::new(),
            entries: BTreeMap::new(),
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    pub(super) fn count(&self, folder: &str) -> usize {
        self.entries.keys().filter(|path| path.starts_with(folder)).count()
    }
}

/// Counts and sums up what passes.
pub(super) struct Meter {
    sum: digest::Context,
    bytes: u64,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self { sum: digest::Context::new(&digest::SHA256), bytes: 0 }
    }

    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.sum.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    }

    pub(super) fn sum(self) -> Sum {
        let digest = self.sum.finish();
        let hex = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Sum { bytes: self.bytes, sha256: hex }
    }
}

/// An archive that is being written; dropped before it is finished, it leaves nothing.
pub(super) struct Writer {
    tar: Option<tar::Builder<GzEncoder<BufWriter<File>>>>,
    draft: PathBuf,
    to: PathBuf,
    entries: BTreeMap<String, Sum>,
}

impl Writer {
    /// Begins a file that only its owner may read. It must not be there.
    pub(super) fn create(to: &Path) -> anyhow::Result<Self> {
        if to.exists() {
            bail!("{} is there already: remove it, or choose another name", to.display());
        }
        let mut name = to.file_name().context("the archive needs a file name")?.to_owned();
        name.push(".partial");
        let draft = to.with_file_name(name);
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .with_context(|| format!("cannot write {}", draft.display()))?;
        let packed = GzEncoder::new(BufWriter::new(file), Compression::fast());
        let tar = tar::Builder::new(packed);
        Ok(Self { tar: Some(tar), draft, to: to.to_owned(), entries: BTreeMap::new() })
    }

    /// The folder that it is written in.
    pub(super) fn folder(&self) -> &Path {
        self.to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// Adds what was written to a file before, with its sum.
    pub(super) fn add(&mut self, path: String, sum: Sum, content: impl Read) -> anyhow::Result<()> {
        append(self.tar.as_mut().context("the archive is finished")?, &path, sum.bytes, content)?;
        self.entries.insert(path, sum);
        Ok(())
    }

    /// Adds bytes.
    pub(super) fn add_bytes(&mut self, path: String, bytes: &[u8]) -> anyhow::Result<()> {
        let mut meter = Meter::new();
        meter.take(bytes);
        self.add(path, meter.sum(), bytes)
    }

    /// Adds the manifest and gives the file its name.
    pub(super) fn finish(mut self, mut manifest: Manifest) -> anyhow::Result<(Manifest, u64)> {
        manifest.entries = std::mem::take(&mut self.entries);
        let mut tar = self.tar.take().context("the archive is finished")?;
        let text = serde_json::to_vec_pretty(&manifest)?;
        append(&mut tar, MANIFEST, u64::try_from(text.len())?, text.as_slice())?;
        let file = tar.into_inner()?.finish()?.into_inner().map_err(|error| error.into_error())?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        // Whoever made one of this name meanwhile keeps it.
        fs::hard_link(&self.draft, &self.to)
            .with_context(|| format!("cannot write {}", self.to.display()))?;
        Ok((manifest, bytes))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.draft);
    }
}

fn append(
    tar: &mut tar::Builder<impl Write>,
    path: &str,
    bytes: u64,
    content: impl Read,
) -> anyhow::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    tar.append_data(&mut header, path, content)
        .with_context(|| format!("{path} could not be written to the archive"))
}

fn open(path: &Path) -> anyhow::Result<tar::Archive<GzDecoder<BufReader<File>>>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(tar::Archive::new(GzDecoder::new(BufReader::new(file))))
}

/// Reads an archive to its end and holds every entry to its sum.
///
/// # Errors
/// For a file that is no archive of ours, of another form, cut short, or changed.
pub(super) fn inspect(path: &Path) -> anyhow::Result<Manifest> {
    let broken = || format!("{} is no whole archive of a brand", path.display());
    let mut found = BTreeMap::new();
    let mut manifest = None;
    let mut archive = open(path)?;
    for entry in archive.entries().with_context(broken)? {
        let mut entry = entry.with_context(broken)?;
        let name = entry.path().with_context(broken)?.to_string_lossy().into_owned();
        if name == MANIFEST {
            ensure!(entry.size() <= LONGEST_MANIFEST, "its manifest is too long");
            let mut text = Vec::new();
            entry.read_to_end(&mut text).with_context(broken)?;
            manifest = Some(text);
            continue;
        }
        let mut meter = Meter::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            match entry.read(&mut chunk).with_context(broken)? {
                0 => break,
                read => meter.take(&chunk[..read]),
            }
        }
        ensure!(found.insert(name.clone(), meter.sum()).is_none(), "{name} is in it twice");
    }
    // What packed it has a sum of its own, behind everything.
    let _ = std::io::copy(&mut archive.into_inner(), &mut std::io::sink()).with_context(broken)?;
    let text = manifest.with_context(broken)?;
    let form: serde_json::Value = serde_json::from_slice(&text).with_context(broken)?;
    if form["format"] != FORMAT {
        bail!(
            "{} has the form {}, this program reads form {FORMAT}: use the version of terrace that wrote it ({})",
            path.display(),
            form["format"],
            form["terrace"].as_str().unwrap_or("unknown")
        );
    }
    let manifest: Manifest = serde_json::from_value(form).with_context(broken)?;
    for name in manifest.entries.keys().chain(found.keys()) {
        let (wanted, is) = (manifest.entries.get(name), found.get(name));
        ensure!(wanted == is, "{}: {name} is not what was written", path.display());
        let is_plain = Path::new(name)
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        ensure!(is_plain, "{}: {name} leads out of the archive", path.display());
    }
    for table in &manifest.tables {
        let is_there = manifest.entries.contains_key(&format!("tables/{}", table.name));
        ensure!(is_there, "{}: the rows of {} are missing", path.display(), table.name);
    }
    Ok(manifest)
}

/// An entry on its way out of an archive.
pub(super) struct Entry<'e> {
    pub(super) path: &'e str,
    content: &'e mut dyn Read,
}

impl Entry<'_> {
    /// The next piece; none at the end.
    pub(super) fn chunk(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        let mut chunk = vec![0; CHUNK];
        let read = self.content.read(&mut chunk)?;
        chunk.truncate(read);
        Ok((read > 0).then_some(chunk))
    }

    pub(super) fn whole(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.content.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Does something with every entry below a folder of an archive that was inspected.
pub(super) async fn each(
    path: &Path,
    folder: &str,
    mut work: impl AsyncFnMut(&mut Entry<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for entry in open(path)?.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        if let Some(below) = name.strip_prefix(folder) {
            work(&mut Entry { path: below, content: &mut entry }).await?;
        }
    }
    Ok(())
}
