//! Real and deliberately broken files of others, where they are at hand.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use terrace_ical::read;

use super::options;

fn files(folder: &str) -> Option<Vec<PathBuf>> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/calendars").join(folder);
    if !root.exists() {
        eprintln!("skipped: {} is not there", root.display());
        return None;
    }
    let (mut found, mut folders) = (Vec::new(), vec![root]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|kind| kind.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("ics") => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    Some(found)
}

/// How many files were read, and refused by which name; the same for their events.
fn count(files: &[PathBuf]) -> Vec<String> {
    let (mut outcomes, mut events) = (BTreeMap::new(), BTreeMap::new());
    for path in files {
        let mut options = options();
        // Their events lie in the years around 2010: read as if it were then, and far ahead.
        options.today = "2007-01-01".parse().unwrap();
        let outcome = match read(&fs::read(path).unwrap(), &options) {
            Ok(feed) => {
                *events.entry("events").or_insert(0) += feed.events;
                *events.entry("ranges").or_insert(0) += feed.busy.len();
                for unread in &feed.unread {
                    *events.entry(unread.reason.name()).or_insert(0) += 1;
                }
                "read"
            }
            Err(refusal) => refusal.name(),
        };
        *outcomes.entry(outcome).or_insert(0) += 1;
    }
    let line = |(name, count): (&str, usize)| format!("{name} {count}");
    outcomes
        .into_iter()
        .map(line)
        .chain(["--".to_owned()])
        .chain(events.into_iter().map(line))
        .collect()
}

#[test]
fn files_of_four_libraries_are_read_or_refused_by_name() {
    let Some(files) = files("libraries") else { return };
    insta::assert_snapshot!(count(&files).join("\n"));
}

#[test]
fn exports_of_channels_are_read_or_refused_by_name() {
    let Some(files) = files("ota") else { return };
    let mut said = Vec::new();
    for path in files {
        let mut options = options();
        options.today = "2025-01-01".parse().unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        said.push(match read(&fs::read(&path).unwrap(), &options) {
            Ok(feed) => {
                let nights: i64 =
                    feed.busy.iter().map(|busy| (busy.end - busy.start).num_days()).sum();
                format!(
                    "{name}: {} ranges, {nights} nights, {} unread",
                    feed.busy.len(),
                    feed.unread.len()
                )
            }
            Err(refusal) => format!("{name}: {}", refusal.name()),
        });
    }
    insta::assert_snapshot!(said.join("\n"));
}
