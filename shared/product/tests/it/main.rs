#![expect(
    clippy::expect_used,
    reason = "the lint's exception for tests does not reach helpers of an integration test"
)]

mod clashes;
mod layers;
mod real_products;
mod refusals;
mod rules;
mod sources;
mod support;
mod views;
