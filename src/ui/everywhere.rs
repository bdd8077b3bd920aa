//! What can be done in every view, as a table like that of a view.

use egui::{Key, Modifiers};

use super::binding::{Binding, Bound, COMMAND_SHIFT};
use super::{Command, Cx, UiInput, View};
use crate::snapshot::model::NextStep;

/// What the window does at its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Puts the cursor into the search field.
    Search,
    /// Opens or closes the list of the filter.
    Filter,
    /// Begins to rename the chosen topic where it stands beside the map.
    RenameTopic,
    /// Shows the map with its time brush.
    ShowTime,
    /// Shows the list of all keys, or closes it.
    ToggleKeys,
    /// Begins the tour.
    TakeTour,
    /// Light or dark.
    ToggleTheme,
    /// The next preview of color vision.
    NextVision,
    /// Gives up what is open or begun, else cancels the running job.
    StepBack,
}

/// How the line begins that puts a saved selection back.
const PUT_BACK: &str = "Put back selection ";

/// What was asked for by a key, a button or a line of the palette and is done by the window.
#[derive(Debug, Default)]
pub(super) struct Everywhere {
    wanted: Vec<Action>,
}

impl Everywhere {
    /// Asks for something.
    pub(super) fn want(&mut self, action: Action) {
        self.wanted.push(action);
    }

    /// Gives what was asked for since.
    pub(super) fn take_wanted(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.wanted)
    }
}

/// Tells whether the pipeline has something to run.
pub(super) fn can_run(input: &UiInput<'_>) -> bool {
    input.project_open
        && input.progress.is_none()
        && matches!(input.snapshot.next_step, NextStep::Run { .. })
}

