//! A server that speaks Stripe's protocol, and behaves as it is told: payment intents and refunds
//! in forms, keys that make a repeated request the same, signed deliveries.
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
    web::{self, Bytes, Data},
};
use aws_lc_rs::hmac;
use chrono::Utc;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use terrace_product::{HttpUrl, PaymentProvider, Profile};
use uuid::Uuid;

use crate::{Call, TestApp};

const KEY: &str = "sk_testkit_opens_this_server_only";

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StripeMode {
    /// As it should.
    Serving,
    /// Answers 500, and does nothing.
    Failing,
    /// Does what it is asked, and answers 500.
    LosingAnswers,
    /// Takes requests and says nothing.
    Hanging,
    /// Refuses payments and refunds for good.
    Refusing,
    /// Says that refunds are on their way, and no more.
    RefundsPending,
}

#[derive(Debug)]
struct Books {
    mode: StripeMode,
    intents: BTreeMap<String, Value>,
    refunds: BTreeMap<String, Value>,
    /// What was asked with a key, and what was answered.
    keys: BTreeMap<String, (String, u16, Value)>,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Books>>;

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct StripeServer {
    url: String,
    books: Shared,
    handle: ServerHandle,
}

/// Something to deliver.
#[derive(Clone, Debug)]
pub struct StripeEvent {
    /// Its own name, the same for every repetition.
    pub id: String,
    /// The bytes to be signed and sent.
    pub body: String,
}

impl StripeEvent {
    /// An event of this kind about this object.
    #[must_use]
    pub fn new(kind: &str, object: &Value) -> Self {
        let id = format!("evt_{}", Uuid::new_v4().simple());
        let body = json!({
            "id": id, "object": "event", "api_version": "2024-06-20", "created": Utc::now().timestamp(),
            "type": kind, "livemode": false, "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null},
            "data": {"object": object},
        });
        Self { id, body: body.to_string() }
    }

    /// The delivery of it to an application, signed as the application expects.
    pub fn deliver(&self, app: &TestApp) -> Call {
        let secret = app.profile.payments.stripe_webhook_secret.as_ref();
        let secret = secret.expect("a brand that is paid by Stripe").expose_secret();
        let header = stripe_signature(secret, Utc::now().timestamp(), self.body.as_bytes());
        app.anonymous()
            .post_empty("/webhooks/stripe")
            .header("stripe-signature", header)
            .bytes(self.body.clone())
    }
}

/// The header of a delivery: when, and HMAC-SHA256 over that and the body.
#[must_use]
pub fn stripe_signature(secret: &str, at: i64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, &[format!("{at}.").as_bytes(), body].concat());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at},v1={hex}")
}

