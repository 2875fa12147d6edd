//! Names that become part of SQL text.

use crate::Error;

/// A product, role or database name: lower-case, so that it needs no quoting anywhere
/// (connection options, psql, a hand-written GRANT).
pub(crate) fn check(what: &'static str, name: &str) -> Result<(), Error> {
    let well_formed = name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if well_formed { Ok(()) } else { Err(Error::Name { what, name: name.to_owned() }) }
}

/// A string as a literal, for the few statements that take no parameters.
pub(crate) fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
