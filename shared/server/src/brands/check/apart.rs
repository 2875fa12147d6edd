//! What must be apart from the other brands: identifiers, and every trace of their names.

use terrace_product::{Profile, ProfileError, check_all};

use super::Notes;
use crate::brands::{
    Place,
    marks::{self, Mark},
    place::files,
};

/// What every brand reads.
const SHARED: [(&str, &str); 3] = [
    ("catalogue/amenities.json", include_str!("../../../catalogue/amenities.json")),
    ("catalogue/policies.json", include_str!("../../../catalogue/policies.json")),
    ("catalogue/legal_rules.json", include_str!("../../../catalogue/legal_rules.json")),
];

pub(super) fn over(place: &Place, profile: &Profile, notes: &mut Notes) {
    // One that cannot be loaded is told of where it is looked over itself.
    let ids = place.profiles.ids().iter().filter(|id| **id != profile.id);
    let others: Vec<Profile> = ids.filter_map(|id| place.load(id).ok()).collect();
    for other in &others {
        notes.look();
        if let Err(ProfileError::Clashes(clashes)) = check_all(&[profile.clone(), other.clone()]) {
            for clash in clashes {
                let found = format!("shares {} {} with {}", clash.key, clash.value, other.id);
                notes.error("apart", found, clash.remedy);
            }
        }
        strangers(profile, other, notes);
    }
}

/// Words of another brand in this one's folder, and of either in what all read.
fn strangers(profile: &Profile, other: &Profile, notes: &mut Notes) {
    let own = marks::of(profile);
    // What both are called by is a clash, and told as such.
    let theirs: Vec<Mark> = marks::of(other)
        .into_iter()
        .filter(|mark| !own.iter().any(|o| o.text == mark.text))
        .collect();
    let found = files(&profile.folder).unwrap_or_default();
    let texts = found.into_iter().filter_map(|file| {
        let text = std::fs::read_to_string(profile.folder.join(&file)).ok()?;
        Some((format!("products/{}/{}", profile.id, file.display()), text))
    });
    let shared =
        SHARED.iter().map(|(file, text)| (format!("shared/server/{file}"), (*text).to_owned()));
    for (file, text) in texts.chain(shared) {
        notes.look();
        for mark in marks::found(&text, &theirs) {
            let found =
                format!("{file} says “{}”, which is {} of {}", mark.text, mark.key, other.id);
            match mark.is_sure {
                true => notes.error("apart", found, "write this brand's own there"),
                false => notes.warn("apart", found, "write this brand's own there, if it is meant"),
            }
        }
    }
}
