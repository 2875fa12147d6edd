//! `terrace product check`.

use anyhow::bail;
use clap::Args;
use terrace_product::ProductId;

use super::{super::Selection, place, table};
use crate::brands::{self, Checked};

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    selection: Selection,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let place = place()?;
        let ids: Vec<ProductId> = match &self.selection.product {
            // Loading says which products there are, where this is none.
            Some(id) if !place.profiles.ids().iter().any(|known| known.as_str() == id) => {
                let _ = place.profiles.load(id, place.environment, &place.env)?;
                Vec::new()
            }
            Some(id) => vec![ProductId::parse(id)?],
            None => place.profiles.ids().to_vec(),
        };
        let checked: Vec<Checked> = ids.iter().map(|id| brands::check(&place, id)).collect();
        if self.json {
            table::print_json(&checked)?;
        } else {
            show(&checked);
        }
        let bad: Vec<&str> = checked
            .iter()
            .filter(|checked| checked.has_errors())
            .map(|checked| checked.product.as_str())
            .collect();
        if !bad.is_empty() {
            bail!("something must be mended: {}", bad.join(", "));
        }
        Ok(())
    }
}

fn show(checked: &[Checked]) {
    let findings = checked.iter().flat_map(|checked| {
        checked.findings.iter().map(|finding| {
            vec![
                checked.product.clone(),
                finding.level.name().to_owned(),
                finding.area.to_owned(),
                finding.found.clone(),
                finding.remedy.clone(),
            ]
        })
    });
    if checked.iter().any(|checked| !checked.findings.is_empty()) {
        table::print(&["product", "", "about", "found", "what to do"], findings);
    }
    for Checked { product, score, looked_at, findings } in checked {
        println!(
            "{product}: {score} of 100; {looked_at} things looked at, {} findings",
            findings.len()
        );
    }
}
