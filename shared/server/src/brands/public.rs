//! What of a brand is for everybody: listings that are published, and who offers them.
//!
//! A table that is not named here is left empty, so that a new one holds back what is in it until
//! somebody has thought about it. Of people only agents are kept, under their names; the account, the
//! address and the telephone number are not.

use super::tables::{TableShape, quoted};

const SHOWN: &str = "(SELECT id FROM properties WHERE is_published AND deleted_at IS NULL)";
const AGENTS: &str = "(SELECT user_id FROM agents UNION \
    SELECT agent_id FROM properties WHERE is_published AND deleted_at IS NULL)";

/// Which rows of a table are public; none of the others.
const ROWS: [(&str, &str); 21] = [
    ("agents", ""),
    ("amenities", ""),
    ("amenity_translations", ""),
    ("business_details", "property_id IN {shown}"),
    ("companies", ""),
    ("holidays", ""),
    ("investment_details", "property_id IN {shown}"),
    ("lease_details", "property_id IN {shown}"),
    ("lease_rules", ""),
    ("legal_rules", ""),
    ("media", "state = 'ready' AND deleted_at IS NULL AND property_id IN {shown}"),
    ("policies", ""),
    ("policy_translations", ""),
    ("pricing_terms", "property_id IN {shown}"),
    ("properties", "id IN {shown}"),
    ("property_translations", "property_id IN {shown}"),
    ("rates", "property_id IN {shown}"),
    ("rental_details", "property_id IN {shown}"),
    ("sale_details", "property_id IN {shown}"),
    ("event_cursors", ""),
    ("users", "id IN {agents}"),
];

/// What stands in the place of what is somebody's own.
const VALUES: [(&str, &str, &str); 9] = [
    ("users", "auth_subject", "'removed_' || id"),
    ("users", "email", "NULL"),
    ("users", "phone", "NULL"),
    ("users", "metadata", "'{}'::jsonb"),
    ("media", "uploaded_by", "NULL"),
    ("media", "filename", "NULL"),
    ("properties", "created_by", "NULL"),
    ("properties", "updated_by", "NULL"),
    ("property_translations", "reviewed_by", "NULL"),
];

/// The condition for the rows of a table.
pub(super) fn rows(table: &str) -> String {
    let condition = ROWS.iter().find(|(name, _)| *name == table).map(|(_, condition)| *condition);
    match condition {
        Some("") => "true".to_owned(),
        Some(condition) => condition.replace("{shown}", SHOWN).replace("{agents}", AGENTS),
        None => "false".to_owned(),
    }
}

/// What is written for each column.
pub(super) fn values(shape: &TableShape) -> Vec<String> {
    let value = |column: &String| {
        let own = VALUES.iter().find(|(table, name, _)| *table == shape.name && name == column);
        own.map_or_else(|| format!("t.{}", quoted(column)), |(.., value)| (*value).to_owned())
    };
    shape.columns.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::{ROWS, VALUES};

    /// A renamed table or column must not open what was closed, or lose what was public.
    #[test]
    fn every_table_and_column_is_one() {
        let schema = include_str!("../../../../migrator/schema.txt");
        for (table, _) in ROWS {
            assert!(schema.contains(&format!("relation {table} table ")), "{table}");
        }
        for (table, column, _) in VALUES {
            assert!(schema.contains(&format!("column {table}.{column} ")), "{table}.{column}");
        }
    }
}
