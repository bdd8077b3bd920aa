//! What Results remembers between frames, and what its keys do.

use std::sync::Arc;

use egui::Key;

use super::derive::{Cursor, SortKey, key_of, methods, order, sets, step, table};
use crate::base::ids::StatementId;
use crate::domain::evaluation::{ItemSet, Method};
use crate::snapshot::model::results::{CellDetail, CellItem, CellKey, ResultTable, ResultsData};
use crate::ui::binding::{Binding, Bound};
use crate::ui::{Command, Cx, Purpose};

/// Items of a cell listed at once.
pub(super) const PAGE_ITEMS: usize = 12;

/// The form that asks for an evaluation.
#[derive(Clone, Debug)]
pub(super) struct EvaluateForm {
    /// Folder of the model, or a name that the project knows.
    pub(super) model: String,
    /// Folder of the adapter, empty for none.
    pub(super) adapter: String,
    /// How agreement is asked for.
    pub(super) methods: Vec<Method>,
    /// A key asked for the cursor in the first field.
    pub(super) wants_focus: bool,
}

impl Default for EvaluateForm {
    fn default() -> Self {
        Self {
            model: String::new(),
            adapter: String::new(),
            methods: vec![Method::Mc, Method::Aj],
            wants_focus: false,
        }
    }
}

impl EvaluateForm {
    /// Takes a method in or out; they stay in the order of the paper.
    pub(super) fn toggle(&mut self, method: Method) {
        self.methods = Method::ALL
            .into_iter()
            .filter(|m| (*m == method) != self.methods.contains(m))
            .collect();
    }
}

/// What Results remembers.
#[derive(Debug)]
pub struct ResultsState {
    pub(super) method: Option<Method>,
    pub(super) set: Option<ItemSet>,
    /// Column and whether it falls.
    pub(super) sort: Option<(SortKey, bool)>,
    pub(super) with_references: bool,
    pub(super) with_spread: bool,
    pub(super) cursor: Option<Cursor>,
    /// The outline was moved by key and may stand out of sight.
    pub(super) reveals: bool,
    pub(super) opened: Option<CellKey>,
    pub(super) page: usize,
    pub(super) item: Option<StatementId>,
    pub(super) form: EvaluateForm,
}

impl Default for ResultsState {
    fn default() -> Self {
        Self {
            method: None,
            set: None,
            sort: None,
            with_references: true,
            with_spread: false,
            cursor: None,
            reveals: false,
            opened: None,
            page: 0,
            item: None,
            form: EvaluateForm::default(),
        }
    }
}

impl ResultsState {
    /// Takes the answer of a file dialog.
    pub(crate) fn picked(&mut self, purpose: Purpose, paths: &[String]) {
        let first = paths.first().cloned().unwrap_or_default();
        match purpose {
            Purpose::Model => self.form.model = first,
            Purpose::Adapter => self.form.adapter = first,
            _ => {}
        }
    }

