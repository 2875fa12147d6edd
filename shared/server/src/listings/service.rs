//! Making and changing listings. Everything here runs inside a transaction that the caller
//! opened; who may do what is decided on the row itself, under its lock.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{self, NotSet, Set},
    DatabaseTransaction, EntityTrait, QuerySelect,
    prelude::Json,
};
use serde::Serialize;
use terrace_entity::{
    agents,
    properties::{self, ActiveModel, Model},
};
use uuid::Uuid;

use super::{
    blocks,
    input::{Details, PropertyIn, PropertyPatch},
    model::{Currency, Image},
    slug,
};
use crate::{
    error::{Code, Error, Result},
    http::{auth::Caller, etag},
};

/// Makes a listing: a draft until it is published.
///
/// # Errors
/// `409` where the slug is taken, `422` where agent or company are not there.
pub(super) async fn create(
    tx: &DatabaseTransaction,
    caller: &Caller,
    input: PropertyIn,
    details: Option<Details>,
    currency: Currency,
) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let PropertyIn {
        slug,
        title,
        description,
        transaction_type,
        property_type,
        rent_price,
        sale_price,
        lease_price,
        currency: own_currency,
        physical_specs,
        location_details,
        amenities,
        policies,
        contact_info,
        cover_image,
        images,
        tags,
        is_featured,
        listing_priority,
        agent_id,
        company_id,
        reference,
        // Taken apart by the caller, which knows which of them may be there.
        rental_details: _,
        lease_details: _,
        sale_details: _,
        business_details: _,
        investment_details: _,
    } = input;
    let row = ActiveModel {
        id: Set(id),
        slug: Set(slug.unwrap_or_else(|| slug::of_title(&title, id))),
        title: Set(title),
        description: Set(description),
        transaction_type: Set(transaction_type.into()),
        property_type: Set(property_type.into()),
        rent_price: Set(rent_price),
        sale_price: Set(sale_price),
        lease_price: Set(lease_price),
        currency: Set(own_currency.unwrap_or(currency).into()),
        physical_specs: Set(json(&physical_specs)?),
        location_details: Set(json(&location_details)?),
        amenities: Set(json(&amenities)?),
        policies: Set(json(&policies)?),
        contact_info: Set(json(&contact_info)?),
        cover_image: Set(cover_image.as_ref().map(json).transpose()?),
        images: Set(all_json(&images)?),
        tags: Set(tags),
        is_featured: Set(is_featured),
        listing_priority: Set(listing_priority),
        agent_id: Set(in_charge(tx, caller, agent_id).await?),
        company_id: Set(company_id),
        reference: Set(reference),
        created_by: Set(Some(caller.user_id)),
        updated_by: Set(Some(caller.user_id)),
        ..Default::default()
    };
    properties::Entity::insert(row).exec_without_returning(tx).await.map_err(name_the_field)?;
    if let Some(details) = details {
        blocks::store(tx, id, &details).await?;
    }
    Ok(id)
}

/// The agent in charge of a new listing: the calling agent, or whom an admin names.
async fn in_charge(
    tx: &DatabaseTransaction,
    caller: &Caller,
    named: Option<Uuid>,
) -> Result<Option<Uuid>> {
    match named {
        Some(named) if caller.is_admin() => {
            require_agent(tx, named).await?;
            Ok(Some(named))
        }
        Some(named) if caller.agent_id == Some(named) => Ok(Some(named)),
        Some(_) => Err(only_admins_assign()),
        None => Ok(caller.agent_id),
    }
}

/// The column refers to a person; who is put in charge must be an agent.
async fn require_agent(tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
    match agents::Entity::find_by_id(id).one(tx).await? {
        Some(_) => Ok(()),
        None => Err(Error::field("/agent_id", "unknown", "There is no such agent.")),
    }
}

fn only_admins_assign() -> Error {
    let detail = "Only an admin may put another agent in charge.";
    Error::field("/agent_id", "forbidden", detail)
}

/// A foreign key that points nowhere is the client's mistake, and has a name.
fn name_the_field(error: sea_orm::DbErr) -> Error {
    Error::from(error).on_constraint("properties_company_id_fkey", || {
        Error::field("/company_id", "unknown", "There is no such company.")
    })
}

/// Which listing is to be changed, by whom, and which version of it they have seen.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) id: Uuid,
    pub(crate) caller: Caller,
    pub(crate) seen: i32,
}

/// Locks the row of a listing that the caller manages and whose version they have seen.
///
/// # Errors
/// `404` where it is absent or not theirs to see, `403` where they see it but may not change
/// it, `412` where it was changed in the meantime.
pub(super) async fn lock(tx: &DatabaseTransaction, target: &Target) -> Result<Model> {
    let row = lock_managed(tx, &target.caller, target.id).await?;
    if row.version != target.seen {
        return Err(etag::stale());
    }
    Ok(row)
}

