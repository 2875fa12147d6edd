//! The tags beside the catalogue of a real database.

use std::collections::{BTreeMap, BTreeSet};

use terrace_server::privacy::tags::{self, Erasing, Exported, Then};
use terrace_testkit::spawn_app;

/// What the tags know, as `table.column`.
fn tagged() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for table in tags::tables() {
        let personal = table.parts.iter().flat_map(|part| part.columns).map(|column| column.name);
        for column in personal.chain(table.plain.split_whitespace()) {
            assert!(
                all.insert(format!("{}.{column}", table.name)),
                "{}.{column} twice",
                table.name
            );
        }
    }
    all
}

#[tokio::test]
async fn every_column_says_whether_it_tells_of_somebody() {
    let app = spawn_app("bestays").await;
    let there: BTreeSet<String> = app
        .values(
            "SELECT c.relname || '.' || a.attname FROM pg_class c \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')",
        )
        .await
        .into_iter()
        .collect();
    let tagged = tagged();
    let untagged: Vec<_> = there.difference(&tagged).collect();
    assert!(
        untagged.is_empty(),
        "columns without a tag: say in shared/server/src/privacy/tags whether they tell of \
         somebody, and what erasing does to them: {untagged:?}"
    );
    let gone: Vec<_> = tagged.difference(&there).collect();
    assert!(gone.is_empty(), "tags of columns that there are not: {gone:?}");
}

#[test]
fn tables_that_tell_of_nobody_say_why() {
    for table in tags::tables() {
        assert_eq!(table.parts.is_empty(), !table.note.is_empty(), "{}", table.name);
    }
}

#[tokio::test]
async fn what_goes_can_go_and_what_is_given_is_there() {
    let app = spawn_app("bestays").await;
    let columns: Vec<String> = app
        .values(
            "SELECT format('%s.%s %s %s', c.relname, a.attname, a.attgenerated <> '', a.attnotnull) \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')",
        )
        .await;
    let columns: BTreeMap<&str, (bool, bool)> = columns
        .iter()
        .map(|line| {
            let mut parts = line.split(' ');
            let name = parts.next().unwrap();
            (name, (parts.next() == Some("t"), parts.next() == Some("t")))
        })
        .collect();
    for (table, part) in tags::parts() {
        for column in part.columns {
            let name = format!("{}.{}", table.name, column.name);
            let (is_generated, is_not_null) = columns[name.as_str()];
            match column.then {
                // With its row, or with what it is made of.
                Then::Goes => assert!(
                    matches!(part.erasing, Erasing::Rows) || is_generated,
                    "{name} stays where it is"
                ),
                Then::Null => assert!(!is_not_null && !is_generated, "{name} cannot be NULL"),
                Then::Set(_) => assert!(!is_generated, "{name} is made by the database"),
                Then::Kept(_) => {
                    assert!(!matches!(part.erasing, Erasing::Rows), "{name} goes with its row");
                }
            }
        }
        if let Exported::Only(given) = part.exported {
            for column in given.split_whitespace() {
                let name = format!("{}.{column}", table.name);
                assert!(columns.contains_key(name.as_str()), "{name} is given and not there");
            }
        }
    }
}

/// The audit trail cannot be rewritten: what names somebody must never have stood in it.
#[tokio::test]
async fn the_audit_trail_holds_nothing_that_names_somebody() {
    let app = spawn_app("bestays").await;
    let triggers: Vec<String> = app
        .values(
            "SELECT c.relname || ' ' || pg_get_triggerdef(t.oid) FROM pg_trigger t \
             JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid \
             WHERE p.proname = 'audit_row_change'",
        )
        .await;
    assert!(triggers.len() > 20, "{triggers:?}");
    let mut shown = Vec::new();
    for (table, part) in tags::parts() {
        let Some(trigger) =
            triggers.iter().find(|text| text.starts_with(&format!("{} ", table.name)))
        else {
            continue;
        };
        let arguments: Vec<&str> = trigger.split('\'').skip(1).step_by(2).collect();
        let hidden: BTreeSet<&str> = arguments[1..]
            .iter()
            .flat_map(|list| list.trim_matches(['{', '}']).split(','))
            .collect();
        for column in part.columns.iter().filter(|column| column.kind.names_somebody()) {
            // What people offer in public, in languages they speak, names nobody.
            if !hidden.contains(column.name) && (table.name, column.name) != ("agents", "languages")
            {
                shown.push(format!("{}.{}", table.name, column.name));
            }
        }
    }
    assert!(shown.is_empty(), "the audit trail shows {shown:?}");
}

/// The whole of it, for a reader and against a slip.
#[test]
fn people_are_erased_last() {
    let order: Vec<&str> = tags::tables().map(|table| table.name).collect();
    let place = |name: &str| order.iter().position(|table| *table == name).unwrap();
    for (first, then) in [
        ("search_clicks", "search_history"),
        ("search_watches", "saved_searches"),
        ("favourites", "visitors"),
        ("lead_events", "leads"),
        ("payments", "bookings"),
        ("agents", "users"),
    ] {
        assert!(place(first) < place(then), "{first} before {then}");
    }
}
