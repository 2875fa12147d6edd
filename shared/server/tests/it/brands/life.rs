//! A third brand, from its first day to its last.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
use reqwest::{Client, header::HeaderMap};
use serde_json::{Value, json};
use terrace_testkit::{listing, redis_url, spawn_app};
use uuid::Uuid;

use super::{Installation, free_port, new_id, value};
use crate::{binary::Running, media::pictures};

/// Polled so often where nothing tells.
const PAUSE: Duration = Duration::from_millis(20);

/// Somebody who calls a brand's API.
struct Api {
    http: Client,
    base: String,
}

impl Api {
    fn of(base: impl Into<String>) -> Self {
        Self { http: Client::new(), base: base.into() }
    }

    async fn send(&self, request: reqwest::RequestBuilder, status: u16) -> (Value, HeaderMap) {
        let answer = request.send().await.unwrap();
        let (is, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.text().await.unwrap();
        assert_eq!(is, status, "{body}");
        (serde_json::from_str(&body).unwrap_or(Value::String(body)), headers)
    }

    async fn post(&self, path: &str, token: &str, body: &Value, status: u16) -> (Value, HeaderMap) {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(token).json(body);
        let key = Uuid::new_v4().to_string();
        self.send(request.header("idempotency-key", key), status).await
    }

    async fn get(&self, path: &str, token: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(token);
        self.send(request, 200).await.0
    }

    /// What everybody is told: status, tag, language, and the body to the byte.
    async fn public(&self, path: &str) -> (u16, String, String, Vec<u8>) {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (status, etag, language) =
            (answer.status().as_u16(), header("etag"), header("content-language"));
        (status, etag, language, answer.bytes().await.unwrap().to_vec())
    }
}

/// Something is listed, shown with a picture, and booked; gives the addresses of all of it.
async fn trade(api: &Api, admin: &str, guest: &str, site: &str) -> Vec<String> {
    let (draft, headers) = api.post("/api/v1/properties", admin, &listing::rent(), 201).await;
    let id = draft["id"].as_str().unwrap();
    let at = |rest: &str| format!("/api/v1/properties/{id}/{rest}");
    let etag = headers["etag"].to_str().unwrap();
    let publish = api.http.post(format!("{}{}", api.base, at("publish"))).bearer_auth(admin);
    let (shown, _) = api.send(publish.header("if-match", etag), 200).await;

    let file = pictures::jpeg(900, 600);
    let sum = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &file);
    let sum: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let ask = json!({"filename": "sea.jpg", "content_type": "image/jpeg", "bytes": file.len(), "sha256": sum});
    let (ticket, _) = api.post(&at("media"), admin, &ask, 201).await;
    let mut put = api.http.put(ticket["url"].as_str().unwrap().replace(site, &api.base)).body(file);
    for (name, value) in ticket["headers"].as_object().unwrap() {
        put =
            if name == "content-length" { put } else { put.header(name, value.as_str().unwrap()) };
    }
    assert!(put.send().await.unwrap().status().is_success());
    let media = format!("/api/v1/media/{}", ticket["id"].as_str().unwrap());
    let complete = api.http.post(format!("{}{media}/complete", api.base)).bearer_auth(admin);
    let _ = api.send(complete, 202).await;
    let picture = loop {
        let media = api.get(&media, admin).await;
        match media["state"].as_str() {
            Some("ready") => break media,
            Some("rejected") => panic!("{media}"),
            _ => tokio::time::sleep(PAUSE).await,
        }
    };

    let day = |ahead| chrono::Utc::now().date_naive() + chrono::Days::new(ahead);
    let stay = json!({"check_in": day(40), "check_out": day(44), "guests": 2});
    let (quote, _) = api.post(&at("quote"), guest, &stay, 201).await;
    let order = json!({"quote_id": quote["id"], "guest": {"name": "Malee Jaidee", "email": "malee@example.com",
        "phone": "081 234 5678"}});
    let _ = api.post("/api/v1/bookings", guest, &order, 201).await;

    let mut files = Vec::new();
    addresses(&picture, &mut files);
    assert!(!files.is_empty(), "{picture}");
    let slug = shown["slug"].as_str().unwrap();
    let (from, to) = (day(35), day(60));
    files.extend([
        format!("/api/v1/properties/{slug}"),
        format!("/api/v1/properties/{id}?locale=th"),
        at("similar"),
        format!("{}?from={from}&to={to}", at("availability")),
    ]);
    files
}

