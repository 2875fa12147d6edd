//! A brand's folder, made from another brand's.
//!
//! Everything is copied; the id, the name and what follows from them is the new brand's. What
//! belongs to one brand alone and cannot be made up, such as its telephone number, is left out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use terrace_product::{Environment, Line, Origin, ProductId};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::place::{files, write_whole};

/// Files in which names stand as text.
const TEXTS: [&str; 9] = ["toml", "json", "jsonl", "txt", "md", "html", "svg", "csv", "css"];

/// What a brand is called.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) id: ProductId,
    pub(super) name: Line,
}

/// What is the new brand's own.
#[derive(Debug)]
pub(super) struct Own<'a> {
    pub(super) names: &'a Names,
    pub(super) port: u16,
    /// The front end that may call it, by environment.
    pub(super) origins: &'a [(Environment, Origin)],
}

/// Writes the folder. It must not be there.
pub(super) fn write(from: &Path, source: &Names, to: &Path, own: &Own<'_>) -> anyhow::Result<()> {
    for file in files(from)? {
        if file.to_string_lossy().ends_with(".refused.csv") {
            continue;
        }
        let (read, written) = (from.join(&file), to.join(&file));
        let folder = written.parent().unwrap_or(to);
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let bytes = fs::read(&read).with_context(|| format!("cannot read {}", read.display()))?;
        let extension = file.extension().and_then(|extension| extension.to_str());
        let bytes = match String::from_utf8(bytes) {
            Ok(text) if extension.is_some_and(|kind| TEXTS.contains(&kind)) => {
                let text = rename(&text, source, own.names, extension == Some("svg"));
                adapt(&file, text, own)?.into_bytes()
            }
            Ok(text) => text.into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        write_whole(&written, &bytes)?;
    }
    Ok(())
}

/// A name that can stand in every kind of file without being written differently.
pub(super) fn check_name(name: &Line) -> anyhow::Result<()> {
    if name.as_str().chars().any(|c| matches!(c, '"' | '\\' | '<' | '>' | '{' | '}')) {
        bail!("--name `{name}` holds one of \" \\ < > {{ }}: leave it out");
    }
    if name.as_str().chars().count() > 60 {
        bail!("--name is longer than 60 characters: people could not read it in a title");
    }
    Ok(())
}

fn rename(text: &str, from: &Names, to: &Names, is_markup: bool) -> String {
    let upper = |names: &Names| names.id.as_str().to_ascii_uppercase();
    let shown = |names: &Names| match is_markup {
        true => names.name.as_str().replace('&', "&amp;"),
        false => names.name.to_string(),
    };
    // The name first: it may hold the id as a word.
    let text = replace_word(text, &shown(from), &shown(to));
    let text = replace_word(&text, from.id.as_str(), to.id.as_str());
    replace_word(&text, &upper(from), &upper(to))
}

/// Replaces a word where no letter or digit is beside it.
pub(super) fn replace_word(text: &str, from: &str, to: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let is_inside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        // What was looked at before ends where `rest` begins.
        let previous = before.chars().next_back().or_else(|| replaced.chars().next_back());
        let is_word = !is_inside(previous) && !is_inside(after.chars().next());
        replaced.push_str(before);
        replaced.push_str(if is_word { to } else { from });
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

fn adapt(file: &Path, text: String, own: &Own<'_>) -> anyhow::Result<String> {
    let environment = Environment::ALL
        .into_iter()
        .find(|environment| file == PathBuf::from(format!("{environment}.toml")));
    if file == Path::new("product.toml") {
        let mut document = parse(file, &text)?;
        set(&mut document, &["server", "port"], i64::from(own.port).into());
        let email = format!("hello@{}.example", own.names.id);
        set(&mut document, &["contact", "email"], email.into());
        if let Some(contact) = document.get_mut("contact").and_then(Item::as_table_mut) {
            for key in ["phone", "line_id", "address"] {
                contact.remove(key);
            }
        }
        return Ok(document.to_string());
    }
    let origin = own.origins.iter().find(|(which, _)| Some(*which) == environment);
    if let Some((_, origin)) = origin {
        let mut document = parse(file, &text)?;
        set(&mut document, &["server", "origins"], Array::from_iter([origin.as_str()]).into());
        return Ok(document.to_string());
    }
    Ok(text)
}

fn parse(file: &Path, text: &str) -> anyhow::Result<DocumentMut> {
    text.parse().with_context(|| format!("{} of the source is no TOML", file.display()))
}

/// Sets a value; the comment beside it stays.
fn set(document: &mut DocumentMut, path: &[&str], mut value: Value) {
    let Some((key, sections)) = path.split_last() else { return };
    let mut table: &mut Table = document.as_table_mut();
    for section in sections {
        let item = table.entry(section).or_insert_with(|| Item::Table(Table::new()));
        let Some(below) = item.as_table_mut() else { return };
        table = below;
    }
    if let Some(old) = table.get(key).and_then(Item::as_value) {
        *value.decor_mut() = old.decor().clone();
    }
    // `Table::insert` would lay out the key anew.
    match table.get_mut(key) {
        Some(item) => *item = Item::Value(value),
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use terrace_product::{Environment, Line, Origin, ProductId};

    use super::{Names, Own, adapt, rename, replace_word};

    fn names(id: &str, name: &str) -> Names {
        Names { id: ProductId::parse(id).expect("an id"), name: Line::parse(name).expect("a name") }
    }

    #[test]
    fn only_whole_words_are_replaced() {
        for (text, wanted) in [
            ("hello@bestays.example", "hello@coast.example"),
            ("bestays_db bestays-x bestaysx xbestays", "coast_db coast-x bestaysx xbestays"),
            ("bestaysbestays", "bestaysbestays"),
            ("ของbestays", "ของcoast"),
            ("", ""),
        ] {
            assert_eq!(replace_word(text, "bestays", "coast"), wanted);
        }
    }

    #[test]
    fn names_are_the_new_brands_everywhere() {
        let (from, to) = (names("bestays", "BeStays"), names("coast", "Coast & Homes"));
        let text = "BeStays: BESTAYS__DATABASE__PORT of bestays";
        let renamed = rename(text, &from, &to, false);
        assert_eq!(renamed, "Coast & Homes: COAST__DATABASE__PORT of coast");
        assert_eq!(rename("<t>BeStays</t>", &from, &to, true), "<t>Coast &amp; Homes</t>");
    }

    #[test]
    fn values_change_and_comments_stay() {
        let own = names("coast", "Coast Homes");
        let origin = Origin::parse("http://localhost:5275").expect("an origin");
        let own = Own { names: &own, port: 8103, origins: &[(Environment::Development, origin)] };
        let product = "[server]\nport = 8101   # its own\n\n[contact]\nemail = \"a@b.example\"\nphone = \"+66\"\n\n[contact.address]\nen = \"x\"\n\n[seo]\n";
        let adapted = adapt(Path::new("product.toml"), product.to_owned(), &own).expect("adapted");
        assert!(adapted.contains("port = 8103   # its own"), "{adapted}");
        assert!(adapted.contains("hello@coast.example"), "{adapted}");
        assert!(!adapted.contains("phone") && !adapted.contains("address"), "{adapted}");
        let development = "[server]\norigins = [\"http://localhost:5273\"]     # the front end\n";
        let adapted = adapt(Path::new("development.toml"), development.to_owned(), &own);
        let wanted = "[server]\norigins = [\"http://localhost:5275\"]     # the front end\n";
        assert_eq!(adapted.expect("adapted"), wanted);
    }
}
