//! What it takes to be served: addresses, the sender, the realm, secrets.

use std::os::unix::fs::PermissionsExt;

use terrace_product::{MailTransport, Profile, Provider};

use super::{super::secrets, Notes};
use crate::brands::Place;

/// Names that lead nowhere, for documents.
const NOBODYS: &str = ".example";

pub(super) fn over(place: &Place, profile: &Profile, notes: &mut Notes) {
    origins(profile, notes);
    sender(profile, notes);
    realm(profile, notes);
    secret_files(place, profile, notes);
}

fn origins(profile: &Profile, notes: &mut Notes) {
    notes.look();
    if profile.server.origins.is_empty() {
        notes.error("origins", "no front end may call it", "name it in server.origins");
    }
    let is_live = profile.environment.is_production();
    let addresses = profile.server.origins.iter().map(|origin| ("server.origins", origin));
    for (key, origin) in addresses.chain([("server.public_url", &profile.server.public_url)]) {
        notes.look();
        if is_live && !origin.is_https() {
            notes.error("origins", format!("{key} {origin} is not https"), "serve it over TLS");
        }
        if is_live && origin.as_str().ends_with(NOBODYS) {
            let remedy =
                format!("put the brand's own address into production.toml of {}", profile.id);
            notes.error("origins", format!("{key} {origin} is nobody's"), remedy);
        }
    }
}

fn sender(profile: &Profile, notes: &mut Notes) {
    notes.look();
    let mail = &profile.mail;
    for (key, address) in [
        ("contact.email", &profile.contact.email),
        ("mail.from_address", &mail.from_address),
        ("mail.reply_to", &mail.reply_to),
    ] {
        if address.as_str().ends_with(NOBODYS) {
            notes.in_production(
                profile,
                "sender",
                format!("{key} {address} is nobody's: no letter arrives"),
                format!("set {key} to an address of the brand's own domain"),
            );
        }
    }
    notes.look();
    if mail.transport == MailTransport::Smtp && mail.smtp_url.is_none() {
        let variable = format!("{}MAIL__SMTP_URL_FILE", profile.id.variable_prefix());
        notes.error("sender", "the mail server is not known", format!("set {variable}"));
    }
}

fn realm(profile: &Profile, notes: &mut Notes) {
    notes.look();
    if profile.identity.authorized_parties.is_empty() {
        notes.error("realm", "tokens of no front end are accepted", "name it in server.origins");
    }
    notes.look();
    let production = profile.folder.join("production.toml");
    let says = std::fs::read_to_string(&production).unwrap_or_default();
    if profile.identity.realm.provider() == Provider::Local && !says.contains("\"clerk\"") {
        notes.warn(
            "realm",
            "production.toml names no identity provider; the local realm is refused in production",
            "write [identity] provider = \"clerk\" there, and set its publishable key",
        );
    }
}

fn secret_files(place: &Place, profile: &Profile, notes: &mut Notes) {
    let pointed = place.env.iter().filter(|(name, _)| {
        name.starts_with(&profile.id.variable_prefix()) && name.ends_with("_FILE")
    });
    let mut files: Vec<_> = pointed.map(|(_, path)| std::path::PathBuf::from(path)).collect();
    files.extend(secrets::paths(place, &profile.id).into_iter().filter(|path| path.exists()));
    files.sort();
    files.dedup();
    for file in files {
        notes.look();
        let Ok(meta) = std::fs::metadata(&file) else {
            notes.error(
                "secrets",
                format!("{} is missing", file.display()),
                "make it, with mode 0600",
            );
            continue;
        };
        let mode = meta.permissions().mode() & 0o777;
        // In a folder that keeps others out, as containers need it, it may be readable.
        let is_kept = file
            .parent()
            .and_then(|folder| std::fs::metadata(folder).ok())
            .is_some_and(|folder| folder.permissions().mode() & 0o077 == 0);
        if mode & 0o077 != 0 && !is_kept {
            notes.error(
                "secrets",
                format!("{} can be read by others (mode {mode:03o})", file.display()),
                format!("chmod 0600 {}", file.display()),
            );
        }
    }
}
