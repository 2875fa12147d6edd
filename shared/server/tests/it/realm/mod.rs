//! What a realm's tokens may come in.

mod cookies;
