//! Listings. Prices are in the smallest unit of `currency`; `title` and `description` are the fallback
//! language.
//!
//! `geo` (a point for distance search) has no field: sea-orm knows no type for it, and `lat`/`lng` hold the same.

use sea_orm::ActiveValue::NotSet;
use sea_orm::entity::prelude::*;

use crate::enums::{Currency, ListingStatus, PropertyType, TransactionType};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "properties")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    pub description: String,
    pub transaction_type: TransactionType,
    pub property_type: PropertyType,
    /// A month (30 nights).
    pub rent_price: Option<i64>,
    pub sale_price: Option<i64>,
    /// A month.
    pub lease_price: Option<i64>,
    pub currency: Currency,
    /// bedrooms, bathrooms, area_sqm, land_sqm, floors, year_built, furnished, parking.
    #[sea_orm(column_type = "JsonBinary")]
    pub physical_specs: Json,
    /// country, province, district, subdistrict, address, postcode, lat, lng.
    #[sea_orm(column_type = "JsonBinary")]
    pub location_details: Json,
    /// Slugs by category: interior, exterior, building, area.
    #[sea_orm(column_type = "JsonBinary")]
    pub amenities: Json,
    /// Policy slug to a value of the policy's type.
    #[sea_orm(column_type = "JsonBinary")]
    pub policies: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub contact_info: Json,
    /// `{url, alt, width, height}`, as each of `images`.
    #[sea_orm(column_type = "JsonBinary")]
    pub cover_image: Option<Json>,
    pub images: Vec<Json>,
    pub tags: Vec<String>,
    /// Where it stands; `is_published` says the same of one of the four.
    pub status: ListingStatus,
    /// Since when it waits for a reviewer.
    pub submitted_at: Option<DateTimeUtc>,
    /// What the reviewer wants changed.
    pub rejection_reason: Option<String>,
    pub is_published: bool,
    pub is_featured: bool,
    pub listing_priority: i16,
    pub published_at: Option<DateTimeUtc>,
    pub agent_id: Option<Uuid>,
    pub company_id: Option<Uuid>,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    /// Optimistic lock.
    pub version: i32,
    pub external_source: Option<String>,
    pub external_id: Option<String>,
    /// Hash of the record that the last import read.
    pub import_hash: Option<String>,
    pub deleted_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Computed: the price that the transaction uses.
    pub price: Option<i64>,
    pub bedrooms: Option<i16>,
    pub bathrooms: Option<f64>,
    pub area_sqm: Option<f64>,
    pub province: Option<String>,
    pub district: Option<String>,
    pub lat: Option<f64>,
    pub lng: Option<f64>,
    /// Computed: the slugs of `amenities`, without their categories.
    pub amenity_slugs: Vec<String>,
    /// What its agent calls it; two listings may share one, which makes them likely twins.
    pub reference: Option<String>,
    #[sea_orm(belongs_to, relation_enum = "Agent", from = "agent_id", to = "id")]
    pub agent: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "Company", from = "company_id", to = "id")]
    pub company: BelongsTo<Option<super::companies::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "CreatedByUser", from = "created_by", to = "id")]
    pub created_by_user: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "UpdatedByUser", from = "updated_by", to = "id")]
    pub updated_by_user: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(has_one)]
    pub rental_details: HasOne<super::rental_details::Entity>,
    #[sea_orm(has_one)]
    pub lease_details: HasOne<super::lease_details::Entity>,
    #[sea_orm(has_one)]
    pub sale_details: HasOne<super::sale_details::Entity>,
    #[sea_orm(has_one)]
    pub business_details: HasOne<super::business_details::Entity>,
    #[sea_orm(has_one)]
    pub investment_details: HasOne<super::investment_details::Entity>,
    #[sea_orm(has_many)]
    pub translations: HasMany<super::property_translations::Entity>,
}

#[async_trait::async_trait]
impl ActiveModelBehavior for ActiveModel {
    /// The database computes these columns and refuses a value for them.
    async fn before_save<C: ConnectionTrait>(mut self, _db: &C, _insert: bool) -> Result<Self, DbErr> {
        self.price = NotSet;
        self.bedrooms = NotSet;
        self.bathrooms = NotSet;
        self.area_sqm = NotSet;
        self.province = NotSet;
        self.district = NotSet;
        self.lat = NotSet;
        self.lng = NotSet;
        self.amenity_slugs = NotSet;
        Ok(self)
    }
}
