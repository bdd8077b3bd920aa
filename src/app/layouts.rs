//! How the window was arranged over each project, among the user's preferences: a file of its own,
//! `layouts.json`, with the newest projects first.
//!
//! It stands beside the preferences and not in the project: two people who look at one project each have
//! their own window, and no look changes a project's bytes. A file that is missing or damaged costs only
//! the memory; a project not listed begins with the window as it is.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ui::camera::Camera;
use crate::ui::views::map::{ColorBy, MapLayout};
use crate::ui::views::topics::{Show, SortKey, TopicsLayout};
use crate::ui::{Beside, Layout, View};

/// Projects remembered.
const N_PROJECTS: usize = 50;

/// The file as written.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct FileJson {
    projects: Vec<ProjectJson>,
}

#[derive(Serialize, Deserialize)]
struct ProjectJson {
    folder: String,
    #[serde(default)]
    layout: LayoutJson,
}

#[derive(Serialize, Deserialize)]
#[serde(default)]
struct LayoutJson {
    view: String,
    other: Option<String>,
    is_right: bool,
    left_share: f32,
    inspector_open: bool,
    inspector_width: Option<f32>,
    map: MapJson,
    topics: TopicsJson,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that do not hang together"
)]
struct MapJson {
    layout: String,
    center_in_map: Option<[f32; 2]>,
    points_per_unit: Option<f32>,
    color_by: String,
    hides_context: bool,
    per_nation: bool,
    contours: bool,
    brush_open: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(default)]
struct TopicsJson {
    show: String,
    by_share: bool,
    sort: String,
    falls: bool,
    value_only: bool,
}

impl Default for LayoutJson {
    fn default() -> Self {
        (&Layout {
            inspector_open: true,
            ..Layout::default()
        })
            .into()
    }
}

impl Default for TopicsJson {
    fn default() -> Self {
        (&TopicsLayout::default()).into()
    }
}

/// How topics are shown, by name.
const SHOWN: [(Show, &str); 3] = [
    (Show::Matrix, "matrix"),
    (Show::Tree, "tree"),
    (Show::OverTime, "over time"),
];

/// What colors, by name; a column of the files as `field:` and its name, a model's agreement as
/// `agreement:` and its name.
const COLORS: [(ColorBy, &str); 6] = [
    (ColorBy::Nation, "nation"),
    (ColorBy::Topic, "topic"),
    (ColorBy::Source, "source"),
    (ColorBy::Time, "time"),
    (ColorBy::Strength, "strength"),
    (ColorBy::Set, "set"),
];

const FIELD: &str = "field:";
const AGREEMENT: &str = "agreement:";

/// What sorts the topic table, by name; a nation as `nation:` and its index.
const SORTS: [(SortKey, &str); 6] = [
    (SortKey::Size, "size"),
    (SortKey::Value, "value"),
    (SortKey::Label, "label"),
    (SortKey::Entropy, "entropy"),
    (SortKey::Divergence, "divergence"),
    (SortKey::PValue, "p_value"),
];

const NATION: &str = "nation:";

fn view_code(view: View) -> String {
    view.name().to_lowercase()
}

fn view_of(code: &str) -> Option<View> {
    View::ALL.into_iter().find(|v| view_code(*v) == code)
}

/// Returns the name of a value in a table, empty if it has none.
fn code<T: PartialEq>(table: &[(T, &str)], of: &T) -> String {
    let found = table.iter().find(|(value, _)| value == of);
    found.map_or_else(String::new, |(_, code)| (*code).to_owned())
}

/// Returns the value that has a name in a table.
fn decoded<T: Clone>(table: &[(T, &str)], code: &str) -> Option<T> {
    let found = table.iter().find(|(_, c)| *c == code);
    found.map(|(value, _)| value.clone())
}

