//! How pages put things: addresses within addresses, names of fields, numbers, moments.
//!
//! What a page says of its own matters is in its template.

use jiff::Timestamp;

/// For a value within a query.
pub fn form_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        match plain {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// A problem's fields in the words of the forms.
pub fn label(field: &str) -> &str {
    match field {
        "items[0].quantity" | "quantity" => "Quantity",
        "items[0].listing_id" | "listing_id" => "Offer",
        "items" => "Order",
        "carrier_account" => "Carrier account",
        "destination.x" | "x" => "Destination x",
        "destination.y" | "y" => "Destination y",
        "id" => "Number",
        "name" => "Name",
        "user_name" => "User name",
        "world_id" => "World",
        "simspeed" => "Speed",
        "slider" => "Slider",
        "email" => "E-mail",
        "password" => "Password",
        "stars" => "Stars",
        "title" => "In a few words",
        "text" => "Text",
        "first_name" => "First name",
        "last_name" => "Last name",
        "new_password" => "New password",
        "address" => "Address",
        "scopes" => "What it may be used for",
        "days" => "Days",
        "category" => "Category",
        "description" => "Description",
        "price_cents" => "Price",
        "reorder_level" => "Buy when below",
        "reorder_target" => "Buy up to",
        "warehouse_id" => "Warehouse",
        "truck_id" => "Truck",
        "shipment_id" | "shipment" => "Shipment",
        "count" => "How many",
        "from" => "First day",
        "to" => "Last day",
        other => other,
    }
}

/// A number with its thousands apart.
pub fn number(number: &impl ToString) -> String {
    let digits = number.to_string();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |it| ("-", it));
    let mut apart = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

/// A moment to the minute.
pub fn date(at: &Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A moment to the second, in UTC; a dash where there was none.
pub fn moment(at: &Option<Timestamp>) -> String {
    at.map_or_else(|| "–".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// A moment to the millisecond.
pub fn precise(at: &Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// So many seconds in words.
pub fn age(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        86_400.. => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_the_way_through_the_login() {
        assert_eq!(form_encoded("/orders/7?a=b&c"), "/orders/7%3Fa%3Db%26c");
    }

    #[test]
    fn long_numbers_are_readable() {
        assert_eq!(number(&7), "7");
        assert_eq!(number(&-1_234_567), "-1,234,567");
        assert_eq!([0, 100, 999, 1_000].map(|it| number(&it)), ["0", "100", "999", "1,000"]);
    }

    #[test]
    fn an_age_has_one_unit() {
        assert_eq!([0, 59, 60, 7_200, 200_000].map(age), ["0 s", "59 s", "1 min", "2 h", "2 d"]);
    }
}
