//! Small text types: a value of one of them has been parsed, so nobody checks it again.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not a value of the type it was parsed as, as a phrase that
/// follows the key's name ("expected ..., found ...").
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(String);

impl Invalid {
    pub(crate) fn new(expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self(format!("expected {expected}, found `{found}`"))
    }
}

/// A newtype over `String` with one way in: `parse`.
macro_rules! text_type {
    ($(#[$meta:meta])* $name:ident, $expected:literal, $accepts:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// # Errors
            /// [`Invalid`](crate::Invalid) with what was expected and what was found.
            pub fn parse(text: &str) -> Result<Self, $crate::text::Invalid> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::text::Invalid::new($expected, text))
                }
            }

            /// The text as it stands in the profile.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::Invalid;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text::Invalid;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use text_type;

/// Ids that would collide with the platform's own names: `TERRACE_` is the
/// prefix of its variables, `pg_` is reserved for roles by PostgreSQL, and
/// `--all` must stay unambiguous.
const RESERVED_IDS: [&str; 4] = ["all", "pg", "postgres", "terrace"];

fn lower_alphanumeric(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

text_type!(
    /// A product's id: the name of its folder, the stem of its database and
    /// roles, and (in upper case) the prefix of its environment variables.
    ProductId,
    "a product id (2 to 24 lower-case letters and digits, a letter first, not all, pg, postgres or terrace)",
    |text| (2..=24).contains(&text.len()) && lower_alphanumeric(text) && !RESERVED_IDS.contains(&text)
);

impl ProductId {
    /// What the product's environment variables begin with: `BESTAYS__`.
    #[must_use]
    pub fn variable_prefix(&self) -> String {
        format!("{}__", self.0.to_ascii_uppercase())
    }
}

text_type!(
    /// The name of a database or role, usable in SQL without quotes.
    SqlName,
    "a database name (1 to 63 lower-case letters, digits and underscores, no digit first)",
    |text| {
        (1..=63).contains(&text.len())
            && !text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    }
);

text_type!(
    /// What every Redis key of the product begins with; ends in a colon.
    RedisPrefix,
    "a key prefix (lower-case letters, digits, `-` and `:`, ending in `:`, such as `bestays:`)",
    |text| {
        text.len() <= 64
            && text.ends_with(':')
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ':' || c == '-')
    }
);

text_type!(
    /// One line of text for people: not empty, at most 400 characters.
    Line,
    "one line of text (1 to 400 characters, no blanks at the ends)",
    |text| {
        !text.is_empty() && text.trim() == text && text.chars().count() <= 400 && !text.chars().any(char::is_control)
    }
);

text_type!(
    /// An e-mail address. Only its shape is checked: whether it exists, only
    /// sending shows.
    Email,
    "an e-mail address",
    |text| {
        text.len() <= 254
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
            && text.split_once('@').is_some_and(|(user, domain)| {
                !user.is_empty()
                    && !domain.contains('@')
                    && domain.contains('.')
                    && domain.split('.').all(|label| !label.is_empty())
            })
    }
);

text_type!(
    /// A telephone number in E.164 form.
    Phone,
    "a telephone number such as `+66812345678` (a plus sign, then 7 to 15 digits)",
    |text| text
        .strip_prefix('+')
        .is_some_and(|digits| (7..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit()))
);

text_type!(
    /// The name of a bucket.
    BucketName,
    "a bucket (3 to 63 lower-case letters, digits, dots and hyphens, a letter or digit first)",
    |text| {
        (3..=63).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-')
    }
);

text_type!(
    /// What the product's keys in a bucket begin with; ends in a slash.
    ObjectPrefix,
    "a prefix (lower-case letters, digits, `-`, `_` and `/`, ending in `/`, such as `bestays/`)",
    |text| {
        text.len() <= 100
            && text.strip_suffix('/').is_some_and(|rest| rest.split('/').all(|part| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
            }))
    }
);

text_type!(
    /// A file the product serves from its `assets` folder, as a URL path.
    AssetPath,
    "a path under `/assets/` (letters, digits, `-`, `_`, `.` and `/`, no `..`)",
    |text| {
        text.strip_prefix("/assets/").is_some_and(|rest| {
            rest.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
                && rest.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        })
    }
);

text_type!(
    /// A font family by name, such as `Noto Sans Thai`.
    FontFamily,
    "a font family (letters, digits, blanks and hyphens)",
    |text| {
        (1..=64).contains(&text.len())
            && text.trim() == text
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-')
    }
);

text_type!(
    /// A country as ISO 3166-1 alpha-2, such as `TH`.
    CountryCode,
    "a country code of two capital letters such as `TH`",
    |text| text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase())
);

