//! Plots as SVG: lines over one axis, and bars of several parts. Knows numbers and names only; colours are the page's.

use std::fmt::Write as _;

/// The size of a plot, and the room beside it for what stands at its axes.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 44.0;
/// What a line of a legend, and a bar, takes.
const ROW: f64 = 18.0;
const BAR: f64 = 26.0;
/// The width of a bar's name.
const NAME: f64 = 190.0;
/// About so many lines cross a plot.
const TICKS: f64 = 5.0;
/// The page has so many colours.
const COLOURS: usize = 8;

/// Points that belong together.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Series {
    pub(super) name: String,
    /// By the first number.
    pub(super) points: Vec<(f64, f64)>,
    /// Whether it is one figure, the same everywhere.
    pub(super) is_flat: bool,
}

/// How the numbers of the axis below are laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Axis {
    Linear,
    /// Twice as much is always as far.
    Doubling,
}

/// What `text` is inside an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A number without digits that say nothing.
fn plain(number: f64) -> String {
    let digits = if number.abs() >= 100.0 || number.fract() == 0.0 { 0 } else { 2 };
    let text = format!("{number:.digits$}");
    if digits == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// 1, 2 or 5 times a power of ten, so that about [`TICKS`] of them make `most`.
fn step(most: f64) -> f64 {
    let rough = most / TICKS;
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|times| times * power).find(|step| *step >= rough).unwrap_or(10.0 * power)
}

/// Lines with a legend below; `None` where there is no point.
pub(super) fn lines(series: &[Series], axis: Axis, below: &str, beside: &str) -> Option<String> {
    let points = || series.iter().flat_map(|series| &series.points);
    points().next()?;
    let at = |x: f64| if axis == Axis::Doubling { x.max(f64::MIN_POSITIVE).log2() } else { x };
    let (low, high) =
        points().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (x, _)| (low.min(at(*x)), high.max(at(*x))));
    let highest = points().map(|(_, y)| *y).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let step = step(highest);
    let top = (highest / step).ceil() * step;
    let across = |x: f64| {
        let share = if high > low { (at(x) - low) / (high - low) } else { 0.5 };
        LEFT + share * (WIDTH - LEFT - RIGHT)
    };
    let up = |y: f64| HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM);
    let height = HEIGHT + ROW * series.len() as f64;
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">");
    let mut tick = 0.0;
    while tick <= top + step / 2.0 {
        let y = up(tick);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text x=\"{}\" y=\"{:.1}\" \
             text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 4.0,
            plain(tick)
        );
        tick += step;
    }
    let mut marks: Vec<f64> = points().map(|(x, _)| *x).collect();
    marks.sort_unstable_by(f64::total_cmp);
    marks.dedup();
    // So many that they do not run into each other.
    let every = marks.len().div_ceil(12);
    for x in marks.iter().step_by(every) {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            across(*x),
            HEIGHT - BOTTOM + 16.0,
            plain(*x)
        );
    }
    let (middle, label) = (f64::midpoint(LEFT, WIDTH - RIGHT), HEIGHT - BOTTOM + 34.0);
    let _ = write!(svg, "<text x=\"{middle}\" y=\"{label}\" text-anchor=\"middle\">{}</text>", escaped(below));
    let (side, centre) = (14.0, f64::midpoint(TOP, HEIGHT - BOTTOM));
    let _ = write!(
        svg,
        "<text transform=\"translate({side} {centre}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        escaped(beside)
    );
    for (number, series) in series.iter().enumerate() {
        let colour = number % COLOURS;
        let flat = if series.is_flat { " flat" } else { "" };
        let path: Vec<String> = series.points.iter().map(|(x, y)| format!("{:.1},{:.1}", across(*x), up(*y))).collect();
        let _ = write!(svg, "<polyline class=\"c{colour} s{flat}\" points=\"{}\"/>", path.join(" "));
        for (x, y) in series.points.iter().filter(|_| !series.is_flat) {
            let (x_at, y_at) = (across(*x), up(*y));
            let _ = write!(
                svg,
                "<circle class=\"c{colour}\" cx=\"{x_at:.1}\" cy=\"{y_at:.1}\" r=\"3\"><title>{}: {}, {}</title></circle>",
                escaped(&series.name),
                plain(*x),
                plain(*y)
            );
        }
        legend(&mut svg, colour, number as f64, &series.name);
    }
    svg.push_str("</svg>");
    Some(svg)
}