impl Bound for Everywhere {
    const BINDINGS: &'static [Binding<Self>] = &[
        Binding::<Self>::held(
            "Search, or run a command",
            "Ctrl K",
            Modifiers::COMMAND,
            Key::K,
            |all, _, _| all.want(Action::Search),
        ),
        Binding::<Self>::plain("Show all keys", "?", Key::Questionmark, |all, _, _| {
            all.want(Action::ToggleKeys);
        })
        .or(Modifiers::NONE, Key::F1),
        Binding::<Self>::plain("Open Start", "1", Key::Num1, |_, _, cx| {
            cx.open(View::Start);
        }),
        Binding::<Self>::plain("Open Map", "2", Key::Num2, |_, _, cx| cx.open(View::Map)),
        Binding::<Self>::plain("Open Topics", "3", Key::Num3, |_, _, cx| {
            cx.open(View::Topics);
        }),
        Binding::<Self>::plain("Open Conflicts", "4", Key::Num4, |_, _, cx| {
            cx.open(View::Conflicts);
        }),
        Binding::<Self>::plain("Open Verify", "5", Key::Num5, |_, _, cx| {
            cx.open(View::Verify);
        }),
        Binding::<Self>::plain("Open Results", "6", Key::Num6, |_, _, cx| {
            cx.open(View::Results);
        }),
        Binding::<Self>::plain("Open Align", "7", Key::Num7, |_, _, cx| {
            cx.open(View::Align);
        }),
        Binding::<Self>::plain("Open Jobs", "8", Key::Num8, |_, _, cx| cx.open(View::Jobs)),
        Binding::<Self>::held(
            "Open Start beside",
            "Ctrl 1",
            Modifiers::COMMAND,
            Key::Num1,
            |_, _, cx| cx.shared.open_beside(View::Start),
        )
        .when(|_, cx| cx.opens_beside(View::Start)),
        Binding::<Self>::held(
            "Open Map beside",
            "Ctrl 2",
            Modifiers::COMMAND,
            Key::Num2,
            |_, _, cx| cx.shared.open_beside(View::Map),
        )
        .when(|_, cx| cx.opens_beside(View::Map)),
        Binding::<Self>::held(
            "Open Topics beside",
            "Ctrl 3",
            Modifiers::COMMAND,
            Key::Num3,
            |_, _, cx| cx.shared.open_beside(View::Topics),
        )
        .when(|_, cx| cx.opens_beside(View::Topics)),
        Binding::<Self>::held(
            "Open Conflicts beside",
            "Ctrl 4",
            Modifiers::COMMAND,
            Key::Num4,
            |_, _, cx| cx.shared.open_beside(View::Conflicts),
        )
        .when(|_, cx| cx.opens_beside(View::Conflicts)),
        Binding::<Self>::held(
            "Open Verify beside",
            "Ctrl 5",
            Modifiers::COMMAND,
            Key::Num5,
            |_, _, cx| cx.shared.open_beside(View::Verify),
        )
        .when(|_, cx| cx.opens_beside(View::Verify)),
        Binding::<Self>::held(
            "Open Results beside",
            "Ctrl 6",
            Modifiers::COMMAND,
            Key::Num6,
            |_, _, cx| cx.shared.open_beside(View::Results),
        )
        .when(|_, cx| cx.opens_beside(View::Results)),
        Binding::<Self>::held(
            "Open Align beside",
            "Ctrl 7",
            Modifiers::COMMAND,
            Key::Num7,
            |_, _, cx| cx.shared.open_beside(View::Align),
        )
        .when(|_, cx| cx.opens_beside(View::Align)),
        Binding::<Self>::held(
            "Open Jobs beside",
            "Ctrl 8",
            Modifiers::COMMAND,
            Key::Num8,
            |_, _, cx| cx.shared.open_beside(View::Jobs),
        )
        .when(|_, cx| cx.opens_beside(View::Jobs)),
        Binding::<Self>::held(
            "Close the view beside",
            "Ctrl W",
            Modifiers::COMMAND,
            Key::W,
            |_, _, cx| {
                if let Some(other) = cx.shared.beside.other {
                    cx.shared.close_beside(other);
                }
            },
        )
        .when(|_, cx| cx.shared.neighbor().is_some()),
        Binding::<Self>::held(
            "Run the pipeline",
            "Ctrl Enter",
            Modifiers::COMMAND,
            Key::Enter,
            |_, _, cx| cx.send(Command::RunPipeline),
        )
        .when(|_, cx| can_run(cx.input)),
        Binding::<Self>::plain(
            "Step back, or cancel the running job",
            "Esc",
            Key::Escape,
            |all, _, _| all.want(Action::StepBack),
        ),
        Binding::<Self>::unbound("Cancel the running job", |_, _, cx| {
            if let Some(progress) = cx.input.progress {
                cx.send(Command::CancelJob(progress.job));
            }
        })
        .when(|_, cx| cx.input.progress.is_some()),
        Binding::<Self>::held("Undo", "Ctrl Z", Modifiers::COMMAND, Key::Z, |_, _, cx| {
            cx.send(Command::Undo);
        })
        .listed(|_, cx| cx.input.snapshot.journal.undo.is_some())
        .named(|cx| Some(format!("Undo {}", cx.input.snapshot.journal.undo.as_ref()?))),
        Binding::<Self>::held("Redo", "Ctrl Shift Z", COMMAND_SHIFT, Key::Z, |_, _, cx| {
            cx.send(Command::Redo);
        })
        .or(Modifiers::COMMAND, Key::Y)
        .listed(|_, cx| cx.input.snapshot.journal.redo.is_some())
        .named(|cx| Some(format!("Redo {}", cx.input.snapshot.journal.redo.as_ref()?))),
        Binding::<Self>::held(
            "Filter documents",
            "Ctrl F",
            Modifiers::COMMAND,
            Key::F,
            |all, _, _| all.want(Action::Filter),
        )
        .when(|_, cx| cx.input.snapshot.map.is_some()),
        Binding::<Self>::plain(
            "Rename the topic beside the map",
            "F2",
            Key::F2,
            |all, _, _| {
                all.want(Action::RenameTopic);
            },
        )
        .when(|_, cx| cx.shared.view == View::Map && cx.shared.selected_topic.is_some()),
        Binding::<Self>::plain("Show all documents", "A", Key::A, |_, _, cx| {
            cx.shared.show_all();
        })
        .when(|_, cx| cx.shared.is_narrowed()),
        Binding::<Self>::plain("Show the document on the map", "G", Key::G, |_, _, cx| {
            cx.open(View::Map);
        })
        .when(|_, cx| cx.shared.selected_doc.is_some() && cx.input.snapshot.map.is_some()),
        Binding::<Self>::plain("Show or hide the inspector", "I", Key::I, |_, _, cx| {
            cx.shared.inspector_open = !cx.shared.inspector_open;
        }),
        Binding::<Self>::plain("Light or dark", "D", Key::D, |all, _, _| {
            all.want(Action::ToggleTheme);
        }),
        Binding::<Self>::plain("Preview color vision", "V", Key::V, |all, _, _| {
            all.want(Action::NextVision);
        }),
        Binding::<Self>::unbound("Take the tour", |all, _, _| all.want(Action::TakeTour))
            .when(|_, cx| cx.input.project_open),
        Binding::<Self>::held(
            "Dismiss the message",
            "Ctrl D",
            Modifiers::COMMAND,
            Key::D,
            |_, _, cx| cx.send(Command::DismissNotice),
        )
        .when(|_, cx| cx.input.notice.is_some()),
    ];

    fn choices(&self, cx: &Cx<'_>) -> Vec<String> {
        let nations = cx.input.snapshot.nations.iter();
        let mut all: Vec<String> = nations
            .filter(|_| cx.input.snapshot.nations.len() > 1)
            .map(|n| format!("Filter {}", n.nation.name()))
            .collect();
        let saved = cx.shared.saved.iter();
        all.extend(saved.map(|s| format!("{PUT_BACK}{}", s.name)));
        let here = &cx.input.snapshot.project.folder;
        all.extend(
            cx.input
                .recent_projects
                .iter()
                .filter(|r| r.is_there && r.folder != *here)
                .map(|r| format!("Open the project {}", r.folder)),
        );
        all
    }

    fn choose(&mut self, name: &str, cx: &mut Cx<'_>) {
        let wanted = name.strip_prefix(PUT_BACK);
        if let Some(saved) = cx
            .shared
            .saved
            .iter()
            .find(|s| wanted == Some(s.name.as_str()))
        {
            cx.shared.desk = saved.desk.clone();
        }
        if let Some(folder) = name.strip_prefix("Open the project ") {
            cx.send(Command::OpenProject(folder.to_owned()));
        }
        let nations = &cx.input.snapshot.nations;
        let chosen = nations
            .iter()
            .find(|n| name.strip_prefix("Filter ") == Some(n.nation.name()));
        if let Some(count) = chosen {
            cx.shared.toggle_nation(count.nation, nations.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::binding::Actions;

    #[test]
    fn every_view_has_a_key_that_opens_it() {
        let keys = Everywhere::default().keys();
        for view in View::ALL {
            let name = format!("Open {}", view.name());
            assert!(keys.iter().any(|(n, _)| *n == name), "{name}");
        }
    }
}
