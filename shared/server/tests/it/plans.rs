//! Lists stay fast: the plans of their statements over many rows, and how many statements there
//! are.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, Value};
use serde_json::Value as Json;
use terrace_embedding::Embedder;
use terrace_product::{Locale, Port};
use terrace_server::{
    db::PLANNED,
    listings::{
        duplicates::find_statement,
        filters::ListQuery,
        map::{MapQuery, map_statement},
        read::page_statement,
    },
    platform::audit::{AuditQuery, audit_statement},
    search::history::{
        reports::{QueriesQuery, queries_statement},
        summary::{SummaryQuery, summary_statement},
    },
};
use terrace_testkit::{Proxy, TestApp, listing, setup, spawn_app, with_query};

const ROWS: i64 = 16_000;

/// Listings as an import would leave them: most are apartments in Bangkok, words and places are
/// as uneven as they are in life.
async fn fill(app: &TestApp) {
    app.execute(format!(
        "INSERT INTO users (auth_subject) VALUES ('user_importer'); \
         INSERT INTO properties (slug, title, transaction_type, property_type, rent_price, sale_price, lease_price, \
            physical_specs, location_details, amenities, tags, is_featured, is_published, status, published_at, listing_priority, created_by) \
         SELECT 'row-' || n, 'Listing ' || n, t, \
            (CASE WHEN n % 10 < 6 THEN 'condo' WHEN n % 10 < 8 THEN 'villa' ELSE 'house' END)::property_type, \
            CASE WHEN t = 'rent' THEN price END, CASE WHEN t NOT IN ('rent', 'lease') THEN price END, CASE WHEN t = 'lease' THEN price END, \
            jsonb_build_object('bedrooms', n % 6, 'bathrooms', n % 4, 'area_sqm', 25 + n % 300), \
            jsonb_build_object('province', 'Province ' || n % 20, 'district', 'District ' || n % 200, \
                'lat', 13.5 + (n % 400) * 0.001, 'lng', 100.3 + (n / 400) * 0.01), \
            jsonb_build_object('interior', CASE WHEN n % 3 = 0 THEN '[\"wifi\"]'::jsonb ELSE '[]' END, \
                'exterior', CASE WHEN n % 801 = 0 THEN '[\"private_pool\"]'::jsonb ELSE '[]' END), \
            CASE WHEN n % 997 = 0 THEN '{{beachfront}}'::text[] ELSE '{{}}' END, \
            n % 101 = 0, n % 53 <> 0, (CASE WHEN n % 53 <> 0 THEN 'published' ELSE 'draft' END)::listing_status, '2026-01-01'::timestamptz + n * interval '1 minute', (n % 400 = 0)::int * 5, \
            (SELECT id FROM users WHERE auth_subject = 'user_importer') \
         FROM (SELECT n, (ARRAY['rent', 'sale', 'lease', 'business'])[1 + n % 4]::transaction_type AS t, \
            100000 + (n * 7919 % 5000000) AS price FROM generate_series(1, {ROWS}) n) rows; \
         INSERT INTO rental_details (property_id, price_per_night, max_guests) \
            SELECT id, rent_price, 4 FROM properties WHERE transaction_type = 'rent'; \
         INSERT INTO property_translations (property_id, locale, field, value) \
            SELECT id, 'th', 'title', 'ประกาศ ' || slug FROM properties; \
         ANALYZE"
    ))
    .await;
}

/// As the application's own role, planned with the values as the application's searches are; under
/// row-level security it acts for an admin.
pub(crate) async fn connect(app: &TestApp) -> DatabaseConnection {
    use secrecy::ExposeSecret;
    let access = app.profile.database.app();
    let url = format!(
        "postgres://{}:{}@{}:{}/{}?options={}%20-c%20app.role%3Dadmin%20-c%20app.time_zone%3D{}",
        access.user,
        access.password.unwrap().expose_secret(),
        access.host,
        access.port,
        access.database,
        PLANNED.map(|(name, value)| format!("-c%20{name}%3D{value}")).join("%20"),
        access.time_zone.name(),
    );
    Database::connect(url).await.expect("a connection")
}