    /// Returns the table on show.
    pub(super) fn table<'a>(&self, data: &'a ResultsData) -> Option<&'a ResultTable> {
        table(data, self.method, self.set)
    }

    /// Sorts by a column: falling, rising, then as the project has it.
    pub(super) fn sort_by(&mut self, key: SortKey) {
        self.sort = match self.sort {
            Some((now, true)) if now == key => Some((key, false)),
            Some((now, false)) if now == key => None,
            _ => Some((key, true)),
        };
    }

    /// Shows another table; an open cell follows where the table has it.
    pub(super) fn show(&mut self, cx: &mut Cx<'_>, method: Method, set: ItemSet) {
        self.method = Some(method);
        self.set = Some(set);
        if self.opened.is_some() {
            self.open(cx);
        }
    }

    /// Puts the outline around a cell and asks for its items.
    pub(super) fn select(&mut self, cx: &mut Cx<'_>, cursor: Cursor) {
        self.cursor = Some(cursor);
        cx.shared.inspector_open = true;
        cx.clear_doc();
        self.open(cx);
    }

    /// Asks for the items of the cell under the cursor.
    pub(super) fn open(&mut self, cx: &mut Cx<'_>) {
        let data = &cx.input.snapshot.results;
        let key = self
            .table(data)
            .zip(self.cursor.as_ref())
            .and_then(|(t, c)| key_of(t, c));
        self.page = 0;
        self.item = None;
        if key.is_some() || self.opened.is_some() {
            cx.send(Command::SelectCell(key));
        }
        self.opened = key;
    }

    /// Returns the loaded items, if they are those of the cell under the cursor.
    pub(super) fn detail<'a>(&self, cx: &Cx<'a>) -> Option<&'a CellDetail> {
        let data = &cx.input.snapshot.results;
        let key = self
            .table(data)
            .zip(self.cursor.as_ref())
            .and_then(|(t, c)| key_of(t, c))?;
        cx.input.cell.map(AsRef::as_ref).filter(|d| d.key == key)
    }

    /// Closes the open item, else the open cell; tells whether there was one.
    pub(crate) fn step_back(&mut self, cx: &mut Cx<'_>) -> bool {
        if self.item.take().is_some() {
            return true;
        }
        if self.cursor.take().is_none() {
            return false;
        }
        if self.opened.take().is_some() {
            cx.send(Command::SelectCell(None));
        }
        true
    }

    /// Opens the item `step` places from the open one; its page follows.
    pub(super) fn step_item(&mut self, detail: &CellDetail, step: i64) {
        let Some(at) = detail
            .items
            .iter()
            .position(|i| Some(i.statement) == self.item)
        else {
            return;
        };
        let to = (at as i64 + step).clamp(0, detail.items.len() as i64 - 1) as usize;
        self.item = detail.items.get(to).map(|i| i.statement);
        self.page = to / PAGE_ITEMS;
    }

    /// Shows the table of the next method.
    fn next_method(&mut self, cx: &mut Cx<'_>) {
        let data = Arc::clone(&cx.input.snapshot.results);
        if let Some(now) = self.table(&data)
            && let Some(next) = after(&methods(&data), now.method)
        {
            self.show(cx, next, now.set);
        }
    }

    /// Shows the table of the next set.
    fn next_set(&mut self, cx: &mut Cx<'_>) {
        let data = Arc::clone(&cx.input.snapshot.results);
        if let Some(now) = self.table(&data)
            && let Some(next) = after(&sets(&data, now.method), now.set)
        {
            self.show(cx, now.method, next);
        }
    }

    fn step_open_item(&mut self, cx: &Cx<'_>, by: i64) {
        if let Some(detail) = self.detail(cx) {
            self.step_item(detail, by);
        }
    }

    /// Moves the outline by rows and columns.
    fn move_by(&mut self, cx: &Cx<'_>, down: i64, right: i64) {
        let data = Arc::clone(&cx.input.snapshot.results);
        let Some(shown) = self.table(&data) else {
            return;
        };
        let rows = order(shown, self.sort, self.with_references);
        let next = step(shown, &rows, self.cursor.as_ref(), (down, right));
        if next != self.cursor {
            self.cursor = next;
            self.reveals = true;
            self.item = None;
            self.page = 0;
        }
    }

    /// Returns the open item.
    fn open_item<'a>(&self, cx: &Cx<'a>) -> Option<&'a CellItem> {
        let items = &self.detail(cx)?.items;
        items.iter().find(|i| Some(i.statement) == self.item)
    }

    /// Shows the form that asks for an evaluation, with the cursor in it.
    fn show_form(&mut self, cx: &mut Cx<'_>) {
        while self.step_back(cx) {}
        cx.shared.inspector_open = true;
        cx.clear_doc();
        self.form.wants_focus = true;
    }
}

/// Tells whether there is a table.
fn tabled(state: &ResultsState, cx: &Cx<'_>) -> bool {
    state.table(&cx.input.snapshot.results).is_some()
}

