//! The content that ships: the catalogues, and what a product's folder `seed/` has.
//!
//! Seeding again changes nothing that has not changed in those files.

mod catalogue;
mod people;
mod prices;

use std::time::Instant;

use serde::Serialize;
use terrace_product::Profile;

use super::{ImportOptions, ImportReport, Wanted, import};
use crate::{
    db::{Context, Db},
    error::{Code, Error, Result},
    faqs::files::{FaqFiles, FaqImport},
};

/// The source of listings that ship with a product.
const SOURCE: &str = "seed";

/// What to seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The catalogues alone: what a brand needs to list anything at all.
    Catalogue,
    /// The catalogues, and the product's people and listings, who are made up.
    Everything,
}

/// What seeding changed.
#[derive(Clone, Debug, Serialize)]
pub struct SeedReport {
    /// The product.
    pub product: String,
    /// Amenities, policies, their names and legal rules that were made or changed.
    pub catalogue: u64,
    /// People and companies that were made or changed.
    pub people: u64,
    /// What became of the listings, if the product ships any.
    pub listings: Option<ImportReport>,
    /// Seasons and pricing terms of the listings that were made, changed or taken away.
    pub prices: u64,
    /// What became of the questions and their answers.
    pub faqs: FaqImport,
    /// How long it took.
    pub duration_ms: u64,
}

/// Brings the content that ships into a product's database.
///
/// # Errors
/// Where a file of the product is wrong: it is named with the place; those of the database.
pub async fn seed(db: &Db, profile: &Profile, content: Content) -> Result<SeedReport> {
    let begun = Instant::now();
    let context = || Context::system("terrace seed");
    let catalogue =
        db.tx(context(), |tx| Box::pin(async move { catalogue::store(tx).await })).await?;
    let (mut people, mut listings, mut prices, mut faqs) = (0, None, 0, FaqImport::default());
    if content == Content::Everything {
        let folder = profile.folder.join("seed");
        let found = people::People::read(&folder.join("people.json"), &profile.locales.default)?;
        people = db
            .tx(context(), move |tx| {
                let found = found.clone();
                Box::pin(async move { found.store(tx).await })
            })
            .await?;
        let file = folder.join("listings.jsonl");
        if file.exists() {
            let options = ImportOptions {
                wanted: Wanted::Terrace,
                source: Some(SOURCE.to_owned()),
                // The file is the product's own: what it drops is meant to go.
                yes: true,
                all_or_nothing: true,
                refused: folder.join("listings.refused.csv"),
                ..ImportOptions::new(file)
            };
            listings = Some(import(db, profile, options).await?);
        }
        let found = prices::PricesFile::read(&folder)?;
        prices = db
            .tx(context(), move |tx| {
                let found = found.clone();
                Box::pin(async move { found.store(tx).await })
            })
            .await?;
        let found = FaqFiles::read(&folder.join("faq"), &profile.locales)?;
        faqs = db
            .tx(context(), move |tx| {
                let found = found.clone();
                Box::pin(async move { found.store(tx).await })
            })
            .await?;
    }
    Ok(SeedReport {
        product: profile.id.to_string(),
        catalogue,
        people,
        listings,
        prices,
        faqs,
        duration_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// A mistake in a file that ships.
fn mistake(file: &str, error: &serde_json::Error) -> Error {
    Error::new(Code::InvalidInput).with_detail(format!("{file}: {error}"))
}

fn json(rows: &impl Serialize) -> Result<sea_orm::Value> {
    Ok(serde_json::to_string(rows).map_err(Error::internal)?.into())
}