pub(crate) async fn plan(db: &DatabaseConnection, (sql, values): (String, Vec<Value>)) -> Json {
    let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}");
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, explain, values);
    let row = db.query_one_raw(statement).await.expect("a plan").expect("a row");
    row.try_get::<Json>("", "QUERY PLAN").expect("JSON")[0]["Plan"].clone()
}

/// Every node of a plan, from the top.
pub(crate) fn nodes(plan: &Json) -> Vec<&Json> {
    let below = plan["Plans"].as_array().into_iter().flatten().flat_map(nodes);
    std::iter::once(plan).chain(below).collect()
}

fn statement(app: &TestApp, query: &str, locale: &str) -> (String, Vec<Value>) {
    let query: ListQuery = serde_urlencoded::from_str(query).expect("a query");
    let locale = Locale::parse(locale).unwrap();
    page_statement(&query, None, &app.profile.locales, &locale).expect("a statement")
}

#[tokio::test]
async fn no_list_reads_the_whole_table() {
    let app = spawn_app("realestate").await;
    fill(&app).await;
    let db = connect(&app).await;
    let cursor = |parameters: Vec<(&'static str, &'static str)>| {
        let visitor = app.anonymous();
        async move {
            let page =
                visitor.get(&with_query("/api/v1/properties", &parameters)).await.expect(200);
            page.text_at("/next_cursor")
        }
    };
    let second = format!("cursor={}", cursor(vec![]).await);
    let newest = format!("sort=newest&cursor={}", cursor(vec![("sort", "newest")]).await);
    let cheap = format!(
        "sort=price_asc&transaction_type=sale&cursor={}",
        cursor(vec![("sort", "price_asc"), ("transaction_type", "sale")]).await
    );
    // The query, and the index that it stands on: empty where several will do.
    let shapes = [
        ("", "properties_order_idx"),
        // A quarter of the rows: the order of all rows serves as well as their own.
        ("transaction_type=rent", ""),
        ("transaction_type=sale&property_type=condo", ""),
        ("district=District%2017", "properties_district_idx"),
        ("province=Province%203", "properties_province_idx"),
        (
            "transaction_type=sale&sort=price_asc&price_min=200000&price_max=900000",
            "properties_price_idx",
        ),
        ("transaction_type=sale&sort=price_desc", "properties_price_idx"),
        ("sort=newest", "properties_newest_idx"),
        ("tags=beachfront", "properties_tags_idx"),
        ("amenities=private_pool", "properties_amenity_slugs_idx"),
        ("amenities_all=wifi,private_pool", "properties_amenity_slugs_idx"),
        ("amenities=wifi", ""),
        ("bbox=100.34,13.55,100.36,13.6", "properties_map_idx"),
        ("near=13.6,100.4&radius_km=2", "properties_map_idx"),
        // Nearly everything lies inside: the order serves as without it.
        ("bbox=97,5,106,21", "properties_order_idx"),
        ("price_per_night_max=110000", "rental_details_price_per_night_idx"),
        ("transaction_type=sale&bedrooms_min=2&price_max=3000000", ""),
        ("featured=true", ""),
        (&second, "properties_order_idx"),
        (&newest, "properties_newest_idx"),
        (&cheap, "properties_price_idx"),
    ];
    let mut wrong = Vec::new();
    for locale in ["en", "th"] {
        for (query, index) in shapes {
            let plan = plan(&db, statement(&app, query, locale)).await;
            let nodes = nodes(&plan);
            let scans = nodes.iter().filter(|node| node["Node Type"] == "Seq Scan");
            for scan in scans {
                wrong.push(format!(
                    "{query} in {locale}: a sequential scan of {}",
                    scan["Relation Name"]
                ));
            }
            let used: Vec<_> =
                nodes.iter().filter_map(|node| node["Index Name"].as_str()).collect();
            if !used.iter().any(|name| {
                if index.is_empty() { name.starts_with("properties_") } else { *name == index }
            }) {
                wrong.push(format!("{query} in {locale}: {index} is not used, but {used:?}"));
            }
            let rows = plan["Actual Rows"].as_f64().unwrap();
            if rows == 0.0 {
                wrong.push(format!("{query} in {locale}: no rows, the plan proves nothing"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A hundred thousand published listings: half of them in one city, the rest all over the country.
async fn fill_a_country(app: &TestApp) {
    app.execute(
        "ALTER TABLE properties DISABLE TRIGGER USER; \
         INSERT INTO properties (slug, title, description, transaction_type, property_type, rent_price, \
            physical_specs, location_details, amenities, is_published, status, published_at) \
         SELECT 'row-' || n, 'Listing ' || n, repeat('A quiet home. ', 40), 'rent', \
            (CASE WHEN n % 5 = 0 THEN 'villa' ELSE 'condo' END)::property_type, 100000 + n, \
            jsonb_build_object('bedrooms', n % 6, 'area_sqm', 25 + n % 300), \
            CASE WHEN n % 2 = 0 \
                THEN jsonb_build_object('lat', 13.6 + (hashint4(n) & 4095) / 16384.0, 'lng', 100.4 + (hashint4(n * 5) & 4095) / 16384.0) \
                ELSE jsonb_build_object('lat', 6 + (hashint4(n) & 65535) / 4681.0, 'lng', 98 + (hashint4(n * 5) & 65535) / 9362.0) END, \
            jsonb_build_object('exterior', CASE WHEN n % 997 = 0 THEN '[\"private_pool\"]'::jsonb ELSE '[]' END), \
            true, 'published', '2026-01-01'::timestamptz + n * interval '1 minute' \
         FROM generate_series(1, 100000) n; \
         ALTER TABLE properties ENABLE TRIGGER USER",
    )
    .await;
    seen_by_all(app, "properties").await;
}

/// Whoever looked at the database just before keeps what is new from being known as seen by all.
async fn seen_by_all(app: &TestApp, table: &str) {
    for _ in 0..1000 {
        app.execute(format!("VACUUM ANALYZE {table}")).await;
        let seen = format!(
            "SELECT relallvisible > relpages * 0.99 FROM pg_class WHERE relname = '{table}'"
        );
        if app.value(seen).await {
            return;
        }
    }
    panic!("the rows are not known to be seen by all");
}

/// However much a map shows, no listing is read whole that is not a pin of its own.
#[tokio::test]
async fn a_map_is_gathered_from_the_index_alone() {
    let app = spawn_app("bestays").await;
    fill_a_country(&app).await;
    let db = connect(&app).await;
    let country = "bbox=97,5.5,106,20.6&zoom=6";
    let mut wrong = Vec::new();
    for (query, listings) in [
        (country.to_owned(), 100_000.0),
        (format!("{country}&property_type=villa&bedrooms_min=2&price_min=100000"), 13_000.0),
        ("near=13.7,100.5&radius_km=300&zoom=7".to_owned(), 50_000.0),
        ("bbox=100.4,13.6,100.65,13.85&zoom=12".to_owned(), 50_000.0),
        ("bbox=100.45,13.65,100.46,13.66&zoom=16".to_owned(), 20.0),
        ("bbox=100.45,13.65,100.46,13.66&zoom=18".to_owned(), 20.0),
    ] {
        for locale in ["en", "th"] {
            let locale = Locale::parse(locale).unwrap();
            let asked = MapQuery::parse(&query).unwrap();
            let plan = plan(&db, map_statement(&asked, None, &app.profile, &locale)).await;
            let nodes = nodes(&plan);
            let named = |name: &str| nodes.iter().filter(|n| n["Node Type"] == name).count();
            let gathers = nodes.iter().find(|node| node["Index Name"] == "properties_map_idx");
            let Some(gathers) = gathers else {
                wrong.push(format!("{query}: properties_map_idx is not used"));
                continue;
            };
            let workers = gathers["Actual Loops"].as_f64().unwrap();
            let rows = gathers["Actual Rows"].as_f64().unwrap() * workers;
            if gathers["Node Type"] != "Index Only Scan" || rows < listings {
                wrong.push(format!("{query}: {} of {rows} rows", gathers["Node Type"]));
            }
            if named("Seq Scan") + named("Bitmap Heap Scan") > 0 {
                wrong.push(format!("{query}: reads the table"));
            }
            let cost = plan["Total Cost"].as_f64().unwrap();
            if cost > 100_000.0 {
                wrong.push(format!("{query}: looks dear enough to be compiled first: {cost}"));
            }
        }
    }
    // Few of many: their own index is the better one, and the planner knows.
    let rare = MapQuery::parse(&format!("{country}&amenities=private_pool")).unwrap();
    let statement = map_statement(&rare, None, &app.profile, &Locale::parse("en").unwrap());
    let plan = plan(&db, statement).await;
    if !nodes(&plan).iter().any(|node| node["Index Name"] == "properties_amenity_slugs_idx") {
        wrong.push("a rare amenity is looked for among all listings".to_owned());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Counted on the wire; `BEGIN` and its kin are statements too.
#[tokio::test]
async fn a_page_and_a_listing_are_one_statement_each() {
    let proxy = Proxy::to_postgres().await;
    let port = Port::new(proxy.port());
    let app = setup("bestays")
        .with(move |profile| {
            profile.database.port = port;
            profile.database.max_connections = 1;
            profile.database.search_connections = 1;
            // Without the memory of pages every read asks the database.
            profile.cache.ttl = std::time::Duration::ZERO;
            // The work in the background has statements of its own.
            profile.jobs.in_server = false;
        })
        .spawn()
        .await;
    let agent = app.agent("somchai").await;
    let mut made = agent.create_published(listing::rent()).await;
    for _ in 0..30 {
        made = agent.create_published(listing::rent()).await;
    }
    // Where a model's vectors are is remembered for a while.
    let model = app.state();
    let model = model.search.embedder.model();
    let sql = format!("INSERT INTO search_models (slot, model) VALUES (0, '{}')", model.as_str());
    app.execute(sql).await;
    let visitor = app.anonymous();
    let mut wrong = Vec::new();
    for path in [
        "/api/v1/properties".to_owned(),
        "/api/v1/properties?limit=30&locale=th".to_owned(),
        "/api/v1/properties?count=true&sort=price_desc&bedrooms_min=1".to_owned(),
        "/api/v1/properties?check_in=2026-12-20&check_out=2026-12-24&guests=2".to_owned(),
        "/api/v1/properties/map?bbox=97,5,106,21&zoom=6&locale=th".to_owned(),
        "/api/v1/search/suggest?q=vill&locale=th".to_owned(),
        made.at("similar"),
        made.path(),
        format!("{}?locale=th", made.path()),
        format!("/api/v1/properties/{}", made.slug),
    ] {
        // What a type is called is looked up once for each connection.
        let _ = visitor.get(&path).await.expect(200);
        // Twice a second it is asked who has changed; of several requests one is not disturbed.
        let mut spent = u64::MAX;
        for _ in 0..5 {
            let before = proxy.statements();
            let _ = visitor.get(&path).await.expect(200);
            spent = spent.min(proxy.statements() - before);
        }
        if spent != 1 {
            wrong.push(format!("{path}: {spent} statements"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What agents and admins look up by key stays a lookup when there is much of it.
#[tokio::test]
async fn trail_history_and_twins_are_found_by_index() {
    let app = spawn_app("realestate").await;
    fill(&app).await;
    app.execute(
        "INSERT INTO audit_log (at, actor, table_name, row_id, action, after) \
         SELECT '2026-01-01'::timestamptz + n * interval '1 minute', \
            CASE WHEN n % 500 = 0 THEN '019abc00-0000-7000-8000-000000000001'::uuid END, \
            CASE WHEN n % 400 = 0 THEN 'companies' ELSE 'properties' END, 'row-' || n % 3000, 'update', '{}' \
         FROM generate_series(1, 60000) n; ANALYZE audit_log",
    )
    .await;
    let db = connect(&app).await;
    let mut wrong = Vec::new();
    for (query, index) in [
        ("", "audit_log_pkey"),
        ("row_id=row-7", "audit_log_row_id_idx"),
        ("row_id=row-7&table_name=properties&action=update", "audit_log_row_id_idx"),
        ("actor=019abc00-0000-7000-8000-000000000001", "audit_log_actor_idx"),
        ("table_name=companies", "audit_log_table_name_idx"),
        ("from=2026-01-05T00:00:00Z&to=2026-01-05T00:20:00Z", "audit_log_at_idx"),
    ] {
        let query_of: AuditQuery = serde_urlencoded::from_str(query).expect("a query");
        let plan = plan(&db, audit_statement(&query_of).expect("a statement")).await;
        check(&plan, query, "audit_log", index, &mut wrong);
    }
    let id: uuid::Uuid = app.value("SELECT id FROM properties WHERE slug = 'row-77'").await;
    let plan = plan(&db, find_statement(vec![id])).await;
    for index in [
        "properties_pkey",
        "properties_reference_idx",
        "properties_external_id_idx",
        "properties_geo_idx",
    ] {
        check(&plan, "twins", "properties", index, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Reports read a stretch of time from an index that holds all they ask for.
#[tokio::test]
async fn reports_of_searches_read_their_stretch_alone() {
    let app = spawn_app("bestays").await;
    app.execute(
        "INSERT INTO properties (slug, title, transaction_type, property_type, rent_price) VALUES ('v', 'V', 'rent', 'villa', 1); \
         INSERT INTO search_history (at, kind, query, normalised, locale, total, total_is_exact, took_ms, degraded, is_repeat) \
         SELECT '2026-01-01'::timestamptz + n * interval '40 seconds', 'words', 'Query ' || n % 900, 'query ' || n % 900, \
            CASE WHEN n % 3 = 0 THEN 'th' ELSE 'en' END, n % 50, true, n % 300, false, n % 4 = 0 FROM generate_series(1, 200000) n; \
         INSERT INTO search_clicks SELECT h.id, p.id, 1 + hashtext(h.id::text) & 15, h.at + interval '1 minute' \
         FROM search_history h CROSS JOIN properties p WHERE hashtext(h.id::text) % 4 = 0",
    )
    .await;
    seen_by_all(&app, "search_history").await;
    seen_by_all(&app, "search_clicks").await;
    let db = connect(&app).await;
    let week = "from=2026-02-01T00:00:00Z&to=2026-02-08T00:00:00Z";
    let mut wrong = Vec::new();
    let mut statements = Vec::new();
    for kind in ["top", "zero", "slow", "abandoned"] {
        for rest in ["", "&locale=th"] {
            let query = format!("{week}&kind={kind}{rest}");
            let query_of: QueriesQuery = serde_urlencoded::from_str(&query).expect("a query");
            statements.push((query, queries_statement(&query_of).expect("a statement")));
        }
    }
    let query_of: SummaryQuery = serde_urlencoded::from_str(week).expect("a query");
    let days = summary_statement(&query_of, "Asia/Bangkok").expect("a statement");
    statements.push(("days".to_owned(), days));
    for (query, statement) in statements {
        let plan = plan(&db, statement).await;
        for (table, index) in
            [("search_history", "search_history_at_idx"), ("search_clicks", "search_clicks_at_idx")]
        {
            check(&plan, &query, table, index, &mut wrong);
        }
        // The policy of one's own rows is there, and is not asked.
        let ran = |node: &&Json| node["Actual Loops"].as_f64() != Some(0.0);
        for node in nodes(&plan).into_iter().filter(ran).filter(|n| n["Index Name"].is_string()) {
            if node["Node Type"] != "Index Only Scan" || node["Actual Rows"].as_f64() == Some(0.0) {
                wrong.push(format!("{query}: {} of {}", node["Node Type"], node["Index Name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(plan: &Json, query: &str, table: &str, index: &str, wrong: &mut Vec<String>) {
    let nodes = nodes(plan);
    if nodes.iter().any(|node| node["Node Type"] == "Seq Scan" && node["Relation Name"] == table) {
        wrong.push(format!("{query}: a sequential scan of {table}"));
    }
    let used: Vec<_> = nodes.iter().filter_map(|node| node["Index Name"].as_str()).collect();
    if !used.contains(&index) {
        wrong.push(format!("{query}: {index} is not used, but {used:?}"));
    }
}
