//! What a connection takes and refuses; worlds themselves are tested beside them.
