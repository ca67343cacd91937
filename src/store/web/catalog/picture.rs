//! A picture for every product, drawn from its name, its category and a number: the
//! same product always looks the same, and no two look quite alike.
//!
//! Shapes and colours only; of what a seller typed nothing gets in but the name, as the
//! picture's title.

mod motifs;

use self::motifs::{PARCEL, Shelf, shelves};

/// What a picture is drawn from.
pub struct Sitter {
    pub category: String,
    pub name: String,
    pub seed: i64,
}

/// Pictures there are of each product.
pub const VIEWS: u8 = 3;

/// A product's picture as an SVG document of 4 by 3: from 1 the whole, from near, several.
pub fn draw(Sitter { category, name, seed }: &Sitter, view: u8) -> String {
    let mut chance = Chance::new(category, *seed);
    let colours = Colours::new(hue(*seed), chance.below(3));
    let mut svg = String::with_capacity(3_072);
    svg.push_str(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" role="img">"#);
    svg.push_str(&format!("<title>{}</title>", escaped(name)));
    background(&mut svg, &colours, &mut chance);
    let (tilt, wide, high) =
        (chance.below(13) as i64 - 6, proportion(&mut chance), proportion(&mut chance));
    let line = &colours.line;
    let (fill, shapes) = (&colours.main, colours.fill(shapes(category, name, *seed)));
    for (x, y, size) in places(view) {
        svg.push_str(&format!(
            r#"<g transform="translate({x} {y}) scale({size})"><ellipse cx="0" cy="107" rx="100" ry="11" fill="{line}" opacity=".28"/><g transform="rotate({tilt}) scale({wide} {high})" fill="{fill}" stroke="{line}" stroke-width="4" stroke-linejoin="round" stroke-linecap="round">{shapes}</g></g>"#,
        ));
    }
    svg.push_str("</svg>");
    svg
}

/// Where the thing stands in a view, and how large.
fn places(view: u8) -> &'static [(&'static str, &'static str, &'static str)] {
    match view {
        2 => &[("170", "190", "1.75")],
        3 => &[("95", "130", ".55"), ("305", "130", ".55"), ("200", "190", ".8")],
        _ => &[("200", "155", "1")],
    }
}

/// The thing that the name speaks of; else one of the category's.
fn shapes(category: &str, name: &str, seed: i64) -> &'static str {
    let name = name.to_lowercase();
    let of_category = shelves().find(|shelf| shelf.category == category);
    let named = |shelf: &Shelf| {
        let found = shelf.motifs.iter().find(|(word, _)| name.contains(word));
        found.map(|(_, shapes)| *shapes)
    };
    let any = |shelf: &Shelf| {
        let count = i64::try_from(shelf.motifs.len()).unwrap_or(1).max(1);
        let nth = usize::try_from(seed.rem_euclid(count)).unwrap_or(0);
        shelf.motifs.get(nth).map(|(_, shapes)| *shapes)
    };
    of_category
        .and_then(named)
        .or_else(|| shelves().find_map(named))
        .or_else(|| of_category.and_then(any))
        .unwrap_or(PARCEL)
}

/// Neighbours by number are far apart on the circle of colours, by its golden angle.
fn hue(seed: i64) -> u64 {
    (seed as u64).wrapping_mul(137) % 360
}

/// A factor near one.
fn proportion(chance: &mut Chance) -> String {
    format!("{:.2}", 0.86 + chance.below(15) as f64 / 100.0)
}

/// Text as XML has it.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // XML has no place for these at all.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// A small generator of its own, so that pictures outlive any library's version.
struct Chance(u64);

