//! Rows go in and come out through the entities: arrays, JSONB, enums, ranges, computed columns.

use chrono::NaiveDate;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QuerySelect, SqlxPostgresConnector};
use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use terrace_entity::enums::{
    Currency, PropertyType, StayKind, TransactionType, TranslationField, UserRole,
};
use terrace_entity::{DateRange, properties, property_translations, rental_details, stays, users};

use crate::scratch::Scratch;

async fn database(scratch: &Scratch) -> DatabaseConnection {
    // Whose rows they are is not what this is about.
    let options = scratch.options(&scratch.spec.app.name).options([("app.role", "system")]);
    let pool =
        PgPoolOptions::new().max_connections(2).connect_with(options).await.expect("connect");
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}

fn villa(agent: Uuid) -> properties::ActiveModel {
    properties::ActiveModel {
        id: Set(Uuid::now_v7()),
        slug: Set("sea-view-villa".into()),
        title: Set("Sea view villa".into()),
        transaction_type: Set(TransactionType::Rent),
        property_type: Set(PropertyType::Villa),
        rent_price: Set(Some(9_500_000)),
        physical_specs: Set(json!({"bedrooms": 3, "bathrooms": 2.5, "area_sqm": 280})),
        location_details: Set(
            json!({"province": "Phuket", "district": "Mueang Phuket", "lat": 7.77, "lng": 98.32}),
        ),
        amenities: Set(json!({"interior": ["air_conditioning"], "area": ["near_beach"]})),
        images: Set(vec![json!({"url": "/a.svg"}), json!({"url": "/b.svg"})]),
        tags: Set(vec!["beachfront".into()]),
        agent_id: Set(Some(agent)),
        ..Default::default()
    }
}

async fn agent(db: &DatabaseConnection) -> users::Model {
    let user = users::ActiveModel {
        id: Set(Uuid::now_v7()),
        auth_subject: Set("user_1".into()),
        role: Set(UserRole::Agent),
        ..Default::default()
    };
    user.insert(db).await.expect("insert the agent")
}

#[tokio::test]
async fn a_listing_comes_back_as_it_went_in_with_its_computed_columns() {
    let scratch = Scratch::migrated().await;
    let db = database(&scratch).await;
    let agent = agent(&db).await;
    assert_eq!(agent.role, UserRole::Agent);

    let listing = villa(agent.id).insert(&db).await.expect("insert");
    assert_eq!(
        (listing.price, listing.bedrooms, listing.bathrooms, listing.area_sqm),
        (Some(9_500_000), Some(3), Some(2.5), Some(280.0))
    );
    assert_eq!(
        (listing.province.as_deref(), listing.lat, listing.lng),
        (Some("Phuket"), Some(7.77), Some(98.32))
    );
    assert_eq!(listing.amenity_slugs, ["near_beach", "air_conditioning"]);
    assert_eq!(
        (listing.currency, listing.images.len(), listing.tags.as_slice()),
        (Currency::Thb, 2, &["beachfront".to_owned()][..])
    );

    let translation = property_translations::ActiveModel {
        property_id: Set(listing.id),
        locale: Set("th".into()),
        field: Set(TranslationField::Title),
        value: Set("วิลล่าวิวทะเล".into()),
        ..Default::default()
    };
    translation.insert(&db).await.expect("translate");
    let details = rental_details::ActiveModel {
        property_id: Set(listing.id),
        price_per_night: Set(Some(420_000)),
        check_in_time: Set(chrono::NaiveTime::from_hms_opt(15, 0, 0)),
        ..Default::default()
    };
    details.insert(&db).await.expect("details");

    let (found, translations) = properties::Entity::find_by_id(listing.id)
        .find_with_related(property_translations::Entity)
        .all(&db)
        .await
        .expect("read")
        .remove(0);
    assert_eq!(found, listing);
    assert_eq!(translations[0].value, "วิลล่าวิวทะเล");
}

/// The trap: an active model made from a row carries its computed columns, and PostgreSQL
/// refuses a value for them.
#[tokio::test]
async fn a_row_saved_back_does_not_write_the_computed_columns() {
    let scratch = Scratch::migrated().await;
    let db = database(&scratch).await;
    let listing = villa(agent(&db).await.id).insert(&db).await.expect("insert");
    let mut row = listing.into_active_model().reset_all();
    row.rent_price = Set(Some(9_000_000));
    let updated = row.update(&db).await.expect("update");
    assert_eq!(updated.price, Some(9_000_000));
}

#[tokio::test]
async fn a_stay_keeps_its_days() {
    let scratch = Scratch::migrated().await;
    let db = database(&scratch).await;
    let listing = villa(agent(&db).await.id).insert(&db).await.expect("insert");
    let day = |d| NaiveDate::from_ymd_opt(2026, 12, d).expect("a day");
    let during = DateRange { start: day(24), end: day(27) };
    let stay = stays::ActiveModel {
        id: Set(Uuid::now_v7()),
        property_id: Set(listing.id),
        during: Set(during),
        kind: Set(StayKind::Block),
        ..Default::default()
    };
    let inserted = stay.insert(&db).await.expect("insert");
    assert_eq!(inserted.during, during);
    let found = stays::Entity::find()
        .filter(stays::Column::PropertyId.eq(listing.id))
        .lock_exclusive()
        .one(&db)
        .await;
    assert_eq!(found.expect("read"), Some(inserted));
}
