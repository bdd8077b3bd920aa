//! Tests of rows as they come out of [`read_rows`]: layouts, broken rows, long lines.

use std::io::{Read, Write};

use proptest::prelude::*;

use super::records::{
    BadRow, FieldValue, FileKind, KindHint, ReadHints, ReadSummary, Record, RowFault, RowOutcome,
    RowReader, peek_rows, read_rows,
};
use super::row_buffer::MAX_ROW_BYTES;
use super::{FormatError, Stopped};

fn hints() -> ReadHints {
    ReadHints::default()
}

fn read_with(
    bytes: &[u8],
    hints: &ReadHints,
) -> Result<(ReadSummary, Vec<RowOutcome>), FormatError> {
    let mut rows = Vec::new();
    let summary = read_rows::<()>(Box::new(bytes), hints, &mut |row| {
        rows.push(row);
        Ok(())
    });
    match summary {
        Ok(summary) => Ok((summary, rows)),
        Err(Stopped::Format(e)) => Err(e),
        Err(Stopped::Sink(())) => unreachable!(),
    }
}

/// Writes rows as `line:name=value,…` and `line!fault`.
fn show(rows: &[RowOutcome]) -> Vec<String> {
    let value = |v: &FieldValue| match v {
        FieldValue::Text(text) => text.clone(),
        FieldValue::Json(value) => value.to_string(),
    };
    rows.iter()
        .map(|row| match row {
            RowOutcome::Record(Record { line, fields }) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(n, v)| format!("{n}={}", value(v)))
                    .collect();
                format!("{line}:{}", fields.join("|"))
            }
            RowOutcome::Bad(BadRow { line, reason }) => format!("{line}!{reason}"),
        })
        .collect()
}

#[track_caller]
fn check_with(bytes: impl AsRef<[u8]>, hints: &ReadHints, kind: &str, rows: &[&str]) {
    let (summary, found) = read_with(bytes.as_ref(), hints).unwrap();
    assert_eq!(summary.kind.to_string(), kind);
    assert_eq!(show(&found), rows);
    let n_bad = found
        .iter()
        .filter(|r| matches!(r, RowOutcome::Bad(_)))
        .count() as u64;
    assert_eq!(
        (summary.n_bad, summary.n_records),
        (n_bad, found.len() as u64 - n_bad)
    );
}

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, kind: &str, rows: &[&str]) {
    check_with(bytes, &hints(), kind, rows);
}

const COMMA: &str = "a table with delimiter ',', quote \", with header";

#[test]
fn json_lines() {
    check(
        "{\"b\": \"x \\\"y\\\" \\u00e9\\n\", \"a\": 1}\r\n\n  {\"b\": null, \"c\": [1]}\n",
        "JSON lines",
        &["1:b=x \"y\" é\n|a=1", "3:b=null|c=[1]"],
    );
}

#[test]
fn broken_json_lines_cost_themselves() {
    let rows = read_with(b"{\"a\": 1}\n{\"a\": \n\nnull\n{\"a\": 2", &hints())
        .unwrap()
        .1;
    let shown = show(&rows);
    assert_eq!(shown[0], "1:a=1");
    assert!(
        shown[1].starts_with("2!no JSON: EOF while parsing a value at character"),
        "{shown:?}"
    );
    assert_eq!(shown[2], "4!a JSON null where a row of fields belongs");
    assert!(shown[3].starts_with("5!no JSON"), "{shown:?}");
}

#[test]
fn json_array() {
    check("[]", "a JSON list", &[]);
    check(
        "[{\"a\": \"]}\\\"\"}, {\"a\": [{}]} ]\n",
        "a JSON list",
        &["1:a=]}\"", "1:a=[{}]"],
    );
    check(
        "\u{feff}[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]",
        "a JSON list",
        &["2:a=1", "5:a=2"],
    );
    check(
        "[\n[\"x\", 2],\n\"y\"\n]",
        "a JSON list",
        &["2:1=x|2=2", "3:1=y"],
    );
}

#[test]
fn a_text_among_objects_is_a_bad_row() {
    check(
        "[{\"a\": 1}, \"y\", {\"a\": 2}]",
        "a JSON list",
        &[
            "1:a=1",
            "1!a JSON text where a row of fields belongs",
            "1:a=2",
        ],
    );
}

#[test]
fn json_objects_over_several_lines() {
    check(
        "{\n \"a\": 1\n}\n{\n \"a\": 2\n}\n",
        "JSON objects in sequence",
        &["1:a=1", "4:a=2"],
    );
}

