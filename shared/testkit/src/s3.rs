//! A server that speaks enough of S3 to be uploaded to, written by what its signatures must say
//! and not by what the client sends: a presigned upload whose signature does not hold, or does
//! not pin the file, is refused as the real one would.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::{Method, StatusCode},
    rt::System,
    web::{self, Bytes, Data},
};
use aws_lc_rs::{digest, hmac};
use base64::{Engine, engine::general_purpose::STANDARD};
use terrace_product::{BucketName, HttpUrl, Profile, StorageProvider};

const ID: &str = "testkit-id";
const SECRET: &str = "testkit-secret";
const BUCKET: &str = "testkit";

/// What a presigned upload must pin.
const PINNED: &str = "content-length;content-type;host;if-none-match;x-amz-checksum-sha256";

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum S3Mode {
    /// As it should.
    Serving,
    /// Answers 503 to everything.
    Failing,
    /// Takes requests and says nothing.
    Hanging,
}

/// An object, and when it was stored.
#[derive(Clone, Debug)]
pub struct S3Object {
    /// Its bytes.
    pub bytes: Bytes,
    /// Its type.
    pub content_type: String,
    /// Its `Cache-Control`.
    pub cache_control: String,
    /// RFC 3339.
    pub modified: String,
}

type Objects = Arc<Mutex<BTreeMap<String, S3Object>>>;

