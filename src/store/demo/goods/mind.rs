//! What the demo shop sells to read and to play music on. All of it is invented.
//!
//! Only words and prices; ids are the database's.

use super::{Shelf, good};

pub(super) const SHELVES: [Shelf; 2] = [
    Shelf {
        category: "Books",
        goods: &[
            good(
                "The tide table, a novel",
                1_890,
                "Two lighthouse keepers, one radio and a winter that does not end. A slow book for fast readers.",
            ),
            good(
                "A pocket guide to hedges",
                1_450,
                "What grows in them, what lives in them, how to lay one. Drawings on every page.",
            ),
            good(
                "Bread from three ingredients",
                2_790,
                "Forty loaves and the reasons behind them. The failures are photographed, too.",
            ),
            good(
                "Atlas of small islands",
                3_890,
                "Sixty places with more birds than people, each with a map and a short, true history.",
            ),
            good(
                "Mending, a manual",
                2_290,
                "Darning, patching, gluing and knowing when to stop. For clothes, chairs and kettles.",
            ),
            good(
                "The night bus, stories",
                1_650,
                "Eleven journeys across one city, and a driver who hears all of them.",
            ),
            good(
                "Chess for late beginners",
                1_980,
                "Starts with the pawn and ends with a draw you can be proud of.",
            ),
            good(
                "Knots that hold",
                1_290,
                "Thirty-two of them, with the one that you need on the cover.",
            ),
            good(
                "A history of the envelope",
                2_150,
                "Wax, gum, windows and spies: four hundred years of folded paper.",
            ),
            good(
                "Walks by railway",
                1_790,
                "Forty days out that begin and end at a platform. Distances, cafés, last trains.",
            ),
            good(
                "Poems for the kitchen wall",
                1_190,
                "Fifty short ones on strong paper, with a hole punched for the nail.",
            ),
            good(
                "The beekeeper's year",
                2_490,
                "Twelve months at four hives, with every sting counted.",
            ),
            good(
                "Maps that lie",
                2_980,
                "On borders, projections and the sea monsters that sold well.",
            ),
            good(
                "Café society, a cookbook",
                2_690,
                "Ninety dishes from small kitchens with one stove. Serves two, or one twice.",
            ),
            good(
                "Learning to whittle",
                1_590,
                "A knife, a stick, an afternoon. Eight projects, spoons first.",
            ),
            good(
                "The winter constellation",
                1_780,
                "A detective, a planetarium and a map with one star too many.",
            ),
            good(
                "Dictionary of weather words",
                1_990,
                "Haar, mizzle, föhn and bise: six hundred names for what is outside.",
            ),
        ],
    },
    Shelf {
        category: "Music",
        goods: &[
            good(
                "Ukulele, concert size",
                7_490,
                "Mahogany that sings after a week of playing. Comes in tune and stays there by Thursday.",
            ),
            good(
                "Harmonica in C",
                3_290,
                "Ten holes, brass reeds, a case that fits a shirt. Blues, folk and campfires.",
            ),
            good(
                "Guitar strings, bronze, set",
                1_290,
                "Bright for a fortnight and warm for a season after. Light gauge.",
            ),
            good(
                "Music stand, folding",
                2_490,
                "Opens without pinching, stands without swaying, carries a score as thick as a loaf.",
            ),
            good(
                "Metronome, wind-up",
                4_890,
                "A pendulum in a wooden pyramid, from forty beats to two hundred and eight.",
            ),
            good(
                "Kalimba, 17 keys",
                3_790,
                "Thumbs only, and no wrong notes to speak of. A small box that sounds like rain.",
            ),
            good(
                "Tambourine, calfskin",
                3_490,
                "A taut head and six pairs of jingles. Loud enough for one tambourine.",
            ),
            good(
                "Recorder, pear wood",
                4_290,
                "Soft and clear, with a cleaning rod and a book of first tunes.",
            ),
            good(
                "Cajón, birch",
                8_990,
                "A box to sit on and a band to go with it. Two snares inside, adjustable.",
            ),
            good(
                "Violin rosin, dark",
                980,
                "Grips without dust. A cake lasts a student through three teachers.",
            ),
            good(
                "Capo, spring clamp",
                1_590,
                "On and off with one hand. Rubber that leaves no mark on the neck.",
            ),
            good(
                "Manuscript paper, 100 sheets",
                1_180,
                "Twelve staves, cream, heavy enough for ink and doubt.",
            ),
            good(
                "Headphone amplifier, valve",
                14_900,
                "Two small bottles glow and make old recordings kinder. For patient ears.",
            ),
            good(
                "Record brush, carbon fibre",
                1_890,
                "Takes the dust off before the needle finds it. A dry wipe, once round.",
            ),
            good(
                "Turntable, belt drive",
                24_900,
                "A heavy platter, a straight arm, two speeds and no lights. Plays what you have kept.",
            ),
            good(
                "Shakers, pair of eggs",
                790,
                "Tuned by ear, painted by hand, impossible to put down.",
            ),
            good(
                "Tuning fork, A 440",
                890,
                "Steel that has never been wrong. Hold it to the table and listen.",
            ),
        ],
    },
];
