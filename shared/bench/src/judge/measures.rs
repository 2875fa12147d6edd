//! What tells how good a ranking is.

use serde::Serialize;
use uuid::Uuid;

use super::facts::Truth;

/// How far down each measure looks.
const NDCG_AT: usize = 10;
const RECALL_AT: usize = 20;

/// All from 0 to 1, more is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// nDCG@10: how near the first ten are to the best order there is, by their grades.
    pub ndcg: f64,
    /// Recall@20: the share of listings with all facts among the first twenty; of more than twenty,
    /// the share of twenty.
    pub recall: f64,
    /// Reciprocal rank: one through the place of the first listing with all facts.
    pub mrr: f64,
}

impl Scores {
    /// The mean of several; of none, zeros.
    #[must_use]
    pub fn mean(all: impl IntoIterator<Item = Self>) -> Self {
        let mut sum = Self::default();
        let mut count = 0.0;
        for one in all {
            sum.ndcg += one.ndcg;
            sum.recall += one.recall;
            sum.mrr += one.mrr;
            count += 1.0;
        }
        if count == 0.0 {
            return sum;
        }
        Self { ndcg: sum.ndcg / count, recall: sum.recall / count, mrr: sum.mrr / count }
    }
}

/// Scores of what was found, the best first.
#[must_use]
pub fn score(truth: &Truth, found: &[Uuid]) -> Scores {
    let grades: Vec<u8> = found.iter().map(|id| truth.grade(*id)).collect();
    let ideal = gain(&truth.ideal());
    let all = truth.best().min(RECALL_AT);
    let there = grades.iter().take(RECALL_AT).filter(|grade| **grade == 2).count();
    Scores {
        ndcg: if ideal > 0.0 { gain(&grades) / ideal } else { 0.0 },
        recall: share(there, all),
        mrr: grades.iter().position(|grade| *grade == 2).map_or(0.0, |nth| share(1, nth + 1)),
    }
}

/// Discounted cumulative gain.
fn gain(grades: &[u8]) -> f64 {
    let gains = grades.iter().take(NDCG_AT).zip(2_u32..);
    gains.map(|(grade, place)| (f64::from(*grade).exp2() - 1.0) / f64::from(place).log2()).sum()
}

/// A share of two counts; of nothing, zero.
#[must_use]
pub fn share(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if whole == 0 { 0.0 } else { number(part) / number(whole) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: u32) -> Uuid {
        Uuid::from_u128(u128::from(number))
    }

    #[test]
    fn scores_are_as_computed_by_hand() {
        let truth = Truth::new([(id(1), 2), (id(2), 2), (id(3), 1), (id(4), 0)]);
        let scores = score(&truth, &[id(9), id(2), id(3)]);
        let ideal = 3.0 + 3.0 / 3_f64.log2() + 1.0 / 2.0;
        let got = 3.0 / 3_f64.log2() + 1.0 / 2.0;
        assert!((scores.ndcg - got / ideal).abs() < 1e-12, "{scores:?}");
        assert!((scores.recall - 0.5).abs() < 1e-12 && (scores.mrr - 0.5).abs() < 1e-12);
        assert_eq!(score(&truth, &[]), Scores::default());
    }

    proptest! {
        #[test]
        fn the_best_order_is_one_and_no_order_is_better(
            grades in prop::collection::vec(0_u8..=2, 1..40).prop_filter("a right one", |all| all.contains(&2)),
            seed in any::<u64>(),
        ) {
            let listings: Vec<(Uuid, u8)> = grades.iter().zip(0..).map(|(grade, nth)| (id(nth), *grade)).collect();
            let truth = Truth::new(listings.iter().copied());
            let mut order: Vec<Uuid> = listings.iter().map(|(id, _)| *id).collect();
            order.sort_by_key(|id| (u64::try_from(id.as_u128()).unwrap() ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let shuffled = score(&truth, &order);
            order.sort_by_key(|id| std::cmp::Reverse(truth.grade(*id)));
            let best = score(&truth, &order);
            prop_assert!((best.ndcg - 1.0).abs() < 1e-9 && (best.mrr - 1.0).abs() < 1e-9 && (best.recall - 1.0).abs() < 1e-9);
            for (some, most) in [(shuffled.ndcg, best.ndcg), (shuffled.recall, best.recall), (shuffled.mrr, best.mrr)] {
                prop_assert!(some >= 0.0 && some <= most + 1e-9);
            }
        }
    }
}
