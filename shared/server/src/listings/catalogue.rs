//! The words that listings choose from: amenities and policies, in every language.

use std::{collections::HashMap, sync::Arc};

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use terrace_product::Locale;
use utoipa::ToSchema;

use super::{
    model::{Amenities, Policies},
    read::LocaleQuery,
};
use crate::{
    app::State,
    db::Db,
    error::{Error, FieldError, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
        params::Query,
    },
};

/// Both catalogues, active entries only, in their order.
#[derive(Debug)]
pub struct Catalogue {
    amenities: Vec<Amenity>,
    policies: Vec<Policy>,
    /// How visitors say the amenities.
    spoken: terrace_understanding::Amenities,
}

#[derive(Debug, Deserialize)]
struct Amenity {
    slug: String,
    category: String,
    icon: Option<String>,
    name: String,
    names: HashMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Policy {
    slug: String,
    data_type: DataType,
    options: Vec<String>,
    icon: Option<String>,
    name: String,
    names: HashMap<String, String>,
}

/// What a policy's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataType {
    /// true or false.
    Boolean,
    /// A whole number.
    Integer,
    /// Free text.
    Text,
    /// One of the policy's options.
    Select,
}

/// One word of a catalogue's read, as one JSON document: two tables with their translations in
/// a single statement.
const LOAD: &str = "SELECT \
    coalesce((SELECT jsonb_agg(jsonb_build_object('slug', a.slug, 'category', a.category, \
        'icon', a.icon, 'name', a.name, 'names', coalesce((SELECT jsonb_object_agg(locale, name) \
            FROM amenity_translations WHERE amenity_slug = a.slug), '{}')) \
        ORDER BY a.category, a.sort_order, a.slug) FROM amenities a WHERE a.is_active), '[]')::text AS amenities, \
    coalesce((SELECT jsonb_agg(jsonb_build_object('slug', p.slug, 'data_type', p.data_type, \
        'options', p.options, 'icon', p.icon, 'name', p.name, \
        'names', coalesce((SELECT jsonb_object_agg(locale, name) \
            FROM policy_translations WHERE policy_slug = p.slug), '{}')) \
        ORDER BY p.sort_order, p.slug) FROM policies p WHERE p.is_active), '[]')::text AS policies";

impl Catalogue {
    /// Reads both catalogues.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn load(db: &Db) -> Result<Arc<Self>> {
        #[derive(FromQueryResult)]
        struct Row {
            amenities: String,
            policies: String,
        }
        let row: Row =
            db.read().one(LOAD, []).await?.ok_or_else(|| {
                Error::internal(anyhow::anyhow!("a SELECT without FROM has a row"))
            })?;
        let amenities: Vec<Amenity> =
            serde_json::from_str(&row.amenities).map_err(Error::internal)?;
        Ok(Arc::new(Self {
            spoken: spoken(&amenities),
            amenities,
            policies: serde_json::from_str(&row.policies).map_err(Error::internal)?,
        }))
    }

    /// Whether a listing's choices are in the catalogue.
    ///
    /// # Errors
    /// `422` that names every choice which is not.
    pub fn check(&self, amenities: Option<&Amenities>, policies: Option<&Policies>) -> Result<()> {
        let mut wrong = Vec::new();
        for (category, slugs) in amenities.iter().flat_map(|amenities| amenities.by_category()) {
            for (nth, slug) in slugs.iter().enumerate() {
                if let Some(detail) = self.why_not(category, slug) {
                    let pointer = format!("/amenities/{category}/{nth}");
                    wrong.push(FieldError::new(pointer, "unknown_value", detail));
                }
            }
        }
        for (slug, value) in policies.into_iter().flatten() {
            let pointer = || format!("/policies/{slug}");
            match self.policies.iter().find(|policy| policy.slug == *slug) {
                Some(policy) => {
                    if let Some(detail) = policy.why_not(value) {
                        wrong.push(FieldError::new(pointer(), "invalid_type", detail));
                    }
                }
                None => wrong.push(FieldError::new(
                    pointer(),
                    "unknown_field",
                    "There is no such policy; see GET /api/v1/policies.",
                )),
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
    }

    /// Where an amenity belongs, if there is one of this slug.
    #[must_use]
    pub fn amenity_category(&self, slug: &str) -> Option<&str> {
        let amenity = self.amenities.iter().find(|amenity| amenity.slug == slug)?;
        Some(&amenity.category)
    }

    /// How visitors say the amenities.
    pub(crate) fn spoken(&self) -> &terrace_understanding::Amenities {
        &self.spoken
    }

    /// What people call an amenity, in a language.
    pub(crate) fn amenity_name(&self, slug: &str, locale: &Locale) -> Option<&str> {
        let amenity = self.amenities.iter().find(|amenity| amenity.slug == slug)?;
        Some(name(&amenity.names, &amenity.name, locale))
    }

    /// Every amenity's slug, and its names in all languages.
    pub(crate) fn amenities(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        self.amenities.iter().map(|amenity| {
            let others = amenity.names.values().map(String::as_str);
            (amenity.slug.as_str(), std::iter::once(amenity.name.as_str()).chain(others))
        })
    }

    fn why_not(&self, category: &str, slug: &str) -> Option<String> {
        match self.amenities.iter().find(|amenity| amenity.slug == slug) {
            Some(amenity) if amenity.category == category => None,
            Some(amenity) => Some(format!("Belongs to {}.", amenity.category)),
            None => Some("There is no such amenity; see GET /api/v1/amenities.".to_owned()),
        }
    }
}

fn spoken(amenities: &[Amenity]) -> terrace_understanding::Amenities {
    // The column's own name is English.
    let names: Vec<(&str, Vec<(&str, &str)>)> = amenities
        .iter()
        .map(|amenity| {
            let others =
                amenity.names.iter().map(|(locale, name)| (locale.as_str(), name.as_str()));
            let names = std::iter::once(("en", amenity.name.as_str())).chain(others);
            (amenity.slug.as_str(), names.collect())
        })
        .collect();
    terrace_understanding::Amenities::new(
        names.iter().map(|(slug, names)| (*slug, names.as_slice())),
    )
}

impl Policy {
    fn why_not(&self, value: &serde_json::Value) -> Option<String> {
        let fits = match self.data_type {
            DataType::Boolean => value.is_boolean(),
            DataType::Integer => value.as_i64().is_some_and(|n| (0..=1_000_000).contains(&n)),
            DataType::Text => {
                value.as_str().is_some_and(|s| (1..=300).contains(&s.chars().count()))
            }
            DataType::Select => value.as_str().is_some_and(|s| self.options.iter().any(|o| o == s)),
        };
        if fits {
            return None;
        }
        Some(match self.data_type {
            DataType::Boolean => "Must be true or false.".to_owned(),
            DataType::Integer => "Must be a whole number, 0..1000000.".to_owned(),
            DataType::Text => "Must be a text of 1..300 characters.".to_owned(),
            DataType::Select => format!("Must be one of: {}.", self.options.join(", ")),
        })
    }
}

/// An amenity that a listing may have.
#[derive(Debug, Serialize, ToSchema)]
pub struct AmenityOut<'a> {
    /// What listings and filters call it.
    slug: &'a str,
    /// interior, exterior, building or area.
    category: &'a str,
    /// Name of an icon.
    icon: Option<&'a str>,
    /// What people call it.
    name: &'a str,
}

