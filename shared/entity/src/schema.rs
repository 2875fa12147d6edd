//! Compares the entities with a live database.

use std::collections::BTreeMap;

use sea_orm::sea_query::ColumnType;
use sea_orm::{ColumnTrait, EntityTrait, IdenStatic, Iterable};

/// The live side: rows of (table, column, type, nullable) for [`compare`].
pub const LIVE_COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text, c.udt_name::text, c.is_nullable = 'YES' AS nullable \
     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) \
     WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'";

/// Tables and columns without an entity, each for a reason.
const LEFT_OUT: [(&str, &str); 18] = [
    // The migrator's own record.
    ("seaql_migrations", "*"),
    // sea-orm knows no point type; lat and lng hold the same.
    ("properties", "geo"),
    // Derived from listings by statements of their own; sea-orm knows neither tsvector nor halfvec.
    ("search_documents", "*"),
    ("search_models", "*"),
    ("search_vectors", "*"),
    ("search_queue", "*"),
    ("search_words", "*"),
    // The same, derived from questions and answers.
    ("faq_chunks", "*"),
    ("faq_vectors", "*"),
    ("faq_queue", "*"),
    ("faq_words", "*"),
    // Read and written by statements of their own.
    ("chat_conversations", "*"),
    ("chat_messages", "*"),
    ("chat_prompts", "*"),
    ("chat_questions", "*"),
    ("chat_trials", "*"),
    ("chat_activations", "*"),
    ("chat_tools", "*"),
];

/// One column, with its type as `information_schema` names it (`udt_name`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    pub table: String,
    pub column: String,
    pub type_name: String,
    pub nullable: bool,
}

/// What the entities believe.
#[must_use]
pub fn schema() -> Vec<Column> {
    crate::all_columns()
}

/// How a live database differs from the entities, one line a column; empty when it does not.
#[must_use]
pub fn compare(live: &[Column]) -> Vec<String> {
    let by_name = |columns: &[Column]| -> BTreeMap<(String, String), (String, bool)> {
        columns
            .iter()
            .map(|c| ((c.table.clone(), c.column.clone()), (c.type_name.clone(), c.nullable)))
            .collect()
    };
    let (entities, live) = (by_name(&schema()), by_name(live));
    let mut differences = Vec::new();
    for ((table, column), believed) in &entities {
        match live.get(&(table.clone(), column.clone())) {
            None => differences
                .push(format!("{table}.{column}: the entity has it, the database does not")),
            Some(found) if found != believed => differences.push(format!(
                "{table}.{column}: the entity says {}, the database {}",
                describe(believed),
                describe(found)
            )),
            Some(_) => {}
        }
    }
    for (table, column) in live.keys().filter(|key| !entities.contains_key(*key)) {
        if !LEFT_OUT.iter().any(|(t, c)| t == table && (*c == "*" || c == column)) {
            differences.push(format!("{table}.{column}: the database has it, no entity does"));
        }
    }
    differences.sort();
    differences
}

fn describe((type_name, nullable): &(String, bool)) -> String {
    format!("{type_name} {}", if *nullable { "NULL" } else { "NOT NULL" })
}

pub(crate) fn columns_of<E: EntityTrait>() -> Vec<Column> {
    E::Column::iter()
        .map(|column| {
            let definition = column.def();
            Column {
                table: E::default().table_name().to_owned(),
                column: column.as_str().to_owned(),
                type_name: type_name(definition.get_column_type()),
                nullable: definition.is_null(),
            }
        })
        .collect()
}

/// sea-query's type as PostgreSQL names it. A plain `String` stands for `text`, and JSON for
/// `jsonb`: the schema uses no other.
fn type_name(column_type: &ColumnType) -> String {
    match column_type {
        ColumnType::Uuid => "uuid".to_owned(),
        ColumnType::String(_) | ColumnType::Text => "text".to_owned(),
        ColumnType::Char(_) => "bpchar".to_owned(),
        ColumnType::SmallInteger => "int2".to_owned(),
        ColumnType::Integer => "int4".to_owned(),
        ColumnType::BigInteger => "int8".to_owned(),
        ColumnType::Double => "float8".to_owned(),
        ColumnType::Boolean => "bool".to_owned(),
        ColumnType::TimestampWithTimeZone => "timestamptz".to_owned(),
        ColumnType::Date => "date".to_owned(),
        ColumnType::Time => "time".to_owned(),
        ColumnType::Json | ColumnType::JsonBinary => "jsonb".to_owned(),
        ColumnType::VarBinary(_) | ColumnType::Binary(_) | ColumnType::Blob => "bytea".to_owned(),
        ColumnType::Array(element) => format!("_{}", type_name(element)),
        ColumnType::Enum { name, .. } => name.to_string(),
        ColumnType::Custom(name) => name.to_string(),
        other => format!("{other:?}"),
    }
}
