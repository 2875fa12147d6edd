//! The database refuses what the application must never write.

use sqlx::PgConnection;

use crate::connect::{act_as, outcome, run};
use crate::scratch::Scratch;

const AGENT: &str = "01939d5e-0000-7000-8000-000000000001";
const VILLA: &str = "01939d5e-0000-7000-8000-00000000000a";
const QUOTE: &str = "01939d5e-0000-7000-8000-0000000000c1";

async fn with_a_villa(scratch: &Scratch) -> PgConnection {
    let mut db = scratch.as_app().await;
    act_as(&mut db, "", "system").await;
    run(&mut db, format!("INSERT INTO users (id, auth_subject, email, role) VALUES ('{AGENT}', 'agent', 'Agent@Example.com', 'agent')")).await;
    run(&mut db, format!("INSERT INTO properties (id, slug, title, transaction_type, property_type, rent_price, agent_id) \
        VALUES ('{VILLA}', 'villa', 'Villa', 'rent', 'villa', 100, '{AGENT}')")).await;
    run(&mut db, format!("INSERT INTO quotes (id, property_id, check_in, check_out, guests, inputs, rules, lines, total, currency, hash, valid_until) \
        VALUES ('{QUOTE}', '{VILLA}', '2027-01-01', '2027-01-03', 2, '{{}}', '{{}}', '[]', 200, 'THB', sha256('x'), now() + interval '1 hour')")).await;
    db
}

