//! Entities and schema say the same.

use terrace_entity::schema::{Column, LIVE_COLUMNS, compare, schema};

use crate::scratch::Scratch;

async fn live(scratch: &Scratch) -> Vec<Column> {
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(LIVE_COLUMNS)
        .fetch_all(&mut scratch.as_owner().await)
        .await
        .expect("columns");
    rows.into_iter()
        .map(|(table, column, type_name, nullable)| Column { table, column, type_name, nullable })
        .collect()
}

#[tokio::test]
async fn entities_equal_the_migrated_schema() {
    let live = live(&Scratch::migrated().await).await;
    assert!(live.len() > 300, "the live side has only {} columns", live.len());
    let differences = compare(&live);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_kind_of_difference_is_named() {
    let mut live = schema();
    let column = |name: &str| {
        live.iter().position(|c| c.table == "users" && c.column == name).expect("a column of users")
    };
    let (email, phone, locale) = (column("email"), column("phone"), column("locale"));
    live[email].nullable = false;
    live[phone].type_name = "int4".to_owned();
    live[locale].column = "language".to_owned();
    assert_eq!(
        compare(&live),
        [
            "users.email: the entity says text NULL, the database text NOT NULL",
            "users.language: the database has it, no entity does",
            "users.locale: the entity has it, the database does not",
            "users.phone: the entity says text NULL, the database int4 NULL",
        ]
    );
}

#[test]
fn a_table_without_an_entity_is_named() {
    let mut live = schema();
    let stray = |table: &str| Column {
        table: table.into(),
        column: "id".into(),
        type_name: "uuid".into(),
        nullable: false,
    };
    live.extend([stray("forgotten"), stray("seaql_migrations")]);
    assert_eq!(compare(&live), ["forgotten.id: the database has it, no entity does"]);
}
