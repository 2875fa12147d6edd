//! The look: colours that everybody can read, files that are there.

use terrace_product::{AssetPath, Color, Profile};

use super::Notes;

pub(super) fn over(profile: &Profile, notes: &mut Notes) {
    notes.look();
    for failure in profile.theme.contrast_failures() {
        let remedy = match readable(profile, &failure) {
            Some(color) => format!(
                "write theme.colors.{} = \"{color}\", or another ground",
                failure.foreground
            ),
            None => format!("choose another ground for theme.colors.{}", failure.foreground),
        };
        notes.error("theme", failure.to_string(), remedy);
    }
    let theme = &profile.theme;
    let pictures = [
        ("theme.logo", Some(&theme.logo)),
        ("theme.favicon", Some(&theme.favicon)),
        ("seo.image", profile.seo.image.as_ref()),
    ];
    for (key, path) in pictures {
        notes.look();
        if let Some(path) = path.filter(|path| !is_there(profile, path)) {
            let found = format!("{key} is {path}, and there is no such file");
            notes.error(
                "theme",
                found,
                format!("put it into the brand's folder: products/{}{path}", profile.id),
            );
        }
    }
}

fn is_there(profile: &Profile, path: &AssetPath) -> bool {
    profile.folder.join(path.as_str().trim_start_matches('/')).is_file()
}

/// The nearest shade of the text's colour that can be read on all its grounds.
fn readable(profile: &Profile, failure: &terrace_product::ContrastFailure) -> Option<Color> {
    let of = |token: &str| {
        let colors = serde_json::to_value(&profile.theme.colors).ok()?;
        Color::parse(colors.get(token)?.as_str()?).ok()
    };
    let (text, ground) = (of(failure.foreground)?, of(failure.background)?);
    let shade = |towards: [u8; 3], percent: u16| {
        let hex = text.to_string();
        let channel = |nth: usize| {
            let from = hex.get(1 + 2 * nth..3 + 2 * nth);
            let from = u16::from(u8::from_str_radix(from.unwrap_or("00"), 16).unwrap_or(0));
            (from * (100 - percent) + u16::from(towards[nth]) * percent) / 100
        };
        Color::parse(&format!("#{:02x}{:02x}{:02x}", channel(0), channel(1), channel(2))).ok()
    };
    (1..=100)
        .flat_map(|percent| [shade([0; 3], percent), shade([255; 3], percent)])
        .flatten()
        .find(|color| color.contrast(ground) >= failure.needed)
}
