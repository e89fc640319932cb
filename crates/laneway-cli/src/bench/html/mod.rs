//! A benchmark as one page that needs nothing else: plots, tables, and every figure. It is XML as well as HTML. Knows reports only.

mod svg;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value as Json;

use super::report::{Figures, Line, Report, SPLIT};
use crate::load::Percentiles;
use svg::{Axis, Series, bars, escaped, lines};

/// A percentile's name, and how it is read.
type Percentile = (&'static str, fn(Percentiles) -> f64);
const PERCENTILES: [Percentile; 3] = [("p50", |ms| ms.p50), ("p95", |ms| ms.p95), ("p99", |ms| ms.p99)];

impl Report {
    /// The page.
    pub(crate) fn page(&self) -> String {
        let style = include_str!("style.css");
        let machine = &self.machine;
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head><meta charset=\"utf-8\"/>\
             <meta name=\"viewport\" content=\"width=device-width\"/><title>Laneway: benchmark</title>\n<style>\n{style}</style>\
             </head>\n<body>\n<h1>Laneway: benchmark</h1>\n<p class=\"machine\">Laneway {}, PostgreSQL {}, <span>{}</span> \
             cores, {}</p>\n",
            escaped(machine.laneway),
            escaped(&machine.postgres),
            machine.cores,
            escaped(&machine.system)
        );
        for group in self.groups() {
            self.write_group(&mut page, group);
        }
        page.push_str("<h2>Documents</h2>\n");
        let documents = serde_json::to_value(&self.documents).unwrap_or_default();
        write_table(&mut page, documents.as_array().into_iter().flatten().map(flat));
        page.push_str("<h2>All rounds</h2>\n");
        write_table(&mut page, rounds(&self.json()).into_iter());
        page.push_str("</body>\n</html>\n");
        page
    }

    fn write_group(&self, page: &mut String, group: &[Line]) {
        let Some(first) = group.first() else { return };
        let _ = write!(page, "<h2>{}: {}</h2>\n<div class=\"plots\">\n", escaped(&first.documents), first.workload);
        let mut plot = |title: &str, svg: Option<String>| {
            if let Some(svg) = svg {
                let _ = writeln!(page, "<figure><figcaption>{}</figcaption>{svg}</figure>", escaped(title));
            }
        };
        plot("Throughput", lines(&throughput(group), Axis::Doubling, "callers", "documents a second"));
        let sizes = by_batch_size(group);
        plot(
            "Throughput by batch size",
            lines(&sizes, Axis::Doubling, "documents in a transaction", "documents a second"),
        );
        for system in systems(group, |line| line.callers.is_some()) {
            let latency = percentiles(group, &system, |line| Some(line.callers? as f64));
            plot(&format!("Latency: {system}"), lines(&latency, Axis::Doubling, "callers", "ms"));
        }
        let paced = percentiles(group, "laneway", |line| Some(line.share? * 100.0));
        plot(
            "Latency of documents that come by themselves",
            lines(&paced, Axis::Linear, "% of the highest rate", "ms"),
        );
        plot("Where a document's time goes", bars(&splits(group), &SPLIT.map(|(part, _)| part), "ms"));
        let parts = self.parts_of(group);
        plot("Time of each part of the load", lines(&parts, Axis::Linear, "part", "divided by the first"));
        page.push_str("</div>\n");
        let columns = self.columns();
        let row = |line: &Line| {
            let cells = columns.iter().map(|(title, of)| ((*title).to_owned(), of(self, line)));
            std::iter::once(("system".to_owned(), line.label())).chain(cells).collect()
        };
        write_table(page, group.iter().map(row));
    }

    /// Each divided by the limit's and by the first, so that all begin at one.
    fn parts_of(&self, group: &[Line]) -> Vec<Series> {
        let of = |line: &Line| {
            let parts = self.parts_beside_limit(line).unwrap_or_else(|| line.parts());
            let first = parts.first().copied().filter(|first| *first > 0.0)?;
            let points = parts.iter().enumerate().map(|(part, time)| ((part + 1) as f64, time / first)).collect();
            Some(Series { name: with_callers(line), points, is_flat: false })
        };
        group.iter().filter(|line| line.callers.is_some()).filter_map(of).collect()
    }
}

fn with_callers(line: &Line) -> String {
    line.callers.map_or_else(|| line.label(), |callers| format!("{}, {callers} callers", line.label()))
}

