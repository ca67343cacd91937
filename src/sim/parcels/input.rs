//! The input of a run: parameters as `key=value` lines, orders as CSV.
//!
//! Everything is checked here, so that the model meets neither a place outside
//! the grid nor a time that could overflow.

use std::collections::BTreeMap;

/// Times and spans are below this, so that clocks of doubles count ticks exactly.
const TICKS_MAX: u64 = 1 << 53;

/// The numbers that describe a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Places are cells `0 <= x, y < grid`.
    pub grid: u32,
    /// Warehouses stand in a square of this side.
    pub wh_side: u32,
    /// Packing stations of each warehouse.
    pub stations: u32,
    pub trucks: u32,
    /// To cross one cell.
    pub cell_ns: u64,
    /// To set out, however short the way.
    pub turn_ns: u64,
    pub load_ns: u64,
    /// Events up to and at this time happen.
    pub horizon_ns: u64,
    /// Lines of the order table.
    pub orders: u32,
}

/// One line of the order table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub arrival_ns: u64,
    pub pack_ns: u64,
    pub x: u32,
    pub y: u32,
}

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    #[error("line {line} of the parameters is not `key=value`: {text:?}")]
    NotAPair { line: usize, text: String },
    #[error("the parameters name {key} twice, the second time in line {line}")]
    Twice { key: String, line: usize },
    #[error("the parameters do not say what {0} is; add a line `{0}=...`")]
    Missing(&'static str),
    #[error("{key} is {value:?}; it must be a whole number from {least} to {most}")]
    OutOfRange { key: &'static str, value: String, least: u64, most: u64 },
    #[error("the longest way would take more than 2^53 ns; lower cell_ns, turn_ns or grid")]
    WayTooLong,
    #[error("the orders must start with the line `arrival_ns,x,y,pack_ns`, not with {0:?}")]
    Header(String),
    #[error("line {line} of the orders is not `arrival_ns,x,y,pack_ns`: {text:?}")]
    NotAnOrder { line: usize, text: String },
    #[error("line {line} of the orders: {field} is {value}; it must be from {least} to {most}")]
    OrderOutOfRange { line: usize, field: &'static str, value: u64, least: u64, most: u64 },
    #[error(
        "line {line} of the orders arrives at {arrival_ns}, before the line above it ({before_ns}); sort the orders by arrival_ns"
    )]
    NotSorted { line: usize, arrival_ns: u64, before_ns: u64 },
    #[error("the parameters promise {promised} orders, the table has {found}")]
    Count { promised: u32, found: usize },
}

/// Reads the `key=value` lines; keys that the model does not need are left alone.
pub fn parse_params(text: &str) -> Result<Params, InputError> {
    let pairs = Pairs::parse(text)?;
    let params = Params {
        grid: pairs.small("grid", 1, 1 << 15)?,
        wh_side: pairs.small("wh_side", 1, 1 << 10)?,
        stations: pairs.small("stations", 1, u32::MAX)?,
        trucks: pairs.small("trucks", 1, 1 << 23)?,
        cell_ns: pairs.number("cell_ns", 0, TICKS_MAX)?,
        turn_ns: pairs.number("turn_ns", 1, TICKS_MAX)?,
        load_ns: pairs.number("load_ns", 0, TICKS_MAX)?,
        horizon_ns: pairs.number("horizon_ns", 1, TICKS_MAX)?,
        orders: pairs.small("orders", 0, u32::MAX)?,
    };
    let longest = params.cell_ns.checked_mul(2 * u64::from(params.grid));
    match longest.and_then(|way| way.checked_add(params.turn_ns)) {
        Some(way) if way <= TICKS_MAX => Ok(params),
        _ => Err(InputError::WayTooLong),
    }
}

/// Reads the order table and checks it against the parameters.
pub fn parse_orders(text: &str, params: &Params) -> Result<Vec<Order>, InputError> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    if header != "arrival_ns,x,y,pack_ns" {
        return Err(InputError::Header(shortened(header)));
    }
    let mut orders: Vec<Order> = Vec::new();
    for (nth, text) in lines.enumerate() {
        let line = nth + 2;
        let order = parse_order(line, text, params)?;
        let before_ns = orders.last().map_or(0, |before| before.arrival_ns);
        if order.arrival_ns < before_ns {
            let arrival_ns = order.arrival_ns;
            return Err(InputError::NotSorted { line, arrival_ns, before_ns });
        }
        orders.push(order);
    }
    if orders.len() != params.orders as usize {
        return Err(InputError::Count { promised: params.orders, found: orders.len() });
    }
    Ok(orders)
}

