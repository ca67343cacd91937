//! What the demo shop sells to eat and drink. All of it is invented.
//!
//! Only words and prices; ids are the database's.

use super::{Shelf, good};

pub(super) const SHELVES: [Shelf; 2] = [
    Shelf {
        category: "Épicerie",
        goods: &[
            good(
                "Crème de marrons, 250 g",
                640,
                "Sweet chestnuts from the Ardèche, cooked slowly with a little vanilla. On bread, in yoghurt, or from the spoon.",
            ),
            good(
                "Olive oil, first pressing, 750 ml",
                1_890,
                "Green, peppery and a little bitter, from fruit picked early. In a dark bottle, because light is no friend of oil.",
            ),
            good(
                "Jalapeño relish, 200 g",
                720,
                "Hot, sour and green. Three spoons turn beans into supper; one spoon wakes up an egg.",
            ),
            good(
                "Müsli with roasted nuts, 1 kg",
                1_150,
                "Oats, rye and hazelnuts, toasted without sugar. Raisins in a bag of their own, for those who do not want them.",
            ),
            good(
                "Piment d'Espelette, ground, 40 g",
                980,
                "Mild heat with a scent of hay and ripe tomato. Where pepper would be too much and paprika too little.",
            ),
            good(
                "Sea salt flakes, 250 g",
                590,
                "Brittle pyramids that crunch before they melt. For the last moment before the plate goes out.",
            ),
            good(
                "Wildflower honey, 500 g",
                1_290,
                "Whatever bloomed between the hills that summer. Turns firm in the cold and soft again by the stove.",
            ),
            good(
                "Risotto rice, 1 kg",
                690,
                "Round grains that drink a litre of stock and still have a heart. Needs eighteen minutes and company.",
            ),
            good(
                "Black garlic, two bulbs",
                1_080,
                "Aged for weeks until it is soft, dark and sweet as a prune. Mash it into butter.",
            ),
            good(
                "Bitter orange marmalade, 340 g",
                760,
                "Thick shreds, little sugar, a stern character. Cooked in copper, in batches of forty jars.",
            ),
            good(
                "Dried porcini, 80 g",
                1_340,
                "Slices that smell of the forest as soon as the bag is open. Soak them and keep the water.",
            ),
            good(
                "Mustard with whole grains, 370 g",
                650,
                "Seeds that pop, vinegar that bites. Good with sausages, better with cheese.",
            ),
            good(
                "Dark chocolate, 78 percent, five bars",
                1_620,
                "Three ingredients, stone-ground. Breaks with a snap, tastes of cherries and smoke.",
            ),
            good(
                "Tomato passata, six bottles",
                1_540,
                "Ripe plum tomatoes, sieved and nothing else. The beginning of most good evenings.",
            ),
            good(
                "Pickled walnuts, 390 g",
                890,
                "Picked green, kept in spiced vinegar until black. An old companion of cold meat and blue cheese.",
            ),
            good(
                "Rosemary crackers, tin",
                940,
                "Thin, brittle and salty, in a tin that is kept long after they are gone.",
            ),
            good(
                "Smoked paprika, tin of 75 g",
                560,
                "Dried over oak for two weeks. Gives beans and potatoes the memory of a fire.",
            ),
        ],
    },
    Shelf {
        category: "Café & tea",
        goods: &[
            good(
                "Café crème beans, 1 kg",
                2_190,
                "A round, gentle roast with hazelnut and cocoa. Forgives water that is a little too hot.",
            ),
            good(
                "Espresso beans, dark, 500 g",
                1_390,
                "Thick crema, bitter chocolate, no sourness at all. Roasted on Tuesdays, shipped on Wednesdays.",
            ),
            good(
                "Decaffeinated beans, 500 g",
                1_490,
                "Washed with water alone, so what is left tastes of coffee. For the cup after dinner.",
            ),
            good(
                "Assam tea, loose, 250 g",
                1_180,
                "Malty and strong enough for milk. A spoon of stone in the pot, five minutes, done.",
            ),
            good(
                "Sencha tea, 100 g",
                1_590,
                "Grassy, bright and a little sweet. Wants water that has stopped boiling, and patience.",
            ),
            good(
                "Rooibos with vanilla, 200 g",
                890,
                "Red, soft and without any caffeine. Children drink it cold with apple juice.",
            ),
            good(
                "Peppermint tea, 80 g",
                640,
                "Whole leaves that unfold in the pot. Clears a head and settles a stomach.",
            ),
            good(
                "French press, 1 litre",
                3_450,
                "A heavy glass in a steel frame, a mesh that fits to the rim. Four mugs of coffee with body.",
            ),
            good(
                "Moka pot, six cups",
                2_890,
                "Eight-sided, of aluminium, with a valve that lets you hear when it is ready. Older than most machines, and quicker.",
            ),
            good(
                "Milk jug with spout, 600 ml",
                1_680,
                "Steel that feels the heat in time, and a spout that draws hearts after some practice.",
            ),
            good(
                "Hand grinder, ceramic burrs",
                4_390,
                "Turns beans into anything from powder to gravel, silently. A minute's work for two cups.",
            ),
            good(
                "Tea pot, cast iron, 1.1 litre",
                4_980,
                "Enamelled inside, studded outside. Keeps the second cup as hot as the first.",
            ),
            good(
                "Tea strainer with drip tray",
                980,
                "A fine basket with two ears that rest on any mug. Nothing escapes but the tea.",
            ),
            good(
                "Espresso cups, set of four",
                2_640,
                "Thick porcelain, warmed in a moment, with saucers that hold a biscuit.",
            ),
            good(
                "Gooseneck kettle, 900 ml",
                5_790,
                "Pours a thread where you want it. A thermometer in the lid tells when to stop waiting.",
            ),
            good(
                "Travel mug, leakproof",
                2_490,
                "Holds 350 millilitres and its temper in a full bag. Comes apart for washing.",
            ),
            good(
                "Matcha whisk, bamboo",
                1_720,
                "Eighty tines cut by hand. Beats the powder to a foam without a lump.",
            ),
        ],
    },
];
