//! What a schema is, as text: one line for each object, sorted. Two databases with equal
//! lines behave alike; the hash of the lines is the fingerprint that operators compare.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use aws_lc_rs::digest;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use crate::Error;

/// What the migrations of this binary produce; kept up to date by a test.
const EXPECTED: &str = include_str!("../schema.txt");

/// A schema's lines. Role names are normalised to `<owner>` and `<app>`, extension
/// versions are left out: they differ between servers without meaning.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SchemaDescription {
    lines: BTreeSet<String>,
}

/// The fingerprint only: the lines are many.
impl fmt::Debug for SchemaDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SchemaDescription({})", self.fingerprint())
    }
}

impl SchemaDescription {
    /// The schema of a database. Needs no rights beyond CONNECT.
    ///
    /// # Errors
    /// What the database said.
    pub async fn of(db: &DatabaseConnection, app_role: &str) -> Result<Self, Error> {
        let statement = Statement::from_sql_and_values(
            DbBackend::Postgres,
            include_str!("describe.sql"),
            [app_role.into()],
        );
        let rows = db.query_all_raw(statement).await?;
        let lines =
            rows.iter().map(|row| row.try_get::<String>("", "line")).collect::<Result<_, _>>()?;
        Ok(Self { lines })
    }

    /// What the migrations of this binary produce.
    #[must_use]
    pub fn expected() -> Self {
        Self { lines: EXPECTED.lines().map(str::to_owned).collect() }
    }

    /// Twelve hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.to_text().as_bytes());
        hash.as_ref().iter().take(6).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// The lines, each ended by a newline.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// The lines that differ: `-` only in `a`, `+` only in `b`, an object's two sides together.
#[must_use]
pub fn diff(a: &SchemaDescription, b: &SchemaDescription) -> Vec<String> {
    let mut lines: Vec<(&String, char)> = a
        .lines
        .difference(&b.lines)
        .map(|line| (line, '-'))
        .chain(b.lines.difference(&a.lines).map(|line| (line, '+')))
        .collect();
    lines.sort_by_key(|(line, sign)| (object(line), *sign == '+'));
    lines.into_iter().map(|(line, sign)| format!("{sign} {line}")).collect()
}

/// `column users.email text` -> `column users.email`.
fn object(line: &str) -> &str {
    line.match_indices(' ').nth(1).map_or(line, |(at, _)| &line[..at])
}
