//! `terrace product export`.

use std::path::PathBuf;

use clap::Args;
use terrace_product::ProductId;

use super::{place, show};
use crate::brands::{self, Extent, Steps};

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: ProductId,
    /// The file to write; it must not be there
    file: PathBuf,
    /// Only what everybody may see: published listings and who offers them, no other people, no dates
    #[arg(long)]
    public_only: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Export {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let place = place()?;
        let extent = if self.public_only { Extent::PublicOnly } else { Extent::Whole };
        let line = show::Line::new();
        let mut steps = Steps::new(&line);
        let result = brands::export(&place, &self.product, &self.file, extent, &mut steps).await;
        line.clear();
        if let Some(exported) = show::report(&steps, result, self.json)? {
            println!(
                "{}: {} rows, {} pictures, {} bytes, schema {}.",
                exported.file.display(),
                exported.rows,
                exported.media,
                exported.bytes,
                exported.fingerprint
            );
            match exported.public_only {
                true => println!("People, dates and the search index are not in it."),
                false => println!(
                    "It holds personal data: only you may read it (mode 0600). Carry it like the database itself."
                ),
            }
        }
        Ok(())
    }
}
