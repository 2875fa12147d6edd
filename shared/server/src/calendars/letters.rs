//! What is written to whoever keeps a listing: that nights are taken twice, and that a channel is
//! silent.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use terrace_product::{Locale, Profile};
use uuid::Uuid;

use super::{conflicts::Found, fetch::Failed, sync::Begun};
use crate::{
    db::statement,
    error::Result,
    listings::{dates, letters::Named},
    notifications::{self, Mail, Recipient},
};

/// Whoever keeps the listing, and what the calendar is called.
struct About {
    reader: Recipient,
    listing: Named,
    calendar: String,
}

impl About {
    async fn find(
        tx: &DatabaseTransaction,
        profile: &Profile,
        property: Uuid,
        calendar: Uuid,
    ) -> Result<Option<Self>> {
        const SQL: &str = "SELECT coalesce(p.agent_id, p.created_by) AS owner, c.name AS calendar \
            FROM properties p JOIN calendars c ON c.id = $2 WHERE p.id = $1";
        #[derive(FromQueryResult)]
        struct Row {
            owner: Option<Uuid>,
            calendar: String,
        }
        let row = tx.query_one_raw(statement(SQL, [property.into(), calendar.into()])).await?;
        let Some(row) = row.map(|row| Row::from_query_result(&row, "")).transpose()? else {
            return Ok(None);
        };
        let Some(owner) = row.owner else { return Ok(None) };
        let Some(reader) = Recipient::find(tx, profile, owner).await? else { return Ok(None) };
        let Some(listing) = Named::find(tx, property, &reader.locale).await? else {
            return Ok(None);
        };
        Ok(Some(Self { reader, listing, calendar: row.calendar }))
    }

    async fn send(
        self,
        tx: &DatabaseTransaction,
        template: &'static str,
        key: String,
        about: Uuid,
        mut facts: serde_json::Value,
    ) -> Result<()> {
        facts["listing"] = self.listing.title.into();
        facts["calendar"] = self.calendar.into();
        if let Some(name) = self.reader.name {
            facts["agent"] = name.into_exposed().into();
        }
        let Recipient { email: to, locale, .. } = self.reader;
        let mail = Mail { template, key, to, locale, about, facts };
        notifications::queue(tx, &mail).await.map(drop)
    }
}

/// Nights are taken twice.
pub(super) async fn conflict(
    tx: &DatabaseTransaction,
    profile: &Profile,
    found: &Found,
) -> Result<()> {
    let about = About::find(tx, profile, found.property_id, found.calendar_id).await?;
    let Some(about) = about else { return Ok(()) };
    let locale = Locale::parse(&about.reader.locale).unwrap_or(profile.locales.default.clone());
    let day = |day| dates::day(day, &locale);
    let facts = json!({
        "from": day(found.during.start),
        "to": day(found.during.end),
        "own_from": day(found.own_during.start),
        "own_to": day(found.own_during.end),
        "own_kind": found.own_kind,
        "url": notifications::front_end(profile, &format!("/office/calendar-conflicts/{}", found.id)),
    });
    about
        .send(tx, "calendar_conflict", format!("calendar.conflict:{}", found.id), found.id, facts)
        .await
}

/// A channel could not be read for a day.
pub(super) async fn failing(
    tx: &DatabaseTransaction,
    profile: &Profile,
    begun: &Begun,
    failed: &Failed,
    now: DateTime<Utc>,
) -> Result<()> {
    let about = About::find(tx, profile, begun.property_id, begun.id).await?;
    let Some(about) = about else { return Ok(()) };
    let path = format!("/office/listings/{}", begun.property_id);
    let facts = json!({
        "reason": failed.words,
        "url": notifications::front_end(profile, &path),
    });
    let key = format!("calendar.failing:{}:{}", begun.id, now.timestamp());
    about.send(tx, "calendar_failing", key, begun.id, facts).await
}
