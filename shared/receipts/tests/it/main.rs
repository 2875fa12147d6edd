//! What is found in texts, and what counts as a receipt.

mod claims;
mod evidence;
mod pieces;
