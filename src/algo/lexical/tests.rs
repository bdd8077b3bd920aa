//! The room as a whole, on short invented texts.

use super::sparse::dot;
use super::*;
use crate::base::matrix::Matrix;
use crate::base::observe::{Observe, Silent};

const TEXTS: &[(Language, &str)] = &[
    (
        Language::Zh,
        "县里计划建设风力发电场，新建二十台风机，居民担心噪音和候鸟。",
    ),
    (Language::Zh, "山上的风机让村民争论，清洁能源还要扩建电网。"),
    (
        Language::Zh,
        "医院说接种疫苗可以防止麻疹感染，家长应当给孩子打疫苗。",
    ),
    (Language::Zh, "医生呼吁老人接种流感疫苗，免疫率今年下降。"),
    (
        Language::En,
        "The county wants twenty turbines on the ridge; residents fear noise and dead birds.",
    ),
    (
        Language::En,
        "Wind energy needs a stronger grid, the developer of the turbines says.",
    ),
    (
        Language::En,
        "Doctors ask parents to vaccinate children against measles before school.",
    ),
    (
        Language::En,
        "The hospital offers a flu vaccine as immunity falls among the old.",
    ),
    (
        Language::Fr,
        "La commune veut vingt éoliennes sur la crête; les riverains craignent le bruit.",
    ),
    (
        Language::Fr,
        "L'énergie des éoliennes demande un réseau électrique plus fort.",
    ),
    (
        Language::Fr,
        "Les médecins demandent aux parents de vacciner les enfants contre la rougeole.",
    ),
    (
        Language::Fr,
        "L'hôpital propose un vaccin contre la grippe aux personnes âgées.",
    ),
    (
        Language::De,
        "Der Kreis plant zwanzig Windräder auf dem Kamm; Anwohner fürchten Lärm und tote Vögel.",
    ),
    (
        Language::De,
        "Windkraft braucht ein stärkeres Stromnetz, sagt der Betreiber des Windparks.",
    ),
    (
        Language::De,
        "Ärzte bitten Eltern, ihre Kinder vor der Schule gegen Masern impfen zu lassen.",
    ),
    (
        Language::De,
        "Die Klinik bietet Alten einen Impfstoff gegen Grippe an.",
    ),
];

fn docs() -> Vec<LexicalDoc<'static>> {
    TEXTS
        .iter()
        .map(|&(language, body)| LexicalDoc {
            language,
            title: "",
            body,
        })
        .collect()
}

fn small() -> LexicalSettings {
    LexicalSettings {
        n_neighbors: 2,
        ..LexicalSettings::default()
    }
}

fn check_unit_rows(rows: &Matrix<f32>) {
    for i in 0..rows.n_rows() {
        let length = dot(rows.row(i), rows.row(i));
        assert!((length - 1.0).abs() < 1e-3, "row {i}: {length}");
    }
}

#[test]
fn topics_join_the_languages() {
    let rows = embed(&docs(), &small(), &Silent).unwrap();
    check_unit_rows(&rows);
    let is_wind = |i: usize| i % 4 < 2;
    let mut least_same = f32::MAX;
    let mut most_other = f32::MIN;
    for i in 0..rows.n_rows() {
        for j in 0..i {
            let cosine = dot(rows.row(i), rows.row(j));
            if is_wind(i) == is_wind(j) {
                least_same = least_same.min(cosine);
            } else {
                most_other = most_other.max(cosine);
            }
        }
    }
    assert!(
        least_same > most_other,
        "same {least_same}, other {most_other}"
    );
}

#[test]
fn a_document_lands_on_its_row() {
    let (model, rows) = LexicalModel::fit(&docs(), &small(), &Silent).unwrap();
    let again = model.embed_many(TEXTS, &Silent).unwrap();
    for i in 0..rows.n_rows() {
        let cosine = dot(rows.row(i), again.row(i));
        assert!(cosine > 0.999, "row {i}: {cosine}");
    }
    let word = model.embed(Language::En, "vaccine");
    assert!(dot(&word, rows.row(2)) > dot(&word, rows.row(0)) + 0.3);
}

