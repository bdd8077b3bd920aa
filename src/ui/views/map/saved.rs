//! Selections kept under a name: the field that saves what is shown, and the list to put one back,
//! rename or delete it.

use egui::{Align, Align2, Key, Layout, Rect, TextEdit, Ui, UiBuilder, pos2, vec2};

use crate::domain::filter::Desk;
use crate::domain::saved::{SavedSelection, checked_name, save};
use crate::snapshot::model::MapData;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{action_small, caption, cell, link_row, section};
use crate::ui::{Cx, text};

/// Height of a line of the list.
const ROW_HEIGHT: f32 = 28.0;

/// What the list remembers.
#[derive(Debug, Default)]
pub(super) struct SavedState {
    /// The name being written.
    name: String,
    /// Whether the field shall have the cursor.
    wants_focus: bool,
    /// What shall be saved once it is counted: filter and selection, and the words of the search.
    wants_save: Option<(Desk, String)>,
    /// Which one is renamed, and how.
    renames: Option<(usize, String)>,
    /// Why the last name was not taken.
    problem: Option<String>,
}

impl SavedState {
    /// Puts the cursor into the field, if there is something to save.
    pub(super) fn begin(&mut self, cx: &mut Cx<'_>) {
        if cx.shared.is_narrowed() {
            cx.shared.inspector_open = true;
            cx.clear_doc();
            self.wants_focus = true;
        }
    }

    /// Saves what is shown under the name in the field, as soon as it is counted.
    fn save(&mut self, cx: &mut Cx<'_>) {
        let desk = &cx.shared.desk;
        let words = &cx.shared.search;
        let counted = cx
            .focus()
            .filter(|f| f.desk == *desk && f.words == *words)
            .map(|f| f.shown.n);
        // What was changed since is not what was meant.
        self.wants_save
            .take_if(|(of, found)| of != desk || found != words);
        let Some(n_docs) = counted.filter(|_| self.wants_save.is_some()) else {
            return;
        };
        self.wants_save = None;
        let new = SavedSelection {
            name: std::mem::take(&mut self.name),
            desk: with_words(desk, words),
            n_docs,
        };
        let name = new.name.clone();
        self.problem = save(&mut cx.shared.saved, new).err().map(|e| e.to_string());
        if self.problem.is_some() {
            self.name = name;
            self.wants_focus = true;
        }
    }
}

/// Takes the words of the search field into the filter: they narrow what is shown like any condition.
fn with_words(desk: &Desk, words: &str) -> Desk {
    let mut desk = desk.clone();
    let both = [desk.filter.words.as_str(), words];
    both.join(" ").trim().clone_into(&mut desk.filter.words);
    desk
}

/// Draws the field and the list.
pub(super) fn saved_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut SavedState, map: &MapData) {
    state.save(cx);
    let is_part = cx.shared.is_narrowed();
    if !is_part && cx.shared.saved.is_empty() {
        return;
    }
    section(ui, "Saved selections");
    if is_part {
        field_ui(ui, cx, state);
    }
    if let Some(problem) = &state.problem {
        let p = Palette::of(ui);
        ui.label(egui::RichText::new(problem).color(p.warning));
    }
    for at in 0..cx.shared.saved.len() {
        if state.renames.as_ref().is_some_and(|(i, _)| *i == at) {
            rename_ui(ui, cx, state, at);
        } else {
            row_ui(ui, cx, state, map, at);
        }
    }
}

fn name_field(text: &mut String) -> TextEdit<'_> {
    TextEdit::singleline(text)
        .margin(egui::Margin::symmetric(8, 4))
        .align(Align2::LEFT_CENTER)
        .min_size(vec2(0.0, 28.0))
}

fn field_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut SavedState) {
    let p = Palette::of(ui);
    let hint = egui::RichText::new("Save this selection …").color(p.secondary);
    ui.horizontal(|ui| {
        let width = ui.available_width() - 36.0;
        let response = ui
            .add(
                name_field(&mut state.name)
                    .hint_text(hint)
                    .desired_width(width),
            )
            .accessible_name("Name of the selection to save");
        if std::mem::take(&mut state.wants_focus) {
            response.request_focus();
        }
        if response.changed() {
            state.problem = None;
        }
        if response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) {
            state.wants_save = Some((cx.shared.desk.clone(), cx.shared.search.clone()));
            ui.ctx().request_repaint();
        }
        crate::ui::widgets::key_cap(ui, "K");
    });
    ui.add_space(4.0);
}

fn rename_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut SavedState, at: usize) {
    let Some((_, name)) = &mut state.renames else {
        return;
    };
    let width = ui.available_width() - 16.0;
    let response = ui
        .add(name_field(name).desired_width(width))
        .accessible_name("New name of the saved selection");
    if !response.lost_focus() {
        response.request_focus();
        return;
    }
    let enter = ui.input(|i| i.key_pressed(Key::Enter));
    if let Some((_, name)) = state.renames.take().filter(|_| enter) {
        match checked_name(&cx.shared.saved, Some(at), &name) {
            Ok(name) => {
                if let Some(saved) = cx.shared.saved.get_mut(at) {
                    saved.name = name;
                }
                state.problem = None;
            }
            Err(error) => {
                state.problem = Some(error.to_string());
                state.renames = Some((at, name));
            }
        }
    }
}

fn row_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut SavedState, map: &MapData, at: usize) {
    let p = Palette::of(ui);
    let Some(saved) = cx.shared.saved.get(at) else {
        return;
    };
    let (name, n_docs) = (saved.name.clone(), saved.n_docs);
    let selection = &saved.desk.selection;
    let fits = selection.is_empty() || selection.layout == map.layout;
    let is_on = saved.desk == cx.shared.desk;
    let (rect, response) = link_row(ui, ROW_HEIGHT, &format!("Put back selection {name}"), is_on);
    let mut buttons = ui.new_child(
        UiBuilder::new()
            .max_rect(rect)
            .layout(Layout::right_to_left(Align::Center)),
    );
    buttons.spacing_mut().item_spacing.x = 0.0;
    let delete = format!("Delete the saved selection {name}");
    let deleted = action_small(&mut buttons, "×", &delete, None).clicked();
    let rename = format!("Rename the saved selection {name}");
    let renamed = action_small(&mut buttons, "rename", &rename, None).clicked();
    let left = buttons.min_rect().left();
    let ink = if fits { p.ink } else { p.faint };
    let body = theme::regular(theme::BODY);
    let room = Rect::from_min_max(rect.min, pos2(left - 8.0, rect.bottom()));
    let number = cell(
        ui.painter(),
        room,
        Align2::RIGHT_CENTER,
        &text::count_of(n_docs),
        body.clone(),
        p.secondary,
    );
    let words = Rect::from_min_max(rect.min, pos2(number.left() - 8.0, rect.bottom()));
    cell(ui.painter(), words, Align2::LEFT_CENTER, &name, body, ink);
    let n = text::counted(n_docs, "document", "documents");
    let hint = if fits {
        format!("{n} when it was saved")
    } else {
        format!(
            "{n} when it was saved; its outlines were drawn on an earlier map and do not fit this one"
        )
    };
    let clicked = response
        .on_hover_ui(|ui| {
            caption(ui, &hint);
        })
        .clicked();
    if deleted {
        cx.shared.saved.remove(at);
        state.renames = None;
    } else if renamed {
        state.renames = Some((at, name));
    } else if clicked && let Some(saved) = cx.shared.saved.get(at) {
        cx.shared.desk = saved.desk.clone();
    }
}
