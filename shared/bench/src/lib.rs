//! How good and how quick the platform is. The program `bench` measures both; what judges the
//! quality of search is here, so that a test can hold it to what it has reached.

pub mod judge;