/// Each statement, and what the database must answer.
async fn check(db: &mut PgConnection, cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let found = outcome(
            db,
            sql.replace("$agent", AGENT).replace("$villa", VILLA).replace("$quote", QUOTE),
        )
        .await;
        if found != *expected {
            wrong.push(format!("{sql}\n  expected {expected}, found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A listing of one transaction type with the given extra column.
fn listing(transaction: &str, column: &str, value: &str) -> String {
    format!(
        "INSERT INTO properties (slug, title, transaction_type, property_type, {column}) VALUES ('x', 'X', '{transaction}', 'house', {value})"
    )
}

#[tokio::test]
async fn the_price_a_transaction_needs_is_there_and_positive() {
    let scratch = Scratch::migrated().await;
    let mut db = with_a_villa(&scratch).await;
    let needed = [
        ("rent", "rent_price"),
        ("sale", "sale_price"),
        ("lease", "lease_price"),
        ("business", "sale_price"),
        ("investment", "sale_price"),
    ];
    for (transaction, column) in needed {
        for other in
            ["rent_price", "sale_price", "lease_price"].into_iter().filter(|other| *other != column)
        {
            let found = outcome(&mut db, listing(transaction, other, "100")).await;
            assert_eq!(found, "23514 properties_price_check", "{transaction} with {other} only");
        }
        for bad in ["0", "-1", "10000000000001"] {
            let found = outcome(&mut db, listing(transaction, column, bad)).await;
            assert_eq!(
                found,
                format!("23514 properties_{column}_check"),
                "{transaction} with {column} {bad}"
            );
        }
        run(&mut db, "BEGIN").await;
        assert_eq!(
            outcome(&mut db, listing(transaction, column, "1")).await,
            "ok",
            "{transaction} with {column}"
        );
        run(&mut db, "ROLLBACK").await;
    }
}

#[tokio::test]
async fn listings() {
    let scratch = Scratch::migrated().await;
    let mut db = with_a_villa(&scratch).await;
    let set = |change: &str| format!("UPDATE properties SET {change} WHERE id = '{VILLA}'");
    let cases = [
        ("currency = 'XXX'", "23514 properties_currency_check"),
        ("listing_priority = 1000", "23514 properties_listing_priority_check"),
        ("listing_priority = -1", "23514 properties_listing_priority_check"),
        ("is_published = true", "23514 properties_published_at_check"),
        ("version = 0", "23514 properties_version_check"),
        ("title = '  '", "23514 properties_title_check"),
        ("slug = 'No Spaces'", "23514 properties_slug_check"),
        ("slug = '01939d5e-0000-7000-8000-00000000000a'", "23514 properties_slug_check"),
        ("external_id = '7'", "23514 properties_external_check"),
        ("tags = ARRAY[NULL]::text[]", "23514 properties_tags_check"),
        ("images = ARRAY['[]']::jsonb[]", "23514 properties_images_check"),
        ("images = ARRAY['{}', NULL]::jsonb[]", "23514 properties_images_check"),
        ("cover_image = '[]'", "23514 properties_cover_image_check"),
        ("contact_info = '[]'", "23514 properties_contact_info_check"),
        ("policies = '1'", "23514 properties_policies_check"),
        ("location_details = '{\"lat\": 90.1, \"lng\": 0}'", "23514 properties_lat_check"),
        ("location_details = '{\"lat\": 0, \"lng\": -180.1}'", "23514 properties_lng_check"),
        ("location_details = '{\"lat\": 0}'", "23514 properties_coordinates_check"),
        ("location_details = '[]'", "23514 properties_location_details_check"),
        ("physical_specs = '{\"bedrooms\": -1}'", "23514 properties_bedrooms_check"),
        ("physical_specs = '{\"bathrooms\": -0.5}'", "23514 properties_bathrooms_check"),
        ("physical_specs = '{\"area_sqm\": 0}'", "23514 properties_area_sqm_check"),
        ("physical_specs = '{\"floors\": -1}'", "23514 properties_physical_specs_check"),
        ("physical_specs = '{\"parking\": \"two\"}'", "23514 properties_physical_specs_check"),
        ("physical_specs = '{\"land_sqm\": [1]}'", "23514 properties_physical_specs_check"),
        ("physical_specs = '{\"furnished\": \"very\"}'", "23514 properties_physical_specs_check"),
        ("physical_specs = '[]'", "23514 properties_physical_specs_check"),
        ("amenities = '{\"roof\": []}'", "23514 properties_amenities_check"),
        ("amenities = '{\"area\": \"beach\"}'", "23514 properties_amenities_check"),
        ("amenities = '{\"area\": [\"a,b\"]}'", "23514 properties_amenities_check"),
        ("amenities = '{\"area\": [1]}'", "23514 properties_amenities_check"),
        ("price = 5", "428C9"),
        ("physical_specs = '{\"bedrooms\": null, \"floors\": 2, \"furnished\": \"partly\"}'", "ok"),
        ("amenities = '{\"area\": [\"near_beach\"], \"interior\": []}'", "ok"),
    ];
    let sql: Vec<(String, &str)> =
        cases.iter().map(|(change, expected)| (set(change), *expected)).collect();
    check(
        &mut db,
        &sql.iter().map(|(sql, expected)| (sql.as_str(), *expected)).collect::<Vec<_>>(),
    )
    .await;
}

#[tokio::test]
async fn translations_and_details() {
    let scratch = Scratch::migrated().await;
    let mut db = with_a_villa(&scratch).await;
    check(&mut db, &[
        ("INSERT INTO property_translations (property_id, locale, field, value) VALUES ('$villa', 'thai', 'title', 'x')", "23514 property_translations_locale_check"),
        ("INSERT INTO property_translations (property_id, locale, field, value) VALUES ('$villa', 'th_TH', 'title', 'x')", "23514 property_translations_locale_check"),
        ("INSERT INTO property_translations (property_id, locale, field, value) VALUES ('$villa', 'th', 'slug', 'x')", "22P02"),
        ("INSERT INTO property_translations (property_id, locale, field, value) VALUES ('$villa', 'th', 'title', '')", "23514 property_translations_value_check"),
        ("INSERT INTO property_translations (property_id, locale, field, value) VALUES ('$villa', 'th-TH', 'title', 'x')", "ok"),
        ("INSERT INTO property_translations (property_id, locale, field, value) VALUES ('$villa', 'th-TH', 'title', 'y')", "23505 property_translations_pkey"),
        ("INSERT INTO property_translations (property_id, locale, field, value) VALUES (gen_random_uuid(), 'th', 'title', 'y')", "23503 property_translations_property_id_fkey"),
        ("UPDATE property_translations SET source_hash = 'x'", "23514 property_translations_source_hash_check"),
        ("INSERT INTO property_views (property_id, day, views) VALUES ('$villa', '2026-01-01', 0)", "23514 property_views_views_check"),
        ("UPDATE properties SET reference = ' '", "23514 properties_reference_check"),
        ("INSERT INTO lease_details (property_id, renewal_note) VALUES ('$villa', '')", "23514 lease_details_renewal_note_check"),
        ("INSERT INTO sale_details (property_id, foreign_quota_left_bps) VALUES ('$villa', 4901)", "23514 sale_details_foreign_quota_left_bps_check"),
        ("INSERT INTO sale_details (property_id, title_deed) VALUES ('$villa', 'sor_por_kor_4_01')", "ok"),
        ("INSERT INTO rental_details (property_id, price_per_night) VALUES ('$villa', 0)", "23514 rental_details_price_per_night_check"),
        ("INSERT INTO rental_details (property_id, cleaning_fee) VALUES ('$villa', -1)", "23514 rental_details_cleaning_fee_check"),
        ("INSERT INTO rental_details (property_id, min_nights) VALUES ('$villa', 0)", "23514 rental_details_min_nights_check"),
        ("INSERT INTO rental_details (property_id, min_nights, max_nights) VALUES ('$villa', 7, 6)", "23514 rental_details_max_nights_check"),
        ("INSERT INTO rental_details (property_id, max_guests) VALUES ('$villa', -2)", "23514 rental_details_max_guests_check"),
        ("INSERT INTO lease_details (property_id, min_term_months, max_term_months) VALUES ('$villa', 12, 6)", "23514 lease_details_term_check"),
        ("INSERT INTO lease_details (property_id, deposit_months) VALUES ('$villa', -1)", "23514 lease_details_deposit_months_check"),
        ("INSERT INTO sale_details (property_id, land_sqm) VALUES ('$villa', 'NaN')", "23514 sale_details_land_sqm_check"),
        ("INSERT INTO sale_details (property_id, ownership_type) VALUES ('$villa', 'borrowed')", "22P02"),
        ("INSERT INTO business_details (property_id, business_type, staff) VALUES ('$villa', 'bar', -1)", "23514 business_details_staff_check"),
        ("INSERT INTO business_details (property_id, business_type, annual_profit) VALUES ('$villa', 'bar', -5)", "ok"),
        ("INSERT INTO investment_details (property_id, stage, min_ticket, target_amount) VALUES ('$villa', 'presale', 2, 1)", "23514 investment_details_ticket_check"),
        ("INSERT INTO investment_details (property_id, stage, completion_on) VALUES ('$villa', 'presale', 'infinity')", "23514 investment_details_completion_on_check"),
    ]).await;
}

/// A rule has a source in English and a time that does not end before it begins; a pair of twins is
/// there once, and a decision has its time.
#[tokio::test]
async fn rules_of_law_and_twins() {
    let scratch = Scratch::migrated().await;
    let mut db = with_a_villa(&scratch).await;
    run(
        &mut db,
        "INSERT INTO properties (id, slug, title, transaction_type, property_type, rent_price) \
        VALUES ('01939d5e-0000-7000-8000-00000000000b', 'twin', 'Twin', 'rent', 'villa', 100)",
    )
    .await;
    let rule = |column: &str, value: &str| {
        let mut values = vec![
            ("id", "'r'"),
            ("topic", "'lease_term'"),
            ("outcome", "'no'"),
            ("reason", "'{\"en\": \"x\"}'"),
            ("source", "'{\"en\": \"y\"}'"),
            ("valid_from", "'2026-01-02'"),
            ("checked_on", "'2026-01-02'"),
        ];
        values.retain(|(name, _)| *name != column);
        values.push((column, value));
        let (names, values): (Vec<_>, Vec<_>) = values.into_iter().unzip();
        format!("INSERT INTO legal_rules ({}) VALUES ({})", names.join(", "), values.join(", "))
    };
    let twins = |columns: &str, one: char, two: char, values: &str| {
        format!(
            "INSERT INTO duplicate_candidates (property_id, other_id, reasons, {columns}) VALUES \
             ('01939d5e-0000-7000-8000-00000000000{one}', '01939d5e-0000-7000-8000-00000000000{two}', '{{}}', {values})"
        )
    };
    let cases = [
        (rule("outcome", "'perhaps'"), "23514 legal_rules_outcome_check"),
        (rule("topic", "'tax'"), "23514 legal_rules_topic_check"),
        (rule("reason", "'{\"th\": \"x\"}'"), "23514 legal_rules_reason_check"),
        (rule("source", "'{}'"), "23514 legal_rules_source_check"),
        (rule("source_url", "'http://example.com'"), "23514 legal_rules_source_url_check"),
        (rule("valid_to", "'2026-01-01'"), "23514 legal_rules_valid_to_check"),
        (rule("property_types", "'{castle}'"), "23514 legal_rules_property_types_check"),
        (rule("title_deeds", "'{unknown,chanote}'"), "ok"),
        (twins("score", 'b', 'a', "50"), "23514 duplicate_candidates_pair_check"),
        (twins("score", 'a', 'a', "50"), "23514 duplicate_candidates_pair_check"),
        (twins("score", 'a', 'b', "0"), "23514 duplicate_candidates_score_check"),
        (
            twins("score, state", 'a', 'b', "50, 'confirmed'"),
            "23514 duplicate_candidates_decided_check",
        ),
        (twins("score", 'a', 'b', "50"), "ok"),
        (twins("score", 'a', 'b', "50"), "23505 duplicate_candidates_pair_key"),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(sql, said)| (sql.as_str(), *said)).collect();
    check(&mut db, &cases).await;
}

#[tokio::test]
async fn people() {
    let scratch = Scratch::migrated().await;
    let mut db = with_a_villa(&scratch).await;
    check(
        &mut db,
        &[
            ("INSERT INTO users (email) VALUES ('x@example.com')", "23502"),
            ("INSERT INTO users (auth_subject) VALUES (' ')", "23514 users_auth_subject_check"),
            ("INSERT INTO users (auth_subject) VALUES ('agent')", "23505 users_auth_subject_key"),
            (
                "INSERT INTO users (auth_subject, email) VALUES ('b', 'agent@example.COM')",
                "23505 users_email_key",
            ),
            (
                "INSERT INTO users (auth_subject, email) VALUES ('b', 'nobody')",
                "23514 users_email_check",
            ),
            (
                "INSERT INTO users (auth_subject, locale) VALUES ('b', 'TH')",
                "23514 users_locale_check",
            ),
            ("INSERT INTO users (auth_subject, role) VALUES ('b', 'root')", "22P02"),
            (
                "INSERT INTO agents (user_id, languages) VALUES ('$agent', '{th,english}')",
                "23514 agents_languages_check",
            ),
            (
                "INSERT INTO agents (user_id, languages) VALUES ('$agent', '{th,NULL}')",
                "23514 agents_languages_check",
            ),
            ("INSERT INTO agents (user_id, languages) VALUES ('$agent', '{th,en-GB}')", "ok"),
            // A person with listings cannot be deleted, whichever way they hold them.
            ("DELETE FROM users WHERE id = '$agent'", "23503 properties_agent_id_fkey"),
            ("UPDATE properties SET agent_id = NULL, created_by = '$agent'", "ok"),
            ("DELETE FROM users WHERE id = '$agent'", "23503 properties_created_by_fkey"),
            ("UPDATE properties SET created_by = NULL, updated_by = '$agent'", "ok"),
            ("DELETE FROM users WHERE id = '$agent'", "ok"),
        ],
    )
    .await;
}

#[tokio::test]
async fn stays_and_rates() {
    let scratch = Scratch::migrated().await;
    let mut db = with_a_villa(&scratch).await;
    check(&mut db, &[
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2027-01-01,2027-01-04)', 'block')", "ok"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2027-01-03,2027-01-05)', 'block')", "23P01 stays_no_overlap"),
        ("INSERT INTO stays (property_id, during, kind, expires_at) VALUES ('$villa', '[2027-01-02,2027-01-03)', 'hold', now())", "23P01 stays_no_overlap"),
        // [01-03,01-03] is the night of the 3rd: ranges are normalised to half-open.
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2027-01-03,2027-01-03]', 'block')", "23P01 stays_no_overlap"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2027-01-04,2027-01-05)', 'block')", "ok"),
        ("UPDATE stays SET during = '[2027-01-01,2027-01-05)' WHERE lower(during) = '2027-01-01'", "23P01 stays_no_overlap"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', 'empty', 'block')", "23514 stays_during_check"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '(,)', 'block')", "23514 stays_during_check"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2028-01-01,)', 'block')", "23514 stays_during_check"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2028-01-01,infinity)', 'block')", "23514 stays_during_check"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[-infinity,2020-01-01)', 'block')", "23514 stays_during_check"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2028-01-02,2028-01-01)', 'block')", "22000"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2028-01-01,2029-01-02)', 'block')", "23514 stays_during_check"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2028-01-01,2029-01-01)', 'block')", "ok"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', NULL, 'block')", "23502"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2030-01-01,2030-01-02)', 'booking')", "23514 stays_booking_check"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2030-01-01,2030-01-02)', 'external')", "23514 stays_external_check"),
        ("INSERT INTO stays (property_id, during, kind) VALUES ('$villa', '[2030-01-01,2030-01-02)', 'hold')", "23514 stays_expires_at_check"),
        ("INSERT INTO rates (property_id, during, price_per_night) VALUES ('$villa', '[2027-01-01,2027-06-01)', 100)", "ok"),
        ("INSERT INTO rates (property_id, during, price_per_night) VALUES ('$villa', '[2027-05-31,2027-06-02)', 100)", "23P01 rates_no_overlap"),
        ("INSERT INTO rates (property_id, during, price_per_night) VALUES ('$villa', 'empty', 100)", "23514 rates_during_check"),
        ("INSERT INTO rates (property_id, during, price_per_night) VALUES ('$villa', '[2027-06-01,2027-07-01)', 0)", "23514 rates_price_per_night_check"),
        ("INSERT INTO rates (property_id, during, price_per_night, arrival_days) VALUES ('$villa', '[2027-06-01,2027-07-01)', 1, '{0}')", "23514 rates_arrival_days_check"),
        ("INSERT INTO rates (property_id, during, price_per_night, arrival_days) VALUES ('$villa', '[2027-06-01,2027-07-01)', 1, '{NULL}')", "23514 rates_arrival_days_check"),
    ]).await;
}

