//! The world's rules, effect by effect; connections are tested beside them.
