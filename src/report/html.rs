//! A report as one self-contained HTML page.
//!
//! No script, no font and no picture is fetched; light and dark follow the reader's preference, paper is
//! always light.

use std::collections::BTreeSet;

use super::escape::{escape, lang_attribute};
use super::style::{FONTS, PAGE_CSS, PAGE_HUES, drawing_css, paint_css, paints_of};
use super::svg::inline_svg;
use super::{Block, Report};
use crate::figure::{Figure, Paint};

/// Writes the whole page.
pub fn html_page(report: &Report) -> String {
    let mut paints: BTreeSet<Paint> = PAGE_HUES.into_iter().map(Paint::Solid).collect();
    for block in report.sections.iter().flat_map(|s| &s.blocks) {
        if let Block::Figure(figure) = block {
            paints_of(figure, &mut paints);
        }
    }
    let mut out =
        String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
    // Nothing may be fetched or run, even if a text from outside got through the escaping.
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    put_line!(out, "<title>{}</title>", escape(&report.title));
    put_line!(
        out,
        "<style>\n{}body{{font-family:{FONTS}}}\n{}{PAGE_CSS}</style>\n</head>\n<body>",
        paint_css(&paints),
        drawing_css()
    );
    write_head(&mut out, report);
    out.push_str("<main>\n");
    let mut n_figures = 0;
    for (i, section) in report.sections.iter().enumerate() {
        let no = i + 1;
        put_line!(
            out,
            "<section id=\"s{no}\" aria-labelledby=\"h{no}\"><h2 id=\"h{no}\"><span class=\"no\">{no}</span>{}</h2>",
            escape(&section.title)
        );
        for block in &section.blocks {
            write_block(&mut out, block, &mut n_figures);
        }
        out.push_str("</section>\n");
    }
    out.push_str("</main>\n");
    if !report.colophon.is_empty() {
        put_line!(out, "<footer>{}</footer>", escape(&report.colophon));
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn write_head(out: &mut String, report: &Report) {
    put_line!(
        out,
        "<header>\n<h1{}>{}</h1>",
        lang_attribute(&report.title),
        escape(&report.title)
    );
    if !report.subtitle.is_empty() {
        put_line!(
            out,
            "<p class=\"subtitle\">{}</p>",
            escape(&report.subtitle)
        );
    }
    if !report.facts.is_empty() {
        out.push_str("<dl class=\"facts\">\n");
        for (name, value) in &report.facts {
            put_line!(
                out,
                "<div><dt>{}</dt><dd>{}</dd></div>",
                escape(name),
                escape(value)
            );
        }
        out.push_str("</dl>\n");
    }
    out.push_str("</header>\n");
    // Contents of one section would only repeat its title.
    if report.sections.len() > 1 {
        out.push_str("<nav aria-label=\"Contents\"><h2>Contents</h2>\n<ol>\n");
        for (i, section) in report.sections.iter().enumerate() {
            let no = i + 1;
            put_line!(
                out,
                "<li><a href=\"#s{no}\"><span class=\"no\">{no}</span>{}</a></li>",
                escape(&section.title)
            );
        }
        out.push_str("</ol></nav>\n");
    }
}

fn write_block(out: &mut String, block: &Block, n_figures: &mut usize) {
    match block {
        Block::Paragraph(text) => {
            put_line!(out, "<p{}>{}</p>", lang_attribute(text), escape(text));
        }
        Block::Note(text) => {
            put_line!(
                out,
                "<p class=\"note\"{}>{}</p>",
                lang_attribute(text),
                escape(text)
            );
        }
        Block::Figure(figure) => {
            *n_figures += 1;
            write_figure(out, figure, *n_figures);
        }
        Block::Table(table) => out.push_str(&table.to_html()),
    }
}

fn write_figure(out: &mut String, figure: &Figure, number: usize) {
    out.push_str("<figure>\n<figcaption>");
    put!(out, "<b>{}</b>", escape(&figure.title));
    put_line!(out, "{}</figcaption>", escape(&figure.caption));
    out.push_str(&inline_svg(figure, number));
    let source = figure.provenance.line();
    if !source.is_empty() {
        put_line!(out, "<div class=\"source\">{}</div>", escape(&source));
    }
    out.push_str("</figure>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{Hue, Mark};
    use crate::report::{Cell, Column, Section, Table};

    fn sample() -> Report {
        let bad = "<script>alert(\"x\")</script>";
        let figure = Figure {
            title: bad.to_owned(),
            caption: bad.to_owned(),
            width: 10.0,
            height: 10.0,
            marks: vec![Mark::rect([0.0, 0.0], [1.0, 1.0], Hue::Good.into())],
            ..Figure::default()
        };
        let table = Table {
            title: bad.to_owned(),
            caption: bad.to_owned(),
            columns: vec![Column::text(bad), Column::number("n", bad)],
            rows: vec![vec![Cell::from(bad), Cell::Count(1)]],
        };
        Report {
            title: bad.to_owned(),
            subtitle: bad.to_owned(),
            facts: vec![(bad.to_owned(), bad.to_owned())],
            sections: vec![
                Section::new(bad)
                    .paragraph(bad)
                    .note(bad)
                    .figure(figure)
                    .table(table),
                Section::new("Second").paragraph("市政府公布了计划。"),
            ],
            colophon: bad.to_owned(),
        }
    }

    #[test]
    fn no_text_becomes_markup() {
        let page = html_page(&sample());
        assert!(!page.contains("<script") && page.matches("&lt;script&gt;").count() > 10);
    }

    #[test]
    fn nothing_is_fetched() {
        let page = html_page(&sample());
        for word in ["http://", "https://", "src=", "url(", "@import", "<link"] {
            assert!(!page.contains(word), "{word}");
        }
    }

    #[test]
    fn it_has_its_parts() {
        let page = html_page(&sample());
        assert!(
            page.contains("prefers-color-scheme:dark")
                && page.contains("href=\"#s2\"")
                && page.contains("id=\"s2\"")
        );
        assert!(
            page.contains("<p lang=\"zh\">市政府") && page.contains(".f-good{fill:var(--good)}")
        );
        assert_eq!(page, html_page(&sample()));
    }
}
