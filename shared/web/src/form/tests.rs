use bytes::Bytes;
use domain::{Error, Result};

use super::{Form, read};
use crate::header::map;

async fn form(body: impl Into<Vec<u8>>) -> Result<Form> {
    declared("multipart/form-data; boundary=xyz", body).await
}

async fn declared(media: &str, body: impl Into<Vec<u8>>) -> Result<Form> {
    read(&map(&[("content-type", media)]), Bytes::from(body.into()), "file", &["note"]).await
}

fn part(name: &str, body: &str) -> String {
    format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{body}\r\n")
}

fn codes(outcome: Result<Form>) -> Vec<(String, &'static str)> {
    match outcome {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| (error.field, error.code)).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_is_what_its_bytes_are() {
    let bytes = b"\xff\xd8\r\n--xy\r\n\0".to_vec();
    let head = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../x.exe\"\r\n\
                Content-Type: text/html\r\n\r\n";
    let note = part("note", "Max, äöü");
    let body = [head.as_bytes(), &bytes, b"\r\n", note.as_bytes(), b"--xyz--\r\n"];
    let form = form(body.concat()).await.unwrap();
    assert_eq!((form.file.to_vec(), form.texts["note"].as_str()), (bytes, "Max, äöü"));
}

#[tokio::test]
async fn parts_that_are_missing_unknown_or_twice_are_named() {
    let whole = |parts: &[String]| form(format!("{}--xyz--\r\n", parts.concat()));
    assert_eq!(codes(whole(&[part("note", "")]).await), [("file".to_owned(), "required_field")]);
    let two = [part("file", "a"), part("file", "b")];
    assert_eq!(codes(whole(&two).await), [("file".to_owned(), "repeated_field")]);
    let two = [part("file", "a"), part("note", "b"), part("note", "c")];
    assert_eq!(codes(whole(&two).await), [("note".to_owned(), "repeated_field")]);
    let other = [part("file", "a"), part("files", "b")];
    assert_eq!(codes(whole(&other).await), [("files".to_owned(), "unknown_field")]);
    let long = [part("file", "a"), part("note", &"ä".repeat(4_097))];
    assert_eq!(codes(whole(&long).await), [("note".to_owned(), "too_long")]);
}

#[tokio::test]
async fn what_is_no_whole_form_is_malformed() {
    let good = format!("{}--xyz--\r\n", part("file", "a"));
    for body in [
        String::new(),
        "{}".to_owned(),
        good.replace("xyz", "abc"),
        good.replace("--xyz--\r\n", ""),
        good[..good.len() / 2].to_owned(),
        format!("{}--xyz--\r\n", part("note", "").repeat(20)),
    ] {
        let outcome = form(body.clone()).await;
        assert!(matches!(outcome, Err(Error::Malformed { .. })), "{body} → {outcome:?}");
    }
    for media in
        ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=abc"]
    {
        let outcome = declared(media, good.clone()).await;
        assert!(matches!(outcome, Err(Error::Malformed { .. })), "{media} → {outcome:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(body: Vec<u8>, head in "[ -~\r\n]{0,200}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        drop(runtime.block_on(form(body.clone())));
        drop(runtime.block_on(form([b"--xyz\r\n", head.as_bytes(), b"\r\n\r\n", &body, b"\r\n--xyz--"].concat())));
    }
}