#[tokio::test]
async fn quotes_and_bookings() {
    let scratch = Scratch::migrated().await;
    let mut db = with_a_villa(&scratch).await;
    let booking = |columns: &str, values: &str| {
        format!(
            "INSERT INTO bookings (reference, property_id, quote_id, check_in, check_out, guests, total, currency, {columns}) \
             VALUES ('BST-1', '$villa', '$quote', '2027-01-01', '2027-01-03', 2, 200, 'THB', {values})"
        )
    };
    let held = "status, hold_expires_at, guest_email";
    let cases = [
        (booking("status, hold_expires_at", "'held', now()"), "23514 bookings_guest_check"),
        (booking("guest_email", "'g@example.com'"), "23514 bookings_held_check"),
        (
            booking("status, guest_email", "'confirmed', 'g@example.com'"),
            "23514 bookings_confirmed_check",
        ),
        (
            booking("status, guest_email", "'cancelled', 'g@example.com'"),
            "23514 bookings_cancelled_check",
        ),
        (booking("status, guest_email", "'requested', 'g@example.com'"), "23514 bookings_held_check"),
        (
            booking("status, guest_email", "'declined', 'g@example.com'"),
            "23514 bookings_declined_check",
        ),
        (
            booking("status, guest_email, confirmed_at", "'completed', 'g@example.com', now()"),
            "23514 bookings_completed_check",
        ),
        (booking(held, "'held', now(), 'nobody'"), "23514 bookings_guest_email_check"),
        (
            booking("status, hold_expires_at, erased_at, locale", "'held', now(), now(), 'thai'"),
            "23514 bookings_locale_check",
        ),
        (
            booking("status, hold_expires_at, erased_at, refund_amount", "'held', now(), now(), 1"),
            "23514 bookings_refund_status_check",
        ),
        (booking("status, hold_expires_at, erased_at", "'held', now(), now()"), "ok"),
        // Confirmed without its dates, by whatever path.
        (
            "UPDATE bookings SET status = 'confirmed', confirmed_at = now()".to_owned(),
            "23000 bookings_confirmed_stay",
        ),
        (
            "INSERT INTO stays (property_id, during, kind, booking_id) SELECT property_id, daterange(check_in, check_out), 'booking', id FROM bookings; \
             UPDATE bookings SET status = 'confirmed', confirmed_at = now()"
                .to_owned(),
            "ok",
        ),
        ("UPDATE bookings SET check_in = check_in - 1".to_owned(), "23000 bookings_confirmed_stay"),
        ("UPDATE bookings SET check_out = check_in".to_owned(), "23514 bookings_dates_check"),
        ("UPDATE bookings SET check_out = 'infinity'".to_owned(), "23514 bookings_dates_check"),
        ("UPDATE bookings SET check_in = check_out + 1".to_owned(), "22000"),
        ("UPDATE bookings SET guests = 0".to_owned(), "23514 bookings_guests_check"),
        ("UPDATE bookings SET total = 0".to_owned(), "23514 bookings_total_check"),
        (
            "UPDATE bookings SET refund_amount = total + 1".to_owned(),
            "23514 bookings_refund_amount_check",
        ),
        ("DELETE FROM quotes".to_owned(), "23503 bookings_quote_id_fkey"),
        ("DELETE FROM properties".to_owned(), "23503 bookings_property_id_fkey"),
    ];
    check(
        &mut db,
        &cases.iter().map(|(sql, expected)| (sql.as_str(), *expected)).collect::<Vec<_>>(),
    )
    .await;
    // Not even its owner changes a quote.
    let mut owner = scratch.as_owner().await;
    assert_eq!(outcome(&mut owner, "UPDATE quotes SET total = 1").await, "42501");
}

