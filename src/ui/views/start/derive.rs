//! Pure part of Start: guesses from file names, what is missing before something can be done.

use crate::domain::corpus::Nation;

/// A file to import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FileRow {
    /// Where it lies.
    pub(super) path: String,
    /// Nation code, empty when its rows name their own.
    pub(super) nation: String,
    /// Outlet, empty for the file's name.
    pub(super) source: String,
}

/// Returns the last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Guesses the nation from a file name such as `cn_daily_2023.jsonl.zst` or `de-10k.csv`.
pub(super) fn guess_nation(path: &str) -> String {
    let name = file_name(path).to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let by_code = words
        .iter()
        .filter(|w| w.len() == 2)
        .find_map(|w| Nation::parse(w).ok().filter(|n| Nation::FIVE.contains(n)));
    let by_name = words.iter().find_map(|w| match *w {
        "china" | "chinese" => Nation::parse("CN").ok(),
        "usa" | "american" => Nation::parse("US").ok(),
        "british" | "britain" => Nation::parse("UK").ok(),
        "france" | "french" => Nation::parse("FR").ok(),
        "germany" | "german" => Nation::parse("DE").ok(),
        _ => None,
    });
    by_code
        .or(by_name)
        .map_or(String::new(), |n| n.code().to_owned())
}

/// Says what keeps files from being imported, `None` when nothing does.
pub(super) fn missing(files: &[FileRow]) -> Option<String> {
    if files.is_empty() {
        return Some("Name at least one file.".to_owned());
    }
    files.iter().find_map(|f| {
        if f.nation.trim().is_empty() {
            return None;
        }
        Nation::parse(&f.nation).err().map(|_| {
            format!(
                "{} is no nation code: use two letters such as CN or FR.",
                f.nation
            )
        })
    })
}

/// Adds files that are not in the list yet, with a guessed nation.
pub(super) fn add_files(list: &mut Vec<FileRow>, paths: &[String]) {
    for path in paths {
        let path = path.trim();
        if path.is_empty() || list.iter().any(|f| f.path == path) {
            continue;
        }
        list.push(FileRow {
            path: path.to_owned(),
            nation: guess_nation(path),
            source: String::new(),
        });
    }
}

/// Groups files of one nation and source, in order of first appearance: one import each.
pub(super) fn imports(files: &[FileRow]) -> Vec<(String, String, Vec<String>)> {
    let mut groups: Vec<(String, String, Vec<String>)> = Vec::new();
    for file in files {
        let nation = file.nation.trim().to_uppercase();
        let source = file.source.trim().to_owned();
        match groups.iter_mut().find(|g| g.0 == nation && g.1 == source) {
            Some(group) => group.2.push(file.path.clone()),
            None => groups.push((nation, source, vec![file.path.clone()])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nations_are_guessed_from_names_only_when_clear() {
        assert_eq!(guess_nation("/data/cn_daily_2023.jsonl.zst"), "CN");
        assert_eq!(guess_nation("C:\\news\\GERMAN-10k.csv"), "DE");
        assert_eq!(guess_nation("press_gb.csv"), "UK");
        assert_eq!(guess_nation("news.json"), "");
        // "is" and "no" are codes of nations and also words: only the five are guessed.
        assert_eq!(guess_nation("this_is_no_file.csv"), "");
    }

    #[test]
    fn files_are_listed_once_and_grouped() {
        let mut list = Vec::new();
        let paths = ["a_us.csv", "b_us.csv", "a_us.csv", " "].map(str::to_owned);
        add_files(&mut list, &paths);
        assert_eq!(list.len(), 2);
        add_files(&mut list, &["c_fr.csv".to_owned()]);
        let groups = imports(&list);
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0].2.len(), 2);
        assert_eq!(missing(&list), None);
        list[0].nation = "XQ".to_owned();
        assert!(missing(&list).is_some_and(|m| m.contains("XQ")));
        assert!(missing(&[]).is_some());
    }
}
