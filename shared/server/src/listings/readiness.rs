//! What a listing lacks for being shown to everyone: one list of rules, as data.
//!
//! The rules are asked when a listing is submitted or published. A published listing may be
//! changed into one that lacks something, and an import publishes what its source says: both are
//! the owner's business, and `GET .../readiness` tells it.

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Serialize;
use serde_json::Value;
use terrace_product::Profile;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    blocks,
    model::{ListingStatus, TransactionType},
    review::{Action, Standing},
    service,
};
use crate::{
    app::State,
    db::statement,
    error::{Code, Error, FieldError, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Agent, Origin},
        etag, locale,
    },
};

/// What the rules look at.
#[derive(Debug, FromQueryResult)]
struct Row {
    id: Uuid,
    transaction_type: String,
    price: Option<i64>,
    description_chars: i32,
    photos: i32,
    province: Option<String>,
    district: Option<String>,
    has_coordinates: bool,
    has_agent: bool,
    contact_info: String,
    details: Option<String>,
    locales: Vec<String>,
}

/// The same, taken apart.
struct Listing {
    row: Row,
    transaction: TransactionType,
    contact: Value,
    details: Value,
}

/// Something that a listing needs.
struct Rule {
    /// Of this transaction type, or of every one.
    of: Option<TransactionType>,
    pointer: &'static str,
    code: &'static str,
    /// `{}` is the number that the brand asks for.
    sentence: &'static str,
    number: fn(&Profile) -> usize,
    holds: fn(&Listing, usize) -> bool,
}

fn none(_: &Profile) -> usize {
    0
}

fn at_least(count: i32, least: usize) -> bool {
    usize::try_from(count).is_ok_and(|count| count >= least)
}

const RULES: &[Rule] = &[
    Rule {
        of: None,
        pointer: "/price",
        code: "price_missing",
        sentence: "It needs a price.",
        number: none,
        holds: |listing, _| listing.row.price.is_some(),
    },
    Rule {
        of: None,
        pointer: "/images",
        code: "photos_missing",
        sentence: "It needs at least {} pictures, the cover included.",
        number: |profile| profile.listings.min_photos,
        holds: |listing, least| at_least(listing.row.photos, least),
    },
    Rule {
        of: None,
        pointer: "/description",
        code: "description_short",
        sentence: "Its description needs at least {} characters.",
        number: |profile| profile.listings.min_description,
        holds: |listing, least| at_least(listing.row.description_chars, least),
    },
    Rule {
        of: None,
        pointer: "/location_details/province",
        code: "province_missing",
        sentence: "It needs a province.",
        number: none,
        holds: |listing, _| listing.row.province.is_some(),
    },
    Rule {
        of: None,
        pointer: "/location_details/district",
        code: "place_missing",
        sentence: "It needs a district, or its place on the map.",
        number: none,
        holds: |listing, _| listing.row.district.is_some() || listing.row.has_coordinates,
    },
    Rule {
        of: None,
        pointer: "/contact_info",
        code: "contact_missing",
        sentence: "It needs an agent in charge, or a telephone number, an address or a LINE id to ask.",
        number: none,
        holds: |listing, _| {
            let told = |field: &str| listing.contact.get(field).is_some_and(Value::is_string);
            listing.row.has_agent || ["phone", "email", "line_id"].into_iter().any(told)
        },
    },
    Rule {
        of: Some(TransactionType::Rent),
        pointer: "/rental_details/price_per_night",
        code: "rental_price_missing",
        sentence: "It needs the price of a night or of a month.",
        number: none,
        holds: |listing, _| listing.says("price_per_night") || listing.says("price_per_month"),
    },
    Rule {
        of: Some(TransactionType::Lease),
        pointer: "/lease_details/min_term_months",
        code: "lease_term_missing",
        sentence: "It needs the shortest term of the lease.",
        number: none,
        holds: |listing, _| listing.says("min_term_months"),
    },
    Rule {
        of: Some(TransactionType::Sale),
        pointer: "/sale_details/ownership_type",
        code: "ownership_missing",
        sentence: "It needs the kind of ownership.",
        number: none,
        holds: |listing, _| listing.says("ownership_type"),
    },
    Rule {
        of: Some(TransactionType::Sale),
        pointer: "/sale_details/title_deed",
        code: "title_deed_missing",
        sentence: "It needs the kind of title deed.",
        number: none,
        holds: |listing, _| listing.says("title_deed"),
    },
    Rule {
        of: Some(TransactionType::Business),
        pointer: "/business_details/business_type",
        code: "business_type_missing",
        sentence: "It needs the kind of business.",
        number: none,
        holds: |listing, _| listing.says("business_type"),
    },
    Rule {
        of: Some(TransactionType::Investment),
        pointer: "/investment_details/stage",
        code: "stage_missing",
        sentence: "It needs the stage of the project.",
        number: none,
        holds: |listing, _| listing.says("stage"),
    },
];

