use domain::Error as Refusal;
use domain::caller::Permission;
use serde_json::{Value, json};

use super::{answer, later};
use crate::error::Error;
use crate::route::Media;

/// One line of the table: status, type, title, and the header that belongs to it.
type Row = (Error, u16, &'static str, &'static str, Option<(&'static str, &'static str)>);

#[test]
fn clients_of_oauth_are_told_to_come_later_in_their_own_words() {
    for (error, status, ..) in rows() {
        let code = match status {
            429 => Some("slow_down"),
            503 => Some("temporarily_unavailable"),
            _ => None,
        };
        let told = later(&error).map(|answer| {
            let body: Value = serde_json::from_str(answer.body().unwrap()).unwrap();
            let (status, headers, _) = answer.into_parts().unwrap();
            assert!(headers.contains_key("retry-after"));
            (status.as_u16(), body["error"].as_str().unwrap().to_owned())
        });
        assert_eq!(told, code.map(|code| (status, code.to_owned())));
    }
}

fn rows() -> Vec<Row> {
    let secret = || std::io::Error::other("secret cause");
    let in_progress = Refusal::Conflict {
        code: "operation_in_progress",
        detail: "a payment is running".to_owned(),
        retry_after_secs: Some(3),
    };
    let too_many = Refusal::TooMany {
        code: "payments_locked",
        detail: "locked".to_owned(),
        retry_after_secs: 60,
        quota: None,
    };
    let domain = Error::Domain;
    vec![
        (domain(Refusal::malformed("broken")), 400, "bad-request", "Bad Request", None),
        (
            domain(Refusal::Unauthenticated("no token")),
            401,
            "unauthorized",
            "Unauthorized",
            Some(("www-authenticate", "Bearer")),
        ),
        (
            domain(Refusal::InvalidToken("the bearer token has expired")),
            401,
            "unauthorized",
            "Unauthorized",
            Some((
                "www-authenticate",
                "Bearer error=\"invalid_token\", error_description=\"the bearer token has expired\"",
            )),
        ),
        (
            domain(Refusal::MissingScope(Permission::WritePets)),
            403,
            "forbidden",
            "Forbidden",
            Some(("www-authenticate", "Bearer error=\"insufficient_scope\", scope=\"write:pets\"")),
        ),
        (domain(Refusal::Forbidden("no".to_owned())), 403, "forbidden", "Forbidden", None),
        (domain(Refusal::NotFound("order")), 404, "not-found", "Not Found", None),
        (Error::NoPath, 404, "not-found", "Not Found", None),
        (Error::NoPool, 404, "not-found", "Not Found", None),
        (
            Error::MethodNotAllowed { allow: "GET, HEAD, OPTIONS".to_owned() },
            405,
            "method-not-allowed",
            "Method Not Allowed",
            Some(("allow", "GET, HEAD, OPTIONS")),
        ),
        (Error::NotAcceptable, 406, "not-acceptable", "Not Acceptable", None),
        (domain(Refusal::conflict("pet_not_available", "gone")), 409, "conflict", "Conflict", None),
        (domain(in_progress), 409, "conflict", "Conflict", Some(("retry-after", "3"))),
        (domain(Refusal::PreconditionFailed), 412, "precondition-failed", "Precondition Failed", None),
        (Error::PayloadTooLarge { media: Media::Json }, 413, "payload-too-large", "Payload Too Large", None),
        (
            Error::UnsupportedMediaType { media: Media::Form },
            415,
            "unsupported-media-type",
            "Unsupported Media Type",
            None,
        ),
        (domain(Refusal::invalid("a", "b", "c")), 422, "validation-error", "Validation Error", None),
        (domain(too_many), 429, "rate-limit-exceeded", "Too Many Requests", Some(("retry-after", "60"))),
        (
            domain(Refusal::internal("x", secret())),
            500,
            "internal-server-error",
            "Internal Server Error",
            None,
        ),
        (
            domain(Refusal::unavailable("x", secret())),
            503,
            "service-unavailable",
            "Service Unavailable",
            Some(("retry-after", "5")),
        ),
    ]
}

fn document(error: &Error) -> Value {
    serde_json::from_str(answer(error, "/v1/orders/7").body().unwrap()).unwrap()
}

#[test]
fn every_error_is_the_contracts_problem() {
    const MEMBERS: &[&str] = &["type", "title", "status", "detail", "instance", "errors"];
    for (error, status, slug, title, header) in rows() {
        let (problem, answer) = (document(&error), answer(&error, "/v1/orders/7"));
        assert_eq!(answer.status(), status, "{error:?}");
        assert_eq!(answer.header_value("content-type"), Some("application/problem+json"));
        assert_eq!(problem["status"], status, "{error:?}");
        assert_eq!(problem["type"], format!("https://petstoreapi.com/errors/{slug}"));
        assert_eq!((&problem["title"], &problem["instance"]), (&json!(title), &json!("/v1/orders/7")));
        assert!(problem.as_object().unwrap().keys().all(|member| MEMBERS.contains(&member.as_str())));
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        if let Some((name, value)) = header {
            assert_eq!(answer.header_value(name), Some(value), "{error:?}");
        }
    }
}

#[test]
fn causes_stay_with_us() {
    for (error, ..) in rows() {
        assert!(!document(&error).to_string().contains("secret cause"));
    }
}

#[test]
fn finer_reasons_are_codes() {
    let errors = |error: Refusal| document(&Error::Domain(error))["errors"].take();
    assert_eq!(
        errors(Refusal::conflict("pet_not_available", "the pet is taken")),
        json!([{"field": "petId", "code": "pet_not_available", "message": "The pet is taken."}])
    );
    assert_eq!(errors(Refusal::conflict("idempotency_key_in_use", "x"))[0]["field"], "Idempotency-Key");
    assert_eq!(errors(Refusal::conflict("operation_in_progress", "x"))[0]["field"], "order");
    assert_eq!(errors(Refusal::conflict("concurrent_change", "x"))[0]["field"], "request");
    assert_eq!(
        errors(Refusal::invalid("source.number", "incorrect_number", "The check digit is wrong.")),
        json!([{"field": "source.number", "code": "incorrect_number", "message": "The check digit is wrong."}])
    );
    assert_eq!(errors(Refusal::malformed("broken")), Value::Null);
}

#[test]
fn a_document_tells_32_breaches_and_how_many_there_are() {
    let told = |count: usize| {
        let breach = |place| domain::FieldError::new(format!("words[{place}]"), "invalid_value", "No.");
        let refusal = Refusal::Invalid((0..count).map(breach).collect());
        let document = answer(&Error::Domain(refusal), "/");
        let body: Value = serde_json::from_str(document.body().unwrap()).unwrap();
        (body["errors"].as_array().unwrap().len(), body["detail"].as_str().unwrap().to_owned())
    };
    assert_eq!(told(32), (32, "32 members are invalid; see errors.".to_owned()));
    assert_eq!(told(80_000), (32, "80000 members are invalid; see errors for the first 32.".to_owned()));
    let sought = "At least 33 members are invalid; see errors for the first 32.";
    assert_eq!(told(33), (32, sought.to_owned()), "reading a body stops there");
}