/// A house rule that a listing may state.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyOut<'a> {
    /// What listings call it.
    slug: &'a str,
    /// What its value is.
    data_type: DataType,
    /// For `select`: the values that there are.
    options: &'a [String],
    /// Name of an icon.
    icon: Option<&'a str>,
    /// What people call it.
    name: &'a str,
}

/// A catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogueOut<T> {
    /// Its entries, in their order.
    items: Vec<T>,
}

/// The name in this language, else in its base language, else in the default one.
fn name<'a>(names: &'a HashMap<String, String>, default: &'a str, locale: &Locale) -> &'a str {
    let exact = locale.as_str();
    let base = exact.split('-').next().unwrap_or(exact);
    names.get(exact).or_else(|| names.get(base)).map_or(default, String::as_str)
}

/// The amenities that listings may have.
#[utoipa::path(
    get, path = "/api/v1/amenities", operation_id = "list_amenities", tag = "listings",
    params(LocaleQuery),
    responses((status = 200, body = CatalogueOut<AmenityOut>)),
    security(()),
)]
pub async fn list_amenities(
    query: Query<LocaleQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, query.0.locale.as_deref(), &request)?;
    let catalogue = state.catalogue().await?;
    let items = catalogue
        .amenities
        .iter()
        .map(|amenity| AmenityOut {
            slug: &amenity.slug,
            category: &amenity.category,
            icon: amenity.icon.as_deref(),
            name: name(&amenity.names, &amenity.name, &locale),
        })
        .collect();
    respond(&state, &request, &CatalogueOut { items }, &locale)
}

/// The house rules that listings may state.
#[utoipa::path(
    get, path = "/api/v1/policies", operation_id = "list_policies", tag = "listings",
    params(LocaleQuery),
    responses((status = 200, body = CatalogueOut<PolicyOut>)),
    security(()),
)]
pub async fn list_policies(
    query: Query<LocaleQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let locale = locale::negotiate(&state.profile, query.0.locale.as_deref(), &request)?;
    let catalogue = state.catalogue().await?;
    let items = catalogue
        .policies
        .iter()
        .map(|policy| PolicyOut {
            slug: &policy.slug,
            data_type: policy.data_type,
            options: &policy.options,
            icon: policy.icon.as_deref(),
            name: name(&policy.names, &policy.name, &locale),
        })
        .collect();
    respond(&state, &request, &CatalogueOut { items }, &locale)
}

fn respond<T: Serialize>(
    state: &State,
    request: &HttpRequest,
    out: &T,
    locale: &Locale,
) -> Result<HttpResponse> {
    let body = serde_json::to_vec(out).map_err(Error::internal)?;
    let reuse = Reuse::For(state.profile.cache.max_age);
    Ok(answer(request, etag::of_bytes(&body), body, locale, reuse))
}