impl Chance {
    fn new(category: &str, seed: i64) -> Self {
        let start = 0xcbf2_9ce4_8422_2325 ^ (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mix = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(category.bytes().fold(start, mix) | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

struct Colours {
    back: String,
    spots: String,
    main: String,
    light: String,
    dark: String,
    accent: String,
    line: String,
}

impl Colours {
    fn new(hue: u64, mood: u64) -> Self {
        let of = |turn: u64, saturation: u64, lightness: u64| {
            format!("hsl({} {saturation}% {lightness}%)", (hue + turn) % 360)
        };
        let opposite = 140 + mood * 40;
        Self {
            back: of(0, 45, 88),
            spots: of(0, 50, 81),
            main: of(opposite, 52, 55),
            light: of(opposite, 60, 72),
            dark: of(opposite, 45, 40),
            accent: of(opposite + 120, 70, 62),
            line: of(opposite, 35, 22),
        }
    }

    /// Shapes with their colours put in.
    fn fill(&self, shapes: &str) -> String {
        let Self { main, light, dark, accent, .. } = self;
        let colours = [("{m}", main), ("{l}", light), ("{d}", dark), ("{a}", accent)];
        let filled = colours.into_iter().fold(shapes.to_owned(), |shapes, (mark, colour)| {
            shapes.replace(mark, &format!(r#"fill="{colour}""#))
        });
        filled.replace("{n}", r#"fill="none""#)
    }
}

/// A plain wall with something on it, so that things of one kind do not look alike from afar.
fn background(svg: &mut String, colours: &Colours, chance: &mut Chance) {
    let Colours { back, spots, .. } = colours;
    svg.push_str(&format!(r#"<rect width="400" height="300" fill="{back}"/>"#));
    svg.push_str(&format!(r#"<g fill="{spots}" stroke="none">"#));
    match chance.below(5) {
        0 => circles(svg, chance),
        1 => stripes(svg, chance),
        2 => svg.push_str(&hills(chance)),
        3 => svg.push_str(&arch(chance)),
        _ => svg.push_str(&rays(chance)),
    }
    svg.push_str("</g>");
}

fn circles(svg: &mut String, chance: &mut Chance) {
    for _ in 0..3 + chance.below(3) {
        let (x, y, r) = (chance.below(400), chance.below(300), 25 + chance.below(70));
        svg.push_str(&format!(r#"<circle cx="{x}" cy="{y}" r="{r}"/>"#));
    }
}

fn stripes(svg: &mut String, chance: &mut Chance) {
    let (width, lean) = (18 + chance.below(22), chance.below(121) as i64 - 60);
    for x in (0..560).step_by(2 * width as usize) {
        let x = x - 80;
        svg.push_str(&format!(r#"<path d="M{x} 300l{lean} -300h{width}l{} 300z"/>"#, -lean));
    }
}

fn hills(chance: &mut Chance) -> String {
    let (left, right) = (150 + chance.below(80), 150 + chance.below(80));
    format!(r#"<path d="M0 {left}Q110 {} 200 {right}T400 {left}V300H0z"/>"#, left - 90)
}

fn arch(chance: &mut Chance) -> String {
    let (x, half) = (140 + chance.below(120), 90 + chance.below(50));
    let (from, to) = (x.saturating_sub(half), x + half);
    format!(r#"<path d="M{from} 300V150a{half} {half} 0 0 1 {} 0V300z"/>"#, to - from)
}

fn rays(chance: &mut Chance) -> String {
    let x = 60 + chance.below(280);
    let ray = |n: u64| format!("M{x} 300L{} -40h60z", n * 130);
    let rays: String = (0..4).map(ray).collect();
    format!(r#"<path d="{rays}"/>"#)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn drawn(category: &str, name: &str, seed: i64) -> String {
        draw(&Sitter { category: category.to_owned(), name: name.to_owned(), seed }, 1)
    }

    /// The thing alone, without its colours.
    fn outline(picture: &str) -> String {
        let thing =
            picture.split_once("rotate(").and_then(|(_, rest)| rest.split_once('>')).unwrap().1;
        let parts =
            thing.split("hsl(").map(|part| part.split_once(')').map_or(part, |(_, rest)| rest));
        parts.collect()
    }

    #[test]
    fn a_product_always_looks_the_same_and_like_no_other() {
        let mut seen = BTreeSet::new();
        for category in shelves().map(|shelf| shelf.category).chain(["Anything else"]) {
            for seed in 1..50 {
                assert_eq!(drawn(category, "", seed), drawn(category, "", seed));
                assert!(seen.insert(drawn(category, "", seed)), "{category} {seed}");
            }
        }
    }

    #[test]
    fn each_of_the_demos_goods_is_a_thing_of_its_own() {
        let mut seen = BTreeSet::new();
        let mut seed = 0;
        for shelf in &crate::store::demo::goods::FIRST {
            for good in shelf.goods {
                seed += 1;
                let picture = drawn(shelf.category, good.name, seed);
                assert!(picture.len() < 4_096, "{}: {} bytes", good.name, picture.len());
                assert!(seen.insert(outline(&picture)), "{} looks like another", good.name);
            }
        }
        assert!(seed >= 60);
    }

    #[test]
    fn things_without_a_known_name_differ_within_their_category() {
        for shelf in shelves() {
            let count = shelf.motifs.len();
            let outlines: BTreeSet<_> =
                (1..).take(count).map(|seed| outline(&drawn(shelf.category, "", seed))).collect();
            assert_eq!(outlines.len(), count, "{}", shelf.category);
        }
    }

    #[test]
    fn each_view_shows_the_same_thing_in_another_way() {
        let sitter = Sitter { category: "Tools".to_owned(), name: "Saw".to_owned(), seed: 5 };
        let views: BTreeSet<_> = (1..=VIEWS).map(|view| draw(&sitter, view)).collect();
        assert_eq!(views.len(), usize::from(VIEWS));
        assert!(views.iter().all(|view| view.len() < 9_216 && view.ends_with("</svg>")));
    }

    #[test]
    fn every_colour_is_filled_in() {
        for shelf in shelves() {
            for (word, _) in shelf.motifs {
                let picture = drawn(shelf.category, word, 7);
                assert!(!picture.contains(['{', '}']), "{word}: {picture}");
            }
        }
    }

    #[test]
    fn a_name_is_the_title_and_nothing_else() {
        let picture = drawn("<script>", "</title><script>alert('&')\u{0}</script>", i64::MIN);
        assert!(!picture.contains("<script") && !picture.contains('\0'), "{picture}");
        assert!(
            picture.contains(
                "<title>&lt;/title&gt;&lt;script&gt;alert('&amp;') &lt;/script&gt;</title>"
            )
        );
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>"));
    }
}
