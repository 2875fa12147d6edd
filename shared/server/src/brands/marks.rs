//! By what a brand is recognised: a mark of one brand in the folder of another is a mistake.
//!
//! Only what identifies: words that are in the language anyway, as "coast" is, would be found
//! everywhere.

use terrace_product::Profile;

/// A sign of a brand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) key: &'static str,
    pub(super) text: String,
    /// A name of one word may be a word of the language.
    pub(super) is_sure: bool,
}

/// A brand's marks, in lower case.
pub(super) fn of(profile: &Profile) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut mark = |key, text: &str| {
        // What is shorter says nothing.
        if text.chars().count() >= 6 {
            let is_sure = text.contains(['@', '.', '_', '+', ' ']);
            marks.push(Mark { key, text: text.to_lowercase(), is_sure });
        }
    };
    mark("name", profile.name.as_str());
    mark("variables", &profile.id.variable_prefix());
    mark("contact.email", profile.contact.email.as_str());
    if let Some((_, domain)) = profile.contact.email.as_str().split_once('@') {
        mark("contact.email", domain);
    }
    if let Some(phone) = &profile.contact.phone {
        mark("contact.phone", phone.as_str());
    }
    if let Some(line) = &profile.contact.line_id {
        mark("contact.line_id", line.as_str());
    }
    mark("database.name", profile.database.name.as_str());
    mark("database.owner_role", profile.database.owner_role.as_str());
    mark("database.app_role", profile.database.app_role.as_str());
    let hosts = profile.server.origins.iter().filter_map(|origin| {
        let host = origin.as_str().split_once("://")?.1;
        (!host.starts_with("localhost") && !host.starts_with("127.")).then_some(host)
    });
    for host in hosts {
        mark("server.origins", host);
    }
    marks
}

/// The marks that a text holds, each once.
pub(super) fn found<'m>(text: &str, marks: &'m [Mark]) -> Vec<&'m Mark> {
    let text = text.to_lowercase();
    marks.iter().filter(|mark| holds(&text, &mark.text)).collect()
}

/// As whole words: `stay.example` is not in `bestay.example`.
fn holds(text: &str, mark: &str) -> bool {
    text.match_indices(mark).any(|(at, _)| {
        let beside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        !beside(text[..at].chars().next_back()) && !beside(text[at + mark.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::{Mark, found};

    #[test]
    fn whole_words_in_any_case() {
        let marks = [Mark { key: "name", text: "coast homes".to_owned(), is_sure: true }];
        for (text, count) in [
            ("Welcome to Coast Homes.", 1),
            ("COAST HOMES", 1),
            ("the coast, homes by the sea", 0),
            ("xcoast homes", 0),
            ("coast homesx", 0),
        ] {
            assert_eq!(found(text, &marks).len(), count, "{text}");
        }
    }
}
