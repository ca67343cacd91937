//! What new accounts are made of: an e-mail address, a password, names.
//!
//! What a site asks for besides it checks itself.

use garde::rules::email::Email;

use super::passwords;
use crate::web::{FieldError, Problem, text};

pub const NAME_LENGTH_MAX: usize = 100;

/// Checks what a new account is made of; gives its first and last name in order.
pub fn check(email: &str, password: &str, names: [&str; 2]) -> Result<[String; 2], Problem> {
    let mut errors = Vec::new();
    let mut complain = |field: &str, detail: String| {
        errors.push(FieldError { field: field.to_owned(), detail });
    };
    if !is_email(email) {
        complain("email", NO_EMAIL.to_owned());
    }
    let [first_name, last_name] = names.map(|name| text::line(name, NAME_LENGTH_MAX));
    let known = |name: &Result<String, String>| name.clone().unwrap_or_default();
    let names = [known(&first_name), known(&last_name)];
    let about = [email, &names[0], &names[1]];
    if let Some(detail) = passwords::weakness(password, &about) {
        complain("password", detail);
    }
    for (field, name) in [("first_name", first_name), ("last_name", last_name)] {
        if let Err(detail) = name {
            complain(field, detail);
        }
    }
    if errors.is_empty() { Ok(names) } else { Err(Problem::invalid(errors)) }
}

pub const NO_EMAIL: &str = "must be an e-mail address, like name@example.org";

pub fn is_email(email: &str) -> bool {
    email.len() <= 254 && !email.chars().any(char::is_control) && email.validate_email().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(email: &str, password: &str, first: &str) -> Vec<String> {
        let checked = check(email, password, [first, "B"]);
        let errors = checked.err().map(|problem| problem.errors().to_vec()).unwrap_or_default();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        assert!(complaints("a@b.example", "long enough", "A").is_empty());
        assert_eq!(complaints("a@b.example", "rosamund9", " Rosamund "), ["password"]);
        assert_eq!(complaints("a@", "short", ""), ["email", "password", "first_name"]);
        assert_eq!(complaints("a@b.example", "aaaaaaaaaa", "A\0"), ["password", "first_name"]);
        assert_eq!(complaints("a@b.example", &"x1".repeat(65), "A"), ["password"]);
    }
}
