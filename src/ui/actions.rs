//! What the window does when a key, a button or a line of the palette asks for it.

use egui::{Context, Key, Modifiers};

use super::binding::{Actions, Line, Pick, take_key};
use super::everywhere::Action;
use super::palette::Chosen;
use super::{Command, Cx, ThemeChoice, UiInput, View, Workbench, theme};

/// Where an action belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// To every view.
    Everywhere,
    /// To one view.
    In(View),
}

impl Place {
    /// All places: everywhere, then the views in the order of the rail.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Everywhere).chain(View::ALL.into_iter().map(Self::In))
    }

    /// Returns its name on screen.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::In(view) => view.name(),
        }
    }
}

impl Workbench {
    /// Calls `f` with the actions of a place: one line for each table.
    fn at<R>(
        &mut self,
        place: Place,
        input: &UiInput<'_>,
        commands: &mut Vec<Command>,
        f: impl FnOnce(&mut dyn Actions, &mut Cx<'_>) -> R,
    ) -> R {
        let actions: &mut dyn Actions = match place {
            Place::Everywhere => &mut self.everywhere,
            Place::In(View::Start) => &mut self.start,
            Place::In(View::Map) => &mut self.map,
            Place::In(View::Topics) => &mut self.topics,
            Place::In(View::Conflicts) => &mut self.conflicts,
            Place::In(View::Verify) => &mut self.verify,
            Place::In(View::Results) => &mut self.results,
            Place::In(View::Align) => &mut self.align,
            Place::In(View::Jobs) => &mut self.jobs,
        };
        let mut cx = Cx {
            input,
            commands,
            shared: &mut self.shared,
        };
        f(actions, &mut cx)
    }

    /// Lists what works now: of the view on screen, of the other views, everywhere.
    pub(super) fn palette_lines(
        &mut self,
        input: &UiInput<'_>,
        commands: &mut Vec<Command>,
    ) -> Vec<(Place, Line)> {
        let here = Place::In(self.shared.view);
        let others = Place::all().skip(1).filter(|p| *p != here);
        let order: Vec<Place> = std::iter::once(here)
            .chain(others)
            .chain([Place::Everywhere])
            .collect();
        let own_keys = self.at(here, input, commands, |actions, _| actions.keys());
        let mut all = Vec::new();
        for place in order {
            let mut lines = self.at(place, input, commands, |actions, cx| actions.lines(cx));
            if place == Place::Everywhere {
                // A key that the view keeps for itself does not do this here.
                for line in &mut lines {
                    if own_keys.iter().any(|(_, key)| *key == line.key) {
                        line.key = "";
                    }
                }
            }
            all.extend(lines.into_iter().map(|line| (place, line)));
        }
        all
    }

    /// Lists name and key of every action that has a key, by place.
    pub(super) fn all_keys(
        &mut self,
        input: &UiInput<'_>,
    ) -> Vec<(Place, Vec<(&'static str, &'static str)>)> {
        Place::all()
            .map(|place| {
                let keys = self.at(place, input, &mut Vec::new(), |actions, _| actions.keys());
                (place, keys)
            })
            .filter(|(_, keys)| !keys.is_empty())
            .collect()
    }

    /// Hears of the keys of a frame.
    pub(super) fn keys(&mut self, ctx: &Context, input: &UiInput<'_>, commands: &mut Vec<Command>) {
        if self.key_list.is_open() {
            self.key_list.keys(ctx);
            return;
        }
        if self.palette.is_open() || ctx.text_edit_focused() {
            // The field keeps its letters; this one brings the list back.
            if take_key(ctx, Modifiers::COMMAND, Key::K) {
                self.palette.open();
            }
            return;
        }
        // An open menu is what Escape closes; the toolkit hears of it when the menu is drawn.
        if egui::Popup::is_any_open(ctx) && ctx.input(|i| i.key_pressed(Key::Escape)) {
            return;
        }
        self.tour.keys(ctx, &mut self.shared);
        let here = Place::In(self.shared.view);
        for place in [here, Place::Everywhere] {
            self.at(place, input, commands, |actions, cx| actions.hear(ctx, cx));
        }
        self.do_wanted(ctx, input, commands);
    }

    /// Does what was asked of the window itself.
    pub(super) fn do_wanted(
        &mut self,
        ctx: &Context,
        input: &UiInput<'_>,
        commands: &mut Vec<Command>,
    ) {
        for action in self.everywhere.take_wanted() {
            // It may have been asked for at the end of a frame.
            ctx.request_repaint();
            match action {
                Action::Search => self.palette.open(),
                Action::Filter => self.filter.toggle(),
                Action::RenameTopic => {
                    let mut cx = Cx {
                        input,
                        commands,
                        shared: &mut self.shared,
                    };
                    self.topics.begin_rename(&mut cx);
                    self.map.show_topic(true);
                }
                Action::ShowTime => {
                    self.shared.view = View::Map;
                    self.map.open_brush();
                }
                Action::ToggleKeys => self.key_list.toggle(),
                Action::TakeTour => self.tour.begin(&mut self.shared),
                Action::ToggleTheme => {
                    let choice = if ctx.theme() == egui::Theme::Dark {
                        ThemeChoice::Light
                    } else {
                        ThemeChoice::Dark
                    };
                    self.shared.theme = choice;
                    theme::set_theme(ctx, choice);
                    commands.push(Command::SetTheme(choice));
                }
                Action::NextVision => theme::set_vision(ctx, theme::vision(ctx).next()),
                Action::StepBack => self.step_back(input, commands),
            }
        }
    }

    fn step_back(&mut self, input: &UiInput<'_>, commands: &mut Vec<Command>) {
        let mut cx = Cx {
            input,
            commands,
            shared: &mut self.shared,
        };
        if self.tour.end() || self.filter.close() {
            return;
        }
        // A form or a list of topics is closed first.
        if self.topics.step_back(&cx) {
            return;
        }
        if cx.shared.selected_doc.is_some() {
            cx.clear_doc();
            return;
        }
        let stepped = match cx.shared.view {
            View::Start => self.start.step_back(),
            View::Map => self.map.step_back(&mut cx),
            View::Conflicts => self.conflicts.step_back(),
            View::Results => self.results.step_back(&mut cx),
            _ => false,
        };
        if !stepped && let Some(progress) = input.progress {
            cx.send(Command::CancelJob(progress.job));
        }
    }

    /// Does what was chosen in the palette; an action of another view opens that view first.
    pub(super) fn choose(
        &mut self,
        ctx: &Context,
        chosen: Chosen,
        input: &UiInput<'_>,
        commands: &mut Vec<Command>,
    ) {
        match chosen {
            Chosen::Line(place, pick) => self.pick(ctx, place, &pick, input, commands),
            Chosen::Doc(doc) => {
                let mut cx = Cx {
                    input,
                    commands,
                    shared: &mut self.shared,
                };
                cx.select_doc(doc);
            }
            Chosen::Topic(idx) => {
                if let Some(topic) = input.snapshot.topics.get(idx) {
                    self.shared.selected_topic = Some(topic.id);
                    self.shared.selected_doc = None;
                    self.shared.view = View::Topics;
                    self.shared.inspector_open = true;
                }
            }
        }
    }

    fn pick(
        &mut self,
        ctx: &Context,
        place: Place,
        pick: &Pick,
        input: &UiInput<'_>,
        commands: &mut Vec<Command>,
    ) {
        if let Place::In(view) = place {
            self.shared.view = view;
        }
        self.at(place, input, commands, |actions, cx| {
            actions.pick(pick, ctx, cx);
        });
        self.do_wanted(ctx, input, commands);
    }
}
