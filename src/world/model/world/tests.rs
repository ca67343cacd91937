//! A world with its clients, its log and its replay; single rules are tested in `simulation`.