#[test]
fn broken_elements_of_a_list_cost_themselves() {
    let shown = |text: &str| show(&read_with(text.as_bytes(), &hints()).unwrap().1);
    for (what, broken) in [
        ("open string", "{\"a\": \"x},"),
        ("open brace", "{\"a\": 1"),
        ("no value", "{\"a\": nope},"),
        ("text over two lines", "{\"a\": \"one\ntwo\"},"),
    ] {
        let rows = shown(&format!(
            "[\n{{\"a\": 1}},\n{broken}\n{{\"a\": 3}},\n{{\"a\": 4}}\n]"
        ));
        assert_eq!(rows.len(), 4, "{what}: {rows:?}");
        assert!(rows[1].starts_with("3!"), "{what}: {rows:?}");
        assert!(
            rows[2].ends_with(":a=3") && rows[3].ends_with(":a=4"),
            "{what}: {rows:?}"
        );
    }
    // Indented, and with objects inside.
    let rows = shown(
        "[\n  {\n    \"a\": {\n    }\n  },\n  {\n    \"a\": 2,\n  },\n  {\n    \"a\": 3\n  }\n]",
    );
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[1].starts_with("6!") && rows[2] == "9:a=3", "{rows:?}");
    let rows = shown("[{\"a\": 1},\n{\"a\": 2},\n{\"a\": \"cut");
    assert_eq!(
        rows[2],
        "3!the file ends inside the list; it may be cut short"
    );
    let rows = shown("[{\"a\": 1},\n{\"a\": 2}");
    assert_eq!(
        rows[2],
        "2!the file ends inside the list; it may be cut short"
    );
    assert_eq!(
        shown("[{\"a\": 1}] more")[1],
        "1!text after the end of the list"
    );
}

#[test]
fn tables_with_every_delimiter() {
    for (delimiter, name) in [(",", "','"), (";", "';'"), ("\t", "tab"), ("|", "'|'")] {
        let text = "id,title,text\n1,\"A, b; c | d\te\",x\n2,f,\"say \"\"no\"\"\"\n";
        let text: String = text
            .split("A, b; c | d\te")
            .map(|part| part.replace(',', delimiter))
            .collect::<Vec<_>>()
            .join("A, b; c | d\te");
        let kind = format!("a table with delimiter {name}, quote \", with header");
        check(
            text,
            &kind,
            &[
                "2:id=1|title=A, b; c | d\te|text=x",
                "3:id=2|title=f|text=say \"no\"",
            ],
        );
    }
}

#[test]
fn tables_with_line_breaks_in_quotes() {
    check(
        "id,title,text\r\n1,a,\"one\r\ntwo\r\n\r\nthree\"\r\n\r\n2,b,c\r\n",
        COMMA,
        &[
            "2:id=1|title=a|text=one\r\ntwo\r\n\r\nthree",
            "7:id=2|title=b|text=c",
        ],
    );
}

#[test]
fn tables_without_header() {
    let text = "Sport;'It rained; the match went on. ''Never'' again, said the keeper.'\n\
                Web;A plain cell with 'quotes' inside and no delimiter, only a comma.\n\
                Sport;'Another; text'\n";
    check(
        text,
        "a table with delimiter ';', quote ', without header",
        &[
            "1:1=Sport|2=It rained; the match went on. 'Never' again, said the keeper.",
            "2:1=Web|2=A plain cell with 'quotes' inside and no delimiter, only a comma.",
            "3:1=Sport|2=Another; text",
        ],
    );
}

#[test]
fn headers_with_unknown_names_are_told_by_long_text() {
    let long = "The council met on Monday and spoke about the new bridge for hours. ".repeat(2);
    let text = format!("kol_a,kol_b\nx,\"{long}\"\ny,\"{long}\"\n");
    assert!(matches!(
        read_with(text.as_bytes(), &hints()).unwrap().0.kind,
        FileKind::Delimited { header: true, .. }
    ));
    let asked = ReadHints {
        no_header: true,
        ..hints()
    };
    assert_eq!(read_with(text.as_bytes(), &asked).unwrap().0.n_records, 3);
}

#[test]
fn odd_headers_still_name_every_column() {
    let table = "a table with delimiter ',', quote \", with header";
    check(
        ",title,title\n0,b,c\n1,d,e\n",
        table,
        &["2:1=0|title=b|title (2)=c", "3:1=1|title=d|title (2)=e"],
    );
    check(
        "title\nAlpha\n\"Beta, gamma\"\n",
        table,
        &["2:title=Alpha", "3:title=Beta, gamma"],
    );
    check(
        "sep=;\ntitle;text\na,b;c\n",
        "a table with delimiter ';', quote \", with header",
        &["3:title=a,b|text=c"],
    );
}

#[test]
fn backslash_quotes_are_understood() {
    check(
        "title,text\na,\"he said \\\"no, never\\\" twice\"\nb,\"one, two\"\n",
        COMMA,
        &[
            "2:title=a|text=he said \"no, never\" twice",
            "3:title=b|text=one, two",
        ],
    );
}

