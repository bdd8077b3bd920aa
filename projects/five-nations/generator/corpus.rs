//! The whole corpus in memory: plans, articles, files and truth of all five nations.

use crate::article::Article;
use crate::bank::Bank;
use crate::calendar::{Day, N_DAYS};
use crate::cast::Cast;
use crate::error::Error;
use crate::files::{FILES, FileSpec, Project, ProjectModel, ProjectReduction, ProjectTraining};
use crate::language::Language;
use crate::plan::{ArticlePlan, Majorities, draw_majorities, plan_nation};
use crate::random::Random;
use crate::rows::{Record, Row, write_rows};
use crate::truth::{Broken, Contested, Truth, tell};
use crate::write::Writer;
use std::collections::BTreeMap;
use std::path::Path;

/// How much is made of a nation.
struct NationSpec {
    code: &'static str,
    language: Language,
    n_articles: usize,
    n_self_contradictions: usize,
}

const NATIONS: [NationSpec; 5] = [
    NationSpec::new("CN", Language::Zh, 700, 2),
    NationSpec::new("US", Language::En, 500, 1),
    NationSpec::new("UK", Language::En, 400, 1),
    NationSpec::new("FR", Language::Fr, 400, 1),
    NationSpec::new("DE", Language::De, 400, 1),
];
/// The demonstration models by name and folder; the first is aligned.
const MODELS: [(&str, &str); 3] = [
    ("Harbor", "demonstration:harbor"),
    ("Meadow", "demonstration:meadow"),
    ("Summit", "demonstration:summit"),
];
/// The seed of the analysis in `project.json`; another corpus is analyzed with the same one.
const PROJECT_SEED: u64 = 42;

impl NationSpec {
    const fn new(
        code: &'static str,
        language: Language,
        n_articles: usize,
        n_self_contradictions: usize,
    ) -> Self {
        Self {
            code,
            language,
            n_articles,
            n_self_contradictions,
        }
    }
}

/// A packed file and its path below the project folder.
pub(crate) struct DataFile {
    /// Path below the project folder.
    pub(crate) path: String,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// Everything the project folder gets.
pub(crate) struct Corpus {
    /// The ten data files.
    pub(crate) files: Vec<DataFile>,
    /// How to import them.
    pub(crate) project: Project,
    /// The truth about each article, in file order.
    pub(crate) truth: Vec<Truth>,
    /// The rows no import should take.
    pub(crate) broken: Vec<Broken>,
    /// The propositions without a majority.
    pub(crate) contested: Vec<Contested>,
}

impl Corpus {
    /// Makes the corpus from the banks in `banks_dir`.
    ///
    /// # Errors
    /// If a bank is missing or does not hold what it should.
    pub(crate) fn make(banks_dir: &Path, seed: u64) -> Result<Self, Error> {
        let banks = Language::ALL
            .into_iter()
            .map(|language| Bank::load(banks_dir, language))
            .collect::<Result<Vec<_>, _>>()?;
        let majorities = draw_majorities(&banks, NATIONS.iter().map(|spec| spec.code), seed);
        let mut corpus = Self {
            files: Vec::new(),
            project: Project {
                name: "five-nations",
                seed: PROJECT_SEED,
                preset: "quick",
                // A topic of several languages has 40 articles and more; smaller clusters would be its
                // languages.
                min_cluster_size: 30,
                min_samples: 30,
                // An issue has ten to thirty statements here: the mean of so few stances is uncertain by 0.2 to 0.3, and
                // a quarter of the candidates in each of five rounds would leave a fourth of them unasked.
                reduction: ProjectReduction {
                    contested_below: 0.3,
                    top_share: 0.3,
                },
                models: MODELS
                    .map(|(name, folder)| ProjectModel {
                        name,
                        folder,
                        align: name == "Harbor",
                    })
                    .into(),
                methods: vec!["mc", "aj"],
                n_trials: 3,
                max_items: 20,
                training: ProjectTraining {
                    learning_rate: 0.003,
                    n_epochs: 3,
                    batch_pairs: 8,
                    n_seeds: 3,
                    max_pairs: 40,
                },
                files: Vec::new(),
            },
            truth: Vec::new(),
            broken: Vec::new(),
            contested: Vec::new(),
        };
        for spec in &NATIONS {
            let bank = banks
                .iter()
                .find(|bank| bank.language == spec.language)
                .ok_or_else(|| Error::Corpus(format!("no bank for {}", spec.code)))?;
            corpus.add_nation(spec, bank, &majorities, seed)?;
        }
        Ok(corpus)
    }

