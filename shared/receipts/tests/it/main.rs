//! Receipts, from outside.

mod any_text;
mod examples;
mod sources;