#[tokio::test]
async fn platform_tables() {
    let scratch = Scratch::migrated().await;
    let mut db = with_a_villa(&scratch).await;
    check(&mut db, &[
        ("INSERT INTO leads (message) VALUES ('hello')", "23514 leads_contact_check"),
        ("INSERT INTO leads (email, locale) VALUES ('x@example.com', 'english')", "23514 leads_locale_check"),
        ("INSERT INTO amenities (slug, category, name) VALUES ('Has Space', 'area', 'x')", "23514 amenities_slug_check"),
        ("INSERT INTO policies (slug, category, data_type, name) VALUES ('pets', 'rules', 'select', 'Pets')", "23514 policies_options_check"),
        ("INSERT INTO jobs (kind, dedupe_key) VALUES ('embed', 'a')", "ok"),
        ("INSERT INTO jobs (kind, dedupe_key) VALUES ('embed', 'a')", "23505 jobs_dedupe_key"),
        // Once started, the same work may be queued again, and the started one given back.
        ("UPDATE jobs SET attempts = 1, locked_at = now(), locked_by = 'w'", "ok"),
        ("INSERT INTO jobs (kind, dedupe_key) VALUES ('embed', 'a')", "ok"),
        ("UPDATE jobs SET locked_at = NULL, locked_by = NULL WHERE attempts = 1", "ok"),
        ("INSERT INTO jobs (kind, attempts) VALUES ('embed', -1)", "23514 jobs_attempts_check"),
        ("INSERT INTO idempotency_keys (scope, key, request_hash) VALUES ('s', 'k', 'short')", "23514 idempotency_keys_request_hash_check"),
        ("INSERT INTO idempotency_keys (scope, key, request_hash) VALUES ('s', 'k', sha256('x'))", "ok"),
        ("INSERT INTO idempotency_keys (scope, key, request_hash) VALUES ('s', 'k', sha256('x'))", "23505 idempotency_keys_pkey"),
        ("INSERT INTO webhook_events (provider, delivery_id, event_type, payload) VALUES ('clerk', 'm1', 'user.created', '{}')", "ok"),
        ("INSERT INTO webhook_events (provider, delivery_id, event_type, payload) VALUES ('clerk', 'm1', 'user.created', '{}')", "23505 webhook_events_pkey"),
        ("INSERT INTO webhook_events (provider, delivery_id, event_type, payload) VALUES ('clerk', 'm2', 'user.created', '[]')", "23514 webhook_events_payload_check"),
    ]).await;
}