/// Every address of a picture in an answer.
fn addresses(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("/api/v1/media/files/") => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| addresses(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| addresses(field, found)),
        _ => {}
    }
}

const PUBLIC: [&str; 10] = [
    "/api/v1/product",
    "/api/v1/product?locale=th",
    "/api/v1/properties?limit=100&count=true",
    "/api/v1/properties?sort=price_asc&locale=th",
    "/api/v1/facets",
    "/api/v1/amenities",
    "/api/v1/policies?locale=th",
    "/api/v1/companies",
    "/api/v1/agents",
    "/api/v1/search/suggest?q=villa",
];

async fn answers(api: &Api, more: &[String]) -> BTreeMap<String, (u16, String, String, Vec<u8>)> {
    let mut answers = BTreeMap::new();
    for path in PUBLIC.iter().map(|path| (*path).to_owned()).chain(more.iter().cloned()) {
        let answer = api.public(&path).await;
        assert_eq!(answer.0, 200, "{path}: {}", String::from_utf8_lossy(&answer.3));
        answers.insert(path, answer);
    }
    answers
}

/// Waits until nothing is due any more: what is found depends on what is indexed.
async fn at_rest(database: &str) {
    const DUE: &str = "SELECT (SELECT count(*) FROM jobs WHERE dead_at IS NULL \
            AND (locked_at IS NOT NULL OR run_at <= now())) \
        + (SELECT count(*) FROM search_queue) + (SELECT count(*) FROM faq_queue) \
        + (SELECT count(*) FROM (SELECT 1) s WHERE NOT EXISTS (SELECT FROM search_models WHERE is_begun))";
    let deadline = Instant::now() + Duration::from_secs(60);
    while value::<i64>(Some(database), DUE).await > 0 {
        assert!(Instant::now() < deadline, "the background work does not end");
        tokio::time::sleep(PAUSE).await;
    }
}

/// What an archive says is in it.
fn manifest(file: &Path) -> Value {
    let mut archive = tar::Archive::new(GzDecoder::new(fs::File::open(file).unwrap()));
    let found = archive
        .entries()
        .unwrap()
        .map(Result::unwrap)
        .find(|entry| entry.path().unwrap().to_str() == Some("manifest.json"));
    serde_json::from_reader(found.unwrap()).unwrap()
}

/// The sums of all tables.
fn tables(manifest: &Value) -> BTreeMap<&str, &Value> {
    let entries = manifest["entries"].as_object().unwrap().iter();
    entries
        .filter(|(path, _)| path.starts_with("tables/"))
        .map(|(path, sum)| (path.as_str(), sum))
        .collect()
}

fn is_alive(pid: u64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

async fn gone(pid: u64) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while is_alive(pid) {
        assert!(Instant::now() < deadline, "process {pid} does not end");
        tokio::time::sleep(PAUSE).await;
    }
}