fn color_code(by: &ColorBy) -> String {
    match by {
        ColorBy::Field(name) => format!("{FIELD}{name}"),
        ColorBy::Agreement(name) => format!("{AGREEMENT}{name}"),
        _ => code(&COLORS, by),
    }
}

fn color_of(code: &str) -> ColorBy {
    if let Some(name) = code.strip_prefix(FIELD) {
        return ColorBy::Field(name.to_owned());
    }
    if let Some(name) = code.strip_prefix(AGREEMENT) {
        return ColorBy::Agreement(name.to_owned());
    }
    decoded(&COLORS, code).unwrap_or_default()
}

fn sort_code(sort: SortKey) -> String {
    match sort {
        SortKey::Nation(i) => format!("{NATION}{i}"),
        _ => code(&SORTS, &sort),
    }
}

fn sort_of(code: &str) -> SortKey {
    if let Some(i) = code.strip_prefix(NATION).and_then(|i| i.parse().ok()) {
        return SortKey::Nation(i);
    }
    decoded(&SORTS, code).unwrap_or_default()
}

impl From<&Layout> for LayoutJson {
    fn from(layout: &Layout) -> Self {
        let map = &layout.map;
        Self {
            view: view_code(layout.view),
            other: layout.beside.other.map(view_code),
            is_right: layout.beside.is_right,
            left_share: layout.beside.left_share,
            inspector_open: layout.inspector_open,
            inspector_width: layout.inspector_width,
            map: MapJson {
                layout: map.layout.clone(),
                center_in_map: map.camera.map(|c| c.center_in_map),
                points_per_unit: map.camera.map(|c| c.points_per_unit),
                color_by: color_code(&map.color_by),
                hides_context: map.hides_context,
                per_nation: map.per_nation,
                contours: map.contours,
                brush_open: map.brush_open,
            },
            topics: (&layout.topics).into(),
        }
    }
}

impl From<&TopicsLayout> for TopicsJson {
    fn from(topics: &TopicsLayout) -> Self {
        Self {
            show: code(&SHOWN, &topics.show),
            by_share: topics.by_share,
            sort: sort_code(topics.sort),
            falls: topics.falls,
            value_only: topics.value_only,
        }
    }
}

impl From<LayoutJson> for Layout {
    fn from(json: LayoutJson) -> Self {
        let map = json.map;
        let view = view_of(&json.view).unwrap_or_default();
        let other = json.other.as_deref().and_then(view_of);
        let camera = map.center_in_map.zip(map.points_per_unit);
        Self {
            view,
            beside: Beside {
                other: other.filter(|o| *o != view),
                is_right: json.is_right,
                left_share: json.left_share.clamp(0.1, 0.9),
            },
            inspector_open: json.inspector_open,
            inspector_width: json.inspector_width.filter(|w| w.is_finite()),
            map: MapLayout {
                layout: map.layout,
                camera: camera.map(|(center_in_map, points_per_unit)| Camera {
                    center_in_map,
                    points_per_unit,
                }),
                color_by: color_of(&map.color_by),
                hides_context: map.hides_context,
                per_nation: map.per_nation,
                contours: map.contours,
                brush_open: map.brush_open,
            },
            topics: TopicsLayout {
                show: decoded(&SHOWN, &json.topics.show).unwrap_or_default(),
                by_share: json.topics.by_share,
                sort: sort_of(&json.topics.sort),
                falls: json.topics.falls,
                value_only: json.topics.value_only,
            },
        }
    }
}

/// Where layouts are kept; `None` where the system names no folder for preferences.
pub(super) struct Layouts {
    file: Option<PathBuf>,
}

impl Layouts {
    /// Keeps layouts in the folder of the preferences.
    pub(super) fn beside(folder: Option<&Path>) -> Self {
        Self {
            file: folder.map(|f| f.join("layouts.json")),
        }
    }