#[test]
fn broken_rows_of_a_table_cost_themselves() {
    let hints = ReadHints {
        quote: Some('"'),
        ..hints()
    };
    check_with(
        "id,title,text\n1,a,b\n2,a\n3,a,b,c\n4,a,b,\n5,\"open,b\n6,\"a\",\"b\"\n7,a,b\n8,\"a \"b\" c\",d\n9,\"open,b\n",
        &hints,
        COMMA,
        &[
            "2:id=1|title=a|text=b",
            "3!2 cells where the table has 3 columns",
            "4!4 cells where the table has 3 columns",
            "5:id=4|title=a|text=b",
            "6!a quoted cell that is not closed",
            "7:id=6|title=a|text=b",
            "8:id=7|title=a|text=b",
            "9:id=8|title=a b\" c\"|text=d",
            "10!a quoted cell that is not closed",
        ],
    );
}

#[test]
fn an_open_quote_swallows_nothing() {
    let mut text = "id,title,text\n1,a,\"open\n".to_owned();
    for i in 2..5000 {
        text.extend([&i.to_string(), ",a,b\n"]);
    }
    let (summary, _) = read_with(text.as_bytes(), &hints()).unwrap();
    assert_eq!((summary.n_records, summary.n_bad), (4998, 1));
}

#[test]
fn invalid_bytes_make_one_row_bad() {
    let mut bytes = "id,title,text\n1,é,à\n2,ü,x\n".as_bytes().to_vec();
    bytes.extend(b"3,a\xff\xfe,b\n4,c,d\n");
    check(
        &bytes,
        COMMA,
        &[
            "2:id=1|title=é|text=à",
            "3:id=2|title=ü|text=x",
            "4!bytes that are no UTF-8 text",
            "5:id=4|title=c|text=d",
        ],
    );
    let gb = encoding_rs::GB18030
        .encode("标题,正文\n新闻,内容很长\n天气,今天下雨\n")
        .0
        .into_owned();
    check(
        &gb,
        COMMA,
        &["2:标题=新闻|正文=内容很长", "3:标题=天气|正文=今天下雨"],
    );
    let err = read_with(
        &gb,
        &ReadHints {
            encoding: Some("utf-8".to_owned()),
            no_header: true,
            ..hints()
        },
    )
    .unwrap_err();
    assert!(matches!(err, FormatError::Undecodable { .. }), "{err}");
}

#[test]
fn hints_win() {
    let asked = ReadHints {
        delimiter: Some(';'),
        no_header: true,
        ..hints()
    };
    check_with(
        "title;text\n",
        &asked,
        "a table with delimiter ';', quote \", without header",
        &["1:1=title|2=text"],
    );
    let asked = ReadHints {
        kind: Some(KindHint::JsonLines),
        ..hints()
    };
    check_with("[1]\n[2]\n", &asked, "JSON lines", &["1:1=1", "2:1=2"]);
    assert!(matches!(
        read_with(
            b"a",
            &ReadHints {
                delimiter: Some('，'),
                ..hints()
            }
        ),
        Err(FormatError::NotAscii { given: '，', .. })
    ));
    assert_eq!(hints().with_name("News.TSV.gz").delimiter, Some('\t'));
    assert_eq!(hints().with_name("a.jsonl.zst"), hints());
}

#[test]
fn prose_and_emptiness_are_no_rows() {
    let prose = "It rained all day, and nobody came.\n\nThe mayor, who had hoped for sun, left early, wet, and late.\nNobody spoke.\n";
    assert!(matches!(
        read_with(prose.as_bytes(), &hints()),
        Err(FormatError::UnknownKind)
    ));
    assert!(matches!(
        read_with(b"Hello, world", &hints()),
        Err(FormatError::UnknownKind)
    ));
    assert!(matches!(read_with(b"", &hints()), Err(FormatError::Empty)));
    assert!(matches!(
        read_with(b" \n\n", &hints()),
        Err(FormatError::Empty)
    ));
}

#[test]
fn a_cut_archive_is_an_error_and_not_an_end() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for i in 0..200_000u64 {
        writeln!(
            packer,
            "{{\"a\": {}}}",
            i.wrapping_mul(6_364_136_223_846_793_005)
        )
        .unwrap();
    }
    let packed = packer.finish().unwrap();
    assert_eq!(read_with(&packed, &hints()).unwrap().0.n_records, 200_000);
    let mut n_rows = 0;
    let err = read_rows::<()>(
        Box::new(&packed[..packed.len() - 20]),
        &hints(),
        &mut |_| {
            n_rows += 1;
            Ok(())
        },
    );
    assert!(n_rows > 1000);
    assert!(matches!(
        err,
        Err(Stopped::Format(FormatError::TruncatedArchive { .. }))
    ));
}

