//! `terrace export`.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use terrace_product::Profile;

use super::{Workplace, serve};
use crate::{
    db::Db,
    interchange::{self, ExportForm, ExportReport},
};

/// Write a product's listings, drafts too, as a file that import reads
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: String,
    /// The form of the file
    #[arg(long, default_value = "jsonl")]
    format: ExportForm,
    /// Only listings of this source
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// The file (default: standard output)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Export {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let profile = Workplace::find()?.one(&self.product)?;
        serve::check_database(&profile).await?;
        let report = match &self.out {
            None => self.write(&profile, &mut BufWriter::new(std::io::stdout())).await?,
            Some(path) => self.write_to(&profile, path).await?,
        };
        eprintln!("{}: {} listings", report.product, report.rows);
        Ok(())
    }

    /// Under another name until it is whole: half an export must not pass for one.
    async fn write_to(&self, profile: &Profile, path: &Path) -> anyhow::Result<ExportReport> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).with_context(|| partial.display().to_string())?;
        let mut out = BufWriter::new(file);
        let report = self.write(profile, &mut out).await?;
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&partial, path).with_context(|| path.display().to_string())?;
        Ok(report)
    }

    async fn write(
        &self,
        profile: &Profile,
        out: &mut (dyn Write + Send),
    ) -> anyhow::Result<ExportReport> {
        let db = Db::connect(&profile.database);
        let source = self.source.as_deref();
        let result = interchange::export(&db, profile, self.format, source, out).await;
        db.close().await;
        result.map_err(interchange::explain)
    }
}
