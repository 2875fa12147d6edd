//! The rules that every record is held to: those of the API, and what the database would refuse.

use std::{collections::HashMap, sync::Arc};

use garde::Validate;
use sea_orm::FromQueryResult;
use terrace_product::Profile;
use uuid::Uuid;

use super::record::Record;
use crate::{
    db::Db,
    error::{Error, FieldError, Result},
    http::body,
    listings::{
        catalogue::Catalogue,
        input::{require_price, require_term},
        model::Currency,
    },
};

/// An agent that a record may name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agent {
    pub(super) user_id: Uuid,
    pub(super) company_id: Option<Uuid>,
}

/// What a brand accepts.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) currency: Currency,
    brand: String,
    offered: Vec<&'static str>,
    locales: Vec<String>,
    /// By e-mail address in lower case.
    agents: HashMap<String, Agent>,
}

impl Rules {
    /// Reads the catalogue and the agents.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn load(db: &Db, profile: &Profile) -> Result<Self> {
        let locales = &profile.locales;
        Ok(Self {
            catalogue: Catalogue::load(db).await?,
            currency: market_currency(profile)?,
            brand: profile.name.to_string(),
            offered: profile.market.transaction_types.iter().map(|one| one.as_str()).collect(),
            locales: locales
                .enabled
                .iter()
                .filter(|locale| **locale != locales.default)
                .map(ToString::to_string)
                .collect(),
            agents: agents(db).await?,
        })
    }

    /// The agent of this e-mail address.
    pub(super) fn agent(&self, email: &str) -> Option<Agent> {
        self.agents.get(&email.trim().to_lowercase()).copied()
    }

    /// Everything that is wrong with a record.
    pub(super) fn check(&self, record: &Record) -> Vec<FieldError> {
        let mut wrong = self.identity(record);
        let (input, blocks) = record.as_input();
        if let Err(report) = input.validate() {
            wrong.extend(body::fields(&report));
        }
        let transaction = record.transaction_type;
        if !self.offered.contains(&transaction.name()) {
            let detail = format!("{} offers: {}.", self.brand, self.offered.join(", "));
            wrong.push(FieldError::new("/transaction_type", "not_offered", detail));
        }
        let Record { rent_price, sale_price, lease_price, .. } = record;
        let checks = [
            require_price(transaction, *rent_price, *sale_price, *lease_price),
            blocks
                .of(transaction)
                .and_then(|details| require_term(record.property_type, details.as_ref())),
            self.catalogue.check(Some(&record.amenities), Some(&record.policies)),
        ];
        wrong.extend(checks.into_iter().filter_map(Result::err).flat_map(|error| error.fields));
        wrong.extend(self.translations(record));
        if record.location_details.lat.is_some() != record.location_details.lng.is_some() {
            let detail = "Latitude and longitude go together.";
            wrong.push(FieldError::new("/location_details", "incomplete", detail));
        }
        wrong
    }

    fn identity(&self, record: &Record) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        match &record.external_id {
            Some(id)
                if id.trim().is_empty()
                    || id.chars().count() > 255
                    || id.chars().any(char::is_control) =>
            {
                let detail = "Must have 1..255 characters, none of them a control.";
                wrong.push(FieldError::new("/external_id", "invalid", detail));
            }
            None if record.id.is_none() => {
                let detail = "A record needs an external_id (or the id of a listing here).";
                wrong.push(FieldError::new("/external_id", "required", detail));
            }
            _ => {}
        }
        if record.external_source.as_deref().is_some_and(|source| !is_source(source)) {
            wrong.push(FieldError::new("/external_source", "invalid", SOURCE_FORM));
        }
        if record.agent.as_deref().is_some_and(|email| self.agent(email).is_none()) {
            let detail = "There is no agent with this e-mail address.";
            wrong.push(FieldError::new("/agent", "unknown_agent", detail));
        }
        wrong
    }

    fn translations(&self, record: &Record) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        for (locale, texts) in &record.translations {
            let at = format!("/translations/{locale}");
            if !self.locales.contains(locale) {
                let detail = format!("Must be one of: {}.", self.locales.join(", "));
                wrong.push(FieldError::new(at, "unknown_locale", detail));
            } else if let Err(report) = texts.validate() {
                let fields = body::fields(&report).into_iter();
                wrong.extend(fields.map(|field| FieldError {
                    pointer: format!("{at}{}", field.pointer),
                    ..field
                }));
            }
        }
        wrong
    }
}

/// What the name of a source looks like, as a sentence.
pub(super) const SOURCE_FORM: &str =
    "A source is named by 1..100 lower-case letters, digits and : . _ -, beginning with a letter.";

/// Whether this may be the name of a source.
pub(super) fn is_source(name: &str) -> bool {
    let inner = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, ':' | '.' | '_' | '-')
    };
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(inner)
}

/// The currency of a brand's market.
pub(super) fn market_currency(profile: &Profile) -> Result<Currency> {
    profile.market.currency.as_str().parse().map_err(|unknown: String| {
        Error::internal(anyhow::anyhow!("market.currency of {}: {unknown}", profile.id))
    })
}

async fn agents(db: &Db) -> Result<HashMap<String, Agent>> {
    #[derive(FromQueryResult)]
    struct Row {
        email: String,
        user_id: Uuid,
        company_id: Option<Uuid>,
    }
    let sql = "SELECT lower(u.email) AS email, u.id AS user_id, a.company_id FROM users u \
               LEFT JOIN agents a ON a.user_id = u.id \
               WHERE u.email IS NOT NULL AND u.deleted_at IS NULL \
               AND (a.user_id IS NOT NULL OR u.role IN ('agent', 'admin'))";
    let rows: Vec<Row> = db.platform_rows("import", sql, []).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.email, Agent { user_id: row.user_id, company_id: row.company_id }))
        .collect())
}