fn end(pid: u64) {
    assert!(std::process::Command::new("kill").arg(pid.to_string()).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brand_is_made_used_moved_and_taken_away() {
    let mut home = Installation::new();
    let before = home.everything();
    let (id, port) = (new_id(), free_port());
    let site = format!("http://localhost:{port}");
    home.leaves(&id);
    let upper = id.to_uppercase();
    stand(&mut home, &upper);
    home.env.insert("TERRACE_ADMIN_REDIS_URL".to_owned(), redis_url());
    home.env.insert(format!("{upper}__REDIS__PASSWORD"), Uuid::new_v4().to_string());

    // Another brand is served meanwhile, and nobody there notices.
    let neighbour = spawn_app("bestays").await;
    let (visitor, (stop, mut stopped)) =
        (neighbour.anonymous(), tokio::sync::watch::channel(false));
    let served = tokio::spawn(async move {
        let (mut right, mut wrong) = (0, 0);
        while !*stopped.borrow_and_update() {
            match visitor.get("/api/v1/properties").await.status {
                200 => right += 1,
                _ => wrong += 1,
            }
        }
        (right, wrong)
    });

    // Interrupted: the owner's way to the database leads nowhere.
    let number = port.to_string();
    let new =
        ["product", "new", &id, "--name", "Coast Homes", "--from", "bestays", "--port", &number];
    let variable = format!("{upper}__DATABASE__PORT");
    let right = home.env.insert(variable.clone(), "1".to_owned()).unwrap();
    let said = home.refused(&new).await;
    assert!(said.contains("is not finished: repeat the command"), "{said}");
    home.env.insert(variable, right);

    // Repeated, it goes on from there.
    let made = home.json(&[&new[..], &["--start"]].concat()).await;
    let outcomes: Vec<_> =
        made["steps"].as_array().unwrap().iter().map(|step| &step["outcome"]).collect();
    assert_eq!(outcomes[0], "was_there", "{made:#}");
    assert_eq!(outcomes[2..4], ["was_there", "was_there"], "{made:#}");
    assert_eq!(outcomes[4..], ["done", "done", "done", "done"], "{made:#}");
    assert!(is_in_redis(&id).await, "{made:#}");
    let pid = made["result"]["pid"].as_u64().unwrap();
    let running = Stop(pid);
    stop.send(true).unwrap();
    let (right, wrong) = served.await.unwrap();
    assert!(right > 0 && wrong == 0, "{right} right, {wrong} wrong");
    drop(neighbour);

    // Its files are its own, and the checkout knows it.
    let profile = home.read(&format!("products/{id}/product.toml"));
    assert!(
        profile.contains("# Coast Homes: places to stay") && !profile.contains("estays"),
        "{profile}"
    );
    for file in ["compose.yml", "deploy/Caddyfile"] {
        assert!(
            home.read(file).contains(&format!("{id}:{port}"))
                || home.read(file).contains(&format!("{port}:{port}"))
        );
    }
    let record: Value = serde_json::from_str(&home.read(&format!(".dev/run/{id}.json"))).unwrap();
    assert_eq!((record["pid"].as_u64(), &record["facts"]["port"]), (Some(pid), &json!(port)));
    let listed = home.json(&["product", "list"]).await;
    assert!(listed.as_array().unwrap().iter().any(|product| product["id"] == id.as_str()));
    let checked = home.json(&["product", "check", "--product", &id]).await;
    let errors =
        checked[0]["findings"].as_array().unwrap().iter().filter(|f| f["level"] == "error").count();
    assert_eq!(errors, 0, "{checked:#}");

    // Once more, there is nothing to do; as something else, it is taken.
    assert!(home.said(&new).await.contains("is there already"));
    let mut other = new;
    other[4] = "Coast Villas";
    assert!(home.refused(&other).await.contains("is taken: it is “Coast Homes”"));

    // It is used.
    let api = Api::of(format!("http://127.0.0.1:{port}"));
    let token = async |role: &str| {
        home.said(&["token", "--product", &id, "--role", role]).await.trim().to_owned()
    };
    let (admin, guest) = (token("admin").await, token("user").await);
    let paths = trade(&api, &admin, &guest, &site).await;
    at_rest(&format!("{id}_db_test")).await;
    let at_home = answers(&api, &paths).await;

    // In use it is not taken away.
    let said = home.refused(&["product", "remove", &id, "--confirm", &id]).await;
    assert!(said.contains("is in use"), "{said}");
    end(pid);
    gone(pid).await;
    drop(running);

    // Into a file, which only its owner reads.
    let file = home.path("coast.terrace");
    let path = file.display().to_string();
    let exported = home.json(&["product", "export", "--product", &id, &path]).await;
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(exported["result"]["media"].as_u64().unwrap() > 0, "{exported:#}");
    let again = home.refused(&["product", "export", "--product", &id, &path]).await;
    assert!(again.contains("is there already"), "{again}");

    // Out of it, at another place, under other names of database and roles.
    let mut away = Installation::empty();
    let moved = format!("{id}_moved");
    away.leaves(&moved);
    settle(&mut away, &upper, &moved);
    broken(&away, &file, &id, &moved).await;
    let imported = away.json(&["product", "import", &path]).await;
    assert_eq!(imported["result"]["rows"], exported["result"]["rows"], "{imported:#}");
    let twice = away.refused(&["product", "import", &path]).await;
    assert!(twice.contains("is not empty"), "{twice}");

    // Every row of every table is what it was, and so is every counter.
    let back = away.path("back.terrace");
    let _ = away.said(&["product", "export", "--product", &id, &back.display().to_string()]).await;
    let (left, arrived) = (manifest(&file), manifest(&back));
    assert_eq!(tables(&left), tables(&arrived));
    assert_eq!(left["sequences"], arrived["sequences"]);

    // Everybody is told the same, to the byte.
    let mut serve = away.command(&["serve", "--product", &id]);
    serve
        .env(format!("{upper}__SERVER__PORT"), "0")
        .env(format!("{upper}__SERVER__PUBLIC_URL"), &site);
    serve.env("RUST_LOG", "info").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut elsewhere = Running::start(serve);
    let there = answers(&Api::of(elsewhere.base.clone()), &paths).await;
    for (path, was) in &at_home {
        assert!(was == &there[path], "{path}:\n{was:?}\n{:?}", there[path]);
    }
    elsewhere.child.kill().unwrap();
    let _ = elsewhere.child.wait().unwrap();

    // Without people, it is still the brand.
    without_people(&home, &id, &upper).await;

    // Taken away, its archive is left, and nothing else.
    let wrong = home.refused(&["product", "remove", &id]).await;
    assert!(wrong.contains(&format!("--confirm {id}")), "{wrong}");
    let wrong = home.refused(&["product", "remove", &id, "--confirm", "coast"]).await;
    assert!(wrong.contains("nothing was changed"), "{wrong}");
    let removed = home.json(&["product", "remove", &id, "--confirm", &id]).await;
    let archive = removed["result"]["archive"].as_str().unwrap();
    assert_eq!(tables(&manifest(Path::new(archive))), tables(&left));
    for what in [
        format!("SELECT count(*) FROM pg_database WHERE datname = '{id}_db_test'"),
        format!("SELECT count(*) FROM pg_roles WHERE rolname IN ('{id}_app', '{id}_owner')"),
    ] {
        assert_eq!(value::<i64>(None, &what).await, 0, "{what}");
    }
    assert!(!is_in_redis(&id).await, "its user is still there");
    fs::remove_file(&file).unwrap();
    fs::remove_file(home.path("public.terrace")).unwrap();
    assert!(home.everything() == before, "the checkout is what it was");
}

/// Whether Redis has a user of this name.
async fn is_in_redis(user: &str) -> bool {
    let redis = deadpool_redis::redis::Client::open(redis_url()).unwrap();
    let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
    let mut users = deadpool_redis::redis::cmd("ACL");
    let users: Vec<String> = users.arg("USERS").query_async(&mut redis).await.unwrap();
    users.iter().any(|known| known == user)
}

/// Every command of a test is told where the servers are, as `scripts/terrace` tells it.
fn stand(place: &mut Installation, upper: &str) {
    for key in ["DATABASE__HOST", "DATABASE__PORT", "REDIS__URL"] {
        let value = place.env[&format!("BESTAYS__{key}")].clone();
        place.env.insert(format!("{upper}__{key}"), value);
    }
}

/// Another place has servers of its own; here they are the same ones under other names.
fn settle(place: &mut Installation, upper: &str, name: &str) {
    stand(place, upper);
    for (key, value) in [
        ("DATABASE__NAME", format!("{name}_db")),
        ("DATABASE__OWNER_ROLE", format!("{name}_owner")),
        ("DATABASE__APP_ROLE", format!("{name}_app")),
        ("REDIS__PREFIX", format!("{}:", name.replace('_', "-"))),
    ] {
        place.env.insert(format!("{upper}__{key}"), value);
    }
}

/// An archive that was cut short or changed, and one whose rows are refused by the database.
async fn broken(place: &Installation, file: &Path, id: &str, moved: &str) {
    let whole = fs::read(file).unwrap();
    let before = place.everything().len();
    let spoilt = place.path("spoilt.terrace");
    for bytes in [&whole[..whole.len() - 40], &whole[..whole.len() / 3], &flipped(&whole)] {
        fs::write(&spoilt, bytes).unwrap();
        let said = place.refused(&["product", "import", &spoilt.display().to_string()]).await;
        assert!(
            said.contains("no whole archive") || said.contains("is not what was written"),
            "{said}"
        );
    }
    fs::write(&spoilt, without_users(file)).unwrap();
    let said = place.refused(&["product", "import", &spoilt.display().to_string()]).await;
    assert!(
        said.contains("nothing was kept of it") && said.contains("refer to what is not there"),
        "{said}"
    );
    fs::remove_file(&spoilt).unwrap();
    assert_eq!(place.everything().len(), before, "something was left behind");
    assert!(!place.path("products").join(id).exists());
    let left = format!(
        "SELECT (SELECT count(*) FROM pg_database WHERE datname LIKE '{moved}%') \
         + (SELECT count(*) FROM pg_roles WHERE rolname LIKE '{moved}%')"
    );
    assert_eq!(value::<i64>(None, &left).await, 0);
}

/// With one bit changed, in the midst, so that what was packed is another: what is found again further
/// back may stand there more than once, and a bit of the distance then changes nothing.
fn flipped(whole: &[u8]) -> Vec<u8> {
    let unpacked = |bytes: &[u8]| {
        let mut open = Vec::new();
        let end = std::io::Read::read_to_end(&mut GzDecoder::new(bytes), &mut open);
        end.is_ok().then_some(open)
    };
    let was = unpacked(whole);
    let mut changed = (whole.len() / 2..whole.len()).map(|at| {
        let mut changed = whole.to_vec();
        changed[at] ^= 0x10;
        changed
    });
    changed.find(|changed| unpacked(changed) != was).expect("a bit that matters")
}

/// The same archive, whole by its own account, without its people.
fn without_users(file: &Path) -> Vec<u8> {
    use std::io::Read;
    let mut archive = tar::Archive::new(GzDecoder::new(fs::File::open(file).unwrap()));
    let packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut changed = tar::Builder::new(packed);
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let mut bytes = Vec::new();
        let _ = entry.read_to_end(&mut bytes).unwrap();
        if path == "tables/users" {
            bytes.clear();
        }
        if path == "manifest.json" {
            let mut manifest: Value = serde_json::from_slice(&bytes).unwrap();
            let nothing = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"");
            let sum: String = nothing.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            manifest["entries"]["tables/users"] = json!({"bytes": 0, "sha256": sum});
            for table in manifest["tables"].as_array_mut().unwrap() {
                if table["name"] == "users" {
                    table["rows"] = json!(0);
                }
            }
            bytes = serde_json::to_vec(&manifest).unwrap();
        }
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        changed.append_data(&mut header, path, bytes.as_slice()).unwrap();
    }
    changed.into_inner().unwrap().finish().unwrap()
}