#[tokio::test]
async fn a_remembered_search_says_no_more_than_it_may() {
    let scratch = Scratch::migrated().await;
    let mut db = with_a_villa(&scratch).await;
    let row = |kind: &str, query: &str, normalised: &str| {
        format!(
            "INSERT INTO search_history (at, kind, query, normalised, locale, total, total_is_exact, took_ms, degraded, is_repeat) \
             VALUES (now(), '{kind}', {query}, {normalised}, 'en', 0, true, 0, false, false)"
        )
    };
    let click = |position: i32, times: i32| {
        format!(
            "INSERT INTO search_clicks SELECT id, '$villa', {position}, now() \
             FROM (SELECT id FROM search_history LIMIT 1) h CROSS JOIN generate_series(1, {times})"
        )
    };
    let filters = row("filters", "NULL", "NULL");
    let cases = [
        (row("words", "'Villa'", "'villa'"), "ok"),
        (row("withheld", "NULL", "NULL"), "ok"),
        (filters.clone(), "ok"),
        (row("withheld", "'a@b.co'", "NULL"), "23514 search_history_words_check"),
        (row("withheld", "NULL", "'a@b.co'"), "23514 search_history_words_check"),
        (row("words", "NULL", "NULL"), "23514 search_history_words_check"),
        (row("words", "'Villa'", "NULL"), "23514 search_history_words_check"),
        (row("words", "repeat('x', 201)", "'x'"), "23514 search_history_query_check"),
        (row("words", "''", "''"), "23514 search_history_normalised_check"),
        (row("other", "NULL", "NULL"), "23514 search_history_kind_check"),
        (filters.replace("'en', 0", "'English', 0"), "23514 search_history_locale_check"),
        (filters.replace("'en', 0", "'en', -1"), "23514 search_history_total_check"),
        (click(0, 1), "23514 search_clicks_position_check"),
        (click(551, 1), "23514 search_clicks_position_check"),
        (click(1, 2), "23505 search_clicks_pkey"),
        (click(1, 1), "ok"),
        (
            "INSERT INTO search_popular VALUES ('en', 'villa', 4)".to_owned(),
            "23514 search_popular_askers_check",
        ),
        ("INSERT INTO search_popular VALUES ('en', 'villa', 5)".to_owned(), "ok"),
    ];
    let cases: Vec<(&str, &str)> =
        cases.iter().map(|(sql, expected)| (sql.as_str(), *expected)).collect();
    check(&mut db, &cases).await;
}

