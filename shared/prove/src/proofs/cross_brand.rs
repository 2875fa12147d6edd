//! Two brands on one server of the database and one Redis: what is one's opens nothing at the other.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use aws_lc_rs::hmac;
use deadpool_redis::redis;
use serde_json::json;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use terrace_identity::{
    SystemClock,
    local::{Realm, TokenRequest},
};
use terrace_product::{DatabaseAccess, Profile};

use crate::{
    http::{Ask, Clients, Reply},
    report::Report,
    run::{Run, together},
    stage::{Brand, ISSUER, Neighbour},
    world,
};

const NEIGHBOUR: &str = "realestate";

/// What deliveries to the neighbour are signed with.
pub(crate) const THEIR_WEBHOOK_SECRET: &str = "realestate: for test only, known to everybody";
const OUR_WEBHOOK_SECRET: &str = "bestays: for test only, known to everybody";

/// The brand's own front end, and pages that look like it; the third is the neighbour's.
const OWN_PAGE: &str = "http://localhost:5273";
const OTHER_PAGES: [&str; 25] = [
    "null",
    "*",
    "http://localhost:5274",
    "https://localhost:5273",
    "http://localhost",
    "http://localhost:80",
    "http://localhost:52730",
    "http://localhost:527",
    "http://localhost:5273.evil.example",
    "http://localhost:5273@evil.example",
    "http://evil.example#http://localhost:5273",
    "http://evil.example/http://localhost:5273",
    "http://evillocalhost:5273",
    "http://sub.localhost:5273",
    "http://127.0.0.1:5273",
    "http://[::1]:5273",
    "http://localhost:5273/",
    "http://localhost:5273 http://evil.example",
    "http://LOCALHOST:5273",
    "HTTP://localhost:5273",
    "http://localhost.:5273",
    "http://localhost:5273,http://localhost:5274",
    "file://",
    "chrome-extension://abcdefghijklmnop",
    "https://www.realestate.example",
];

pub(crate) async fn prove(run: &Run<'_>) -> anyhow::Result<Report> {
    let brand = run.brand_with(&[("PAYMENTS__PROVIDERS", "stripe")]).await?;
    let neighbour = brand.neighbour(NEIGHBOUR)?;
    let home = world::homes(&brand, 1).await?.pop().context("a home")?;
    run.mutate(&brand).await?;
    run.say("one brand's tokens, roles, pages, secrets and keys at the other");
    let mut report = Report::default();
    tokens(run, &brand, &neighbour, &home, &mut report).await?;
    roles(&brand, &neighbour, &mut report).await;
    pages(run, &brand, &mut report).await?;
    webhooks(&brand, &mut report).await?;
    keys(&brand, &mut report).await?;
    // A second brand is served where that shows something: it takes as long as all the rest.
    if run.is_about(NOTHING_IS_TOLD) {
        content(run, &brand, &neighbour, &home, &mut report).await?;
    }
    Ok(report)
}

/// Who runs the neighbour has a token of their own realm, and makes another that says all it can of
/// ours but for the key.
async fn tokens(
    run: &Run<'_>,
    brand: &Brand,
    neighbour: &Neighbour,
    home: &str,
    report: &mut Report,
) -> anyhow::Result<()> {
    let folder = &neighbour.profile.identity.state_dir;
    let neighbour = &neighbour.profile;
    let party = |profile: &Profile| {
        let parties = &profile.identity.authorized_parties;
        parties.first().map(ToString::to_string).context("a party")
    };
    let theirs = neighbour.identity.realm.issuer().context("an issuer")?.as_str();
    let mut tokens = Vec::new();
    for (issuer, party) in [
        (theirs, party(neighbour)?),
        (theirs, party(brand.profile())?),
        (ISSUER, party(neighbour)?),
        (ISSUER, party(brand.profile())?),
    ] {
        let realm = Realm::open(folder, issuer)?;
        for subject in ["user_dev-admin", "user_dev-agent", "user_nobody"] {
            let request =
                TokenRequest::new(subject, "sess_neighbour", &party, Duration::from_secs(600));
            tokens.push(std::sync::Arc::from(realm.issue(&request, &SystemClock::new())?));
        }
    }
    let body = json!({"status": "confirmed"});
    let asks: Vec<Ask> = tokens
        .iter()
        .flat_map(|token| {
            [
                Ask::get("/api/v1/me"),
                Ask::get("/api/v1/bookings"),
                Ask::get("/api/v1/admin/users"),
                Ask::get(format!("/api/v1/properties/{home}")),
                Ask::post("/api/v1/leads", &body).keyed("cross-brand"),
            ]
            .map(|ask| ask.by(token))
        })
        .collect();
    let answers =
        together(run.count("connections"), &asks, async |ask| brand.clients.must(ask).await);
    let (mut opened, mut asked) = (Vec::new(), 0);
    for answer in answers.await {
        let answer = answer?;
        asked += 1;
        if (answer.status, answer.code().as_str()) != (401, "unauthorized") {
            opened.push(format!("{answer:?}"));
        }
    }
    report.count("tokens of the neighbour", tokens.len());
    report.count("requests with them", asked);
    report.none("the neighbour's tokens open nothing", &opened);
    let own = brand.clients.must(&Ask::get("/api/v1/bookings").by(&brand.agent)).await?;
    report.exactly("its own tokens open it", 200, own.status);
    Ok(())
}