    fn add_nation(
        &mut self,
        spec: &NationSpec,
        bank: &Bank,
        majorities: &Majorities,
        seed: u64,
    ) -> Result<(), Error> {
        let code = spec.code;
        let nation = bank.nation(code)?;
        let stream = |part: &str| Random::new(seed, &format!("{code} {part}"));
        let plan = plan_nation(
            bank,
            code,
            spec.n_articles,
            spec.n_self_contradictions,
            majorities,
            &mut stream("plan"),
        );
        for (topic_idx, proposition_idx) in &plan.contested {
            let topic = bank.topics.get(*topic_idx);
            if let Some(proposition) = topic.and_then(|t| t.propositions.get(*proposition_idx)) {
                self.contested.push(Contested {
                    nation: code,
                    proposition: proposition.id.clone(),
                });
            }
        }
        let cast = Cast::new(bank, nation, &mut stream("cast"))?;
        let mut writer = Writer::new(bank, nation, cast, stream("text"));
        let mut articles = plan
            .articles
            .iter()
            .map(|article| writer.write(article))
            .collect::<Result<Vec<_>, _>>()?;
        let n_originals = articles.len();
        // An article that contradicts itself is not copied: there are six of them, no more.
        let mut chance = stream("copies");
        let copied: Vec<usize> = chance
            .sample(n_originals, n_originals)
            .into_iter()
            .filter(|idx| articles.get(*idx).is_some_and(|a| !a.self_contradiction))
            .take(plan.n_duplicates)
            .collect();
        for article_idx in copied {
            if let Some(article) = articles.get(article_idx) {
                let copy = writer.copy(article, article_idx);
                articles.push(copy);
            }
        }
        let issues = FILES
            .iter()
            .filter(|file| file.nation == code)
            .map(|file| issue(file, bank, code, &articles, &mut writer, &mut chance))
            .collect::<Result<Vec<_>, _>>()?;
        let mut ids = BTreeMap::new();
        for issue in &issues {
            for (entry, id) in &issue.entries {
                if let Entry::Whole(article_idx) = entry {
                    ids.insert(*article_idx, id.clone());
                }
            }
        }
        for issue in issues {
            let file = issue.file;
            let Some(outlet) = nation.outlets.get(file.outlet_idx) else {
                return Err(Error::Corpus(format!("{code} has too few outlets")));
            };
            let mut rows = Vec::new();
            for (entry, id) in issue.entries {
                let (article, defect) = match &entry {
                    Entry::Whole(idx) => (articles.get(*idx), None),
                    Entry::Broken(article, defect) => (Some(article.as_ref()), Some(*defect)),
                };
                let Some(article) = article else { continue };
                let body = article.body(bank.language, outlet);
                if defect.is_none() {
                    let copied = article.copy_of.and_then(|idx| ids.get(&idx));
                    let both = (id.as_str(), copied.map(String::as_str));
                    let name = &outlet.name;
                    self.truth
                        .push(tell(bank, code, name, &writer.cast, article, &body, both)?);
                }
                rows.push(Row {
                    record: Record {
                        date: if article.undated {
                            String::new()
                        } else {
                            article.day.write(file.dates)
                        },
                        title: article.title.clone(),
                        body: body.text,
                        url: file.url(outlet, &id),
                        place: article.place.clone(),
                        section: bank.language.section(article.section).to_owned(),
                        id,
                    },
                    defect,
                });
            }
            let (bytes, lines) = write_rows(file.shape, file.columns, &rows)?;
            for (row_idx, (row, line)) in rows.iter().zip(lines).enumerate() {
                if let Some(defect) = row.defect {
                    self.broken.push(Broken {
                        file: file.path(),
                        line,
                        row: row_idx + 1,
                        why: defect.why(),
                    });
                }
            }
            let path = file.path();
            self.files.push(DataFile {
                bytes: file.pack.pack(bytes, Path::new(&path))?,
                path,
            });
            self.project.files.push(file.project_file(outlet));
        }
        Ok(())
    }
}

/// What stands in a row.
enum Entry {
    /// An article of the nation, by position.
    Whole(usize),
    /// An article that nobody will read.
    Broken(Box<Article>, crate::rows::Defect),
}

/// A file before it is written: its rows in order, with their ids.
struct Issue {
    file: &'static FileSpec,
    entries: Vec<(Entry, String)>,
}

/// Orders an outlet's articles by date, puts the broken rows among them and numbers all.
fn issue(
    file: &'static FileSpec,
    bank: &Bank,
    nation: &str,
    articles: &[Article],
    writer: &mut Writer<'_>,
    random: &mut Random,
) -> Result<Issue, Error> {
    // A reader that guesses the format from the first rows should see good ones.
    const N_GOOD_FIRST: usize = 20;
    let mut own: Vec<usize> = (0..articles.len())
        .filter(|idx| {
            articles
                .get(*idx)
                .is_some_and(|article| article.outlet_idx == file.outlet_idx)
        })
        .collect();
    own.sort_by_key(|idx| (articles.get(*idx).map(|article| article.day), *idx));
    let mut entries: Vec<Entry> = own.into_iter().map(Entry::Whole).collect();
    let quiet: Vec<usize> = bank.topics_of(nation, false).map(|(idx, _)| idx).collect();
    for defect in file.defects {
        let first = N_GOOD_FIRST.min(entries.len());
        let place = random.within(first..=entries.len().saturating_sub(1).max(first));
        let day = match entries.get(place) {
            Some(Entry::Whole(idx)) => articles.get(*idx).map(|article| article.day),
            Some(Entry::Broken(article, _)) => Some(article.day),
            None => None,
        };
        let article = writer.write(&ArticlePlan {
            topic_idx: random.pick(&quiet).copied(),
            outlet_idx: file.outlet_idx,
            day: day.unwrap_or(Day::new(N_DAYS)),
            statements: Vec::new(),
            self_contradiction: false,
        })?;
        entries.insert(place, Entry::Broken(Box::new(article), *defect));
    }
    let entries = entries
        .into_iter()
        .enumerate()
        .map(|(row_idx, entry)| (entry, file.row_id(row_idx + 1)))
        .collect();
    Ok(Issue { file, entries })
}
