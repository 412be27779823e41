//! Resolution beyond the recorded vectors.
