//! A picture for every product, drawn from its category and a number: the same
//! product always looks the same, and no two look quite alike.
//!
//! Shapes and colours only; nothing that a visitor typed gets in.

/// A product's picture as an SVG document of 4 by 3.
pub(super) fn draw(category: &str, seed: i64) -> String {
    let mut chance = Chance::new(category, seed);
    let hue = chance.below(360);
    let colours = Colours::new(hue, chance.below(3));
    let mut svg = String::with_capacity(2_048);
    background(&mut svg, &colours, &mut chance);
    let (tilt, scale) = (chance.below(17) as i64 - 8, 92 + chance.below(17));
    add(
        &mut svg,
        &format!(
            r#"<ellipse cx="200" cy="252" rx="96" ry="11" fill="{}" opacity=".28"/><g transform="translate(200 155) rotate({tilt}) scale({}.{:02})" stroke="{}" stroke-width="4" stroke-linejoin="round" stroke-linecap="round">"#,
            colours.line,
            scale / 100,
            scale % 100,
            colours.line,
        ),
    );
    motif(category)(&mut svg, &colours, &mut chance);
    svg.push_str("</g></svg>");
    svg
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
}

fn add(svg: &mut String, part: &str) {
    svg.push_str(part);
}

fn background(svg: &mut String, colours: &Colours, chance: &mut Chance) {
    let Colours { back, spots, .. } = colours;
    add(svg, r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300">"#);
    add(svg, &format!(r#"<rect width="400" height="300" fill="{back}"/>"#));
    for _ in 0..3 + chance.below(3) {
        let (x, y, r) = (chance.below(400), chance.below(300), 25 + chance.below(70));
        add(svg, &format!(r#"<circle cx="{x}" cy="{y}" r="{r}" fill="{spots}"/>"#));
    }
}

type Motif = fn(&mut String, &Colours, &mut Chance);

fn motif(category: &str) -> Motif {
    match category {
        "Kitchen" => pot,
        "Home & light" => lamp,
        "Garden" => plant,
        "Tools" => spanner,
        "Stationery" => notebook,
        "Outdoors" => tent,
        "Electronics" => loudspeaker,
        "Toys & games" => blocks,
        _ => parcel,
    }
}

fn pot(svg: &mut String, c: &Colours, chance: &mut Chance) {
    let width = 60 + chance.below(24) as i64;
    let (Colours { main, light, dark, accent, .. }, w) = (c, width);
    add(
        svg,
        &format!(
            r#"<path d="M{} 0h-22a12 12 0 0 0 0 24h22M{w} 0h22a12 12 0 0 1 0 24h-22" fill="none" stroke-width="9"/><path d="M-{w} -12h{}v72a24 24 0 0 1-24 24h-{}a24 24 0 0 1-24-24z" fill="{main}"/><path d="M-{} 6v48" stroke="{light}" stroke-width="8"/><path d="M-{} -14q{} -52 {} 0z" fill="{light}"/><circle cy="-50" r="9" fill="{accent}"/>"#,
            -w,
            2 * w,
            2 * w - 48,
            w - 18,
            w + 6,
            w + 6,
            2 * w + 12,
        ),
    );
    for n in 0..chance.below(4) {
        let x = n as i64 * 22 - 30;
        add(
            svg,
            &format!(
                r#"<path d="M{x} -74q-9 -9 0 -18t0 -18" fill="none" stroke="{dark}" opacity=".5"/>"#
            ),
        );
    }
}

fn lamp(svg: &mut String, c: &Colours, chance: &mut Chance) {
    let (top, bottom) = (22 + chance.below(26), 62 + chance.below(28));
    let Colours { main, light, dark, accent, .. } = c;
    add(
        svg,
        &format!(
            r#"<path d="M-{bottom} 10L-{} 96h{}L{bottom} 10z" fill="{accent}" opacity=".35" stroke="none"/><path d="M0 10v74" stroke-width="9"/><ellipse cy="88" rx="44" ry="10" fill="{dark}"/><path d="M-{top} -78H{top}L{bottom} 10H-{bottom}z" fill="{main}"/><path d="M-{} -64L-{} 0" stroke="{light}" stroke-width="8"/>"#,
            bottom + 22,
            2 * bottom + 44,
            top - 8,
            bottom - 22,
        ),
    );
}

fn plant(svg: &mut String, c: &Colours, chance: &mut Chance) {
    let Colours { main, light, dark, accent, .. } = c;
    for n in 0..3 + chance.below(4) as i64 {
        let (lean, height) = ((n * 37 + chance.below(20) as i64) % 120 - 60, 60 + chance.below(45));
        let leaf = if n % 2 == 0 { "hsl(130 40% 45%)" } else { "hsl(110 42% 58%)" };
        add(
            svg,
            &format!(
                r#"<path d="M0 30Q{} -{} {lean} -{height}Q{} -20 0 30z" fill="{leaf}"/>"#,
                lean - 30,
                height / 2,
                lean + 30,
            ),
        );
    }
    for _ in 0..chance.below(4) {
        let (x, y) = (chance.below(90) as i64 - 45, chance.below(50) + 40);
        add(svg, &format!(r#"<circle cx="{x}" cy="-{y}" r="11" fill="{accent}"/>"#));
    }
    add(
        svg,
        &format!(
            r#"<path d="M-52 34h104l-14 62h-76z" fill="{main}"/><rect x="-60" y="22" width="120" height="20" rx="4" fill="{light}"/><path d="M-34 56l5 26" stroke="{dark}" opacity=".5"/>"#,
        ),
    );
}

fn spanner(svg: &mut String, c: &Colours, chance: &mut Chance) {
    let (length, turn) = (52 + chance.below(24), 20 + chance.below(50));
    let Colours { main, light, dark, accent, .. } = c;
    add(
        svg,
        &format!(
            r#"<g transform="rotate({turn})"><path d="M-13 -{length}v{}h26v-{}z" fill="{main}"/><path d="M-14 -{}a36 36 0 1 1 28 0v-34h-28z" fill="{light}" transform="translate(0 {})"/><circle cy="{length}" r="27" fill="{light}"/><circle cy="{length}" r="12" fill="{dark}"/></g>"#,
            2 * length,
            2 * length,
            length,
            14,
        ),
    );
    if chance.below(2) == 0 {
        add(
            svg,
            &format!(
                r#"<g transform="rotate(-{turn})"><rect x="-8" y="-20" width="16" height="104" rx="4" fill="{accent}"/><path d="M-40 -54h62q14 2 18 20h-18v14h-62z" fill="{dark}"/></g>"#,
            ),
        );
    } else {
        add(
            svg,
            &format!(
                r#"<g transform="rotate(-{turn})"><path d="M-4 -92h8v100h-8z" fill="{light}"/><rect x="-14" y="4" width="28" height="82" rx="12" fill="{accent}"/></g>"#,
            ),
        );
    }
}

fn notebook(svg: &mut String, c: &Colours, chance: &mut Chance) {
    let Colours { main, light, dark, accent, .. } = c;
    let width = 104 + chance.below(30);
    add(
        svg,
        &format!(
            r#"<rect x="-70" y="-92" width="{width}" height="180" rx="8" fill="{dark}" transform="translate(8 8)"/><rect x="-70" y="-92" width="{width}" height="180" rx="8" fill="{main}"/><path d="M-46 -90v176" stroke="{light}"/>"#,
        ),
    );
    for line in 0..2 + chance.below(3) {
        let y = line as i64 * 16 - 56;
        let end = 20 + chance.below(width - 84);
        add(svg, &format!(r#"<path d="M-30 {y}h{end}" stroke="{light}" stroke-width="6"/>"#));
    }
    let turn = 15 + chance.below(25);
    add(
        svg,
        &format!(
            r#"<g transform="translate(62 6) rotate({turn})"><path d="M-10 -84h20v136l-10 28l-10 -28z" fill="{accent}"/><path d="M-10 52l10 28l10 -28z" fill="{light}"/><path d="M-10 -66h20" /></g>"#,
        ),
    );
}

fn tent(svg: &mut String, c: &Colours, chance: &mut Chance) {
    let Colours { main, light, dark, accent, .. } = c;
    let (peak, half) = (66 + chance.below(30), 92 + chance.below(24));
    let sun = chance.below(140) as i64 - 70;
    add(
        svg,
        &format!(
            r#"<circle cx="{sun}" cy="-88" r="20" fill="{accent}"/><path d="M-{} 88L-{} 4l44 84zM{} 88L{} 20l40 68z" fill="{light}" opacity=".8"/><path d="M-{half} 90L0 -{peak}L{half} 90z" fill="{main}"/><path d="M0 -{peak}L-30 90h60z" fill="{dark}"/><path d="M0 -{peak}v-16" stroke-width="6"/>"#,
            half + 40,
            half,
            half - 20,
            half + 8,
        ),
    );
}

fn loudspeaker(svg: &mut String, c: &Colours, chance: &mut Chance) {
    let Colours { main, light, dark, accent, .. } = c;
    let (half, big) = (50 + chance.below(20), 26 + chance.below(14));
    add(
        svg,
        &format!(
            r#"<rect x="-{half}" y="-94" width="{}" height="186" rx="12" fill="{main}"/><circle cy="32" r="{big}" fill="{dark}"/><circle cy="32" r="{}" fill="{light}"/><circle cy="-44" r="20" fill="{dark}"/><circle cy="-44" r="8" fill="{accent}"/>"#,
            2 * half,
            big / 3,
        ),
    );
    for n in 0..1 + chance.below(4) as i64 {
        let x = n * 16 - 24;
        add(svg, &format!(r#"<circle cx="{x}" cy="-80" r="4" fill="{accent}" stroke="none"/>"#));
    }
}

fn blocks(svg: &mut String, c: &Colours, chance: &mut Chance) {
    let fills = [&c.main, &c.light, &c.accent, &c.dark];
    let places = [(-92, 32), (-28, 32), (36, 32), (-60, -32), (4, -32), (-28, -96)];
    for (x, y) in places.into_iter().take(3 + chance.below(4) as usize) {
        let (fill, mark) = (fills[chance.below(4) as usize], fills[chance.below(4) as usize]);
        add(
            svg,
            &format!(r#"<rect x="{x}" y="{y}" width="58" height="58" rx="7" fill="{fill}"/>"#),
        );
        let (cx, cy) = (x + 29, y + 29);
        add(
            svg,
            &match chance.below(3) {
                0 => format!(r#"<circle cx="{cx}" cy="{cy}" r="14" fill="{mark}"/>"#),
                1 => format!(r#"<path d="M{cx} {}l16 28h-32z" fill="{mark}"/>"#, cy - 16),
                _ => {
                    format!(r#"<path d="M{cx} {}l17 17l-17 17l-17 -17z" fill="{mark}"/>"#, cy - 17)
                }
            },
        );
    }
}

fn parcel(svg: &mut String, c: &Colours, _: &mut Chance) {
    let Colours { main, light, dark, accent, .. } = c;
    add(
        svg,
        &format!(
            r#"<path d="M0 -80L88 -34V58L0 96L-88 58V-34z" fill="{main}"/><path d="M-88 -34L0 8L88 -34L0 -80z" fill="{light}"/><path d="M0 8V96L88 58V-34z" fill="{dark}"/><path d="M-44 -57L44 -12v34" fill="none" stroke="{accent}" stroke-width="14"/>"#,
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const CATEGORIES: [&str; 9] = [
        "Kitchen",
        "Home & light",
        "Garden",
        "Tools",
        "Stationery",
        "Outdoors",
        "Electronics",
        "Toys & games",
        "Anything else",
    ];

    #[test]
    fn a_product_always_looks_the_same_and_like_no_other() {
        let mut seen = BTreeSet::new();
        for category in CATEGORIES {
            for seed in 1..50 {
                assert_eq!(draw(category, seed), draw(category, seed));
                assert!(seen.insert(draw(category, seed)), "{category} {seed}");
            }
        }
    }

    #[test]
    fn a_category_is_never_part_of_the_drawing() {
        let picture = draw("<script>alert(1)</script>", i64::MIN);
        assert!(!picture.contains("script"));
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>"));
    }
}