impl Bound for ResultsState {
    const BINDINGS: &'static [Binding<Self>] = &[
        Binding::<Self>::plain("Next method", "M", Key::M, |results, _, cx| {
            results.next_method(cx);
        })
        .when(tabled),
        Binding::<Self>::plain("Next set", "S", Key::S, |results, _, cx| {
            results.next_set(cx);
        })
        .when(tabled),
        Binding::<Self>::plain(
            "Show or hide reference rows",
            "R",
            Key::R,
            |results, _, _| {
                results.with_references = !results.with_references;
            },
        )
        .when(tabled),
        Binding::<Self>::plain(
            "Show or hide the spread of trials",
            "T",
            Key::T,
            |results, _, _| {
                results.with_spread = !results.with_spread;
            },
        )
        .when(tabled),
        Binding::<Self>::plain(
            "Outline one row down",
            "↓",
            Key::ArrowDown,
            |results, _, cx| {
                results.move_by(cx, 1, 0);
            },
        )
        .when(tabled),
        Binding::<Self>::plain(
            "Outline one row up",
            "↑",
            Key::ArrowUp,
            |results, _, cx| {
                results.move_by(cx, -1, 0);
            },
        )
        .when(tabled),
        Binding::<Self>::plain(
            "Outline one column right",
            "→",
            Key::ArrowRight,
            |results, _, cx| {
                results.move_by(cx, 0, 1);
            },
        )
        .when(tabled),
        Binding::<Self>::plain(
            "Outline one column left",
            "←",
            Key::ArrowLeft,
            |results, _, cx| {
                results.move_by(cx, 0, -1);
            },
        )
        .when(tabled),
        Binding::<Self>::plain(
            "Show the items of the cell",
            "Enter",
            Key::Enter,
            |results, _, cx| {
                cx.shared.inspector_open = true;
                cx.clear_doc();
                results.open(cx);
            },
        )
        .when(|results, _| results.cursor.is_some() && results.item.is_none()),
        Binding::<Self>::plain("Next item", "N", Key::N, |results, _, cx| {
            results.step_open_item(cx, 1);
        })
        .when(|results, _| results.item.is_some()),
        Binding::<Self>::plain("Previous item", "P", Key::P, |results, _, cx| {
            results.step_open_item(cx, -1);
        })
        .when(|results, _| results.item.is_some()),
        Binding::<Self>::plain(
            "Open the document of the item",
            "O",
            Key::O,
            |results, _, cx| {
                if let Some(doc) = results.open_item(cx).map(|i| i.doc) {
                    cx.select_doc(doc);
                }
            },
        )
        .when(|results, cx| results.open_item(cx).is_some()),
        Binding::<Self>::plain(
            "Evaluate a model of a folder",
            "E",
            Key::E,
            |results, _, cx| {
                results.show_form(cx);
            },
        )
        .when(|results, cx| tabled(results, cx) || cx.input.snapshot.results.n_triples > 0),
    ];

    fn choices(&self, cx: &Cx<'_>) -> Vec<String> {
        let data = &cx.input.snapshot.results;
        let idle = cx.input.progress.is_none();
        let waiting = data.waiting.iter().filter(|_| idle);
        let mut all: Vec<String> = waiting.map(|m| evaluate(m)).collect();
        if let Some(table) = self.table(data) {
            all.push(SortKey::Mean.action());
            all.extend(
                table
                    .columns
                    .iter()
                    .map(|c| SortKey::Nation(c.nation).action()),
            );
        }
        all
    }

    fn choose(&mut self, name: &str, cx: &mut Cx<'_>) {
        let data = Arc::clone(&cx.input.snapshot.results);
        if let Some(model) = data.waiting.iter().find(|m| evaluate(m) == name) {
            cx.send(Command::Evaluate {
                model: model.clone(),
                adapter: String::new(),
                methods: Method::ALL.to_vec(),
            });
        }
        let columns = self.table(&data).map_or(&[][..], |t| &t.columns);
        let nations = columns.iter().map(|c| SortKey::Nation(c.nation));
        if let Some(key) = nations.chain([SortKey::Mean]).find(|k| k.action() == name) {
            self.sort_by(key);
        }
    }
}

/// Returns what the button of a model does that nobody has evaluated.
pub(super) fn evaluate(model: &str) -> String {
    format!("Evaluate {model}")
}

/// Returns what comes after `now`, round and round.
fn after<T: Copy + PartialEq>(all: &[T], now: T) -> Option<T> {
    let at = all.iter().position(|x| *x == now)?;
    all.iter().cycle().nth(at + 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_keep_the_order_of_the_paper() {
        let mut form = EvaluateForm::default();
        form.toggle(Method::Mc);
        form.toggle(Method::Agree);
        form.toggle(Method::Mc);
        assert_eq!(form.methods, Method::ALL);
        form.toggle(Method::Aj);
        assert_eq!(form.methods, [Method::Mc, Method::Agree]);
    }

    #[test]
    fn a_third_click_ends_the_sorting() {
        let mut state = ResultsState::default();
        for falls in [Some(true), Some(false), None] {
            state.sort_by(SortKey::Mean);
            assert_eq!(state.sort, falls.map(|f| (SortKey::Mean, f)));
        }
        assert_eq!(after(&[1, 2, 3], 3), Some(1));
        assert_eq!(after(&[1, 2, 3], 7), None);
    }
}
