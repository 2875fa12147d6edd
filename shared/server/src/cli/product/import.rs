//! `terrace product import`.

use std::path::PathBuf;

use clap::Args;
use terrace_product::ProductId;

use super::{place, show};
use crate::brands::{self, Steps};

#[derive(Debug, Args)]
pub(super) struct Import {
    /// What `terrace product export` wrote
    file: PathBuf,
    /// The product that it becomes [default: the one that it was]
    #[arg(long, value_name = "ID")]
    product: Option<ProductId>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut place = place()?;
        let line = show::Line::new();
        let mut steps = Steps::new(&line);
        let result = brands::import(&mut place, &self.file, self.product, &mut steps).await;
        line.clear();
        if let Some(imported) = show::report(&steps, result, self.json)? {
            println!(
                "`{}` is in {}: {} rows, {} pictures.",
                imported.product, imported.database, imported.rows, imported.media
            );
            if imported.public_only {
                println!(
                    "Search needs its index: `terrace reindex --product {}`.",
                    imported.product
                );
            } else {
                println!(
                    "Tokens of visitors and links in letters go on where its secrets came along; they are not in the file."
                );
            }
        }
        Ok(())
    }
}