/// Every role at the door of the other's database, with its right password.
async fn roles(brand: &Brand, neighbour: &Neighbour, report: &mut Report) {
    let (ours, theirs) = (&brand.profile().database, &neighbour.profile.database);
    let mut entered = Vec::new();
    let mut at_home = 0;
    for (mine, other) in [(ours, theirs), (theirs, ours)] {
        for access in [mine.owner(), mine.app()] {
            at_home += usize::from(enters(brand, &access, mine.name.as_str()).await);
            if enters(brand, &access, other.name.as_str()).await {
                entered.push(format!("{} entered {}", access.user, other.name));
            }
        }
    }
    report.none("no role enters the other's database", &entered);
    report.exactly("every role enters its own", 4, at_home);
}

async fn enters(brand: &Brand, access: &DatabaseAccess, database: &str) -> bool {
    // Past the wire that a mutant may be.
    let options: PgConnectOptions = terrace_server::db::connect_options(access)
        .host("127.0.0.1")
        .port(brand.cluster.port())
        .database(database);
    match PgConnection::connect_with(&options).await {
        Ok(connection) => {
            let _ = connection.close().await;
            true
        }
        Err(_) => false,
    }
}

async fn pages(run: &Run<'_>, brand: &Brand, report: &mut Report) -> anyhow::Result<()> {
    let ask = |page: &str| Ask::get("/api/v1/properties?limit=1").with("origin", page);
    let answers = together(run.count("connections"), OTHER_PAGES, async |page| {
        anyhow::Ok((page, brand.clients.must(&ask(page)).await?))
    });
    let mut allowed = Vec::new();
    for answer in answers.await {
        let (page, answer) = answer?;
        if !answer.allows_origin.is_empty() {
            allowed.push(format!("{page}: {}", answer.allows_origin));
        }
    }
    report.count("pages", OTHER_PAGES.len());
    report.none("no other page may call it", &allowed);
    let own = brand.clients.must(&ask(OWN_PAGE)).await?;
    report.demand("its own page may", own.allows_origin == OWN_PAGE, OWN_PAGE, own.allows_origin);
    Ok(())
}

async fn webhooks(brand: &Brand, report: &mut Report) -> anyhow::Result<()> {
    let theirs = deliver(brand, THEIR_WEBHOOK_SECRET).await?;
    let refused = (400..500).contains(&theirs.status);
    report.demand(
        "what is signed for the neighbour is not believed",
        refused,
        "a refusal",
        format!("{theirs:?}"),
    );
    // The mutant has taken the neighbour's for its own.
    if refused {
        let ours = deliver(brand, OUR_WEBHOOK_SECRET).await?;
        let taken = (200..300).contains(&ours.status);
        report.demand("what is signed for it is", taken, "2xx", format!("{ours:?}"));
    }
    Ok(())
}

async fn deliver(brand: &Brand, secret: &str) -> anyhow::Result<Reply> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let body = json!({"id": "evt_crossing", "object": "event", "type": "customer.updated", "created": now,
        "data": {"object": {}}});
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{now}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let ask =
        Ask::post("/webhooks/stripe", &body).with("stripe-signature", format!("t={now},v1={hex}"));
    brand.clients.must(&ask).await
}

/// By now the server has counted requests there.
async fn keys(brand: &Brand, report: &mut Report) -> anyhow::Result<()> {
    let (url, _) = brand.redis();
    let redis = redis::Client::open(url)?.get_multiplexed_async_connection().await;
    let mut redis = redis.context("there is no Redis: name one in TERRACE_REDIS_URL")?;
    let port = brand.server.address().rsplit(':').next().unwrap_or_default().to_owned();
    let mut of = async |prefix: String| {
        let found: Vec<String> =
            redis::cmd("KEYS").arg(format!("{prefix}{port}:*")).query_async(&mut redis).await?;
        anyhow::Ok(found)
    };
    let (own, theirs) = (of("prove".to_owned()).await?, of("neighbour".to_owned()).await?);
    report.count("keys of its own", own.len());
    report.none("nothing is written under the neighbour's prefix", &theirs);
    if theirs.is_empty() {
        report.at_least("it writes under its own", 1, own.len());
    }
    Ok(())
}

