//! Search over what ships is as good as it has been.

mod quality;
