//! What no two products may share. Products share code, never identifiers.

use std::{fmt, path::Path};

use secrecy::ExposeSecret;
use serde::Serialize;

use crate::{
    Profile, ProfileError, StorageProvider,
    net::{Port, canonical_host},
};

/// Something two products share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clash {
    /// The two products.
    pub products: [String; 2],
    /// The key, or the two keys, that hold it.
    pub key: String,
    /// What they share; masked when it is a secret.
    pub value: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { products: [a, b], key, value, remedy } = self;
        write!(f, "`{a}` and `{b}` share {key} {value}: {remedy}")
    }
}

/// What a product claims for itself alone.
struct Claim {
    /// Claims of one kind are compared with each other.
    kind: &'static str,
    key: &'static str,
    /// Two claims with the same identity clash.
    identity: String,
    shown: String,
    remedy: &'static str,
}

impl Claim {
    fn new(
        kind: &'static str,
        key: &'static str,
        identity: impl fmt::Display,
        remedy: &'static str,
    ) -> Self {
        let identity = identity.to_string();
        Self { kind, key, shown: format!("`{identity}`"), identity, remedy }
    }
}

fn claims(profile: &Profile) -> Vec<Claim> {
    let (server, database, identity) = (&profile.server, &profile.database, &profile.identity);
    let mut claims = Vec::new();
    let mut claim = |kind, key, identity: &dyn fmt::Display, remedy| {
        claims.push(Claim::new(kind, key, identity, remedy))
    };

    if server.port != Port::ANY {
        claim(
            "port",
            "server.port",
            &server.port,
            "both could not listen; give one of them another port",
        );
    }
    claim(
        "url",
        "server.public_url",
        &server.public_url,
        "one address leads to one product; give each its own",
    );
    for origin in &server.origins {
        claim(
            "origin",
            "server.origins",
            origin,
            "a front end belongs to one product; remove it from one of them",
        );
    }
    for party in &identity.authorized_parties {
        const REMEDY: &str =
            "a front end's tokens belong to one product; remove it from one of them";
        claim("origin", "identity.authorized_parties", party, REMEDY);
    }

    let place =
        format!("{}:{}/{}", canonical_host(database.host.as_str()), database.port, database.name);
    claim(
        "database",
        "database.name",
        &place,
        "every product has a database of its own; rename one of them",
    );
    for (key, role) in
        [("database.owner_role", &database.owner_role), ("database.app_role", &database.app_role)]
    {
        claim(
            "role",
            key,
            role,
            "a role must open one product's database only; rename one of them",
        );
    }
    if let Some(replica) = &database.replica_url {
        let remedy =
            "a replica of one product's database cannot serve the other; correct one of them";
        claim("database", "database.replica_url", &replica.place(), remedy);
    }
    claim(
        "redis",
        "redis.prefix",
        &profile.redis.prefix,
        "each would read the other's keys; give each its own prefix",
    );
    if profile.redis.password.is_some() {
        claim(
            "redis user",
            "redis.user",
            &format!("{}@{}", profile.redis.user, profile.redis.url.server()),
            "one who is both sees the keys of both; give each its own",
        );
    }

    const REALM: &str = "a token of one would open the other; give each product a realm of its own";
    if let Some(issuer) = identity.realm.issuer() {
        claim("issuer", "identity.issuer", issuer, REALM);
    }
    if let Some(jwks_url) = &identity.jwks_url {
        claim("jwks", "identity.jwks_url", jwks_url, REALM);
    }
    if let Some(key) = identity.realm.publishable_key() {
        claim("publishable key", "identity.publishable_key", key, REALM);
    }
    let state_dir = identity.state_dir.components().collect::<std::path::PathBuf>();
    claim(
        "state",
        "identity.state_dir",
        &state_dir.display(),
        "the keys of one would overwrite the other's; give each its own folder",
    );

    claim(
        "sender",
        "mail.from_address",
        &profile.mail.from_address,
        "people would not know which brand writes to them; give each its own",
    );
    claim(
        "mail folder",
        "mail.capture_dir",
        &profile.mail.capture_dir.components().collect::<std::path::PathBuf>().display(),
        "the messages of both would lie together; give each its own folder",
    );
    claim(
        "ledger",
        "privacy.ledger_dir",
        &profile.privacy.ledger_dir.components().collect::<std::path::PathBuf>().display(),
        "who one let go would be let go by the other; give each its own folder",
    );
    let media = &profile.media;
    match media.provider {
        StorageProvider::Local => {
            let folder = media.folder.components().collect::<std::path::PathBuf>();
            claim(
                "media folder",
                "media.folder",
                &folder.display(),
                "each would sweep the other's pictures away; give each its own folder",
            );
        }
        StorageProvider::S3 => {
            claim(
                "bucket",
                "media.bucket",
                &media.place(),
                "each would sweep the other's pictures away; give each its own bucket or prefix",
            );
        }
    }
    if let Some(public_url) = &media.public_url {
        let remedy = "a picture's address leads to one product; give each its own";
        claim("media url", "media.public_url", public_url, remedy);
    }

    for (key, secret) in [
        ("identity.webhook_secret", &identity.webhook_secret),
        ("identity.previous_webhook_secret", &identity.previous_webhook_secret),
        ("identity.secret_key", &identity.secret_key),
    ] {
        claims.extend(secret.as_ref().map(|secret| Claim {
            kind: "realm secret",
            key,
            identity: secret.expose_secret().to_owned(),
            shown: "***".to_owned(),
            remedy: "people of one realm would be changed by the other; give each its own",
        }));
    }
    let payments = &profile.payments;
    for (key, secret) in [
        ("payments.stripe_secret_key", &payments.stripe_secret_key),
        ("payments.stripe_webhook_secret", &payments.stripe_webhook_secret),
        ("payments.stripe_previous_webhook_secret", &payments.stripe_previous_webhook_secret),
    ] {
        claims.extend(secret.as_ref().map(|secret| Claim {
            kind: "payment secret",
            key,
            identity: secret.expose_secret().to_owned(),
            shown: "***".to_owned(),
            remedy: "money paid to one would confirm bookings of the other; give each its own",
        }));
    }

    if profile.environment.is_production() {
        for (key, password) in [
            ("database.owner_password", database.owner_password.as_ref()),
            ("database.app_password", database.app_password.as_ref()),
            ("redis.password", profile.redis.password.as_ref()),
            ("visitors.secret", Some(&profile.visitors.secret)),
        ] {
            claims.extend(password.map(|password| Claim {
                kind: "password",
                key,
                identity: password.expose_secret().to_owned(),
                shown: "***".to_owned(),
                remedy: "who learns one has both; make a new one for each",
            }));
        }
    }
    claims
}

