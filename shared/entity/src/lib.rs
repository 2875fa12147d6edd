//! The database's tables as sea-orm entities, one file each. The migrator owns the schema;
//! [`schema`] lists what the entities believe, so that a check can compare the two.

pub mod date_range;
pub mod enums;
pub mod schema;

pub use date_range::DateRange;

/// Declares the module of every table and the list that [`schema`] walks, so that an entity
/// cannot be left out of the check.
macro_rules! tables {
    ($($table:ident),+ $(,)?) => {
        $(pub mod $table;)+

        pub(crate) fn all_columns() -> Vec<schema::Column> {
            let mut columns = Vec::new();
            $(columns.extend(schema::columns_of::<$table::Entity>());)+
            columns
        }
    };
}

tables![
    agents,
    alerts,
    amenities,
    amenity_translations,
    audit_log,
    booking_events,
    booking_offers,
    bookings,
    business_details,
    calendar_conflicts,
    calendar_events,
    calendars,
    companies,
    coupon_uses,
    coupons,
    duplicate_candidates,
    event_cursors,
    events,
    faq_categories,
    faq_category_names,
    faq_days,
    faq_documents,
    faq_gaps,
    faq_related,
    faq_search_days,
    faq_texts,
    favourites,
    holidays,
    idempotency_keys,
    investment_details,
    jobs,
    lead_events,
    lead_rotation,
    lead_tasks,
    leads,
    lease_details,
    lease_rules,
    legal_rules,
    media,
    notifications,
    payment_events,
    payments,
    platform_identity,
    policies,
    policy_translations,
    pricing_terms,
    properties,
    property_translations,
    property_views,
    quotes,
    rates,
    rental_details,
    sale_details,
    saved_searches,
    search_clicks,
    search_history,
    search_popular,
    search_watches,
    stays,
    tenancies,
    users,
    visitors,
    webhook_deliveries,
    webhook_endpoints,
    webhook_events,
];
