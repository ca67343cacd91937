//! What the demo shop sells to wear and for the bath. All of it is invented.
//!
//! Only words and prices; ids are the database's.

use super::{Shelf, good};

pub(super) const SHELVES: [Shelf; 2] = [
    Shelf {
        category: "Clothing",
        goods: &[
            good(
                "Merino jumper, crew neck",
                8_990,
                "Fine wool that does not scratch and airs out overnight. Warm in the office, cool on the hill.",
            ),
            good(
                "Linen shirt, straight cut",
                6_490,
                "Crumples at once and looks right for it. The cloth softens with every wash.",
            ),
            good(
                "Rain jacket, sealed seams",
                11_900,
                "Keeps out an honest downpour and lets out an honest sweat. The hood turns with the head.",
            ),
            good(
                "Wool socks, three pairs",
                2_490,
                "Cushioned where it matters, thin where the shoe begins. Guaranteed against holes for two winters.",
            ),
            good(
                "Selvedge jeans, unwashed",
                9_800,
                "Stiff for a month, yours for ten years. Fourteen ounces, button fly, a pocket for a watch nobody has.",
            ),
            good(
                "Cotton T-shirt, heavy",
                2_690,
                "Two hundred and twenty grams, a collar that keeps its shape, no print anywhere.",
            ),
            good(
                "Flannel pyjamas",
                5_490,
                "Brushed on both sides, with pockets for a handkerchief. Sunday in cloth.",
            ),
            good(
                "Leather belt, 35 mm",
                4_590,
                "One piece of bridle leather and a brass buckle. The holes are punched, not burnt.",
            ),
            good(
                "Felted slippers",
                3_890,
                "Wool from sheep that lived on rocks, pressed to a shoe. A sole of cork keeps the floor's cold away.",
            ),
            good(
                "Sun hat, wide brim",
                3_290,
                "Paper straw that rolls up for the suitcase and comes back. A cord against the wind.",
            ),
            good(
                "Scarf, lambswool, striped",
                4_190,
                "Long enough to go round twice. Colours of a harbour in November.",
            ),
            good(
                "Work apron, denim",
                3_990,
                "Cross straps that spare the neck, four pockets and a loop for a towel.",
            ),
            good(
                "Fleece gloves, touch tips",
                1_990,
                "Warm, light, and able to answer a telephone. The right one always comes back.",
            ),
            good(
                "Waxed cap",
                3_490,
                "Sheds drizzle and looks as if it always had. Re-wax it when it stops.",
            ),
            good(
                "Swim shorts, quick-dry",
                3_190,
                "Dry before the sandwich is eaten. A mesh lining, a zipped pocket for the key.",
            ),
            good(
                "Down vest, packable",
                7_990,
                "Warm in the middle, free at the arms. Fits into its own left pocket.",
            ),
            good(
                "Bandana, set of three",
                1_480,
                "Cotton squares in red, blue and ochre. Napkin, bandage, flag.",
            ),
        ],
    },
    Shelf {
        category: "Crèmes & soaps",
        goods: &[
            good(
                "Crème for hands, with beeswax, 75 ml",
                1_190,
                "For skin that works in cold water. Sinks in before you reach the door handle.",
            ),
            good(
                "Crème de jour, fragrance-free, 50 ml",
                2_390,
                "Light, plain and enough for a day indoors. Nothing in it that you could not pronounce.",
            ),
            good(
                "Olive soap, block of 300 g",
                790,
                "Boiled for a week in one pot, cut by wire. Washes hands, collars and brushes.",
            ),
            good(
                "Shampoo bar, nettle",
                890,
                "A disc that lasts as long as two bottles and never spills in a bag.",
            ),
            good(
                "Shaving soap in a bowl",
                1_690,
                "Lathers thick and slow. The bowl is turned beech and can be filled again.",
            ),
            good(
                "Rosé bath salt, 600 g",
                1_350,
                "Coarse salt, rose and a little cedar. Half a cup for half an hour of nobody calling.",
            ),
            good(
                "Lip balm, two sticks",
                690,
                "Beeswax, almond oil and no flavour to lick off. One for the coat, one for the desk.",
            ),
            good(
                "Natural sponge",
                1_580,
                "Soft when wet, firm when dry, harvested by hand and left to grow again.",
            ),
            good(
                "Nail brush, pear wood",
                990,
                "Stiff bristles on one side, softer ones on the other. For gardeners and mechanics.",
            ),
            good(
                "Tooth powder, mint, 60 g",
                950,
                "A pinch on a wet brush. Travels through every airport without a question.",
            ),
            good(
                "Après-soleil lotion, 200 ml",
                1_490,
                "Cools what the sun has left. Aloe, cucumber and a smell of evening.",
            ),
            good(
                "Face towels, set of three",
                1_890,
                "Honeycomb cotton that dries fast and takes up little room.",
            ),
            good(
                "Razor, safety, brass",
                4_490,
                "One blade, one handle, no subscription. Heavy enough to do the work by itself.",
            ),
            good(
                "Pumice stone on a rope",
                640,
                "Light, grey and relentless. Hangs in the shower and lasts for years.",
            ),
            good(
                "Massage oil, arnica, 100 ml",
                1_790,
                "For legs that climbed more than they meant to. Warms under the hand.",
            ),
            good(
                "Soap dish, drained, ash",
                1_080,
                "A grid that lets water go and soap last. Three drops of oil a year keep it fine.",
            ),
            good(
                "Crème brûlée candle, soy",
                1_990,
                "Vanilla and burnt sugar for thirty evenings. Please do not eat it.",
            ),
        ],
    },
];
