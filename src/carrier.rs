//! The carrier.