/// Locks the row of a listing that the caller manages, whatever its version.
///
/// # Errors
/// As for [`lock`], without `412`.
pub(crate) async fn lock_managed(
    tx: &DatabaseTransaction,
    caller: &Caller,
    id: Uuid,
) -> Result<Model> {
    let row = properties::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or_else(|| Error::not_found("listing"))?;
    let is_visible = row.is_published && row.deleted_at.is_none();
    manages(caller, row.agent_id.or(row.created_by), is_visible)?;
    Ok(row)
}

/// A listing that the caller manages, to be looked at.
///
/// # Errors
/// As for [`lock_managed`].
pub(crate) async fn managed(tx: &DatabaseTransaction, id: Uuid, caller: &Caller) -> Result<Model> {
    let row = properties::Entity::find_by_id(id).one(tx).await?;
    let row = row.ok_or_else(|| Error::not_found("listing"))?;
    let is_visible = row.is_published && row.deleted_at.is_none();
    manages(caller, row.agent_id.or(row.created_by), is_visible)?;
    Ok(row)
}

/// Whether a caller manages a listing of this owner.
///
/// # Errors
/// `403` where they see it but may not change it, `404` where it is not theirs to see.
pub(crate) fn manages(caller: &Caller, owner: Option<Uuid>, is_visible: bool) -> Result<()> {
    if caller.is_admin() || owner == Some(caller.user_id) {
        return Ok(());
    }
    Err(if is_visible {
        Error::new(Code::Forbidden).with_detail("This listing is another agent's.")
    } else {
        Error::not_found("listing")
    })
}

/// As [`lock`], for a listing that has not been taken away.
///
/// # Errors
/// As for [`lock`]; `404` where it has been.
pub(crate) async fn lock_present(tx: &DatabaseTransaction, target: &Target) -> Result<Model> {
    let row = lock(tx, target).await?;
    match row.deleted_at {
        None => Ok(row),
        Some(_) => Err(Error::not_found("listing")),
    }
}

/// Begins the change of a locked row: the next version, by this caller.
pub(crate) fn next_version(row: Model, caller: &Caller) -> ActiveModel {
    let version = row.version + 1;
    let mut change = ActiveModel::from(row);
    change.version = Set(version);
    change.updated_by = Set(Some(caller.user_id));
    change
}

/// Applies a patch to a locked row.
///
/// # Errors
/// `409` where the slug is taken, `422` where something does not fit.
pub(super) async fn patch(
    tx: &DatabaseTransaction,
    caller: &Caller,
    row: Model,
    patch: PropertyPatch,
    details: Option<Details>,
) -> Result<()> {
    let id = row.id;
    let PropertyPatch {
        slug,
        title,
        description,
        property_type,
        rent_price,
        sale_price,
        lease_price,
        currency,
        physical_specs,
        location_details,
        amenities,
        policies,
        contact_info,
        cover_image,
        images,
        tags,
        is_featured,
        listing_priority,
        agent_id,
        company_id,
        reference,
        // Taken apart by the caller, which knows which of them may be there.
        rental_details: _,
        lease_details: _,
        sale_details: _,
        business_details: _,
        investment_details: _,
    } = patch;
    if let Some(agent_id) = agent_id
        && agent_id != row.agent_id
    {
        if !caller.is_admin() {
            return Err(only_admins_assign());
        }
        if let Some(agent_id) = agent_id {
            require_agent(tx, agent_id).await?;
        }
    }
    let change = ActiveModel {
        slug: set(slug),
        title: set(title),
        description: set(description),
        property_type: set(property_type.map(Into::into)),
        rent_price: set(rent_price),
        sale_price: set(sale_price),
        lease_price: set(lease_price),
        currency: set(currency.map(Into::into)),
        physical_specs: set(physical_specs.as_ref().map(json).transpose()?),
        location_details: set(location_details.as_ref().map(json).transpose()?),
        amenities: set(amenities.as_ref().map(json).transpose()?),
        policies: set(policies.as_ref().map(json).transpose()?),
        contact_info: set(contact_info.as_ref().map(json).transpose()?),
        cover_image: match cover_image {
            Some(image) => Set(image.as_ref().map(json).transpose()?),
            None => NotSet,
        },
        images: set(images.as_deref().map(all_json).transpose()?),
        tags: set(tags),
        is_featured: set(is_featured),
        listing_priority: set(listing_priority),
        agent_id: set(agent_id),
        company_id: set(company_id),
        reference: set(reference),
        ..next_version(row, caller)
    };
    change.update(tx).await.map_err(name_the_field)?;
    if let Some(details) = details {
        blocks::store(tx, id, &details).await?;
    }
    Ok(())
}

fn set<T: Into<sea_orm::Value>>(value: Option<T>) -> ActiveValue<T> {
    value.map_or(NotSet, Set)
}

fn json<T: Serialize>(value: &T) -> Result<Json> {
    serde_json::to_value(value).map_err(Error::internal)
}

fn all_json(images: &[Image]) -> Result<Vec<Json>> {
    images.iter().map(json).collect()
}
