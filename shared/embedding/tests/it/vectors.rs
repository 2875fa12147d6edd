//! What is a vector and what is none.

use proptest::prelude::*;
use terrace_embedding::{Embedding, Unfit, WIDTH};

#[test]
fn narrow_ones_are_filled_with_zeros_and_angles_stay() {
    let a = Embedding::new(vec![3.0, 4.0]).expect("a vector");
    assert_eq!(a.as_slice().len(), WIDTH);
    assert_eq!(&a.as_slice()[..3], [0.6, 0.8, 0.0]);
    assert!(a.as_slice()[2..].iter().all(|&number| number == 0.0));
    let b = Embedding::new(vec![-4.0, 3.0, 0.0]).expect("a vector");
    assert!(a.similarity(&b).abs() < 1e-6, "a right angle stays one");
    assert!((a.similarity(&a) - 1.0).abs() < 1e-6);
    assert_eq!(format!("{a:?}"), "Embedding(0.6, 0.8, 0, ..)");
}

#[test]
fn what_is_no_direction_is_refused() {
    assert_eq!(Embedding::new(vec![0.1; WIDTH + 1]), Err(Unfit::TooWide(WIDTH + 1)));
    assert!(Embedding::new(vec![0.1; WIDTH]).is_ok());
    for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert_eq!(Embedding::new(vec![1.0, broken]), Err(Unfit::NotFinite));
    }
    assert_eq!(Embedding::new(vec![0.0; 8]), Err(Unfit::Zero));
    assert_eq!(Embedding::new(vec![]), Err(Unfit::Zero));
}

proptest! {
    #[test]
    fn any_finite_numbers_become_length_one(numbers in prop::collection::vec(any::<f32>(), 1..40)) {
        match Embedding::new(numbers.clone()) {
            Ok(vector) => {
                let length: f64 = vector.as_slice().iter().map(|&n| f64::from(n).powi(2)).sum();
                prop_assert!((length.sqrt() - 1.0).abs() < 1e-5, "{length}");
            }
            Err(Unfit::Zero) => prop_assert!(numbers.iter().all(|n| n.abs() < 1e-11)),
            Err(_) => prop_assert!(numbers.iter().any(|n| !n.is_finite())),
        }
    }
}