/// Refuses products that share an issuer, a key, a database, a role, a Redis
/// prefix, a port, an origin or a folder of state.
///
/// # Errors
/// [`ProfileError::Clashes`] with every clash of every pair.
pub fn check_all(profiles: &[Profile]) -> Result<(), ProfileError> {
    let mut clashes: Vec<Clash> = Vec::new();
    for (n, a) in profiles.iter().enumerate() {
        for b in &profiles[n + 1..] {
            for mine in claims(a) {
                for theirs in claims(b).into_iter().filter(|theirs| collide(&mine, theirs)) {
                    let clash = clash(a, b, &mine, &theirs);
                    if !already_told(&clashes, &clash) {
                        clashes.push(clash);
                    }
                }
            }
        }
    }
    if clashes.is_empty() { Ok(()) } else { Err(ProfileError::Clashes(clashes)) }
}

fn collide(a: &Claim, b: &Claim) -> bool {
    a.kind == b.kind
        && match a.kind {
            // `be:` would match the keys of `be:stays:` when they are scanned.
            // One inside the other is no better than one and the same.
            "media folder" => {
                let (a, b) = (Path::new(&a.identity), Path::new(&b.identity));
                a.starts_with(b) || b.starts_with(a)
            }
            "redis" | "bucket" => {
                a.identity.starts_with(&b.identity) || b.identity.starts_with(&a.identity)
            }
            _ => a.identity == b.identity,
        }
}

fn clash(a: &Profile, b: &Profile, mine: &Claim, theirs: &Claim) -> Clash {
    let key = if mine.key == theirs.key {
        mine.key.to_owned()
    } else {
        format!("{} and {}", mine.key, theirs.key)
    };
    let value = if mine.identity == theirs.identity {
        mine.shown.clone()
    } else {
        format!("{} and {}", mine.shown, theirs.shown)
    };
    Clash {
        products: [a.id.to_string(), b.id.to_string()],
        key,
        value,
        remedy: mine.remedy.to_owned(),
    }
}

/// Authorised parties default to the origins: one mistake, one message.
fn already_told(clashes: &[Clash], new: &Clash) -> bool {
    new.key.contains("identity.authorized_parties")
        && clashes.iter().any(|old| {
            old.products == new.products && old.value == new.value && old.key == "server.origins"
        })
}
