//! What the demo shop sells for sport and for pets. All of it is invented.
//!
//! Only words and prices; ids are the database's.

use super::{Shelf, good};

pub(super) const SHELVES: [Shelf; 2] = [
    Shelf {
        category: "Sport",
        goods: &[
            good(
                "Skipping rope, leather",
                1_890,
                "Turns on ball bearings and keeps its arc. Length to be cut once, with courage.",
            ),
            good(
                "Yoga mat, cork",
                5_490,
                "Grips when dry, grips more when wet. Rolls up with a strap that is a strap.",
            ),
            good(
                "Kettlebell, 12 kg",
                4_290,
                "Cast in one piece with a handle wide enough for two hands.",
            ),
            good(
                "Resistance bands, set of five",
                2_190,
                "From a whisper to a wrestle, with a bag and a door anchor.",
            ),
            good(
                "Football, size 5",
                2_990,
                "Stitched, not glued. Keeps its air through a season of gravel.",
            ),
            good(
                "Table tennis bats, pair",
                3_490,
                "Five plies, medium sponge, handles that forgive sweat. Three balls with them.",
            ),
            good(
                "Frisbee, 175 g",
                1_690,
                "Flies straight in a wind that bends trees. The rim is kind to fingers.",
            ),
            good(
                "Swimming goggles",
                1_980,
                "Seal without biting. A view to both sides and no fog until the tenth length.",
            ),
            good(
                "Bicycle lights, pair",
                3_390,
                "See and be seen, thirty hours on low. Charge from any plug there is.",
            ),
            good(
                "Bicycle pump, floor",
                4_190,
                "A wide foot, a long hose and a gauge that can be read in the dark.",
            ),
            good(
                "Climbing chalk, 300 g",
                1_090,
                "Fine, dry, without perfume. In a bag that closes at last.",
            ),
            good(
                "Pétanque set, six boules",
                4_790,
                "Steel, three patterns, a wooden jack and a cloth for wiping them. Needs gravel and an aperitif.",
            ),
            good(
                "Running belt, two pockets",
                2_290,
                "Holds a telephone, a key and a gel, and does not bounce.",
            ),
            good(
                "Badminton set, portable",
                3_890,
                "Four rackets, a net that stands on its case, shuttles for a day of wind.",
            ),
            good(
                "Hiking socks, liner pair",
                1_590,
                "Thin under thick, and blisters lose their interest.",
            ),
            good(
                "Foam roller, ridged",
                2_690,
                "Hurts in the right places. Hollow, so that it travels with clothes inside.",
            ),
            good(
                "Water bottle, steel, 750 ml",
                2_390,
                "One wall, wide mouth, no lining. Dents become stories.",
            ),
        ],
    },
    Shelf {
        category: "Pets",
        goods: &[
            good(
                "Dog lead, rope, 2 m",
                2_690,
                "Climbing rope with spliced ends. Soft in the hand when the squirrel comes.",
            ),
            good(
                "Cat tree, sisal, 120 cm",
                8_490,
                "Two platforms, a cave and a post that may be destroyed.",
            ),
            good(
                "Bird bath, stoneware",
                3_490,
                "Shallow edges, rough ground, heavy enough for pigeons.",
            ),
            good(
                "Dog bed, washable, large",
                6_990,
                "A firm ring to lay a chin on. The cover comes off in one piece.",
            ),
            good("Cat tunnel, crackling", 1_980, "Three exits, two cats, no explanation needed."),
            good(
                "Grooming glove",
                1_390,
                "Strokes off what would be on the sofa. Pets do not notice that it is work.",
            ),
            good(
                "Treat jar, stoneware",
                2_290,
                "A lid that seals with a sound every dog in the street knows.",
            ),
            good(
                "Hamster wheel, silent",
                2_590,
                "Runs on bearings all night long. Wide enough for a straight back.",
            ),
            good(
                "Rabbit hutch, two floors",
                15_900,
                "Larch, a ramp with rungs, mesh that foxes respect.",
            ),
            good(
                "Ball launcher",
                1_490,
                "Throws further than you can, and spares you the wet ball.",
            ),
            good(
                "Aquarium plants, set",
                2_190,
                "Six hardy ones for beginners, with roots in wool. Fish not included.",
            ),
            good("Travel bowl, folding", 990, "Flat in a pocket, half a litre on the trail."),
            good("Catnip mice, pair", 890, "Stuffed tight, sewn twice, loved once and for all."),
            good("Puppy brush, soft", 1_190, "For a first coat and first manners. Beech and boar."),
            good("Parrot swing, rope", 1_590, "Cotton and apple wood, to be chewed and replaced."),
            good(
                "Nest box for tits",
                2_490,
                "A hole of 32 millimetres, a front that opens for cleaning in autumn.",
            ),
            good("Horse brush, dandy", 1_680, "Stiff rice root for dried mud. Fits a glove."),
        ],
    },
];
