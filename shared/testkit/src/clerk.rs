//! A server that speaks Clerk's protocol, and behaves as it is told: pages of people, one by name,
//! signed deliveries.
//!
//! Written by the documentation of the interface and not by what our client sends: what the real
//! one would refuse is refused here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::Method,
    rt::System,
    web::{self, Data},
};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use terrace_product::{HttpUrl, Profile};
use uuid::Uuid;

use crate::{Call, TestApp};

const KEY: &str = "sk_test_opens_this_server_only";

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClerkMode {
    /// As it should.
    Serving,
    /// Answers 429 to every second request.
    Busy,
    /// Answers 500.
    Failing,
    /// Takes requests and says nothing.
    Hanging,
}

#[derive(Debug)]
struct Books {
    mode: ClerkMode,
    /// By the time they were made, and their id.
    people: BTreeMap<(i64, String), Value>,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Books>>;

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct ClerkServer {
    url: String,
    books: Shared,
    handle: ServerHandle,
}

/// A person as Clerk writes them, last changed at this time (milliseconds).
#[must_use]
pub fn clerk_user(id: &str, updated_at: i64) -> Value {
    json!({
        "id": id, "object": "user", "created_at": 1_700_000_000_000_i64, "updated_at": updated_at,
        "first_name": "Malee", "last_name": id, "username": null, "banned": false, "locked": false,
        "primary_email_address_id": "idn_1",
        "email_addresses": [{"id": "idn_1", "object": "email_address",
            "email_address": format!("{id}@realm.example"), "verification": {"status": "verified", "strategy": "email_code"}}],
        "public_metadata": {}, "unsafe_metadata": {"role": "admin"},
        // Of the kind that must never be kept.
        "phone_numbers": [{"id": "idn_2", "phone_number": "+66 canary"}],
        "external_accounts": [{"provider": "canary-provider"}],
    })
}

/// Something to deliver.
#[derive(Clone, Debug)]
pub struct ClerkEvent {
    /// Its own name, the same for every repetition.
    pub id: String,
    /// The bytes to be signed and sent.
    pub body: String,
}

impl ClerkEvent {
    /// An event of this kind about this object.
    #[must_use]
    pub fn new(kind: &str, object: &Value) -> Self {
        let id = format!("msg_{}", Uuid::new_v4().simple());
        let body = json!({"object": "event", "type": kind, "data": object, "instance_id": "ins_testkit",
            "timestamp": Utc::now().timestamp_millis()});
        Self { id, body: body.to_string() }
    }

    /// A session of somebody has ended now: revoked, ended or removed.
    #[must_use]
    pub fn session(kind: &str, user: &str) -> Self {
        Self::new(
            &format!("session.{kind}"),
            &json!({"id": "sess_1", "object": "session", "user_id": user, "status": kind,
                "updated_at": Utc::now().timestamp_millis()}),
        )
    }

    /// Somebody was deleted.
    #[must_use]
    pub fn deleted(user: &str) -> Self {
        Self::new("user.deleted", &json!({"id": user, "object": "user", "deleted": true}))
    }

