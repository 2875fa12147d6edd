//! `scripts/bench index`: what the index of search costs and is worth. How soon a new listing is
//! found while others search, what building it does to those who read, how large it is, how long
//! it takes to build, and how much of what is nearest it finds.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Incoming, client::conn::http1::SendRequest, header};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, Row, postgres::PgConnectOptions};

use crate::{
    Measured, data, http,
    operations::{self, WIDE},
    server::{Place, SPEED, Server},
    summarise,
};

/// What the index of search costs and is worth
///
/// How soon a published listing is found under load, the slowest twentieth of reads while every
/// listing is embedded anew, size and build of the index in half and in whole precision, and the
/// share of the true ten nearest that it finds.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Published listings in the database
    #[arg(long, default_value_t = 10_000)]
    listings: u32,
    /// Listings that are published and looked for
    #[arg(long, default_value_t = 100)]
    fresh: usize,
    /// Connections that search meanwhile
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Questions of which the nearest are compared
    #[arg(long, default_value_t = 100)]
    questions: i64,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Report {
    listings: u32,
    connections: usize,
    server_version: String,
    /// From the answer to a publication to the first search that finds it, milliseconds.
    found_after: Measured,
    /// Reads with nothing to embed, and while everything is embedded anew.
    reads: Measured,
    reads_while_embedding: Measured,
    p95_ratio: f64,
    indexes: Vec<Index>,
}

/// An index of the vectors.
#[derive(Debug, Serialize)]
struct Index {
    precision: &'static str,
    megabytes: f64,
    build_seconds: f64,
    recall_at_10: f64,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let place = Place::of("bestays", SPEED)?;
    eprintln!("preparing {} listings …", args.listings);
    let database = data::prepare(&place, args.listings, 0).await?;
    let server = Server::start(&place, 0).await?;
    let length = Duration::from_secs(args.seconds);

    eprintln!("publishing {} listings while {} search …", args.fresh, args.connections);
    let found_after = fresh(&server, &args).await?;
    eprintln!("reading, with nothing to embed …");
    let load = operations::reads(&server, args.listings);
    let _ = load.run(args.connections, Duration::from_secs(1)).await?;
    let reads = load.run(args.connections, length).await?;
    eprintln!("reading while everything is embedded anew …");
    let reads_while_embedding = {
        let _reindex = Reindex::start(&place)?;
        // The first listings are under way.
        tokio::time::sleep(Duration::from_secs(1)).await;
        load.run(args.connections, length).await?
    };
    drop(server);
    // What was embedded meanwhile is of another kind than what is measured.
    let mut connection = connect(&place).await?;
    connection.execute("DELETE FROM search_documents; DELETE FROM search_models").await?;
    let _ = data::prepare(&place, args.listings, 0).await?;
    let indexes = indexes(&mut connection, args.questions).await?;
    let report = Report {
        listings: args.listings,
        connections: args.connections,
        server_version: database.version,
        p95_ratio: reads_while_embedding.p95_ms / reads.p95_ms,
        found_after,
        reads,
        reads_while_embedding,
        indexes,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(())
}

fn print(report: &Report) {
    let verdict = |is_met: bool| if is_met { "met" } else { "MISSED" };
    println!(
        "PostgreSQL {}, {} listings, {} connections",
        report.server_version, report.listings, report.connections
    );
    let found = &report.found_after;
    println!(
        "found after publication: p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms (p95 <= 1000 {})",
        found.p50_ms,
        found.p95_ms,
        found.p99_ms,
        verdict(found.p95_ms <= 1000.0)
    );
    println!(
        "reads: p95 {:.1} ms; while everything is embedded anew {:.1} ms, ratio {:.2} (<= 2 {})",
        report.reads.p95_ms,
        report.reads_while_embedding.p95_ms,
        report.p95_ratio,
        verdict(report.p95_ratio <= 2.0)
    );
    for index in &report.indexes {
        println!(
            "index in {} precision: {:.0} MB, built in {:.1} s, recall@10 {:.3} (>= 0.95 {})",
            index.precision,
            index.megabytes,
            index.build_seconds,
            index.recall_at_10,
            verdict(index.recall_at_10 >= 0.95)
        );
    }
}

async fn connect(place: &Place) -> anyhow::Result<PgConnection> {
    let admin: PgConnectOptions = place.admin_url.parse()?;
    let database = place.profile.database.app().database.to_string();
    Ok(PgConnection::connect_with(&admin.database(&database)).await?)
}

/// `terrace reindex --anew`, until dropped.
struct Reindex(std::process::Child);

impl Reindex {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let mut command = place.command(&["reindex", "--anew", "--product", "bestays"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Ok(Self(child.context("terrace reindex")?))
    }
}

impl Drop for Reindex {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A connection that asks one thing after the other.
struct Client<'a> {
    server: &'a Server,
    sender: SendRequest<Full<Bytes>>,
}

impl<'a> Client<'a> {
    async fn new(server: &'a Server) -> anyhow::Result<Self> {
        Ok(Self { server, sender: http::connect(&server.address).await? })
    }

