//! Style sheets: paints as variables, light and dark, and the look of the page.

use std::collections::BTreeSet;

use crate::figure::{Appearance, Figure, Hue, Mark, Paint};

/// Fonts in order of preference: the house's sans, then one that has Chinese.
pub(super) const FONTS: &str = "Inter,'Noto Sans','Helvetica Neue',Arial,'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei','Source Han Sans SC',sans-serif";

/// Collects every paint of a figure.
pub(super) fn paints_of(figure: &Figure, into: &mut BTreeSet<Paint>) {
    for mark in &figure.marks {
        match mark {
            Mark::Rect { fill, stroke, .. } | Mark::Symbol { fill, stroke, .. } => {
                into.extend(*fill);
                into.extend(stroke.map(|s| s.paint));
            }
            Mark::Line { stroke, .. } | Mark::Polyline { stroke, .. } => {
                into.insert(stroke.paint);
            }
            Mark::Area { fill, stroke, .. } => {
                into.insert(*fill);
                into.extend(stroke.map(|s| s.paint));
            }
            Mark::Dots { fill, .. } | Mark::Text { fill, .. } => {
                into.insert(*fill);
            }
        }
    }
}

/// Writes the variables and classes of paints: light, and dark where the reader prefers it.
///
/// A class `f-x` fills with the paint named `x`, a class `s-x` strokes with it.
pub(super) fn paint_css(paints: &BTreeSet<Paint>) -> String {
    let mut out = String::from(":root{color-scheme:light dark;");
    for paint in paints {
        put!(
            out,
            "--{}:{};",
            paint.name(),
            paint.rgb(Appearance::Light).hex()
        );
    }
    out.push_str("}\n@media (prefers-color-scheme:dark){:root{");
    for paint in paints {
        let (light, dark) = (paint.rgb(Appearance::Light), paint.rgb(Appearance::Dark));
        if light != dark {
            put!(out, "--{}:{};", paint.name(), dark.hex());
        }
    }
    out.push_str("}}\n@media print{:root{");
    // Paper is light whatever the screen prefers.
    for paint in paints {
        put!(
            out,
            "--{}:{};",
            paint.name(),
            paint.rgb(Appearance::Light).hex()
        );
    }
    out.push_str("}}\n");
    for paint in paints {
        let name = paint.name();
        put_line!(
            out,
            ".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name})}}"
        );
    }
    out
}

/// Every hue that the page itself uses.
pub(super) const PAGE_HUES: [Hue; 8] = [
    Hue::Ground,
    Hue::Panel,
    Hue::Hairline,
    Hue::Ink,
    Hue::Secondary,
    Hue::Faint,
    Hue::Conflict,
    Hue::Good,
];

/// The rules for text in drawings, shared by pages and files.
pub(super) fn drawing_css() -> String {
    format!(
        "svg text{{font-family:{FONTS};font-variant-numeric:tabular-nums}}\n\
         svg .halo{{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}}\n"
    )
}

/// The look of the page: one column of ink on paper, hairlines, figures set in the text's width.
pub(super) const PAGE_CSS: &str = "\
*{box-sizing:border-box}
html{background:var(--ground);color:var(--ink);-webkit-text-size-adjust:100%}
body{margin:0;padding:56px 24px 96px;font-size:15px;line-height:1.55;font-variant-numeric:tabular-nums}
main,header,footer,nav{max-width:920px;margin:0 auto}
h1{font-size:32px;line-height:1.2;font-weight:600;letter-spacing:-.012em;margin:0 0 8px}
.subtitle{color:var(--secondary);font-size:17px;line-height:1.4;margin:0 0 32px;max-width:42em}
dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:0 24px;margin:0 0 32px;border-bottom:1px solid var(--hairline)}
dl.facts div{border-top:1px solid var(--hairline);padding:8px 0 12px}
dt{color:var(--secondary);font-size:12px;line-height:1.5}
dd{margin:0;overflow-wrap:anywhere}
nav ol{list-style:none;margin:0;padding:0;columns:2;column-gap:24px}
nav li{break-inside:avoid}
nav a{display:flex;gap:12px;padding:4px 0;color:var(--ink);text-decoration:none}
nav a:hover,nav a:focus-visible{text-decoration:underline;text-underline-offset:3px}
nav .no,h2 .no{color:var(--secondary);min-width:1.5em;display:inline-block}
nav h2{font-size:12px;font-weight:400;color:var(--secondary);margin:0 0 4px;padding:0;border:0}
section{margin-top:72px}
h2{font-size:22px;line-height:1.3;font-weight:600;margin:0 0 16px;padding-top:12px;border-top:1px solid var(--ink)}
p{margin:0 0 16px;max-width:42em}
p.note{color:var(--secondary);font-size:13px;border-left:2px solid var(--hairline);padding-left:12px}
figure{margin:32px 0}
figure svg{display:block;width:100%;height:auto}
figcaption{margin-bottom:16px;max-width:60em}
figcaption b,caption b{display:block;font-size:15px;font-weight:600;color:var(--ink)}
figcaption,caption{font-size:13px;line-height:1.5;color:var(--secondary)}
.source{font-size:12px;color:var(--secondary);margin-top:8px}
.table{margin:32px 0;overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px;line-height:1.45}
caption{text-align:left;padding-bottom:12px}
th,td{text-align:left;vertical-align:baseline;padding:6px 16px 6px 0;border-bottom:1px solid var(--hairline);font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--secondary);font-size:12px;border-bottom-color:var(--ink);vertical-align:bottom}
tbody th{font-weight:600}
.num{text-align:right;white-space:nowrap}
.unit{color:var(--secondary)}
footer{margin-top:72px;padding-top:12px;border-top:1px solid var(--hairline);font-size:12px;color:var(--secondary);overflow-wrap:anywhere}
@media (max-width:640px){body{padding:32px 16px 64px}nav ol{columns:1}figure{overflow-x:auto}figure svg{min-width:640px}}
@media print{html{background:none}body{padding:0;font-size:10pt}section{margin-top:32pt}h2,figcaption,caption{break-after:avoid}figure,tr{break-inside:avoid}thead{display:table-header-group}nav a{text-decoration:none}.table{overflow:visible}@page{margin:18mm}}
";
