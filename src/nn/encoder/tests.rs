//! Tests of encoders: golden hidden states, pooling, and folders that cannot be used.

use std::fs;
use std::path::Path;

use candle_core::Device;

use super::super::spans::Packed;
use super::super::tests::ByFormula;
use super::folder::{EncoderFolder, Pooling};
use super::network::Encoder;

/// Numbers that transformers computes from the same formula-made weights.
#[test]
fn hidden_states_equal_the_golden_ones() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/encoders");
    for name in ["bert", "xlm-roberta"] {
        let home = tempfile::tempdir().expect("a folder");
        let config = place.join(format!("{name}.json"));
        fs::copy(config, home.path().join("config.json")).expect("a configuration");
        let folder = EncoderFolder::read(home.path()).expect("a folder");
        let encoder =
            Encoder::build(&folder.config, "", &Device::Cpu, &mut ByFormula).expect("an encoder");
        let text = fs::read_to_string(place.join(format!("{name}.tsv"))).expect("numbers");
        let mut rows: Vec<Vec<(u32, Vec<f32>)>> = Vec::new();
        for line in text
            .lines()
            .filter(|l| !l.starts_with('#') && !l.is_empty())
        {
            let mut fields = line.split('\t');
            let row: usize = fields.next().and_then(|f| f.parse().ok()).expect("a row");
            let token: u32 = fields.next().and_then(|f| f.parse().ok()).expect("a token");
            rows.resize(rows.len().max(row + 1), Vec::new());
            rows[row].push((
                token,
                fields.map(|f| f.parse().expect("a number")).collect(),
            ));
        }
        let ids: Vec<Vec<u32>> = rows
            .iter()
            .map(|row| row.iter().map(|(token, _)| *token).collect())
            .collect();
        let packed = Packed::texts(ids.iter().map(Vec::as_slice));
        let hidden = encoder
            .hidden(&packed)
            .and_then(|h| Ok(h.to_vec2::<f32>()?))
            .expect("hidden states");
        for (x, (_, golden)) in hidden.iter().zip(rows.iter().flatten()) {
            for (x, y) in x.iter().zip(golden) {
                assert!((x - y).abs() < 1e-4, "{name}: {x} {y}");
            }
        }
    }
}

#[test]
fn pooling_follows_its_definition() {
    let hidden = [vec![1.0, -4.0], vec![3.0, 0.0], vec![8.0, 1.0]];
    let apply = |pooling: Pooling| pooling.apply(&hidden, 2);
    assert_eq!(apply(Pooling::First), [1.0, -4.0]);
    assert_eq!(apply(Pooling::Last), [8.0, 1.0]);
    assert_eq!(apply(Pooling::Greatest), [8.0, 1.0]);
    assert_eq!(apply(Pooling::Mean), [4.0, -1.0]);
    let by_sqrt = apply(Pooling::MeanBySqrtLength);
    assert!((by_sqrt[0] - 12.0 / 3f32.sqrt()).abs() < 1e-6);
    assert!((apply(Pooling::WeighedMean)[0] - 31.0 / 6.0).abs() < 1e-6);
}

#[test]
fn folders_that_cannot_be_used_say_why() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/encoders/bert.json");
    let home = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("written");
    };
    write("config.json", &fs::read_to_string(place).expect("text"));
    write(
        "modules.json",
        r#"[{"path": "1_Pooling", "type": "a.Pooling"}, {"path": "2", "type": "b.Dense"}]"#,
    );
    let words = |words: &[&str]| {
        let refused = EncoderFolder::read(home.path())
            .map(|_| ())
            .expect_err("refused");
        for word in words {
            assert!(
                refused.to_string().contains(word),
                "{word} is not in: {refused}"
            );
        }
    };
    words(&["1_Pooling/config.json"]);
    write("1_Pooling/config.json", r#"{"pooling_mode": "guess"}"#);
    words(&["guess", "not known"]);
    write(
        "1_Pooling/config.json",
        r#"{"pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}"#,
    );
    words(&["Dense"]);
    write(
        "modules.json",
        r#"[{"path": "1_Pooling", "type": "a.Pooling"}, {"path": "2", "type": "b.Normalize"}]"#,
    );
    write(
        "config_sentence_transformers.json",
        r#"{"prompts": {"query": "Q: ", "document": "D: "}}"#,
    );
    write("sentence_bert_config.json", r#"{"max_seq_length": 9999}"#);
    let folder = EncoderFolder::read(home.path()).expect("a folder");
    assert_eq!(folder.pooling, [Pooling::First, Pooling::Greatest]);
    assert!(folder.normalizes);
    assert_eq!(folder.max_tokens, folder.config.max_position_embeddings);
    assert_eq!(folder.prompt(Some("passage")).expect("a prompt"), "D: ");
    assert_eq!(folder.prompt(None).expect("no prompt"), "");
    assert!(folder.prompt(Some("poem")).is_err());
    write("config.json", r#"{"architectures": ["T5Model"]}"#);
    words(&["T5Model", "XLMRobertaModel"]);
}