fn parse_order(line: usize, text: &str, params: &Params) -> Result<Order, InputError> {
    let mut fields = text.split(',').map(str::parse::<u64>);
    let mut field = || fields.next().and_then(Result::ok);
    let broken = || InputError::NotAnOrder { line, text: shortened(text) };
    let (Some(arrival_ns), Some(x), Some(y), Some(pack_ns)) = (field(), field(), field(), field())
    else {
        return Err(broken());
    };
    if fields.next().is_some() {
        return Err(broken());
    }
    let within = |field, value, least, most| {
        let fits = (least..=most).contains(&value);
        fits.then_some(value).ok_or(InputError::OrderOutOfRange { line, field, value, least, most })
    };
    let edge = u64::from(params.grid) - 1;
    Ok(Order {
        arrival_ns: within("arrival_ns", arrival_ns, 0, TICKS_MAX)?,
        pack_ns: within("pack_ns", pack_ns, 1, TICKS_MAX)?,
        // The grid fits 32 bits, and these are inside it.
        x: within("x", x, 0, edge)? as u32,
        y: within("y", y, 0, edge)? as u32,
    })
}

struct Pairs<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Pairs<'a> {
    fn parse(text: &'a str) -> Result<Self, InputError> {
        let mut pairs = BTreeMap::new();
        for (nth, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            let line = nth + 1;
            let Some((key, value)) = text.split_once('=') else {
                return Err(InputError::NotAPair { line, text: shortened(text) });
            };
            if pairs.insert(key.trim(), value.trim()).is_some() {
                return Err(InputError::Twice { key: shortened(key), line });
            }
        }
        Ok(Self(pairs))
    }

    fn number(&self, key: &'static str, least: u64, most: u64) -> Result<u64, InputError> {
        let text = *self.0.get(key).ok_or(InputError::Missing(key))?;
        let value = text.parse().ok().filter(|value| (least..=most).contains(value));
        value.ok_or(InputError::OutOfRange { key, value: shortened(text), least, most })
    }

    fn small(&self, key: &'static str, least: u32, most: u32) -> Result<u32, InputError> {
        // In range of 32 bits, because `most` is.
        self.number(key, u64::from(least), u64::from(most)).map(|value| value as u32)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMS: &str = "grid=10\nwh_side=2\nstations=1\ntrucks=1\ncell_ns=5\nturn_ns=1\n\
                          load_ns=1\nhorizon_ns=100\norders=2\nseed=7\n";

    fn orders(lines: &str) -> Result<Vec<Order>, InputError> {
        let params = parse_params(PARAMS).unwrap();
        parse_orders(&format!("arrival_ns,x,y,pack_ns\n{lines}"), &params)
    }

    #[test]
    fn a_good_input_is_read() {
        let read = orders("1,2,3,4\n5,9,0,1\n").unwrap();
        assert_eq!(read[0], Order { arrival_ns: 1, x: 2, y: 3, pack_ns: 4 });
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn bad_orders_are_refused_with_their_line() {
        let line = |lines: &str| orders(lines).unwrap_err().to_string();
        assert!(line("1,2,3,4\n1,2,3\n").starts_with("line 3"), "too few fields");
        assert!(line("1,2,3,4,5\n").starts_with("line 2"), "too many fields");
        assert!(line("1,2,x,4\n").starts_with("line 2"), "not a number");
        assert!(line("1,10,3,4\n").contains("x is 10"), "outside the grid");
        assert!(line("1,2,3,0\n").contains("pack_ns is 0"));
        assert!(line("9,2,3,4\n8,2,3,4\n").contains("sort the orders"));
        assert!(line("9,2,3,4\n").contains("promise 2 orders, the table has 1"));
        assert!(line("99999999999999999999,2,3,4\n").starts_with("line 2"));
        let params = parse_params(PARAMS).unwrap();
        assert!(matches!(parse_orders("1,2,3,4\n", &params), Err(InputError::Header(_))));
        assert!(matches!(parse_orders("", &params), Err(InputError::Header(_))));
    }

    #[test]
    fn bad_parameters_are_refused_by_name() {
        let change = |from: &str, to: &str| parse_params(&PARAMS.replace(from, to)).unwrap_err();
        assert_eq!(change("trucks=1\n", ""), InputError::Missing("trucks"));
        assert!(change("trucks=1\n", "trucks=0\n").to_string().contains("trucks is \"0\""));
        assert!(change("grid=10", "grid=-3").to_string().contains("grid is \"-3\""));
        assert!(matches!(change("seed=7", "seed"), InputError::NotAPair { line: 10, .. }));
        assert!(matches!(change("seed=7", "grid=7"), InputError::Twice { .. }));
        assert_eq!(change("cell_ns=5", "cell_ns=9007199254740992"), InputError::WayTooLong);
    }
}