async fn without_people(home: &Installation, id: &str, upper: &str) {
    let file = home.path("public.terrace");
    let path = file.display().to_string();
    let _ = home.said(&["product", "export", "--product", id, "--public-only", &path]).await;
    // Beside another brand, like which it is started from then on.
    let mut place = Installation::new();
    let name = format!("{id}_public");
    place.leaves(&name);
    settle(&mut place, upper, &name);
    let _ = place.said(&["product", "import", &path]).await;
    for file in ["compose.yml", "deploy/Caddyfile"] {
        assert_eq!(place.read(file), home.read(file), "{file}");
    }
    let (whole, public) = (format!("{id}_db_test"), format!("{name}_db"));
    for (sql, same) in [
        ("SELECT count(*) FROM properties WHERE is_published", true),
        ("SELECT count(*) FROM agents", true),
        ("SELECT count(*) FROM media WHERE state = 'ready'", true),
        ("SELECT count(*) FROM bookings", false),
        ("SELECT count(*) FROM audit_log", false),
        ("SELECT count(email) + count(phone) FROM users", false),
    ] {
        let (of, is): (i64, i64) =
            (value(Some(&whole), sql).await, value(Some(&public), sql).await);
        assert!(of > 0, "{sql}");
        assert_eq!(is, if same { of } else { 0 }, "{sql}");
    }
    let text = fs::read(&file).unwrap();
    let mut open = Vec::new();
    let _ = std::io::Read::read_to_end(&mut GzDecoder::new(text.as_slice()), &mut open).unwrap();
    let open = String::from_utf8_lossy(&open);
    // Made-up people of the seed are in the folder; who came since is nowhere.
    for canary in ["malee@example.com", "Malee Jaidee"] {
        assert!(!open.contains(canary), "{canary}");
    }
}

/// Ends a process that nobody waits for.
struct Stop(u64);

impl Drop for Stop {
    fn drop(&mut self) {
        if is_alive(self.0) {
            end(self.0);
        }
    }
}
