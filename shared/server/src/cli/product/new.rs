//! `terrace product new`.

use clap::Args;
use terrace_product::{Line, Origin, ProductId};

use super::{place, show};
use crate::brands::{NewBrand, Outcome, Steps, create};

#[derive(Debug, Args)]
pub(super) struct New {
    /// Its id: the name of its folder, 2 to 24 lower-case letters and digits
    id: ProductId,
    /// The brand as people say it
    #[arg(long)]
    name: Line,
    /// The product that it begins as a copy of
    #[arg(long, value_name = "ID")]
    from: ProductId,
    /// Where its API listens
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Its front end in this environment [default: a port of localhost that follows from --port]
    #[arg(long, value_name = "URL")]
    origin: Option<Origin>,
    /// Start its server in the background
    #[arg(long)]
    start: bool,
    /// Finish what was interrupted; the command alone does so, too
    #[arg(long)]
    resume: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl New {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut place = place()?;
        if self.resume && !place.profiles.ids().contains(&self.id) {
            anyhow::bail!("`{}` was never begun: leave --resume out to make it", self.id);
        }
        let wanted = NewBrand {
            id: self.id,
            name: self.name,
            from: self.from,
            port: self.port,
            origin: self.origin,
            start: self.start,
        };
        let line = show::Line::new();
        let mut steps = Steps::new(&line);
        let result = create(&mut place, &wanted, &mut steps).await;
        line.clear();
        let begun = !steps.done().is_empty();
        let nothing_new = steps.done().iter().all(|step| step.outcome != Outcome::Done);
        let result = result.map_err(|error| match begun {
            true => error.context(format!(
                "`{}` is not finished: repeat the command to go on, or take it away with `terrace product remove {}`",
                wanted.id, wanted.id
            )),
            false => error,
        });
        let shown = show::report(&steps, result, self.json)?;
        if shown.is_some() {
            let id = &wanted.id;
            match nothing_new {
                true => println!("`{id}` is there already: nothing was left to do."),
                false => println!(
                    "`{id}` is there. Its texts are still those of `{}`: read products/{id}/product.toml, then \
                     `terrace product check --product {id}`.",
                    wanted.from
                ),
            }
        }
        Ok(())
    }
}