impl Listing {
    fn of(row: Row) -> Result<Self> {
        let json = |text: &str| serde_json::from_str(text).map_err(Error::internal);
        Ok(Self {
            transaction: row
                .transaction_type
                .parse()
                .map_err(|unknown: String| Error::internal(anyhow::anyhow!(unknown)))?,
            contact: json(&row.contact_info)?,
            details: row.details.as_deref().map(json).transpose()?.unwrap_or_default(),
            row,
        })
    }

    /// Whether the details of its kind have this field.
    fn says(&self, field: &str) -> bool {
        self.details.get(field).is_some_and(|value| !value.is_null())
    }

    fn missing(&self, profile: &Profile) -> Vec<FieldError> {
        let rules = RULES
            .iter()
            .filter(|rule| rule.of.is_none_or(|of| of == self.transaction))
            .filter(|rule| !(rule.holds)(self, (rule.number)(profile)))
            .map(|rule| {
                let sentence = rule.sentence.replace("{}", &(rule.number)(profile).to_string());
                FieldError::new(rule.pointer, rule.code, sentence)
            });
        let languages = &profile.listings.required_locales;
        let untold = languages
            .iter()
            .filter(|locale| **locale != profile.locales.default)
            .filter(|locale| !self.row.locales.iter().any(|told| told == locale.as_str()))
            .map(|locale| {
                let pointer = format!("/translations/{locale}");
                let sentence = format!("It needs a title and a description in `{locale}`.");
                FieldError::new(pointer, "translation_missing", sentence)
            });
        rules.chain(untold).collect()
    }
}

/// What each of these listings lacks, in one statement.
///
/// # Errors
/// Those of the database.
pub(super) async fn missing(
    tx: &DatabaseTransaction,
    ids: Vec<Uuid>,
    profile: &Profile,
) -> Result<Vec<(Uuid, Vec<FieldError>)>> {
    let sql = format!(
        "SELECT p.id, p.transaction_type::text, p.price, length(p.description) AS description_chars, \
         cardinality(p.images) + (p.cover_image IS NOT NULL)::int AS photos, p.province, p.district, \
         p.lat IS NOT NULL AS has_coordinates, p.agent_id IS NOT NULL AS has_agent, \
         p.contact_info::text, {} AS details, \
         ARRAY(SELECT t.locale FROM property_translations t WHERE t.property_id = p.id \
            AND t.field IN ('title', 'description') GROUP BY t.locale HAVING count(*) = 2) AS locales \
         FROM properties p WHERE p.id = ANY($1::uuid[])",
        blocks::select()
    );
    let rows = tx.query_all_raw(statement(sql, [ids.into()])).await?;
    rows.iter()
        .map(|row| {
            let listing = Listing::of(Row::from_query_result(row, "")?)?;
            Ok((listing.row.id, listing.missing(profile)))
        })
        .collect()
}

async fn missing_of(
    tx: &DatabaseTransaction,
    id: Uuid,
    profile: &Profile,
) -> Result<Vec<FieldError>> {
    let rows = missing(tx, vec![id], profile).await?;
    Ok(rows.into_iter().next().map(|(_, missing)| missing).unwrap_or_default())
}

/// `409` that lists everything that is missing.
///
/// # Errors
/// That, and those of the database.
pub(super) async fn require(tx: &DatabaseTransaction, id: Uuid, profile: &Profile) -> Result<()> {
    let missing = missing_of(tx, id, profile).await?;
    if missing.is_empty() { Ok(()) } else { Err(not_ready(missing)) }
}

pub(super) fn not_ready(missing: Vec<FieldError>) -> Error {
    let detail = "Something is missing before everyone may see it.";
    Error { fields: missing, ..Error::new(Code::NotReady).with_detail(detail) }
}

/// How far a listing is from being shown to everyone.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadinessOut {
    /// Where it stands.
    pub status: ListingStatus,
    /// Whether nothing is missing.
    pub is_ready: bool,
    /// What is missing.
    pub missing: Vec<FieldError>,
    /// What the caller may do with it from here.
    pub actions: Vec<Action>,
}

/// What a listing lacks for being published, and what may be done with it.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/readiness", operation_id = "get_readiness", tag = "listings",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = ReadinessOut)),
    security(("bearer" = [])),
)]
pub async fn get_readiness(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (wired, caller, id) = (state.clone(), agent.0, *id);
    let out = state
        .db
        .tx(origin.0, move |tx| {
            let (state, caller) = (wired.clone(), caller.clone());
            Box::pin(async move {
                let profile = &state.profile;
                let row = service::managed(tx, id, &caller).await?;
                let status = ListingStatus::from(row.status);
                let standing = Standing::of(tx, &caller, profile.listings.review).await?;
                let missing = missing_of(tx, id, profile).await?;
                let actions = match row.deleted_at {
                    Some(_) => vec![Action::Restore],
                    None => standing.actions(status),
                };
                Ok(ReadinessOut { status, is_ready: missing.is_empty(), missing, actions })
            })
        })
        .await?;
    let body = serde_json::to_vec(&out).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}