impl StripeServer {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// Where it cannot listen.
    #[must_use]
    pub fn start() -> Self {
        let books = Arc::new(Mutex::new(Books {
            mode: StripeMode::Serving,
            intents: BTreeMap::new(),
            refunds: BTreeMap::new(),
            keys: BTreeMap::new(),
            asked: Vec::new(),
        }));
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
                .expect("a port for the provider");
                let address = server.addrs()[0];
                let server = server.run();
                let _ = ready.send((address, server.handle()));
                server.await.expect("the provider ends well");
            });
        });
        let (address, handle) = started.recv().expect("the provider starts");
        Self { url: format!("http://{address}"), books, handle }
    }

    /// Makes a brand be paid here, and by hand.
    pub fn serves(&self) -> impl FnOnce(&mut Profile) + Send + use<> {
        let url = self.url.clone();
        move |profile| {
            let secret = format!("whsec_{}", profile.id);
            let payments = &mut profile.payments;
            payments.providers = vec![PaymentProvider::Stripe, PaymentProvider::Manual];
            payments.stripe_url = HttpUrl::parse(&url).expect("an address");
            payments.stripe_secret_key = Some(KEY.into());
            payments.stripe_webhook_secret = Some(secret.into());
            payments.stripe_timeout = Duration::from_millis(1000);
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Behaves like this from now on.
    pub fn set_mode(&self, mode: StripeMode) {
        self.books().mode = mode;
    }

    /// What was asked so far, as `POST /v1/payment_intents`.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.books().asked.clone()
    }

    /// All payment intents.
    #[must_use]
    pub fn intents(&self) -> Vec<Value> {
        self.books().intents.values().cloned().collect()
    }

    /// All refunds.
    #[must_use]
    pub fn refunds(&self) -> Vec<Value> {
        self.books().refunds.values().cloned().collect()
    }

    /// The guest pays: the intent that carries this payment succeeds.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn pay(&self, payment: &str) -> StripeEvent {
        self.change(payment, "payment_intent.succeeded", |intent| {
            intent["status"] = json!("succeeded");
            intent["amount_received"] = intent["amount"].clone();
        })
    }

    /// Changes the intent that carries this payment; the event that tells of it.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn change(
        &self,
        payment: &str,
        kind: &str,
        change: impl FnOnce(&mut Value),
    ) -> StripeEvent {
        let mut books = self.books();
        let intent = books
            .intents
            .values_mut()
            .find(|intent| intent["metadata"]["payment_id"] == payment)
            .unwrap_or_else(|| panic!("no intent for {payment}"));
        change(intent);
        StripeEvent::new(kind, intent)
    }

    /// A refund ends; the event that tells of it.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn end_refund(&self, id: &str, status: &str) -> StripeEvent {
        let mut books = self.books();
        let refund = books.refunds.get_mut(id).expect("a refund");
        refund["status"] = json!(status);
        StripeEvent::new(
            if status == "failed" { "refund.failed" } else { "refund.updated" },
            refund,
        )
    }
}

impl Drop for StripeServer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn serve(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let asked = format!("{} {}", request.method(), request.path());
    let mode = {
        let mut books = shared.lock().unwrap_or_else(PoisonError::into_inner);
        books.asked.push(asked);
        books.mode
    };
    match mode {
        StripeMode::Hanging => std::future::pending::<()>().await,
        StripeMode::Failing => return refuse(500, "api_error", "failing"),
        _ => {}
    }
    let (status, answer) = respond(&request, &body, &shared, mode);
    match mode {
        StripeMode::LosingAnswers => refuse(500, "api_error", "lost"),
        _ => HttpResponse::build(status.try_into().expect("a status")).json(answer),
    }
}

fn refuse(status: u16, kind: &str, code: &str) -> HttpResponse {
    HttpResponse::build(status.try_into().expect("a status")).json(error(kind, code))
}

fn error(kind: &str, code: &str) -> Value {
    json!({"error": {"type": kind, "code": code, "message": "As told."}})
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> &'r str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn respond(request: &HttpRequest, body: &Bytes, shared: &Shared, mode: StripeMode) -> (u16, Value) {
    if header(request, "authorization") != format!("Bearer {KEY}") {
        return (401, error("invalid_request_error", "api_key_invalid"));
    }
    let is_post = *request.method() == Method::POST;
    if is_post && header(request, "content-type") != "application/x-www-form-urlencoded" {
        return (400, error("invalid_request_error", "not_a_form"));
    }
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
    let mut books = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let key = header(request, "idempotency-key").to_owned();
    if is_post && key.is_empty() {
        return (400, error("invalid_request_error", "testkit_wants_a_key"));
    }
    let same = format!("{} {form:?}", request.path());
    if let Some((asked, status, answer)) = books.keys.get(&key).filter(|_| is_post) {
        return match *asked == same {
            true => (*status, answer.clone()),
            false => (400, error("idempotency_error", "another_request")),
        };
    }
    let (status, answer) = route(&mut books, request, &form, mode);
    if is_post {
        books.keys.insert(key, (same, status, answer.clone()));
    }
    (status, answer)
}

