//! `POST /properties`, `PATCH` and `DELETE /properties/{id}`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseTransaction};
use terrace_product::Locale;
use uuid::Uuid;

use super::{
    duplicates::FindDuplicates,
    editing::Editing,
    input::{Blocks, Details, PropertyIn, PropertyPatch, require_price, require_term},
    model::TransactionType,
    output::{PropertyOut, PropertyRow},
    query::{self, Key, Sight},
    service::{self, Target},
};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        auth::{Agent, Origin},
        body::Body,
        etag,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        locale,
    },
    jobs, media,
};

/// Makes a listing. It is a draft until it is published.
#[utoipa::path(
    post, path = "/api/v1/properties", operation_id = "create_property", tag = "listings",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = PropertyIn,
    responses((status = 201, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn create_property(
    agent: Agent,
    origin: Origin,
    key: IdempotencyKey,
    body: Body<PropertyIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let caller = agent.0;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let claim = key.claim("create_property", &caller, body.digest);
    let (input, details) = check_new(&state, body.value).await?;
    let wired = state.clone();
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let (state, caller, locale) = (wired.clone(), caller.clone(), locale.clone());
            let (claim, input, details) = (claim.clone(), input.clone(), details.clone());
            Box::pin(async move {
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok(answer);
                }
                let currency = state.profile.market.currency.as_str().parse().map_err(|_| {
                    Error::internal(anyhow::anyhow!("the profile's currency is unknown here"))
                })?;
                let mut input = input;
                let (cover, images) = (input.cover_image.as_mut(), &mut input.images[..]);
                media::resolve(tx, &state.media.storage, None, cover, images).await?;
                let id = service::create(tx, &caller, input, details, currency).await?;
                jobs::enqueue(tx, &FindDuplicates::of(id)).await?;
                let listing = read_back(tx, &state, id, &locale).await?;
                let answer = created(&listing)?;
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    Ok(answer.into())
}

fn created(listing: &PropertyOut) -> Result<Answer> {
    Ok(Answer {
        status: 201,
        body: serde_json::to_string(listing).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: etag::of_version(listing.version, &listing.locale).to_string(),
            location: format!("/api/v1/properties/{}", listing.id),
            language: listing.locale.clone(),
        },
        replayed: false,
    })
}

/// What the brand and its catalogue say to a new listing.
async fn check_new(state: &State, mut input: PropertyIn) -> Result<(PropertyIn, Option<Details>)> {
    offered(state, input.transaction_type)?;
    let PropertyIn { rent_price, sale_price, lease_price, .. } = input;
    require_price(input.transaction_type, rent_price, sale_price, lease_price)?;
    let blocks = Blocks {
        rental: input.rental_details.take(),
        lease: input.lease_details.take(),
        sale: input.sale_details.take(),
        business: input.business_details.take(),
        investment: input.investment_details.take(),
    };
    let details = blocks.of(input.transaction_type)?;
    require_term(input.property_type, details.as_ref())?;
    input.physical_specs.settle()?;
    let catalogue = state.catalogue().await?;
    catalogue.check(Some(&input.amenities), Some(&input.policies))?;
    Ok((input, details))
}

fn offered(state: &State, transaction: TransactionType) -> Result<()> {
    let types = &state.profile.market.transaction_types;
    if types.iter().any(|offered| offered.as_str() == transaction.name()) {
        return Ok(());
    }
    let names: Vec<_> = types.iter().map(|offered| offered.as_str()).collect();
    Err(Error::field(
        "/transaction_type",
        "not_offered",
        format!("{} offers: {}.", state.profile.name, names.join(", ")),
    ))
}

/// Changes a listing.
#[utoipa::path(
    patch, path = "/api/v1/properties/{id}", operation_id = "update_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    request_body = PropertyPatch,
    responses((status = 200, body = PropertyOut)),
    security(("bearer" = [])),
)]
pub async fn update_property(
    editing: Editing,
    body: Body<PropertyPatch>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Editing { target, origin } = editing;
    let mut input = body.value;
    if let Some(specs) = &mut input.physical_specs {
        specs.settle()?;
    }
    state.catalogue().await?.check(input.amenities.as_ref(), input.policies.as_ref())?;
    let blocks = Blocks {
        rental: input.rental_details.take(),
        lease: input.lease_details.take(),
        sale: input.sale_details.take(),
        business: input.business_details.take(),
        investment: input.investment_details.take(),
    };
    let wired = state.clone();
    change(&state, origin, target, &request, move |tx, target| {
        let (state, mut input, blocks) = (wired.clone(), input.clone(), blocks.clone());
        Box::pin(async move {
            let row = service::lock_present(tx, &target).await?;
            let cover = input.cover_image.as_mut().and_then(Option::as_mut);
            let images = input.images.as_deref_mut().unwrap_or_default();
            media::resolve(tx, &state.media.storage, Some(row.id), cover, images).await?;
            let transaction = TransactionType::from(row.transaction_type);
            require_price(
                transaction,
                input.rent_price.unwrap_or(row.rent_price),
                input.sale_price.unwrap_or(row.sale_price),
                input.lease_price.unwrap_or(row.lease_price),
            )?;
            let details = blocks.of(transaction)?;
            let property = input.property_type.unwrap_or_else(|| row.property_type.into());
            require_term(property, details.as_ref())?;
            let slug = row.slug.clone();
            service::patch(tx, &target.caller, row, input, details).await?;
            jobs::enqueue(tx, &FindDuplicates::of(target.id)).await?;
            Ok(slug)
        })
    })
    .await
}

