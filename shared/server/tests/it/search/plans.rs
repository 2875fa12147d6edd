//! Search stays fast and whole: which way it takes through many listings, and that neither way
//! finds less than there is.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, Value};
use serde_json::Value as Json;
use terrace_embedding::{Embedder, Hashing, Purpose};
use terrace_product::Locale;
use terrace_server::{
    db::PLANNED,
    listings::filters::ListQuery,
    search::statement::{NARROW, Question, statement},
};
use terrace_testkit::{TestApp, setup};
use uuid::Uuid;

const LISTINGS: usize = 3_200;

const PLACES: [&str; 8] =
    ["beach", "garden", "river", "market", "temple", "school", "station", "forest"];
const LOOKS: [&str; 8] =
    ["quiet", "bright", "modern", "teak", "spacious", "cosy", "renovated", "luxury"];
const THINGS: [&str; 8] =
    ["pool", "terrace", "kitchen", "study", "sauna", "garage", "balcony", "library"];

/// A text of its own for each listing, as far apart as words are.
fn text(nth: usize) -> String {
    let word = |words: &[&'static str; 8], by: usize| words[(nth / by) % 8];
    format!(
        "{} home {nth} by the {} with {} and {}",
        word(&LOOKS, 1),
        word(&PLACES, 8),
        word(&THINGS, 64),
        word(&THINGS, 7)
    )
}

/// Listings with documents and vectors, as the indexer leaves them. Prices rise with the number.
async fn fill() -> TestApp {
    let app = setup("bestays").with(|profile| profile.jobs.in_server = false).spawn().await;
    let texts: Vec<String> = (0..LISTINGS).map(text).collect();
    let vectors = Hashing::new().embed(&texts, Purpose::Document).await.unwrap();
    let model = Hashing::new().model().to_string();
    app.execute(format!(
        "INSERT INTO search_models (slot, model, is_begun) VALUES (0, '{model}', true); \
         INSERT INTO users (auth_subject) VALUES ('user_importer'); \
         INSERT INTO properties (slug, title, transaction_type, property_type, rent_price, is_published, status, published_at, created_by) \
         SELECT 'row-' || n, 'Row ' || n, 'rent', 'house', 100000 + n, true, 'published', now(), \
            (SELECT id FROM users WHERE auth_subject = 'user_importer') FROM generate_series(0, {LISTINGS} - 1) n"
    ))
    .await;
    let pool = app.sql().await;
    for (chunk, texts) in texts.chunks(200).enumerate() {
        let rows = texts.iter().enumerate().map(|(at, text)| {
            let nth = chunk * 200 + at;
            let vector: Vec<String> = vectors[nth].as_slice().iter().map(f32::to_string).collect();
            format!("('row-{nth}', '{text}', '[{}]'::halfvec)", vector.join(","))
        });
        let rows: Vec<String> = rows.collect();
        let sql = format!(
            "WITH n AS (SELECT p.id, v.text, sha256(v.text::bytea) AS hash, v.vector \
                FROM (VALUES {}) AS v (slug, text, vector) JOIN properties p USING (slug)), \
             d AS (INSERT INTO search_documents (property_id, locale, title, content, content_hash, words) \
                SELECT id, 'en', text, text, hash, setweight(to_tsvector('english', text), 'A') FROM n RETURNING 1) \
             INSERT INTO search_vectors (slot, property_id, locale, content_hash, embedding) \
             SELECT 0, id, 'en', hash, vector FROM n, (SELECT count(*) FROM d) done",
            rows.join(", ")
        );
        // The document comes before its vector in the same statement: the key is checked at its end.
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    }
    pool.close().await;
    app.execute(
        "INSERT INTO search_words (word, documents) SELECT word, ndoc FROM ts_stat('SELECT words FROM search_documents'); \
         DELETE FROM search_queue; ANALYZE",
    )
    .await;
    app
}

async fn connect(app: &TestApp) -> DatabaseConnection {
    use secrecy::ExposeSecret;
    let access = app.profile.database.app();
    let settings: Vec<String> =
        PLANNED.iter().map(|(name, value)| format!("-c%20{name}%3D{value}")).collect();
    let url = format!(
        "postgres://{}:{}@{}:{}/{}?options={}%20-c%20app.time_zone%3D{}",
        access.user,
        access.password.unwrap().expose_secret(),
        access.host,
        access.port,
        access.database,
        settings.join("%20"),
        access.time_zone.name(),
    );
    Database::connect(url).await.expect("a connection")
}

/// The statement of a search for these words among listings up to this price.
async fn asked(
    app: &TestApp,
    words: &str,
    price_max: usize,
    by_words: bool,
) -> (String, Vec<Value>) {
    let filters: ListQuery =
        serde_urlencoded::from_str(&format!("price_max={price_max}")).expect("a query");
    let vector = Hashing::new().embed(&[words.to_owned()], Purpose::Query).await.unwrap();
    let vector = pgvector::Vector::from(vector.into_iter().next().unwrap().into_vec());
    let words: Vec<String> = words.split(' ').map(str::to_owned).filter(|_| by_words).collect();
    let question = Question {
        filters: &filters,
        understood: &[],
        words: &words,
        vector: Some((0, vector)),
        weights: (1.0, 1.0),
        limit: 24,
        offset: 0,
    };
    statement(&question, &app.profile.locales, &Locale::parse("en").unwrap())
}

/// Every node of a plan, from the top.
fn nodes(plan: &Json) -> Vec<&Json> {
    let below = plan["Plans"].as_array().into_iter().flatten().flat_map(nodes);
    std::iter::once(plan).chain(below).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wide_filters_ask_the_indexes_and_narrow_ones_compare_all() {
    let app = fill().await;
    let db = connect(&app).await;
    const INDEX: &str = "search_vectors_0_idx";
    for (price_max, is_narrow) in [(200_000, false), (100_000 + 2_000, true), (100_010, true)] {
        let (sql, values) = asked(&app, "quiet home by the beach", price_max, true).await;
        let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) {sql}");
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, explain, values);
        let row = db.query_one_raw(statement).await.unwrap().unwrap();
        let plan = row.try_get::<Json>("", "QUERY PLAN").unwrap()[0]["Plan"].clone();
        let done: Vec<&Json> = nodes(&plan)
            .into_iter()
            .filter(|node| node["Actual Loops"].as_i64() > Some(0))
            .collect();
        let of = |relation: &'static str| {
            done.iter().filter(move |node| node["Relation Name"] == relation)
        };
        let asks_index = done.iter().any(|node| node["Index Name"] == INDEX);
        let compares = of("search_vectors").any(|node| node["Index Name"] != INDEX);
        assert_eq!((asks_index, compares), (!is_narrow, is_narrow), "{price_max}: {plan:#}");
        // Nothing reads all documents because of a word.
        let whole = of("search_documents").find(|node| node["Node Type"] == "Seq Scan");
        assert!(whole.is_none() || is_narrow, "{price_max}: {whole:#?}");
    }
}

