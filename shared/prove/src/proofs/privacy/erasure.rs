//! A person is erased: nothing of them is left anywhere, nothing of anybody else is touched, and a
//! backup that is restored does not bring them back for long.

use std::{collections::BTreeMap, path::Path};

use super::{Planted, found_in, places, plant, printed, told};
use crate::{
    report::Report,
    run::{PATIENT, Run},
    server::PRODUCT,
    world,
};

pub(crate) async fn prove(run: &Run<'_>) -> anyhow::Result<Report> {
    let mut brand = run.brand_with(&[PATIENT]).await?;
    let home = world::homes(&brand, 1).await?.remove(0);
    let person = plant(&brand, &home, "nok").await?;
    let other = plant(&brand, &home, "ploysai").await?;
    run.say(format!("{} words of one person, as many of another", person.words.len()));

    // As a backup has it: everything stands still meanwhile.
    brand.server.kill();
    brand.cluster.stop().await?;
    let mut backup = brand.cluster.copy(&brand.home().join("backup"))?;
    brand.cluster.start().await?;
    brand.server.begin().await?;

    run.mutate(&brand).await?;
    let before = places::rows(&brand.owner).await?;
    let args =
        ["subject", "erase", "--product", PRODUCT, "--user", &person.user, "--yes", "--json"];
    let erased = printed(&brand.terrace(&args)?)?;
    let after = places::rows(&brand.owner).await?;

    let mut report = Report::default();
    report.count("words", person.words.len());
    report.count("places", erased["places"].as_array().map_or(0, Vec::len));
    report.at_least("words enough", 40, person.words.len());
    let planted = count_found(&person.words, &before);
    report.at_least("the words were there", 30, planted);
    report.none("nothing of them is left in the database", &left(&person.words, &after));
    report.none("everybody else's rows are as they were", &changed(&person, &before, &after));
    let known = count_found(&other.words, &before);
    report.at_least("somebody else was known", 30, known);
    report.at_least("somebody else is still known", known, count_found(&other.words, &after));

    let redis = places::redis(&brand).await?;
    let of_them = [person.words.clone(), vec![person.user.clone()]].concat();
    let redis: Vec<_> = redis
        .iter()
        .filter_map(|(key, value)| {
            told(key, &found_in(&of_them, format!("{key} {value}").as_bytes()))
        })
        .collect();
    report.none("nothing of them is left in Redis", &redis);
    report.none(
        "nothing of them is left in the media",
        &in_files(&person, &brand.home().join("media"))?,
    );
    let ledger = brand.home().join("privacy");
    report.none("nothing of them is in the ledger", &in_files(&person, &ledger)?);

    // The backup comes back.
    backup.start().await?;
    let restored = brand.pool_of(&backup).await?;
    let back = count_found(&person.words, &places::rows(&restored).await?);
    report.at_least("the backup brings them back", 30, back);
    let before = places::rows(&restored).await?;
    let replay = ["subject", "replay", "--product", PRODUCT, "--json"];
    let first = printed(&brand.terrace_on(&backup, &replay)?)?;
    let after = places::rows(&restored).await?;
    report.exactly("the ledger knows one erasure", 1, first[0]["erasures"].as_i64().unwrap_or(0));
    report.none("nothing of them is left after the replay", &left(&person.words, &after));
    report.none("the replay touches nobody else", &changed(&person, &before, &after));
    let again = printed(&brand.terrace_on(&backup, &replay)?)?;
    report.exactly(
        "a second replay finds nothing to do",
        0,
        again[0]["rows"].as_i64().unwrap_or(-1),
    );
    restored.close().await;
    Ok(report)
}

fn count_found(words: &[String], rows: &[(String, String)]) -> usize {
    let rows: Vec<String> = rows.iter().map(|(_, row)| row.to_lowercase()).collect();
    words.iter().filter(|word| rows.iter().any(|row| row.contains(*word))).count()
}

fn left(words: &[String], rows: &[(String, String)]) -> Vec<String> {
    rows.iter().filter_map(|(table, row)| told(table, &found_in(words, row.as_bytes()))).collect()
}

/// Rows that hold nothing of the person, and are not there any more as they were.
fn changed(
    person: &Planted,
    before: &[(String, String)],
    after: &[(String, String)],
) -> Vec<String> {
    let mut there: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (table, row) in after {
        *there.entry((table, row)).or_default() += 1;
    }
    let theirs = [person.words.as_slice(), person.ids.as_slice()].concat();
    before
        .iter()
        // Visits are added up; whoever looks at a listing changes that.
        .filter(|(table, _)| table != "property_views")
        .filter(|(_, row)| found_in(&theirs, row.as_bytes()).is_empty())
        .filter(|(table, row)| match there.get_mut(&(table.as_str(), row.as_str())) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        })
        .map(|(table, row)| format!("{table}: {}", row.chars().take(80).collect::<String>()))
        .collect()
}

fn in_files(person: &Planted, folder: &Path) -> anyhow::Result<Vec<String>> {
    let files = places::files(folder)?;
    Ok(files
        .iter()
        .filter_map(|(path, bytes)| told(path, &found_in(&person.words, bytes)))
        .collect())
}
