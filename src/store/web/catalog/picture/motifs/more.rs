//! More things that can be drawn: of the shelves whose goods share a few shapes.
//!
//! What the marks stand for is told beside the others.

use super::Shelf;

pub(super) const SHELVES: [Shelf; 8] = [
    Shelf {
        category: "Épicerie",
        motifs: &[
            (
                "oil",
                r#"<path d="M-18 -100h36v46q30 12 30 44v90q0 12-12 12h-72q-12 0-12-12v-90q0-32 30-44z"/><rect x="-18" y="-100" width="36" height="20" {d}/><rect x="-48" y="0" width="96" height="56" {l}/><path d="M-20 28q20 -24 40 0q-20 24-40 0z" {a}/>"#,
            ),
            (
                "rice",
                r#"<path d="M-60 -70h120l14 150q-74 22-148 0z" {l}/><path d="M-60 -70q60 -30 120 0l-8 -26h-104z" {d}/><circle cy="14" r="40" fill="white"/><path d="M-16 20q-8 -22 10 -34q12 20 -10 34zM8 28q-2 -22 16 -30q8 22-16 30z" {a}/>"#,
            ),
            (
                "crème",
                r#"<rect x="-56" y="-84" width="112" height="30" rx="8" {d}/><path d="M-62 -50h124q10 10 10 26v96q0 18-18 18h-108q-18 0-18-18v-96q0-16 10-26z"/><rect x="-72" y="-10" width="144" height="60" fill="white"/><path d="M-44 8h88M-30 30h60" {n}/>"#,
            ),
        ],
    },
    Shelf {
        category: "Café & tea",
        motifs: &[
            (
                "beans",
                r#"<path d="M-58 -92h116v24l10 20v136q-68 16-136 0v-136l10 -20z" {d}/><path d="M-58 -68h116" {n}/><ellipse cy="24" rx="40" ry="48" {l}/><path d="M0 -20q-22 44 0 88" {n} stroke-width="7"/>"#,
            ),
            (
                "tea",
                r#"<path d="M-78 -20h130v44q0 56-65 56t-65 -56z"/><path d="M52 -8q44 -4 36 34q-8 24-44 24" {n} stroke-width="10"/><path d="M-96 92q84 18 168 0" {n} stroke-width="8"/><path d="M-44 -44q-14 -20 0 -40M-10 -44q-14 -20 0 -40M24 -44q-14 -20 0 -40" {n} opacity=".6"/>"#,
            ),
            (
                "mug",
                r#"<path d="M-60 -70h104v132q0 24-24 24h-56q-24 0-24-24z"/><path d="M44 -40q50 -6 46 38t-46 44" {n} stroke-width="14"/><path d="M-60 -70q52 -22 104 0q-52 22-104 0z" {d}/><path d="M-8 -6q18 -24 32 0q0 18-32 40q-32 -22-32 -40q14 -24 32 0z" {a}/>"#,
            ),
        ],
    },
    Shelf {
        category: "Clothing",
        motifs: &[
            (
                "shirt",
                r#"<path d="M-40 -86q40 26 80 0l58 32-22 46-26-12v112h-100v-112l-26 12-22-46z"/><path d="M-40 -86q40 44 80 0" {n} stroke-width="8"/><path d="M-26 -10h52v36q-26 20-52 0z" {l}/>"#,
            ),
            (
                "sock",
                r#"<path d="M-64 -96h52v92q0 16 20 30q26 18 8 44t-54 6q-36 -20-36 -60z" {d}/><path d="M0 -80h52v92q0 16 20 30q26 18 8 40t-52 8q-36 -20-36 -60z"/><path d="M0 -62h52M0 -44h52" {n} stroke="white" stroke-width="8"/>"#,
            ),
            (
                "jacket",
                r#"<path d="M-42 -88h84l52 60-14 76-30-6v50h-100v-50l-30 6-14-76z"/><path d="M-26 -88q26 34 52 0" {d}/><path d="M0 -62v154" {n} stroke="white" stroke-width="7"/><path d="M-42 20h28M14 20h28" {n} stroke-width="8"/><circle cx="16" cy="-20" r="5" {a}/>"#,
            ),
        ],
    },
    Shelf {
        category: "Crèmes & soaps",
        motifs: &[
            (
                "soap",
                r#"<rect x="-84" y="-20" width="168" height="90" rx="34"/><rect x="-58" y="-2" width="116" height="46" rx="20" {l}/><circle cx="-50" cy="-56" r="22" fill="white" opacity=".8"/><circle cx="4" cy="-74" r="16" fill="white" opacity=".8"/><circle cx="48" cy="-48" r="26" fill="white" opacity=".8"/>"#,
            ),
            (
                "crème",
                r#"<path d="M-52 -92h104l-16 136h-72z" {l}/><rect x="-38" y="44" width="76" height="44" rx="8" {d}/><path d="M-52 -92h104l-3 24h-98z"/><path d="M-18 -20q18 -30 36 0q0 26-18 26t-18 -26z" {a}/>"#,
            ),
            (
                "brush",
                r#"<path d="M-90 30q0 -20 20 -22h140q20 2 20 22t-20 22h-140q-20 -2-20 -22z" {d}/><path d="M-70 8v-60M-50 8v-66M-30 8v-68M-10 8v-70M10 8v-70M30 8v-68M50 8v-66M70 8v-60" {n} stroke-width="10"/>"#,
            ),
        ],
    },
    Shelf {
        category: "Books",
        motifs: &[
            (
                "the ",
                r#"<path d="M-64 -90h112q16 0 16 16v156h-128q-16 0-16 -16v-140q0 -16 16 -16z"/><path d="M-80 66q0 -16 16 -16h128v32h-128q-16 0-16 -16z" fill="white"/><path d="M-40 -90v140" {n}/><rect x="-22" y="-62" width="66" height="40" {l}/><path d="M-12 -42h46" {n}/>"#,
            ),
            (
                "a ",
                r#"<path d="M0 -56q-50 -34-100 -12v130q50 -22 100 12z" {l}/><path d="M0 -56q50 -34 100 -12v130q-50 -22-100 12z" fill="white"/><path d="M0 -56v130M20 -34q30 -16 62 -8M20 -8q30 -16 62 -8M20 18q30 -16 62 -8M-82 -40q32 -8 62 8M-82 -14q32 -8 62 8M-82 12q32 -8 62 8" {n}/>"#,
            ),
            (
                "maps",
                r#"<path d="M-92 -60l60 -24v144l-60 24zM28 -60l64 -24v144l-64 24z" {l}/><path d="M-32 -84l60 24v144l-60 -24z"/><path d="M-80 20q40 -50 80 -10t80 -40" {n} stroke-width="7" stroke-dasharray="12 10"/><circle cx="78" cy="-30" r="12" {a}/>"#,
            ),
        ],
    },
    Shelf {
        category: "Music",
        motifs: &[
            (
                "ukulele",
                r#"<g transform="rotate(35)"><rect x="-11" y="-104" width="22" height="96" {d}/><path d="M-34 -14q0 -30 34 -30t34 30q0 18-6 26q22 10 22 40q0 48-50 48t-50 -48q0 -30 22 -40q-6 -8-6 -26z"/><circle cy="22" r="18" {d}/><path d="M-4 -100v170M4 -100v170" stroke="white" {n} stroke-width="2"/></g>"#,
            ),
            (
                "record",
                r#"<circle r="90" {d}/><circle r="66" {n} stroke="white" opacity=".35"/><circle r="48" {n} stroke="white" opacity=".35"/><circle r="32" {a}/><circle r="6" fill="white"/><path d="M92 -92L52 -10" {n} stroke-width="10"/>"#,
            ),
            (
                "cajón",
                r#"<path d="M-50 -70h110v150h-110z"/><path d="M-50 -70l-36 22v150l36 -22z" {d}/><path d="M-50 -70l-36 22h40l106 -22z" {l}/><circle cx="6" cy="4" r="24" {d}/><path d="M74 -90q20 20 0 40M88 -100q30 30 0 60" {n} opacity=".7"/>"#,
            ),
        ],
    },
    Shelf {
        category: "Sport",
        motifs: &[
            (
                "ball",
                r#"<circle r="84" fill="white"/><path d="M0 -34l33 24-13 39h-40l-13-39z" {m}/><path d="M0 -34v-50M33 -10l48 -16M20 29l30 40M-20 29l-30 40M-33 -10l-48 -16" {n}/><path d="M-30 -78q30 -12 60 0l-30 24zM80 -26q8 30-8 56l-22 -30z" {d}/>"#,
            ),
            (
                "bottle",
                r#"<rect x="-22" y="-100" width="44" height="26" rx="6" {d}/><path d="M-30 -70h60q20 14 20 40v106q0 16-16 16h-68q-16 0-16 -16v-106q0 -26 20 -40z"/><path d="M-50 0h100v46h-100z" {l}/><path d="M-34 24q17 -18 34 0t34 0" {n} stroke-width="7"/>"#,
            ),
            (
                "bell",
                r#"<path d="M-44 -30q-26 -62 44 -62t44 62" {n} stroke-width="20"/><circle cy="34" r="62"/><circle cy="34" r="40" {l}/><path d="M-14 20h28M-14 48h28M0 20v28" {n} stroke-width="7"/>"#,
            ),
        ],
    },
    Shelf {
        category: "Pets",
        motifs: &[
            (
                "dog",
                r#"<g transform="rotate(-28)"><path d="M-52 -18q-40 -34-48 0q-4 18 14 18q-18 0-14 18q8 34 48 0h104q40 34 48 0q4 -18-14 -18q18 0 14 -18q-8 -34-48 0z" fill="white"/></g><circle cx="60" cy="-70" r="20" {a}/><circle cx="-66" cy="70" r="14" {l}/>"#,
            ),
            (
                "cat",
                r#"<path d="M-70 -84l34 36h72l34 -36v96q0 72-70 72t-70 -72z"/><path d="M-56 -54l18 18M56 -54l-18 18" {n}/><circle cx="-28" cy="0" r="10" fill="white"/><circle cx="28" cy="0" r="10" fill="white"/><path d="M-8 26h16l-8 10zM0 36v10M-70 24l44 8M-70 46l44 -4M70 24l-44 8M70 46l-44 -4" {n}/>"#,
            ),
            (
                "bird",
                r#"<path d="M-84 30q10 -80 84 -80q20 -30 56 -14q24 12 18 36l28 10-30 8q0 80-90 80q-44 0-66 -40z"/><path d="M-40 20q40 -30 84 0q-30 44-84 0z" {d}/><circle cx="44" cy="-36" r="7" fill="white"/><path d="M-10 70v28M16 68v30" {n} stroke-width="6"/>"#,
            ),
        ],
    },
];