    async fn post(
        &mut self,
        path: &str,
        body: &Value,
        etag: Option<&str>,
    ) -> anyhow::Result<(Option<String>, Value)> {
        let mut request = Request::post(path)
            .header(header::HOST, &self.server.address)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.server.admin_token))
            .header("sec-gpc", "1");
        if !body.is_null() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(etag) = etag {
            request = request.header(header::IF_MATCH, etag);
        }
        let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        self.sender.ready().await?;
        let answer = self.sender.send_request(request.body(Full::new(bytes))?).await?;
        read(path, answer).await
    }
}

async fn read(
    path: &str,
    answer: hyper::Response<Incoming>,
) -> anyhow::Result<(Option<String>, Value)> {
    let status = answer.status();
    let etag = answer.headers().get(header::ETAG);
    let etag = etag.and_then(|etag| etag.to_str().ok()).map(ToOwned::to_owned);
    let body = answer.into_body().collect().await?.to_bytes();
    ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&body));
    Ok((etag, serde_json::from_slice(&body).with_context(|| path.to_owned())?))
}

/// How long it takes until somebody finds what was published.
async fn fresh(server: &Server, args: &Args) -> anyhow::Result<Measured> {
    let busy = tokio::spawn({
        let (load, connections) = (operations::search_load(server, WIDE), args.connections);
        async move { while load.run(connections, Duration::from_secs(1)).await.is_ok() {} }
    });
    let mut client = Client::new(server).await?;
    let mut micros = Vec::with_capacity(args.fresh);
    for nth in 0..args.fresh {
        // Letters alone: a word with digits is a number to some.
        let letters = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap_or_default());
        let word = format!("zanzi{}{}{}bar", letters(nth / 676), letters(nth / 26), letters(nth));
        let title = format!("Pavilion of {word}");
        let listing = listing(&title);
        let (etag, made) = client.post("/api/v1/properties", &listing, None).await?;
        let id = made["id"].as_str().context("an id")?.to_owned();
        let path = format!("/api/v1/properties/{id}/publish");
        let _ = client.post(&path, &Value::Null, etag.as_deref()).await?;
        let published = Instant::now();
        let question = json!({"query": word, "limit": 1});
        loop {
            let (_, found) = client.post("/api/v1/search", &question, None).await?;
            if found["items"][0]["id"] == id.as_str() {
                break;
            }
            ensure!(published.elapsed() < Duration::from_secs(30), "{word} is not found");
        }
        micros.push(u32::try_from(published.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    ensure!(!busy.is_finished(), "a search of the load was refused");
    busy.abort();
    summarise(micros, 1.0)
}

fn listing(title: &str) -> Value {
    json!({"title": title, "description": "A quiet home close to the sea.", "transaction_type": "rent",
        "property_type": "villa", "rent_price": 9_500_000,
        "physical_specs": {"bedrooms": 3, "bathrooms": 2.5, "area_sqm": 240},
        "location_details": {"country": "TH", "province": "Phuket", "district": "Mueang Phuket",
            "lat": 7.77, "lng": 98.32},
        "contact_info": {"name": "Somchai", "email": "somchai@example.com"},
        "cover_image": {"url": "/assets/listings/sea.svg", "alt": {"en": "The sea"}, "width": 1200, "height": 800},
        "rental_details": {"price_per_night": 420_000, "cleaning_fee": 150_000, "min_nights": 1,
            "max_nights": 180, "max_guests": 6, "instant_book": true, "cancellation_policy": "moderate"}})
}

/// Builds the index in both precisions and compares what it finds with what is nearest.
async fn indexes(connection: &mut PgConnection, questions: i64) -> anyhow::Result<Vec<Index>> {
    const MEMORY: &str = "SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 2; \
        SET hnsw.iterative_scan = relaxed_order; SET hnsw.ef_search = 100; SET jit = off";
    connection.execute(MEMORY).await?;
    let mut built = Vec::new();
    for (precision, column, cast, operators) in [
        ("whole", "(embedding::vector(1536))", "vector(1536)", "vector_cosine_ops"),
        ("half", "embedding", "halfvec(1536)", "halfvec_cosine_ops"),
    ] {
        eprintln!("building the index in {precision} precision …");
        connection.execute("DROP INDEX IF EXISTS search_vectors_0_idx").await?;
        let begun = Instant::now();
        let create = format!(
            "CREATE INDEX search_vectors_0_idx ON search_vectors USING hnsw ({column} {operators}) WHERE slot = 0"
        );
        connection.execute(sqlx::AssertSqlSafe(create)).await?;
        let build_seconds = begun.elapsed().as_secs_f64();
        let bytes: i64 = sqlx::query("SELECT pg_relation_size('search_vectors_0_idx')")
            .fetch_one(&mut *connection)
            .await?
            .get(0);
        let recall_at_10 = recall(connection, column, cast, questions).await?;
        #[expect(clippy::cast_precision_loss, reason = "a size to be read")]
        let megabytes = bytes as f64 / 1_048_576.0;
        built.push(Index { precision, megabytes, build_seconds, recall_at_10 });
    }
    Ok(built)
}

/// Distances that are the same but for how they were added up.
const SAME: f64 = 1e-6;

/// The share of what the index finds that is among the ten nearest: no further away than the tenth. Of
/// several that are equally far any is right. A question lies between two listings.
async fn recall(
    connection: &mut PgConnection,
    column: &str,
    cast: &str,
    questions: i64,
) -> anyhow::Result<f64> {
    let nearest = format!(
        "SELECT {column} <=> $1::text::{cast} FROM search_vectors WHERE slot = 0 \
         ORDER BY {column} <=> $1::text::{cast} LIMIT 10"
    );
    let between = "SELECT (a.embedding + b.embedding)::text FROM search_vectors a \
        JOIN LATERAL (SELECT embedding FROM search_vectors WHERE slot = 0 AND property_id > a.property_id \
            ORDER BY property_id LIMIT 1 OFFSET 7) b ON true \
        WHERE a.slot = 0 ORDER BY hashtext(a.property_id::text) LIMIT $1";
    let asked = sqlx::query(between).bind(questions).fetch_all(&mut *connection).await?;
    let (mut found, mut there) = (0_u32, 0_u32);
    for row in &asked {
        let question: String = row.get(0);
        let by_index = distances(
            connection,
            &nearest,
            &question,
            "SET enable_seqscan = off; SET enable_sort = off",
        )
        .await?;
        let exact = distances(
            connection,
            &nearest,
            &question,
            "SET enable_seqscan = on; SET enable_sort = on; SET enable_indexscan = off",
        )
        .await?;
        connection.execute("RESET enable_indexscan").await?;
        let furthest = exact.last().context("a nearest")? + SAME;
        there += u32::try_from(exact.len())?;
        found += u32::try_from(by_index.iter().filter(|one| **one <= furthest).count())?;
    }
    connection.execute("RESET enable_seqscan; RESET enable_sort").await?;
    Ok(f64::from(found) / f64::from(there.max(1)))
}

async fn distances(
    connection: &mut PgConnection,
    sql: &str,
    question: &str,
    settings: &str,
) -> anyhow::Result<Vec<f64>> {
    connection.execute(sqlx::AssertSqlSafe(settings.to_owned())).await?;
    let query = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).bind(question);
    let rows = query.persistent(false).fetch_all(connection).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
