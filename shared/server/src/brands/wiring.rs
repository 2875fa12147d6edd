//! A brand's lines in the files by which the platform is started: `compose.yml` and the gateway's.
//!
//! They are edited as text, because people wrote comments into them that a parser would lose. A brand
//! owns the lines whose key is its id or begins with it, with all that is indented below; the new
//! brand's are a copy of its source's, right behind them. Taking them out again gives the file that
//! was there before, to the byte.

use std::path::PathBuf;

use terrace_product::{ProductId, Profile};

use super::{Outcome, Place, folder::replace_word, place::write_whole};

/// The files, from the checkout.
const FILES: [&str; 2] = ["compose.yml", "deploy/Caddyfile"];

/// A brand as those files know it.
#[derive(Clone, Debug)]
pub(super) struct Wired {
    pub(super) id: ProductId,
    pub(super) port: u16,
}

impl Wired {
    pub(super) fn of(profile: &Profile) -> Self {
        Self { id: profile.id.clone(), port: profile.server.port.get() }
    }
}

/// Adds a brand beside another one.
pub(super) fn add(place: &Place, like: &Wired, new: &Wired) -> anyhow::Result<(Outcome, String)> {
    edit(place, |text| add_to(text, like, new))
}

/// Whether a brand has lines of its own.
pub(super) fn is_there(place: &Place, id: &ProductId) -> anyhow::Result<bool> {
    for path in files(place) {
        if std::fs::read_to_string(path)?.lines().any(|line| is_of(line, id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes a brand out.
pub(super) fn remove(place: &Place, id: &ProductId) -> anyhow::Result<(Outcome, String)> {
    edit(place, |text| remove_from(text, id))
}

/// Those of the files that are there.
fn files(place: &Place) -> Vec<PathBuf> {
    FILES.iter().map(|file| place.root().join(file)).filter(|path| path.is_file()).collect()
}

fn edit(place: &Place, change: impl Fn(&str) -> String) -> anyhow::Result<(Outcome, String)> {
    let (root, found) = (place.root(), files(place));
    if found.is_empty() {
        return Ok((Outcome::Skipped, format!("there is no {} here", FILES.join(" or "))));
    }
    let mut changed = Vec::new();
    for path in &found {
        let text = std::fs::read_to_string(path)?;
        let new = change(&text);
        if new != text {
            write_whole(path, new.as_bytes())?;
            changed.push(path.strip_prefix(&root).unwrap_or(path).display().to_string());
        }
    }
    match changed.is_empty() {
        true => Ok((Outcome::WasThere, "nothing to change".to_owned())),
        false => Ok((Outcome::Done, changed.join(", "))),
    }
}

fn add_to(text: &str, like: &Wired, new: &Wired) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.iter().any(|line| is_of(line, &new.id)) {
        return text.to_owned();
    }
    let mut added = String::with_capacity(text.len() * 2);
    let mut at = 0;
    while at < lines.len() {
        let end = run(&lines, at, &like.id);
        if end == at {
            added.push_str(&with_items(lines[at], like, new));
            at += 1;
            continue;
        }
        let own = lines[at..end].concat();
        added.push_str(&own);
        if !own.ends_with('\n') {
            added.push('\n');
        }
        added.push_str(&renamed(&own, like, new));
        at = end;
    }
    added
}

fn remove_from(text: &str, id: &ProductId) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    while at < lines.len() {
        let end = run(&lines, at, id);
        if end == at {
            kept.push_str(&without_items(lines[at], id));
            at += 1;
        } else {
            at = end;
        }
    }
    kept
}

fn renamed(text: &str, like: &Wired, new: &Wired) -> String {
    let upper = |id: &ProductId| id.as_str().to_ascii_uppercase();
    let text = replace_word(text, like.id.as_str(), new.id.as_str());
    let text = replace_word(&text, &upper(&like.id), &upper(&new.id));
    replace_word(&text, &like.port.to_string(), &new.port.to_string())
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// Whether a line's key is the brand's: its id, a name that begins with it, a variable of its
/// prefix, or a host with it as one of its labels.
fn is_of(line: &str, id: &ProductId) -> bool {
    let key = line.trim_start().split([':', ' ', '{', '\n']).next().unwrap_or_default();
    let rest = key.strip_prefix(id.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '-']))
        || key.starts_with(&id.variable_prefix())
        || (key.contains('.') && key.split('.').any(|label| label == id.as_str()))
}

/// The end of the brand's lines that begin here; where none begin, here.
fn run(lines: &[&str], begin: usize, id: &ProductId) -> usize {
    if !is_of(lines[begin], id) {
        return begin;
    }
    let level = indent(lines[begin]);
    let (mut end, mut is_block) = (begin + 1, false);
    while let Some(line) = lines.get(end) {
        if is_blank(line) {
            // Lines between belong to the block if it goes on below them, or to what separates
            // it from the next one.
            let next = lines[end..].iter().position(|line| !is_blank(line)).map(|n| end + n);
            match next {
                Some(next) if indent(lines[next]) > level || is_of(lines[next], id) => end = next,
                Some(next) if is_block => return next,
                _ => return end,
            }
        } else if indent(line) > level || line.trim_end() == "}" {
            is_block = true;
            end += 1;
        } else if indent(line) == level && is_of(line, id) {
            end += 1;
        } else {
            return end;
        }
    }
    end
}

/// The items of a list on one line, `key: [a, b]`, with what is around them.
fn items(line: &str) -> Option<(&str, Vec<&str>, &str)> {
    let (open, close) = (line.find('[')? + 1, line.rfind(']')?);
    (open <= close)
        .then(|| (&line[..open], line[open..close].split(", ").collect(), &line[close..]))
}

fn with_items(line: &str, like: &Wired, new: &Wired) -> String {
    let Some((before, mut all, after)) = items(line) else { return line.to_owned() };
    let Some(last) = all.iter().rposition(|item| is_of(item, &like.id)) else {
        return line.to_owned();
    };
    let own: Vec<String> = all
        .iter()
        .filter(|item| is_of(item, &like.id))
        .map(|item| renamed(item, like, new))
        .collect();
    for (nth, item) in own.iter().enumerate() {
        all.insert(last + 1 + nth, item);
    }
    format!("{before}{}{after}", all.join(", "))
}

fn without_items(line: &str, id: &ProductId) -> String {
    match items(line) {
        Some((before, all, after)) if all.iter().any(|item| is_of(item, id)) => {
            let kept: Vec<&str> = all.into_iter().filter(|item| !is_of(item, id)).collect();
            format!("{before}{}{after}", kept.join(", "))
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use terrace_product::ProductId;

    use super::{Wired, add_to, is_of, remove_from};

    const COMPOSE: &str = include_str!("../../../../compose.yml");
    const GATEWAY: &str = include_str!("../../../../deploy/Caddyfile");

    fn wired(id: &str, port: u16) -> Wired {
        Wired { id: ProductId::parse(id).expect("an id"), port }
    }

    /// What stands under a heading of the second level, without blank lines.
    fn block<'t>(text: &'t str, heading: &str) -> Vec<&'t str> {
        let mut lines = text.lines().skip_while(|line| *line != format!("  {heading}:"));
        let _ = lines.next();
        lines.take_while(|line| line.starts_with("   ")).collect()
    }

    #[test]
    fn a_new_brand_stands_beside_each_of_the_others_and_goes_without_a_trace() {
        let coast = wired("coast", 8103);
        for like in [wired("bestays", 8101), wired("realestate", 8102)] {
            for file in [COMPOSE, GATEWAY] {
                let added = add_to(file, &like, &coast);
                assert_ne!(added, file);
                let mut after = added.lines();
                for line in file.lines() {
                    let found = line.contains("secrets: [postgres_superuser,")
                        || line.contains("depends_on: [bestays,")
                        || after.any(|after| after == line);
                    assert!(found, "lost: {line}");
                }
                assert_eq!(add_to(&added, &like, &coast), added, "twice is once");
                assert_eq!(remove_from(&added, &coast.id), file);
            }
        }
    }

    #[test]
    fn the_new_brands_server_is_the_sources_with_other_names() {
        let (bestays, coast) = (wired("bestays", 8101), wired("coast", 8103));
        let added = add_to(COMPOSE, &bestays, &coast);
        let wanted: Vec<String> = block(COMPOSE, "bestays")
            .iter()
            .map(|line| line.replace("bestays", "coast").replace("BESTAYS", "COAST"))
            .map(|line| line.replace("8101", "8103"))
            .collect();
        assert!(wanted.len() > 20, "{wanted:?}");
        assert_eq!(block(&added, "coast"), wanted);
        assert_eq!(block(&added, "bestays"), block(COMPOSE, "bestays"));
        for line in [
            "  COAST__IDENTITY__PUBLISHABLE_KEY: ${COAST__IDENTITY__PUBLISHABLE_KEY:-}",
            "      COAST__DATABASE__OWNER_PASSWORD_FILE: /run/secrets/coast_owner",
            "    secrets: [coast_app, coast_redis, coast_visitors]",
            "      COAST__REDIS__PASSWORD_FILE: /run/secrets/coast_redis",
            "  coast-realm:",
            "    file: deploy/secrets/coast_visitors",
        ] {
            assert!(added.lines().any(|added| added == line), "missing: {line}\n{added}");
        }
        assert!(added.contains(
            "bestays_visitors, coast_owner, coast_app, coast_redis, coast_visitors, realestate"
        ));
        let gateway = add_to(GATEWAY, &bestays, &coast);
        assert!(
            gateway.contains("api.coast.example {\n\timport brand coast:8103\n}\n"),
            "{gateway}"
        );
    }

    #[test]
    fn a_brand_owns_only_what_is_called_by_its_whole_name() {
        let be = ProductId::parse("be").expect("an id");
        for line in
            ["bestays:", "  bestays_owner:", "# be: a comment", "  image: be", "bet.example {"]
        {
            assert!(!is_of(line, &be), "{line}");
        }
        for line in ["  be:", "be_app", "BE__X: 1", "api.be.example {", "be-realm:"] {
            assert!(is_of(line, &be), "{line}");
        }
    }
}