/// Takes a listing away. It can be restored.
#[utoipa::path(
    delete, path = "/api/v1/properties/{id}", operation_id = "delete_property", tag = "listings",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn delete_property(editing: Editing, state: web::Data<State>) -> Result<HttpResponse> {
    let Editing { target, origin } = editing;
    let id = target.id;
    let slug = state
        .db
        .tx(origin.0, move |tx| {
            let target = target.clone();
            Box::pin(async move {
                let row = service::lock_present(tx, &target).await?;
                let slug = row.slug.clone();
                let mut change = service::next_version(row, &target.caller);
                change.deleted_at = Set(Some(chrono::Utc::now()));
                change.update(tx).await?;
                Ok(slug)
            })
        })
        .await?;
    state.listings.forget(&state.profile, id, &[&slug]).await;
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}

/// Changes a listing in one transaction, forgets what was remembered of it, and answers with
/// what it is now. The work returns the slug that the listing had.
pub(crate) async fn change<W>(
    state: &web::Data<State>,
    origin: Origin,
    target: Target,
    request: &HttpRequest,
    work: W,
) -> Result<HttpResponse>
where
    W: for<'t> Fn(&'t DatabaseTransaction, Target) -> crate::db::Work<'t, String>
        + Send
        + Sync
        + 'static,
{
    let locale = locale::negotiate(&state.profile, None, request)?;
    let (wired, id) = (state.clone(), target.id);
    let work = std::sync::Arc::new(work);
    let (slug, listing) = state
        .db
        .tx(origin.0, move |tx| {
            let (state, target, locale) = (wired.clone(), target.clone(), locale.clone());
            let work = work.clone();
            Box::pin(async move {
                let slug = work(tx, target).await?;
                Ok((slug, read_back(tx, &state, id, &locale).await?))
            })
        })
        .await?;
    state.listings.forget(&state.profile, id, &[&slug, &listing.slug]).await;
    Ok(HttpResponse::Ok()
        .insert_header(header::ETag(etag::of_version(listing.version, &listing.locale)))
        .insert_header((header::CONTENT_LANGUAGE, listing.locale.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(listing))
}

/// The listing as its own transaction sees it.
async fn read_back(
    tx: &DatabaseTransaction,
    state: &State,
    id: Uuid,
    locale: &Locale,
) -> Result<PropertyOut> {
    use sea_orm::FromQueryResult;
    let (sql, values) = query::one(Key::Id(id), &Sight::All, &state.profile.locales, locale);
    let row = tx
        .query_one_raw(statement(sql, values))
        .await?
        .ok_or_else(|| Error::not_found("listing"))?;
    PropertyRow::from_query_result(&row, "")?.into_out(&state.profile, locale)
}
