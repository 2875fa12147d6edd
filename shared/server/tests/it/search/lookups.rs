//! Suggestions and similar listings look at few rows of many.

use sea_orm::Value;
use serde_json::Value as Json;
use terrace_product::Locale;
use terrace_server::search::{similar::similar_statement, suggest::suggest_statement};
use terrace_testkit::{TestApp, spawn_app};
use uuid::Uuid;

use crate::plans::{connect, nodes, plan};

/// Listings of a town, each told in two languages, and some with a vector in one. A fortieth
/// costs very much; one in five hundred is a windmill. Fewer of them, and the planner would rightly
/// read all.
async fn fill(app: &TestApp) {
    app.execute(
        "ALTER TABLE properties DISABLE TRIGGER USER; \
         INSERT INTO properties (slug, title, description, transaction_type, property_type, rent_price, \
            physical_specs, location_details, is_published, status, published_at, listing_priority) \
         SELECT 'row-' || n, CASE WHEN n % 500 = 0 THEN 'Windmill ' ELSE 'Quiet home ' END || n, '', 'rent', \
            (CASE WHEN n % 5 = 0 THEN 'villa' ELSE 'condo' END)::property_type, \
            CASE WHEN n % 40 = 0 THEN 100000000 ELSE 1000000 + n END, \
            jsonb_build_object('bedrooms', n % 6), \
            jsonb_build_object('province', 'Bangkok', 'district', 'Watthana', \
                'lat', 13.6 + (hashint4(n) & 4095) / 16384.0, 'lng', 100.4 + (hashint4(n * 5) & 4095) / 16384.0), \
            n % 50 <> 1, (CASE WHEN n % 50 <> 1 THEN 'published' ELSE 'archived' END)::listing_status, \
            '2026-01-01'::timestamptz + n * interval '1 minute', n % 7 \
         FROM generate_series(1, 40000) n; \
         ALTER TABLE properties ENABLE TRIGGER USER",
    )
    .await;
    // Indexes are built when the rows are there: it takes a tenth of the time.
    app.execute(
        "CREATE TEMP TABLE defined AS SELECT indexname, indexdef FROM pg_indexes WHERE indexname IN \
            ('search_documents_words_idx', 'search_documents_title_idx', 'search_documents_begins_idx', 'search_vectors_0_idx'); \
         DO $$ BEGIN EXECUTE (SELECT 'DROP INDEX ' || string_agg(indexname, ', ') FROM defined); END $$; \
         INSERT INTO search_documents (property_id, locale, title, content, content_hash, words) \
         SELECT id, locale, CASE locale WHEN 'en' THEN title ELSE 'บ้าน ' || slug END, repeat(title, 20), \
            sha256(slug::bytea), setweight(to_tsvector('english', title), 'A') \
         FROM properties, unnest(ARRAY['en', 'th']) AS locale WHERE is_published; \
         INSERT INTO search_words (word, documents) \
            SELECT word, ndoc FROM ts_stat('SELECT words FROM search_documents') WHERE word !~ '^[0-9]' \
            ON CONFLICT (word) DO UPDATE SET documents = excluded.documents; \
         INSERT INTO search_models (slot, model) VALUES (0, 'some/model') ON CONFLICT DO NOTHING; \
         INSERT INTO search_vectors (slot, property_id, locale, content_hash, embedding) \
         SELECT 0, d.property_id, d.locale, d.content_hash, ('{1:1,' || 2 + (hashtext(p.slug) & 63) || ':1,' \
                || 66 + (hashtext(p.slug || 'x') & 255) || ':1}/1536')::sparsevec::halfvec(1536) \
         FROM search_documents d JOIN properties p ON p.id = d.property_id \
         WHERE d.locale = 'en' AND p.published_at < '2026-01-01'::timestamptz + interval '8000 minutes'; \
         DO $$ BEGIN EXECUTE (SELECT string_agg(indexdef, '; ') FROM defined); END $$",
    )
    .await;
    app.execute("VACUUM ANALYZE properties, search_documents, search_vectors, search_words").await;
}

/// What is looked at in all: rows that scans of a table or an index hand out.
fn looked_at(plan: &Json, table: &str) -> f64 {
    let scans = nodes(plan).into_iter().filter(|node| node["Relation Name"] == table);
    let number = |node: &Json, name: &str| node[name].as_f64().unwrap_or_default();
    scans
        .map(|node| {
            let rows = number(node, "Actual Rows")
                + number(node, "Rows Removed by Filter")
                + number(node, "Rows Removed by Index Recheck");
            rows * number(node, "Actual Loops")
        })
        .sum()
}

