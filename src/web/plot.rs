//! A small plot that the server draws: bars over time, as SVG, with the same as a table.
//!
//! Only the drawing; what is plotted, and in which words, is each page's to say. Colours are
//! classes of the stylesheet, so that light and dark are the visitor's choice.

use askama::Template;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 30.0;
/// Labels under the bars at most.
const LABELS_MAX: usize = 7;
/// Steps of the scale at most.
const STEPS: i64 = 4;

/// Something that has a value, and how both are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub name: String,
    pub value: i64,
    /// The value in words: `$12.50`.
    pub words: String,
}

/// A plot of bars that begin at zero; values below that are drawn as zero.
#[derive(Debug, Template)]
#[template(path = "plot.html")]
pub struct Plot {
    /// Unique on its page.
    id: &'static str,
    title: String,
    /// What a listener should know of it.
    summary: String,
    /// What the bars' names and values are, over the columns of the table.
    columns: [&'static str; 2],
    bars: Vec<Drawn>,
    scale: Vec<Step>,
}

#[derive(Debug)]
struct Drawn {
    bar: Bar,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    /// Where the name stands, if it does.
    label: Option<f64>,
}

#[derive(Debug)]
struct Step {
    y: f64,
    words: String,
}

impl Plot {
    /// `words` puts a value of the scale.
    pub fn new(
        id: &'static str,
        title: String,
        summary: String,
        columns: [&'static str; 2],
        bars: Vec<Bar>,
        words: impl Fn(i64) -> String,
    ) -> Self {
        let highest = bars.iter().map(|bar| bar.value).max().unwrap_or(0);
        let step = step(highest);
        let top = step.saturating_mul(steps(highest, step));
        let y = |value: i64| HEIGHT - BOTTOM - share(value, top) * (HEIGHT - TOP - BOTTOM);
        let scale = (0..=steps(highest, step)).map(|nth| nth.saturating_mul(step));
        let scale = scale.map(|value| Step { y: y(value), words: words(value) }).collect();
        let place = (WIDTH - LEFT - RIGHT) / bars.len().max(1) as f64;
        let every = bars.len().div_ceil(LABELS_MAX).max(1);
        let last = bars.len().saturating_sub(1);
        let draw = |(nth, bar): (usize, Bar)| {
            let (x, y) = (LEFT + place * nth as f64, y(bar.value.max(0)));
            // Counted from the last, which is what one looks for.
            let label = (last - nth).is_multiple_of(every).then_some(x + place / 2.0);
            let (width, height) = (place * 0.72, HEIGHT - BOTTOM - y);
            Drawn { bar, x: x + place * 0.14, y, width, height, label }
        };
        let bars = bars.into_iter().enumerate().map(draw).collect();
        Self { id, title, summary, columns, bars, scale }
    }
}

fn share(value: i64, of: i64) -> f64 {
    if of == 0 { 0.0 } else { value as f64 / of as f64 }
}

/// 1, 2 or 5 and zeros, so that a few of them reach the highest.
fn step(highest: i64) -> i64 {
    // Rounded up, so that no more than those reach it.
    let rough = (highest.max(1) - 1) / STEPS + 1;
    let mut power = 1_i64;
    while power <= rough / 10 {
        power *= 10;
    }
    let steps = [1, 2, 5, 10].map(|n: i64| power.saturating_mul(n));
    steps.into_iter().find(|step| *step >= rough).unwrap_or(power)
}

fn steps(highest: i64, step: i64) -> i64 {
    (highest.max(1) / step + i64::from(highest.max(1) % step > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(values: &[i64]) -> Plot {
        let bar = |value: &i64| Bar {
            name: format!("day <{value}>"),
            value: *value,
            words: format!("{value} pieces"),
        };
        let bars = values.iter().map(bar).collect();
        let (title, summary) = ("Sales & more".to_owned(), "Up.".to_owned());
        Plot::new("sales", title, summary, ["Day", "Pieces"], bars, |value| value.to_string())
    }

    #[test]
    fn the_scale_has_round_steps_and_reaches_the_highest() {
        for highest in [0, 1, 3, 7, 99, 100, 101, 12_345, 1_000_000_007, i64::MAX] {
            let step = step(highest);
            let digits = step.to_string();
            assert!(digits.starts_with(['1', '2', '5']), "{highest}: {step}");
            assert_eq!(digits.trim_end_matches('0').len(), 1, "{highest}: {step}");
            let count = steps(highest, step);
            assert!((1..=5).contains(&count), "{highest}: {count} steps of {step}");
            assert!(i128::from(count) * i128::from(step) >= i128::from(highest));
        }
    }

    #[test]
    fn bars_stay_within_the_frame_and_are_as_high_as_they_are_worth() {
        for values in [vec![], vec![0], vec![-5, 3], vec![i64::MAX, 1, i64::MIN], vec![7; 90]] {
            for bar in &plot(&values).bars {
                assert!(bar.x >= LEFT && bar.x + bar.width <= WIDTH - RIGHT + 0.01, "{bar:?}");
                assert!(bar.y >= TOP - 0.01 && bar.y <= HEIGHT - BOTTOM + 0.01, "{bar:?}");
            }
        }
        let two = plot(&[50, 100]);
        assert!((two.bars[0].height * 2.0 - two.bars[1].height).abs() < 0.01);
    }

    #[test]
    fn what_is_drawn_is_written_too_and_is_text() {
        let drawn = plot(&[1, 2]).render().unwrap();
        assert!(drawn.contains("<title id=\"sales-title\">Sales &#38; more</title>"), "{drawn}");
        assert!(drawn.contains("<td class=\"number\">2 pieces</td>"), "{drawn}");
        assert!(!drawn.contains("day <") && !drawn.contains(" style="), "{drawn}");
    }

    #[test]
    fn labels_are_few_and_the_last_bar_has_one() {
        for count in [1, 7, 30, 90, 91] {
            let plot = plot(&vec![1; count]);
            let labels = plot.bars.iter().filter(|bar| bar.label.is_some()).count();
            assert!((1..=LABELS_MAX).contains(&labels), "{count}: {labels}");
            assert!(plot.bars[count - 1].label.is_some());
        }
    }
}