    fn read_all(&self) -> FileJson {
        self.file
            .as_ref()
            .and_then(|path| fs::read_to_string(path).ok())
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Returns how the window was left over a project.
    pub(super) fn read(&self, folder: &str) -> Option<Layout> {
        let all = self.read_all().projects;
        let found = all.into_iter().find(|p| p.folder == folder)?;
        Some(found.layout.into())
    }

    /// Keeps how the window stands over a project; a failure costs only the memory.
    pub(super) fn write(&self, folder: &str, layout: &Layout) {
        let Some(path) = &self.file else { return };
        // Read again, since another window may have written since.
        let mut all = self.read_all();
        all.projects.retain(|p| p.folder != folder);
        let project = ProjectJson {
            folder: folder.to_owned(),
            layout: layout.into(),
        };
        all.projects.insert(0, project);
        all.projects.truncate(N_PROJECTS);
        drop(write_whole(path, &all));
    }
}

/// Writes the file beside its place and moves it there, so that no reader finds half of it.
fn write_whole(path: &Path, all: &FileJson) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let text = serde_json::to_string_pretty(all)?;
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    fn layouts(home: &Path) -> Layouts {
        Layouts::beside(Some(&home.join("config")))
    }

    fn some() -> Layout {
        Layout {
            view: View::Map,
            beside: Beside {
                other: Some(View::Topics),
                is_right: true,
                left_share: 0.625,
            },
            inspector_open: false,
            inspector_width: Some(412.5),
            map: MapLayout {
                layout: "places-4".to_owned(),
                camera: Some(Camera {
                    center_in_map: [0.1, -3.5e-7],
                    points_per_unit: 1.0 / 3.0,
                }),
                color_by: ColorBy::Field("ressort: 国".to_owned()),
                hides_context: true,
                per_nation: true,
                contours: true,
                brush_open: true,
            },
            topics: TopicsLayout {
                show: Show::OverTime,
                by_share: true,
                sort: SortKey::Nation(3),
                falls: false,
                value_only: true,
            },
        }
    }

    #[test]
    fn a_layout_comes_back_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let kept = layouts(home.path());
        assert_eq!(kept.read("a"), None);
        kept.write("a", &some());
        kept.write("b", &Layout::default());
        assert_eq!(kept.read("a"), Some(some()));
        assert_eq!(kept.read("b"), Some(Layout::default()));
        for i in 0..N_PROJECTS {
            kept.write(&i.to_string(), &Layout::default());
        }
        assert_eq!(kept.read("a"), None);
        assert_eq!(kept.read_all().projects.len(), N_PROJECTS);
        // Nothing is left beside the file.
        let folder = home.path().join("config");
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
    }

    #[test]
    fn names_of_colors_and_columns_go_both_ways() {
        for (by, _) in COLORS {
            assert_eq!(color_of(&color_code(&by)), by);
        }
        for (sort, _) in SORTS {
            assert_eq!(sort_of(&sort_code(sort)), sort);
        }
        assert_eq!(color_of("taste"), ColorBy::Nation);
        assert_eq!(sort_of("nation:x"), SortKey::Size);
    }

    #[test]
    fn what_is_damaged_or_unknown_counts_as_missing() {
        let home = tempfile::tempdir().unwrap();
        let kept = layouts(home.path());
        kept.write("a", &some());
        let path = kept.file.clone().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert_eq!(kept.read("a"), None);
        kept.write("a", &some());
        assert_eq!(kept.read("a"), Some(some()));
        let new = r#"{"projects":[{"folder":"a","layout":{"view":"moon","map":{"color_by":7}}}]}"#;
        fs::write(&path, new).unwrap();
        assert_eq!(kept.read("a"), None);
        let less = r#"{"projects":[{"folder":"a","layout":{"view":"moon","new":1}}]}"#;
        fs::write(&path, less).unwrap();
        let open = Layout {
            inspector_open: true,
            ..Layout::default()
        };
        assert_eq!(kept.read("a"), Some(open));
        assert_eq!(Layouts { file: None }.read("a"), None);
    }
}