/// The labels of the lines that are meant, each once.
fn systems(group: &[Line], is_meant: impl Fn(&Line) -> bool) -> Vec<String> {
    let mut labels = Vec::new();
    for line in group.iter().filter(|line| is_meant(line)) {
        if !labels.contains(&line.label()) {
            labels.push(line.label());
        }
    }
    labels
}

fn throughput(group: &[Line]) -> Vec<Series> {
    let callers = || group.iter().filter_map(|line| line.callers).map(|callers| callers as f64);
    let ends = [callers().fold(f64::INFINITY, f64::min), callers().fold(0.0, f64::max)];
    let limits = group.iter().filter(|line| line.callers.is_none() && line.share.is_none() && ends[1] > 0.0);
    let limits = limits.map(|line| Series {
        name: line.label(),
        points: ends.iter().map(|callers| (*callers, line.rate())).collect(),
        is_flat: true,
    });
    let of_system = |system: String| {
        let of_callers = |line: &Line| Some((line.callers? as f64, line.rate()));
        series(system.clone(), group.iter().filter(|line| line.label() == system).filter_map(of_callers))
    };
    systems(group, |line| line.callers.is_some()).into_iter().map(of_system).chain(limits).collect()
}

/// Of one system whatever its bounds: they are what makes batches differ.
fn by_batch_size(group: &[Line]) -> Vec<Series> {
    let family = |line: &Line| line.system.split('(').next().unwrap_or_default().to_owned();
    let mut families: Vec<String> = Vec::new();
    group.iter().map(family).for_each(|name| {
        if !families.contains(&name) {
            families.push(name)
        }
    });
    let of_family = |name: String| {
        let lines = group.iter().filter(|line| family(line) == name && line.share.is_none());
        let points = lines.filter_map(|line| Some((line.median(|figures| figures.batch_mean)?, line.rate())));
        series(name.clone(), points)
    };
    families.into_iter().map(of_family).collect()
}

fn percentiles(group: &[Line], label: &str, at: impl Fn(&Line) -> Option<f64>) -> Vec<Series> {
    let lines = || group.iter().filter(|line| line.label() == label || (line.share.is_some() && line.system == label));
    let of_percentile = |(name, of): Percentile| {
        let points =
            lines().filter_map(|line| Some((at(line)?, line.median(|figures: &Figures| figures.latency_ms.map(of))?)));
        series(name.to_owned(), points)
    };
    PERCENTILES.into_iter().map(of_percentile).collect()
}

fn splits(group: &[Line]) -> Vec<(String, Vec<f64>)> {
    group.iter().filter_map(|line| Some((with_callers(line), line.split()?))).collect()
}

fn series(name: String, points: impl Iterator<Item = (f64, f64)>) -> Series {
    let mut points: Vec<(f64, f64)> = points.collect();
    points.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    Series { name, points, is_flat: false }
}

/// Titles with what stands below them, in order.
type Row = Vec<(String, String)>;

/// All figures of each round, with what tells its line from others.
fn rounds(report: &Json) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in report["lines"].as_array().into_iter().flatten() {
        let mut about = flat(line);
        about.retain(|(title, _)| !title.starts_with("rounds"));
        for (number, round) in line["rounds"].as_array().into_iter().flatten().enumerate() {
            let mut row = about.clone();
            row.push(("round".to_owned(), (number + 1).to_string()));
            row.extend(flat(round));
            rows.push(row);
        }
    }
    rows
}

/// The members of an object, and those of the objects in it, each with the way to it.
fn flat(value: &Json) -> Row {
    fn add(row: &mut Row, path: &str, value: &Json) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path} {name}") };
        match value {
            Json::Object(members) => members.iter().for_each(|(name, value)| add(row, &below(name), value)),
            Json::Array(items) => {
                items.iter().enumerate().for_each(|(at, value)| add(row, &below(&(at + 1).to_string()), value));
            }
            Json::Null => {}
            Json::String(text) => row.push((path.to_owned(), text.clone())),
            other => row.push((path.to_owned(), other.to_string())),
        }
    }
    let mut row = Row::new();
    add(&mut row, "", value);
    row
}

