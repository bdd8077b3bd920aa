//! The inspector of the map while no document is open: what the filter holds, in figures.

use std::sync::Arc;

use egui::Ui;

use super::state::MapState;
use crate::ui::document::doc_line_ui;
use crate::ui::views::shares::{Share, shares_ui};
use crate::ui::widgets::{caption, fact_row, section, title};
use crate::ui::{Command, Cx, text};

/// Draws the inspector of the map while no document is open: the whole map in figures.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut MapState) {
    let snapshot = Arc::clone(cx.input.snapshot);
    let (Some(map), Some(prepared)) = (&snapshot.map, state.prepared()) else {
        section(ui, "Map");
        caption(ui, "Nothing to show yet.");
        return;
    };
    let shared = &*cx.shared;
    let topic_on =
        |t: usize| shared.topics_only.is_empty() || shared.topics_only.contains(&(t as u32));
    let filtered = !shared.topics_only.is_empty();
    section(ui, if filtered { "Filter" } else { "Map" });
    let rows: Vec<_> = map
        .nations
        .iter()
        .enumerate()
        .filter(|(_, n)| shared.shows(**n))
        .map(|(i, &nation)| {
            let (n, out) = prepared.derived.count(|k| k == i, topic_on);
            let n_nation: usize = snapshot
                .nations
                .iter()
                .find(|c| c.nation == nation)
                .map_or(0, |c| c.n_docs);
            (nation, if filtered { n } else { n + out }, n_nation)
        })
        .collect();
    let n: usize = rows.iter().map(|r| r.1).sum();
    title(ui, &text::counted(n, "document", "documents"));
    let n_topics = if filtered {
        shared.topics_only.len()
    } else {
        snapshot.topics.len()
    };
    caption(
        ui,
        &text::dotted([
            text::counted(n_topics, "topic", "topics").as_str(),
            text::counted(rows.len(), "nation", "nations").as_str(),
        ]),
    );
    section(
        ui,
        if filtered {
            "Nations, corrected for corpus size"
        } else {
            "Nations"
        },
    );
    let rates: Vec<f64> = rows
        .iter()
        .map(|r| {
            if filtered {
                r.1 as f64 / r.2.max(1) as f64
            } else {
                r.1 as f64
            }
        })
        .collect();
    let sum: f64 = rates.iter().sum::<f64>().max(1e-12);
    let top = rates.iter().copied().fold(0.0, f64::max).max(1e-12);
    let shares: Vec<Share> = rows
        .iter()
        .zip(&rates)
        .map(|((nation, n, _), rate)| Share {
            nation: *nation,
            words: format!("{} · {} %", text::count_of(*n), text::percent(rate / sum)),
            length: (rate / top) as f32,
        })
        .collect();
    shares_ui(ui, &shares);
    section(ui, "Quality");
    let (n_clustered, n_out) = prepared.derived.count(|_| true, |_| true);
    let share_out = n_out as f64 / (n_clustered + n_out).max(1) as f64;
    fact_row(ui, "Outliers", &format!("{} %", text::percent(share_out)));
    if let Some(trust) = map.trustworthiness {
        fact_row(ui, "Trustworthiness at 15", &text::share(trust));
    }
    if filtered {
        for &t in shared.topics_only.iter().take(3) {
            if let Some(topic) = snapshot.topics.get(t as usize) {
                section(ui, &topic.label);
                let docs = topic.central_docs.clone();
                for doc in &docs {
                    if doc_line_ui(ui, doc) {
                        cx.commands.push(Command::SelectDoc(doc.id));
                        cx.shared.selected_doc = Some(doc.id);
                        return;
                    }
                }
            }
        }
    } else {
        ui.add_space(12.0);
        caption(
            ui,
            "Drag to move, wheel to zoom, click a point to read it. A click in the legend filters; what is left out stays gray.",
        );
    }
}
