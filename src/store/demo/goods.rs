//! What the demo shop sells: two hundred things on sixteen shelves. All of it is invented.
//!
//! Only words and prices; ids are the database's.

mod food;
mod mind;
mod play;
mod wear;

/// A thing to sell.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Good {
    pub name: &'static str,
    /// What the cheapest seller asks, more or less.
    pub price_cents: i64,
    pub description: &'static str,
}

/// A category and what is in it.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Shelf {
    pub category: &'static str,
    pub goods: &'static [Good],
}

const fn good(name: &'static str, price_cents: i64, description: &'static str) -> Good {
    Good { name, price_cents, description }
}

/// All shelves, in the order of their products.
pub(in crate::store) fn shelves() -> impl Iterator<Item = &'static Shelf> {
    FIRST
        .iter()
        .chain(&food::SHELVES)
        .chain(&wear::SHELVES)
        .chain(&mind::SHELVES)
        .chain(&play::SHELVES)
}

/// Each of these has a picture of its own.
pub(in crate::store) const FIRST: [Shelf; 8] = [
    Shelf {
        category: "Kitchen",
        goods: &[
            good(
                "Enamel stock pot, 5 litres",
                3_490,
                "A light pot for soup, pasta and jam. White enamel inside, so that you see what you cook; two riveted handles and a lid that fits without rattling. For every hob, and for the oven without its lid.",
            ),
            good(
                "Cast iron skillet, 26 cm",
                4_250,
                "Heavy, even heat for steaks, pancakes and cornbread. Comes oiled and ready; gets better every year it is used. Wash by hand, dry at once.",
            ),
            good(
                "Chef's knife, 20 cm",
                5_900,
                "One knife for nearly everything. A forged blade that takes a keen edge, a full tang and a handle of dark beech that stays in a wet hand.",
            ),
            good(
                "Nesting mixing bowls, set of four",
                2_780,
                "Half a litre to four litres, one inside the other. Steel, with a flat foot and a rim that pours cleanly.",
            ),
            good(
                "Pour-over coffee dripper",
                1_650,
                "A ceramic cone for one cup or three. Ribs inside keep the paper off the wall, so that the water runs at an even pace.",
            ),
            good(
                "Bamboo chopping board",
                1_990,
                "A wide, thick board with a groove for juice along one side and none along the other. Kind to knives and easy to wipe.",
            ),
            good(
                "Glass storage jars, set of six",
                2_240,
                "For flour, rice, beans and biscuits. Clip lids with a silicone ring keep moths out and crunch in.",
            ),
            good(
                "Digital kitchen scale",
                1_820,
                "Weighs from one gram to five kilograms, takes the bowl off the sum at a touch, and switches itself off when forgotten.",
            ),
        ],
    },
    Shelf {
        category: "Home & light",
        goods: &[
            good(
                "Linen table lamp",
                4_900,
                "A warm, even light from a shade of undyed linen on a turned ash foot. Takes any E27 bulb; the cord is long enough for a corner.",
            ),
            good(
                "Wool throw, herringbone",
                6_450,
                "A blanket for the sofa, woven of soft new wool with short fringes. Warm without weight.",
            ),
            good(
                "Wall clock, silent movement",
                2_990,
                "Large clear numerals and hands that glide rather than tick. Thirty centimetres across, with a wooden rim.",
            ),
            good(
                "Floating shelf, oak, 80 cm",
                3_380,
                "Solid oak on a hidden steel bracket. Carries a row of books; screws for brick and wood come with it.",
            ),
            good(
                "Cotton bath towels, pair",
                2_650,
                "Thick loops that drink water and dry by the morning. Washable at sixty degrees; no fluff after the first time.",
            ),
            good(
                "Scented candle, cedar",
                1_290,
                "Forty hours of cedar and a little orange peel, in a glass that serves as a tumbler afterwards.",
            ),
            good(
                "Woven laundry basket",
                2_870,
                "Water hyacinth over a light frame, with a cotton bag that lifts out. Holds two full machines' worth.",
            ),
            good(
                "Picture frames, set of three",
                2_150,
                "Thin black wood and clear glass, for prints of A4, A5 and a postcard. Hangs or stands.",
            ),
        ],
    },
    Shelf {
        category: "Garden",
        goods: &[
            good(
                "Hand trowel, ash handle",
                1_390,
                "A stiff, pointed blade with marks for the planting depth. The handle is oiled ash and fits a gloved hand.",
            ),
            good(
                "Watering can, 9 litres",
                2_480,
                "Galvanised steel with a long spout that reaches the back of the bed, and a brass rose for seedlings.",
            ),
            good(
                "Terracotta pots, set of five",
                1_970,
                "Breathing clay in sizes from ten to eighteen centimetres, each with a saucer. Frost-proof down to minus fifteen.",
            ),
            good(
                "Bypass secateurs",
                2_690,
                "Two curved blades that pass like scissors and leave a clean cut in green wood up to two centimetres.",
            ),
            good(
                "Herb seed collection",
                950,
                "Basil, parsley, chives, coriander, thyme and dill: enough of each for a window sill and for trying again.",
            ),
            good(
                "Compost bin, 300 litres",
                5_490,
                "Four walls that click together and a lid that stays on in a storm. A flap at the bottom gives out what is ready.",
            ),
            good(
                "Soaker hose, 15 m",
                2_130,
                "Lies between the rows and weeps along its length, so that the roots drink and the leaves stay dry.",
            ),
            good(
                "Bird feeder with perch",
                1_760,
                "A clear tube for seeds under a wide roof. Opens without a tool for cleaning; small birds only.",
            ),
        ],
    },
    Shelf {
        category: "Tools",
        goods: &[
            good(
                "Claw hammer, 450 g",
                1_890,
                "A balanced head on a hickory shaft. Drives with the face, draws with the claw, and rings true.",
            ),
            good(
                "Ratchet screwdriver, 12 bits",
                2_340,
                "Fine teeth for tight corners and a dozen bits in the handle: slotted, cross and star.",
            ),
            good(
                "Adjustable spanner, 250 mm",
                1_680,
                "Jaws up to thirty millimetres with a scale on the side. Turns smoothly and holds where it was set.",
            ),
            good(
                "Spirit level, 60 cm",
                1_570,
                "Milled aluminium with three vials: level, plumb and forty-five degrees. Edges true to half a millimetre a metre.",
            ),
            good(
                "Tape measure, 5 m",
                890,
                "A wide blade that stands out two metres by itself, a lock for the thumb and a hook that measures inside and out.",
            ),
            good(
                "Japanese pull saw",
                2_950,
                "Cuts on the pull, thin and straight, through dowels, boards and trim. The blade unhooks for the toolbox.",
            ),
            good(
                "Bar clamps, pair, 60 cm",
                2_790,
                "Hold a glued board overnight with one hand's effort. Soft pads on the jaws, and a release that does not slip.",
            ),
            good(
                "Tool roll, waxed canvas",
                3_650,
                "Sixteen pockets, a flap against dust and two leather straps. Gets handsomer with oil and scratches.",
            ),
        ],
    },
    Shelf {
        category: "Stationery",
        goods: &[
            good(
                "Dotted notebook, A5",
                1_240,
                "Ninety-six sheets of cream paper that takes ink without feathering. Lies flat, has page numbers and a pocket at the back.",
            ),
            good(
                "Fountain pen, medium nib",
                3_290,
                "A steel nib that starts at once and a body of matte black. With a converter and two cartridges.",
            ),
            good(
                "Graphite pencils, tin of twelve",
                1_480,
                "From 4H to 6B in cedar that sharpens without splitting. A tin with a hinge, for the bag.",
            ),
            good(
                "Watercolour set, 18 pans",
                2_860,
                "Clear, strong colours that lift and mix well, in a metal box whose lid is the palette.",
            ),
            good(
                "Desk organiser, beech",
                3_120,
                "Five compartments and a slot that holds a telephone upright. No screws; it slides together.",
            ),
            good(
                "Brass ruler, 30 cm",
                1_150,
                "Engraved, not printed. Heavy enough to tear along, and it grows a patina of its own.",
            ),
            good(
                "Envelopes, kraft, pack of fifty",
                790,
                "Strong brown paper for letters and small things. Gummed flap, no window.",
            ),
            good(
                "Sticky tabs, five colours",
                540,
                "Thin strips that mark a page, take a word in pencil and leave nothing behind.",
            ),
        ],
    },
    Shelf {
        category: "Outdoors",
        goods: &[
            good(
                "Two-person tent",
                14_900,
                "Up in five minutes on two crossed poles; a porch for boots and a floor that keeps the meadow's dew out. Packs to the size of a loaf.",
            ),
            good(
                "Sleeping bag, three-season",
                8_950,
                "Comfortable down to two degrees. A zip that does not bite, a hood that closes, and a sack that squeezes it small.",
            ),
            good(
                "Vacuum flask, 1 litre",
                2_790,
                "Tea that is still hot at the summit and water that is still cold on the way back. The lid is a cup.",
            ),
            good(
                "Head torch, rechargeable",
                3_150,
                "A broad light for the camp and a narrow one for the path. Forty hours on low; a red light spares the others' eyes.",
            ),
            good(
                "Day pack, 22 litres",
                6_490,
                "A padded back, a belt that can be taken off, and a cover against rain in its own pocket.",
            ),
            good(
                "Trekking poles, pair",
                4_780,
                "Aluminium in three sections with cork grips. Tips for rock, baskets for mud, and clips that hold.",
            ),
            good(
                "Camping stove",
                3_970,
                "A burner that folds into a fist and boils half a litre in three minutes. Cartridge not included.",
            ),
            good(
                "Dry bag, 10 litres",
                1_590,
                "Roll the top three times, and the canoe may do what it likes. Welded seams, a ring to tie it down.",
            ),
        ],
    },
    Shelf {
        category: "Electronics",
        goods: &[
            good(
                "Bookshelf loudspeakers, pair",
                18_900,
                "A silk dome over a paper cone in a cabinet of real veneer. Small enough for a shelf, honest enough for a string quartet.",
            ),
            good(
                "Over-ear headphones",
                7_990,
                "Closed, soft and light for long days. The cable comes off at either end, so that it is never the end of them.",
            ),
            good(
                "Mechanical keyboard, compact",
                9_450,
                "A full set of letters without the number pad. Quiet tactile switches, and caps that do not wear smooth.",
            ),
            good(
                "USB hub, seven ports",
                2_980,
                "Four ports on top, three behind, each with its own light, and a power supply that feeds them all at once.",
            ),
            good(
                "Desk microphone",
                6_350,
                "Hears the voice in front of it and little else. A dial for the level, a button for silence.",
            ),
            good(
                "Pocket radio",
                3_280,
                "Medium wave, short wave and FM on two small batteries. A dial that you turn, and a speaker louder than it looks.",
            ),
            good(
                "Power bank, 10,000 mAh",
                2_590,
                "Two full charges for a telephone, thin enough for the same pocket. Shows in steps of a tenth what is left.",
            ),
            good(
                "Weather station",
                5_470,
                "Temperature, pressure and humidity for indoors and out, with a curve of the last day on paper-like display.",
            ),
        ],
    },
    Shelf {
        category: "Toys & games",
        goods: &[
            good(
                "Wooden building blocks, 60",
                3_890,
                "Beech in eight shapes, sanded smooth and left plain or dyed with water colours. In a cotton sack.",
            ),
            good(
                "Marble run, starter set",
                4_290,
                "Towers, curves and a funnel that click together in more ways than there are marbles. Thirty marbles.",
            ),
            good(
                "Jigsaw puzzle, 1,000 pieces",
                1_890,
                "A harbour at dusk, with enough sky to be a challenge. Thick board that lies flat and holds together.",
            ),
            good(
                "Card game, river crossing",
                1_350,
                "For two to five players and a quarter of an hour. Easy to explain, hard to stop.",
            ),
            good(
                "Chess set, folding board",
                3_180,
                "Boxwood and sheesham on a board that is also the box. Felt under every foot.",
            ),
            good(
                "Kite, delta, 160 cm",
                2_450,
                "Flies in a light breeze and forgives beginners. Line, winder and a long striped tail are with it.",
            ),
            good(
                "Plush bear",
                2_260,
                "Medium-sized, patient, with an embroidered face and no loose parts. Survives the washing machine.",
            ),
            good(
                "Yo-yo, maple",
                980,
                "A turned body, a steel axle and a cotton string. Sleeps long enough to walk a dog.",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_good_has_a_name_of_its_own_and_something_to_say() {
        let goods: Vec<&Good> = shelves().flat_map(|shelf| shelf.goods).collect();
        let names: BTreeSet<_> = goods.iter().map(|good| good.name).collect();
        assert_eq!((goods.len(), names.len(), shelves().count()), (200, 200, 16));
        assert!(goods.iter().all(|good| good.description.len() > 40 && good.price_cents > 100));
    }
}
