//! What a reviewer decides is told to whoever is in charge of the listing.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use terrace_product::Profile;
use uuid::Uuid;

use crate::{
    db::statement,
    error::Result,
    notifications::{self, Mail, Recipient},
};

/// A listing as a letter names it.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Named {
    /// Address part of its page.
    pub(crate) slug: String,
    /// Its title in the reader's language, else in the base of it, else its own.
    pub(crate) title: String,
}

impl Named {
    /// The listing, in a language.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn find(
        tx: &impl ConnectionTrait,
        property: Uuid,
        locale: &str,
    ) -> Result<Option<Self>> {
        const SQL: &str = "SELECT p.slug, coalesce((SELECT t.value FROM property_translations t \
                 WHERE t.property_id = p.id AND t.field = 'title' AND t.locale IN ($2, split_part($2, '-', 1)) \
                 ORDER BY length(t.locale) DESC LIMIT 1), p.title) AS title \
             FROM properties p WHERE p.id = $1";
        let row = tx.query_one_raw(statement(SQL, [property.into(), locale.into()])).await?;
        Ok(row.map(|row| Self::from_query_result(&row, "")).transpose()?)
    }
}

/// What a reviewer has made of a listing that waited for them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Decision<'a> {
    /// Everyone sees it.
    Published,
    /// It is a draft again, for this reason.
    Rejected(&'a str),
}

/// A listing as the decision leaves it.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(super) struct Decided {
    pub(super) property: Uuid,
    pub(super) version: i32,
    /// Agent in charge, or who made it where nobody is.
    pub(super) owner: Option<Uuid>,
    /// Who decided.
    pub(super) by: Uuid,
}

/// Writes to the listing's owner, unless the decision is their own.
///
/// # Errors
/// Those of the database.
pub(super) async fn tell(
    tx: &DatabaseTransaction,
    profile: &Profile,
    Decided { property, version, owner, by }: Decided,
    decision: Decision<'_>,
) -> Result<()> {
    let Some(owner) = owner.filter(|owner| *owner != by) else {
        return Ok(());
    };
    let Some(reader) = Recipient::find(tx, profile, owner).await? else {
        return Ok(());
    };
    let Some(listing) = Named::find(tx, property, &reader.locale).await? else {
        return Ok(());
    };
    let (template, path) = match decision {
        Decision::Published => ("listing_published", format!("/properties/{}", listing.slug)),
        Decision::Rejected(_) => ("listing_rejected", format!("/office/listings/{property}")),
    };
    let mut facts = json!({
        "listing": listing.title,
        "url": notifications::front_end(profile, &path),
    });
    if let Some(name) = reader.name {
        facts["agent"] = name.into_exposed().into();
    }
    if let Decision::Rejected(reason) = decision {
        facts["reason"] = reason.into();
    }
    let mail = Mail {
        template,
        key: format!("{template}:{property}:{version}"),
        to: reader.email,
        locale: reader.locale,
        about: property,
        facts,
    };
    notifications::queue(tx, &mail).await.map(drop)
}