fn route(
    books: &mut Books,
    request: &HttpRequest,
    form: &BTreeMap<String, String>,
    mode: StripeMode,
) -> (u16, Value) {
    let path: Vec<&str> = request.path().trim_start_matches("/v1/").split('/').collect();
    let missing = (404, error("invalid_request_error", "resource_missing"));
    match (request.method().as_str(), path.as_slice()) {
        ("POST", ["payment_intents"]) if mode == StripeMode::Refusing => {
            (400, error("invalid_request_error", "amount_too_small"))
        }
        ("POST", ["payment_intents"]) => make_intent(books, form),
        ("GET", ["payment_intents", id]) => {
            books.intents.get(*id).map_or(missing, |intent| (200, intent.clone()))
        }
        ("POST", ["payment_intents", id, "cancel"]) => {
            let Some(intent) = books.intents.get_mut(*id) else { return missing };
            if matches!(intent["status"].as_str(), Some("succeeded" | "canceled")) {
                return (400, error("invalid_request_error", "payment_intent_unexpected_state"));
            }
            intent["status"] = json!("canceled");
            (200, intent.clone())
        }
        ("POST", ["refunds"]) if mode == StripeMode::Refusing => {
            (400, error("invalid_request_error", "charge_disputed"))
        }
        ("POST", ["refunds"]) => make_refund(books, form, mode),
        ("GET", ["refunds", id]) => {
            books.refunds.get(*id).map_or(missing, |refund| (200, refund.clone()))
        }
        _ => missing,
    }
}

fn metadata(form: &BTreeMap<String, String>) -> Value {
    let fields = form.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
        Some((name.to_owned(), json!(value)))
    });
    Value::Object(fields.collect())
}

fn make_intent(books: &mut Books, form: &BTreeMap<String, String>) -> (u16, Value) {
    let amount: Option<i64> = form.get("amount").and_then(|text| text.parse().ok());
    let (Some(amount @ 1..), Some(currency)) = (amount, form.get("currency")) else {
        return (400, error("invalid_request_error", "parameter_missing"));
    };
    if !currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return (400, error("invalid_request_error", "invalid_currency"));
    }
    let id = format!("pi_{}", Uuid::new_v4().simple());
    let intent = json!({
        "id": id, "object": "payment_intent", "amount": amount, "amount_received": 0, "currency": currency,
        "status": "requires_payment_method", "client_secret": format!("{id}_secret_testkit"),
        "metadata": metadata(form), "last_payment_error": null, "cancellation_reason": null,
        // Of the kind that must never be kept.
        "receipt_email": "canary-guest@example.com",
        "latest_charge": {"payment_method_details": {"card": {"last4": "4242", "brand": "canary-visa"}}},
    });
    books.intents.insert(id, intent.clone());
    (200, intent)
}

fn make_refund(
    books: &mut Books,
    form: &BTreeMap<String, String>,
    mode: StripeMode,
) -> (u16, Value) {
    let intent = form.get("payment_intent").and_then(|id| books.intents.get(id));
    let amount: Option<i64> = form.get("amount").and_then(|text| text.parse().ok());
    let (Some(intent), Some(amount @ 1..)) = (intent, amount) else {
        return (400, error("invalid_request_error", "parameter_missing"));
    };
    let gone: i64 = books
        .refunds
        .values()
        .filter(|refund| refund["payment_intent"] == intent["id"] && refund["status"] != "failed")
        .filter_map(|refund| refund["amount"].as_i64())
        .sum();
    if gone + amount > intent["amount_received"].as_i64().unwrap_or(0) {
        return (400, error("invalid_request_error", "charge_already_refunded"));
    }
    let id = format!("re_{}", Uuid::new_v4().simple());
    let status = if mode == StripeMode::RefundsPending { "pending" } else { "succeeded" };
    let refund = json!({
        "id": id, "object": "refund", "amount": amount, "currency": intent["currency"],
        "payment_intent": intent["id"], "status": status, "metadata": metadata(form),
    });
    books.refunds.insert(id, refund.clone());
    (200, refund)
}
