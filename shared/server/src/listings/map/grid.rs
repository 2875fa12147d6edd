//! The grid that gathers listings on a map: squares of 64 pixels in web Mercator, numbered from
//! the south-west corner of the world and not from the edge of what is looked at, so that they
//! stay where they are while a map is moved.

use std::f64::consts::PI;

use crate::listings::area::BoundingBox;

/// The greatest zoom that a map may ask for; the world is 256 pixels wide at zoom 0.
pub(super) const GREATEST_ZOOM: u8 = 22;

/// A square is a quarter of a tile of 256 pixels: two levels finer than the zoom.
const FINER: u8 = 2;

/// Squares that what is looked at may touch: a screen of 1920 × 1080 pixels touches 558.
const MOST_SQUARES: f64 = 600.0;

/// Where web Mercator ends, degrees; what lies beyond belongs to its last row.
const END: f64 = 85.051_128_779_806_59;

/// The squares that some boxes touch, as the degrees where one ends and the next begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grid {
    /// The zoom whose squares these are.
    pub(super) zoom: u8,
    /// Longitudes, from west to east.
    pub(super) columns: Vec<f64>,
    /// Latitudes, from south to north.
    pub(super) rows: Vec<f64>,
}

impl Grid {
    /// The grid of a zoom, or of the next lower one at which the boxes touch few enough squares.
    /// The boxes go from west to east and are of one height.
    pub(super) fn over(boxes: &[BoundingBox], zoom: u8) -> Self {
        let corners: Vec<_> = boxes.iter().map(|bbox| bbox.corners()).collect();
        let width: f64 = corners.iter().map(|[west, _, east, _]| (east - west) / 360.0).sum();
        let [_, south, _, north] = corners.first().copied().unwrap_or_default();
        let height = northing(north) - northing(south);
        let mut zoom = zoom.min(GREATEST_ZOOM);
        while zoom > 0 && touched(width, zoom) * touched(height, zoom) > MOST_SQUARES {
            zoom -= 1;
        }
        let squares = across(zoom);
        let mut columns = Vec::new();
        for [west, _, east, _] in corners {
            // The left edge of the first column, too: it parts a second box from the first.
            let first = ((west + 180.0) / 360.0 * squares).floor().min(squares - 1.0);
            let last = ((east + 180.0) / 360.0 * squares).floor().min(squares - 1.0);
            columns.extend(numbers(first, last).map(|n| n * (360.0 / squares) - 180.0));
        }
        columns.dedup();
        let first = (northing(south) * squares).floor();
        let last = (northing(north) * squares).floor();
        let rows = numbers(first.min(squares - 1.0), last.min(squares - 1.0))
            .map(|n| match n {
                // Everything south of where the projection ends is of the first row.
                0.0 => -90.0,
                n => (PI * (2.0 * n / squares - 1.0)).sinh().atan().to_degrees(),
            })
            .collect();
        Self { zoom, columns, rows }
    }
}

/// How many squares there are from one end of the world to the other.
fn across(zoom: u8) -> f64 {
    f64::from(1_u32 << (zoom + FINER))
}

/// How many squares a share of the world touches, wherever it begins: a map that is moved keeps
/// its grid.
fn touched(share: f64, zoom: u8) -> f64 {
    ((share * across(zoom)).ceil() + 1.0).min(across(zoom))
}

/// From south (0) to north (1) in web Mercator.
fn northing(lat: f64) -> f64 {
    let lat = lat.clamp(-END, END).to_radians();
    (0.5 + lat.tan().asinh() / (2.0 * PI)).clamp(0.0, 1.0)
}

/// The whole numbers from one to another, both included.
fn numbers(first: f64, last: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(first), |n| Some(n + 1.0)).take_while(move |n| *n <= last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn boxed(text: &str) -> BoundingBox {
        text.parse().unwrap()
    }

    #[test]
    fn a_screen_keeps_its_zoom() {
        // 1920 × 1080 pixels at zoom 12 over Bangkok.
        let pixel = 360.0 / (256.0 * 4096.0);
        let tall = 1080.0 * pixel * 13.75_f64.to_radians().cos();
        let (east, north) = (100.4 + 1920.0 * pixel, 13.6 + tall);
        let grid = Grid::over(&[boxed(&format!("100.4,13.6,{east},{north}"))], 12);
        assert_eq!(grid.zoom, 12);
        assert!((30..=32).contains(&grid.columns.len()), "{}", grid.columns.len());
        assert!((17..=19).contains(&grid.rows.len()), "{}", grid.rows.len());
    }

    #[test]
    fn the_ends_of_the_world_have_squares() {
        let world = Grid::over(&[boxed("-180,-90,180,90")], 22);
        assert_eq!((world.zoom, world.columns.len(), world.rows.len()), (2, 16, 16));
        let pole = Grid::over(&[boxed("0,89.5,0,90")], 22);
        assert_eq!((pole.zoom, pole.columns.len(), pole.rows.len()), (22, 1, 1));
        let point = Grid::over(&[boxed("180,-90,180,-90")], 0);
        assert_eq!((point.zoom, point.columns.len(), point.rows.len()), (0, 1, 1));
    }

    fn a_box() -> impl Strategy<Value = BoundingBox> {
        (-180.0..=180.0_f64, -180.0..=180.0_f64, -90.0..=90.0_f64, -90.0..=90.0_f64).prop_map(
            |(a, b, c, d)| boxed(&format!("{},{},{},{}", a.min(b), c.min(d), a.max(b), c.max(d))),
        )
    }

    proptest! {
        /// Edges rise, are few, and are those of the whole world: moving a map moves none.
        #[test]
        fn edges_are_the_worlds(bbox in a_box(), zoom in 0..=22_u8) {
            let grid = Grid::over(&[bbox], zoom);
            prop_assert!(grid.zoom <= zoom);
            prop_assert!(grid.columns.len() * grid.rows.len() <= 700);
            for edges in [&grid.columns, &grid.rows] {
                prop_assert!(edges.is_sorted_by(|a, b| a < b), "{edges:?}");
            }
            let degrees = 360.0 / across(grid.zoom);
            for edge in &grid.columns {
                prop_assert_eq!((edge + 180.0) % degrees, 0.0);
            }
            for edge in grid.rows.iter().filter(|edge| **edge > -90.0) {
                let square = northing(*edge) * across(grid.zoom);
                prop_assert!((square - square.round()).abs() < 1e-6, "{}", square);
            }
        }

        /// Every place inside is east of the first edge and north of the first row's.
        #[test]
        fn squares_hold_the_whole_box(bbox in a_box(), zoom in 0..=22_u8) {
            let grid = Grid::over(&[bbox], zoom);
            let [west, south, ..] = bbox.corners();
            prop_assert!(grid.columns[0] <= west);
            prop_assert!(grid.rows[0] <= south.max(-END) + 1e-9, "{:?} {}", grid.rows[0], south);
        }
    }
}