fn legend(svg: &mut String, colour: usize, row: f64, name: &str) {
    let y = HEIGHT + ROW * row;
    let _ = write!(
        svg,
        "<rect class=\"c{colour}\" x=\"{LEFT}\" y=\"{:.1}\" width=\"12\" height=\"8\"/><text x=\"{}\" y=\"{:.1}\">{}</text>",
        y,
        LEFT + 20.0,
        y + 9.0,
        escaped(name)
    );
}

/// Bars one below the other, each of the same parts; `None` where there is none.
pub(super) fn bars(bars: &[(String, Vec<f64>)], parts: &[&str], unit: &str) -> Option<String> {
    let longest = bars.iter().map(|(_, parts)| parts.iter().sum::<f64>()).fold(0.0, f64::max);
    if longest <= 0.0 {
        return None;
    }
    let room = WIDTH - NAME - RIGHT - 60.0;
    let below = BAR * bars.len() as f64 + 12.0;
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\">", below + ROW * parts.len() as f64);
    for (row, (name, sizes)) in bars.iter().enumerate() {
        let y = BAR * row as f64 + 6.0;
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            NAME - 8.0,
            y + 13.0,
            escaped(name)
        );
        let mut x = NAME;
        for (number, (size, part)) in sizes.iter().zip(parts).enumerate() {
            let width = size / longest * room;
            let _ = write!(
                svg,
                "<rect class=\"c{}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"16\"><title>{}: {} {}</title></rect>",
                number % COLOURS,
                escaped(part),
                plain(*size),
                escaped(unit)
            );
            x += width;
        }
        let sum = plain(sizes.iter().sum());
        let _ = write!(svg, "<text x=\"{:.1}\" y=\"{:.1}\">{sum} {}</text>", x + 6.0, y + 13.0, escaped(unit));
    }
    for (number, part) in parts.iter().enumerate() {
        let y = below + ROW * number as f64;
        let _ = write!(
            svg,
            "<rect class=\"c{}\" x=\"{NAME}\" y=\"{y:.1}\" width=\"12\" height=\"8\"/><text x=\"{}\" y=\"{:.1}\">{}</text>",
            number % COLOURS,
            NAME + 20.0,
            y + 9.0,
            escaped(part)
        );
    }
    svg.push_str("</svg>");
    Some(svg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn steps_are_round() {
        assert_eq!([0.9, 5.0, 7.0, 3_300.0].map(step), [0.2, 1.0, 2.0, 1_000.0]);
        assert_eq!([0.0, 0.25, 1.5, 1_234.4].map(plain), ["0", "0.25", "1.5", "1234"]);
    }

    #[test]
    fn points_stand_where_their_numbers_say() {
        let series =
            Series { name: "a < b".to_owned(), points: vec![(1.0, 0.0), (2.0, 5.0), (4.0, 10.0)], is_flat: false };
        let svg = lines(&[series], Axis::Doubling, "callers", "docs/s").unwrap();
        // One doubling each; the highest is the top.
        expect!["64.0,216.0 304.0,113.0 544.0,10.0"]
            .assert_eq(svg.split("points=\"").nth(1).unwrap().split('"').next().unwrap());
        assert!(svg.contains(">a &lt; b</text>"), "{svg}");
    }

    #[test]
    fn nothing_is_not_drawn() {
        assert_eq!(lines(&[], Axis::Linear, "", ""), None);
        assert_eq!(bars(&[("a".to_owned(), vec![0.0])], &["b"], "ms"), None);
    }
}
