//! The search field of the top bar: every action of the window, topics by name, documents by their words.

use egui::text::CCursorRange;
use egui::{
    Align2, Area, Frame, Id, Key, Modifiers, Order, Rect, Role, Sense, TextEdit, Ui, Vec2,
    WidgetInfo, pos2,
};

use crate::base::ids::DocId;
use crate::base::sentences::Span;
use crate::snapshot::model::SearchHit;

use super::actions::Place;
use super::binding::{Line, Pick};
use super::theme::{self, Mark, Palette};
use super::widgets::passage::{Marked, passage};
use super::widgets::{cell, icon, mark, one_line};
use super::{Command, Cx, text};

/// What was chosen in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// An action of a place.
    Line(Place, Pick),
    /// A document to open.
    Doc(DocId),
    /// A topic to open, by index.
    Topic(usize),
}

/// Topics listed at once.
const MAX_TOPICS: usize = 4;
/// Documents listed at once.
const MAX_DOCS: usize = 40;

/// Heading of the documents that were found.
const DOCUMENTS: &str = "Documents";
/// Width of the list in points: the longest action beside its view and its key.
const LIST_WIDTH: f32 = 440.0;
/// Room for a key, e.g. `Ctrl Shift Z`.
const KEY_WIDTH: f32 = 68.0;

/// What the search field remembers.
#[derive(Debug, Default)]
pub(super) struct PaletteState {
    text: String,
    open: bool,
    wants_focus: bool,
    chosen: usize,
    /// Whether a key moved the choice in this frame.
    moved: bool,
    field: Option<Rect>,
    made: Vec<Chosen>,
}

/// Tells whether every word of `query` occurs in `name`.
fn matches(name: &str, query: &str) -> bool {
    let name = name.to_lowercase();
    query
        .to_lowercase()
        .split_whitespace()
        .all(|word| name.contains(word))
}

struct Item<'a> {
    /// Heading of the group it stands in.
    group: &'static str,
    name: String,
    /// The view it belongs to, where that is not the one on screen.
    elsewhere: &'static str,
    key: &'static str,
    chosen: Chosen,
    doc: Option<&'a SearchHit>,
}

impl Item<'_> {
    fn accessible_name(&self) -> String {
        if self.elsewhere.is_empty() {
            self.name.clone()
        } else {
            format!("{}: {}", self.elsewhere, self.name)
        }
    }
}

impl PaletteState {
    /// Puts the cursor into the field and opens the list.
    pub(super) fn open(&mut self) {
        self.open = true;
        self.wants_focus = true;
        self.chosen = 0;
    }

    /// Returns where the field stands, once it was drawn.
    pub(super) fn field(&self) -> Option<Rect> {
        self.field
    }

    /// Tells whether the list stands open.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Gives what was chosen in this frame.
    pub(super) fn take_chosen(&mut self) -> Vec<Chosen> {
        std::mem::take(&mut self.made)
    }

