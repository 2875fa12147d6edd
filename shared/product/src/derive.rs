//! Values that follow from others when no layer sets them, so that a new
//! brand's files hold only what is its own.

use std::path::Path;

use serde_json::{Value, json};

use crate::{Environment, layer::Entry, text::ProductId};

/// Keys whose relative paths start at the checkout.
const FOLDERS: [&str; 5] = [
    "identity.state_dir",
    "mail.capture_dir",
    "media.folder",
    "embedding.folder",
    "privacy.ledger_dir",
];

pub(crate) fn fill_in(
    id: &ProductId,
    environment: Environment,
    folder: &Path,
    entries: &mut Vec<Entry>,
) {
    let get = |entries: &[Entry], path: &str| {
        entries.iter().find(|entry| entry.path == path).map(|entry| entry.value.clone())
    };
    let set = |entries: &mut Vec<Entry>, path: &str, from: &str, value: Option<Value>| {
        if let (None, Some(value)) = (get(entries, path), value) {
            entries.push(Entry {
                path: path.to_owned(),
                value,
                origin: format!("derived from {from}"),
            });
        }
    };

    set(entries, "database.owner_role", "id", Some(json!(format!("{id}_owner"))));
    set(entries, "database.app_role", "id", Some(json!(format!("{id}_app"))));
    set(entries, "redis.prefix", "id", Some(json!(format!("{id}:"))));
    set(entries, "redis.user", "id", Some(json!(id.as_str())));

    let state_dir = match environment {
        Environment::Development => format!(".dev/realms/{id}"),
        Environment::Test => format!(".dev/realms/{id}-test"),
        Environment::Production => format!("/var/lib/terrace/{id}"),
    };
    set(entries, "identity.state_dir", "id", Some(json!(state_dir)));

    let capture_dir = match environment {
        Environment::Development => format!(".dev/mail/{id}"),
        Environment::Test => format!(".dev/mail/{id}-test"),
        Environment::Production => format!("/var/lib/terrace/{id}/mail"),
    };
    set(entries, "mail.capture_dir", "id", Some(json!(capture_dir)));
    for (path, from) in [
        ("mail.from_address", "contact.email"),
        ("mail.reply_to", "contact.email"),
        ("mail.from_name", "name"),
    ] {
        let value = get(entries, from);
        set(entries, path, from, value);
    }
    let folder_of_media = match environment {
        Environment::Development => format!(".dev/media/{id}"),
        Environment::Test => format!(".dev/media/{id}-test"),
        Environment::Production => format!("/var/lib/terrace/{id}/media"),
    };
    set(entries, "media.folder", "id", Some(json!(folder_of_media)));
    set(entries, "media.prefix", "id", Some(json!(format!("{id}/"))));

    let ledger_dir = match environment {
        Environment::Development => format!(".dev/privacy/{id}"),
        Environment::Test => format!(".dev/privacy/{id}-test"),
        Environment::Production => format!("/var/lib/terrace/{id}/privacy"),
    };
    set(entries, "privacy.ledger_dir", "id", Some(json!(ledger_dir)));

    // Where real people are served it comes from outside.
    if !environment.is_production() {
        let secret = format!("{id}: for {environment} only, known to everybody");
        set(entries, "visitors.secret", "id", Some(json!(secret)));
    }

    // Only a server of one's own takes these.
    let is_paid_by_stripe = get(entries, "payments.providers")
        .is_some_and(|list| list.as_array().is_some_and(|list| list.contains(&json!("stripe"))));
    if !environment.is_production() && is_paid_by_stripe {
        for (path, what) in [
            ("payments.stripe_secret_key", "opens nothing"),
            ("payments.stripe_webhook_secret", "known to everybody"),
        ] {
            let secret = format!("{id}: for {environment} only, {what}");
            set(entries, path, "id", Some(json!(secret)));
        }
    }

    let local_url =
        get(entries, "server.port").and_then(|port| port.as_u64()).map(|port| match port {
            // Any free port is not known yet, and two products must not share an issuer.
            0 => json!(format!("http://{id}.localhost")),
            80 => json!("http://localhost"),
            port => json!(format!("http://localhost:{port}")),
        });
    set(entries, "server.public_url", "server.port", local_url);
    let origins = get(entries, "server.origins");
    set(entries, "identity.authorized_parties", "server.origins", origins);
    if get(entries, "identity.provider") == Some(json!("local")) {
        let public_url = get(entries, "server.public_url");
        set(entries, "identity.issuer", "server.public_url", public_url);
    }

    // A relative path means the same folder wherever the command was typed.
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let checkout = folder.parent().and_then(Path::parent).unwrap_or(&folder);
    for entry in entries.iter_mut().filter(|entry| FOLDERS.contains(&entry.path.as_str())) {
        if let Some(path) = entry.value.as_str() {
            entry.value = json!(checkout.join(path));
        }
    }
}
