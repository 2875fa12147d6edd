//! Questions with their facts, and which listings have them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

/// Whose words a question is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tongue {
    /// English.
    En,
    /// Thai.
    Th,
    /// Both at once, Thai in Latin letters, or misspelt.
    Mixed,
}

impl Tongue {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::En, Self::Th, Self::Mixed];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Th => "th",
            Self::Mixed => "mixed",
        }
    }
}

/// A question and what it asks for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The words.
    pub query: String,
    /// Their language.
    pub language: Tongue,
    /// What a listing has that is meant.
    pub facts: Facts,
}

/// From one number to another, both included; an end may be open.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Range(pub Option<f64>, pub Option<f64>);

/// What a listing has. Each field is one fact, and each list in `amenities` and `says`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// Any of these transaction types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transaction: Vec<String>,
    /// Any of these property types.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    pub kind: Vec<String>,
    /// So many bedrooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bedrooms: Option<Range>,
    /// So many guests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guests: Option<Range>,
    /// A price in whole units of its currency: a month's rent, or all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Range>,
    /// A night's price in whole units of its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub night: Option<Range>,
    /// Square metres inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<Range>,
    /// Square metres of land.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub land: Option<Range>,
    /// Any of these provinces, in English.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub province: Vec<String>,
    /// Any of these districts, in English.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub district: Vec<String>,
    /// Latitude, longitude, and kilometres around.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<(f64, f64, f64)>,
    /// Any of these amenities, for each list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amenities: Vec<Vec<String>>,
    /// Any of these words in its title, description or tags, in any language, for each list. Of
    /// Latin words the beginning will do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub says: Vec<Vec<String>>,
}

/// What is right: listings with their grades. Two: all facts hold. One: all but one of three or
/// more.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    grades: HashMap<Uuid, u8>,
}

impl Truth {
    /// As these listings are graded.
    #[must_use]
    pub fn new(grades: impl IntoIterator<Item = (Uuid, u8)>) -> Self {
        Self { grades: grades.into_iter().filter(|(_, grade)| *grade > 0).collect() }
    }

    /// A listing's grade; none is zero.
    #[must_use]
    pub fn grade(&self, id: Uuid) -> u8 {
        self.grades.get(&id).copied().unwrap_or_default()
    }

    /// How many listings have all facts.
    #[must_use]
    pub fn best(&self) -> usize {
        self.grades.values().filter(|grade| **grade == 2).count()
    }

    /// All grades, the best first.
    #[must_use]
    pub fn ideal(&self) -> Vec<u8> {
        let mut grades: Vec<u8> = self.grades.values().copied().collect();
        grades.sort_unstable_by(|a, b| b.cmp(a));
        grades
    }

    /// Listings that have all facts.
    pub fn bests(&self) -> impl Iterator<Item = Uuid> {
        self.grades.iter().filter(|(_, grade)| **grade == 2).map(|(id, _)| *id)
    }
}

/// Reads questions, one a line; empty lines and those that begin with `#` are none.
///
/// # Errors
/// Where a line is no question, by its number.
pub fn read(text: &str) -> anyhow::Result<Vec<Query>> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(nth, line)| {
            serde_json::from_str(line).map_err(|error| anyhow::anyhow!("line {}: {error}", nth + 1))
        })
        .collect()
}

/// Looks up which listings have a question's facts.
///
/// # Errors
/// Those of the database, and where a question has no facts.
pub async fn truth(listings: &PgPool, query: &Query) -> anyhow::Result<Truth> {
    let mut sql = QueryBuilder::new("SELECT p.id, ");
    let facts = query.facts.count(&mut sql);
    anyhow::ensure!(facts > 0, "a question without facts");
    sql.push(
        " AS held FROM properties p \
          LEFT JOIN rental_details r ON r.property_id = p.id \
          CROSS JOIN LATERAL (SELECT lower(concat_ws(' ', p.title, p.description, array_to_string(p.tags, ' '), \
            (SELECT string_agg(x.value, ' ') FROM property_translations x \
             WHERE x.property_id = p.id AND x.field IN ('title', 'description')))) AS said) t \
          WHERE p.is_published AND p.deleted_at IS NULL",
    );
    let rows: Vec<(Uuid, i32)> = sql.build_query_as().fetch_all(listings).await?;
    let grades = rows.into_iter().filter_map(|(id, held)| {
        let missing = facts - held;
        let grade = match missing {
            0 => 2,
            1 if facts >= 3 => 1,
            _ => return None,
        };
        Some((id, grade))
    });
    Ok(Truth::new(grades))
}

impl Facts {
    /// Writes how many of the facts hold, and answers how many there are.
    fn count(&self, sql: &mut QueryBuilder<Postgres>) -> i32 {
        let mut facts = 0;
        let mut begin = |sql: &mut QueryBuilder<Postgres>| {
            sql.push(if facts == 0 { "coalesce((" } else { " + coalesce((" });
            facts += 1;
        };
        const END: &str = ")::int, 0)";
        for (column, values) in [
            ("p.transaction_type::text", &self.transaction),
            ("p.property_type::text", &self.kind),
            ("p.province", &self.province),
            ("p.district", &self.district),
        ] {
            if !values.is_empty() {
                begin(sql);
                sql.push(column).push(" = ANY(").push_bind(values.clone()).push(")").push(END);
            }
        }
        for (column, range) in [
            ("p.bedrooms", self.bedrooms),
            ("r.max_guests", self.guests),
            ("p.price / 100.0", self.price),
            ("r.price_per_night / 100.0", self.night),
            ("p.area_sqm", self.area),
            ("(p.physical_specs ->> 'land_sqm')::float8", self.land),
        ] {
            if let Some(Range(least, most)) = range {
                begin(sql);
                sql.push(column).push(" BETWEEN coalesce(").push_bind(least);
                sql.push(", '-infinity'::float8) AND coalesce(").push_bind(most);
                sql.push(", 'infinity'::float8)").push(END);
            }
        }
        if let Some((lat, lng, kilometres)) = self.near {
            begin(sql);
            // Over the ball, without any index.
            sql.push("12742 * asin(sqrt(sin(radians(p.lat - ").push_bind(lat);
            sql.push(") / 2) ^ 2 + cos(radians(p.lat)) * cos(radians(").push_bind(lat);
            sql.push(")) * sin(radians(p.lng - ").push_bind(lng);
            sql.push(") / 2) ^ 2)) <= ").push_bind(kilometres).push(END);
        }
        for any in &self.amenities {
            begin(sql);
            sql.push("p.amenity_slugs && ").push_bind(any.clone()).push(END);
        }
        for any in &self.says {
            begin(sql);
            let patterns: Vec<String> = any
                .iter()
                .map(|word| if word.is_ascii() { format!("\\m{word}") } else { word.clone() })
                .collect();
            sql.push("t.said ~ ").push_bind(patterns.join("|")).push(END);
        }
        facts
    }
}