    /// Draws the field.
    pub(super) fn field_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, width: f32) {
        let p = Palette::of(ui);
        // The list's keys are taken before the field hears of them.
        if self.open {
            let down = ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::ArrowDown));
            let up = ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::ArrowUp));
            self.chosen = (self.chosen + usize::from(down)).saturating_sub(usize::from(up));
            self.moved = down || up;
        } else if cx.shared.search.is_empty() && !self.text.is_empty() {
            // The search was let go of elsewhere.
            self.end_search(cx);
        }
        let response = ui
            .add(
                TextEdit::singleline(&mut self.text)
                    .id(Id::unique("search field"))
                    .hint_text(
                        egui::RichText::new(if width > 180.0 {
                            "Search or command"
                        } else {
                            "Search"
                        })
                        .color(p.secondary),
                    )
                    .margin(egui::Margin::symmetric(8, 4))
                    .desired_width(width),
            )
            .accessible_name("Search or command");
        let rect = response.rect;
        self.field = Some(rect);
        if self.text.is_empty() && !response.has_focus() && width > 180.0 {
            let galley = one_line(
                ui.painter(),
                "Ctrl K",
                theme::regular(theme::CAPTION),
                p.secondary,
                60.0,
            );
            let cap = Rect::from_min_size(
                pos2(rect.right() - galley.size().x - 16.0, rect.center().y - 9.0),
                Vec2::new(galley.size().x + 10.0, 18.0),
            );
            ui.painter()
                .rect_stroke(cap, 3.0, p.hair(), egui::StrokeKind::Inside);
            ui.painter().galley(
                Align2::CENTER_CENTER
                    .align_size_within_rect(galley.size(), cap)
                    .min,
                galley,
                p.secondary,
            );
        }
        if self.wants_focus {
            response.request_focus();
            // What was searched before is replaced by what is typed now.
            let mut state = TextEdit::load_state(ui.ctx(), response.id).unwrap_or_default();
            let all = CCursorRange::select_all_str(&self.text);
            state.cursor.set_char_range(Some(all));
            TextEdit::store_state(ui.ctx(), response.id, state);
            self.wants_focus = false;
        }
        if response.gained_focus() {
            self.open = true;
        }
        if response.changed() {
            self.open = true;
            self.chosen = 0;
            let words = self.text.trim().to_owned();
            cx.shared.search.clone_from(&words);
            if cx.input.project_open {
                cx.send(Command::Search(words));
            }
        }
    }

    fn items<'a>(&self, cx: &Cx<'a>, lines: Vec<(Place, Line)>) -> Vec<Item<'a>> {
        let query = self.text.trim();
        let mut items: Vec<Item<'a>> = lines
            .into_iter()
            .filter(|(place, line)| matches(&format!("{} {}", place.name(), line.name), query))
            .map(|(place, line)| {
                let here = place == Place::In(cx.shared.view);
                let elsewhere = !here && place != Place::Everywhere;
                Item {
                    group: if elsewhere {
                        "Other views"
                    } else {
                        place.name()
                    },
                    name: line.name,
                    elsewhere: if elsewhere { place.name() } else { "" },
                    key: line.key,
                    chosen: Chosen::Line(place, line.pick),
                    doc: None,
                }
            })
            .collect();
        if query.is_empty() {
            return items;
        }
        let topics = cx.input.snapshot.topics.iter().enumerate();
        items.extend(
            topics
                .filter(|(_, t)| matches(&t.label, query))
                .take(MAX_TOPICS)
                .map(|(idx, t)| Item {
                    group: "Topics of the project",
                    name: format!("Topic {}", t.label),
                    elsewhere: "",
                    key: "",
                    chosen: Chosen::Topic(idx),
                    doc: None,
                }),
        );
        if let Some(hits) = cx.input.search_hits.filter(|h| h.query == query) {
            items.extend(hits.hits.iter().take(MAX_DOCS).map(|hit| Item {
                group: DOCUMENTS,
                name: hit.doc.title.clone(),
                elsewhere: "",
                key: "",
                chosen: Chosen::Doc(hit.doc.id),
                doc: Some(hit),
            }));
        }
        items
    }

    /// Lets the words go.
    fn end_search(&mut self, cx: &mut Cx<'_>) {
        if self.text.is_empty() && cx.shared.search.is_empty() {
            return;
        }
        self.text.clear();
        cx.shared.search.clear();
        cx.send(Command::Search(String::new()));
    }

    /// Forgets the words of another project.
    pub(super) fn forget(&mut self) {
        *self = Self {
            field: self.field,
            ..Self::default()
        };
    }

    fn close(&mut self, ui: &Ui) {
        self.open = false;
        ui.memory_mut(|m| m.surrender_focus(Id::unique("search field")));
    }

    /// Draws the list over the views.
    pub(super) fn popup_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, lines: Vec<(Place, Line)>) {
        let Some(field) = self.field.filter(|_| self.open) else {
            return;
        };
        let items = self.items(cx, lines);
        self.chosen = self.chosen.min(items.len().saturating_sub(1));
        if ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
            self.end_search(cx);
            self.close(ui);
            return;
        }
        let enter = ui.input(|i| i.key_pressed(Key::Enter));
        let width = field.width().max(LIST_WIDTH);
        let area = Area::new(Id::unique("search list"))
            .order(Order::Foreground)
            .accessible_name("Commands and findings")
            .fixed_pos(pos2(field.right() - width, field.bottom() + 6.0))
            .show(ui.ctx(), |ui| {
                Frame::popup(ui.style())
                    .inner_margin(egui::Margin::same(8))
                    .show(ui, |ui| {
                        ui.set_width(width - 18.0);
                        // An area remembers its last size; the list may grow as hits come in.
                        ui.set_max_height(460.0);
                        self.list_ui(ui, cx, &items, enter)
                    })
                    .inner
            });
        if let Some(chosen) = area.inner {
            // Words that found an action are no words that documents must hold.
            if !matches!(chosen, Chosen::Doc(_)) {
                self.end_search(cx);
            }
            self.made.push(chosen);
            self.close(ui);
        } else if ui.input(|i| i.pointer.any_pressed())
            && let Some(at) = ui.input(|i| i.pointer.interact_pos())
            && !area.response.rect.contains(at)
            && !field.contains(at)
        {
            self.close(ui);
        }
    }

    fn list_ui(&self, ui: &mut Ui, cx: &Cx<'_>, items: &[Item<'_>], enter: bool) -> Option<Chosen> {
        let p = Palette::of(ui);
        let mut chosen = None;
        ui.spacing_mut().item_spacing.y = 0.0;
        egui::ScrollArea::vertical()
            .max_height(420.0)
            .show(ui, |ui| {
                let mut group = "";
                for (i, item) in items.iter().enumerate() {
                    if item.group != group {
                        group = item.group;
                        let head = if group == DOCUMENTS {
                            found_words(cx, items.iter().filter(|i| i.doc.is_some()).count())
                        } else {
                            group.to_owned()
                        };
                        super::widgets::section(ui, &head);
                    }
                    let height = if item.doc.is_some() { 58.0 } else { 28.0 };
                    let (rect, response) = super::widgets::words::row(ui, height, Sense::click());
                    response.widget_info(|| {
                        WidgetInfo::labeled(Role::Button, true, item.accessible_name())
                    });
                    if i == self.chosen || response.hovered() {
                        ui.painter().rect_filled(rect, 4.0, p.selected);
                    }
                    let inner = rect.shrink2(Vec2::new(8.0, 4.0));
                    match item.doc {
                        None => draw_line(ui, inner, item, &p),
                        Some(hit) => draw_hit(ui, inner, hit, &p),
                    }
                    if i == self.chosen && self.moved {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() || (enter && i == self.chosen) {
                        chosen = Some(item.chosen.clone());
                    }
                }
                if items.is_empty() {
                    let waiting = cx
                        .input
                        .search_hits
                        .is_none_or(|h| h.query != self.text.trim());
                    let words = if waiting && cx.input.project_open {
                        "Searching …"
                    } else {
                        "Nothing found"
                    };
                    super::widgets::caption(ui, words);
                }
            });
        chosen
    }
}