#[test]
fn the_sink_can_stop() {
    let mut n = 0;
    let stopped = read_rows(Box::new(&b"{}\n{}\n{}\n"[..]), &hints(), &mut |_| {
        n += 1;
        if n == 2 { Err("enough") } else { Ok(()) }
    });
    assert!(matches!(stopped, Err(Stopped::Sink("enough"))));
    let (summary, records) =
        peek_rows(Box::new(&b"{\"a\":1}\n{\"b\":1}\n{}\n"[..]), &hints(), 2).unwrap();
    assert_eq!(
        (records.len(), summary.columns),
        (2, vec!["a".to_owned(), "b".to_owned()])
    );
}

/// A stream of `n` bytes of one kind between two texts, made as it is read.
fn long_line(before: &'static str, n: u64, after: &'static str) -> Box<dyn Read> {
    Box::new(
        before
            .as_bytes()
            .chain(std::io::repeat(b'x').take(n))
            .chain(after.as_bytes()),
    )
}

#[test]
fn a_line_of_50_mb_is_one_bad_row_and_never_held() {
    const N: u64 = 50 * 1000 * 1000;
    for (before, after, good_lines) in [
        ("{\"a\": 1}\n{\"a\": \"", "\"}\n{\"a\": 3}\n", [1, 3]),
        ("[{\"a\": 1},\n{\"a\": \"", "\"},\n{\"a\": 3}]\n", [1, 3]),
        ("[{\"a\": 1}, {\"a\": \"", "\"}, {\"a\": 3}]\n", [1, 1]),
        ("id,text\n1,a\n2,", "\n3,b\n", [2, 4]),
        ("id,text\n1,a\n2,\"c\nd", "\"\n3,b\n", [2, 5]),
    ] {
        let mut rows = RowReader::open(long_line(before, N, after), &hints()).unwrap();
        let mut lines = Vec::new();
        let mut most_bytes = 0;
        while let Some(row) = rows.next_row().unwrap() {
            most_bytes = most_bytes.max(rows.held_bytes());
            match row {
                RowOutcome::Record(record) => lines.push(record.line),
                RowOutcome::Bad(bad) => assert_eq!(
                    bad.reason,
                    RowFault::TooLong {
                        max_bytes: MAX_ROW_BYTES
                    }
                ),
            }
        }
        assert_eq!(
            (rows.summary().n_bad, lines),
            (1, good_lines.to_vec()),
            "{before}"
        );
        assert!(most_bytes < 20 * 1024 * 1024, "{most_bytes}");
    }
    let mut only = RowReader::open(long_line("{\"a\": \"", N, "\"}"), &hints()).unwrap();
    assert!(matches!(only.next_row(), Ok(Some(RowOutcome::Bad(_)))));
    assert!(matches!(only.next_row(), Ok(None)));
}

proptest! {
    /// Any text goes through JSON lines and through a list unchanged.
    #[test]
    fn json_comes_back(texts in proptest::collection::vec("\\PC{0,30}[\"\\\\\n{}\\[\\],]{0,4}", 1..20), pretty in any::<bool>()) {
        let objects: Vec<serde_json::Value> = texts.iter().map(|t| serde_json::json!({"t": t, "n": [{"m": t}]})).collect();
        let lines: String = objects.iter().flat_map(|o| [o.to_string(), "\n".to_owned()]).collect();
        let list = if pretty { serde_json::to_string_pretty(&objects) } else { serde_json::to_string(&objects) }.unwrap();
        for file in [lines, list] {
            let (_, rows) = read_with(file.as_bytes(), &hints()).unwrap();
            let back: Vec<String> = rows.iter().map(|r| match r {
                RowOutcome::Record(record) => match record.get("t") {
                    Some(FieldValue::Text(text)) => text.clone(),
                    other => format!("{other:?}"),
                },
                RowOutcome::Bad(bad) => format!("{bad:?}"),
            }).collect();
            prop_assert_eq!(&back, &texts);
        }
    }

    /// No bytes make the reader fail otherwise than by an error or a bad row, and it always ends.
    #[test]
    fn no_bytes_make_it_fail(bytes in proptest::collection::vec(prop_oneof![
        Just(b'"'), Just(b'\''), Just(b','), Just(b';'), Just(b'\n'), Just(b'{'), Just(b'}'), Just(b'['), Just(b']'),
        Just(b':'), Just(b'\\'), Just(0xffu8), any::<u8>()], 0..400)) {
        for kind in [None, Some(KindHint::JsonLines), Some(KindHint::JsonArray), Some(KindHint::Delimited)] {
            if let Ok((summary, rows)) = read_with(&bytes, &ReadHints { kind, ..hints() }) {
                prop_assert_eq!(summary.n_records + summary.n_bad, rows.len() as u64);
            }
        }
    }
}
