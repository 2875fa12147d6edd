//! What is known of a person: who else comes to know it, and what is left when they are erased.
//!
//! A person is *planted*: every field that somebody can fill with something of theirs gets a word
//! that stands nowhere else. Then the word is looked for where it must not be.

pub(crate) mod canary;
pub(crate) mod erasure;
mod places;

use std::sync::Arc;

use anyhow::Context;
use serde_json::{Value, json};

use crate::{
    http::Ask,
    stage::Brand,
    world::{self, Home},
};

/// A person whose every field holds a word of its own.
#[derive(Debug)]
pub(crate) struct Planted {
    /// Their words, in small letters: searches and addresses are folded.
    pub(crate) words: Vec<String>,
    /// `users.id`.
    pub(crate) user: String,
    /// Ids under which others might ask for something of theirs.
    pub(crate) ids: Vec<String>,
}

/// Makes words.
#[derive(Debug)]
struct Words {
    stem: String,
    made: Vec<String>,
}

impl Words {
    fn next(&mut self) -> String {
        let word = format!("{}{:02}q", self.stem, self.made.len());
        self.made.push(word.clone());
        word
    }

    fn address(&mut self) -> String {
        format!("{}@example.com", self.next())
    }

    /// Digits that are nobody else's: the words of a telephone.
    fn phone(&mut self, nth: usize) -> String {
        let number = 811_234_567 + self.stem.len() * 100_003 + nth * 7_919;
        self.made.push(number.to_string());
        format!("+66{number}")
    }
}

/// Plants a person of this name at a home.
pub(crate) async fn plant(brand: &Brand, home: &Home, name: &str) -> anyhow::Result<Planted> {
    let mut words = Words { stem: format!("kanarek{name}"), made: Vec::new() };
    let (subject, email, called) = (words.next(), words.address(), words.next());
    let token = brand.person(&subject, &email, &called)?;
    let me = brand.clients.must(&Ask::get("/api/v1/me").by(&token)).await?.expect(200)?;
    let user = me.text("/id");

    let ids = [
        booking(brand, home, &token, &mut words).await?,
        enquiry(brand, home, &token, &mut words).await?,
        wishes(brand, &token, &mut words).await?,
        vec![user.clone()],
    ]
    .concat();
    behind(brand, &user, &subject, &email, &mut words).await?;
    Ok(Planted { words: words.made, user, ids })
}

/// A stay that was booked and called off.
async fn booking(
    brand: &Brand,
    home: &Home,
    guest: &Arc<str>,
    words: &mut Words,
) -> anyhow::Result<Vec<String>> {
    // Each person's nights are their own.
    let from = 20 + u64::try_from(words.stem.len())? * 3;
    let quote = world::quote(brand, home, from, from + 2).await?;
    let body = json!({"quote_id": quote, "guest": {"name": words.next(), "email": words.address(),
        "phone": words.phone(1), "note": words.next()}});
    let book = Ask::post("/api/v1/bookings", &body).by(guest).keyed(words.next());
    let made = brand.clients.must(&book).await?.expect(201)?;
    let id = made.text("/id");
    let cancel =
        Ask::post(format!("/api/v1/bookings/{id}/cancel"), &json!({"reason": words.next()}));
    let cancel = cancel.by(guest).if_match(made.etag).keyed(words.next());
    brand.clients.must(&cancel).await?.expect(200)?;
    Ok(vec![id, quote])
}

/// An enquiry, the same again in other words, and what the agent makes of it.
async fn enquiry(
    brand: &Brand,
    home: &Home,
    asker: &Arc<str>,
    words: &mut Words,
) -> anyhow::Result<Vec<String>> {
    let (address, phone) = (words.address(), words.phone(2));
    let ask = async |words: &mut Words| {
        let body = json!({"property_id": &**home, "name": words.next(), "email": address,
            "phone": phone, "line_id": words.next(), "message": words.next()});
        let lead = Ask::post("/api/v1/leads", &body).by(asker).keyed(words.next());
        brand.clients.must(&lead).await?.expect(202)
    };
    ask(words).await?;
    ask(words).await?;
    let sql = format!("SELECT id::text FROM leads WHERE email = '{address}'");
    let found: Vec<(String,)> = brand.rows(&sql).await?;
    let lead = found.into_iter().next().context("the enquiry")?.0;
    let path = format!("/api/v1/leads/{lead}");
    for (part, body) in [
        ("events", json!({"kind": "note", "note": words.next()})),
        ("tasks", json!({"title": words.next()})),
    ] {
        let note = Ask::post(format!("{path}/{part}"), &body).by(&brand.agent);
        brand.clients.must(&note).await?.expect(201)?;
    }
    Ok(vec![lead])
}

