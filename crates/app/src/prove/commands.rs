//! The commands of other people's tools that check a bundle, with its own numbers in them. A test runs them as printed.

use akashi_journal::commitment::Salt;
use akashi_journal::note::VerifierKey;
use akashi_journal::witness::AddCheckpoint;
use akashi_verify::{Bundle, Opening};

use super::html::escape;

/// The blocks of commands as HTML.
pub(super) fn html(file: &str, bundle: &Bundle, index: u64, signer: Option<&VerifierKey>) -> String {
    let mut blocks = vec![format!("unzip {file} -d proof && cd proof")];
    if let Some(opening) = &bundle.opening {
        blocks.push(content(opening));
    }
    blocks.push(log(index, signer));
    blocks.extend(bundle.later.iter().enumerate().filter_map(|(number, request)| later(number, request)));
    blocks.extend((0..bundle.stamps.len()).map(|number| stamp(bundle, number)));
    blocks.iter().map(|block| format!("<pre>{}</pre>", escape(block))).collect()
}

/// Each commitment of the entry computed again: what is printed has to stand in `entry.json`.
fn content(opening: &Opening) -> String {
    let mut lines =
        vec!["# 内容: それぞれ = の後の値になること content: each must give the value after the =".to_owned()];
    lines.push(open(&opening.body_salt.0, "cat body.json", &opening.body));
    if let Some((text, salt)) = &opening.reason {
        lines.push(open(&salt.0, "cat reason.txt", text.as_bytes()));
    }
    for (place, file) in opening.files.iter().enumerate().filter(|(_, file)| file.content.is_some()) {
        lines.push(open(&file.salt.0, &format!("openssl dgst -sha256 -binary files/{place}"), &file.digest.0));
    }
    lines.push("cat entry.json   # body, reason, blobs".to_owned());
    lines.join("\n")
}

fn open(salt: &[u8; 32], bytes: &str, content: &[u8]) -> String {
    let expected = Salt(*salt).commit(content);
    let salt = akashi_journal::Digest(*salt);
    format!(
        "(echo akashi/commitment/v1; perl -e 'print pack(\"H*\", \"{salt}\")'; {bytes}) | openssl dgst -sha256   # = {expected}"
    )
}

fn log(index: u64, signer: Option<&VerifierKey>) -> String {
    let key = signer.map(|key| format!("   # {key}")).unwrap_or_default();
    format!(
        "# ログ: 署名と包含証明 the log: signature and inclusion\npython3 -m pip install aics-tlog\n\
sed -e '1,/^index /d' -e '/^$/,$d' proof.tlog-proof > hashes\n\
aics-tlog verify-inclusion --leaf entry.json --index {index} --proof hashes --checkpoint checkpoint --log-key \"$KEY\"{key}"
    )
}

/// A later checkpoint: signed, and the log only grew until then.
fn later(number: usize, request: &[u8]) -> Option<String> {
    let request = AddCheckpoint::parse(request).ok()?;
    let (old, new) = (request.old(), request.checkpoint().size);
    Some(format!(
        "# 後のチェックポイント {number} a later checkpoint\n\
sed -e 1d -e '/^$/,$d' later-{number}.consistency > hashes-{number}\n\
sed -e '1,/^$/d' later-{number}.consistency > later-{number}.checkpoint\n\
aics-tlog verify-checkpoint --note later-{number}.checkpoint --log-key \"$KEY\"\n\
aics-tlog verify-consistency --old-size {old} --old-root \"$(sed -n 3p checkpoint)\" --new-size {new} \
--new-root \"$(sed -n 3p later-{number}.checkpoint)\" --proof hashes-{number}"
    ))
}

fn stamp(bundle: &Bundle, number: usize) -> String {
    let with = if bundle.stamps[number].evidence.is_empty() {
        String::new()
    } else {
        format!(" -untrusted stamp-{number}.pem")
    };
    format!(
        "# タイムスタンプ {number} time stamp {number}\nopenssl ts -verify -data stamp-{number}.checkpoint -in stamp-{number}.tsr{with} -CAfile TSA-ROOT.pem"
    )
}