#[test]
fn threads_change_no_byte() {
    let run = |n_threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap()
            .install(|| embed(&docs(), &small(), &Silent).unwrap())
    };
    let one: Vec<u32> = run(1).values().iter().map(|x| x.to_bits()).collect();
    let three: Vec<u32> = run(3).values().iter().map(|x| x.to_bits()).collect();
    assert_eq!(one, three);
}

#[test]
fn odd_inputs() {
    assert_eq!(embed(&[], &small(), &Silent), Err(LexicalError::NoDocs));
    let bad = LexicalSettings {
        n_dims: 0,
        ..small()
    };
    assert_eq!(
        embed(&docs(), &bad, &Silent),
        Err(LexicalError::BadSetting { name: "n_dims" })
    );
    let bad = LexicalSettings {
        word_weight: f32::NAN,
        ..small()
    };
    assert_eq!(
        embed(&docs(), &bad, &Silent),
        Err(LexicalError::BadSetting {
            name: "word_weight"
        })
    );

    let body = "Reactors and coal";
    for (language, n) in [(Language::En, 1), (Language::Other, 1), (Language::En, 30)] {
        check_unit_rows(
            &embed(
                &vec![
                    LexicalDoc {
                        language,
                        title: "",
                        body
                    };
                    n
                ],
                &small(),
                &Silent,
            )
            .unwrap(),
        );
    }
    let mut mixed = docs();
    mixed.push(LexicalDoc {
        language: Language::Other,
        title: "",
        body: "lorem ipsum dolor",
    });
    mixed.push(LexicalDoc {
        language: Language::De,
        title: "",
        body: "",
    });
    mixed.push(LexicalDoc {
        language: Language::Other,
        title: "",
        body: "",
    });
    check_unit_rows(&embed(&mixed, &small(), &Silent).unwrap());
    for n_dims in [1, 7, 2000] {
        let settings = LexicalSettings { n_dims, ..small() };
        let rows = embed(&docs(), &settings, &Silent).unwrap();
        assert_eq!((rows.n_rows(), rows.n_cols()), (docs().len(), n_dims));
        check_unit_rows(&rows);
    }
}

#[test]
fn shuffled_documents_keep_their_distances() {
    let rows = embed(&docs(), &small(), &Silent).unwrap();
    let mut turned = docs();
    turned.reverse();
    let back = embed(&turned, &small(), &Silent).unwrap();
    let n = rows.n_rows();
    for i in 0..n {
        for j in 0..n {
            let a = dot(rows.row(i), rows.row(j));
            let b = dot(back.row(n - 1 - i), back.row(n - 1 - j));
            assert!((a - b).abs() < 0.02, "{i} {j}: {a} {b}");
        }
    }
}

#[test]
fn a_sample_stands_for_all() {
    let settings = LexicalSettings {
        max_references: 2,
        ..small()
    };
    let (_, rows) = LexicalModel::fit(&docs(), &settings, &Silent).unwrap();
    check_unit_rows(&rows);
}

#[test]
fn a_language_the_corpus_lacks_is_placed_by_concepts() {
    let without: Vec<_> = docs()
        .into_iter()
        .filter(|d| d.language != Language::Fr)
        .collect();
    let (model, rows) = LexicalModel::fit(&without, &small(), &Silent).unwrap();
    let row = model.embed(Language::Fr, "Les éoliennes et le réseau électrique");
    assert!(dot(&row, rows.row(0)) > dot(&row, rows.row(2)) + 0.2);
}

#[test]
fn cancel_is_heard() {
    struct Stop;
    impl Observe for Stop {
        fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
            Err(Cancelled)
        }
    }
    assert_eq!(
        embed(&docs(), &small(), &Stop),
        Err(LexicalError::Cancelled(Cancelled))
    );
}