/// What they look for.
async fn wishes(brand: &Brand, token: &Arc<str>, words: &mut Words) -> anyhow::Result<Vec<String>> {
    let body = json!({"name": words.next(), "query": words.next(), "notify": "daily"});
    let save = Ask::post("/api/v1/saved-searches", &body).by(token).keyed(words.next());
    let saved = brand.clients.must(&save).await?.expect(201)?;
    let search = Ask::post("/api/v1/search", &json!({"query": format!("villa {}", words.next())}));
    brand.clients.must(&search.by(token)).await?.expect(200)?;
    // Words in addresses, that lead somewhere and that do not.
    for path in [
        format!("/api/v1/properties?tags={}", words.next()),
        format!("/api/v1/search/suggest?q={}", words.next()),
        format!("/api/v1/properties/{}", words.next()),
        format!("/{}?{}={}", words.next(), words.next(), words.next()),
    ] {
        brand.clients.must(&Ask::get(path).by(token)).await?;
    }
    // Refusals are where values slip out.
    for (path, body) in [
        ("/api/v1/leads", json!({"name": words.next(), "email": words.next()})),
        ("/api/v1/leads", json!({words.next(): words.next()})),
        ("/api/v1/bookings", json!({"quote_id": words.next(), "guest": {"name": words.next()}})),
        ("/api/v1/saved-searches", json!(words.next())),
    ] {
        let refused =
            brand.clients.must(&Ask::post(path, &body).by(token).keyed(words.next())).await?;
        anyhow::ensure!((400..500).contains(&refused.status), "{path} took it: {}", refused.status);
    }
    Ok(vec![saved.text("/id")])
}

/// What comes to the platform by other ways than by them: from the identity provider, from
/// whoever hears of events, from what failed.
async fn behind(
    brand: &Brand,
    user: &str,
    subject: &str,
    email: &str,
    words: &mut Words,
) -> anyhow::Result<()> {
    let (phone, fact, known, error) = (words.phone(3), words.next(), words.next(), words.next());
    let told =
        json!({"data": {"id": format!("user_{subject}"), "first_name": known, "email": email}});
    let (answered, file, failed) = (words.next(), words.next(), words.next());
    let (undelivered, unsent) = (words.next(), words.next());
    for sql in [
        format!(
            "UPDATE users SET phone = '{phone}', metadata = '{{\"fact\": \"{fact}\"}}' WHERE id = '{user}'"
        ),
        format!(
            "INSERT INTO webhook_events (delivery_id, provider, event_type, payload, error) \
             VALUES ('msg_' || gen_random_uuid(), 'clerk', 'user.updated', '{told}', '{error}')"
        ),
        "INSERT INTO webhook_endpoints (url, secret) \
         SELECT 'https://hooks.example.com/', 'whsec_' || encode(sha256('prove'), 'base64') \
         WHERE NOT EXISTS (SELECT FROM webhook_endpoints)"
            .to_owned(),
        format!(
            "INSERT INTO webhook_deliveries (endpoint_id, event_type, payload, message_id, seq, subject_id, response_excerpt, last_error) \
             SELECT id, 'test', '{{}}', gen_random_uuid(), 0, '{user}', '{answered}', '{undelivered}' FROM webhook_endpoints"
        ),
        format!(
            "INSERT INTO media (storage_key, content_type, state, expires_at, filename, uploaded_by) \
             VALUES (gen_random_uuid(), 'image/png', 'pending', now(), '{file}', '{user}')"
        ),
        format!(
            "INSERT INTO jobs (kind, payload, last_error, dead_at) \
             VALUES ('media.remove', '{{\"about\": \"{user}\"}}', '{failed}', now())"
        ),
        format!(
            "INSERT INTO notifications (key, template, locale, recipient, subject_id, last_error) \
             VALUES (gen_random_uuid(), 'test', 'en', '{email}', '{user}', '{unsent}')"
        ),
    ] {
        brand.sql(&sql).await?;
    }
    Ok(())
}

/// Which of these words stand in a text, whatever their case.
fn found_in<'w>(words: &'w [String], text: &[u8]) -> Vec<&'w str> {
    let text = text.to_ascii_lowercase();
    let is_there =
        |word: &&String| text.windows(word.len()).any(|window| window == word.as_bytes());
    words.iter().filter(is_there).map(String::as_str).collect()
}

/// A finding, for a report.
fn told(place: &str, words: &[&str]) -> Option<String> {
    (!words.is_empty()).then(|| format!("{place}: {}", words.join(", ")))
}

/// The JSON that a command printed.
fn printed(text: &str) -> anyhow::Result<Value> {
    serde_json::from_str(text).with_context(|| text.to_owned())
}
