//! Texts that become vectors, through what others call.

mod hashing;
mod vectors;
