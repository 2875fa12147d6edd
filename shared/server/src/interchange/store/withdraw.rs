//! What is not in the file any more.

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::Tally;
use crate::{
    db::statement,
    error::{Code, Error, Result},
    interchange::{
        import::ImportOptions,
        read::{Key, Seen},
    },
};

const PAGE: u64 = 5_000;
const BATCH: usize = 500;

/// Withdraws the listings of the file's sources that it does not have any more. They can be
/// restored, and come back by themselves when a later file has them again.
///
/// # Errors
/// `422` where that would be more than half of a source: more likely the file is not whole.
pub(in crate::interchange) async fn withdraw(
    tx: &DatabaseTransaction,
    options: &ImportOptions,
    seen: &Seen,
    tally: &mut Tally,
) -> Result<()> {
    for source in &seen.sources {
        let (gone, present) = gone(tx, source, seen).await?;
        let come = tally.come.get(source).copied().unwrap_or_default();
        let before = present.saturating_sub(come);
        let going = gone.len() as u64;
        if going * 2 > before && !options.yes {
            return Err(Error::new(Code::InvalidInput).with_detail(format!(
                "{}: {going} of the {before} listings of source `{source}` are not in this file. \
                 Nothing was imported. If the file is of another place, name another --source; \
                 if it is only a part, add --no-withdraw; if they are really gone, add --yes.",
                options.file.display()
            )));
        }
        for ids in gone.chunks(BATCH) {
            let sql = "UPDATE properties SET deleted_at = now(), updated_by = NULL, \
                       version = version + 1 WHERE id = ANY($1::uuid[])";
            tx.execute_raw(statement(sql, [ids.to_vec().into()])).await?;
        }
        tally.withdrawn += going;
    }
    Ok(())
}

/// The listings of a source that the file does not have, and how many there are in all.
async fn gone(tx: &DatabaseTransaction, source: &str, seen: &Seen) -> Result<(Vec<Uuid>, u64)> {
    let sql = "SELECT id, external_id FROM properties \
               WHERE external_source = $1 AND deleted_at IS NULL AND external_id > $2 \
               ORDER BY external_id LIMIT 5000";
    let (mut gone, mut present, mut last) = (Vec::new(), 0, String::new());
    loop {
        let rows = tx.query_all_raw(statement(sql, [source.into(), last.clone().into()])).await?;
        let found = rows.len() as u64;
        for row in rows {
            last = row.try_get("", "external_id")?;
            if !seen.lines.contains_key(&Key::External(source.to_owned(), last.clone())) {
                gone.push(row.try_get("", "id")?);
            }
        }
        present += found;
        if found < PAGE {
            return Ok((gone, present));
        }
    }
}
