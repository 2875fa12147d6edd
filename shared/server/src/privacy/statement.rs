//! Statements, made of the tags.

use sea_orm::Value;

use super::{
    subject::Subject,
    tags::{Column, Erasing, Exported, Part, Table, Then},
};

/// A statement with what belongs into it; none where nothing is known that could lead to a row.
pub(super) type Bound = Option<(String, Vec<Value>)>;

/// The rows of a part, and how many.
pub(super) fn counting(table: &Table, part: &Part, subject: &Subject) -> Bound {
    bind(&format!("SELECT count(*) AS rows FROM {} WHERE {}", table.name, part.rows), subject)
}

/// What erases a person from a part; none where all of it is kept, too.
pub(super) fn erasing(table: &Table, part: &Part, subject: &Subject) -> Bound {
    let (name, rows) = (table.name, part.rows);
    let sql = match part.erasing {
        Erasing::Rows => format!("DELETE FROM {name} WHERE {rows}"),
        Erasing::Columns { also } => {
            let changes: Vec<(&str, &str)> = part.columns.iter().filter_map(changed).collect();
            if changes.is_empty() {
                return None;
            }
            let mut set: Vec<String> =
                changes.iter().map(|(column, to)| format!("{column} = {to}")).collect();
            if !also.is_empty() {
                set.push(also.to_owned());
            }
            // What has been erased is not touched again.
            let is_there: Vec<String> = changes
                .iter()
                .map(|(column, to)| format!("{column} IS DISTINCT FROM {to}"))
                .collect();
            format!(
                "UPDATE {name} SET {} WHERE ({rows}) AND ({})",
                set.join(", "),
                is_there.join(" OR ")
            )
        }
    };
    bind(&sql, subject)
}

fn changed(column: &Column) -> Option<(&'static str, &'static str)> {
    match column.then {
        Then::Null => Some((column.name, "NULL")),
        Then::Set(to) => Some((column.name, to)),
        Then::Goes | Then::Kept(_) => None,
    }
}

/// What somebody is given of a part: one JSON array.
pub(super) fn exporting(table: &Table, part: &Part, subject: &Subject) -> Bound {
    let columns = exported(table, part).join(", ");
    let sql = format!(
        "SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]') AS rows FROM (SELECT {columns} FROM {} WHERE {}) r",
        table.name, part.rows
    );
    bind(&sql, subject)
}

/// The columns of a part that its person is given.
pub(super) fn exported(table: &Table, part: &Part) -> Vec<&'static str> {
    match part.exported {
        Exported::Only(columns) => columns.split_whitespace().collect(),
        Exported::Row => {
            let own = part.columns.iter().map(|column| column.name);
            own.chain(table.plain.split_whitespace()).collect()
        }
    }
}

/// Puts what is known of the person in the place of `{users}` and the like.
fn bind(sql: &str, subject: &Subject) -> Bound {
    let mut sql = sql.to_owned();
    let mut values = Vec::new();
    let mut leads_somewhere = false;
    for (name, kind, value, is_empty) in subject.known() {
        let place = format!("{{{name}}}");
        if sql.contains(&place) {
            values.push(value);
            sql = sql.replace(&place, &format!("${}::{kind}", values.len()));
            leads_somewhere |= !is_empty;
        }
    }
    leads_somewhere.then_some((sql, values))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::privacy::tags;

    fn table(name: &str) -> (&'static Table, &'static Part) {
        tags::parts().find(|(table, _)| table.name == name).unwrap()
    }

    #[test]
    fn a_statement_says_what_the_tags_say() {
        let subject = Subject { leads: vec![Uuid::nil()], ..Subject::default() };
        let (leads, asked) = table("leads");
        let (sql, values) = erasing(leads, asked, &subject).unwrap();
        assert!(
            sql.starts_with("UPDATE leads SET name = NULL, email = NULL, phone = NULL"),
            "{sql}"
        );
        assert!(sql.contains("message = ''") && sql.contains("version = version + 1"), "{sql}");
        assert!(
            sql.contains("WHERE (id = ANY($1::uuid[])) AND (name IS DISTINCT FROM NULL"),
            "{sql}"
        );
        assert!(!sql.contains("email_key"), "a generated column cannot be set: {sql}");
        assert_eq!(values.len(), 1);
        let (tasks, asked) = table("lead_tasks");
        let (sql, _) = erasing(tasks, asked, &subject).unwrap();
        assert_eq!(sql, "DELETE FROM lead_tasks WHERE lead_id = ANY($1::uuid[])");
    }

    #[test]
    fn what_leads_nowhere_is_not_asked() {
        let subject = Subject { leads: vec![Uuid::nil()], ..Subject::default() };
        let (history, searched) = table("search_history");
        assert!(erasing(history, searched, &subject).is_none());
        assert!(counting(history, searched, &subject).is_none());
    }

    #[test]
    fn somebody_is_given_nothing_of_the_others_in_a_row() {
        let (leads, asked) = table("leads");
        let columns = exported(leads, asked);
        assert!(columns.contains(&"message") && columns.contains(&"created_at"));
        assert!(!columns.contains(&"assigned_agent_id"));
    }
}