/// What the neighbour shows stays there.
pub(crate) const NOTHING_IS_TOLD: &str = "nothing that the neighbour shows is told here";

/// A word that stands in everything of the neighbour's and nowhere else.
const THEIR_WORD: &str = "kaleidoscopic";
/// Where the neighbour's land lies, and ours does not.
const THEIR_PROVINCE: &str = "Narathiwat";
const THEIR_PICTURE: &str = "abababababababababababababababab";

/// What the neighbour shows to everyone is shown by it alone: both answer the same questions, the
/// neighbour first, so that whatever they should share would be there to be found.
async fn content(
    run: &Run<'_>,
    brand: &Brand,
    neighbour: &Neighbour,
    home: &str,
    report: &mut Report,
) -> anyhow::Result<()> {
    run.say("what the neighbour shows, asked for here");
    let (server, agent) = neighbour.serve().await?;
    let there = Clients::of(server.address());
    let land = world::published(&there, &agent, &their_land()).await?;
    let (id, slug) = (land.text("/id"), land.text("/slug"));
    let pictures = neighbour.home().join("media/files/pictures").join(THEIR_PICTURE);
    std::fs::create_dir_all(&pictures)?;
    std::fs::write(pictures.join("640.webp"), THEIR_WORD)?;

    let admin = brand.admin()?;
    // Asked with another word of the title: a question that comes back with its answer tells nothing.
    let search = Ask::post("/api/v1/search", &json!({"query": "lighthouse"}));
    let questions = [
        ("a listing by its id", Ask::get(format!("/api/v1/properties/{id}"))),
        ("a listing by its name", Ask::get(format!("/api/v1/properties/{slug}"))),
        ("lists", Ask::get("/api/v1/properties?limit=100")),
        ("the map", Ask::get("/api/v1/properties/map?bbox=101.7,6.3,101.9,6.5&zoom=16")),
        ("search", search),
        ("suggestions", Ask::get("/api/v1/search/suggest?q=lighth")),
        ("what is counted and kept in Redis", Ask::get("/api/v1/facets")),
        ("a picture", Ask::get(format!("/api/v1/media/files/{THEIR_PICTURE}/640.webp"))),
    ];
    let tells = |reply: &Reply| {
        let body = String::from_utf8_lossy(&reply.body);
        reply.status == 200
            && [THEIR_WORD, THEIR_PROVINCE, &id].iter().any(|word| body.contains(word))
    };
    let (mut silent, mut told) = (Vec::new(), Vec::new());
    for (what, ask) in &questions {
        if !is_told(&there, ask, tells).await? {
            silent.push(*what);
        }
        let ours = brand.clients.must(ask).await?;
        if tells(&ours) {
            told.push(format!("{what}: {ours:?}"));
        }
    }
    let feed = Ask::get("/api/v1/admin/events?limit=200").by(&admin);
    let feed = brand.clients.must(&feed).await?.expect(200)?;
    if tells(&feed) {
        told.push("the feed of events".to_owned());
    }
    report.count("questions about what is the neighbour's", questions.len() + 1);
    report.none("the neighbour itself answers them", &silent);
    report.none(NOTHING_IS_TOLD, &told);
    let ours = there.must(&Ask::get(format!("/api/v1/properties/{home}"))).await?;
    report.exactly("nor is ours told there", 404, ours.status);
    Ok(())
}

/// Whether an answer comes to tell of it: the index follows within a moment.
async fn is_told(
    there: &Clients,
    ask: &Ask,
    tells: impl Fn(&Reply) -> bool,
) -> anyhow::Result<bool> {
    let begun = Instant::now();
    loop {
        if tells(&there.must(ask).await?) {
            return Ok(true);
        }
        if begun.elapsed() > Duration::from_secs(20) {
            return Ok(false);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn their_land() -> serde_json::Value {
    json!({
        "title": format!("{THEIR_WORD} lighthouse"),
        "description": "Land by the sea, with a light that nobody keeps any more.",
        "transaction_type": "sale",
        "property_type": "land",
        "sale_price": 890_000_000,
        "location_details": {"country": "TH", "province": THEIR_PROVINCE, "district": "Tak Bai",
            "lat": 6.4, "lng": 101.8},
        "contact_info": {"name": "Somchai", "email": "somchai@example.com"},
        "cover_image": {"url": "/assets/listings/sea.svg", "alt": {"en": "The sea"}, "width": 1200, "height": 800},
        "sale_details": {"ownership_type": "freehold", "title_deed": "chanote", "foreign_quota": false, "land_sqm": 1600.0,
            "transfer_fee_share": "split"},
    })
}