/// A column for each title that a row has, in the order in which they first come.
fn write_table(page: &mut String, rows: impl Iterator<Item = Row>) {
    let rows: Vec<Row> = rows.collect();
    let mut titles: Vec<&String> = Vec::new();
    let mut known = BTreeMap::new();
    for (title, _) in rows.iter().flatten() {
        known.entry(title).or_insert_with(|| {
            titles.push(title);
            titles.len() - 1
        });
    }
    page.push_str("<div class=\"wide\"><table>\n<tr>");
    titles.iter().for_each(|title| {
        let _ = write!(page, "<th>{}</th>", escaped(&title.replace('_', " ")));
    });
    page.push_str("</tr>\n");
    for row in &rows {
        let mut cells = vec![""; titles.len()];
        row.iter().for_each(|(title, text)| cells[known[title]] = text);
        page.push_str("<tr>");
        cells.iter().for_each(|cell| {
            let _ = write!(page, "<td>{}</td>", escaped(cell));
        });
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::tests::report;

    /// That every element is closed where it was opened, every attribute has a quoted value, and nothing is left unescaped.
    fn check_well_formed(page: &str) -> Result<(), String> {
        let mut rest = page.strip_prefix("<!DOCTYPE html>\n").ok_or("no document type")?;
        let mut open: Vec<&str> = Vec::new();
        while let Some((text, behind)) = rest.split_once('<') {
            let entities = text.split('&').skip(1);
            if let Some(text) =
                entities.into_iter().find(|text| !["amp;", "lt;", "gt;", "quot;"].iter().any(|it| text.starts_with(it)))
            {
                return Err(format!("a bare ampersand before {text}"));
            }
            let (tag, behind) = behind.split_once('>').ok_or("an open tag at the end")?;
            rest = behind;
            if let Some(name) = tag.strip_prefix('/') {
                let opened = open.pop();
                if opened != Some(name) {
                    return Err(format!("</{name}> ends {opened:?}"));
                }
                continue;
            }
            let is_empty = tag.ends_with('/');
            let (name, mut attributes) =
                tag.trim_end_matches('/').split_once(' ').unwrap_or((tag.trim_end_matches('/'), ""));
            while let Some((key, value)) = attributes.split_once("=\"") {
                let (_, behind) = value.split_once('"').ok_or_else(|| format!("{key} has no end"))?;
                if key.is_empty() || key.contains(['"', ' ', '<']) {
                    return Err(format!("`{key}` is no name of an attribute"));
                }
                attributes = behind.trim_start();
            }
            if !attributes.is_empty() {
                return Err(format!("`{attributes}` in <{name}>"));
            }
            if !is_empty {
                open.push(name);
            }
        }
        if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are left open")) }
    }

    fn numbers(value: &Json, found: &mut Vec<String>) {
        match value {
            Json::Number(number) => found.push(number.to_string()),
            Json::Array(items) => items.iter().for_each(|item| numbers(item, found)),
            Json::Object(members) => members.values().for_each(|value| numbers(value, found)),
            _ => {}
        }
    }

    #[test]
    fn what_is_not_well_formed_is_noticed() {
        let page = |body: &str| check_well_formed(&format!("<!DOCTYPE html>\n<html>{body}</html>"));
        assert_eq!(page("<p a=\"b\">c &amp; d<br/></p>"), Ok(()));
        for body in ["<p>", "</p>", "<p><b></p></b>", "<p a=b></p>", "<p a=\"b></p>", "a & b", "<p a></p>"] {
            assert!(page(body).is_err(), "{body}");
        }
    }

    #[test]
    fn the_page_is_well_formed_and_has_every_figure() {
        let mut report = report();
        report.lines[0].documents = "a & b <c> \"d\"".to_owned();
        let page = report.page();
        assert_eq!(check_well_formed(&page), Ok(()));
        let mut figures = Vec::new();
        numbers(&report.json(), &mut figures);
        assert!(figures.len() > 100, "{figures:?}");
        for figure in figures {
            assert!(page.contains(&format!(">{figure}<")), "{figure} is not on the page");
        }
    }

    #[test]
    fn the_page_needs_nothing_else() {
        let page = report().page();
        // The name of the format is no address of anything.
        let addresses: Vec<_> = page.match_indices("http").map(|(at, _)| &page[at..at + 28]).collect();
        assert_eq!(addresses, ["http://www.w3.org/1999/xhtml"]);
        assert!(!page.contains("<script") && !page.contains("url(") && !page.contains("src="));
    }

    #[test]
    fn every_plot_is_drawn_where_there_are_figures_for_it() {
        let page = report().page();
        let titles: Vec<_> = page.split("<figcaption>").skip(1).filter_map(|text| text.split('<').next()).collect();
        assert_eq!(
            titles,
            [
                "Throughput",
                "Throughput by batch size",
                "Latency: laneway",
                "Latency: dotnet",
                "Latency of documents that come by themselves",
                "Where a document's time goes",
                "Time of each part of the load",
                "Throughput",
                "Throughput by batch size",
                "Latency: laneway",
                "Time of each part of the load",
            ]
        );
    }
}
