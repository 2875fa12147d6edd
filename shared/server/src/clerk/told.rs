//! What a delivery holds, as far as it is looked at. The rest (addresses, telephones, accounts at
//! other providers) is never parsed, and so never kept.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{accounts::Role, inbound::Forged};

/// Longest id and kind of theirs.
const LONGEST: usize = 255;
/// Longest address and name that the database takes.
const LONGEST_EMAIL: usize = 254;
const LONGEST_NAME: usize = 200;
/// 9999-12-31T23:59:59Z, in milliseconds.
const LAST_MOMENT: i64 = 253_402_300_799_000;

/// Something that Clerk tells.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "about")]
pub(crate) enum Told {
    /// How a person is.
    Person(Person),
    /// There is no such person any more.
    Gone,
    /// A session of theirs has ended: the tokens that were made for it are worth nothing.
    SessionEnded,
    /// Of no interest here.
    Nothing,
}

/// A person, as Clerk knows them.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Person {
    /// Their first address, if it is verified.
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    /// `public_metadata.role`; what is no role of ours says nothing.
    pub(crate) role: Option<Role>,
    /// Whether they have been shut out.
    pub(crate) is_banned: bool,
}

/// Something that was delivered.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) kind: String,
    /// Whom it is about; none where it is of no interest.
    pub(super) subject: Option<String>,
    pub(super) happened_at: DateTime<Utc>,
    pub(super) told: Told,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    data: Value,
    timestamp: Option<i64>,
}

/// A person's object, in deliveries and in answers.
#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    updated_at: i64,
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(default)]
    email_addresses: Vec<EmailAddress>,
    primary_email_address_id: Option<String>,
    #[serde(default)]
    public_metadata: Value,
    #[serde(default)]
    banned: bool,
}

#[derive(Deserialize)]
struct EmailAddress {
    id: String,
    email_address: String,
    #[serde(default)]
    verification: Option<Verification>,
}

#[derive(Deserialize)]
struct Verification {
    status: Option<String>,
}

#[derive(Deserialize)]
struct Deleted {
    id: String,
}

#[derive(Deserialize)]
struct Session {
    user_id: String,
    updated_at: Option<i64>,
}

impl User {
    /// Who it is, when that was so, and how they are.
    pub(super) fn read(self) -> Result<(String, DateTime<Utc>, Person), Forged> {
        let at = moment(self.updated_at)?;
        let subject = identifier(self.id)?;
        let primary = self
            .email_addresses
            .into_iter()
            .find(|address| Some(&address.id) == self.primary_email_address_id.as_ref());
        let is_verified = |address: &EmailAddress| {
            let status = address.verification.as_ref().and_then(|it| it.status.as_deref());
            status == Some("verified")
        };
        let email = primary.filter(is_verified).map(|address| address.email_address);
        let name = [self.first_name, self.last_name].into_iter().flatten().collect::<Vec<_>>();
        let role = self.public_metadata.get("role").and_then(Value::as_str);
        let person = Person {
            email: email.filter(|email| is_email(email)),
            name: printable(&name.join(" "), LONGEST_NAME),
            role: role.and_then(|role| role.parse().ok()),
            is_banned: self.banned,
        };
        Ok((subject, at, person))
    }
}

/// Reads a delivery whose signature holds.
pub(super) fn read(body: &[u8], received_at: DateTime<Utc>) -> Result<Delivery, Forged> {
    let Event { kind, data, timestamp } =
        serde_json::from_slice(body).map_err(|_| Forged::Unreadable)?;
    let is_kind =
        (1..=LONGEST).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_kind {
        return Err(Forged::Unreadable);
    }
    let sent_at = timestamp.map_or(Ok(received_at), moment)?;
    let (subject, happened_at, told) = match kind.as_str() {
        "user.created" | "user.updated" => {
            let (subject, at, person) = object::<User>(data)?.read()?;
            (Some(subject), at, Told::Person(person))
        }
        "user.deleted" => {
            let Deleted { id } = object(data)?;
            (Some(identifier(id)?), sent_at, Told::Gone)
        }
        "session.ended" | "session.removed" | "session.revoked" => {
            let Session { user_id, updated_at } = object(data)?;
            let at = updated_at.map_or(Ok(sent_at), moment)?;
            (Some(identifier(user_id)?), at, Told::SessionEnded)
        }
        _ => (None, sent_at, Told::Nothing),
    };
    Ok(Delivery { kind, subject, happened_at, told })
}

fn object<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Forged> {
    serde_json::from_value(value).map_err(|_| Forged::Unreadable)
}

/// A time of theirs, in milliseconds; what no calendar of ours has is none.
fn moment(milliseconds: i64) -> Result<DateTime<Utc>, Forged> {
    let sound = (0..=LAST_MOMENT).contains(&milliseconds);
    let moment = sound.then(|| DateTime::from_timestamp_millis(milliseconds)).flatten();
    moment.ok_or(Forged::Unreadable)
}