/// Says how many documents were found, and how many of them are listed.
fn found_words(cx: &Cx<'_>, n_listed: usize) -> String {
    let (n, is_complete) = cx
        .input
        .search_hits
        .map_or((0, true), |h| (h.n_total, h.is_complete));
    format!(
        "{} of {}{}",
        text::count_of(n_listed),
        text::counted(n, "document", "documents"),
        if is_complete { "" } else { " so far" }
    )
}

/// Draws an action: its name, its view, its key.
fn draw_line(ui: &Ui, rect: Rect, item: &Item<'_>, p: &Palette) {
    let painter = ui.painter();
    let small = theme::regular(theme::CAPTION);
    let keys = Rect::from_min_max(pos2(rect.right() - KEY_WIDTH, rect.top()), rect.max);
    cell(
        painter,
        keys,
        Align2::RIGHT_CENTER,
        item.key,
        small.clone(),
        p.secondary,
    );
    let view = Rect::from_min_max(rect.min, pos2(keys.left() - 8.0, rect.bottom()));
    let end = cell(
        painter,
        view,
        Align2::RIGHT_CENTER,
        item.elsewhere,
        small,
        p.secondary,
    );
    let name = Rect::from_min_max(rect.min, pos2(end.left() - 8.0, rect.bottom()));
    cell(
        painter,
        name,
        Align2::LEFT_CENTER,
        &item.name,
        theme::regular(theme::BODY),
        p.ink,
    );
}

fn draw_hit(ui: &Ui, rect: Rect, hit: &SearchHit, p: &Palette) {
    let painter = ui.painter();
    let color = p.nation(hit.doc.nation);
    mark(
        painter,
        pos2(rect.left() + 5.0, rect.top() + 9.0),
        Mark::of(hit.doc.nation),
        color,
        4.0,
    );
    let head = Rect::from_min_max(
        pos2(rect.left() + 18.0, rect.top()),
        pos2(rect.right(), rect.top() + 18.0),
    );
    cell(
        painter,
        head,
        Align2::LEFT_CENTER,
        &hit.doc.title,
        theme::strong(theme::BODY),
        p.ink,
    );
    let marks = [Marked {
        span: Span {
            start: hit.match_in_snippet.start,
            end: hit.match_in_snippet.end,
        },
        ground: p.highlight(color),
        ink: p.ink,
    }];
    let galley = passage(
        painter,
        &hit.snippet,
        &theme::regular(theme::CAPTION),
        p.secondary,
        &marks,
        rect.width() - 18.0,
        2,
    );
    painter.galley(
        pos2(rect.left() + 18.0, rect.top() + 19.0),
        galley,
        p.secondary,
    );
}

/// The sign at the left of a breadcrumb.
pub(super) fn crumb_arrow(ui: &mut Ui) {
    let p = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(8.0, 18.0), Sense::hover());
    icon(ui.painter(), rect, super::widgets::Icon::Right, p.faint);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_occur() {
        assert!(matches("Open Conflicts", "conf op"));
        assert!(matches("Anything", ""));
        assert!(!matches("Open Map", "conf"));
    }
}
