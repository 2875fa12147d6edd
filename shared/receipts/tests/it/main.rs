//! Receipts, from outside.