fn identifier(id: String) -> Result<String, Forged> {
    let is_one =
        (1..=LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if is_one { Ok(id) } else { Err(Forged::Unreadable) }
}

/// What the database takes for one; another is left out, the person is not.
fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    text.len() <= LONGEST_EMAIL
        && !text.chars().any(|letter| letter.is_control() || letter.is_whitespace())
        && parts
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

fn printable(text: &str, longest: usize) -> Option<String> {
    let text: String =
        text.trim().chars().filter(|letter| !letter.is_control()).take(longest).collect();
    let text = text.trim().to_owned();
    if text.is_empty() { None } else { Some(text) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user() -> Value {
        json!({
            "id": "user_2abc", "object": "user", "updated_at": 1_700_000_000_123_i64,
            "first_name": "Malee", "last_name": "Jaidee", "username": "canary-name",
            "primary_email_address_id": "idn_2",
            "email_addresses": [
                {"id": "idn_1", "email_address": "canary@other.example", "verification": {"status": "verified"}},
                {"id": "idn_2", "email_address": "malee@guest.example", "verification": {"status": "verified"}},
            ],
            "phone_numbers": [{"id": "idn_3", "phone_number": "+66 canary"}],
            "public_metadata": {"role": "agent"}, "private_metadata": {"role": "admin"},
            "unsafe_metadata": {"role": "admin"}, "banned": false,
        })
    }

    fn event(kind: &str, data: Value) -> Result<Delivery, Forged> {
        let event = json!({"type": kind, "object": "event", "data": data,
            "timestamp": 1_700_000_000_999_i64, "instance_id": "ins_1"});
        read(event.to_string().as_bytes(), Utc::now())
    }

    fn person(data: Value) -> Person {
        match event("user.updated", data).unwrap().told {
            Told::Person(person) => person,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn of_a_person_only_what_is_used_is_kept() {
        let delivery = event("user.created", user()).unwrap();
        assert_eq!(delivery.subject.as_deref(), Some("user_2abc"));
        assert_eq!(delivery.happened_at.timestamp_millis(), 1_700_000_000_123);
        let kept = serde_json::to_value(&delivery.told).unwrap();
        assert_eq!(
            kept,
            json!({"about": "person", "email": "malee@guest.example", "name": "Malee Jaidee",
                "role": "agent", "is_banned": false})
        );
    }

    #[test]
    fn what_is_unproved_or_unusable_is_left_out_and_the_person_is_not() {
        let with = |pointer: &str, value: Value| {
            let mut user = user();
            *user.pointer_mut(pointer).unwrap() = value;
            person(user)
        };
        assert_eq!(with("/email_addresses/1/verification/status", json!("unverified")).email, None);
        assert_eq!(with("/email_addresses/1/verification", json!(null)).email, None);
        assert_eq!(with("/email_addresses/1/email_address", json!("no address")).email, None);
        assert_eq!(with("/primary_email_address_id", json!(null)).email, None);
        assert_eq!(with("/public_metadata", json!({})).role, None);
        assert_eq!(with("/public_metadata/role", json!("owner")).role, None);
        assert_eq!(with("/public_metadata/role", json!(["admin"])).role, None);
        assert_eq!(with("/last_name", json!(null)).name.as_deref(), Some("Malee"));
        assert_eq!(with("/first_name", json!("\u{0}\n ")).name.as_deref(), Some("Jaidee"));
        let long = with("/first_name", json!("ก".repeat(500))).name.unwrap();
        assert_eq!(long.chars().count(), 200);
        assert!(with("/banned", json!(true)).is_banned);
    }

    #[test]
    fn an_end_is_told_by_its_own_time_or_by_that_of_the_delivery() {
        let gone = event("user.deleted", json!({"id": "user_1", "deleted": true})).unwrap();
        assert_eq!(
            (gone.told, gone.happened_at.timestamp_millis()),
            (Told::Gone, 1_700_000_000_999)
        );
        for kind in ["session.ended", "session.removed", "session.revoked"] {
            let data = json!({"id": "sess_1", "user_id": "user_1", "updated_at": 5_000, "status": "revoked"});
            let ended = event(kind, data).unwrap();
            assert_eq!((&ended.told, ended.happened_at.timestamp()), (&Told::SessionEnded, 5));
            assert_eq!(ended.subject.as_deref(), Some("user_1"));
        }
        for kind in ["session.created", "organization.created", "email.created"] {
            let other = event(kind, json!({"to": "canary"})).unwrap();
            assert_eq!((other.told, other.subject), (Told::Nothing, None), "{kind}");
        }
    }

    #[test]
    fn what_is_no_delivery_is_refused_whoever_signed_it() {
        for (pointer, value) in [
            ("/id", json!("")),
            ("/id", json!("user 1")),
            ("/id", json!("u".repeat(256))),
            ("/id", json!(7)),
            ("/updated_at", json!(-1)),
            ("/updated_at", json!(i64::MAX)),
            ("/updated_at", json!("now")),
        ] {
            let mut user = user();
            *user.pointer_mut(pointer).unwrap() = value.clone();
            assert!(event("user.updated", user).is_err(), "{pointer} {value}");
        }
        assert!(event("user.deleted", json!({})).is_err());
        assert!(event("session.ended", json!({"id": "sess_1"})).is_err());
        assert!(event("", user()).is_err() && event("a b", user()).is_err());
        for body in [&b""[..], b"[]", b"null", b"{", b"\xff"] {
            assert!(read(body, Utc::now()).is_err());
        }
    }
}
