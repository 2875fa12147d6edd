//! What a realm delivers: people who change and go, and the last word on each.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use serde_json::{Value, json};

use crate::http::Ask;

/// The door.
const PATH: &str = "/webhooks/clerk";

/// Something to deliver.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) body: String,
}

/// How somebody is in the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Last {
    pub(crate) name: Option<String>,
    pub(crate) role: String,
    pub(crate) is_gone: bool,
}

/// A signing secret made of a text.
pub(crate) fn secret(text: &str) -> String {
    format!("whsec_{}", STANDARD.encode(format!("{text:-<24}")))
}

impl Delivery {
    fn of(nth: usize, kind: &str, data: &Value) -> Self {
        let event = json!({"object": "event", "type": kind, "data": data, "instance_id": "ins_prove",
            "timestamp": Utc::now().timestamp_millis()});
        Self { id: format!("msg_{nth:06}"), body: event.to_string() }
    }

    /// The request that delivers it, sent at this time.
    pub(crate) fn at(&self, secret: &str, at: i64) -> Ask {
        let signature = signature(secret, &self.id, at, &self.body);
        ask(&self.body, &self.id, &at.to_string(), &signature)
    }

    /// The same, sent now.
    pub(crate) fn now(&self, secret: &str) -> Ask {
        self.at(secret, Utc::now().timestamp())
    }
}

pub(crate) fn ask(body: &str, id: &str, at: &str, signature: &str) -> Ask {
    Ask::post_text(PATH, body)
        .with("svix-id", id)
        .with("svix-timestamp", at)
        .with("svix-signature", signature)
}

pub(crate) fn signature(secret: &str, id: &str, at: i64, body: &str) -> String {
    let key = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key.unwrap_or_default());
    let tag = hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

/// So many events about a fifth as many people, and how each of them is in the end.
pub(crate) fn story(
    dice: &mut fastrand::Rng,
    events: usize,
) -> (Vec<Delivery>, BTreeMap<String, Last>) {
    let people = (events / 5).max(1);
    let (mut told, mut last) = (Vec::with_capacity(events), BTreeMap::<String, Last>::new());
    for nth in 0..events {
        let id = format!("user_{:05}", nth % people);
        let is_first = !last.contains_key(&id);
        // The last round of the story is the end of some.
        if nth >= events - people && dice.u8(0..10) == 0 {
            told.push(Delivery::of(nth, "user.deleted", &json!({"id": id, "deleted": true})));
            if let Some(last) = last.get_mut(&id) {
                *last = Last { name: None, role: last.role.clone(), is_gone: true };
            }
            continue;
        }
        let role = ["user", "agent"][dice.usize(0..2)];
        let at = 1_750_000_000_000_i64 + i64::try_from(nth).unwrap_or_default() * 1_000;
        let user = json!({"id": id, "object": "user", "updated_at": at, "first_name": "Word",
            "last_name": format!("{nth}"), "primary_email_address_id": null, "email_addresses": [],
            "public_metadata": {"role": role}});
        let kind = if is_first { "user.created" } else { "user.updated" };
        told.push(Delivery::of(nth, kind, &user));
        let name = Some(format!("Word {nth}"));
        last.insert(id, Last { name, role: role.to_owned(), is_gone: false });
    }
    (told, last)
}

/// Deliveries that are none: each good but for one thing.
pub(crate) fn forged(secret: &str, another: &str) -> Vec<(&'static str, Ask)> {
    let user = json!({"id": "user_forged", "object": "user", "updated_at": 1, "first_name": "Forged",
        "public_metadata": {"role": "admin"}});
    let event = Delivery { id: "msg_forged".to_owned(), ..Delivery::of(0, "user.updated", &user) };
    let (now, Delivery { id, body }) = (Utc::now().timestamp(), event.clone());
    let good = signature(secret, &id, now, &body);
    let at = now.to_string();
    let written_anew = body.replace("\":", "\": ");
    let sent = |id: &str, at: &str, signature: &str, body: &str| ask(body, id, at, signature);
    let cut = good.get(..good.len() - 4).unwrap_or_default();
    let bare = |names: &[&'static str]| {
        [
            ("svix-id", id.as_str()),
            ("svix-timestamp", at.as_str()),
            ("svix-signature", good.as_str()),
        ]
        .into_iter()
        .filter(|(name, _)| names.contains(name))
        .fold(Ask::post_text(PATH, body.as_str()), |ask, (name, value)| ask.with(name, value))
    };
    vec![
        ("no header", bare(&[])),
        ("no id", bare(&["svix-timestamp", "svix-signature"])),
        ("no time", bare(&["svix-id", "svix-signature"])),
        ("no signature", bare(&["svix-id", "svix-timestamp"])),
        ("another product's secret", event.at(another, now)),
        ("another secret", event.at(&self::secret("guessed"), now)),
        ("no secret", event.at("whsec_", now)),
        ("301 s ago", event.at(secret, now - 303)),
        ("301 s ahead", event.at(secret, now + 303)),
        ("an hour ago, as it was sent then", event.at(secret, now - 3_600)),
        ("a time in words", sent(&id, "now", &good, &body)),
        ("a time with a sign", sent(&id, &format!("+{at}"), &good, &body)),
        ("no time in the header", sent(&id, "", &good, &body)),
        ("another time", sent(&id, &(now - 1).to_string(), &good, &body)),
        ("another id", sent("msg_another", &at, &good, &body)),
        ("an id with a full stop", sent(&format!("{id}.{at}"), &at, &good, &body)),
        ("an empty id", sent("", &at, &good, &body)),
        ("a byte more", sent(&id, &at, &good, &format!("{body} "))),
        ("the same, written anew", sent(&id, &at, &good, &written_anew)),
        ("an empty body", sent(&id, &at, &good, "")),
        ("of a later scheme", sent(&id, &at, &good.replace("v1,", "v2,"), &body)),
        ("an empty signature", sent(&id, &at, "v1,", &body)),
        ("a signature cut short", sent(&id, &at, cut, &body)),
        ("1 MB, signed", {
            let huge = Delivery { body: format!("{body}{}", " ".repeat(1 << 20)), ..event.clone() };
            huge.at(secret, now)
        }),
    ]
}
