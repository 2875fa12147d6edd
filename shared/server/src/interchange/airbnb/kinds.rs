//! Room types, property types and bathrooms, as these files name them.

use super::{Cell, refuse};
use crate::listings::model::PropertyType;

/// How much of a place is let.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Entire,
    Private,
    Shared,
    Hotel,
}

impl Room {
    /// The tag that keeps it findable: a property type does not say it.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Entire => "entire-home",
            Self::Private => "private-room",
            Self::Shared => "shared-room",
            Self::Hotel => "hotel-room",
        }
    }
}

pub(super) fn room(text: &str) -> Cell<Room> {
    match text {
        "Entire home/apt" => Ok(Room::Entire),
        "Private room" => Ok(Room::Private),
        "Shared room" => Ok(Room::Shared),
        "Hotel room" => Ok(Room::Hotel),
        _ => refuse(
            "room_type",
            "unknown_room_type",
            "Must be one of: Entire home/apt, Private room, Shared room, Hotel room.",
        ),
    }
}

/// The first word that is part of the text decides.
const PROPERTY_TYPES: &[(&str, PropertyType)] = &[
    ("villa", PropertyType::Villa),
    ("condo", PropertyType::Condo),
    ("townhouse", PropertyType::Townhouse),
    ("hotel", PropertyType::Hotel),
    ("hostel", PropertyType::Hotel),
    ("resort", PropertyType::Hotel),
    ("ryokan", PropertyType::Hotel),
    ("bed and breakfast", PropertyType::Hotel),
    ("nature lodge", PropertyType::Hotel),
    ("home/apt", PropertyType::Apartment),
    ("rental unit", PropertyType::Apartment),
    ("apartment", PropertyType::Apartment),
    ("loft", PropertyType::Apartment),
    ("guest suite", PropertyType::Apartment),
    ("home", PropertyType::House),
    ("house", PropertyType::House),
    ("cottage", PropertyType::House),
    ("bungalow", PropertyType::House),
    ("cabin", PropertyType::House),
    ("chalet", PropertyType::House),
    ("castle", PropertyType::House),
    ("barn", PropertyType::House),
    ("farm stay", PropertyType::House),
    ("casa particular", PropertyType::House),
    ("hut", PropertyType::House),
];

/// The detailed kind names a property type; the summary kind has the room type alone.
pub(super) fn property(text: &str, room: Room) -> PropertyType {
    let text = text.to_lowercase();
    let named = PROPERTY_TYPES.iter().find(|(word, _)| text.contains(word));
    match (named, room) {
        (Some((_, kind)), _) => *kind,
        (None, Room::Hotel) => PropertyType::Hotel,
        (None, Room::Entire | Room::Private | Room::Shared) => PropertyType::Apartment,
    }
}

/// The number, or what the words say: `1.5 shared baths`, `Half-bath`.
pub(super) fn bathrooms(number: &str, words: &str) -> Cell<Option<f64>> {
    let first = words.split_whitespace().next().unwrap_or_default();
    let text = if number.is_empty() { first } else { number };
    if text.is_empty() {
        return Ok(None);
    }
    if number.is_empty() && words.to_lowercase().contains("half-bath") {
        return Ok(Some(0.5));
    }
    match text.parse::<f64>() {
        Ok(rooms) if (0.0..=500.0).contains(&rooms) => Ok(Some(rooms)),
        _ => refuse("bathrooms_text", "number_invalid", "Must say a number of bathrooms."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_types_are_known_by_their_words() {
        let cases = [
            ("Entire rental unit", Room::Entire, PropertyType::Apartment),
            ("Private room in townhouse", Room::Private, PropertyType::Townhouse),
            ("Entire vacation home", Room::Entire, PropertyType::House),
            ("Entire serviced apartment", Room::Entire, PropertyType::Apartment),
            ("Room in aparthotel", Room::Hotel, PropertyType::Hotel),
            ("Private room in villa", Room::Private, PropertyType::Villa),
            ("Entire home/apt", Room::Entire, PropertyType::Apartment),
            ("Shepherd’s hut", Room::Entire, PropertyType::House),
            ("Camper/RV", Room::Entire, PropertyType::Apartment),
            ("", Room::Hotel, PropertyType::Hotel),
        ];
        for (text, room, expected) in cases {
            assert_eq!(property(text, room), expected, "{text:?}");
        }
    }

    #[test]
    fn bathrooms_are_counted_in_numbers_or_words() {
        let cases = [
            ("1.5", "2 baths", Some(1.5)),
            ("", "1.5 shared baths", Some(1.5)),
            ("", "Shared half-bath", Some(0.5)),
            ("", "Half-bath", Some(0.5)),
            ("", "0 baths", Some(0.0)),
            ("", "", None),
        ];
        for (number, words, expected) in cases {
            assert_eq!(bathrooms(number, words).unwrap(), expected, "{number:?} {words:?}");
        }
        for words in ["many baths", "-1 baths", "NaN baths", "1e9 baths"] {
            assert!(bathrooms("", words).is_err(), "{words:?}");
        }
    }
}
