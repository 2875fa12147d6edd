//! Languages and texts in several of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::{Line, text_type};

text_type!(
    /// A language, with or without a region: `en`, `th`, `pt-BR`.
    Locale,
    "a locale such as `en` or `pt-BR`",
    |text| {
        let lower = |s: &str| s.len() == 2 && s.chars().all(|c| c.is_ascii_lowercase());
        let upper = |s: &str| s.len() == 2 && s.chars().all(|c| c.is_ascii_uppercase());
        match text.split_once('-') {
            Some((language, region)) => lower(language) && upper(region),
            None => lower(text),
        }
    }
);

impl Locale {
    /// The language without its region: `pt` of `pt-BR`.
    #[must_use]
    pub fn language(&self) -> &str {
        self.as_str().split('-').next().unwrap_or_default()
    }

    /// The locale as a segment of an environment variable: `PT_BR`.
    pub(crate) fn from_variable(segment: &str) -> Option<Self> {
        match segment.split_once('_') {
            Some((language, region)) => {
                Self::parse(&format!("{}-{region}", language.to_ascii_lowercase())).ok()
            }
            None => Self::parse(&segment.to_ascii_lowercase()).ok(),
        }
    }
}

/// The languages a product speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locales {
    /// What is used when the visitor's language is not enabled.
    pub default: Locale,
    /// Every language offered, the default one included.
    pub enabled: Vec<Locale>,
}

impl Locales {
    /// The enabled locale that serves `wanted`: itself, else one of the same
    /// language, else the default.
    #[must_use]
    pub fn resolve(&self, wanted: &Locale) -> &Locale {
        let same_language = |locale: &&Locale| locale.language() == wanted.language();
        self.enabled
            .iter()
            .find(|locale| *locale == wanted)
            .or_else(|| self.enabled.iter().find(same_language))
            .unwrap_or(&self.default)
    }
}

/// One text in several languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalisedText(BTreeMap<Locale, Line>);

impl LocalisedText {
    /// The text in `locale`, else in its base language, else in `fallback`.
    #[must_use]
    pub fn get(&self, locale: &Locale, fallback: &Locale) -> Option<&str> {
        let base = Locale::parse(locale.language()).ok();
        self.0
            .get(locale)
            .or_else(|| base.and_then(|base| self.0.get(&base)))
            .or_else(|| self.0.get(fallback))
            .map(Line::as_str)
    }

    /// The locales the text is written in.
    pub fn locales(&self) -> impl Iterator<Item = &Locale> {
        self.0.keys()
    }

    /// Whether the text is written in no language at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Locale, Locales, LocalisedText};

    fn locale(text: &str) -> Locale {
        Locale::parse(text).expect("a locale")
    }

    #[test]
    fn a_locale_is_a_language_and_perhaps_a_region() {
        assert_eq!(locale("pt-BR").language(), "pt");
        assert_eq!(Locale::from_variable("PT_BR"), Some(locale("pt-BR")));
        assert_eq!(Locale::from_variable("TH"), Some(locale("th")));
        for text in ["", "e", "eng", "EN", "en-", "en-us", "en_US", "en-USA", "en-US-x", "ไท"] {
            assert!(Locale::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_visitor_gets_the_nearest_enabled_language() {
        let enabled = ["en", "pt-BR", "th"].map(locale).to_vec();
        let locales = Locales { default: locale("en"), enabled };
        for (wanted, served) in [("th", "th"), ("th-TH", "th"), ("pt-PT", "pt-BR"), ("de", "en")] {
            assert_eq!(locales.resolve(&locale(wanted)), &locale(served), "{wanted}");
        }
    }

    #[test]
    fn a_text_falls_back_to_its_language_then_to_the_default() {
        let text: LocalisedText =
            serde_json::from_str(r#"{"en": "Hello", "pt": "Ol\u00e1", "pt-BR": "Oi"}"#)
                .expect("a text");
        let get = |wanted| text.get(&locale(wanted), &locale("en"));
        assert_eq!(get("pt-BR"), Some("Oi"));
        assert_eq!(get("pt-PT"), Some("Ol\u{e1}"));
        assert_eq!(get("th"), Some("Hello"));
        assert_eq!(text.get(&locale("th"), &locale("de")), None);
    }
}