fn used(plan: &Json) -> Vec<String> {
    let taken = nodes(plan).into_iter().filter(|node| node["Actual Loops"].as_f64() > Some(0.0));
    taken.filter_map(|node| Some(node["Index Name"].as_str()?.to_owned())).collect()
}

fn check(
    what: &str,
    plan: &Json,
    indexes: &[&str],
    bounds: &[(&str, f64)],
    wrong: &mut Vec<String>,
) {
    for node in nodes(plan) {
        let is_taken = node["Actual Loops"].as_f64() > Some(0.0);
        let table = node["Relation Name"].as_str().unwrap_or_default();
        let is_large = ["properties", "search_documents", "search_vectors"].contains(&table);
        if is_taken && is_large && node["Node Type"] == "Seq Scan" {
            wrong.push(format!("{what}: a sequential scan of {table}"));
        }
    }
    let used = used(plan);
    for index in indexes {
        if !used.iter().any(|name| name == index) {
            wrong.push(format!("{what}: {index} is not used, but {used:?}"));
        }
    }
    for (table, most) in bounds {
        let rows = looked_at(plan, table);
        if rows > *most {
            wrong.push(format!("{what}: {rows} rows of {table}"));
        }
    }
}

#[tokio::test]
async fn a_letter_more_does_not_read_all_titles() {
    let app = spawn_app("bestays").await;
    fill(&app).await;
    let db = connect(&app).await;
    let mut wrong = Vec::new();
    for (q, indexes, rows) in [
        // All begin so; few do; none does.
        ("q", vec!["search_documents_begins_idx"], 2),
        ("win", vec!["search_documents_begins_idx", "search_documents_title_idx"], 2),
        ("z", vec!["search_documents_begins_idx"], 0),
        // A word of nearly every title is found among the foremost.
        ("home", vec!["search_documents_begins_idx"], 2),
        ("row-4000", vec!["search_documents_title_idx"], 1),
        ("บ้าน row 4000", vec!["search_documents_title_idx"], 1),
        ("xylophone", vec!["search_documents_title_idx"], 0),
        // Misspelt: a rare word and a common one.
        ("windmil quiett", vec!["search_documents_title_idx"], 0),
        ("windmoll", vec!["search_documents_words_idx"], 2),
        ("quiwt", vec!["search_documents_words_idx"], 2),
    ] {
        for locale in ["en", "th"] {
            let what = format!("{q} in {locale}");
            let statement: (String, Vec<Value>) =
                suggest_statement(q, 8, &app.profile.locales, &Locale::parse(locale).unwrap())
                    .unwrap();
            let plan = plan(&db, statement).await;
            let bounds = [("search_documents", 6_000.0), ("properties", 3_000.0)];
            check(&what, &plan, &indexes, &bounds, &mut wrong);
            if plan["Actual Rows"].as_f64() < Some(f64::from(rows)) {
                wrong.push(format!("{what}: {} rows", plan["Actual Rows"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_similar_is_found_by_index() {
    let app = spawn_app("bestays").await;
    fill(&app).await;
    let db = connect(&app).await;
    let mut wrong = Vec::new();
    for (slug, slot, indexes) in [
        // Nearly all cost about as much: the indexes of places and of vectors are asked.
        ("row-4002", Some(0), vec!["search_vectors_0_idx", "properties_geo_idx"]),
        ("row-4002", None, vec!["properties_geo_idx"]),
        // A fortieth does: all of them are compared.
        ("row-4000", Some(0), vec!["properties_price_idx"]),
    ] {
        let what = format!("{slug} {slot:?}");
        let id: Uuid = app.value(format!("SELECT id FROM properties WHERE slug = '{slug}'")).await;
        let locales = &app.profile.locales;
        let statement = similar_statement(id, slot, locales, &Locale::parse("en").unwrap());
        let plan = plan(&db, statement).await;
        let bounds = [("search_vectors", 5_000.0), ("properties", 7_000.0)];
        check(&what, &plan, &indexes, &bounds, &mut wrong);
        let rows = plan["Actual Rows"].as_f64().unwrap();
        if rows < 32.0 {
            wrong.push(format!("{what}: {rows} candidates"));
        }
        let is_asked = slug == "row-4002" && slot.is_some();
        if is_asked != used(&plan).iter().any(|name| name == "search_vectors_0_idx") {
            wrong.push(format!("{what}: the other way was taken"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
