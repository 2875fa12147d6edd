//! What others may see of a profile: the public, and the operator's list.

use serde::Serialize;

use crate::{
    Environment, Profile,
    locale::{Locale, Locales},
    market::{CurrencyCode, TransactionType},
    net::{Origin, Port},
    text::{AssetPath, Email, Line, Phone, ProductId, SqlName},
    theme::Theme,
};

/// What anybody may know about a product, in one language.
#[derive(Clone, Debug, Serialize)]
pub struct PublicProfile {
    pub id: ProductId,
    pub name: Line,
    pub tagline: String,
    /// The language of the texts.
    pub locale: Locale,
    pub locales: Locales,
    pub currency: CurrencyCode,
    pub transaction_types: Vec<TransactionType>,
    pub theme: Theme,
    pub contact: PublicContact,
    pub seo: PublicSeo,
}

/// How to reach the brand, in one language.
#[derive(Clone, Debug, Serialize)]
pub struct PublicContact {
    pub email: Email,
    pub phone: Option<Phone>,
    pub line_id: Option<Line>,
    pub address: Option<String>,
    pub hours: Option<String>,
}

/// What search engines and link previews show, in one language.
#[derive(Clone, Debug, Serialize)]
pub struct PublicSeo {
    pub title: String,
    pub description: String,
    pub image: Option<AssetPath>,
    pub index: bool,
}

/// One line of `product list`.
#[derive(Clone, Debug, Serialize)]
pub struct ProductSummary {
    pub id: ProductId,
    pub name: Line,
    pub environment: Environment,
    pub port: Port,
    pub public_url: Origin,
    pub origins: Vec<Origin>,
    pub database: SqlName,
}

impl Profile {
    /// The public view in the enabled locale that serves `wanted`.
    #[must_use]
    pub fn public(&self, wanted: &Locale) -> PublicProfile {
        let locale = self.locales.resolve(wanted);
        let default = &self.locales.default;
        let optional = |text: &crate::LocalisedText| text.get(locale, default).map(str::to_owned);
        let text = |text| optional(text).unwrap_or_default();
        PublicProfile {
            id: self.id.clone(),
            name: self.name.clone(),
            tagline: text(&self.tagline),
            locale: locale.clone(),
            locales: self.locales.clone(),
            currency: self.market.currency,
            transaction_types: self.market.transaction_types.clone(),
            theme: self.theme.clone(),
            contact: PublicContact {
                email: self.contact.email.clone(),
                phone: self.contact.phone.clone(),
                line_id: self.contact.line_id.clone(),
                address: optional(&self.contact.address),
                hours: optional(&self.contact.hours),
            },
            seo: PublicSeo {
                title: text(&self.seo.title),
                description: text(&self.seo.description),
                image: self.seo.image.clone(),
                index: self.seo.index,
            },
        }
    }

    /// The product as one line of a list.
    #[must_use]
    pub fn summary(&self) -> ProductSummary {
        ProductSummary {
            id: self.id.clone(),
            name: self.name.clone(),
            environment: self.environment,
            port: self.server.port,
            public_url: self.server.public_url.clone(),
            origins: self.server.origins.clone(),
            database: self.database.name.clone(),
        }
    }

    /// Every key with its value (secrets masked) and the layer it came from.
    #[must_use]
    pub fn sources(&self) -> &[crate::ExplainedKey] {
        &self.sources
    }
}
