//! A listing's texts in the brand's other languages.

use actix_web::{HttpRequest, HttpResponse, web};
use garde::Validate;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseTransaction, Value};
use serde::{Deserialize, Serialize};
use terrace_product::Locale;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{editing::Editing, input, output::PropertyOut, service, write};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::body::Body,
};

/// The texts of one language. A text that is missing falls back to the default language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TranslationIn {
    /// Title.
    #[garde(inner(length(chars, min = 3, max = 200), custom(input::not_blank)))]
    #[schema(min_length = 3, max_length = 200)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description.
    #[garde(inner(length(chars, min = 1, max = 10_000)))]
    #[schema(min_length = 1, max_length = 10_000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Province.
    #[garde(inner(length(chars, min = 1, max = 120)))]
    #[schema(min_length = 1, max_length = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_province: Option<String>,
    /// District.
    #[garde(inner(length(chars, min = 1, max = 120)))]
    #[schema(min_length = 1, max_length = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_district: Option<String>,
    /// Subdistrict.
    #[garde(inner(length(chars, min = 1, max = 120)))]
    #[schema(min_length = 1, max_length = 120)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_subdistrict: Option<String>,
    /// Street address.
    #[garde(inner(length(chars, min = 1, max = 300)))]
    #[schema(min_length = 1, max_length = 300)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_address: Option<String>,
}

impl TranslationIn {
    /// Field and text of what is there.
    #[must_use]
    pub fn texts(self) -> Vec<(&'static str, String)> {
        let Self {
            title,
            description,
            location_province,
            location_district,
            location_subdistrict,
            location_address,
        } = self;
        [
            ("title", title),
            ("description", description),
            ("location_province", location_province),
            ("location_district", location_district),
            ("location_subdistrict", location_subdistrict),
            ("location_address", location_address),
        ]
        .into_iter()
        .filter_map(|(field, text)| Some((field, text?)))
        .collect()
    }
}

/// Sets a listing's texts in one language, whole.
#[utoipa::path(
    put, path = "/api/v1/properties/{id}/translations/{locale}",
    operation_id = "put_property_translation", tag = "listings",
    params(("id" = Uuid, Path), ("locale" = String, Path, example = "th"),
        ("If-Match" = String, Header, description = "ETag of the version being changed")),
    request_body = TranslationIn,
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn put_property_translation(
    editing: Editing,
    path: web::Path<(Uuid, String)>,
    body: Body<TranslationIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let locale = translatable(&state, &path.1)?;
    let texts = body.value.texts();
    if texts.is_empty() {
        return Err(Error::field(
            "",
            "required",
            "Give at least one text, or delete the language.",
        ));
    }
    replace(editing, locale, texts, state, request).await
}

/// Takes a listing's texts in one language away.
#[utoipa::path(
    delete, path = "/api/v1/properties/{id}/translations/{locale}",
    operation_id = "delete_property_translation", tag = "listings",
    params(("id" = Uuid, Path), ("locale" = String, Path, example = "th"),
        ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn delete_property_translation(
    editing: Editing,
    path: web::Path<(Uuid, String)>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let locale = translatable(&state, &path.1)?;
    replace(editing, locale, Vec::new(), state, request).await
}

/// Says that a person has looked at a listing's texts in one language beside the version that
/// they name, and that the texts hold: they are reviewed, and no longer stale.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/translations/{locale}/review",
    operation_id = "review_property_translation", tag = "listings",
    params(("id" = Uuid, Path), ("locale" = String, Path, example = "th"),
        ("If-Match" = String, Header, description = "ETag of the version that was looked at")),
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn review_property_translation(
    editing: Editing,
    path: web::Path<(Uuid, String)>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    // Writing the text again unchanged stamps it with the source as it is now.
    const SQL: &str = "UPDATE property_translations \
                       SET value = value, reviewed_at = now(), reviewed_by = $3 \
                       WHERE property_id = $1 AND locale = $2";
    let locale = translatable(&state, &path.1)?;
    let Editing { target, origin } = editing;
    write::change(&state, origin, target, &request, move |tx, target| {
        let locale = locale.clone();
        Box::pin(async move {
            let row = service::lock_present(tx, &target).await?;
            let values = [target.id.into(), locale.as_str().into(), target.caller.user_id.into()];
            if tx.execute_raw(statement(SQL, values)).await?.rows_affected() == 0 {
                return Err(Error::not_found("translation"));
            }
            Ok(row.slug)
        })
    })
    .await
}

/// A language of the brand that is not the one of the listing's own columns.
pub(super) fn translatable(state: &State, locale: &str) -> Result<Locale> {
    let locales = &state.profile.locales;
    let known = locales.enabled.iter().find(|known| known.as_str() == locale);
    match known {
        Some(known) if *known != locales.default => Ok(known.clone()),
        Some(_) => Err(Error::field(
            "/locale",
            "default_locale",
            "The default language is the listing itself: change the listing.",
        )),
        None => {
            let names: Vec<_> = locales.enabled.iter().map(Locale::as_str).collect();
            let detail = format!("Must be one of: {}.", names.join(", "));
            Err(Error::field("/locale", "unknown_locale", detail))
        }
    }
}

async fn replace(
    editing: Editing,
    locale: Locale,
    texts: Vec<(&'static str, String)>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Editing { target, origin } = editing;
    write::change(&state, origin, target, &request, move |tx, target| {
        let (locale, texts) = (locale.clone(), texts.clone());
        Box::pin(async move {
            let row = service::lock_present(tx, &target).await?;
            let slug = row.slug.clone();
            store(tx, target.id, &locale, &texts).await?;
            service::next_version(row, &target.caller).update(tx).await?;
            Ok(slug)
        })
    })
    .await
}

/// Two statements: what is gone, then what is there.
async fn store(
    tx: &DatabaseTransaction,
    id: Uuid,
    locale: &Locale,
    texts: &[(&'static str, String)],
) -> Result<()> {
    let fields: Vec<String> = texts.iter().map(|(field, _)| (*field).to_owned()).collect();
    let values: Vec<String> = texts.iter().map(|(_, text)| text.clone()).collect();
    let delete = "DELETE FROM property_translations \
                  WHERE property_id = $1 AND locale = $2 AND NOT field::text = ANY($3)";
    let place: [Value; 2] = [id.into(), locale.as_str().into()];
    tx.execute_raw(statement(delete, place.clone().into_iter().chain([fields.clone().into()])))
        .await?;
    // A text that is saved again unchanged is written again: a person says that it still holds.
    let insert = "INSERT INTO property_translations (property_id, locale, field, value, origin) \
                  SELECT $1, $2, f::translation_field, v, 'human' FROM unnest($3::text[], $4::text[]) AS n (f, v) \
                  ON CONFLICT (property_id, locale, field) \
                  DO UPDATE SET value = excluded.value, origin = excluded.origin";
    let texts = [fields.into(), values.into()];
    tx.execute_raw(statement(insert, place.into_iter().chain(texts))).await?;
    Ok(())
}
