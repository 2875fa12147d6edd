//! Places on the map as filters have them: a box, or what is near a point.
//!
//! Both are ranges of latitude and longitude and not containment in a `box`, because PostgreSQL
//! has statistics of numbers and none of points: it would take every box for a thousandth of all
//! listings, the whole country too, and plan for that.

use std::str::FromStr;

use serde::Serialize;

use super::filters::Conditions;

/// West, south, east, north; degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BoundingBox([f64; 4]);

/// Latitude and longitude; degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    lat: f64,
    lng: f64,
}

/// How far `near` reaches where nothing is said, km.
pub(super) const DEFAULT_RADIUS_KM: f64 = 5.0;

fn degrees<const N: usize>(text: &str) -> Option<[f64; N]> {
    let numbers: Vec<f64> = text
        .split(',')
        .map(|part| part.trim().parse().ok().filter(|number: &f64| number.is_finite()))
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

impl FromStr for BoundingBox {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match degrees::<4>(text) {
            Some([west, south, east, north])
                if -180.0 <= west
                    && west <= east
                    && east <= 180.0
                    && -90.0 <= south
                    && south <= north
                    && north <= 90.0 =>
            {
                Ok(Self([west, south, east, north]))
            }
            _ => Err("Must be west,south,east,north in degrees."),
        }
    }
}

impl FromStr for Point {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match degrees::<2>(text) {
            Some([lat, lng]) if lat.abs() <= 90.0 && lng.abs() <= 180.0 => Ok(Self { lat, lng }),
            _ => Err("Must be lat,lng in degrees."),
        }
    }
}

impl BoundingBox {
    /// West, south, east, north.
    pub(super) fn corners(self) -> [f64; 4] {
        self.0
    }

    /// Narrows listings `p` to those inside, edges included.
    pub(super) fn apply(self, conditions: &mut Conditions) {
        inside(conditions, &[self]);
    }
}

impl Point {
    /// The boxes that hold everything within so many kilometres, from west to east: two where the
    /// circle crosses the date line.
    pub(super) fn around(self, km: f64) -> Vec<BoundingBox> {
        // A little less than it is, so that the boxes hold the whole circle.
        const KM_PER_DEGREE: f64 = 111.19;
        let Self { lat, lng } = self;
        let dlat = km / KM_PER_DEGREE;
        let (south, north) = ((lat - dlat).max(-90.0), (lat + dlat).min(90.0));
        // A circle around a pole meets every meridian.
        if lat.abs() + dlat >= 90.0 {
            return vec![BoundingBox([-180.0, south, 180.0, north])];
        }
        let dlng = (dlat.to_radians().sin() / lat.to_radians().cos()).asin().to_degrees();
        let (west, east) = (lng - dlng, lng + dlng);
        if west >= -180.0 && east <= 180.0 {
            return vec![BoundingBox([west, south, east, north])];
        }
        // Past the date line degrees begin again at the other end.
        let beyond = if west < -180.0 { west + 360.0 } else { west };
        let before = if east > 180.0 { east - 360.0 } else { east };
        vec![
            BoundingBox([-180.0, south, before, north]),
            BoundingBox([beyond, south, 180.0, north]),
        ]
    }

    /// Narrows listings `p` to those within so many kilometres: boxes that an index knows, then
    /// the true distance on the sphere.
    pub(super) fn apply(self, conditions: &mut Conditions, km: f64) {
        inside(conditions, &self.around(km));
        let Self { lat, lng } = self;
        conditions.add(
            "12742.0 * asin(least(1.0, sqrt(sin(radians(p.lat - {}) / 2) ^ 2 \
             + cos(radians({})) * cos(radians(p.lat)) * sin(radians(p.lng - {}) / 2) ^ 2))) <= {}",
            [lat.into(), lat.into(), lng.into(), km.into()],
        );
    }
}

fn inside(conditions: &mut Conditions, boxes: &[BoundingBox]) {
    const ONE: &str = "p.lng BETWEEN {} AND {} AND p.lat BETWEEN {} AND {}";
    let all = vec![ONE; boxes.len()].join(" OR ");
    let all = if boxes.len() == 1 { all } else { format!("({all})") };
    let corners = boxes.iter().flat_map(|BoundingBox([west, south, east, north])| {
        [*west, *east, *south, *north].map(Into::into)
    });
    conditions.add(&all, corners);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is at the edge of a circle is in its boxes, wherever on earth that is.
        #[test]
        fn boxes_hold_the_circle(
            lat in -90.0..=90.0_f64,
            lng in -180.0..=180.0_f64,
            km in 0.1..=500.0_f64,
            bearing in 0.0..360.0_f64,
        ) {
            let (at, r, way) = (lat.to_radians(), km / 6371.0, bearing.to_radians());
            let edge = (at.sin() * r.cos() + at.cos() * r.sin() * way.cos()).clamp(-1.0, 1.0).asin();
            let turn = (way.sin() * r.sin() * at.cos()).atan2(r.cos() - at.sin() * edge.sin());
            let there = (lng + turn.to_degrees() + 540.0).rem_euclid(360.0) - 180.0;
            let edge = edge.to_degrees();
            let boxes = Point { lat, lng }.around(km);
            let held = boxes.iter().any(|BoundingBox([west, south, east, north])| {
                (*west..=*east).contains(&there) && (*south..=*north).contains(&edge)
            });
            prop_assert!(held, "{there} {edge} in {boxes:?}");
        }
    }
}
