//! What Results remembers between frames, and what its keys do.

use egui::{Context, Key, Modifiers};

use super::derive::{Cursor, SortKey, key_of, methods, order, sets, step, table};
use crate::base::ids::StatementId;
use crate::domain::evaluation::{ItemSet, Method};
use crate::snapshot::model::results::{CellDetail, CellKey, ResultTable, ResultsData};
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
}

impl Default for EvaluateForm {
    fn default() -> Self {
        Self {
            model: String::new(),
            adapter: String::new(),
            methods: vec![Method::Mc, Method::Aj],
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

    /// Hears of the view's keys.
    pub(crate) fn keys(&mut self, ctx: &Context, cx: &mut Cx<'_>) {
        let data = std::sync::Arc::clone(&cx.input.snapshot.results);
        let Some(shown) = self.table(&data) else {
            return;
        };
        let pressed = |key: Key| ctx.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        if pressed(Key::M) {
            let all = methods(&data);
            if let Some(next) = after(&all, shown.method) {
                self.show(cx, next, shown.set);
            }
        }
        if pressed(Key::S) {
            let all = sets(&data, shown.method);
            if let Some(next) = after(&all, shown.set) {
                self.show(cx, shown.method, next);
            }
        }
        if pressed(Key::R) {
            self.with_references = !self.with_references;
        }
        if pressed(Key::T) {
            self.with_spread = !self.with_spread;
        }
        if self.item.is_some()
            && let Some(detail) = self.detail(cx)
        {
            let by = i64::from(pressed(Key::N)) - i64::from(pressed(Key::P));
            if by != 0 {
                self.step_item(detail, by);
            }
        }
        // What has the keyboard's focus keeps its arrows and its Enter.
        if ctx.memory(|m| m.focused().is_some()) {
            return;
        }
        let down = i64::from(pressed(Key::ArrowDown)) - i64::from(pressed(Key::ArrowUp));
        let right = i64::from(pressed(Key::ArrowRight)) - i64::from(pressed(Key::ArrowLeft));
        if (down, right) != (0, 0) {
            let rows = order(shown, self.sort, self.with_references);
            let next = step(shown, &rows, self.cursor.as_ref(), (down, right));
            if next != self.cursor {
                self.cursor = next;
                self.reveals = true;
                self.item = None;
                self.page = 0;
            }
        }
        if self.cursor.is_some() && self.item.is_none() && pressed(Key::Enter) {
            cx.shared.inspector_open = true;
            cx.clear_doc();
            self.open(cx);
        }
    }
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
