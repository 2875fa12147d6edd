//! What a listing says, in each language of the brand, as it is searched.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde::Deserialize;
use terrace_product::Locale;
use uuid::Uuid;

use super::{
    queue::{Claimed, LISTINGS},
    segment::spaced,
    vectors::Lacking,
};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    listings::catalogue::Catalogue,
    search::kinds,
};

/// Part of every hash: another number indexes everything anew.
const FORM: &str = "1";

/// One listing in one language.
#[derive(Clone, Debug)]
struct Document {
    property_id: Uuid,
    locale: String,
    title: String,
    /// What it is and where.
    kind: String,
    /// What there is.
    amenities: String,
    description: String,
}

impl Document {
    /// What is embedded: the same parts, most telling first.
    fn content(&self) -> String {
        let parts = [&self.title, &self.kind, &self.amenities, &self.description];
        let parts: Vec<&str> = parts.into_iter().map(|part| part.trim()).collect();
        parts.join("\n")
    }
}

/// Writes the documents of claimed listings and takes away those of listings that nobody sees any
/// more. Answers which texts have no vector in this slot, or an old one.
///
/// # Errors
/// Those of the database.
pub(super) async fn write(state: &State, slot: i16, claimed: &[Claimed]) -> Result<Vec<Lacking>> {
    let catalogue = state.catalogue().await?;
    let locales = state.profile.locales.clone();
    let claimed = claimed.to_vec();
    state
        .db
        .tx(Context::system("search"), move |tx| {
            let (catalogue, locales, claimed) =
                (catalogue.clone(), locales.clone(), claimed.clone());
            Box::pin(async move {
                let held = LISTINGS.hold(tx, slot, &claimed).await?;
                let listings = read(tx, &held).await?;
                let documents: Vec<Document> = listings
                    .iter()
                    .flat_map(|listing| {
                        locales
                            .enabled
                            .iter()
                            .map(|locale| listing.tell(locale, &locales.default, &catalogue))
                    })
                    .collect();
                remove_others(tx, held, &documents).await?;
                store(tx, slot, &documents).await
            })
        })
        .await
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: Uuid,
    title: String,
    description: String,
    transaction_type: String,
    property_type: String,
    location: String,
    amenities: Vec<String>,
    tags: Vec<String>,
    translations: String,
}

/// A listing that everyone sees, with its texts.
struct Listing {
    row: Row,
    location: Location,
    translations: HashMap<String, HashMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
struct Location {
    province: Option<String>,
    district: Option<String>,
    subdistrict: Option<String>,
    address: Option<String>,
}

async fn read(tx: &DatabaseTransaction, ids: &[Uuid]) -> Result<Vec<Listing>> {
    const SQL: &str = "SELECT p.id, p.title, p.description, p.transaction_type::text, p.property_type::text, \
            p.location_details::text AS location, p.amenity_slugs AS amenities, p.tags, \
            coalesce((SELECT jsonb_object_agg(t.locale, t.texts) FROM ( \
                SELECT locale, jsonb_object_agg(field, value) AS texts FROM property_translations \
                WHERE property_id = p.id GROUP BY locale) t), '{}')::text AS translations \
        FROM properties p WHERE p.id = ANY($1::uuid[]) AND p.is_published AND p.deleted_at IS NULL \
        ORDER BY p.id";
    let rows = tx.query_all_raw(statement(SQL, [ids.to_vec().into()])).await?;
    rows.iter()
        .map(|row| {
            let row = Row::from_query_result(row, "")?;
            let location = serde_json::from_str(&row.location).map_err(Error::internal)?;
            let translations = serde_json::from_str(&row.translations).map_err(Error::internal)?;
            Ok(Listing { row, location, translations })
        })
        .collect()
}

impl Listing {
    /// A text in a language, else in its base language, else none.
    fn translated(&self, locale: &Locale, field: &str) -> Option<&str> {
        let exact = locale.as_str();
        let base = exact.split('-').next().unwrap_or(exact);
        let texts = [exact, base].into_iter().filter_map(|locale| self.translations.get(locale));
        texts.filter_map(|texts| texts.get(field)).map(String::as_str).next()
    }

