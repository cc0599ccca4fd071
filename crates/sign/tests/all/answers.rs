//! Requests and answers: OpenSSL understands what we ask, we understand what it answers.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use akashi_sign::HashAlgorithm;
use akashi_sign::asn1::Fault;
use akashi_sign::tsp::{Failure, Imprint, Request, Response, Status};
use akashi_testkit::Scratch;
use akashi_testkit::tsa::{Key, Mode, OTHER_POLICY};

use crate::make::{DATA, NONCE, request, tsa};

#[test]
fn a_request_has_one_form() {
    let short = Request::new(Imprint::of(HashAlgorithm::Sha256, b"")).without_certificates();
    let digest: String = short.imprint().digest().iter().map(|b| format!("{b:02x}")).collect();
    let hex: String = short.to_der().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, format!("30360201013031300d060960864801650304020105000420{digest}"));
    assert_eq!(request().nonce(), Some(&[0, 0xf1, 2, 3, 4, 5, 6, 7, 8][..]), "an INTEGER that is not negative");
}

#[test]
fn openssl_reads_what_we_ask() {
    let Some(_) = tsa("openssl_reads_what_we_ask", Key::P256) else { return };
    let scratch = Scratch::new("query");
    for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
        let asked = Request::new(Imprint::of(algorithm, DATA)).with_nonce(&NONCE);
        let asked = asked.with_policy(OTHER_POLICY.parse().unwrap());
        let file = scratch.file("q.tsq", asked.to_der());
        let out = Command::new("openssl").args(["ts", "-query", "-text", "-in"]).arg(&file).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let name = algorithm.name().replace('-', "").to_lowercase();
        for line in [&format!("Hash Algorithm: {name}"), OTHER_POLICY, "Nonce: 0xF102030405060708", "required: yes"] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}

#[test]
fn answers_are_read_with_the_reasons_of_a_refusal() {
    let Some(tsa) = tsa("answers_are_read_with_the_reasons_of_a_refusal", Key::P256) else { return };
    let granted = tsa.reply(&request().to_der()).unwrap();
    let answer = Response::parse(&granted).unwrap();
    assert_eq!((answer.status, answer.failures.len()), (Status::Granted, 0));
    assert!(answer.token().unwrap().len() > 500);

    tsa.set(Mode::Refuse).unwrap();
    let refused = tsa.reply(&request().to_der()).unwrap();
    let refusal = Response::parse(&refused).unwrap().token().unwrap_err();
    assert_eq!(refusal.failures, [Failure::BadAlgorithm]);
    let words = refusal.to_string();
    assert!(words.contains("rejected") && words.contains("digest algorithm") && words.contains("it says:"), "{words}");

    tsa.set(Mode::Answer).unwrap();
    let broken = tsa.reply(b"no request").unwrap();
    let refusal = Response::parse(&broken).unwrap().token().unwrap_err();
    assert_eq!(refusal.failures, [Failure::BadDataFormat]);
}

#[test]
fn faults_name_the_place() {
    let table: [(&[u8], &str); 6] = [
        (b"", "TimeStampResp.body at byte 0: it is missing"),
        (b"\x30\x05\x30\x03\x02\x01", "TimeStampResp.body at byte 0: it ends too early"),
        (
            b"\x30\x05\x30\x03\x02\x01\x07",
            "TimeStampResp.body.status.status at byte 4: a status that RFC 3161 does not know",
        ),
        (
            b"\x30\x05\x30\x03\x04\x01\x02",
            "TimeStampResp.body.status.status at byte 4: found type 0x04 where 0x02 is expected",
        ),
        (
            b"\x30\x05\x30\x03\x02\x01\x00",
            "TimeStampResp.body.status.status at byte 4: the status and the presence of a token contradict each other",
        ),
        (
            b"\x30\x06\x30\x03\x02\x01\x02\x05",
            "TimeStampResp.body at byte 7: something follows that does not belong there",
        ),
    ];
    for (bytes, says) in table {
        assert_eq!(Response::parse(bytes).unwrap_err().to_string(), says, "{bytes:02x?}");
    }
    let trailing = Response::parse(b"\x30\x05\x30\x03\x02\x01\x02\x00").unwrap_err();
    assert_eq!(trailing.fault, Fault::Trailing);
}

/// One POST, as a client of a few lines makes it: status line and body.
fn post(url: &str, body: &[u8]) -> std::io::Result<(String, Vec<u8>)> {
    let address = url.trim_start_matches("http://").trim_end_matches("/tsa");
    let mut stream = TcpStream::connect(address)?;
    let head = "POST /tsa HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/timestamp-query\r\nContent-Length: ";
    stream.write_all(format!("{head}{}\r\n\r\n", body.len()).as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(0);
    let status = String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned();
    Ok((status, answer.split_off((end + 4).min(answer.len()))))
}

#[test]
fn the_responder_answers_over_http_and_misbehaves_as_told() {
    let Some(tsa) = tsa("the_responder_answers_over_http_and_misbehaves_as_told", Key::P256) else { return };
    let url = tsa.url();
    let asked = request().to_der();
    let (status, body) = post(&url, &asked).unwrap();
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(Response::parse(&body).unwrap().token().is_ok());

    tsa.set(Mode::Unreachable).unwrap();
    assert_eq!(post(&url, &asked).unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
    tsa.set(Mode::Busy).unwrap();
    assert!(post(&url, &asked).unwrap().0.contains("503"));
    tsa.set(Mode::Garbage).unwrap();
    assert!(Response::parse(&post(&url, &asked).unwrap().1).is_err());
    tsa.set(Mode::Answer).unwrap();
    assert!(Response::parse(&post(&url, &asked).unwrap().1).unwrap().token().is_ok());
    assert_eq!((tsa.url(), tsa.asked()), (url, 2));
}