#[tokio::test]
async fn a_list_has_one_owner_and_an_end() {
    let scratch = Scratch::migrated().await;
    let mut db = with_a_villa(&scratch).await;
    const VISITOR: &str = "01939d5e-0000-7000-8000-0000000000d1";
    run(&mut db, format!("INSERT INTO visitors (id) VALUES ('{VISITOR}')")).await;
    let cases = [
        ("INSERT INTO favourites (property_id) VALUES ('$villa')", "23502"),
        (
            "INSERT INTO favourites (user_id, visitor_id, property_id) VALUES ('$agent', '$visitor', '$villa')",
            "23514 favourites_owner_check",
        ),
        ("INSERT INTO favourites (visitor_id, property_id) VALUES ('$visitor', '$villa')", "ok"),
        (
            "INSERT INTO favourites (visitor_id, property_id) VALUES ('$visitor', '$villa')",
            "23505 favourites_pkey",
        ),
        (
            "INSERT INTO favourites (visitor_id, property_id) VALUES ('$agent', '$villa')",
            "23503 favourites_visitor_id_fkey",
        ),
        (
            "INSERT INTO saved_searches (user_id, visitor_id, name) VALUES ('$agent', '$visitor', 'x')",
            "23514 saved_searches_owner_check",
        ),
        ("INSERT INTO saved_searches (name) VALUES ('x')", "23502"),
        // What the triggers could not read is no filter.
        (
            "INSERT INTO saved_searches (visitor_id, name, notify, filters) VALUES ('$visitor', 'x', 'daily', '{\"price_min\": \"much\"}')",
            "22P02",
        ),
        (
            "INSERT INTO saved_searches (visitor_id, name) SELECT '$visitor', 'x' FROM generate_series(1, 51)",
            "23000 saved_searches_limit",
        ),
        (
            "INSERT INTO saved_searches (visitor_id, name) SELECT '$visitor', 'x' FROM generate_series(1, 50)",
            "ok",
        ),
        // The list of another may not be filled up beyond its end either.
        ("INSERT INTO saved_searches (user_id, name) VALUES ('$agent', 'x')", "ok"),
        (
            "UPDATE saved_searches SET user_id = NULL, visitor_id = '$visitor' WHERE user_id = '$agent'",
            "23000 saved_searches_limit",
        ),
        // A visitor has no address: nothing is sent to one.
        (
            "INSERT INTO alerts (visitor_id, property_id, kind, price, old_price, currency, deliver) VALUES ('$visitor', '$villa', 'price_drop', 1, 2, 'THB', 'instant')",
            "23514 alerts_visitor_check",
        ),
        (
            "INSERT INTO alerts (visitor_id, property_id, kind, price, old_price, currency, deliver) VALUES ('$visitor', '$villa', 'price_drop', 1, 2, 'THB', 'never')",
            "ok",
        ),
        // A price is told once, a drop has a price before that is higher, and a match a search.
        (
            "INSERT INTO alerts (visitor_id, property_id, kind, price, old_price, currency, deliver) VALUES ('$visitor', '$villa', 'price_drop', 1, 3, 'THB', 'never')",
            "23505 alerts_once_key",
        ),
        (
            "INSERT INTO alerts (visitor_id, property_id, kind, price, old_price, currency, deliver) VALUES ('$visitor', '$villa', 'price_drop', 3, 3, 'THB', 'never')",
            "23514 alerts_old_price_check",
        ),
        (
            "INSERT INTO alerts (visitor_id, property_id, kind, price, currency, deliver) VALUES ('$visitor', '$villa', 'price_drop', 3, 'THB', 'never')",
            "23514 alerts_kind_check",
        ),
        (
            "INSERT INTO alerts (visitor_id, property_id, kind, price, currency, deliver) VALUES ('$visitor', '$villa', 'new_match', 3, 'THB', 'never')",
            "23514 alerts_favourite_check",
        ),
        ("UPDATE visitors SET merged_into = '$agent'", "23514 visitors_merged_check"),
        ("UPDATE visitors SET merged_into = '$agent', merged_at = now()", "ok"),
    ];
    let cases: Vec<(String, &str)> =
        cases.iter().map(|(sql, code)| (sql.replace("$visitor", VISITOR), *code)).collect();
    let cases: Vec<(&str, &str)> = cases.iter().map(|(sql, code)| (sql.as_str(), *code)).collect();
    check(&mut db, &cases).await;
}