    fn tell(&self, locale: &Locale, default: &Locale, catalogue: &Catalogue) -> Document {
        let own = |field: &str, fallback: &str| {
            let translated = if locale == default { None } else { self.translated(locale, field) };
            translated.unwrap_or(fallback).to_owned()
        };
        let Location { province, district, subdistrict, address } = &self.location;
        // People name places in whichever language: both stand in both documents.
        let mut places: Vec<String> = Vec::new();
        for (field, name) in [
            ("location_address", address),
            ("location_subdistrict", subdistrict),
            ("location_district", district),
            ("location_province", province),
        ] {
            let names = self.translations.values().filter_map(|texts| texts.get(field));
            for name in names.chain(name) {
                if !name.is_empty() && !places.contains(name) {
                    places.push(name.clone());
                }
            }
        }
        let language = locale.as_str();
        let kind = [
            self.row.property_type.parse().map_or("", |kind| kinds::property_type(kind, language)),
            self.row
                .transaction_type
                .parse()
                .map_or("", |kind| kinds::transaction_type(kind, language)),
            &places.join(", "),
        ]
        .join(" · ");
        let amenities =
            self.row.amenities.iter().filter_map(|slug| catalogue.amenity_name(slug, locale));
        let amenities: Vec<&str> =
            amenities.chain(self.row.tags.iter().map(String::as_str)).collect();
        Document {
            property_id: self.row.id,
            locale: language.to_owned(),
            title: own("title", &self.row.title),
            kind,
            amenities: amenities.join(", "),
            description: own("description", &self.row.description),
        }
    }
}

/// Documents of listings that are gone, and in languages that the brand no longer speaks.
async fn remove_others(
    tx: &DatabaseTransaction,
    held: Vec<Uuid>,
    documents: &[Document],
) -> Result<()> {
    const SQL: &str = "DELETE FROM search_documents d WHERE d.property_id = ANY($1::uuid[]) \
        AND NOT EXISTS (SELECT FROM unnest($2::uuid[], $3::text[]) AS n (id, locale) \
            WHERE n.id = d.property_id AND n.locale = d.locale)";
    let (ids, locales): (Vec<Uuid>, Vec<String>) =
        documents.iter().map(|document| (document.property_id, document.locale.clone())).unzip();
    tx.execute_raw(statement(SQL, [held.into(), ids.into(), locales.into()])).await?;
    Ok(())
}

/// Writes what has changed, and says what lacks its vector.
async fn store(
    tx: &DatabaseTransaction,
    slot: i16,
    documents: &[Document],
) -> Result<Vec<Lacking>> {
    // The weights of the parts: A title, B kind and place, C amenities, D description.
    const SQL: &str = "WITH new AS (\
            SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) \
                AS n (property_id, locale, title, content, a, b, c, d)), \
        hashed AS (SELECT new.*, sha256(convert_to($10 || content, 'UTF8')) AS content_hash FROM new), \
        written AS (\
            INSERT INTO search_documents AS old (property_id, locale, title, content, content_hash, words) \
            SELECT property_id, locale, title, content, content_hash, \
                setweight(to_tsvector('english', a), 'A') || setweight(to_tsvector('english', b), 'B') || \
                setweight(to_tsvector('english', c), 'C') || setweight(to_tsvector('english', d), 'D') \
            FROM hashed ORDER BY property_id, locale \
            ON CONFLICT (property_id, locale) DO UPDATE SET title = excluded.title, content = excluded.content, \
                content_hash = excluded.content_hash, words = excluded.words \
            WHERE old.content_hash <> excluded.content_hash) \
        SELECT h.property_id, h.locale, h.content_hash, h.content FROM hashed h \
        WHERE NOT EXISTS (SELECT FROM search_vectors v WHERE v.slot = $1 AND v.property_id = h.property_id \
            AND v.locale = h.locale AND v.content_hash = h.content_hash) \
        ORDER BY h.property_id, h.locale";
    if documents.is_empty() {
        return Ok(Vec::new());
    }
    let column = |part: &dyn Fn(&Document) -> String| -> Value {
        documents.iter().map(part).collect::<Vec<String>>().into()
    };
    let ids: Vec<Uuid> = documents.iter().map(|document| document.property_id).collect();
    let values = [
        slot.into(),
        ids.into(),
        column(&|document| document.locale.clone()),
        column(&|document| document.title.clone()),
        column(&Document::content),
        column(&|document| spaced(&document.title)),
        column(&|document| spaced(&document.kind)),
        column(&|document| spaced(&document.amenities)),
        column(&|document| spaced(&document.description)),
        FORM.into(),
    ];
    let rows = tx.query_all_raw(statement(SQL, values)).await?;
    Ok(rows.iter().map(|row| Lacking::from_query_result(row, "")).collect::<Result<_, _>>()?)
}