    /// The delivery of it to an application, signed as the application expects.
    ///
    /// # Panics
    /// Where the brand takes no deliveries.
    pub fn deliver(&self, app: &TestApp) -> Call {
        let secret = app.profile.identity.webhook_secret.as_ref();
        let secret = secret.expect("a brand that Clerk delivers to").expose_secret();
        let at = Utc::now().timestamp();
        app.anonymous()
            .post_empty("/webhooks/clerk")
            .header("svix-id", &self.id)
            .header("svix-timestamp", at.to_string())
            .header("svix-signature", svix_signature(secret, &self.id, at, self.body.as_bytes()))
            .bytes(self.body.clone())
    }
}

/// HMAC-SHA256 over the name, the time and the body.
///
/// # Panics
/// Where the secret is none.
#[must_use]
pub fn svix_signature(secret: &str, id: &str, at: i64, body: &[u8]) -> String {
    let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key.expect("a signing secret"));
    let tag = hmac::sign(&key, &[format!("{id}.{at}.").as_bytes(), body].concat());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

impl ClerkServer {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// Where it cannot listen.
    #[must_use]
    pub fn start() -> Self {
        let books = Books { mode: ClerkMode::Serving, people: BTreeMap::new(), asked: Vec::new() };
        let books = Arc::new(Mutex::new(books));
        let shared = Data::new(books.clone());
        let (ready, started) = mpsc::channel();
        std::thread::spawn(move || {
            System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new().app_data(shared.clone()).default_service(web::to(serve))
                })
                .workers(1)
                .shutdown_timeout(0)
                .disable_signals()
                .bind("127.0.0.1:0")
                .expect("a port for the realm");
                let address = server.addrs()[0];
                let server = server.run();
                let _ = ready.send((address, server.handle()));
                server.await.expect("the realm ends well");
            });
        });
        let (address, handle) = started.recv().expect("the realm starts");
        Self { url: format!("http://{address}"), books, handle }
    }

    /// Makes a brand ask here about people, and take deliveries.
    pub fn serves(&self) -> impl FnOnce(&mut Profile) + Send + use<> {
        let url = self.url.clone();
        move |profile| {
            let secret = STANDARD.encode(format!("{:-<24}", profile.id.as_str()));
            let identity = &mut profile.identity;
            identity.webhook_secret = Some(format!("whsec_{secret}").into());
            identity.secret_key = Some(KEY.into());
            identity.api_url = HttpUrl::parse(&url).expect("an address");
            identity.api_timeout = Duration::from_millis(400);
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Behaves like this from now on.
    pub fn set_mode(&self, mode: ClerkMode) {
        self.books().mode = mode;
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What opens it.
    #[must_use]
    pub fn key(&self) -> &'static str {
        KEY
    }

    /// There is this person, or they are like this now.
    pub fn put(&self, user: Value) {
        let id = user["id"].as_str().unwrap_or_default().to_owned();
        let made = user["created_at"].as_i64().unwrap_or_default();
        self.books().people.insert((made, id), user);
    }

    /// There is no such person any more.
    pub fn remove(&self, id: &str) {
        self.books().people.retain(|(_, other), _| other != id);
    }

    /// What was asked so far, as `GET /v1/users?limit=100`.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.books().asked.clone()
    }
}

impl Drop for ClerkServer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn serve(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    let (mode, nth) = {
        let mut books = shared.lock().unwrap_or_else(PoisonError::into_inner);
        books.asked.push(format!("{} {}", request.method(), request.uri()));
        (books.mode, books.asked.len())
    };
    match mode {
        ClerkMode::Hanging => std::future::pending::<HttpResponse>().await,
        ClerkMode::Failing => refuse(500, "internal_clerk_error"),
        ClerkMode::Busy if nth % 2 == 1 => refuse(429, "too_many_requests"),
        ClerkMode::Busy | ClerkMode::Serving => respond(&request, &shared),
    }
}

fn refuse(status: u16, code: &str) -> HttpResponse {
    HttpResponse::build(status.try_into().expect("a status"))
        .json(json!({"errors": [{"code": code, "message": "As told."}]}))
}

fn respond(request: &HttpRequest, shared: &Shared) -> HttpResponse {
    let authorization = request.headers().get("authorization").and_then(|it| it.to_str().ok());
    if authorization != Some(format!("Bearer {KEY}").as_str()) {
        return refuse(401, "authentication_invalid");
    }
    if *request.method() != Method::GET {
        return refuse(405, "method_not_allowed");
    }
    let books = shared.lock().unwrap_or_else(PoisonError::into_inner);
    match request.path().trim_start_matches("/v1/").split_once('/') {
        None if request.path() == "/v1/users" => page(&books, request),
        Some(("users", id)) => match books.people.iter().find(|((_, other), _)| other == id) {
            Some((_, user)) => HttpResponse::Ok().json(user),
            None => refuse(404, "resource_not_found"),
        },
        _ => refuse(404, "resource_not_found"),
    }
}

fn page(books: &Books, request: &HttpRequest) -> HttpResponse {
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let number = |name: &str, usual: usize| {
        query.get(name).map_or(Some(usual), |text| text.parse::<usize>().ok())
    };
    let (Some(limit @ 1..=500), Some(offset)) = (number("limit", 10), number("offset", 0)) else {
        return refuse(422, "form_param_value_invalid");
    };
    let users: Vec<&Value> = match query.get("order_by").map(String::as_str) {
        None | Some("-created_at") => {
            books.people.values().rev().skip(offset).take(limit).collect()
        }
        Some("+created_at" | "created_at") => {
            books.people.values().skip(offset).take(limit).collect()
        }
        Some(_) => return refuse(422, "form_param_value_invalid"),
    };
    HttpResponse::Ok().json(users)
}
