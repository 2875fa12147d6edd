//! The texts: every language that the brand offers, in what people read and get.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use terrace_product::{Locale, LocalisedText, PaymentProvider, Profile};

use super::Notes;
use crate::notifications;

/// Pages that a brand owes to whoever gives it their data or their money.
const LEGAL: [&str; 2] = ["privacy", "terms"];

const CATALOGUES: [(&str, &str); 2] = [
    ("amenities", include_str!("../../../catalogue/amenities.json")),
    ("policies", include_str!("../../../catalogue/policies.json")),
];

pub(super) fn over(profile: &Profile, notes: &mut Notes) {
    let default = &profile.locales.default;
    for locale in &profile.locales.enabled {
        profile_texts(profile, locale, notes);
        letters(profile, locale, notes);
        names(locale, notes);
        legal_pages(profile, locale, notes);
    }
    notes.look();
    if profile.contact.address.is_empty() {
        notes.in_production(
            profile,
            "texts",
            "contact.address is missing",
            format!("write where the brand can be reached: [contact.address] {default} = \"…\" in product.toml"),
        );
    }
    notes.look();
    if profile.contact.phone.is_none() {
        notes.warn(
            "texts",
            "contact.phone is missing",
            "write the brand's own number into product.toml",
        );
    }
}

fn profile_texts(profile: &Profile, locale: &Locale, notes: &mut Notes) {
    let takes_transfers = profile.payments.has(PaymentProvider::Manual);
    let texts = [
        ("tagline", &profile.tagline, true),
        ("seo.title", &profile.seo.title, true),
        ("seo.description", &profile.seo.description, true),
        ("contact.address", &profile.contact.address, false),
        ("contact.hours", &profile.contact.hours, false),
        ("payments.bank_account", &profile.payments.bank_account, false),
    ];
    for (key, text, is_needed) in texts {
        if key == "payments.bank_account" && !takes_transfers {
            continue;
        }
        notes.look();
        if (is_needed || !text.is_empty()) && !is_in(text, locale) {
            let found = format!("{key} is missing in {locale}");
            let remedy = format!("write [{key}] {locale} = \"…\"");
            match is_needed {
                true => notes.error("texts", found, remedy),
                false => notes.warn("texts", found, remedy),
            }
        }
    }
}

/// In the language itself: people do not want the fallback.
fn is_in(text: &LocalisedText, locale: &Locale) -> bool {
    text.locales().any(|known| known == locale || known.as_str() == locale.language())
}

fn letters(profile: &Profile, locale: &Locale, notes: &mut Notes) {
    let own: BTreeSet<String> = std::fs::read_dir(profile.folder.join("mail"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let missing: Vec<&str> = notifications::letters()
        .filter(|letter| {
            ![locale.as_str(), locale.language()].iter().any(|language| {
                let file = format!("{letter}.{language}.txt");
                own.contains(&file) || notifications::ships(&file)
            })
        })
        .collect();
    notes.look();
    if !missing.is_empty() {
        notes.error(
            "letters",
            format!("{} letters are not written in {locale}: {}", missing.len(), missing.join(", ")),
            format!("write products/{}/mail/<letter>.{locale}.txt after the English ones in shared/server/mail", profile.id),
        );
    }
}

#[derive(Deserialize)]
struct Named {
    slug: String,
    names: BTreeMap<String, String>,
}

fn names(locale: &Locale, notes: &mut Notes) {
    for (catalogue, json) in CATALOGUES {
        notes.look();
        let Ok(entries) = serde_json::from_str::<Vec<Named>>(json) else {
            notes.error(
                "catalogue",
                format!("{catalogue} cannot be read"),
                "mend shared/server/catalogue",
            );
            continue;
        };
        let missing: Vec<String> = entries
            .into_iter()
            .filter(|entry| {
                !entry.names.contains_key(locale.as_str())
                    && !entry.names.contains_key(locale.language())
            })
            .map(|entry| entry.slug)
            .collect();
        if !missing.is_empty() {
            notes.error(
                "catalogue",
                format!(
                    "{} {catalogue} have no name in {locale}, such as {}",
                    missing.len(),
                    missing[0]
                ),
                format!(
                    "add \"{locale}\" to their names in shared/server/catalogue/{catalogue}.json"
                ),
            );
        }
    }
}

fn legal_pages(profile: &Profile, locale: &Locale, notes: &mut Notes) {
    for page in LEGAL {
        notes.look();
        let languages = [locale.as_str(), locale.language()];
        let is_there = languages.iter().any(|language| {
            let file = profile.folder.join("legal").join(format!("{page}.{language}.md"));
            std::fs::read_to_string(file).is_ok_and(|text| !text.trim().is_empty())
        });
        if !is_there {
            notes.in_production(
                profile,
                "legal",
                format!("there is no {page} page in {locale}"),
                format!(
                    "write products/{}/legal/{page}.{locale}.md, and let a lawyer read it",
                    profile.id
                ),
            );
        }
    }
}
