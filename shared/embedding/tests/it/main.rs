//! Texts that become vectors, through what others call.

mod guarded;
mod hashing;
mod openai;
mod server;
mod vectors;