struct Shared {
    objects: Objects,
    mode: Arc<Mutex<S3Mode>>,
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct S3 {
    /// `http://127.0.0.1:<port>`.
    pub endpoint: String,
    objects: Objects,
    mode: Arc<Mutex<S3Mode>>,
    handle: ServerHandle,
}

impl S3 {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// Where it cannot listen.
    #[must_use]
    pub fn start() -> Self {
        let objects = Objects::default();
        let mode = Arc::new(Mutex::new(S3Mode::Serving));
        let shared = Data::new(Shared { objects: objects.clone(), mode: mode.clone() });
        let (ready, started) = mpsc::channel();
        std::thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(shared.clone())
                        .app_data(web::PayloadConfig::new(64 << 20))
                        .default_service(web::to(serve))
                })
                .workers(1)
                .shutdown_timeout(0)
                .disable_signals()
                .bind("127.0.0.1:0")
                .expect("a port for the bucket");
                let address = server.addrs()[0];
                let server = server.run();
                let _ = ready.send((address, server.handle()));
                server.await.expect("the bucket ends well");
            });
        });
        let (address, handle) = started.recv().expect("the bucket starts");
        Self { endpoint: format!("http://{address}"), objects, mode, handle }
    }

    /// Makes a product keep its pictures here.
    pub fn serves(&self) -> impl FnOnce(&mut Profile) + Send + use<> {
        let endpoint = self.endpoint.clone();
        move |profile| {
            let media = &mut profile.media;
            media.provider = StorageProvider::S3;
            media.public_url =
                HttpUrl::parse(&format!("{endpoint}/{BUCKET}/{}pictures", media.prefix)).ok();
            media.endpoint = HttpUrl::parse(&endpoint).ok();
            media.bucket = BucketName::parse(BUCKET).ok();
            media.access_key_id = Some(ID.into());
            media.secret_access_key = Some(SECRET.into());
            media.timeout = Duration::from_millis(500);
        }
    }

    /// Behaves like this from now on.
    ///
    /// # Panics
    /// Where a test has panicked while it looked.
    pub fn set_mode(&self, mode: S3Mode) {
        *self.mode.lock().expect("the mode") = mode;
    }

    /// The objects by key.
    ///
    /// # Panics
    /// Where a test has panicked while it looked.
    #[must_use]
    pub fn objects(&self) -> BTreeMap<String, S3Object> {
        self.objects.lock().expect("the objects").clone()
    }

    /// Stores an object as if it had come at this time (RFC 3339).
    ///
    /// # Panics
    /// Where a test has panicked while it looked.
    pub fn plant(&self, key: &str, modified: &str) {
        let object = S3Object {
            bytes: Bytes::from_static(b"planted"),
            content_type: String::new(),
            cache_control: String::new(),
            modified: modified.to_owned(),
        };
        self.objects.lock().expect("the objects").insert(key.to_owned(), object);
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn serve(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let mode = *shared.mode.lock().expect("the mode");
    match mode {
        S3Mode::Failing => return HttpResponse::ServiceUnavailable().body("SlowDown"),
        S3Mode::Hanging => std::future::pending::<()>().await,
        S3Mode::Serving => {}
    }
    let Some(path) = request.path().strip_prefix('/').and_then(|path| path.strip_prefix(BUCKET))
    else {
        return refuse(StatusCode::NOT_FOUND, "NoSuchBucket");
    };
    let key = path.trim_start_matches('/').to_owned();
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let presigned = query.contains_key("X-Amz-Signature");
    let is_public = *request.method() == Method::GET && key.contains("/pictures/");
    if presigned {
        if let Err(code) = check_presigned(&request, &query, &body) {
            return refuse(StatusCode::FORBIDDEN, code);
        }
    } else if !is_public && !header(&request, "authorization").contains(ID) {
        return refuse(StatusCode::FORBIDDEN, "AccessDenied");
    }
    let mut objects = shared.objects.lock().expect("the objects");
    match *request.method() {
        Method::PUT => {
            if header(&request, "if-none-match") == "*" && objects.contains_key(&key) {
                return refuse(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
            }
            let object = S3Object {
                content_type: header(&request, "content-type").to_owned(),
                cache_control: header(&request, "cache-control").to_owned(),
                bytes: body,
                modified: now(),
            };
            objects.insert(key, object);
            HttpResponse::Ok().insert_header(("etag", "\"1\"")).finish()
        }
        Method::GET if query.contains_key("list-type") => {
            let prefix = query.get("prefix").cloned().unwrap_or_default();
            let found: String = objects
                .iter()
                .filter(|(key, _)| key.starts_with(&prefix))
                .map(|(key, object)| {
                    format!(
                        "<Contents><Key>{key}</Key><LastModified>{}</LastModified><ETag>\"1\"</ETag>\
                         <Size>{}</Size></Contents>",
                        object.modified,
                        object.bytes.len()
                    )
                })
                .collect();
            HttpResponse::Ok().content_type("application/xml").body(format!(
                "<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
            ))
        }
        Method::GET | Method::HEAD => match objects.get(&key) {
            Some(object) => HttpResponse::Ok()
                .insert_header(("etag", "\"1\""))
                .insert_header(("last-modified", "Thu, 26 Nov 2026 00:00:00 GMT"))
                .insert_header(("content-type", object.content_type.clone()))
                .insert_header(("cache-control", object.cache_control.clone()))
                .body(object.bytes.clone()),
            None => refuse(StatusCode::NOT_FOUND, "NoSuchKey"),
        },
        Method::DELETE => {
            objects.remove(&key);
            HttpResponse::NoContent().finish()
        }
        _ => refuse(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
    }
}

fn refuse(status: StatusCode, code: &str) -> HttpResponse {
    HttpResponse::build(status).body(format!("<Error><Code>{code}</Code></Error>"))
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> &'r str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// AWS Signature Version 4, in query parameters.
fn check_presigned(
    request: &HttpRequest,
    query: &BTreeMap<String, String>,
    body: &Bytes,
) -> Result<(), &'static str> {
    let get = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    if get("X-Amz-SignedHeaders") != PINNED {
        return Err("NotPinned");
    }
    if get("X-Amz-Expires").parse::<u64>().unwrap_or(u64::MAX) > 600 {
        return Err("TooLong");
    }
    let headers: String =
        PINNED.split(';').map(|name| format!("{name}:{}\n", header(request, name))).collect();
    let canonical_query: Vec<&str> = request
        .query_string()
        .split('&')
        .filter(|part| !part.starts_with("X-Amz-Signature="))
        .collect();
    let canonical = format!(
        "PUT\n{}\n{}\n{headers}\n{PINNED}\nUNSIGNED-PAYLOAD",
        request.path(),
        canonical_query.join("&")
    );
    let scope = get("X-Amz-Credential").split_once('/').map(|(_, scope)| scope).unwrap_or_default();
    let hashed = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{hashed}", get("X-Amz-Date"));
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for part in scope.split('/') {
        key = mac(&key, part.as_bytes());
    }
    if hex(&mac(&key, to_sign.as_bytes())) != get("X-Amz-Signature") {
        return Err("SignatureDoesNotMatch");
    }
    let sum = digest::digest(&digest::SHA256, body);
    if STANDARD.encode(sum) != header(request, "x-amz-checksum-sha256") {
        return Err("BadDigest");
    }
    Ok(())
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
