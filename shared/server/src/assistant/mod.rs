//! The assistant: answers in words, of what the brand's own services say.

pub mod drafts;
pub mod tools;