text_type!(
    /// Clerk's public key of the product's realm. Not a secret. Only its
    /// outside is checked here; who verifies tokens decodes it.
    PublishableKey,
    "a publishable key (`pk_live_` or `pk_test_` and what Clerk's dashboard shows after it)",
    |text| {
        text.strip_prefix("pk_live_")
            .or_else(|| text.strip_prefix("pk_test_"))
            .map(|rest| rest.trim_end_matches('='))
            .is_some_and(|rest| rest.len() >= 8 && rest.chars().all(|c| c.is_ascii_alphanumeric() || "+/-_".contains(c)))
    }
);

impl PublishableKey {
    /// Whether the key belongs to a production instance of the provider.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.0.starts_with("pk_live_")
    }
}

text_type!(
    /// Where a database listens: a host name, an address, or the folder of a
    /// Unix socket (begins with `/`).
    DatabaseHost,
    "a host name, an address or the folder of a socket",
    |text| !text.is_empty() && text.len() <= 253 && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "@?#".contains(c))
);

text_type!(
    /// An address to listen on.
    ListenAddress,
    "an address such as `127.0.0.1`, or `0.0.0.0` for all of the machine's",
    |text| text.parse::<std::net::IpAddr>().is_ok()
);

/// A time zone of the IANA database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// The zone's rules.
    #[must_use]
    pub fn tz(self) -> chrono_tz::Tz {
        self.0
    }

    /// Its name in the IANA database.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// What holds until the market is known.
    pub(crate) fn utc() -> Self {
        Self(chrono_tz::Tz::UTC)
    }
}

impl TryFrom<String> for TimeZone {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse().map(Self).map_err(|_| {
            Invalid::new("a time zone of the IANA database such as `Asia/Bangkok`", text)
        })
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.0.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        AssetPath, DatabaseHost, Email, FontFamily, Line, Phone, ProductId, PublishableKey,
        RedisPrefix, SqlName,
    };

    #[test]
    fn a_product_id_is_fit_for_folders_roles_and_variables() {
        assert_eq!(
            ProductId::parse("coast2").map(|id| id.variable_prefix()),
            Ok("COAST2__".to_owned())
        );
        for text in [
            "",
            "c",
            "Coast",
            "2coast",
            "co-ast",
            "co_ast",
            "ชายหาด",
            "terrace",
            "pg",
            "postgres",
            "all",
        ] {
            assert!(ProductId::parse(text).is_err(), "{text}");
        }
        assert!(ProductId::parse(&"c".repeat(25)).is_err());
    }

    #[test]
    fn what_is_not_of_a_type_is_refused() {
        type Parses = fn(&str) -> bool;
        let types: [(&str, Parses, &[&str], &[&str]); 9] = [
            (
                "SqlName",
                |t| SqlName::parse(t).is_ok(),
                &["bestays_db", "_a1"],
                &["", "1a", "Bestays", "a-b", "a\"b", "a b"],
            ),
            (
                "RedisPrefix",
                |t| RedisPrefix::parse(t).is_ok(),
                &["a:", "a:b-1:"],
                &["", ":", "a", "A:", "a*:", "a[b]:", "ก:"],
            ),
            ("Line", |t| Line::parse(t).is_ok(), &["a b", "ก"], &["", " a", "a ", "a\nb"]),
            (
                "Email",
                |t| Email::parse(t).is_ok(),
                &["a@b.example"],
                &["", "a", "@b.example", "a@b", "a@b.", "a@b@c.d", "a b@c.d"],
            ),
            (
                "Phone",
                |t| Phone::parse(t).is_ok(),
                &["+6620000101"],
                &["", "6620000101", "+66 2", "+123456", "+1234567890123456"],
            ),
            (
                "AssetPath",
                |t| AssetPath::parse(t).is_ok(),
                &["/assets/a/b-1.svg"],
                &["/assets/", "/assets//a", "/assets/../a", "/a", "assets/a", "/assets/a?b"],
            ),
            (
                "FontFamily",
                |t| FontFamily::parse(t).is_ok(),
                &["Noto Sans Thai"],
                &["", " a", "a;b", "a'b", "a\"b"],
            ),
            (
                "PublishableKey",
                |t| PublishableKey::parse(t).is_ok(),
                &["pk_test_YWJjZGVm"],
                &["", "sk_live_YWJjZGVm", "pk_live_", "pk_live_YWJj ZGVm"],
            ),
            (
                "DatabaseHost",
                |t| DatabaseHost::parse(t).is_ok(),
                &["db.example", "::1", "/run/postgresql"],
                &["", "a b", "a@b", "a?b"],
            ),
        ];
        for (name, parses, good, bad) in types {
            for text in good {
                assert!(parses(text), "{name}: {text}");
            }
            for text in bad {
                assert!(!parses(text), "{name}: {text}");
            }
        }
    }
}
