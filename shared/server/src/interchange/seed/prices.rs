//! The prices of a product's seed listings: seasons, and what else a price depends on.

use std::path::Path;

use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Deserialize;
use uuid::Uuid;

use super::mistake;
use crate::{
    db::statement,
    error::{Code, Error, Result},
    http::body,
    prices::{
        rates::{self, Rates, SeasonRate},
        terms::{self, PricingTerms},
    },
};

const FILE: &str = "prices.json";

/// `prices.json`: what listings say of prices. One that is not named has neither.
#[derive(Clone, Debug, Default)]
pub(super) struct PricesFile(Vec<OfListing>);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfListing {
    slug: String,
    #[serde(default)]
    seasons: Vec<SeasonRate>,
    terms: Option<PricingTerms>,
}

impl OfListing {
    /// By the rules of the API.
    fn check(self) -> Result<Self> {
        let invalid = |report: garde::Report| Error::invalid(body::fields(&report));
        let Self { slug, seasons, terms } = self;
        let rates = Rates { seasons };
        rates.validate().map_err(invalid)?;
        if let Some(terms) = &terms {
            terms.validate().map_err(invalid)?;
        }
        let terms = terms.map(terms::sound).transpose()?;
        Ok(Self { slug, seasons: rates::in_order(rates.seasons)?, terms })
    }
}

impl PricesFile {
    /// Reads the file of a folder, if there is one.
    ///
    /// # Errors
    /// Where it is wrong: what and where.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let text = match std::fs::read_to_string(folder.join(FILE)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Error::internal(error)),
        };
        let listings: Vec<OfListing> =
            serde_json::from_str(&text).map_err(|error| mistake(FILE, &error))?;
        let listings = listings.into_iter().map(|listing| {
            let slug = listing.slug.clone();
            listing.check().map_err(|error| {
                Error::new(Code::InvalidInput).with_detail(format!("{FILE}, {slug}: {error}"))
            })
        });
        Ok(Self(listings.collect::<Result<_>>()?))
    }

    /// Brings them into the database; how many rows were made, changed or taken away.
    ///
    /// # Errors
    /// Where a listing is not there; those of the database.
    pub(super) async fn store(self, tx: &DatabaseTransaction) -> Result<u64> {
        let mut changed = 0;
        for OfListing { slug, seasons, terms } in self.0 {
            let id = named(tx, &slug).await?;
            changed += rates::replace(tx, id, &seasons).await?;
            if let Some(terms) = terms {
                changed += terms::write(tx, id, &terms).await?;
            }
        }
        Ok(changed)
    }
}

async fn named(tx: &DatabaseTransaction, slug: &str) -> Result<Uuid> {
    const SQL: &str = "SELECT p.id FROM properties p WHERE p.slug = $1";
    let row = tx.query_one_raw(statement(SQL, [slug.into()])).await?;
    let row = row.ok_or_else(|| {
        Error::new(Code::InvalidInput).with_detail(format!("{FILE}: there is no listing {slug}."))
    })?;
    Ok(row.try_get("", "id")?)
}
