//! What made-up buyers say: sentences put together by dice, kinder the more stars there are.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::words::uncapitalised;

const TITLES: [&[&str]; 5] = [
    &["Went back", "A disappointment", "Not again", "Broke at once"],
    &["Hoped for more", "Could be better", "Only just", "Meh"],
    &["It is all right", "Does its job", "Middling", "Fair for the price"],
    &["Good, with a small but", "Pleased", "Does what it should", "Solid"],
    &["Very happy", "Would buy again", "Exactly right", "A joy every day", "Best I have had"],
];
const BEGINNINGS: [&[&str]; 5] = [
    &[
        "Mine arrived with a fault and I did not get far with it.",
        "I wanted to like this, and I do not.",
        "It lasted a week.",
        "The pictures promise more than the thing keeps.",
    ],
    &[
        "It works, but I notice every day where money was saved.",
        "Less than I expected at this price.",
        "The idea is good, the making is not.",
        "Fine at first, worse with every month.",
    ],
    &[
        "It does what it says and no more.",
        "Neither good nor bad.",
        "For now and then it is enough.",
        "I use it, and I would use another as well.",
    ],
    &[
        "I have had it for some weeks and I am pleased.",
        "Well made, and it shows.",
        "A good thing at a fair price.",
        "It replaced one that was twice as dear.",
    ],
    &[
        "I did not know that I needed this, and now I use it daily.",
        "The best one I have owned.",
        "My second one: the first was borrowed and never came back.",
        "Everything about it is thought through.",
        "Bought for a friend, then another for myself.",
    ],
];
const MIDDLES: [&[&str]; 5] = [
    &[
        "The material feels thin and one edge was rough.",
        "After two uses it looked like after two years.",
        "The size is not what the description says.",
    ],
    &[
        "The finish scratches if you look at it.",
        "It smells of the factory, even after a week by the window.",
        "You get used to it, but you should not have to.",
    ],
    &[
        "The colour is a little duller than in the picture.",
        "It is heavier than I thought, which may suit others.",
        "The instructions are short, but so is what there is to know.",
    ],
    &[
        "The size is right and nothing rattles.",
        "It cleans up quickly.",
        "A little smaller than I had in mind, though that is in the description.",
        "Packed with care, without a mountain of plastic.",
    ],
    &[
        "You can feel that somebody cared.",
        "It looks better in the hand than in the picture.",
        "Visitors ask where it is from.",
        "Not a fault to be found after months of use.",
    ],
];
const ENDS: [&[&str]; 5] = [
    &["It goes back.", "I can not recommend it.", "Save your money."],
    &[
        "I would choose another one.",
        "At half the price, perhaps.",
        "I keep it for want of a better.",
    ],
    &["Good enough.", "Make up your own mind.", "For the price I do not complain."],
    &["I would buy it again.", "Recommended.", "One star less, because nothing is perfect."],
    &["Buy it.", "I would give six stars.", "Thank you!", "Worth every cent."],
];
const OF_SELLERS: [&[&str]; 5] = [
    &["The parcel took for ever and nobody answered.", "Twice the wrong thing in the box."],
    &["Slow, and sparing with words.", "It came, in the end."],
    &["No complaints, no praise.", "As described, a day later than hoped."],
    &["Quick and friendly.", "Well packed, fairly priced."],
    &[
        "Always my first stop.",
        "Everything right at once, as every time.",
        "A pleasure to buy from.",
    ],
];

/// A number of stars that suits a quality from 0 to 1.
pub(super) fn stars(dice: &mut ChaCha8Rng, quality: f64) -> usize {
    let luck: f64 = (dice.random::<f64>() + dice.random::<f64>()) / 2.0;
    let mark = 1.0 + 4.9 * (0.62 * quality + 0.38 * luck).clamp(0.0, 1.0);
    // Who is angry says so more often than who is not.
    let mark = if dice.random_bool(0.06) { 1.0 } else { mark };
    (mark as usize).clamp(1, 5)
}

/// A title and a text about a product; either may be empty.
pub(super) fn of_product(dice: &mut ChaCha8Rng, stars: usize) -> (String, String) {
    let nth = stars.clamp(1, 5) - 1;
    if dice.random_bool(0.12) {
        return (String::new(), String::new());
    }
    let title = if dice.random_bool(0.8) { pick(dice, TITLES[nth]) } else { "" };
    let mut text = pick(dice, BEGINNINGS[nth]).to_owned();
    if dice.random_bool(0.7) {
        text.push(' ');
        text.push_str(pick(dice, MIDDLES[nth]));
    }
    // Now and then somebody sees the other side as well.
    if dice.random_bool(0.15) {
        let other = if nth > 1 { nth - 1 } else { nth + 1 };
        text.push_str(" Then again: ");
        text.push_str(&uncapitalised(pick(dice, MIDDLES[other])));
    }
    if dice.random_bool(0.6) {
        text.push_str(if dice.random_bool(0.2) { "\n\n" } else { " " });
        text.push_str(pick(dice, ENDS[nth]));
    }
    (title.to_owned(), text)
}

/// A text about a seller.
pub(super) fn of_seller(dice: &mut ChaCha8Rng, stars: usize) -> String {
    pick(dice, OF_SELLERS[stars.clamp(1, 5) - 1]).to_owned()
}

fn pick<'a>(dice: &mut ChaCha8Rng, from: &[&'a str]) -> &'a str {
    from[dice.random_range(0..from.len())]
}
