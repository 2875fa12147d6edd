//! The same building is not a choice: of flats in one tower two will do.

use crate::listings::output::PropertyItem;

/// Closer than this, metres, is the same building.
const SAME_BUILDING_M: f64 = 50.0;

/// Closer than this, metres, the same title means the same building: towers are placed on maps
/// by hand.
const SAME_TITLE_M: f64 = 500.0;

/// Fewer letters are too common a title.
const TELLING: usize = 8;

/// Of one building.
const MOST: usize = 2;

/// What tells buildings apart.
#[derive(Clone, Debug)]
pub(super) struct Site {
    at: Option<(f64, f64)>,
    district: Option<String>,
    address: String,
    title: String,
}

impl Site {
    pub(super) fn of(item: &PropertyItem, address: Option<&str>) -> Self {
        Self {
            at: item.lat.zip(item.lng),
            district: item.district.clone(),
            address: address.map(plain).unwrap_or_default(),
            title: plain(&item.title).chars().filter(|c| !c.is_numeric()).collect(),
        }
    }

    fn is_same_building(&self, other: &Self) -> bool {
        let is_same_district = self.district == other.district;
        let metres = self.at.zip(other.at).map(|(one, other)| metres(one, other));
        let within = |most: f64| metres.map_or(is_same_district, |metres| metres <= most);
        let is_same_title = self.title == other.title && self.title.chars().count() >= TELLING;
        metres.is_some_and(|metres| metres <= SAME_BUILDING_M)
            || (is_same_district && !self.address.is_empty() && self.address == other.address)
            || (is_same_title && within(SAME_TITLE_M))
    }
}

/// Letters and figures, in lower case.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn metres((lat, lng): (f64, f64), other: (f64, f64)) -> f64 {
    const PER_DEGREE: f64 = 111_195.0;
    let narrower = lat.to_radians().cos();
    (other.0 - lat).hypot((other.1 - lng) * narrower) * PER_DEGREE
}

/// The first of these, but of each building two. Whoever is of the same building as one that is
/// of the same building as another makes one building with both.
pub(super) fn vary<T>(candidates: Vec<(Site, T)>, limit: usize) -> Vec<T> {
    let mut taken: Vec<(Site, usize)> = Vec::new();
    let mut chosen = Vec::new();
    for (site, candidate) in candidates {
        let mut buildings: Vec<usize> = taken
            .iter()
            .filter(|(other, _)| site.is_same_building(other))
            .map(|(_, building)| *building)
            .collect();
        buildings.sort_unstable();
        buildings.dedup();
        let size = taken.iter().filter(|(_, building)| buildings.contains(building)).count();
        if size >= MOST || chosen.len() == limit {
            continue;
        }
        let building = buildings.first().copied().unwrap_or(taken.len());
        taken.push((site, building));
        chosen.push(candidate);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn site(lat: f64, title: &str, address: &str) -> Site {
        Site {
            at: Some((lat, 100.5)),
            district: Some("Watthana".to_owned()),
            address: plain(address),
            title: title.to_owned(),
        }
    }

    #[test]
    fn a_building_is_known_by_its_place_its_address_or_its_title() {
        let one = site(13.7, "skytoweronebedroom", "");
        assert!(one.is_same_building(&site(13.7004, "other", "")));
        assert!(!one.is_same_building(&site(13.7006, "other", "")));
        assert!(one.is_same_building(&site(13.704, "skytoweronebedroom", "")));
        assert!(!one.is_same_building(&site(13.706, "skytoweronebedroom", "")));
        let addressed = site(13.7, "a", "12 Soi 55");
        assert!(addressed.is_same_building(&site(13.8, "b", "12, soi 55")));
        let nowhere = Site { at: None, ..one.clone() };
        assert!(one.is_same_building(&nowhere));
        assert!(!one.is_same_building(&Site { district: None, ..nowhere }));
    }

    #[test]
    fn a_row_of_houses_is_one_building() {
        // Each 44 m from the next: the third is near the second only.
        let row = [13.7, 13.7004, 13.7008, 13.7012, 13.71];
        let row = row.iter().map(|lat| (site(*lat, "", ""), *lat)).collect();
        assert_eq!(vary(row, 10), [13.7, 13.7004, 13.7012, 13.71]);
    }

    proptest! {
        /// No more than asked for, in order, and never three that are close to each other.
        #[test]
        fn no_three_are_one_building(lats in prop::collection::vec(0..60_u8, 0..40), limit in 0..24_usize) {
            let candidates: Vec<_> = lats
                .iter()
                .enumerate()
                .map(|(nth, lat)| (site(13.7 + f64::from(*lat) * 0.0002, "", ""), nth))
                .collect();
            let sites: Vec<Site> = candidates.iter().map(|(site, _)| site.clone()).collect();
            let chosen = vary(candidates, limit);
            prop_assert!(chosen.len() <= limit && chosen.is_sorted());
            for one in &chosen {
                let near = chosen.iter().filter(|nth| sites[**nth].is_same_building(&sites[*one]));
                prop_assert!(near.count() <= MOST);
            }
        }
    }
}
