//! The texts. One file for each message and language, in three blocks: `subject`, `body` and,
//! where the facts bring a `url`, `action`, the words on its button.
//!
//! A brand replaces any of them by a file of the same name in its folder `mail/`.

use std::path::Path;

use anyhow::Context;
use minijinja::{Environment, UndefinedBehavior};

/// The name of the page around every message.
pub(super) const LAYOUT: &str = "layout.html";

macro_rules! shipped {
    ($($file:literal),* $(,)?) => {
        /// What ships with the platform: file name and text.
        pub(super) const SHIPPED: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../../mail/", $file)))),*];
    };
}

shipped![
    "booking_altered.en.txt",
    "booking_altered.th.txt",
    "booking_cancelled.en.txt",
    "booking_cancelled.th.txt",
    "booking_completed.en.txt",
    "booking_completed.th.txt",
    "booking_confirmed.en.txt",
    "booking_confirmed.th.txt",
    "booking_declined.en.txt",
    "booking_declined.th.txt",
    "booking_expired.en.txt",
    "booking_expired.th.txt",
    "booking_held.en.txt",
    "booking_held.th.txt",
    "booking_host.en.txt",
    "booking_host.th.txt",
    "booking_notice.en.txt",
    "booking_notice.th.txt",
    "booking_offer.en.txt",
    "booking_offer.th.txt",
    "booking_renewed.en.txt",
    "booking_renewed.th.txt",
    "booking_requested.en.txt",
    "booking_requested.th.txt",
    "layout.html",
    "calendar_conflict.en.txt",
    "calendar_conflict.th.txt",
    "calendar_failing.en.txt",
    "calendar_failing.th.txt",
    "lead_assigned.en.txt",
    "lead_assigned.th.txt",
    "lead_auto_reply.en.txt",
    "lead_auto_reply.th.txt",
    "leads_handed_over.en.txt",
    "leads_handed_over.th.txt",
    "listing_alerts.en.txt",
    "listing_alerts.th.txt",
    "listing_published.en.txt",
    "listing_published.th.txt",
    "listing_rejected.en.txt",
    "listing_rejected.th.txt",
    "payment_returned.en.txt",
    "payment_returned.th.txt",
];

/// Reads the shipped templates, and those of the brand over them.
///
/// # Errors
/// Where one cannot be read or is no template.
pub(super) fn load(brand: &Path) -> anyhow::Result<Environment<'static>> {
    let mut environment = Environment::new();
    // A fact that is told but missing is a mistake to be seen, not a gap in somebody's letter; one
    // that is only asked for may be.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    for (name, text) in SHIPPED {
        environment.add_template(name, text)?;
    }
    if brand.is_dir() {
        for entry in std::fs::read_dir(brand).with_context(|| brand.display().to_string())? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if !name.ends_with(".txt") && name != LAYOUT {
                continue;
            }
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            environment
                .add_template_owned(name.to_owned(), text)
                .with_context(|| format!("{} is no template", path.display()))?;
        }
    }
    Ok(environment)
}

/// The file of a message in a language, or in the brand's default one, or in English.
pub(super) fn choose(
    environment: &Environment<'_>,
    template: &str,
    locale: &str,
    default: &str,
) -> Option<String> {
    let base = locale.split('-').next().unwrap_or_default();
    [locale, base, default, "en"]
        .into_iter()
        .map(|language| format!("{template}.{language}.txt"))
        .find(|name| environment.get_template(name).is_ok())
}