/// At every width of filter the page is full, and what is nearest is on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_width_of_filter_finds_less_than_there_is() {
    let app = fill().await;
    let db = connect(&app).await;
    let edge = usize::try_from(NARROW).unwrap();
    let (mut found, mut wanted) = (0, 0);
    for words in
        ["quiet home by the beach with pool", "teak library near the temple", "spacious sauna"]
    {
        for matching in [1, 10, 24, 300, edge - 1, edge, edge + 1, edge + 200, LISTINGS] {
            let price_max = 100_000 + matching - 1;
            let (sql, values) = asked(&app, words, price_max, false).await;
            let rows = db
                .query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values))
                .await
                .unwrap();
            let ids: Vec<Uuid> = rows.iter().map(|row| row.try_get("", "id").unwrap()).collect();
            assert_eq!(ids.len(), matching.min(24), "{words} among {matching}");
            let vector = Hashing::new().embed(&[words.to_owned()], Purpose::Query).await.unwrap();
            let vector: Vec<String> = vector[0].as_slice().iter().map(f32::to_string).collect();
            // Row by row, without any index.
            let exact = format!(
                "SELECT v.property_id AS id FROM search_vectors v JOIN properties p ON p.id = v.property_id \
                 WHERE p.price <= {price_max} ORDER BY (v.embedding <=> '[{}]'::halfvec) + 0, p.id LIMIT 10",
                vector.join(",")
            );
            let exact =
                db.query_all_raw(Statement::from_string(DbBackend::Postgres, exact)).await.unwrap();
            let exact: Vec<Uuid> = exact.iter().map(|row| row.try_get("", "id").unwrap()).collect();
            wanted += exact.len();
            found += exact.iter().filter(|id| ids.contains(id)).count();
        }
    }
    assert!(found * 100 >= wanted * 95, "{found} of the {wanted} nearest");
}
