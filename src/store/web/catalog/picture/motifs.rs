//! The things that can be drawn, by a word in a product's name.
//!
//! Each fits into a square of 200 around the origin. `{m}`, `{l}`, `{d}`, `{a}` stand for
//! a fill in the main, light, dark and accent colour, `{n}` for none; without one of them
//! a shape has the main colour. Which is drawn, and in which colours, is not decided here.

mod more;

/// What a category has.
pub struct Shelf {
    pub category: &'static str,
    /// A word, in lower case, and the shapes for it.
    pub motifs: &'static [(&'static str, &'static str)],
}

/// For what is on no shelf.
pub const PARCEL: &str = r#"<path d="M0 -80L88 -34V58L0 96L-88 58V-34z"/><path d="M-88 -34L0 8L88 -34L0 -80z" {l}/><path d="M0 8V96L88 58V-34z" {d}/><path d="M-44 -57L44 -12v34" {n} stroke-width="12"/>"#;

/// Everything that can be drawn.
pub fn shelves() -> impl Iterator<Item = &'static Shelf> {
    FIRST.iter().chain(&more::SHELVES)
}

const FIRST: [Shelf; 8] = [
    Shelf {
        category: "Kitchen",
        motifs: &[
            (
                "pot",
                r#"<path d="M-68 0h-22a12 12 0 0 0 0 24h22M68 0h22a12 12 0 0 1 0 24h-22" {n} stroke-width="9"/><path d="M-70 -14H70v76a24 24 0 0 1-24 24H-46a24 24 0 0 1-24-24z"/><path d="M-50 6v48" stroke-width="8" {n}/><path d="M-76 -14q10 -48 76 -48t76 48z" {l}/><circle cy="-72" r="10" {a}/>"#,
            ),
            (
                "skillet",
                r#"<path d="M40 -20L96 -76l12 12L52 -8z" {d}/><circle cx="-20" cy="22" r="70"/><circle cx="-20" cy="22" r="52" {d}/><path d="M-50 30q-8 -30 22 -34t34 12t-8 34t-48 -12z" fill="white"/><circle cx="-22" cy="18" r="13" {a}/>"#,
            ),
            (
                "knife",
                r#"<g transform="rotate(40)"><path d="M-20 -104q44 34 42 110H-20z" {l}/><rect x="-20" y="6" width="34" height="16" {d}/><path d="M-18 22h30v64q-14 14-30 4z"/><circle cx="-3" cy="42" r="4" {a}/><circle cx="-3" cy="66" r="4" {a}/></g>"#,
            ),
            (
                "bowl",
                r#"<path d="M-40 -64H40q-2 44-40 44T-40 -64z" {a}/><path d="M-60 -36H60q-2 54-60 54T-60 -36z" {l}/><path d="M-78 -4H78q-2 64-78 64T-78 -4z"/><path d="M-96 30H96q-2 58-62 62h-68q-60 -4-62 -62z" {d}/>"#,
            ),
            (
                "coffee",
                r#"<path d="M-52 -78H52L18 -10h-36z" {l}/><path d="M52 -62q40 6 18 36l-32 8" {n} stroke-width="9"/><rect x="-54" y="-12" width="108" height="14" rx="6" {d}/><path d="M-40 8h80l22 60q0 22-22 22h-80q-22 0-22 -22z" fill="white" opacity=".85"/><path d="M-56 56H56l6 14q0 20-22 20h-80q-22 0-22 -20z" {a}/><path d="M0 4v30" {n} stroke-width="6"/>"#,
            ),
            (
                "board",
                r#"<rect x="-60" y="-58" width="120" height="150" rx="18"/><path d="M-16 -58v-24q0 -14 16 -14t16 14v24z"/><circle cy="-78" r="7" {d}/><path d="M-40 -36v108M-14 -36v108M14 -36v108M40 -36v108" {n} opacity=".4"/><circle cx="18" cy="46" r="24" {a}/><path d="M18 22q-2 -14 12 -18" {n}/>"#,
            ),
            (
                "jar",
                r#"<rect x="-78" y="-70" width="66" height="22" rx="6" {d}/><path d="M-74 -48h58q8 8 8 18v98q0 14-14 14h-46q-14 0-14 -14v-98q0 -10 8 -18z" {l}/><path d="M-80 10h68v56q0 12-12 12h-44q-12 0-12 -12z" {a}/><rect x="18" y="-22" width="66" height="20" rx="6" {d}/><path d="M22 -2h58q8 8 8 16v54q0 14-14 14h-46q-14 0-14 -14v-54q0 -8 8 -16z" {l}/><path d="M16 40h70v26q0 12-12 12h-46q-12 0-12 -12z"/>"#,
            ),
            (
                "scale",
                r#"<path d="M-84 -50H84l-16 26H-68z" {l}/><path d="M-12 -24h24v26h-24z" {d}/><path d="M-64 2H64q22 0 22 84H-86q0 -84 22 -84z"/><rect x="-44" y="22" width="88" height="42" rx="6" {d}/><path d="M-26 34v18M-10 34v18M6 34h14v18H6z" stroke="white" {n}/><circle cy="-72" r="22" {a}/>"#,
            ),
        ],
    },
    Shelf {
        category: "Home & light",
        motifs: &[
            (
                "lamp",
                r#"<path d="M-76 10L-96 96H96L76 10z" {a} opacity=".35" stroke="none"/><path d="M0 10v74" {n} stroke-width="9"/><ellipse cy="88" rx="44" ry="10" {d}/><path d="M-36 -82H36L78 10H-78z"/><path d="M-26 -66L-50 -2" {n} stroke-width="6"/>"#,
            ),
            (
                "throw",
                r#"<path d="M-80 -60q0 -20 20 -20H60q20 0 20 20V70H-80z"/><path d="M-80 -20L-54 -46L-28 -20L-2 -46L24 -20L50 -46L80 -16M-80 16L-54 -10L-28 16L-2 -10L24 16L50 -10L80 20M-80 52L-54 26L-28 52L-2 26L24 52L50 26L80 56" {n} stroke-width="8"/><path d="M-70 70v24M-46 70v24M-22 70v24M2 70v24M26 70v24M50 70v24M72 70v24" {n}/>"#,
            ),
            (
                "clock",
                r#"<circle r="90"/><circle r="72" fill="white"/><path d="M0 -62v12M0 50v12M-62 0h12M50 0h12M-44 -44l8 8M36 36l8 8M44 -44l-8 8M-36 36l-8 8" {n}/><path d="M0 0V-44M0 0L30 22" {n} stroke-width="9"/><circle r="8" {a}/>"#,
            ),
            (
                "shelf",
                r#"<path d="M-96 38H96v18H-96z" {d}/><path d="M-66 56v30l26 -30zM66 56v30l-26 -30z" {l}/><path d="M-82 -52h20v90h-20zM-58 -40h18v78h-18z"/><path d="M-36 -60h22v98h-22z" {a}/><path d="M-8 -36l18 -6l20 76l-18 6z" {l}/><path d="M46 4h40l-6 34h-28z"/><path d="M66 4q-24 -20 -14 -46q18 14 14 46q2 -30 20 -38q6 26 -20 38z" fill="hsl(130 40% 45%)"/>"#,
            ),
            (
                "towel",
                r#"<path d="M-92 -72H92" {n} stroke-width="12"/><path d="M-76 -72h70v150h-70z"/><path d="M-76 44h70M-76 56h70" {n}/><path d="M6 -72h70v116h-70z" {l}/><path d="M6 12h70M6 24h70" {n}/><path d="M-76 78v10M-58 78v10M-40 78v10M-22 78v10M-6 78v10" {n}/>"#,
            ),
            (
                "candle",
                r#"<path d="M0 -96q30 34 0 58q-30 -24 0 -58z" {a}/><path d="M0 -38v20" {n}/><rect x="-56" y="-18" width="112" height="108" rx="10" {l}/><path d="M-56 8H56V80q0 10-10 10h-92q-10 0-10 -10z" opacity=".9"/><rect x="-32" y="28" width="64" height="38" rx="4" fill="white"/><path d="M-18 42h36M-18 54h22" {n}/>"#,
            ),
            (
                "basket",
                r#"<path d="M-64 -40q0 -52 64 -52t64 52" {n} stroke-width="10"/><path d="M-70 -50q30 -34 66 -12q40 -22 66 12z" {a}/><path d="M-88 -46H88L66 90H-66z"/><path d="M-82 -10H82M-76 24H76M-70 58H70M-48 -46l10 136M0 -46V90M48 -46l-10 136" {n} opacity=".6"/><rect x="-94" y="-56" width="188" height="20" rx="8" {d}/>"#,
            ),
            (
                "frame",
                r#"<rect x="-90" y="-84" width="104" height="132" {d}/><rect x="-76" y="-70" width="76" height="104" fill="white"/><path d="M-76 34l30 -46l20 24l14 -14l12 36z"/><circle cx="-24" cy="-44" r="12" {a}/><rect x="28" y="-60" width="64" height="64" {l}/><circle cx="60" cy="-28" r="16"/><rect x="28" y="20" width="64" height="72"/><path d="M42 78l18 -40l18 40z" {a}/>"#,
            ),
        ],
    },
    Shelf {
        category: "Garden",
        motifs: &[
            (
                "trowel",
                r#"<g transform="rotate(35)"><path d="M-30 4h60q6 62-30 94q-36 -32-30 -94z" {l}/><path d="M0 10v60M-6 4v-26h12v26z"/><rect x="-14" y="-98" width="28" height="78" rx="13" {a}/><path d="M-14 -40h28" {n}/></g>"#,
            ),
            (
                "watering",
                r#"<path d="M46 30L96 -46M84 -60l26 22" {n} stroke-width="14"/><path d="M-60 -24H50l10 104H-70z"/><path d="M-56 -20q-40 0-40 40t34 44" {n} stroke-width="11"/><path d="M-40 -24q0 -48 34 -48t34 48" {n} stroke-width="10"/><path d="M-66 34H56" {n}/><circle cx="-6" cy="8" r="14" {a}/>"#,
            ),
            (
                "terracotta",
                r#"<path d="M-52 30h104l-14 62h-76z"/><rect x="-60" y="12" width="120" height="22" rx="4" {l}/><path d="M0 12Q-70 -10 -56 -70Q-6 -50 0 12z" fill="hsl(130 40% 45%)"/><path d="M0 12Q70 -10 58 -64Q8 -46 0 12z" fill="hsl(110 42% 58%)"/><path d="M0 12Q-26 -40 0 -96Q26 -40 0 12z" fill="hsl(120 42% 50%)"/><circle cy="-84" r="12" {a}/>"#,
            ),
            (
                "secateurs",
                r#"<g transform="rotate(25)"><path d="M-8 0Q-52 -36 -30 -96Q14 -60 12 -4z" {l}/><path d="M8 0Q44 -20 40 -66Q10 -58 -8 -8z" {d}/><path d="M-10 0q34 40 22 96h-24q4 -50-24 -84z"/><path d="M10 0q-50 30-62 86l22 8q12 -46 54 -80z" {a}/><circle r="9" fill="white"/></g>"#,
            ),
            (
                "seed",
                r#"<path d="M-66 -80l12 10l12 -10l12 10l12 -10l12 10l12 -10l12 10l12 -10V90H-66z" transform="rotate(-8)"/><path d="M-50 -40h84v70h-84z" fill="white" transform="rotate(-8)"/><path d="M-8 24Q-50 6 -34 -30Q-6 -12 -8 24Q14 -4 26 -26Q40 6 -8 24z" fill="hsl(125 42% 48%)" transform="rotate(-8)"/><path d="M-46 54h76" {n} stroke-width="8" transform="rotate(-8)"/><ellipse cx="66" cy="70" rx="8" ry="13" {d}/><ellipse cx="86" cy="50" rx="8" ry="13" {d} transform="rotate(40 86 50)"/><ellipse cx="62" cy="30" rx="8" ry="13" {a} transform="rotate(-30 62 30)"/>"#,
            ),
            (
                "compost",
                r#"<path d="M-52 -58H52L78 92H-78z"/><path d="M-62 -58h124l-10 -26h-104z" {d}/><path d="M-60 -14H60M-68 26H68" {n}/><rect x="-34" y="50" width="68" height="42" rx="4" {d}/><path d="M0 10Q-34 0 -24 -34Q6 -24 0 10Q18 -10 28 -24Q34 6 0 10z" fill="hsl(110 45% 60%)"/>"#,
            ),
            (
                "hose",
                r#"<circle r="72" {n} stroke-width="30"/><circle r="72" {n} stroke="white" stroke-width="18" opacity=".35"/><circle r="38" {n} stroke-width="26"/><path d="M72 4q24 40 4 84h-26" {n} stroke-width="18"/><path d="M52 76v22h-34l-8 -11l8 -11z" {a}/><circle r="14" {l}/>"#,
            ),
            (
                "bird",
                r#"<path d="M0 -98v24" {n}/><path d="M-86 -26L0 -78L86 -26z"/><rect x="-50" y="-26" width="100" height="84" {l}/><path d="M-50 20H50v38H-50z" {a}/><rect x="-72" y="58" width="144" height="16" rx="6" {d}/><path d="M36 40q-10 -34 24 -34q22 0 22 22q14 10 10 30h-40z"/><path d="M40 18l-18 6l20 8z" {a}/><circle cx="56" cy="18" r="4" {d}/>"#,
            ),
        ],
    },
    Shelf {
        category: "Tools",
        motifs: &[
            (
                "hammer",
                r#"<g transform="rotate(35)"><rect x="-11" y="-44" width="22" height="142" rx="8" {a}/><path d="M-70 -84h36q8 6 34 6h26q30 0 44 26q-34 -6-44 10h-60q-10 0-36 6z"/><rect x="-84" y="-88" width="20" height="54" rx="4" {d}/></g>"#,
            ),
            (
                "screwdriver",
                r#"<g transform="rotate(-40)"><path d="M-7 -20v-74l7 -10l7 10v74z" {l}/><rect x="-16" y="-22" width="32" height="20" {d}/><path d="M-24 -2h48l4 22l-4 68q-24 18-48 0l-4 -68z"/><path d="M-10 16v62M10 16v62" {n}/></g><rect x="34" y="42" width="14" height="40" {a}/><rect x="56" y="42" width="14" height="40" {l}/><rect x="78" y="42" width="14" height="40" {d}/>"#,
            ),
            (
                "spanner",
                r#"<g transform="rotate(40)"><path d="M-15 -40h30v112a15 15 0 0 1-30 0z"/><path d="M-40 -62q0 -40 40 -44l-4 30l26 8l18 -24q14 50-30 66h-28q-22 -10-22 -36z" {l}/><circle cy="66" r="7" fill="white"/><rect x="-9" y="-36" width="18" height="16" {a}/></g>"#,
            ),
            (
                "level",
                r#"<g transform="rotate(-12)"><rect x="-104" y="-32" width="208" height="64" rx="6"/><rect x="-34" y="-22" width="68" height="30" rx="14" fill="hsl(75 70% 68%)"/><ellipse cx="4" cy="-8" rx="14" ry="8" fill="white"/><path d="M-14 -22v30M18 -22v30" {n}/><circle cx="-74" r="16" fill="white"/><circle cx="74" r="16" fill="hsl(75 70% 68%)"/><path d="M-104 22h208" {n} stroke-width="7"/></g>"#,
            ),
            (
                "tape",
                r#"<path d="M-84 -60q0 -20 20 -20h60q62 0 62 62v96H-84z"/><circle cx="-16" cy="-4" r="42" {l}/><circle cx="-16" cy="-4" r="18" {d}/><path d="M58 56h46v24H-20z" fill="hsl(50 85% 62%)"/><path d="M62 56v12M74 56v10M86 56v12M98 56v10" {n}/><path d="M104 50v40" {n} stroke-width="8"/>"#,
            ),
            (
                "saw",
                r#"<g transform="rotate(-30)"><path d="M-104 -16l130 -14v52l-10 -8l-10 10l-10 -10l-10 10l-10 -10l-10 10l-10 -10l-10 10l-10 -10l-10 10l-10 -12l-10 8z" {l}/><path d="M26 -34h28q34 0 46 22l-8 22q-24 -8-34 14h-32z" {a}/><path d="M50 -16h22" {n}/></g>"#,
            ),
            (
                "clamp",
                r#"<rect x="-96" y="-70" width="180" height="16" {l}/><path d="M-96 -86h24v130h-24z"/><path d="M26 -90h28v96H26z" {d}/><path d="M-72 8H-8v28H-72zM26 -20h-24" {n} stroke-width="10"/><rect x="-10" y="-34" width="14" height="56" {a}/><path d="M54 -22h44" {n} stroke-width="16"/><path d="M-72 22h60v26h-60z" {a}/><path d="M-96 60h190v18H-96z" {l}/>"#,
            ),
            (
                "roll",
                r#"<path d="M-96 -56H60q34 0 34 34v52q0 34-34 34H-96z"/><path d="M60 -56q-30 0-30 60t30 60q34 0 34 -34v-52q0 -34-34 -34z" {d}/><path d="M-70 -56v120M-38 -56v120M-6 -56v120" {n}/><path d="M-88 -56v-28h12v28zM-56 -56v-40h12v40z" {l}/><path d="M-24 -56v-30h12v30z" {a}/><path d="M-96 6H94" {n} stroke-width="12"/><rect x="34" y="-8" width="26" height="28" {a}/>"#,
            ),
        ],
    },
    Shelf {
        category: "Stationery",
        motifs: &[
            (
                "notebook",
                r#"<rect x="-62" y="-84" width="140" height="180" rx="8" {d}/><rect x="-72" y="-92" width="140" height="180" rx="8"/><path d="M-48 -90v176" {n}/><rect x="-30" y="-60" width="78" height="40" rx="3" {l}/><path d="M44 -92v180" {n} stroke-width="8"/><path d="M-10 88v14l10 -8l10 8v-14z" {a}/>"#,
            ),
            (
                "fountain",
                r#"<g transform="rotate(40)"><path d="M-17 -100q17 -10 34 0V14H-17z"/><rect x="-18" y="-42" width="36" height="12" {a}/><path d="M14 -88v60" {n} stroke-width="7"/><path d="M-14 14h28L8 34L0 96L-8 34z" {l}/><path d="M0 46v44" {n}/><circle cy="44" r="4" {d}/></g><path d="M-92 88q30 -26 52 -6t46 -2" {n} stroke-width="6"/>"#,
            ),
            (
                "pencil",
                r#"<path d="M-70 -48l14 -34l14 34v90h-28zM-28 -62l14 -34l14 34V42h-28z"/><path d="M14 -50l14 -34l14 34v92H14z" {a}/><path d="M54 -40l14 -34l14 34v82H54z" {l}/><path d="M-60 -72h8l-4 -10zM-18 -86h8l-4 -10zM24 -74h8l-4 -10zM64 -64h8l-4 -10z" {d}/><path d="M-84 18H94v66q0 8-8 8H-76q-8 0-8 -8z" {d}/><rect x="-48" y="38" width="106" height="32" rx="4" {l}/>"#,
            ),
            (
                "watercolour",
                r#"<rect x="-92" y="-44" width="184" height="118" rx="10" {d}/><rect x="-80" y="-32" width="160" height="94" rx="4" fill="white"/><g><circle cx="-54" cy="-8" r="16" fill="hsl(5 75% 60%)"/><circle cx="-14" cy="-8" r="16" fill="hsl(45 85% 60%)"/><circle cx="26" cy="-8" r="16" fill="hsl(130 45% 50%)"/><circle cx="-54" cy="36" r="16" fill="hsl(210 65% 55%)"/><circle cx="-14" cy="36" r="16" fill="hsl(285 45% 58%)"/><circle cx="26" cy="36" r="16" fill="hsl(25 60% 45%)"/></g><g transform="rotate(30 60 0)"><path d="M52 -104h14v110H52z" {a}/><path d="M50 6h18v18H50z" {l}/><path d="M50 24h18q2 28-9 40q-11 -12-9 -40z"/></g>"#,
            ),
            (
                "organiser",
                r#"<path d="M-62 -96h14v70h-14zM-38 -84h14v58h-14z" {a}/><path d="M-4 -90l16 -4l10 70h-18z" {l}/><path d="M50 -26q-8 -40 10 -66q18 26 10 66z" {d}/><path d="M-88 -30H-6v120H-88z"/><path d="M-6 6H88v84H-6z" {l}/><path d="M20 -30h68v36H20z"/><path d="M-6 48H88" {n}/><circle cx="40" cy="28" r="6" {d}/><circle cx="40" cy="70" r="6" {d}/>"#,
            ),
            (
                "ruler",
                r#"<g transform="rotate(-35)"><rect x="-108" y="-26" width="216" height="52" rx="4" fill="hsl(45 65% 62%)"/><path d="M-94 -26v26M-74 -26v16M-54 -26v26M-34 -26v16M-14 -26v26M6 -26v16M26 -26v26M46 -26v16M66 -26v26M86 -26v16" {n}/><circle cx="92" cy="12" r="6" fill="white"/></g><path d="M-20 92L60 92L20 20z" {n} stroke-width="9"/>"#,
            ),
            (
                "envelope",
                r#"<rect x="-66" y="-78" width="160" height="104" rx="4" {d}/><rect x="-80" y="-58" width="160" height="104" rx="4" {l}/><rect x="-94" y="-34" width="160" height="110" rx="4"/><path d="M-94 -32L-14 32L66 -32" {n} stroke-width="6"/><circle cx="-14" cy="30" r="15" {a}/>"#,
            ),
            (
                "tab",
                r#"<rect x="-84" y="-70" width="120" height="150" rx="4" fill="white"/><path d="M-64 -44h70M-64 -22h56M-64 0h70M-64 22h44M-64 44h70" {n} opacity=".5"/><path d="M20 -62h70v24H20z" fill="hsl(5 75% 65%)"/><path d="M20 -32h58v24H20z" fill="hsl(45 85% 62%)"/><path d="M20 -2h70v24H20z" fill="hsl(130 45% 55%)"/><path d="M20 28h50v24H20z" fill="hsl(205 65% 60%)"/><path d="M20 58h66v24H20z" fill="hsl(285 45% 64%)"/>"#,
            ),
        ],
    },
    Shelf {
        category: "Outdoors",
        motifs: &[
            (
                "tent",
                r#"<circle cx="54" cy="-80" r="20" {a}/><path d="M-104 90L-60 10l44 80zM104 90L66 26l-40 64z" {l}/><path d="M-84 90L0 -66L84 90z"/><path d="M0 -66L-30 90h60z" {d}/><path d="M0 -66v-16" {n} stroke-width="6"/>"#,
            ),
            (
                "sleeping",
                r#"<g transform="rotate(-30)"><path d="M-96 -34q0 -20 30 -24q90 -14 140 -4q30 8 30 62t-30 62q-50 10-140 -4q-30 -4-30 -24z"/><ellipse cx="68" rx="34" ry="46" {d}/><circle cx="72" r="26" fill="hsl(30 50% 75%)"/><path d="M-90 0H34M-60 -50v100M-24 -56v112M12 -58v116" {n}/><path d="M82 -14q14 14 0 28" {n}/></g>"#,
            ),
            (
                "flask",
                r#"<path d="M-24 -96h48v34h-48z" {a}/><path d="M-30 -62h60q14 8 14 24v114q0 14-14 14h-60q-14 0-14 -14v-114q0 -16 14 -24z"/><path d="M-44 -14h88v56h-88z" {l}/><path d="M-26 4h52M-26 22h34" {n}/><path d="M62 40h34v38q0 12-12 12h-10q-12 0-12 -12z" {d}/><path d="M70 30q-8 -8 0 -16t0 -14" {n}/>"#,
            ),
            (
                "torch",
                r#"<path d="M-90 6q0 -74 90 -74t90 74" {n} stroke-width="22"/><path d="M-90 6q0 -74 90 -74t90 74" {n} stroke="white" stroke-width="8" stroke-dasharray="16 14"/><path d="M-36 -8L-76 96H76L36 -8z" fill="hsl(50 90% 70%)" opacity=".6" stroke="none"/><rect x="-44" y="-60" width="88" height="60" rx="14"/><circle cy="-30" r="24" {d}/><circle cy="-30" r="14" fill="hsl(50 90% 75%)"/><circle cx="34" cy="-50" r="5" {a}/>"#,
            ),
            (
                "pack",
                r#"<path d="M-22 -72q0 -26 22 -26t22 26" {n} stroke-width="10"/><path d="M-66 20q-26 0-26 30v30h26zM66 20q26 0 26 30v30h-26z" {d}/><path d="M-66 -30q0 -48 66 -48t66 48v110q0 12-12 12H-54q-12 0-12 -12z"/><path d="M-66 -22q66 40 132 0" {n}/><rect x="-42" y="22" width="84" height="54" rx="8" {l}/><path d="M-42 38h84" {n}/><rect x="-10" y="-12" width="20" height="24" {a}/>"#,
            ),
            (
                "pole",
                r#"<path d="M-70 92L-16 -70M70 92L16 -70" {n} stroke-width="9"/><path d="M-30 -92l24 8l-16 46l-22 -8zM30 -92l-24 8l16 46l22 -8z" {a}/><path d="M-70 66l30 10M70 66l-30 10" {n} stroke-width="12"/><path d="M-20 -84q-44 -4-34 30M20 -84q44 -4 34 30" {n}/><path d="M-104 96L-50 30L-10 78L30 8L104 96z" opacity=".35" stroke="none"/>"#,
            ),
            (
                "stove",
                r#"<path d="M-50 -64h100v46H-50z" {l}/><path d="M50 -54h44" {n} stroke-width="9"/><path d="M-56 -64h112" {n} stroke-width="8"/><path d="M-60 -14l20 28M60 -14l-20 28M-66 -16H66" {n} stroke-width="7"/><path d="M-22 22q-14 -20 0 -34q2 12 10 10q-4 -18 12 -28q0 18 14 22q6 12-4 30z" fill="hsl(30 95% 60%)"/><path d="M-26 22h52l8 22h-68z" {d}/><path d="M-44 44h88q10 6 10 18v32H-54V62q0 -12 10 -18z"/><circle cx="70" cy="34" r="10" {a}/>"#,
            ),
            (
                "dry",
                r#"<path d="M-54 -48h108q12 60 6 130q-60 20-120 0q-6 -70 6 -130z"/><path d="M-58 -72h116v26H-58z" {d}/><path d="M-58 -60q-30 -30 0 -36H58q30 6 0 36" {n} stroke-width="8"/><rect x="-14" y="-102" width="28" height="18" {a}/><path d="M0 -20q34 40 0 66q-34 -26 0 -66z" fill="hsl(205 70% 70%)"/><path d="M-56 66h112" {n}/>"#,
            ),
        ],
    },
    Shelf {
        category: "Electronics",
        motifs: &[
            (
                "loudspeaker",
                r#"<rect x="-94" y="-84" width="88" height="172" rx="10"/><rect x="6" y="-84" width="88" height="172" rx="10"/><circle cx="-50" cy="34" r="32" {d}/><circle cx="-50" cy="34" r="12" {l}/><circle cx="-50" cy="-42" r="18" {d}/><circle cx="-50" cy="-42" r="7" {a}/><circle cx="50" cy="34" r="32" {d}/><circle cx="50" cy="34" r="12" {l}/><circle cx="50" cy="-42" r="18" {d}/><circle cx="50" cy="-42" r="7" {a}/>"#,
            ),
            (
                "headphone",
                r#"<path d="M-74 30V0q0 -82 74 -82T74 0v30" {n} stroke-width="18"/><path d="M-96 10q0 -18 18 -18h22v96h-22q-18 0-18 -18z"/><path d="M96 10q0 -18-18 -18h-22v96h22q18 0 18 -18z"/><rect x="-58" y="0" width="18" height="80" rx="8" {a}/><rect x="40" y="0" width="18" height="80" rx="8" {a}/>"#,
            ),
            (
                "keyboard",
                r#"<path d="M-104 -36H104V64H-104z" {d}/><path d="M-92 -26h28v22h-28zM-58 -26h28v22h-28zM-24 -26h28v22h-28zM10 -26h28v22h-28zM-92 2h28v22h-28zM-58 2h28v22h-28zM-24 2h28v22h-28zM10 2h28v22h-28zM-92 30h28v22h-28zM66 2h26v22H66zM66 30h26v22H66zM44 30h18v22H44zM44 2h18v22H44z" {l}/><path d="M44 -26h48v22H44z" {a}/><path d="M-58 30h96v22h-96z"/><path d="M0 -36q0 -30 40 -30t40 -26" {n}/>"#,
            ),
            (
                "hub",
                r#"<path d="M-40 -44q-40 -60 20 -54h60" {n} stroke-width="9"/><rect x="30" y="-104" width="36" height="24" {d}/><rect x="-96" y="-44" width="192" height="80" rx="14"/><path d="M-80 -22h26v34h-26zM-42 -22h26v34h-26zM-4 -22h26v34h-26zM34 -22h26v34h-26z" {d}/><circle cx="78" cy="-6" r="8" {a}/><path d="M-80 -2h26M-42 -2h26M-4 -2h26M34 -2h26" {n}/><path d="M-29 36v36h-14v24h28V72h-14" {l}/>"#,
            ),
            (
                "microphone",
                r#"<rect x="-38" y="-98" width="76" height="112" rx="38"/><path d="M-36 -64h72M-38 -42h76M-38 -20h76" {n}/><path d="M-62 -30v10q0 58 62 58t62 -58v-10" {n} stroke-width="10"/><path d="M0 38v40" {n} stroke-width="10"/><path d="M-52 92q0 -18 52 -18t52 18z" {d}/><circle cy="0" r="6" {a}/>"#,
            ),
            (
                "radio",
                r#"<path d="M-60 -50L40 -104" {n} stroke-width="6"/><rect x="-96" y="-52" width="192" height="136" rx="16"/><circle cx="-44" cy="22" r="38" {d}/><path d="M-70 10h52M-76 24h64M-70 38h52" stroke="white" {n} opacity=".6"/><rect x="8" y="-32" width="74" height="32" rx="4" {l}/><path d="M50 -32v32" stroke="red" {n}/><circle cx="28" cy="42" r="18" {a}/><circle cx="68" cy="42" r="12" {l}/>"#,
            ),
            (
                "bank",
                r#"<rect x="-50" y="-92" width="100" height="176" rx="16"/><path d="M6 -46L-24 6h22l-8 40L24 -8H2z" fill="hsl(50 90% 65%)"/><path d="M-28 66h8M-12 66h8M4 66h8M20 66h8" stroke="white" {n} stroke-width="7"/><path d="M-18 -92v-8h36v8" {d}/><path d="M50 -60q48 0 48 50v40" {n} stroke-width="8"/><rect x="86" y="30" width="24" height="36" rx="4" {a}/>"#,
            ),
            (
                "weather",
                r#"<rect x="-70" y="-26" width="140" height="116" rx="10"/><rect x="-56" y="-12" width="112" height="66" rx="4" {l}/><circle cx="-22" cy="16" r="16" fill="hsl(48 90% 62%)"/><path d="M-6 36q-8 -18 12 -20q6 -20 26 -8q18 2 12 28z" fill="white"/><path d="M-46 72h36M10 72h36" {n} stroke-width="7"/><path d="M0 -26v-40" {n} stroke-width="7"/><path d="M-62 -66H62" {n}/><path d="M-84 -78a18 18 0 1 1 22 24zM84 -78a18 18 0 1 0-22 24z" {a}/><circle cy="-66" r="9" {d}/>"#,
            ),
        ],
    },
    Shelf {
        category: "Toys & games",
        motifs: &[
            (
                "block",
                r#"<rect x="-92" y="30" width="60" height="60" rx="6"/><rect x="-30" y="30" width="60" height="60" rx="6" {l}/><rect x="32" y="30" width="60" height="60" rx="6" {a}/><rect x="-62" y="-32" width="60" height="60" rx="6" {a}/><path d="M2 28v-60h60v60h-16a14 14 0 0 0-28 0z"/><path d="M-34 -34L-2 -92L30 -34z" {d}/><circle cx="-62" cy="60" r="15" {d}/><path d="M0 44l15 28h-30z"/>"#,
            ),
            (
                "marble",
                r#"<path d="M-70 -90v182M70 -90v182" {n} stroke-width="12"/><path d="M-84 -70L84 -36M84 -10L-84 24M-84 50L84 84" {n} stroke-width="16"/><path d="M-84 -70L84 -36M84 -10L-84 24M-84 50L84 84" {n} stroke="white" stroke-width="5" opacity=".6"/><circle cx="-36" cy="-80" r="16" {a}/><circle cx="30" cy="-16" r="16" {l}/><circle cx="-20" cy="46" r="16"/>"#,
            ),
            (
                "puzzle",
                r#"<path d="M-84 -84h60q-14 -30 14 -30t14 30h60v60q30 -14 30 14t-30 14v60H4q14 30-14 30t-14 -30h-60V4q-30 14-30 -14t30 -14z" transform="translate(8 10) scale(.86)"/><path d="M-40 -40h22q-6 -12 6 -12t6 12h22v22q12 -6 12 6t-12 6v22H-40z" {l} transform="translate(22 20)"/><circle cx="-52" cy="-46" r="9" {a}/>"#,
            ),
            (
                "card",
                r#"<g transform="rotate(-18)"><rect x="-72" y="-80" width="90" height="130" rx="10" {d}/></g><rect x="-40" y="-82" width="90" height="130" rx="10" {l}/><g transform="rotate(16)"><rect x="-10" y="-74" width="92" height="134" rx="10" fill="white"/><path d="M36 -40l26 34l-26 34l-26 -34z"/><circle cx="6" cy="-58" r="7" {a}/><circle cx="66" cy="44" r="7" {a}/></g><path d="M-84 84q22 -16 42 0t42 0t42 0t42 0" {n} stroke-width="7"/>"#,
            ),
            (
                "chess",
                r#"<path d="M-96 96L-60 44H60l36 52z" {d}/><path d="M-40 44l-8 52M0 44v52M40 44l8 52M-78 70H78" stroke="white" {n} opacity=".7"/><path d="M-64 60q14 -40 10 -70h-14v-14h60v14h-14q-4 30 10 70z" {l}/><circle cx="-38" cy="-42" r="22" {l}/><path d="M6 60q16 -30 20 -74q-26 12-34 4q8 -40 50 -66l4 14q34 24 22 122z"/><circle cx="36" cy="-36" r="4" fill="white"/>"#,
            ),
            (
                "kite",
                r#"<path d="M20 -100L92 -20L-10 60L-60 -50z"/><path d="M20 -100L-10 60L-60 -50z" {l}/><path d="M20 -100L-10 60M-60 -50L92 -20" {n}/><path d="M-10 60q-40 0-30 24t-50 12" {n}/><path d="M-42 60l-16 -6l4 18zM-42 74l14 10l-20 4zM-70 86l-14 -8l2 20z" {a}/>"#,
            ),
            (
                "bear",
                r#"<circle cx="-44" cy="-74" r="24"/><circle cx="44" cy="-74" r="24"/><circle cx="-44" cy="-74" r="11" {l}/><circle cx="44" cy="-74" r="11" {l}/><ellipse cx="-64" cy="34" rx="22" ry="32"/><ellipse cx="64" cy="34" rx="22" ry="32"/><ellipse cy="48" rx="58" ry="50"/><ellipse cy="54" rx="34" ry="32" {l}/><circle cy="-38" r="56"/><ellipse cy="-22" rx="26" ry="20" {l}/><circle cx="-22" cy="-48" r="6" {d}/><circle cx="22" cy="-48" r="6" {d}/><path d="M-9 -32h18l-9 10zM0 -22v10" {d}/><path d="M-22 8L22 8L0 16z" {a}/>"#,
            ),
            (
                "yo-yo",
                r#"<path d="M20 -104q-60 30-24 60" {n} stroke-width="5"/><circle cx="10" cy="22" r="72" {d}/><circle cx="-8" cy="22" r="72"/><circle cx="-8" cy="22" r="50" {l}/><path d="M-8 -18l12 26l28 4l-20 20l4 28l-24 -14l-24 14l4 -28l-20 -20l28 -4z" {a}/><circle cx="24" cy="-104" r="9" {n}/>"#,
            ),
        ],
    },
];
